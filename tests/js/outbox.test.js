// Answers that wait on this device: each arrives, once, and nobody else's is sent.
import assert from "node:assert/strict";
import { after, beforeEach, mock, test } from "node:test";

import { Course } from "./course.js";
import { forgetAll, visit } from "./platform.js";

const ADA = "a-ada";
const BO = "a-bo";
const FIRST = "/courses/tea/attempts/7/questions/1";
const SECOND = "/courses/tea/attempts/7/questions/2";
const THIRD = "/courses/tea/attempts/7/questions/3";

const course = await new Course().start();
visit(course.origin);
const outbox = await import("../../webapp/static/js/outbox.js");
const { belongs, deliver, keep, record, records, saved, send, tidy } = outbox;

beforeEach(async () => {
  course.reset();
  course.reader = ADA;
  await forgetAll(outbox);
});
after(() => course.stop());

const chosen = (fields) => Object.fromEntries(fields)["answer-choice"];

/** What the form of a question page sends. */
function answer(choice, sequence = 0) {
  const fields = new FormData();
  for (const [name, value] of Object.entries({ csrf_token: "of an old page", sequence, seconds: 3, action: "next" }))
    fields.set(name, String(value));
  fields.set("answer-choice", choice);
  return fields;
}

/** The same as it goes over the wire. */
function body(choice, sequence = 0) {
  const fields = new URLSearchParams([...answer(choice, sequence)]);
  fields.set("csrf_token", course.token);
  return fields;
}

const states = async () => Object.fromEntries((await records()).map(({ address, state }) => [address, state]));

// --- each arrives, once ---------------------------------------------------------------------------------------------

test("an answer that was kept is sent once, however often it is delivered", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  assert.equal((await deliver()).sent, 1);
  assert.equal((await deliver()).sent, 0);
  assert.deepEqual(course.taken(FIRST), ["a"]);
  assert.equal(course.sent(FIRST).length, 1);
});

test("the server is told which answers had waited, and which came at once", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  await deliver();
  await send(SECOND, body("b"));
  const posts = course.requests.filter(({ method }) => method === "POST");
  assert.deepEqual(
    posts.map((each) => [each.path, each.outbox]),
    [
      [FIRST, "kept"],
      [SECOND, undefined],
    ],
  );
});

test("two pages that deliver at the same moment send an answer once", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  const left = await Promise.all([deliver(), deliver()]);
  assert.deepEqual(left.map(({ sent }) => sent).sort(), [0, 1]);
  assert.equal(course.sent(FIRST).length, 1);
});

test("an answer goes out under the token of the session that is here now, and after the step it follows", async () => {
  course.steps.set(FIRST, [body("x"), body("y")]);
  await keep(FIRST, ADA, answer("a", 2), null);
  await deliver();
  const [sent] = course.sent(FIRST);
  assert.equal(sent.get("csrf_token"), course.token);
  assert.equal(sent.get("sequence"), "2");
  assert.equal((await record(FIRST)).sequence, 3, "what comes next follows this one");
});

test("what is kept holds neither a token nor the button", async () => {
  await keep(FIRST, ADA, answer("a"), answer("b"));
  const { fields, unsure } = await record(FIRST);
  for (const each of [fields, unsure])
    assert.deepEqual(each.map(([name]) => name).sort(), ["answer-choice", "seconds"]);
});

test("every answer that waits is sent", async () => {
  for (const [at, address] of [FIRST, SECOND, THIRD].entries()) await keep(address, ADA, answer(`${at}`), null);
  const left = await deliver();
  assert.deepEqual([left.sent, left.waiting], [3, 0]);
  assert.deepEqual(
    [FIRST, SECOND, THIRD].flatMap((address) => course.taken(address)),
    ["0", "1", "2"],
  );
});

test("changing one's mind sends the last word only", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  await keep(FIRST, ADA, answer("b"), null);
  await deliver();
  assert.deepEqual(course.taken(FIRST), ["b"]);
});

// --- in order -------------------------------------------------------------------------------------------------------

