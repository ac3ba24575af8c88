// Counting words while they are written.
import assert from "node:assert/strict";
import { test } from "node:test";

import { told, wordsIn } from "../../webapp/static/js/word-count.js";

test("words are what spaces and lines part", () => {
  assert.equal(wordsIn(""), 0);
  assert.equal(wordsIn("  \n "), 0);
  assert.equal(wordsIn("one"), 1);
  assert.equal(wordsIn(" one  two\nthree\u00a0four – five "), 6);
});

test("too many are said to be too many", () => {
  const words = { says: "Words: {n}", over: "Words: {n}, {over} too many" };
  assert.equal(told(0, 5, words), "");
  assert.equal(told(5, 5, words), "Words: 5");
  assert.equal(told(8, 5, words), "Words: 8, 3 too many");
});
