// The next question without a page: shown at once from what is kept, its answer sent behind it, and nothing lost.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Course } from "./course.js";
import { frame, questionPage, show } from "./page.js";
import { forgetAll, network, visit } from "./platform.js";

const ADA = "a-ada";
const PAPER = "/courses/tea/attempts/7";
const question = (n) => `${PAPER}/questions/${n}`;

const course = await new Course().start();
visit(course.origin);
network.serviceWorker = { ready: Promise.resolve({ active: { postMessage: () => {} } }) };
const window = show(frame("", { reader: ADA }), course.origin);
window.caches = caches;
for (const [name, value] of Object.entries({ history: window.history, scrollTo: () => {} }))
  Object.defineProperty(globalThis, name, { value, configurable: true });
const outbox = await import("../../webapp/static/js/outbox.js");
const { record } = outbox;
const { carry, openPaper, scriptsIn } = await import("../../webapp/static/js/paper.js");
const { keepPaper, keptQuestions } = await import("../../webapp/static/js/kept.js");

/** @type {string[]} what happened to the document */
let told = [];
const page = (n, options) => frame(`<main>${questionPage(n, 3, options)}</main>`, { reader: ADA });

/** Serves a paper of three questions. */
function serve(sequences = [0, 0, 0]) {
  const pages = Object.fromEntries(sequences.map((sequence, at) => [question(at + 1), page(at + 1, { sequence })]));
  course.pages.set(`${PAPER}/paper`, { json: { pages } });
}

/** Waits until something holds. */
async function until(holds) {
  for (let turn = 0; turn < 200; turn += 1) {
    if (await holds()) return;
    await pause(10);
  }
  assert.fail(`never: ${holds}`);
}

/** Opens a question as the server gives it, and waits until the others are at hand. */
async function open(n = 1, options = {}) {
  const { document } = show(page(n, options), course.origin + question(n));
  told = [];
  for (const name of ["away", "reached", "turned"]) document.addEventListener(name, () => told.push(name));
  const paper = openPaper(document.querySelector("form"));
  await until(() => document.querySelector("main").dataset.paper);
  return paper;
}
/** Has more said of every answer. */
function saying(more) {
  course.say = (...all) => {
    const said = Course.prototype.say.apply(course, all);
    return said.json && all[0].method === "POST" ? { ...said, json: { ...said.json, ...more } } : said;
  };
}
const shown = () => document.querySelector("form");
const heading = () => document.querySelector("h1").textContent;
const choose = (value) => (shown().elements["answer-choice"].value = value);
const press = () => shown().querySelector("[data-next]").click();
const sent = (n) => course.sent(question(n)).map((fields) => `${fields.get("answer-choice")} ${fields.get("action")}`);

beforeEach(async () => {
  course.reset();
  delete course.say;
  course.reader = ADA;
  await forgetAll(outbox);
  serve();
});
after(() => course.stop());

test("the next question is in view before anything is heard, and the answer goes out once with its button", async () => {
  await open();
  course.slow = pause(100);
  saying({ answered: true });
  choose("b");
  press();
  assert.equal(heading(), "Question 2 of 3");
  assert.equal(window.location.pathname, question(2));
  assert.equal(document.activeElement, document.querySelector("h1"));
  await until(async () => (await record(question(1)))?.state === "saved");
  assert.deepEqual(sent(1), ["b next"]);
  assert.deepEqual(course.taken(question(1)), ["b"]);
  assert.match(shown().querySelector('[value="goto:1"]').textContent, /, answered$/);
  await until(() => told.length);
  assert.deepEqual(told, ["turned"]);
});

test("who comes back finds what was given, and a change of it follows the step before", async () => {
  const paper = await open();
  choose("b");
  press();
  await until(() => course.taken(question(1)).length);
  paper.turnTo(question(1));
  assert.equal(new FormData(shown()).get("answer-choice"), "b");
  choose("a");
  press();
  await until(() => course.taken(question(1)).length === 2);
  assert.deepEqual(course.taken(question(1)), ["b", "a"]);
});

test("before it is sent the answer lies on this device, and a lost network leaves it there", async () => {
  await open();
  course.away = true;
  choose("b");
  press();
  press();
  assert.equal(heading(), "Question 3 of 3");
  await until(() => told.includes("away"));
  assert.equal((await record(question(1))).state, "waiting");
  assert.equal(await record(question(2)), undefined, "of a question without an answer there is nothing to keep");
  course.away = false;
  await outbox.deliver();
  assert.deepEqual(course.taken(question(1)), ["b"]);
});

test("who only looks tells where they are, and of several words the latest", async () => {
  const paper = await open();
  let go = () => {};
  course.slow = new Promise((resolve) => {
    go = resolve;
  });
  press();
  await until(() => course.sent(question(1)).length);
  press();
  paper.turnBack(question(1));
  go();
  await until(() => course.sent(question(3)).length);
  assert.deepEqual([sent(1), sent(2), sent(3)], [["null next"], [], ["null goto:1"]]);
  assert.equal(await record(question(1)), undefined);
});

test("a paper that takes no more answers leads to where the server says", async () => {
  await open();
  course.closed.add(PAPER);
  choose("b");
  saying({ go: "#result" });
  press();
  await until(() => window.location.hash === "#result");
});

test("what a page says of the paper goes over to the next one", async () => {
  const one = show(page(1), course.origin).document.querySelector("form");
  const two = new window.DOMParser().parseFromString(page(2), "text/html").querySelector("form");
  const item = one.querySelector('[value="goto:3"]');
  item.classList.add("is-answered", "is-flagged");
  item.dataset.flagged = "flagged";
  one.querySelector("[data-count]").textContent = "1 answered";
  carry(one, two);
  assert.equal(two.querySelector('[value="goto:3"]').className, "quiz-map-item is-answered is-flagged");
  assert.equal(two.querySelector('[value="goto:3"]').dataset.flagged, "flagged");
  assert.equal(two.querySelector("[data-count]").textContent, "1 answered");
  const bars = [...two.querySelectorAll("rect")].map((bar) => bar.getAttribute("class"));
  assert.deepEqual(bars, ["left", "here", "done"]);
});

test("the scripts of a question are those in the main part of its page", () => {
  const html = `<head><script type="module" src="/frame.js"></script></head><main><script type="module" src="/type.js?v=1"></script></main>`;
  assert.deepEqual(scriptsIn(html), ["/type.js?v=1"]);
});

test("pages are fetched again when the paper went on elsewhere, and not after one's own answers", async () => {
  await open();
  choose("b");
  press();
  await until(async () => (await record(question(1)))?.state === "saved");
  const fetched = () => course.requests.filter(({ path }) => path === `${PAPER}/paper`).length;
  assert.equal(fetched(), 1);
  await keepPaper({ here: question(2), step: 0, others: 1, edition: "en 1" });
  assert.equal(fetched(), 1, "the one step is one's own");
  serve([1, 0, 1]);
  await keepPaper({ here: question(2), step: 0, others: 2, edition: "en 1" });
  assert.equal(fetched(), 2);
  await keepPaper({ here: question(2), step: 4, others: 2, edition: "en 1" });
  await keepPaper({ here: question(1), step: 1, others: 5, edition: "en 1" });
  assert.equal(fetched(), 2, "how far a question is that came from the server is known");
  assert.equal((await keptQuestions(PAPER, "en 1")).size, 3);
  assert.equal((await keptQuestions(PAPER, "de 1")).size, 0, "nothing is shown in another language");
  await keepPaper({ here: question(1), step: 1, others: 5, edition: "de 1" });
  assert.equal(fetched(), 3);
});