test("an answer whose receipt was lost is repeated as it was, before the newer one", async () => {
  course.loses = true;
  assert.equal((await send(FIRST, body("a"))).state, "failed");
  course.loses = false;
  course.requests.length = 0;
  await keep(FIRST, ADA, answer("b"), answer("a"));
  await deliver();
  const sent = course.sent(FIRST).map((fields) => [fields.get("answer-choice"), fields.get("sequence")]);
  assert.deepEqual(sent, [
    ["a", "0"],
    ["b", "1"],
  ]);
  assert.deepEqual(course.taken(FIRST), ["a", "b"], "the server has each once, and asks nobody to choose");
});

test("an answer whose receipt was lost is no second answer when nothing newer was given", async () => {
  course.loses = true;
  await send(FIRST, body("a"));
  course.loses = false;
  course.requests.length = 0;
  await keep(FIRST, ADA, answer("a"), answer("a"));
  assert.equal((await deliver()).sent, 1);
  assert.equal(course.sent(FIRST).length, 1);
  assert.deepEqual(course.taken(FIRST), ["a"]);
});

test("the time spent makes no other answer", async () => {
  const later = answer("a");
  later.set("seconds", "90");
  await keep(FIRST, ADA, later, answer("a"));
  await deliver();
  assert.equal(course.sent(FIRST).length, 1);
});

test("a newer answer that can't be sent after the unknown one arrived goes on from there", async () => {
  course.steps.set(FIRST, [body("a")]);
  await keep(FIRST, ADA, answer("b"), answer("a"));
  const taking = mock.method(course, "take", function (request, attempt, path, fields) {
    const said = Course.prototype.take.call(this, request, attempt, path, fields);
    this.trouble = 503; // from now on
    return said;
  });
  assert.equal((await deliver()).waiting, 1);
  taking.mock.restore();
  const { sequence, unsure } = await record(FIRST);
  assert.deepEqual([sequence, unsure], [1, null]);
  course.trouble = 0;
  await deliver();
  assert.deepEqual(course.taken(FIRST), ["a", "b"]);
});

test("a page that is older than what is kept goes on from what is kept", async () => {
  await keep(FIRST, ADA, answer("a", 4), answer("z", 4));
  await keep(FIRST, ADA, answer("b", 0), null, true);
  const { fields, sequence, unsure } = await record(FIRST);
  assert.deepEqual([chosen(fields), sequence, chosen(unsure)], ["b", 4, "z"]);
});

test("a page that is older than what was saved follows the step that was saved", async () => {
  await saved(FIRST, ADA, answer("a"), 3);
  await keep(FIRST, ADA, answer("b", 1), null, true);
  assert.equal((await record(FIRST)).sequence, 3);
});

test("what the server has already does not wait to be sent again", async () => {
  await saved(FIRST, ADA, answer("a"), 3);
  await keep(FIRST, ADA, answer("a", 1), null, true);
  assert.equal((await record(FIRST)).state, "saved");
});

test("an answer of another reader is nothing to go on from", async () => {
  await keep(FIRST, BO, answer("a", 4), answer("z", 4));
  await keep(FIRST, ADA, answer("b", 0), null, true);
  const { reader, sequence, unsure } = await record(FIRST);
  assert.deepEqual([reader, sequence, unsure], [ADA, 0, null]);
});

// --- none is lost ---------------------------------------------------------------------------------------------------

for (const status of [500, 502, 503, 504, 429])
  test(`none is lost when the server answers ${status}`, async () => {
    await keep(FIRST, ADA, answer("a"), null);
    await keep(SECOND, ADA, answer("b"), null);
    const session = mock.method(course, "say", function (request, path, fields) {
      return path === "/session" ? Course.prototype.say.call(this, request, path, fields) : { status, html: "" };
    });
    const left = await deliver();
    session.mock.restore();
    assert.deepEqual([left.sent, left.waiting], [0, 2]);
    assert.deepEqual(await states(), { [FIRST]: "waiting", [SECOND]: "waiting" });
    assert.equal((await deliver()).sent, 2);
    assert.deepEqual([course.taken(FIRST), course.taken(SECOND)], [["a"], ["b"]]);
  });

