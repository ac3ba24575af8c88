// What every page does: says when it is a kept copy, has kept answers sent, and asks before signing out deletes any.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { setImmediate as soon, setTimeout as pause } from "node:timers/promises";

import { Course } from "./course.js";
import { frame, show } from "./page.js";
import { forgetAll, network, visit } from "./platform.js";
import { Worker } from "./worker.js";

const ADA = "a-ada";
const FIRST = "/courses/tea/attempts/7/questions/1";
const NOTE = `<p data-offline-note hidden data-copy-text="A saved copy." data-again="Try again" data-one="One answer waits."
  data-many="{n} answers wait." data-sent="All sent." data-sign-in="Sign in" data-conflict="Answered twice."
  data-choose="Choose" data-late="Too late." data-go-on="Go on" data-leave="Delete them?"></p>
  <form method="post" action="/sign-out"><button>Sign out</button></form><form action="/search"></form>`;

const course = await new Course().start();
visit(course.origin);
const outbox = await import("../../webapp/static/js/outbox.js");
const { keep } = outbox;
let worker, window, asked, left, delivered;

/** Opens a page with its script; its worker is the real one. */
let times = 0;
async function open({ copy = 0, governed = true } = {}) {
  worker = await Worker.start({ version: "1", page: "/offline", files: [] });
  const { away } = course;
  course.away = false; // it was installed while there was a network
  await worker.happen("install");
  course.away = away;
  const container = new EventTarget();
  const controller = {
    postMessage: async (data, [port] = []) => {
      await worker.happen("message", { data, ports: [port] });
      if (data.type === "deliver") delivered += 1;
    },
  };
  const registration = { active: controller };
  network.serviceWorker = Object.assign(container, {
    controller: governed ? controller : null,
    ready: Promise.resolve(registration),
    register: async () => registration,
  });
  worker.windows.push({ postMessage: (data) => container.dispatchEvent(new MessageEvent("message", { data })) });
  window = show(frame(NOTE, { reader: ADA, copy }), `${course.origin}/lessons/tea`);
  window.requestIdleCallback = (act) => setTimeout(act, 0);
  asked = [];
  delivered = 0;
  globalThis.confirm = (words) => asked.push(words) > 1; // no, and yes when asked again
  left = 0;
  window.HTMLFormElement.prototype.submit = () => (left += 1);
  await import(`../../webapp/static/js/offline.js?${++times}`);
}

const note = () => window.document.querySelector("[data-offline-note]");
const link = () => note().querySelector("a");

/** Waits until something is so, or three seconds are over. */
async function until(condition) {
  for (const end = Date.now() + 3000; !condition() && Date.now() < end;) await soon();
}

/** Waits until the note says this. */
async function says(text) {
  await until(() => note().textContent === text);
  assert.equal(note().textContent, text);
  assert.equal(note().hidden, text === "");
}

/** Waits until the page has asked its worker to send, and has had an answer. */
async function settled() {
  await until(() => delivered > 0);
  await pause(20); // a message takes a moment from one side to the other
}

/** Presses a button that sends a form; gives whether the browser was left to send it. */
function press(selector) {
  const event = new window.SubmitEvent("submit", { bubbles: true, cancelable: true });
  return window.document.querySelector(selector).dispatchEvent(event);
}

const wait = (n, reader = ADA) =>
  keep(
    `/courses/tea/attempts/7/questions/${n}`,
    reader,
    new URLSearchParams({ sequence: "0", "answer-choice": "a" }),
    null,
  );

beforeEach(async () => {
  course.reset();
  course.reader = ADA;
  course.pages.set("/offline", { html: '<html lang="en">' });
  await forgetAll(outbox);
});
after(() => course.stop());

// --- what is said ---------------------------------------------------------------------------------------------------

test("a kept copy says that it is one, and how to try again", async () => {
  await open({ copy: Date.now() });
  await settled(); // the worker had nothing to add
  await says("A saved copy. Try again");
  assert.equal(link().href, `${course.origin}/lessons/tea`);
});

