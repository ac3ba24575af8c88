// How a number is read, in the page as on the server: the cases are those that tests/questions/test_numeric.py holds
// against the server's own reading.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { readAs } from "../../webapp/static/js/numbers.js";

const cases = JSON.parse(readFileSync(new URL("../data/numbers.json", import.meta.url), "utf8"));

for (const { text, units, chosen, sign, ...expected } of cases)
  test(`${text.slice(0, 30)} [${units}${chosen && `, ${chosen}`}] is read as the server reads it`, () => {
    assert.deepEqual(readAs(text, units, chosen, sign), expected);
  });

test("there is something to compare", () => assert.ok(cases.length > 60));
