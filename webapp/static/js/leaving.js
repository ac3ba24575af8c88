// Tells the server that the page of an exam was left, or that another window is in front: that, and nothing else. The
// start page says so beforehand. Going from question to question is no leaving, however long the next page takes and
// whichever way leads there: a button, a link, the browser's Back or its reload. At most one note of a kind in ten seconds.
import { around, part, wordsOf } from "./parts.js";

const { left, paper } = wordsOf(part(document, "#leaving", HTMLElement));
const QUIET = 10000; // ms
const SOON = 3000; // ms; for browsers that say that the page is hidden before they say that it goes
const ON_ITS_WAY = 60000; // ms that the next page may take
/** @type {Record<string, number>} */
const told = {};
let going = -Infinity; // when something led on to another page of the paper
let unloading = false;

/** @param {string} path */
const within = (path) => path === paper || path.startsWith(`${paper}/`);
const since = () => performance.now() - going;

/** @param {string} kind */
function tell(kind) {
  const now = performance.now();
  if (since() < SOON || now - (told[kind] ?? -Infinity) < QUIET) return;
  told[kind] = now;
  const token = part(document, '[name="csrf_token"]', HTMLInputElement).value;
  navigator.sendBeacon(left, new URLSearchParams({ csrf_token: token, kind }));
}

addEventListener("submit", () => {
  going = performance.now();
});
addEventListener("click", (event) => {
  const link = around(event, "a", HTMLAnchorElement);
  if (link && within(link.pathname)) going = performance.now();
});
// Where the browser tells of every way, it also knows the ways that are no clicks, and those that lead out.
globalThis.navigation?.addEventListener("navigate", (event) => {
  const { sameDocument, url } = event.destination;
  if (sameDocument) return;
  const to = new URL(url);
  going = to.origin === location.origin && within(to.pathname) ? performance.now() : -Infinity;
});
// The next question came without a page (paper.js): who goes now, goes from it.
document.addEventListener("turned", () => {
  going = -Infinity;
});
addEventListener("pagehide", () => {
  unloading = true;
});
addEventListener("pageshow", () => {
  unloading = false;
  going = -Infinity;
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden && !(unloading && since() < ON_ITS_WAY)) tell("left");
});
addEventListener("blur", () => {
  // A page that is hidden loses the focus first.
  setTimeout(() => {
    if (!document.hidden && !document.hasFocus()) tell("focus");
  }, 500);
});
