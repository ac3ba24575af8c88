// Passkeys: the device is asked when the button is pressed, and what it gives goes to the server in the form.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { frame, show } from "./page.js";

class PublicKeyCredential {
  static parseCreationOptionsFromJSON = (options) => ({ made: options });
  static parseRequestOptionsFromJSON = (options) => ({ asked: options });
  toJSON() {
    return { id: "of the device" };
  }
}

let asked; // what the device was asked
let device; // what it does
let sent; // what the forms had when they were sent
let visits = 0;

afterEach(() => mock.restoreAll());

async function open({ able = true } = {}) {
  asked = [];
  sent = [];
  device = async () => new PublicKeyCredential();
  const form = (
    kind,
  ) => `<form id="${kind}" data-passkey="${kind}" data-options='{"challenge":"abc"}' data-failed="That did not work." hidden>
    <input type="hidden" name="credential"><button>Go</button><p role="alert"></p></form>`;
  const window = show(frame(form("create") + form("get"), { reader: "a-ada" }), "http://course.test/sign-in/second");
  if (able) window.PublicKeyCredential = PublicKeyCredential;
  else delete window.PublicKeyCredential;
  mock.method(HTMLFormElement.prototype, "submit", function () {
    sent.push(this.elements.credential.value);
  });
  const ask = (kind) => (options) => {
    asked.push([kind, options]);
    return device();
  };
  const credentials = { create: ask("create"), get: ask("get") };
  for (const [name, value] of Object.entries({ PublicKeyCredential, navigator: { credentials } }))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  await import(`../../webapp/static/js/passkey.js?${++visits}`);
}

async function press(kind) {
  document.querySelector(`#${kind} button`).click();
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}
const said = (kind) => document.querySelector(`#${kind} [role=alert]`).textContent;

test("a browser that knows no passkeys shows no button for them", async () => {
  await open({ able: false });
  assert.equal(document.querySelector("#create").hidden, true);
});

test("a passkey is made or asked for with the server's options, and goes to the server", async () => {
  await open();
  for (const kind of ["create", "get"]) assert.equal(document.querySelector(`#${kind}`).hidden, false);
  await press("create");
  await press("get");
  assert.deepEqual(asked, [
    ["create", { publicKey: { made: { challenge: "abc" } } }],
    ["get", { publicKey: { asked: { challenge: "abc" } } }],
  ]);
  assert.deepEqual(sent, ['{"id":"of the device"}', '{"id":"of the device"}']);
});

test("whoever declines reads that nothing happened, and can try again", async () => {
  await open();
  device = async () => {
    throw new DOMException("declined", "NotAllowedError");
  };
  await press("get");
  assert.equal(said("get"), "That did not work.");
  device = async () => new PublicKeyCredential();
  await press("get");
  assert.equal(said("get"), "");
  assert.equal(sent.length, 1);
});

test("what is no passkey is not sent", async () => {
  await open();
  device = async () => null;
  await press("create");
  assert.equal(said("create"), "That did not work.");
  assert.deepEqual(sent, []);
});

test("pressing twice asks the device once", async () => {
  await open();
  let give;
  device = () =>
    new Promise((resolve) => {
      give = resolve;
    });
  await press("get");
  await press("get");
  assert.equal(asked.length, 1);
  assert.equal(said("get"), "");
  give(new PublicKeyCredential());
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  assert.equal(sent.length, 1);
});
