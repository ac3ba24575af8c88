// The paper of an attempt in one page: another question is shown at once from the pages that are kept, as if its page had
// come, and what leaves the one before goes out behind it (saving.js). What only the server can do is left to forms.
//
// A question that was in view stays as it is, with what was typed and what is still to be sent, until it is in view again.
import { isCopy, keepPaper, keptQuestions } from "./kept.js";
import { attemptOf } from "./outbox.js";
import { around, part, wordsOf } from "./parts.js";
import { address, field } from "./save.js";
import { keepSaving } from "./saving.js";

/**
 * @typedef {import("./saving.js").Saving} Saving
 * @typedef {object} Leaf - a question that is or was in view
 * @property {string} path
 * @property {string} title
 * @property {Node[]} nodes - what `main` holds when it is in view
 * @property {HTMLFormElement} form
 * @property {Saving | null} saving - null where no answer is taken any more
 */

const TRUSTED = 5 * 60 * 1000; // ms without a word from the server; after that pages come from it
const DOUBLE = 500; // ms in which a second click is the end of a double click

/**
 * Brings what a question page says of the paper to what another says: the map of questions, the bar and the count.
 * @param {HTMLFormElement} from
 * @param {HTMLFormElement} to
 */
export function carry(from, to) {
  /** @type {NodeListOf<HTMLButtonElement>} */
  const items = to.querySelectorAll(".quiz-map-item");
  for (const item of items) {
    const other = from.querySelector(`.quiz-map-item[value="${item.value}"]`);
    if (!(other instanceof HTMLButtonElement)) continue;
    item.className = other.className;
    if (other.dataset.flagged) item.dataset.flagged = other.dataset.flagged;
    else delete item.dataset.flagged;
    item.replaceChildren(...[...other.childNodes].map((node) => node.cloneNode(true)));
    const bar = part(to, `.quiz-progress rect:nth-child(${item.value.replace("goto:", "")})`, SVGElement);
    const done = item.classList.contains("is-answered");
    if (!bar.classList.contains("here")) bar.setAttribute("class", done ? "done" : "left");
  }
  part(to, "[data-count]", HTMLElement).textContent = part(from, "[data-count]", HTMLElement).textContent;
}

/** The scripts that questions of a page bring along. @param {string} html */
export const scriptsIn = (html) =>
  [...html.slice(html.indexOf("<main")).matchAll(/<script type="module" src="([^"]+)"/g)].map(([, source]) => source);

