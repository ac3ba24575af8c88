// Pointing in a picture: what stands in the field, and where the cross-hair goes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { added, moved, read, written } from "../../webapp/static/js/pointing.js";

test("what is written is read again", () => {
  assert.deepEqual(read(""), []);
  assert.deepEqual(read("12.5 40; 100 7"), [
    [12.5, 40],
    [100, 7],
  ]);
  assert.equal(written(read("12.5 40; 100 7")), "12.5 40; 100 7");
  assert.deepEqual(read("140 7.77"), [[100, 7.8]]);
});

test("the first mark goes where there is no room for another", () => {
  assert.deepEqual(added([[1, 1]], [2, 2], 2), [
    [1, 1],
    [2, 2],
  ]);
  assert.deepEqual(added([[1, 1]], [2, 2], 1), [[2, 2]]);
  assert.deepEqual(added([[1, 1]], [2, 2], 0), [[2, 2]]);
});

test("arrows move the cross-hair and stop at the edges", () => {
  assert.deepEqual(moved([50, 50], "ArrowLeft", 2), [48, 50]);
  assert.deepEqual(moved([50, 50], "ArrowDown", 0.4), [50, 50.4]);
  assert.deepEqual(moved([1, 1], "ArrowUp", 2), [1, 0]);
  assert.deepEqual(moved([99, 1], "ArrowRight", 2), [100, 1]);
  assert.equal(moved([50, 50], "Enter", 2), null);
});
