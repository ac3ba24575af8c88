// A page that saves: one answer at a time, repeated as it was when its outcome is unknown, kept here when it can't go.
import assert from "node:assert/strict";
import { after, beforeEach, mock, test } from "node:test";

import { Course } from "./course.js";
import { frame, questionPage, show } from "./page.js";
import { forgetAll, network, visit } from "./platform.js";

const ADA = "a-ada";
const FIRST = "/courses/tea/attempts/7/questions/1";

const course = await new Course().start();
visit(course.origin);
show(frame("", { reader: ADA }), course.origin);
const outbox = await import("../../webapp/static/js/outbox.js");
const { save } = await import("../../webapp/static/js/save.js");
const { deliver, keep, record } = outbox;

let form;

beforeEach(async () => {
  course.reset();
  course.reader = ADA;
  await forgetAll(outbox);
  form = show(frame(questionPage(1, 3), { reader: ADA }), course.origin + FIRST).document.querySelector("form");
});
after(() => course.stop());

function choose(value) {
  form.elements["answer-choice"].value = value;
}
const sequence = () => form.elements.sequence.value;
const sent = () => course.sent(FIRST).map((fields) => [fields.get("answer-choice"), fields.get("sequence")]);

test("an answer is saved, and the next one follows it", async () => {
  choose("a");
  assert.equal((await save(form)).state, "saved");
  choose("b");
  assert.equal((await save(form)).state, "saved");
  assert.deepEqual(sent(), [
    ["a", "0"],
    ["b", "1"],
  ]);
  assert.equal((await record(FIRST)).state, "saved");
});

test("a save that is asked for while another is under way waits for it, and says what the form says then", async () => {
  choose("a");
  const first = save(form);
  const second = save(form);
  choose("b");
  await Promise.all([first, second]);
  assert.deepEqual(course.taken(FIRST).at(-1), "b");
  assert.equal(sequence(), String(course.taken(FIRST).length));
  assert.ok(!(await record(FIRST)).unsure);
});

test("saves follow one another where a browser has no locks, too", async () => {
  const { locks } = network;
  network.locks = undefined;
  choose("a");
  const first = save(form);
  const second = save(form);
  choose("b");
  const outcomes = await Promise.all([first, second]);
  network.locks = locks;
  assert.deepEqual(
    outcomes.map(({ state }) => state),
    ["saved", "saved"],
  );
  assert.equal(course.taken(FIRST).at(-1), "b");
  assert.ok(
    sent().every(([, follows], at) => at === 0 || Number(follows) > 0),
    "the second knew of the first",
  );
});

test("a page whose answer was sent by somebody else meanwhile goes on from there", async () => {
  course.away = true;
  network.onLine = false;
  choose("a");
  await save(form);
  course.away = false;
  network.onLine = true;
  await deliver();
  choose("b");
  assert.equal((await save(form)).state, "saved");
  assert.deepEqual(course.taken(FIRST), ["a", "b"]);
});

test("without a network the answer is kept, and arrives once when there is one", async () => {
  course.away = true;
  choose("a");
  const outcome = await save(form);
  assert.deepEqual([outcome.state, outcome.kept], ["failed", true]);
  course.away = false;
  await deliver();
  assert.equal((await save(form)).state, "saved", "the page takes it for one answer, not for two");
  assert.deepEqual(course.taken(FIRST), ["a"]);
});

test("an answer whose receipt was lost is repeated as it was before the newer one", async () => {
  course.loses = true;
  choose("a");
  await save(form);
  course.loses = false;
  course.requests.length = 0;
  choose("b");
  assert.equal((await save(form)).state, "saved");
  assert.deepEqual(sent(), [
    ["a", "0"],
    ["b", "1"],
  ]);
  choose("a");
  assert.equal((await save(form)).state, "saved");
  assert.deepEqual(sent().at(-1), ["a", "2"]);
  assert.equal(sent().length, 3, "what has arrived is not repeated");
  assert.deepEqual(course.taken(FIRST), ["a", "b", "a"]);
});

test("without any network at all nothing went out, so nothing is repeated", async () => {
  network.onLine = false;
  course.away = true;
  choose("a");
  await save(form);
  Object.assign(network, { onLine: true });
  course.away = false;
  course.requests.length = 0;
  choose("b");
  await save(form);
  assert.deepEqual(sent(), [["b", "0"]]);
});

test("a page goes on from what another page of the same reader keeps", async () => {
  const kept = new URLSearchParams({ sequence: "2", "answer-choice": "a" });
  course.steps.set(FIRST, [new URLSearchParams(), new URLSearchParams()]);
  await keep(FIRST, ADA, kept, null);
  choose("b");
  assert.equal((await save(form)).state, "saved");
  assert.deepEqual(sent(), [["b", "2"]]);
});

test("a page takes nothing from what another reader keeps", async () => {
  await keep(FIRST, "a-bo", new URLSearchParams({ sequence: "2", "answer-choice": "a" }), null);
  choose("b");
  assert.equal((await save(form)).state, "saved");
  assert.deepEqual(sent(), [["b", "0"]]);
});

test("a token of an earlier session is replaced where the same person is here", async () => {
  course.token = "token-2";
  choose("a");
  assert.equal((await save(form)).state, "saved");
  assert.equal(form.elements.csrf_token.value, "token-2");
});

test("under somebody else's session nothing is sent a second time", async () => {
  course.token = "token-2";
  course.reader = "a-bo";
  choose("a");
  assert.equal((await save(form)).state, "refused");
  assert.equal(course.sent(FIRST).length, 1);
  assert.deepEqual(course.taken(FIRST), []);
});

test("a session that ended keeps the answer", async () => {
  course.reader = "nobody";
  choose("a");
  const outcome = await save(form);
  assert.deepEqual([outcome.state, outcome.signIn, outcome.kept], ["signed-out", "/sign-in", true]);
  assert.equal((await record(FIRST)).state, "waiting");
});

test("a paper that takes no more answers keeps none", async () => {
  await keep(FIRST, ADA, new URLSearchParams({ sequence: "0", "answer-choice": "a" }), null);
  course.closed.add("/courses/tea/attempts/7");
  choose("b");
  const outcome = await save(form);
  assert.deepEqual([outcome.state, outcome.go], ["closed", "/courses/tea/attempts/7/result"]);
  assert.equal(await record(FIRST), undefined);
});

test("a device that can keep nothing says so", async () => {
  course.away = true;
  choose("a");
  const opening = mock.method(IDBDatabase.prototype, "transaction", () => {
    throw new Error("the disk is full");
  });
  const outcome = await save(form);
  opening.mock.restore();
  assert.deepEqual([outcome.state, outcome.kept], ["failed", false]);
});
