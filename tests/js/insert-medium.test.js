// Where what is written for a picture lands in a text.
import assert from "node:assert/strict";
import { test } from "node:test";

import { spaced } from "../../webapp/static/js/insert-medium.js";

test("a picture does not stick to the word before it", () => {
  assert.equal(spaced("![]", "a word", 6), " ![]");
  assert.equal(spaced("![]", "a word ", 7), "![]");
  assert.equal(spaced("![]", "a\n", 2), "![]");
  assert.equal(spaced("![]", "", 0), "![]");
  assert.equal(spaced("![]", "word", 0), "![]");
});
