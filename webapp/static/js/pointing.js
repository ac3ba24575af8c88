// Pointing in a picture: a click or tap sets a mark, and so do the arrow keys and Enter. The marks are written into the
// form's own field, as percent of the picture; what is in it is what is drawn. The list of places below stays, and both
// together are the answer: so many as are to be found, and what was set first gives way.
import { part, wordsOf } from "./parts.js";

/** @typedef {[number, number]} Point - percent from the left and from the top */

const NEAR = 16; // px; as far from the middle of a mark it is meant itself, and is taken away
const STEP = 2; // percent for each arrow; with Shift a fifth of it

/** @param {number} value */
const rounded = (value) => Math.round(Math.min(100, Math.max(0, value)) * 10) / 10;

/** @param {string} text @returns {Point[]} */
export const read = (text) =>
  [...text.matchAll(/([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [rounded(Number(x)), rounded(Number(y))]);

/** @param {Point[]} points */
export const written = (points) => points.map((point) => point.join(" ")).join("; ");

/**
 * The points with one more; the first ones go where there is no room for them.
 * @param {Point[]} points
 * @param {Point} point
 * @param {number} room
 */
export const added = (points, point, room) => [...points, point].slice(-Math.max(1, room));

/**
 * Where the cross-hair is after a key, or null for a key that doesn't move it.
 * @param {Point} point
 * @param {string} key
 * @param {number} step
 * @returns {Point | null}
 */
export function moved([x, y], key, step) {
  if (key === "ArrowLeft") return [rounded(x - step), y];
  if (key === "ArrowRight") return [rounded(x + step), y];
  if (key === "ArrowUp") return [x, rounded(y - step)];
  if (key === "ArrowDown") return [x, rounded(y + step)];
  return null;
}

/** @type {WeakMap<Element, () => void>} */
const drawn = new WeakMap();

/** @param {Point} point @param {string} className */
function mark([x, y], className) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", className);
  made.setAttribute("x", `${x}%`);
  made.setAttribute("y", `${y}%`);
  made.setAttribute("overflow", "visible");
  made.innerHTML = '<circle r="11"/><path d="M-16 0h10M6 0h10M0 -16v10M0 6v10"/>';
  return made;
}

/** @param {HTMLElement} root - the fieldset of a question */
function build(root) {
  const field = part(root, "[data-points]", HTMLInputElement);
  const surface = part(root, "[data-surface]", HTMLElement);
  const marks = part(root, ".on-picture-marks", SVGElement);
  if (field.disabled || drawn.has(root)) return;
  const words = wordsOf(root);
  const most = Number(words.pointing);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "on-picture-surface";
  button.setAttribute("aria-label", words.how);
  const says = document.createElement("p");
  says.className = "visually-hidden";
  says.setAttribute("role", "status");
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "button button-quiet button-small";
  clear.textContent = words.clear;
  /** @type {Point} */
  let aim = [50, 50];
  let aims = false; // whether the cross-hair is moved by keys

  /** @param {Point} point */
  const said = ([x, y]) => words.at.replace("{x}", String(x)).replace("{y}", String(y));
  /** @returns {HTMLInputElement[]} */
  const chosen = () => [...root.querySelectorAll("input")].filter((box) => box !== field && box.checked);

  function draw() {
    const points = read(field.value);
    marks.replaceChildren(...points.map((point) => mark(point, "spot-mark")));
    if (aims) marks.append(mark(aim, "spot-mark spot-mark--aim"));
    clear.hidden = !points.length;
  }

  /** @param {Point[]} points @param {string} told */
  function write(points, told) {
    field.value = written(points);
    says.textContent = told;
    draw();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** @param {Point} point - where somebody points: a mark is set there, or the one that is there taken away */
  function toggle(point) {
    const points = read(field.value);
    const { width, height } = surface.getBoundingClientRect();
    /** @param {Point} other */
    const near = ([x, y]) => Math.hypot(((x - point[0]) * width) / 100, ((y - point[1]) * height) / 100) < NEAR;
    const hit = points.find(near);
    if (hit) {
      const left = points.filter((other) => other !== hit);
      write(left, words.gone.replace("{place}", said(hit)));
      return;
    }
    const boxes = chosen();
    // A mark is the newest wish: a box gives way where all that is to be found is chosen from the list.
    for (const box of boxes.slice(0, Math.max(0, boxes.length + 1 - most))) box.checked = false;
    write(added(points, point, most - chosen().length), words.says.replace("{place}", said(point)));
  }

  button.addEventListener("click", (event) => {
    if (event.detail === 0) toggle(aim);
    else {
      const { left, top, width, height } = surface.getBoundingClientRect();
      aim = [rounded(((event.clientX - left) / width) * 100), rounded(((event.clientY - top) / height) * 100)];
      aims = false;
      toggle(aim);
    }
  });
  button.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = moved(aim, event.key, event.shiftKey ? STEP / 5 : STEP);
    if (!next) return;
    event.preventDefault();
    aim = next;
    aims = true;
    says.textContent = said(aim);
    draw();
  });
  button.addEventListener("blur", () => {
    aims = false;
    draw();
  });
  clear.addEventListener("click", () => {
    write([], words.gone.replace("{place}", read(field.value).map(said).join("; ")));
    button.focus();
  });
  root.addEventListener("change", ({ target }) => {
    const room = most - chosen().length;
    const points = read(field.value);
    if (target === field || points.length <= room) return;
    field.value = written(room > 0 ? points.slice(-room) : []);
    draw();
  });
  surface.append(button);
  surface.after(clear, says);
  drawn.set(root, draw);
  draw();
}

/** @param {ParentNode} within */
function buildAll(within) {
  /** @type {NodeListOf<HTMLElement>} */
  const roots = within.querySelectorAll("[data-pointing]");
  for (const root of roots) build(root);
}

if (typeof document !== "undefined") {
  document.addEventListener("filled", ({ target }) => {
    // a kept answer was put into the form
    if (target instanceof Element) for (const each of target.querySelectorAll("[data-pointing]")) drawn.get(each)?.();
  });
  document.addEventListener("fragment", ({ target }) => {
    if (target instanceof Element) buildAll(target.parentElement ?? target);
  });
  buildAll(document);
}
