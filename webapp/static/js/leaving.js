// Tells the server that the page of an exam was left, or that another window is in front: that, and nothing else. The
// start page says so beforehand. Going from question to question is no leaving. At most one note of a kind in ten seconds.
import { around, part, wordsOf } from "./parts.js";

const { left, paper } = wordsOf(part(document, "#leaving", HTMLElement));
const QUIET = 10000; // ms
/** @type {Record<string, number>} */
const told = {};
let moving = 0; // when something led on to another page of the paper

/** @param {string} kind */
function tell(kind) {
  const now = Date.now();
  if (now - moving < 3000 || now - (told[kind] ?? 0) < QUIET) return;
  told[kind] = now;
  const token = part(document, '[name="csrf_token"]', HTMLInputElement).value;
  navigator.sendBeacon(left, new URLSearchParams({ csrf_token: token, kind }));
}

addEventListener("submit", () => {
  moving = Date.now();
});
addEventListener("click", (event) => {
  const link = around(event, "a", HTMLAnchorElement);
  if (link?.pathname.startsWith(`${paper}/`)) moving = Date.now();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) tell("left");
});
addEventListener("blur", () => {
  // A page that is hidden loses the focus first.
  setTimeout(() => {
    if (!document.hidden && !document.hasFocus()) tell("focus");
  }, 500);
});
