// The time left of a quiz: minutes in view, seconds for a while when asked for, a word at five minutes and at one. The server's
// clock is the one that counts, and it hands in by itself; the page only follows.
import { part, wordsOf } from "./parts.js";

/**
 * @param {HTMLElement} clock
 * @param {() => Promise<void>} beforeHandIn
 */
export function keepTime(clock, beforeHandIn) {
  const text = part(clock, ".quiz-clock-text", HTMLElement);
  const says = part(clock, "[data-clock-says]", HTMLElement);
  const ask = part(clock, "[data-clock-ask]", HTMLButtonElement);
  const words = wordsOf(clock);
  // A kept copy of the page speaks of the time when it was kept.
  const { copy } = document.documentElement.dataset;
  let said = Math.max(0, Number(words.left) - (copy ? (Date.now() - Number(copy)) / 1000 : 0));
  let end = performance.now() + said * 1000;
  let over = false;
  let ended = false; // handed in or reset elsewhere
  let exactUntil = 0; // somebody asked, and sees the seconds until then
  const left = () => Math.max(0, Math.round((end - performance.now()) / 1000));

  /** @param {number} seconds */
  const exactly = (seconds) =>
    words.exact.replace("{m}", String(Math.floor(seconds / 60))).replace("{s}", String(seconds % 60));

  async function askServer() {
    try {
      const response = await fetch(words.clock, { headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (["submitted", "void"].includes(answer.state)) {
        over = ended = true;
        await beforeHandIn();
        location.reload();
      } else if (answer.state === "open" && answer.seconds === null) {
        // Nothing ends it any more.
        end = Infinity;
        clock.hidden = true;
      } else if (typeof answer.seconds === "number") {
        const until = performance.now() + answer.seconds * 1000;
        if (until - end > 30000) says.textContent = words.more;
        end = until;
        clock.hidden = false;
      }
      return response.ok;
    } catch {
      return false; // the page's own count goes on
    }
  }

  async function tick() {
    const seconds = left();
    if (clock.hidden) return;
    const minutes = seconds >= 60 ? words.minutes.replace("{n}", String(Math.ceil(seconds / 60))) : words.last;
    text.textContent = performance.now() < exactUntil ? exactly(seconds) : minutes;
    if (said > 300 && seconds <= 300) says.textContent = words.five;
    if (said > 60 && seconds <= 60) says.textContent = words.one;
    said = seconds;
    if (seconds > 0 || over) return;
    over = true;
    const reached = await askServer(); // more time may have been given meanwhile
    if (ended) return; // the page is on its way
    if (left() > 0) {
      over = false;
      return;
    }
    says.textContent = reached ? words.over : words.overAway;
    await beforeHandIn();
    if (!reached) {
      setTimeout(() => {
        over = false;
      }, 10000);
      return;
    }
    part(document, "#hand-in", HTMLFormElement).submit();
  }

  ask.hidden = false;
  ask.addEventListener("click", () => {
    exactUntil = performance.now() + 10000;
    says.textContent = text.textContent = exactly(left());
  });
  setInterval(tick, 1000);
  setInterval(askServer, 60000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) askServer();
  });
}
