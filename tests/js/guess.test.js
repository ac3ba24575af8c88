// A guess at a figure: how it is written, drawn and remembered, on pages like the server's.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { show } from "./page.js";

const kept = new Map();
globalThis.localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
};

const frame = (guess) =>
  `<!doctype html><html lang="en" data-reader="a-1"><body><div class="guess" ${guess}
    <p data-said role="status"></p><details class="guess-figure"><figure></figure></details></div></body></html>`;
const bars = frame(`data-kind="number" data-truth="6" data-row="1" data-unit="US\${}" data-top="6"
  data-said-right="right {guess}" data-said-wrong="{guess}, not {truth}" data-mark="you {guess}">
  <p class="guess-question">How many?</p>
  <input type="range" data-slider min="0" max="12" step="1" value="0"><span data-value></span><button data-guessed></button>
  <div data-row><svg class="bar-line"><rect class="fill" width="50%"/></svg></div>
  <div data-row><svg class="bar-line"><rect class="fill" width="100%"/></svg></div>`);
const order =
  frame(`data-kind="order" data-said-right="all {all}" data-said-wrong="{right} of {all}" data-mark="you {guess}"
  data-moved="{item} {guess} of {all}"><p class="guess-question">Which first?</p><ol class="guess-order">${[2, 0, 1]
    .map(
      (place) =>
        `<li data-place="${place}"><span class="guess-item">${place}</span><button data-move="-1"></button><button data-move="1"></button></li>`,
    )
    .join("")}</ol><p role="status" data-moved></p><button data-guessed></button>
  <div data-row></div><div data-row></div><div data-row></div>`);

let begin, written;
const open = async (html) => {
  show(html, "http://course.example/lessons/tea");
  globalThis.SVGElement ??= window.SVGElement;
  ({ begin, written } = await import("../../webapp/static/js/guess.js"));
  const guess = document.querySelector(".guess");
  begin(guess);
  return guess;
};
const give = (guess, value) => {
  const slider = guess.querySelector("[data-slider]");
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
  guess.querySelector("[data-guessed]").click();
};
const said = (guess) => guess.querySelector("[data-said]").textContent;
const widths = (guess, name) => [...guess.querySelectorAll(`.${name}`)].map((each) => each.getAttribute("width"));

beforeEach(() => kept.clear());

test("a guess is compared in a sentence, drawn beside its bar, and opens the figure", async () => {
  const guess = await open(bars);
  give(guess, "3");
  assert.equal(said(guess), "US$3, not US$6");
  assert.deepEqual(widths(guess, "fill"), ["50%", "100%"]);
  assert.deepEqual(widths(guess, "ghost"), ["50%"]);
  assert.equal(guess.querySelectorAll("[data-row]")[1].textContent, "you US$3");
  assert.ok(guess.querySelector("details").open);
});

test("the bars make room for a guess that is longer", async () => {
  const guess = await open(bars);
  give(guess, "12");
  assert.deepEqual(widths(guess, "fill"), ["25%", "50%"]);
  assert.deepEqual(widths(guess, "ghost"), ["100%"]);
});

test("the right answer is said to be right", async () => {
  const guess = await open(bars);
  give(guess, "6");
  assert.equal(said(guess), "right US$6");
});

test("a guess is remembered, and neither one beyond the slider nor a broken one is", async () => {
  give(await open(bars), "3");
  const [key] = kept.keys();
  assert.match(key, /a-1/);
  assert.equal(said(await open(bars)), "US$3, not US$6");
  for (const bad of ["13", "-1", '"3"', "[1]", "{", "null"]) {
    kept.set(key, bad);
    assert.equal(said(await open(bars)), "", bad);
  }
});

test("a year is written as it is, and a month with its year", async () => {
  const guess = await open(bars);
  guess.dataset.kind = "year";
  assert.equal(written(guess, 2023), "2023");
  guess.dataset.kind = "month";
  assert.equal(written(guess, 2023 * 12 + 4), "May 2023");
  assert.equal(written(guess, 87 * 12), "January 87");
});

test("things are moved up and down, and only what stands in its place counts", async () => {
  const guess = await open(order);
  const buttons = (place) => guess.querySelectorAll(`[data-place="${place}"] button`);
  assert.deepEqual(
    [...buttons(2)].map((button) => button.disabled),
    [true, false],
  );
  buttons(2)[1].click();
  assert.equal(guess.querySelector("p[data-moved]").textContent, "2 2 of 3");
  guess.querySelector("[data-guessed]").click();
  assert.equal(said(guess), "1 of 3");
  assert.deepEqual(
    [...guess.querySelectorAll("[data-row]")].map((row) => row.textContent),
    ["you 1", "you 3", "you 2"],
  );
});

test("an order that is not one of the parts is not taken from what is remembered", async () => {
  const guess = await open(order);
  guess.querySelector("[data-guessed]").click();
  const [key] = kept.keys();
  kept.set(key, "[0, 1, 1]");
  assert.equal(said(await open(order)), "");
  kept.set(key, "[0, 1, 2]");
  assert.equal(said(await open(order)), "all 3");
});