test("none is lost without a network", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  course.away = true;
  assert.deepEqual(await deliver(), { sent: 0, waiting: 1, conflicts: [], closed: [], signedOut: false });
  course.away = false;
  assert.equal((await deliver()).sent, 1);
});

test("a proxy's page of words is not taken for a receipt", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  const proxy = mock.method(course, "take", () => ({ status: 200, html: "<h1>Sign in to this hotel</h1>" }));
  const outcome = await send(FIRST, body("a"));
  proxy.mock.restore();
  assert.notEqual(outcome.state, "saved");
});

test("a redirect is not taken for a receipt", async () => {
  const portal = mock.method(course, "take", () => ({ status: 303, headers: { Location: "/session" } }));
  const outcome = await send(FIRST, body("a"));
  portal.mock.restore();
  assert.equal(outcome.state, "failed");
});

test("an answer that was kept before its course had an address of its own arrives there", async () => {
  course.isHere = true;
  await keep("/attempts/7/questions/1", ADA, answer("a"), null);
  assert.deepEqual(await deliver(), { sent: 1, waiting: 0, conflicts: [], closed: [], signedOut: false });
  assert.deepEqual(course.taken(FIRST), ["a"]);
});

test("a server in trouble is not pressed: after the first failure the others wait", async () => {
  for (const address of [FIRST, SECOND, THIRD]) await keep(address, ADA, answer("a"), null);
  const trouble = mock.method(course, "take", () => ({ status: 500, html: "" }));
  const left = await deliver();
  trouble.mock.restore();
  assert.equal(left.waiting, 3);
  assert.equal(course.requests.filter(({ method }) => method === "POST").length, 1);
});

test("an answer to a question that was answered elsewhere is kept for the person to choose", async () => {
  course.steps.set(FIRST, [body("x")]);
  await keep(FIRST, ADA, answer("a"), null);
  await keep(SECOND, ADA, answer("b"), null);
  const left = await deliver();
  assert.deepEqual([left.conflicts, left.sent], [[FIRST], 1], "the others go on");
  assert.equal(chosen((await record(FIRST)).fields), "a");
  assert.deepEqual((await deliver()).conflicts, [FIRST]);
  assert.equal(course.sent(FIRST).length, 1, "nobody presses for a choice by sending again");
});

test("an answer that came too late says where to read why, and is not sent again", async () => {
  course.closed.add("/courses/tea/attempts/7");
  await keep(FIRST, ADA, answer("a"), null);
  const { closed } = await deliver();
  assert.deepEqual(
    closed.map(({ address, go }) => [address, go]),
    [[FIRST, "/courses/tea/attempts/7/result"]],
  );
  await deliver();
  assert.equal(course.sent(FIRST).length, 1);
});

test("an answer that the server refuses for good is said to be closed and holds up no other", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  await keep(SECOND, ADA, answer("b"), null);
  const refusing = mock.method(course, "take", function (request, attempt, path, fields) {
    if (path === FIRST) return { status: 404, html: "" };
    return Course.prototype.take.call(this, request, attempt, path, fields);
  });
  const left = await deliver();
  refusing.mock.restore();
  assert.deepEqual([left.closed.map(({ address }) => address), left.sent], [[FIRST], 1]);
});

// --- whose it is ----------------------------------------------------------------------------------------------------

test("nobody sends the answers of somebody else", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  course.reader = BO;
  assert.deepEqual(await deliver(), { sent: 0, waiting: 0, conflicts: [], closed: [], signedOut: false });
  assert.equal(course.sent(FIRST).length, 0);
  course.reader = ADA;
  assert.equal((await deliver()).sent, 1);
});

test("with nobody signed in nothing is sent, and it is said that answers wait for somebody to sign in", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  course.reader = "nobody";
  assert.deepEqual(await deliver(), { sent: 0, waiting: 1, conflicts: [], closed: [], signedOut: true });
  assert.equal(course.sent(FIRST).length, 0);
});

