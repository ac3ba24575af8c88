// On every page: installs the worker that keeps pages, says when this is a kept copy, and has answers sent that wait on
// this device. Only what really happened counts as being offline: a laptop without a network may run the course itself.
import { part, wordsOf } from "./parts.js";

/** @typedef {import("./outbox.js").Left} Left */

const worker = navigator.serviceWorker;
const root = document.documentElement;
const { root: start = "" } = root.dataset; // of every address of the course
const note = part(document, "[data-offline-note]", HTMLElement);
const words = wordsOf(note);
const isCopy = "copy" in root.dataset;
let waiting = 0,
  timer = 0,
  delivered = false,
  away = isCopy; // what is shown comes from here, because the network didn't answer

/**
 * Says something at the top of the page, with a link behind it where there is one to follow.
 * @param {string} text
 * @param {string} [link]
 * @param {string} [href] - else this page
 * @param {() => void} [before] - done when the link is followed
 */
function say(text, link, href, before) {
  note.replaceChildren(text);
  if (link) {
    const way = Object.assign(document.createElement("a"), { href: href || location.href, textContent: link });
    if (before) way.addEventListener("click", before);
    note.append(" ", way);
  }
  note.hidden = !text;
}

/** @param {number} n */
const many = (n) => (n === 1 ? words.one : words.many.replace("{n}", String(n)));

/**
 * What the worker found: see `deliver` in outbox.js.
 * @param {Left} left
 */
function show({ sent, waiting: left, conflicts, closed, signedOut }) {
  // A question's own page may have sent its answer before the worker looked.
  delivered ||= sent > 0 || (left < waiting && !conflicts.length && !closed.length);
  waiting = left;
  if (sent) away = isCopy;
  clearTimeout(timer);
  if (waiting && !signedOut) timer = setTimeout(send, 30000);
  const late = closed[0];
  if (delivered && !waiting && !conflicts.length && !late)
    root.dispatchEvent(new Event("delivered", { bubbles: true }));
  const again = away ? words.again : undefined;
  if (conflicts.length) say(words.conflict, words.choose, conflicts[0]);
  else if (late)
    say(words.late, words.goOn, late.go, () =>
      worker.controller?.postMessage({ type: "forget", address: late.address }),
    );
  else if (waiting && signedOut) say(many(waiting), words.signIn, `${start}/sign-in`);
  else if (waiting) say(`${away ? `${words.copyText} ` : ""}${many(waiting)}`, again);
  else if (delivered) say(words.sent, again);
  else if (away) say(words.copyText, words.again);
  else say("");
}

/**
 * Asks the worker and gives its answer; null when there is none.
 * @param {{ type: string }} what
 * @returns {Promise<Left | null>}
 */
function ask(what) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    if (worker?.controller) worker.controller.postMessage(what, [port2]);
    else resolve(null);
  });
}

async function send() {
  const left = await ask({ type: "deliver" });
  if (left) show(left);
}

async function install() {
  const fresh = !worker.controller;
  await worker.register(`${start}/sw.js`, { type: "module" });
  const { active } = await worker.ready;
  // What this page has used already, the worker hasn't seen.
  const files = fresh ? performance.getEntriesByType("resource").map(({ name }) => name) : [];
  active?.postMessage({ type: "hello", language: root.lang, page: fresh ? location.pathname : null, files });
  send();
}

/**
 * Signing out forgets what is kept here, so it waits for answers to be sent, and asks when they can't be.
 * @param {SubmitEvent} event
 */
async function leave(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.getAttribute("action") !== `${start}/sign-out`) return;
  if (!worker?.controller) return;
  event.preventDefault();
  const left = await ask({ type: "deliver" });
  if (!left || left.waiting + left.conflicts.length === 0 || confirm(words.leave)) form.submit();
}

if (isCopy) say(words.copyText, words.again);
/** @type {HTMLElement | null} */
const list = document.querySelector("[data-kept-pages]");
if (list && "caches" in window) import("./kept.js").then(({ listKept }) => listKept(list));
if (worker) {
  worker.addEventListener("message", ({ data }) => show(data));
  addEventListener("submit", leave);
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && waiting) send();
  });
  // Where questions come without a page (paper.js), it says what a page would have told.
  document.addEventListener("away", () => {
    away = true;
    if (note.hidden) say(words.copyText, words.again);
    send();
  });
  document.addEventListener("reached", () => {
    away = isCopy;
    send();
  });
  document.addEventListener("turned", () => {
    delivered = false;
    if (waiting || !note.hidden) send();
  });
  const later = () => (window.requestIdleCallback ?? setTimeout)(() => install().catch(() => {}));
  if (document.readyState === "complete") later();
  else addEventListener("load", later);
}