/** @param {HTMLFormElement} form - of the page that the server gave */
export function openPaper(form) {
  const main = part(document, "main", HTMLElement);
  /** @type {Map<string, Leaf>} */
  const leaves = new Map();
  /** @type {Map<string, string>} */
  let texts = new Map(); // of kept pages that were not in view yet
  /** @type {ReturnType<typeof read> & { path: string } | null} */
  let next = null; // the page that is probably asked for next, parsed beforehand
  let heard = performance.now(); // when the server last said something
  let turned = -Infinity;
  let turns = 0;
  let isAway = false;
  let settling = false; // whether the page is on its way to where something is settled with the person
  /** @type {Leaf} */
  let here;

  /** @param {string} path */
  const has = (path) =>
    !isCopy &&
    !settling &&
    performance.now() - heard < TRUSTED &&
    (path === here.path || leaves.has(path) || texts.has(path));

  /** @param {HTMLFormElement} shown @param {Node[]} nodes @param {string} title @param {boolean} fromHere */
  function leafOf(shown, nodes, title, fromHere) {
    /** @type {Leaf} */
    const leaf = { path: address(shown), title, nodes, form: shown, saving: null };
    leaves.set(leaf.path, leaf);
    if ("saves" in shown.dataset) leaf.saving = keepSaving(shown, paper, fromHere);
    return leaf;
  }

  /** @param {string} path */
  function read(path) {
    const page = new DOMParser().parseFromString(texts.get(path) ?? "", "text/html");
    const nodes = [...part(page, "main", HTMLElement).childNodes].map((node) => document.adoptNode(node));
    const holder = document.createDocumentFragment();
    holder.append(...nodes);
    return { shown: part(holder, "form#question", HTMLFormElement), nodes, title: page.title };
  }

  function lookAhead() {
    const path = here.form.querySelector("[data-next]")?.getAttribute("data-leads-to") ?? "";
    if (texts.has(path) && !leaves.has(path) && next?.path !== path) next = { path, ...read(path) };
  }
  const whenIdle = () => (window.requestIdleCallback ?? setTimeout)(lookAhead);

  function arrive() {
    const heading = part(here.form, "h1", HTMLElement);
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }

  /**
   * Shows a question of the paper. `goes` is false where the browser has gone there already.
   * @param {string} path
   */
  function turnTo(path, goes = true) {
    const before = here;
    if (path === before.path) {
      before.saving?.wake();
      arrive();
      return;
    }
    const known = leaves.get(path);
    before.saving?.rest();
    before.nodes = [...main.childNodes];
    if (known) {
      main.replaceChildren(...known.nodes);
      here = known;
      known.saving?.wake();
    } else {
      const { shown, nodes, title } = next?.path === path ? next : read(path);
      main.replaceChildren(...nodes);
      here = leafOf(shown, nodes, title, true);
    }
    carry(before.form, here.form);
    /** @type {NodeListOf<HTMLInputElement>} */
    const tokens = main.querySelectorAll('input[name="csrf_token"]');
    for (const token of tokens) token.value = field(before.form, "csrf_token").value;
    if (goes) history.pushState(null, "", path);
    document.title = here.title;
    if (goes) scrollTo({ top: 0, behavior: "instant" });
    arrive();
    turned = performance.now();
    setTimeout(() => document.dispatchEvent(new Event("turned"))); // after all that listens for the button
    if (!known) bringToLife(here.form);
    whenIdle();
  }

  /**
   * The same where nobody pressed a button: what is in view goes out as if.
   * @param {string} path
   */
  function turnBack(path, goes = true) {
    here.saving?.depart(null, `goto:${path.split("/").pop()}`);
    turnTo(path, goes);
  }

  const paper = {
    /** The form in view. */
    shown: () => here.form,
    has,
    turnTo,
    turnBack,
    /** Counts what was told of where somebody goes; who told it can see later whether it is the latest. */
    turns: () => turns,
    turn: () => (turns += 1),
    /** When no answer is on its way any more: each is with the server, or kept on this device. */
    settled: async () => {
      for (const { saving } of leaves.values()) await saving?.settled();
    },
    /** Whether the caller may lead the page away; nobody else may from then on, and pages come from the server. */
    settles: () => {
      const mine = !settling;
      settling = true;
      return mine;
    },
    /** Whether an answer is on its way from a question that is not in view. */
    isSending: () => [...leaves.values()].some((leaf) => leaf !== here && leaf.saving?.isSending()),
    /** For what ends the paper: no page is held up any more. */
    finish: async () => {
      for (const { saving } of leaves.values()) await saving?.finish();
    },
    release: () => {
      for (const { saving } of leaves.values()) saving?.release();
    },
    reached: () => {
      heard = performance.now();
      if (isAway) document.dispatchEvent(new Event("reached"));
      isAway = false;
    },
    away: () => {
      isAway = true;
      document.dispatchEvent(new Event("away"));
    },
  };
  here = leafOf(form, [...main.childNodes], document.title, isCopy);
  if (isCopy) return paper;

  addEventListener("popstate", () => {
    const path = location.pathname;
    if (path === here.path) return;
    if (!has(path)) {
      location.reload();
      return;
    }
    turnBack(path, false);
  });
  // The next question has its button where the last one had it.
  document.addEventListener(
    "click",
    (event) => {
      if (event.detail < 2 || performance.now() - turned > DOUBLE) return;
      if (around(event, "form#question button", HTMLButtonElement)) event.preventDefault();
    },
    true,
  );

  // At once, for the network may go; and once more when all is quiet, because a worker that only now hears of who was here
  // before, on the page that led here, has thrown away what was kept meanwhile.
  const step = Number(field(form, "sequence").value);
  const { steps, edition } = wordsOf(form);
  /** @param {import("./kept.js").Known | null} server */
  const keep = (server) =>
    keepPaper(server)
      .then(async () => {
        texts = await keptQuestions(attemptOf(location.pathname) ?? "", edition);
        if (texts.size) main.dataset.paper = "at hand";
        next = null;
        whenIdle();
        for (const source of new Set([...texts.values()].flatMap(scriptsIn))) await import(source);
      })
      .catch(() => {});
  const first = keep({ here: address(form), step, others: Number(steps) - step, edition });
  addEventListener("load", () => setTimeout(() => first.then(() => keep(null)), 1000));
  return paper;
}

/** @param {HTMLFormElement} form - of a question that came from a kept page, whose scripts don't run by themselves */
async function bringToLife(form) {
  /** @type {NodeListOf<HTMLScriptElement>} */
  const scripts = form.querySelectorAll('script[type="module"][src]');
  await Promise.allSettled([...scripts].map(({ src }) => import(src)));
  form.dispatchEvent(new Event("fragment", { bubbles: true }));
}
