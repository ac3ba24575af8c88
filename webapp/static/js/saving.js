// Saves the answer of a question page: every change by itself, what can't be sent again later, and what a button sends
// along. Where the next question is kept (paper.js), the page goes on at once and the answer goes out behind it: it lies
// on this device before it is sent. What needs the person then is shown as ever, by the form itself.
import { isCopy, isKept, mark, restore, stateOf } from "./kept.js";
import { part, wordsOf } from "./parts.js";
import { address, field, keepAhead, save } from "./save.js";

/**
 * @typedef {import("./save.js").Outcome} Outcome
 * @typedef {ReturnType<typeof import("./paper.js").openPaper>} Paper
 * @typedef {ReturnType<typeof keepSaving>} Saving
 *
 * @typedef {object} Departure - the page went on to another question
 * @property {HTMLElement | null} button - that was pressed
 * @property {string} action - its value
 * @property {number} turn - see `paper.turns`
 */

const SOON = 1500; // ms from a change until it is saved; who goes on before that sends one request, not two
const PAUSE = 700; // ms; the same while somebody types

/**
 * @param {HTMLFormElement} form
 * @param {Paper} paper
 * @param {boolean} fromHere - whether the form comes from a kept page
 */
export function keepSaving(form, paper, fromHere) {
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
    passing = false,
    gone = false, // another question is in view
    given = false; // whether an answer was given here
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

  /** @param {"answered" | "unreadable" | "open"} state */
  const show = (state) => mark(paper.shown(), position, state);

  /**
   * True when the server has all there is.
   * @param {Departure | null} departure
   */
  async function attempt(departure) {
    clearTimeout(timer);
    const sent = answer();
    const isNote = sent === kept;
    if (isNote && !departure) return true;
    if (!isNote) {
      given = true;
      say(words.saving);
    }
    const goesOn = departure || document.hidden; // the page may be closed before it is heard what came of it
    const outcome = await save(
      form,
      goesOn
        ? {
            action: departure?.action ?? "save",
            isNote,
            isOld: () => departure?.turn !== paper.turns(),
            kept: () => {
              held = sent;
            },
          }
        : null,
    );
    if (outcome.state !== "failed") {
      wait = 0;
      paper.reached();
    }
    if (isNote) {
      if (outcome.state !== "saved" && departure) handOver(outcome, departure);
      return outcome.state === "saved";
    }
    switch (outcome.state) {
      case "saved": {
        kept = sent;
        held = null;
        const at = new Date(outcome.at ?? 0).toLocaleTimeString(document.documentElement.lang, {
          hour: "2-digit",
          minute: "2-digit",
        });
        show(outcome.malformed ? "unreadable" : outcome.answered ? "answered" : "open");
        if (!unsaved()) say((!unreadable() && outcome.malformed) || words.saved.replace("{time}", at));
        // What only the server finds unreadable is said once, as it does itself, by staying where it was said.
        if (departure && gone && outcome.malformed && outcome.go === address(form)) paper.turnBack(address(form));
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
          show(stateOf(new FormData(form)));
        }
        say(("why" in outcome && outcome.why) || (outcome.kept ? words.kept : words.unsaved));
        wait = Math.min(wait ? wait * 2 : 2000, 60000);
        // Once another question is in view, what lies on this device is sent by the worker.
        if (!gone || !outcome.kept) timer = setTimeout(run, wait);
    }
    if (departure) handOver(outcome, departure);
    return false;
  }

  /**
   * What came of an answer, or of word where somebody is, when another question is in view by now: where it needs the
   * person, the page goes where the form would have led.
   * @param {Outcome} outcome
   * @param {Departure} departure
   */
  async function handOver(outcome, { button, action }) {
    if (outcome.state === "failed" && !outcome.why) {
      paper.away();
      return;
    }
    // In view again it says itself what is the matter; and of several questions one is settled after the other.
    if (!gone || !paper.settles()) return;
    gone = false; // not to be waited for
    if (outcome.state === "closed") {
      paper.release();
      location.assign(outcome.go);
    } else if (outcome.state === "stale" && !given) {
      // This copy is older than what was answered elsewhere, and nothing was answered in it: the server's page knows.
      await paper.finish();
      location.reload();
    } else {
      paper.turnBack(address(form));
      await paper.settled();
      passing = true;
      const pressed = button ?? form.querySelector(`button[value="${action}"]`);
      form.requestSubmit(pressed instanceof HTMLElement ? pressed : null);
    }
  }

  /** @param {Departure | null} departure */
  function run(departure = null) {
    const mine = (busy ?? restored).then(() => attempt(departure));
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
  form.addEventListener("change", () => {
    if (unsaved()) say(words.saving);
    later(SOON);
  });
  form.addEventListener("input", () => later(PAUSE));
  addEventListener("online", () => {
    if (!gone && unsaved()) run();
  });

  // Time with this question in view, in seconds, sent along with each answer.
  let since = document.hidden ? 0 : Date.now();
  function count() {
    const spent = since ? Math.floor((Date.now() - since) / 1000) : 0;
    seconds.value = String(Number(seconds.value) + spent);
    since = document.hidden || gone ? 0 : since && spent ? since + spent * 1000 : since || Date.now();
  }
  document.addEventListener("visibilitychange", () => {
    count();
    if (document.hidden && !gone && unsaved() && !busy && !wait) run();
  });
  form.addEventListener("formdata", (event) => {
    count();
    event.formData.set("seconds", seconds.value);
    if (unreadable()) event.formData.set("unread", "yes"); // for what is counted while the network is away
  });

  /**
   * Sends what there is to say, while the page goes on to another question.
   * @param {HTMLElement | null} button - that leads there
   * @param {string} action - the value of one that would
   */
  function depart(button, action) {
    const going = answer();
    if (busy && going !== kept)
      keepAhead(form, action).then(
        () => {
          held = going;
        },
        () => {},
      );
    run({ button, action, turn: paper.turn() });
  }

  // A button that leaves sends the answer along. A save under way comes first, so that the two can't cross. While the
  // network is away, an answer that this device keeps lets the page go on to others it keeps; else the page stays, and
  // the answer in it.
  form.addEventListener("submit", async (event) => {
    if (passing) {
      passing = false;
      leaving = true;
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
    const button = event.submitter ?? part(form, "[data-next]", HTMLButtonElement);
    const { leadsTo } = button.dataset; // nothing where only the server can do what the button says
    if (leadsTo && button instanceof HTMLButtonElement && paper.has(leadsTo)) {
      event.preventDefault();
      depart(button, button.value);
      paper.turnTo(leadsTo);
      return;
    }
    leaving = true;
    clearTimeout(timer);
    const cut = !navigator.onLine && unsaved();
    const others = paper.isSending();
    if (!busy && !wait && !isCopy && !cut && !others) return;
    event.preventDefault();
    if (others) {
      say(words.saving);
      await paper.settled();
    }
    await busy;
    if (wait || isCopy || cut) await run();
    const away = wait > 0;
    const stays = away && held !== answer();
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
  /** @type {Promise<unknown>} */
  const restored = restore(form, () => answer() !== first, fromHere)
    .then((entry) => {
      if (!entry) return;
      if (entry.state === "saved") {
        kept = answer();
        given = true;
        return;
      }
      held = answer();
      say(words.kept);
      setTimeout(run);
    })
    .catch(() => {});

  return {
    depart,
    /** Another question is in view from now on. */
    rest: () => {
      clearTimeout(timer);
      count();
      gone = true;
      since = 0;
    },
    /** This question is in view again. */
    wake: () => {
      const isBack = gone;
      gone = leaving = false;
      since = document.hidden ? 0 : Date.now();
      if (isBack && unsaved() && !busy) run();
    },
    isSending: () => gone && busy !== null && unsaved(),
    settled: async () => {
      if (gone && unsaved()) await busy;
    },
    finish: async () => {
      await run();
      leaving = true;
    },
    release: () => {
      leaving = true;
    },
  };
}
