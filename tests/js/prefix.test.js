// Below a prefix of a host: addresses have it, and what is kept in the browser bears its name.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Course } from "./course.js";
import { visit } from "./platform.js";

const course = await new Course().start();
visit(course.origin);
after(() => course.stop());

/** The outbox as a worker at this address has it. */
async function at(address) {
  Object.defineProperty(globalThis, "location", { value: new URL(address, course.origin), configurable: true });
  return import(`../../webapp/static/js/outbox.js?${encodeURIComponent(address)}`);
}

test("a course at the root of a host has no prefix, and plain names", async () => {
  const { root, named, PAGES, attemptOf } = await at("/sw.js");
  assert.deepEqual([root, named("answers"), PAGES], ["", "answers", "pages-"]);
  assert.equal(attemptOf("/attempts/7/questions/3"), "/attempts/7");
  assert.equal(attemptOf("/courses/tea/attempts/7/questions/3"), "/courses/tea/attempts/7");
  assert.equal(attemptOf("/courses/tea/instructor/attempts/7"), undefined);
  assert.equal(attemptOf("/instructor/attempts/7"), undefined);
});

test("a course below a prefix knows its own addresses from those of others", async () => {
  const { root, named, PAGES, attemptOf } = await at("/of.us/quiz/sw.js");
  assert.deepEqual([root, named("answers"), PAGES], ["/of.us/quiz", "/of.us/quiz answers", "/of.us/quiz pages-"]);
  assert.equal(attemptOf("/of.us/quiz/attempts/7/questions/3"), "/of.us/quiz/attempts/7");
  assert.equal(attemptOf("/of.us/quiz/courses/tea/attempts/7/summary"), "/of.us/quiz/courses/tea/attempts/7");
  for (const other of ["/attempts/7/questions/3", "/of-us/quiz/attempts/7", "/of.us/quizzes/attempts/7"])
    assert.equal(attemptOf(other), undefined, other);
});

test("two courses of one host keep answers apart, and each asks its own server who is here", async () => {
  const one = await at("/one/sw.js");
  const other = await at("/other/sw.js");
  const fields = new URLSearchParams({ sequence: "0", "answer-choice": "a" });
  await one.keep("/one/attempts/7/questions/1", "g-somebody", fields, null);
  assert.equal((await one.records()).length, 1);
  assert.deepEqual(await other.records(), []);
  await one.deliver();
  assert.deepEqual(
    course.requests.map(({ path }) => path),
    ["/one/session"],
  );
});
