// Pairs and groups by tapping: one thing, then where it belongs. The board is made from the menus or radio buttons that
// are there, and they stay the answer: a tap writes into them, and whatever is in them is what the board shows. Where
// there is no finger, they are shown first; a button changes over.
import { wordsOf } from "./parts.js";

/**
 * @typedef {object} Thing - what is paired or sorted
 * @property {Element} text
 * @property {() => string} get - the value of where it belongs, "" for nowhere
 * @property {(value: string) => void} set
 * @property {HTMLButtonElement} button
 * @typedef {{ value: string, text: Element, mark: string, button: HTMLButtonElement, holds: HTMLElement | null }} Place
 */

/** @type {WeakMap<Element, () => void>} */
const boards = new WeakMap();

/** @param {Element} text */
const said = (text) => (text.textContent ?? "").trim().replace(/\s+/g, " ");

/** @param {string} words @param {Record<string, string>} values */
const filled = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} className
 * @param {(Node | string)[]} inside
 */
function made(name, className, ...inside) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...inside);
  return element;
}

/** @param {Element} text */
function copied(text) {
  const copy = made("span", "tap-text", ...[...text.childNodes].map((node) => node.cloneNode(true)));
  // The choice of a menu says itself which language it is in; in a row, what lies in the text does.
  for (const name of ["lang", "dir"])
    if (text.hasAttribute(name)) copy.setAttribute(name, text.getAttribute(name) ?? "");
  return copy;
}

/** @param {Element} row @returns {Omit<Thing, "button">} */
function thing(row) {
  const text = row.querySelector(".answer-text");
  if (!text) throw new Error("a row of an answer has no text");
  const menu = row.querySelector("select");
  /** @type {NodeListOf<HTMLInputElement>} */
  const boxes = row.querySelectorAll("input[type=radio]");
  /** @param {EventTarget} at */
  const tell = (at) => at.dispatchEvent(new Event("change", { bubbles: true }));
  if (menu)
    return {
      text,
      get: () => menu.value,
      set: (value) => {
        menu.value = value;
        tell(menu);
      },
    };
  return {
    text,
    get: () => [...boxes].find((box) => box.checked)?.value ?? "",
    set: (value) => {
      for (const box of boxes) box.checked = box.value === value;
      tell(boxes[0]);
    },
  };
}

/**
 * Where things can belong, as their first row lists it.
 * @param {Element} row
 * @returns {{ value: string, text: Element }[]}
 */
function listed(row) {
  const menu = row.querySelector("select");
  if (menu)
    return [...menu.options].filter(({ value }) => value).map((option) => ({ value: option.value, text: option }));
  return [...row.querySelectorAll("label")].map((label) => ({
    value: label.querySelector("input")?.value ?? "",
    text: label.querySelector(".answer-text") ?? label,
  }));
}

