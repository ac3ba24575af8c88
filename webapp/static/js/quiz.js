// A question page: saves every change, keeps a quiet clock, and takes number keys. Without it the page works by forms.
import { keepTime } from "./clock.js";
import { isCopy, refresh, refreshSummary } from "./kept.js";
import { takeKeys } from "./keys.js";
import { forget } from "./outbox.js";
import { openPaper } from "./paper.js";
import { around, part, wordsOf } from "./parts.js";

/** @type {HTMLFormElement | null} */
const question = document.querySelector("form#question");
/** @type {HTMLElement | null} */
const clock = document.querySelector("[data-clock]");
/** @type {HTMLElement | null} */
const summing = document.querySelector("[data-summary]");
/** @type {NodeListOf<HTMLElement>} */
const choices = document.querySelectorAll("[data-settles]");
const paper = question && openPaper(question);
if (paper) takeKeys(paper.shown);
if (question && isCopy) refresh(question).catch(() => {});
if (summing) sumUp(summing);
if (clock)
  keepTime(clock, async () => {
    await paper?.finish();
  });

for (const choice of choices) settle(choice);

/**
 * The page before handing in, which may be a kept one.
 * @param {HTMLElement} summary
 */
function sumUp(summary) {
  refreshSummary(summary).catch(() => {});
  // What it says holds no longer when the network is back, or when answers that waited have arrived.
  // Handing in, which sends those first, is not to be broken off by it.
  let handingIn = false;
  const renew = () => {
    if (!handingIn) location.reload();
  };
  summary.addEventListener("submit", () => {
    handingIn = true;
  });
  addEventListener("delivered", renew);
  if (isCopy) addEventListener("online", renew);
  if (location.hash !== "#not-handed-in") return;
  const refusal = part(summary, "#not-handed-in", HTMLElement);
  refusal.hidden = false;
  refusal.focus();
  history.replaceState(null, "", location.pathname);
}

/**
 * Choosing between two answers settles the one that this device kept.
 * @param {HTMLElement} choice
 */
function settle(choice) {
  /** @param {Event} event @param {() => void} way - on which it goes afterwards */
  const settled = (event, way) => {
    event.preventDefault();
    forget(wordsOf(choice).settles).finally(way);
  };
  choice.addEventListener("submit", (event) => {
    const form = around(event, "form", HTMLFormElement);
    if (form) settled(event, () => form.submit());
  });
  choice.addEventListener("click", (event) => {
    const link = around(event, "a", HTMLAnchorElement);
    if (link) settled(event, () => location.assign(link.href));
  });
}
