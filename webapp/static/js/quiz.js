// A question page: saves every change, keeps a quiet clock, and takes number keys. Without it the page works by forms.
import { keepTime } from "./clock.js";
import { isCopy, isKept, keepPaper, mark, refresh, refreshSummary, restore, stateOf } from "./kept.js";
import { takeKeys } from "./keys.js";
import { forget } from "./outbox.js";
import { around, part, wordsOf } from "./parts.js";
import { address, field, save } from "./save.js";

/** @type {HTMLFormElement | null} */
const question = document.querySelector("form#question");
/** @type {HTMLElement | null} */
const clock = document.querySelector("[data-clock]");
/** @type {HTMLElement | null} */
const summing = document.querySelector("[data-summary]");
/** @type {NodeListOf<HTMLElement>} */
const choices = document.querySelectorAll("[data-settles]");
const saving = question && "saves" in question.dataset ? keepSaving(question) : null;
if (question) takeKeys(question);
if (question && isCopy) refresh(question).catch(() => {});
if (summing) sumUp(summing);
if (clock)
  keepTime(clock, async () => {
    if (saving) await saving.finish();
  });

for (const choice of choices) settle(choice);
if (question) {
  // At once, for the network may go; and once more when all is quiet, because a worker that only now hears of who was here
  // before, on the page that led here, has thrown away what was kept meanwhile.
  const keep = () => keepPaper().catch(() => {});
  const first = keep();
  addEventListener("load", () => setTimeout(() => first.then(keep), 1000));
}

/** @param {HTMLFormElement} form */
function keepSaving(form) {
  const status = part(form, "[data-status]", HTMLElement);
  const seconds = field(form, "seconds");
  const words = wordsOf(form);
  const answer = () =>
    JSON.stringify([...new FormData(form)].filter(([name]) => !/^(csrf_token|sequence|seconds|unread)$/.test(name)));
  let kept = answer(); // what the server has
  /** @type {string | null} */
  let held = null; // what this device keeps until the server can have it
  /** @type {Promise<boolean> | null} */
  let busy = null;
  let timer = 0,
    wait = 0,
    leaving = false,
    passing = false;
  /** @type {string | null} */
  let warned = null; // the answer that can't be read which its author was held up for
  const unsaved = () => answer() !== kept;
  const unreadable = () => form.querySelector('[aria-invalid="true"]');
  const position = address(form).split("/").pop() ?? "";
  if (unreadable()) warned = answer(); // the page came with the word about it

  /** @param {string} text @param {string} [link] @param {string} [href] - without it the link is a button that saves */
  function say(text, link, href) {
    status.replaceChildren(text);
    if (!link) return;
    const way = document.createElement(href ? "a" : "button");
    Object.assign(way, href ? { href } : { type: "submit", name: "action", value: "save" });
    way.className = "button button-secondary button-small";
    way.textContent = link;
    status.append(" ", way);
  }

  if (field(form, "sequence").value === "0") say(words.ready);

  // True when the server has all there is.
  async function attempt() {
    clearTimeout(timer);
    const sent = answer();
    if (sent === kept) return true;
    say(words.saving);
    const outcome = await save(form);
    if (outcome.state !== "failed") wait = 0;
    switch (outcome.state) {
      case "saved": {
        kept = sent;
        held = null;
        const at = new Date(outcome.at ?? 0).toLocaleTimeString(document.documentElement.lang, {
          hour: "2-digit",
          minute: "2-digit",
        });
        mark(form, position, outcome.malformed ? "unreadable" : outcome.answered ? "answered" : "open");
        if (!unsaved()) say((!unreadable() && outcome.malformed) || words.saved.replace("{time}", at));
        return true;
      }
      case "closed":
        kept = sent;
        say(words.closed, words.goOn, outcome.go);
        break;
      // The form, sent as forms are, leads to the page that settles it, with the answer in hand.
      case "stale":
        say(words.stale, words.choose);
        break;
      case "signed-out":
        say(words.signedOut, words.signIn);
        break;
      case "refused":
        say(words.unsaved, words.goOn);
        break;
      default:
        if (outcome.kept) {
          held = sent;
          mark(form, position, stateOf(new FormData(form)));
        }
        say(("why" in outcome && outcome.why) || (outcome.kept ? words.kept : words.unsaved));
        wait = Math.min(wait ? wait * 2 : 2000, 60000);
        timer = setTimeout(run, wait);
    }
    return false;
  }
  function run() {
    const mine = (busy ?? Promise.resolve()).then(attempt);
    busy = mine;
    mine.finally(() => {
      if (busy === mine) busy = null;
    });
    return mine;
  }
  /** @param {number} delay - in ms */
  function later(delay) {
    clearTimeout(timer);
    timer = setTimeout(run, delay);
  }
  form.addEventListener("change", () => later(0));
  form.addEventListener("input", () => later(700));
  addEventListener("online", () => {
    if (unsaved()) run();
  });

  // Time with this question in view, in seconds, sent along with each answer.
  let since = document.hidden ? 0 : Date.now();
  function count() {
    const spent = since ? Math.floor((Date.now() - since) / 1000) : 0;
    seconds.value = String(Number(seconds.value) + spent);
    since = document.hidden ? 0 : since && spent ? since + spent * 1000 : since || Date.now();
  }
  document.addEventListener("visibilitychange", count);
  form.addEventListener("formdata", (event) => {
    count();
    event.formData.set("seconds", seconds.value);
    if (unreadable()) event.formData.set("unread", "yes"); // for what is counted while the network is away
  });

  // A button that leaves sends the answer along. A save under way comes first, so that the two can't cross. While the
  // network is away, an answer that this device keeps lets the page go on to others it keeps; else the page stays, and
  // the answer in it.
  form.addEventListener("submit", async (event) => {
    if (passing) {
      passing = false;
      return;
    }
    if (leaving) {
      event.preventDefault();
      return;
    }
    // As the server does: an answer that can't be read is said so once; who goes on all the same may.
    const odd = unreadable();
    if (odd instanceof HTMLElement && warned !== answer() && event.submitter?.matches(".quiz-default, [data-next]")) {
      event.preventDefault();
      warned = answer();
      odd.focus();
      return;
    }
    leaving = true;
    clearTimeout(timer);
    const cut = !navigator.onLine && unsaved();
    if (!busy && !wait && !isCopy && !cut) return;
    event.preventDefault();
    await busy;
    if (wait || isCopy || cut) await run();
    const away = wait > 0;
    const stays = away && held !== answer();
    const button = event.submitter ?? part(form, "[data-next]", HTMLButtonElement);
    const { leadsTo } = button.dataset; // nothing where only the server can do what the button says
    const there = !stays && leadsTo && navigator.serviceWorker?.controller;
    if (there && (isCopy || (away && (await isKept(leadsTo))))) location.assign(leadsTo);
    else if (away) {
      leaving = false;
      if (!stays) say(words.needsNetwork);
    } else {
      passing = true;
      form.requestSubmit(event.submitter);
    }
  });
  addEventListener("pageshow", () => {
    leaving = false;
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && unsaved() && held !== answer()) event.preventDefault();
  });

  // What was answered while the network was away, or since this copy of the page was kept.
  const first = kept;
  restore(form, () => answer() !== first)
    .then((entry) => {
      if (!entry) return;
      if (entry.state === "saved") {
        kept = answer();
        return;
      }
      held = answer();
      say(words.kept);
      run();
    })
    .catch(() => {});

  return {
    finish: async () => {
      await run();
      leaving = true;
    },
  };
}

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
