// The time left of a quiz: the server's clock counts, and more time is taken wherever it comes from.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { frame, show } from "./page.js";

const PAGE = "http://course.test/attempts/7/questions/1";
show(frame("", { reader: "a-ada" }), PAGE);
const { keepTime } = await import("../../webapp/static/js/clock.js");

let now; // ms
let server; // what it says of the time, or null while it is away
let asked; // how often it was
let handedIn; // how often the form was sent
let finished; // how often the page was asked to save what it has
let reloads;

beforeEach(() => {
  Object.assign(globalThis, { fetch: answer });
  now = asked = handedIn = finished = reloads = 0;
  server = { state: "open", seconds: 600 };
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  mock.method(performance, "now", () => now);
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

async function answer() {
  asked += 1;
  if (server === null) throw new TypeError("no network");
  return { ok: true, json: async () => server };
}

/** A page with so many seconds left. */
function open(seconds, { copy } = {}) {
  const clock = `<div data-clock="/courses/tea/attempts/7/clock" data-left="${seconds}" data-minutes="{n} min left" data-last="less than a minute"
      data-exact="{m} minutes and {s} seconds" data-five="five minutes" data-more="more time" data-one="one minute" data-over="over"
      data-over-away="over, away">
      <span class="quiz-clock-text"></span><button data-clock-ask hidden></button><span data-clock-says></span></div>
    <form id="hand-in"></form>`;
  show(frame(clock, { reader: "a-ada", copy }), PAGE);
  mock.method(HTMLFormElement.prototype, "submit", () => {
    handedIn += 1;
  });
  Object.defineProperty(globalThis, "location", { value: { reload: () => (reloads += 1) }, configurable: true });
  keepTime(document.querySelector("[data-clock]"), async () => {
    finished += 1;
  });
}

const shown = () => document.querySelector(".quiz-clock-text").textContent;
const said = () => document.querySelector("[data-clock-says]").textContent;

/** So many seconds go by, on the server's clock, too. */
async function pass(seconds) {
  for (let left = seconds; left > 0; left -= 1) {
    now += 1000;
    if (typeof server?.seconds === "number") server.seconds = Math.max(0, server.seconds - 1);
    mock.timers.tick(1000);
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  }
}

test("minutes are in view, and a word is said at five and at one", async () => {
  open(600);
  await pass(1);
  assert.equal(shown(), "10 min left");
  assert.equal(said(), "");
  await pass(299);
  assert.equal(said(), "five minutes");
  await pass(240);
  assert.equal(said(), "one minute");
  await pass(1);
  assert.equal(shown(), "less than a minute");
});

test("seconds are told to whoever asks", async () => {
  open(125);
  const button = document.querySelector("[data-clock-ask]");
  assert.equal(button.hidden, false);
  button.click();
  assert.equal(said(), "2 minutes and 5 seconds");
  assert.equal(shown(), "2 minutes and 5 seconds", "also to those who see");
  await pass(5);
  assert.equal(shown(), "2 minutes and 0 seconds");
  await pass(6);
  assert.equal(shown(), "2 min left", "quiet again after a while");
});

test("more time is told within a minute, and five minutes are said again when they come again", async () => {
  open(310);
  server.seconds = 310;
  await pass(11);
  assert.equal(said(), "five minutes");
  server.seconds += 300;
  await pass(50);
  assert.equal(said(), "more time");
  assert.equal(shown(), "10 min left");
  await pass(250);
  assert.equal(said(), "five minutes");
  assert.equal(handedIn, 0);
});

test("a few seconds that two clocks differ by are no news", async () => {
  open(600);
  server.seconds = 610;
  await pass(61);
  assert.equal(asked, 1);
  assert.equal(said(), "");
});

test("time that was given in the last minute is found when the time is up, and nothing is handed in", async () => {
  open(20);
  server.seconds = 320;
  await pass(20);
  assert.equal(said(), "more time");
  assert.equal(shown(), "less than a minute");
  await pass(1);
  assert.equal(shown(), "5 min left");
  await pass(10);
  assert.equal(handedIn, 0);
});

test("a limit that was taken away hands nothing in", async () => {
  open(20);
  server = { state: "open", seconds: null };
  await pass(200);
  assert.equal(handedIn, 0);
  assert.equal(finished, 0);
  assert.equal(document.querySelector("[data-clock]").hidden, true);
});

test("a limit that comes back is shown again", async () => {
  open(90);
  server = { state: "open", seconds: null };
  await pass(61);
  server = { state: "open", seconds: 180 };
  await pass(62);
  assert.equal(document.querySelector("[data-clock]").hidden, false);
  assert.equal(shown(), "2 min left");
});

test("when the time is up, what the page has is saved and handed in, once", async () => {
  open(10);
  server.seconds = 10;
  await pass(30);
  assert.equal(said(), "over");
  assert.deepEqual([finished, handedIn], [1, 1]);
});

test("while the server is away, it is asked again every ten seconds, and hands in when it is back", async () => {
  open(5);
  server = null;
  await pass(25);
  assert.equal(said(), "over, away");
  assert.equal(handedIn, 0);
  server = { state: "open", seconds: 0 };
  await pass(12);
  assert.equal(handedIn, 1);
});

test("what was handed in or reset elsewhere is looked at again, and not handed in", async () => {
  for (const state of ["submitted", "void"]) {
    reloads = handedIn = 0;
    open(5);
    server = { state, seconds: null };
    await pass(20);
    assert.deepEqual([reloads, handedIn], [1, 0], state);
  }
});

test("a kept copy counts from when it was kept", async () => {
  open(600, { copy: String(Date.now() - 300_000) });
  await pass(1);
  assert.equal(shown(), "5 min left");
});
