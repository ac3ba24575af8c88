// Pairs and groups by tapping: the menus and radio buttons are the answer, and the board shows what is in them.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { frame, show } from "./page.js";

const words = `data-how="how" data-things="Things" data-places="Matches" data-paired="with {place}" data-says="{thing} → {place}"
  data-says-nowhere="{thing} → nothing" data-nowhere="Nowhere" data-to-taps="Tap" data-to-menus="Menus"`;
const option = (name, at) => `<option value="${at + 1}">${name}</option>`;
const pairs = `<fieldset data-tapping="pairs" ${words}><ul class="answer-list">
  ${["tea", "bread"].map((left) => `<li class="answer-row"><label class="answer-text">${left}</label><select name="${left}"><option value=""></option>${["leaf", "grain", "stone"].map(option).join("")}</select></li>`).join("")}
  </ul></fieldset>`;
const groups = `<fieldset data-tapping="groups" ${words}><ul class="answer-list">
  ${["tea", "bread"].map((item) => `<li class="answer-row"><span class="answer-text">${item}</span>${["hot", "cold"].map((name, at) => `<label><input type="radio" name="${item}" value="${at + 1}"><span class="answer-text">${name}</span></label>`).join("")}</li>`).join("")}
  </ul></fieldset>`;

let coarse, changes, times;
beforeEach(() => {
  coarse = true;
  changes = 0;
  times ??= 0;
  globalThis.matchMedia = () => ({ matches: coarse });
});

async function open(body) {
  show(frame(`<form>${body}</form>`, { reader: "a-ada" }), "http://course.test/attempts/7/questions/1");
  document.querySelector("form").addEventListener("change", () => (changes += 1));
  await import(`../../webapp/static/js/tapping.js?${++times}`);
}
const tap = (text) =>
  [...document.querySelectorAll(".tap, .tap-place")]
    .find((button) => button.querySelector(".tap-text")?.textContent === text || button.textContent === text)
    .click();
const values = () => [...document.querySelectorAll("select")].map(({ value }) => value);
const checked = () => [...document.querySelectorAll("input:checked")].map(({ name, value }) => `${name} ${value}`);
const marks = () =>
  [...document.querySelectorAll(".tap-side:first-child .tap-mark")].map(({ textContent }) => textContent);
const said = () => document.querySelector("[role=status]").textContent;

test("one of each side, in either order, makes a pair in the menu", async () => {
  await open(pairs);
  tap("tea");
  assert.deepEqual(values(), ["", ""]);
  tap("grain");
  assert.equal(said(), "tea → grain");
  tap("stone");
  tap("bread");
  assert.deepEqual(values(), ["2", "3"]);
  assert.deepEqual(marks(), ["B", "C"]);
  assert.equal(changes, 2, "each pair is told as a change of its menu, once");
});

test("tapping a pair again parts it, and tapping the same twice takes nothing in hand", async () => {
  await open(pairs);
  tap("tea");
  tap("tea");
  tap("leaf");
  tap("leaf");
  assert.deepEqual(values(), ["", ""]);
  tap("tea");
  tap("leaf");
  tap("tea");
  assert.deepEqual(values(), ["", ""]);
  assert.equal(said(), "tea → nothing");
  assert.deepEqual(marks(), ["", ""]);
});

test("two things may have the same match, and another match replaces the first", async () => {
  await open(pairs);
  for (const text of ["tea", "leaf", "leaf", "bread"]) tap(text);
  assert.deepEqual(values(), ["1", "1"]);
  for (const text of ["stone", "tea"]) tap(text);
  assert.deepEqual(values(), ["3", "1"]);
});

test("the board follows the menus, also when a kept answer comes into them", async () => {
  await open(pairs);
  const [first, second] = document.querySelectorAll("select");
  first.value = "3";
  first.dispatchEvent(new Event("change", { bubbles: true }));
  assert.deepEqual(marks(), ["C", ""]);
  second.value = "1";
  document.querySelector("form").dispatchEvent(new Event("filled", { bubbles: true }));
  assert.deepEqual(marks(), ["C", "A"]);
});

test("with a finger the board is shown, else the menus, and a button changes over", async () => {
  coarse = false;
  await open(pairs);
  const shown = () => [".taps", ".answer-list"].filter((part) => !document.querySelector(part).hidden);
  assert.deepEqual(shown(), [".answer-list"]);
  document.querySelector(".tap-change button").click();
  assert.deepEqual(shown(), [".taps"]);
  document.querySelector(".tap-change button").click();
  assert.deepEqual(shown(), [".answer-list"]);
});

test("a thing goes into the group that is tapped, into another, and out again", async () => {
  await open(groups);
  tap("hot");
  assert.deepEqual(checked(), [], "with nothing in hand a group does nothing");
  tap("tea");
  tap("hot");
  assert.deepEqual(checked(), ["tea 1"]);
  assert.match(document.querySelector('[aria-label="hot"]').textContent, /tea/);
  tap("tea");
  tap("cold");
  assert.deepEqual(checked(), ["tea 2"]);
  tap("tea");
  tap("Nowhere");
  assert.deepEqual(checked(), []);
  assert.match(document.querySelector('[aria-label="Nowhere"]').textContent, /tea/);
  assert.equal(changes, 3);
});

test("an answer that can't be changed has no board", async () => {
  await open(pairs.replaceAll("<select", "<select disabled"));
  assert.equal(document.querySelector(".taps"), null);
});