/** @param {HTMLElement} root - the fieldset of a question */
function build(root) {
  const list = root.querySelector(".answer-list");
  const rows = [...root.querySelectorAll(".answer-row")];
  if (!(list instanceof HTMLElement) || !rows.length || boards.has(root)) return;
  if (root.querySelector("select[disabled], input[disabled]")) return;
  const words = wordsOf(root);
  const sorts = words.tapping === "groups";
  /** @type {Thing[]} */
  const things = rows.map((row) => {
    const each = thing(row);
    const inside = sorts ? [copied(each.text)] : [made("span", "tap-mark"), copied(each.text)];
    return { ...each, button: made("button", "tap", ...inside, made("span", "visually-hidden")) };
  });
  /** @type {Place[]} */
  const places = listed(rows[0]).map(({ value, text }, at) => {
    const mark = String.fromCharCode(65 + at);
    const inside = sorts ? [copied(text)] : [made("span", "tap-mark", mark), copied(text)];
    const button = made("button", sorts ? "tap-place" : "tap", ...inside);
    button.dataset.pillarNumber = String((at % 5) + 1);
    return { value, text, mark, button, holds: sorts ? made("div", "tap-holds") : null };
  });
  /** @type {Place} */
  const nowhere = { value: "", text: made("span", "", words.nowhere), mark: "", holds: sorts ? made("div", "tap-holds") : null,
    button: made("button", "tap-place", words.nowhere) }; // prettier-ignore
  const says = made("p", "visually-hidden");
  says.setAttribute("role", "status");
  const board = made("div", `taps taps--${words.tapping}`, made("p", "answer-hint", words.how));
  /** @type {Thing | Place | null} */
  let taken = null; // what waits for its other half

  /** @param {string} label @param {Element[]} parts */
  function side(label, ...parts) {
    const group = made("div", "tap-side", ...parts);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    return group;
  }
  if (sorts)
    for (const { button, holds, text } of [nowhere, ...places]) {
      const box = side(said(text), button);
      if (holds) box.append(holds);
      box.classList.add("tap-group");
      if (button.dataset.pillarNumber) box.dataset.pillarNumber = button.dataset.pillarNumber;
      board.append(box);
    }
  else
    board.append(
      made(
        "div",
        "tap-sides",
        side(words.things, ...things.map(({ button }) => button)),
        side(words.places, ...places.map(({ button }) => button)),
      ),
    );
  for (const { button } of [...things, ...places, nowhere]) button.type = "button";

  function show() {
    for (const each of things) {
      const place = places.find(({ value }) => value === each.get());
      const { button } = each;
      button.setAttribute("aria-pressed", String(taken === each));
      if (place) button.dataset.pillarNumber = place.button.dataset.pillarNumber;
      else delete button.dataset.pillarNumber;
      button.toggleAttribute("data-placed", Boolean(place));
      const mark = button.querySelector(".tap-mark");
      if (mark) mark.textContent = place?.mark ?? "";
      const told = button.lastElementChild;
      if (told && !sorts) told.textContent = place ? `, ${filled(words.paired, { place: said(place.text) })}` : "";
      const holds = (place ?? nowhere).holds;
      if (holds && button.parentElement !== holds) holds.append(button);
    }
    for (const place of [...places, nowhere]) {
      if (!sorts) place.button.setAttribute("aria-pressed", String(taken === place));
      place.button.toggleAttribute("data-placed", !sorts && things.some((each) => each.get() === place.value));
    }
    // A group takes what is in hand; with nothing in hand there is nothing for it to do.
    board.toggleAttribute("data-taken", Boolean(taken));
  }

  /** @param {Thing} each @param {Place} place */
  function put(each, place) {
    taken = null;
    each.set(place.value);
    show();
    const values = { thing: said(each.text), place: said(place.text) };
    says.textContent = filled(place.value ? words.says : words.saysNowhere, values);
  }

  for (const each of things)
    each.button.addEventListener("click", () => {
      const before = taken;
      if (before && "value" in before) put(each, before);
      else if (!sorts && !before && each.get()) put(each, nowhere);
      else {
        taken = before === each ? null : each;
        show();
      }
    });
  for (const place of [...places, nowhere]) {
    const act = () => {
      const before = taken;
      if (before && "get" in before) put(before, place);
      else if (!sorts) {
        taken = before === place ? null : place;
        show();
      }
    };
    place.button.addEventListener("click", act);
    // The whole box of a group can be hit, but for what lies in it.
    place.holds?.addEventListener("click", (event) => {
      if (event.target === place.holds) act();
    });
  }

  const change = made("button", "button button-quiet button-small");
  change.type = "button";
  let tapping = matchMedia("(pointer: coarse)").matches;
  function turn() {
    board.hidden = !tapping;
    if (list instanceof HTMLElement) list.hidden = tapping;
    change.textContent = tapping ? words.toMenus : words.toTaps;
    taken = null;
    show();
  }
  change.addEventListener("click", () => {
    tapping = !tapping;
    turn();
  });
  list.after(board, made("p", "tap-change", change), says);
  boards.set(root, show);
  turn();
}

/** @param {ParentNode} within */
function buildAll(within) {
  /** @type {NodeListOf<HTMLElement>} */
  const roots = within.querySelectorAll("[data-tapping]");
  for (const root of roots) build(root);
}

/** @param {Event} event */
function follow({ target }) {
  if (!(target instanceof Element)) return;
  const root = target.closest("[data-tapping]");
  const all = root ? [root] : target.querySelectorAll("[data-tapping]");
  for (const each of all) boards.get(each)?.();
}

document.addEventListener("change", follow);
document.addEventListener("filled", follow); // a kept answer was put into the form
document.addEventListener("fragment", ({ target }) => {
  if (target instanceof Element) buildAll(target.parentElement ?? target);
});
buildAll(document);
