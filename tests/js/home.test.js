// A pillar grows on home from where its reader saw it last.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { frame, show } from "./page.js";

let visits = 0;
let still = false;
const kept = new Map();
const moved = [];

globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
globalThis.matchMedia = () => ({ matches: still });

beforeEach(() => {
  kept.clear();
  still = false;
});

/** Opens home as somebody, with one pillar as full as this; gives how its levels move. */
async function home(filled, reader = "a-ada") {
  const pillar =
    `<li id="pillar-tea" data-filled="${filled}"><svg><rect class="level level-across"/>` +
    '<rect class="level level-up"/><rect class="edge level-up"/></svg></li>';
  const window = show(frame(pillar, { reader }), "http://course.test/");
  window.Element.prototype.animate = (frames) => moved.push(frames[0].transform);
  moved.length = 0;
  await import(`../../webapp/static/js/home.js?${++visits}`);
  return [...moved];
}

test("what has filled grows from where it was, upwards where the pillar stands and across where it lies", async () => {
  await home(20);
  assert.deepEqual(await home(80), ["scaleX(0.25)", "scaleY(0.25)", "scaleY(0.25)"]);
});

test("a first sight, the same again and what sank don't move", async () => {
  assert.deepEqual(await home(20), []);
  assert.deepEqual(await home(20), []);
  assert.deepEqual(await home(10), []);
});

test("an empty pillar that begins to fill grows from nothing", async () => {
  await home(0);
  assert.equal((await home(5))[0], "scaleX(0)");
});

test("another reader's state is none of one's own", async () => {
  await home(20);
  assert.deepEqual(await home(80, "b-bob"), []);
});

test("nothing moves for whom motion is unwelcome, and it does not move later either", async () => {
  await home(20);
  still = true;
  assert.deepEqual(await home(80), []);
  still = false;
  assert.deepEqual(await home(80), []);
});

test("what can't be read moves nothing", async () => {
  for (const text of ["{", "null", '{"reader":"a-ada","percents":{"pillar-tea":"full"}}']) {
    kept.set("pillars", text);
    assert.deepEqual(await home(80), [], text);
  }
});
