// The keys of a toolbar.
import assert from "node:assert/strict";
import { test } from "node:test";

import { JSDOM } from "jsdom";

import { place, startToolbar } from "../../webapp/static/js/toolbar.js";

test("the arrows go round, Home and End to the ends, and other keys nowhere", () => {
  assert.equal(place("ArrowRight", 0, 3, false), 1);
  assert.equal(place("ArrowRight", 2, 3, false), 0);
  assert.equal(place("ArrowLeft", 0, 3, false), 2);
  assert.equal(place("Home", 2, 3, false), 0);
  assert.equal(place("End", 0, 3, false), 2);
  assert.equal(place("ArrowDown", 0, 3, false), null);
});

test("where one writes leftwards, the arrow to the left leads on", () => {
  assert.equal(place("ArrowLeft", 0, 3, true), 1);
  assert.equal(place("ArrowRight", 0, 3, true), 2);
});

test("one button takes the stop of the Tab key: the one that had the focus last", () => {
  const { window } = new JSDOM("<div hidden><button tabindex=-1>a</button><button tabindex=-1>b</button></div>");
  const names = ["HTMLButtonElement", "Element", "getComputedStyle"];
  for (const name of names) Object.assign(globalThis, { [name]: Reflect.get(window, name) });
  const toolbar = window.document.querySelector("div");
  assert.ok(toolbar);
  /** @type {(string | null)[]} */
  const pressed = [];
  startToolbar(toolbar, (button) => pressed.push(button.textContent));
  const [a, b] = toolbar.querySelectorAll("button");
  assert.equal(toolbar.hidden, false);
  assert.deepEqual([a.tabIndex, b.tabIndex], [0, -1]);
  a.focus();
  a.dispatchEvent(new window.KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  assert.equal(window.document.activeElement, b);
  assert.deepEqual([a.tabIndex, b.tabIndex], [-1, 0]);
  b.click();
  assert.deepEqual(pressed, ["b"]);
});
