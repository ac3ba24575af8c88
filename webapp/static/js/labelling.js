// Labels onto a picture: a tap on a label and one on a number, in either order, or dragging. The menus are there and stay
// the answer: what is done here is written into them, and whatever is in them is what the picture shows.
import { part, wordsOf } from "./parts.js";

/** @typedef {{ menu: HTMLSelectElement, name: string, number: number, button: HTMLButtonElement }} Place */
/** @typedef {{ value: string, text: string, button: HTMLButtonElement, told: HTMLElement }} Label */

const REACH = 40; // px; as far from a number it is meant when a label is let go
const SLOP = 6; // px; a finger that moves less is a tap

/** @param {string} words @param {Record<string, string>} values */
export const filled = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/**
 * The place in reach of a point that is nearest to it, or null.
 * @template {{ x: number, y: number }} T
 * @param {T[]} places
 * @param {number} x
 * @param {number} y
 * @param {number} [reach]
 */
export function nearest(places, x, y, reach = REACH) {
  /** @param {T} place */
  const far = (place) => Math.hypot(place.x - x, place.y - y);
  const [first] = [...places].sort((one, other) => far(one) - far(other));
  return first && far(first) <= reach ? first : null;
}

/** @type {WeakMap<Element, () => void>} */
const boards = new WeakMap();

/** @param {Element} element */
const said = (element) => (element.textContent ?? "").trim().replace(/\s+/g, " ");

/** @param {string} className */
function made(className) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  return button;
}

/** @param {HTMLElement} root - the fieldset of a question */
function build(root) {
  /** @type {NodeListOf<HTMLElement>} */
  const rows = root.querySelectorAll(".answer-row");
  const surface = part(root, "[data-surface]", HTMLElement);
  const first = part(root, "select", HTMLSelectElement);
  if (first.disabled || boards.has(root)) return;
  const words = wordsOf(root);
  const says = document.createElement("p");
  says.className = "visually-hidden";
  says.setAttribute("role", "status");
  /** @type {Place | Label | null} */
  let taken = null; // what waits for its other half

  /** @type {Place[]} */
  const places = [...rows].map((row, at) => {
    const button = made("spot-button");
    button.textContent = String(at + 1);
    button.style.left = `${row.dataset.x}%`;
    button.style.top = `${row.dataset.y}%`;
    const name = filled(words.place, { number: String(at + 1), text: said(part(row, "[data-text]", HTMLElement)) });
    return { menu: part(row, "select", HTMLSelectElement), name, number: at + 1, button };
  });
  /** @type {Label[]} */
  const labels = [...first.options]
    .filter(({ value }) => value)
    .map(({ value, label }) => {
      const button = made("tap");
      const text = document.createElement("span");
      text.textContent = label;
      const told = document.createElement("span");
      told.className = "tap-numbers";
      button.append(text, told);
      return { value, text: label, button, told };
    });
  const tray = document.createElement("div");
  tray.className = "label-tray";
  tray.setAttribute("role", "group");
  tray.setAttribute("aria-label", words.labels);
  tray.append(...labels.map(({ button }) => button));
  const hint = document.createElement("p");
  hint.className = "answer-hint";
  hint.textContent = words.how;

  function show() {
    for (const place of places) {
      const label = labels.find(({ value }) => value === place.menu.value);
      place.button.toggleAttribute("data-placed", Boolean(label));
      place.button.setAttribute("aria-pressed", String(taken === place));
      const name = filled(label ? words.holds : words.empty, { place: place.name, label: label?.text ?? "" });
      place.button.setAttribute("aria-label", name);
    }
    for (const label of labels) {
      const numbers = places.filter(({ menu }) => menu.value === label.value).map(({ number }) => String(number));
      label.button.setAttribute("aria-pressed", String(taken === label));
      label.button.toggleAttribute("data-placed", numbers.length > 0);
      label.told.textContent = numbers.join(" ");
      if (numbers.length)
        label.button.setAttribute("aria-label", filled(words.at, { label: label.text, numbers: numbers.join(", ") }));
      else label.button.removeAttribute("aria-label");
    }
  }

  /** @param {Place} place @param {Label | null} label */
  function put(place, label) {
    taken = null;
    place.menu.value = label?.value ?? "";
    place.menu.dispatchEvent(new Event("change", { bubbles: true }));
    show();
    says.textContent = filled(label ? words.holds : words.empty, { place: place.name, label: label?.text ?? "" });
  }

  for (const place of places)
    place.button.addEventListener("click", () => {
      if (taken && "text" in taken) put(place, taken);
      else if (!taken && place.menu.value) put(place, null);
      else {
        taken = taken === place ? null : place;
        show();
      }
    });
  for (const label of labels) {
    label.button.addEventListener("click", () => {
      if (taken && "menu" in taken) put(taken, label);
      else {
        taken = taken === label ? null : label;
        show();
      }
    });
    drags(label.button, (x, y) => {
      const middles = places.map((place) => {
        const box = place.button.getBoundingClientRect();
        return { place, x: box.left + box.width / 2, y: box.top + box.height / 2 };
      });
      const found = nearest(middles, x, y);
      if (found) put(found.place, label);
    });
  }
  surface.append(...places.map(({ button }) => button));
  surface.dataset.pinned = "";
  surface.before(hint);
  surface.after(tray, says);
  boards.set(root, show);
  show();
}

/**
 * Lets a button be dragged; where it is let go is told in pixels of the window. A drag is no click.
 * @param {HTMLElement} button
 * @param {(x: number, y: number) => void} dropped
 */
function drags(button, dropped) {
  /** @type {{ id: number, x: number, y: number, moved: boolean } | null} */
  let held = null;
  const letGo = () => {
    held = null;
    delete button.dataset.dragging;
    button.style.transform = "";
  };
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: false };
    // All events of this pointer come here from now on: a quick hand has left the button before it moves.
    button.setPointerCapture(held.id);
  });
  button.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const [x, y] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(x, y) < SLOP) return;
    held.moved = true;
    button.dataset.dragging = "";
    button.style.transform = `translate(${x}px, ${y}px)`;
  });
  button.addEventListener("pointerup", (event) => {
    const moved = held?.moved;
    letGo();
    if (!moved) return;
    button.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => button.removeEventListener("click", swallow, { capture: true }));
    dropped(event.clientX, event.clientY);
  });
  button.addEventListener("pointercancel", letGo);
}

/** @param {Event} event */
const swallow = (event) => event.stopImmediatePropagation();

/** @param {ParentNode} within */
function buildAll(within) {
  /** @type {NodeListOf<HTMLElement>} */
  const roots = within.querySelectorAll("[data-labelling]");
  for (const root of roots) build(root);
}

/** @param {Event} event */
function follow({ target }) {
  if (!(target instanceof Element)) return;
  const root = target.closest("[data-labelling]");
  for (const each of root ? [root] : target.querySelectorAll("[data-labelling]")) boards.get(each)?.();
}

if (typeof document !== "undefined") {
  document.addEventListener("change", follow);
  document.addEventListener("filled", follow); // a kept answer was put into the form
  document.addEventListener("fragment", ({ target }) => {
    if (target instanceof Element) buildAll(target.parentElement ?? target);
  });
  buildAll(document);
}
