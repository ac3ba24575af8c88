// What is said before a file is sent.
import assert from "node:assert/strict";
import { test } from "node:test";

import { objection } from "../../webapp/static/js/file-answer.js";

const words = { offline: "You are offline.", large: "Too large." };

test("a file of ten megabytes may be sent, and a byte more may not", () => {
  assert.equal(objection(10 * 1024 * 1024, true, words), "");
  assert.equal(objection(10 * 1024 * 1024 + 1, true, words), "Too large.");
});

test("offline nothing is sent, whatever its size", () => {
  assert.equal(objection(0, false, words), "You are offline.");
  assert.equal(objection(11 * 1024 * 1024, false, words), "You are offline.");
});
