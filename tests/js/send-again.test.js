// The page that says that nothing can be saved at the moment: it looks again by itself, and sends what it keeps once.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { frame, show } from "./page.js";

let now; // ms
let health; // a status, or null while no connection comes about, or a promise that is waited for
let looks;
let sent;
let reloads;
let visits = 0;

beforeEach(() => {
  now = looks = sent = reloads = 0;
  health = 503;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

async function fetched(address, { redirect, signal }) {
  assert.equal(address, "/healthz");
  assert.equal(redirect, "error");
  assert.ok(signal, "a look that gets no answer ends");
  looks += 1;
  const status = await health;
  if (status === null) throw new TypeError("no network");
  return { ok: status === 200 };
}

async function open(form = true) {
  const kept = `<form method="post" action="/courses/tea/attempts/7/questions/1" data-send-again><input name="submit"><button type="submit">Send again</button></form>`;
  const script = '<script id="send-again" type="text/plain" data-health="/healthz"></script>';
  show(frame(`${form ? kept : ""}${script}`, { reader: "a-ada" }), "http://course.test/attempts/7/questions/1");
  mock.method(HTMLFormElement.prototype, "submit", () => {
    sent += 1;
  });
  document.addEventListener("submit", (event) => event.preventDefault());
  const site = { fetch: fetched, location: { reload: () => (reloads += 1) } };
  for (const [name, value] of Object.entries(site))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  await import(`../../webapp/static/js/send-again.js?${++visits}`);
}

async function pass(seconds) {
  for (let left = seconds; left > 0; left -= 1) {
    now += 1000;
    mock.timers.tick(1000);
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  }
}

test("while the server can't save, nothing is sent, and it is looked at every three to seven seconds", async () => {
  await open();
  await pass(70);
  assert.ok(looks >= 10 && looks <= 24, `${looks} looks`);
  assert.equal(sent, 0);
});

test("what was kept is sent once as soon as it can be saved", async () => {
  await open();
  await pass(10);
  health = null;
  await pass(10);
  assert.equal(sent, 0);
  health = 200;
  await pass(60);
  assert.deepEqual([sent, reloads], [1, 0]);
});

test("a page that was only looked at is looked at again", async () => {
  await open(false);
  health = 200;
  await pass(60);
  assert.deepEqual([sent, reloads], [0, 1]);
});

test("what somebody sends by hand is not sent beside it", async () => {
  await open();
  health = 200;
  document.querySelector("button").click();
  await pass(25);
  assert.equal(sent, 0, "the browser sends it; a second time would be one too many");
  await pass(20);
  assert.equal(sent, 1, "what got stuck is sent again");
});

test("what is sent by hand during a look is not sent by that look", async () => {
  await open();
  let well;
  health = new Promise((resolve) => {
    well = resolve;
  });
  await pass(8);
  assert.equal(looks, 1);
  document.querySelector("button").click();
  well(200);
  await pass(2);
  assert.equal(sent, 0);
});
