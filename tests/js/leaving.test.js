// The quiet log of an exam: what is told of leaving, and that going from question to question is none.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { frame, show } from "./page.js";

const SITE = "http://course.test";
const HERE = `${SITE}/courses/tea/attempts/7/questions/1`;

let now; // ms
let notes; // the kinds that were told
let hidden;
let focused;
let visits = 0;
let navigation;

beforeEach(() => {
  now = 100_000;
  notes = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** A page of a paper; `knows` browsers tell of every way that leads somewhere. */
async function open({ knows = false } = {}) {
  hidden = false;
  focused = true;
  const page = `<form id="question" action="/courses/tea/attempts/7/questions/1"><input type="hidden" name="csrf_token" value="token-1">
      <button id="next">Next</button></form>
    <a id="summary" href="/courses/tea/attempts/7/summary">All questions</a><a id="out" href="/courses/tea/quizzes/final">Leave for now</a>
    <a id="other" href="/courses/tea/attempts/77/summary">Another paper</a>
    <script id="leaving" type="text/plain" data-left="/courses/tea/attempts/7/left" data-paper="/courses/tea/attempts/7"></script>`;
  show(frame(page, { reader: "a-ada" }), HERE);
  navigation = knows ? document.createElement("i") : undefined;
  for (const [name, value] of Object.entries({ navigation, navigator: { sendBeacon } }))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  Object.defineProperty(document, "hasFocus", { value: () => focused, configurable: true });
  // Nothing navigates here; what a browser would tell of it is told by the tests.
  document.addEventListener("click", (event) => event.target.matches("a") && event.preventDefault());
  document.addEventListener("submit", (event) => event.preventDefault());
  await import(`../../webapp/static/js/leaving.js?${++visits}`);
}

function sendBeacon(address, body) {
  assert.equal(address, "/courses/tea/attempts/7/left");
  assert.equal(body.get("csrf_token"), "token-1");
  notes.push(body.get("kind"));
  return true;
}

const happens = (name) => window.dispatchEvent(new Event(name));
const click = (selector) => document.querySelector(selector).click();

function pass(ms) {
  now += ms;
  mock.timers.tick(ms);
}

function hide() {
  hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
}

function comeBack() {
  hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
}

/** The page goes, for another one or for good. */
function unload() {
  happens("pagehide");
  hide();
}

/** What a browser that knows tells before it goes somewhere. */
function navigate(url, sameDocument = false) {
  navigation.dispatchEvent(Object.assign(new Event("navigate"), { destination: { url, sameDocument } }));
}

test("leaving the page is told once in ten seconds, and again later", async () => {
  await open();
  hide();
  comeBack();
  pass(5000);
  hide();
  comeBack();
  assert.deepEqual(notes, ["left"]);
  pass(6000);
  hide();
  assert.deepEqual(notes, ["left", "left"]);
});

test("closing the page and going elsewhere is leaving", async () => {
  await open();
  unload();
  assert.deepEqual(notes, ["left"]);
  await open();
  click("#out");
  unload();
  assert.deepEqual(notes, ["left", "left"]);
});

test("who goes as soon as the next question came without a page is told of", async () => {
  await open();
  click("#next");
  document.dispatchEvent(new Event("turned"));
  hide();
  assert.deepEqual(notes, ["left"]);
});

test("going to another paper is leaving this one", async () => {
  await open();
  click("#other");
  unload();
  assert.deepEqual(notes, ["left"]);
});

for (const knows of [false, true]) {
  const browser = knows ? "that tells of every way" : "that does not";
  test(`the next question is no leaving, however slow the network is, in a browser ${browser}`, async () => {
    for (const way of ["#next", "#summary"]) {
      await open({ knows });
      click(way);
      if (knows) navigate(HERE);
      pass(25_000);
      unload();
      assert.deepEqual(notes, [], way);
    }
  });
}

test("Back and a reload are no leaving where the browser tells of them", async () => {
  for (const url of [`${SITE}/courses/tea/attempts/7/questions/2`, HERE, `${SITE}/courses/tea/attempts/7`]) {
    await open({ knows: true });
    navigate(url);
    unload();
  }
  assert.deepEqual(notes, []);
});

test("ways that lead out are leaving where the browser tells of them", async () => {
  for (const url of [
    "https://elsewhere.test/attempts/7/questions/1",
    `${SITE}/courses/tea/attempts/77`,
    `${SITE}/lessons/talent`,
  ]) {
    await open({ knows: true });
    click("#next"); // and then somebody types another address
    pass(4000);
    navigate(url);
    unload();
  }
  assert.deepEqual(notes, ["left", "left", "left"]);
});

test("a change of the address on the page itself excuses nothing", async () => {
  await open({ knows: true });
  navigate(`${HERE}#main`, true);
  unload();
  assert.deepEqual(notes, ["left"]);
});

test("another tab is leaving while the next question is on its way, too", async () => {
  await open();
  click("#next");
  pass(4000);
  hide();
  assert.deepEqual(notes, ["left"]);
});

test("a page that comes back from the browser's memory begins anew", async () => {
  await open();
  click("#next");
  unload();
  happens("pageshow");
  comeBack();
  pass(1000);
  hide();
  assert.deepEqual(notes, ["left"]);
});

test("another window in front is told, and a page that is hidden is not told twice", async () => {
  await open();
  focused = false;
  happens("blur");
  pass(600);
  assert.deepEqual(notes, ["focus"]);
  pass(20_000);
  happens("blur");
  hide();
  pass(600);
  assert.deepEqual(notes, ["focus", "left"]);
});

test("a focus that comes back at once is nothing", async () => {
  await open();
  happens("blur");
  pass(600);
  assert.deepEqual(notes, []);
});

test("a clock that is set back silences nothing", async () => {
  await open();
  const day = 24 * 3600 * 1000;
  const { now: date } = Date;
  hide();
  comeBack();
  pass(20_000);
  mock.method(Date, "now", () => date() - day);
  hide();
  assert.deepEqual(notes, ["left", "left"]);
});