test("a page from the server says nothing when nothing waits", async () => {
  await open();
  await settled();
  await says("");
});

test("answers that can't be sent are counted", async () => {
  for (const n of [1, 2]) await wait(n);
  course.away = true;
  await open();
  await says("2 answers wait.");
});

test("what waits is sent as soon as a page is open, and that is said", async () => {
  await wait(1);
  await open();
  await says("All sent.");
  assert.deepEqual(course.taken(FIRST), ["a"]);
});

test("what waits is sent as soon as the network is back", async () => {
  await wait(1);
  course.away = true;
  await open();
  await says("One answer waits.");
  course.away = false;
  window.dispatchEvent(new window.Event("online"));
  await says("All sent.");
});

test("what the page of the question sent by itself is said, too", async () => {
  await wait(1);
  course.away = true;
  await open({ copy: Date.now() });
  await says("A saved copy. One answer waits. Try again");
  course.away = false;
  await outbox.saved(FIRST, ADA, new URLSearchParams({ sequence: "0", "answer-choice": "a" }), 1);
  window.dispatchEvent(new window.Event("online"));
  await says("All sent. Try again");
});

test("what the worker sent by itself is said, too", async () => {
  await wait(1);
  course.away = true;
  await open();
  await says("One answer waits.");
  course.away = false;
  await worker.happen("sync");
  await says("All sent.");
});

test("an answer that was given twice leads to the question", async () => {
  course.steps.set(FIRST, [new URLSearchParams({ "answer-choice": "x" })]);
  await wait(1);
  await open();
  await says("Answered twice. Choose");
  assert.equal(link().getAttribute("href"), FIRST);
});

test("an answer that came too late leads to why, and is said once", async () => {
  course.closed.add("/courses/tea/attempts/7");
  await wait(1);
  await open();
  await says("Too late. Go on");
  assert.equal(link().getAttribute("href"), "/courses/tea/attempts/7/result");
  link().addEventListener("click", (event) => event.preventDefault());
  link().click();
  for (const end = Date.now() + 3000; (await outbox.records()).length && Date.now() < end;) await soon();
  assert.deepEqual(await outbox.records(), []);
});

test("with nobody signed in, answers that wait lead to signing in", async () => {
  await wait(1);
  course.reader = "nobody";
  await open();
  await says("One answer waits. Sign in");
  assert.equal(link().getAttribute("href"), "/sign-in");
});

test("answers of another reader are nothing to speak of", async () => {
  await wait(1, "a-bo");
  await open();
  await settled();
  await says("");
});

// --- signing out ----------------------------------------------------------------------------------------------------

const SIGN_OUT = 'form[action="/sign-out"]';

test("signing out asks before it deletes an answer that could not be sent", async () => {
  await wait(1);
  course.away = true;
  await open();
  await says("One answer waits.");
  assert.equal(press(SIGN_OUT), false, "the browser does not go ahead");
  await until(() => asked.length === 1);
  assert.deepEqual([asked, left], [["Delete them?"], 0]);
  press(SIGN_OUT);
  await until(() => left === 1);
  assert.deepEqual([asked.length, left], [2, 1]);
});

test("signing out asks before it deletes an answer that waits for a choice", async () => {
  course.steps.set(FIRST, [new URLSearchParams({ "answer-choice": "x" })]);
  await wait(1);
  await open();
  await says("Answered twice. Choose");
  press(SIGN_OUT);
  await until(() => asked.length === 1);
  assert.deepEqual([asked.length, left], [1, 0]);
});

test("signing out sends what waits first, and then asks nothing", async () => {
  await open();
  await settled();
  await wait(1);
  press(SIGN_OUT);
  await until(() => left === 1);
  assert.deepEqual([asked, left], [[], 1]);
  assert.deepEqual(course.taken(FIRST), ["a"]);
});

test("without a worker signing out is the browser's business", async () => {
  await open({ governed: false });
  assert.equal(press(SIGN_OUT), true);
});

test("other forms are not held up", async () => {
  await open();
  assert.equal(press('form[action="/search"]'), true);
});
