// Labels onto a picture: which number is meant, and what is said.
import assert from "node:assert/strict";
import { test } from "node:test";

import { filled, nearest } from "../../webapp/static/js/labelling.js";

test("a label that is let go belongs to the nearest number in reach", () => {
  const places = [
    { x: 10, y: 10 },
    { x: 40, y: 10 },
  ];
  assert.equal(nearest(places, 14, 12), places[0]);
  assert.equal(nearest(places, 30, 10), places[1]);
  assert.equal(nearest(places, 40, 51), null);
  assert.equal(nearest([], 1, 1), null);
});

test("words are filled in, and unknown names stay", () => {
  assert.equal(filled("{label} on {place} {x}", { label: "Sail", place: "1" }), "Sail on 1 {x}");
});