test("a session that ends between two answers keeps the second", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  await keep(SECOND, ADA, answer("b"), null);
  const ending = mock.method(course, "take", function (request, attempt, path, fields) {
    const said = Course.prototype.take.call(this, request, attempt, path, fields);
    this.reader = "nobody";
    return said;
  });
  await deliver();
  ending.mock.restore();
  assert.deepEqual(await states(), { [FIRST]: "saved", [SECOND]: "waiting" });
});

test("a token that has just been replaced costs no answer", async () => {
  await keep(FIRST, ADA, answer("a"), null);
  const changing = mock.method(course, "take", () => ({ status: 400, json: { error: "token" } }));
  assert.equal((await deliver()).waiting, 1);
  changing.mock.restore();
  assert.equal((await deliver()).sent, 1);
});

test("what was answered as a guest is sent from the account that it moved to", async () => {
  await keep(FIRST, "g-guest", answer("a"), null);
  assert.equal((await deliver()).sent, 1);
});

test("a guest's answer is shown to an account and to that guest, and to nobody without a session", () => {
  const entry = { reader: "g-guest" };
  assert.ok(belongs(entry, "g-guest"));
  assert.ok(belongs(entry, ADA));
  assert.ok(!belongs(entry, "nobody"));
  assert.ok(!belongs({ reader: ADA }, BO));
});

// --- what is forgotten ----------------------------------------------------------------------------------------------

test("when somebody else is here, what was saved of the one before is forgotten, and what was not sent stays", async () => {
  await saved(FIRST, ADA, answer("a"), 1);
  await keep(SECOND, ADA, answer("b"), null);
  await saved(THIRD, BO, answer("c"), 1);
  await tidy(BO);
  assert.deepEqual(await states(), { [SECOND]: "waiting", [THIRD]: "saved" });
});

test("signing out forgets one's own answers, unsent ones too, and no unsent answer of anybody else", async () => {
  await saved(FIRST, ADA, answer("a"), 1);
  await keep(SECOND, ADA, answer("b"), null);
  await keep(THIRD, BO, answer("c"), null);
  await tidy(ADA, true);
  assert.deepEqual(await states(), { [THIRD]: "waiting" });
});

test("nothing is kept for longer than a month, whosever it is", async () => {
  const day = 24 * 3600 * 1000;
  await keep(FIRST, ADA, answer("a"), null);
  await keep(SECOND, BO, answer("b"), null);
  mock.timers.enable({ apis: ["Date"], now: Date.now() + 29 * day });
  await tidy(ADA);
  assert.equal((await records()).length, 2);
  mock.timers.setTime(Date.now() + 2 * day);
  await tidy(ADA);
  mock.timers.reset();
  assert.deepEqual(await records(), []);
});

// --- what came of sending -------------------------------------------------------------------------------------------

for (const [status, json, state] of [
  [200, { saved: true, sequence: 2, at: null, malformed: "not a number" }, "saved"],
  [200, {}, "refused"],
  [401, { sign_in: "/sign-in?next=x" }, "signed-out"],
  [409, { reason: "stale" }, "stale"],
  [409, { reason: "checked", go: FIRST }, "closed"],
  [400, { error: "token" }, "old-token"],
  [400, {}, "refused"],
  [403, {}, "refused"],
  [404, {}, "refused"],
  [429, {}, "failed"],
  [500, {}, "failed"],
  [503, {}, "failed"],
])
  test(`${status} ${JSON.stringify(json)} means ${state}`, async () => {
    const saying = mock.method(course, "take", () => ({ status, json }));
    const outcome = await send(FIRST, body("a"));
    saying.mock.restore();
    assert.equal(outcome.state, state);
    if (state === "saved") assert.deepEqual(outcome, { state, sequence: 2, at: null, malformed: "not a number" });
    if (state === "signed-out") assert.equal(outcome.signIn, "/sign-in?next=x");
    if (state === "closed") assert.equal(outcome.go, FIRST);
  });

test("nothing is asked of the server when nothing waits", async () => {
  await saved(FIRST, ADA, answer("a"), 1);
  await deliver();
  assert.deepEqual(course.requests, []);
});
