// A guess at a figure, on a slider or by putting its parts in order. Then the figure opens with the guess drawn on it and
// a sentence that compares. Nothing is sent; the browser remembers the guess, so that a reload shows the same.
import { part, wordsOf } from "./parts.js";

const own = `guess ${document.documentElement.dataset.reader ?? ""}`;
const SVG = "http://www.w3.org/2000/svg";
const BY_SIDE = ".square-words, .part-text, .event-label, .link-box";

/** @param {string} text @param {Record<string, string | number>} words */
const fill = (text, words) => text.replace(/\{(\w*)\}/g, (all, name) => String(words[name] ?? all));

/** @param {Element} root @param {string} selector @returns {HTMLElement[]} */
const all = (root, selector) => {
  /** @type {NodeListOf<HTMLElement>} */
  const found = root.querySelectorAll(selector);
  return [...found];
};

/**
 * How a value is written: with its unit, as a year or as a month.
 * @param {HTMLElement} guess
 * @param {number} value
 */
export function written(guess, value) {
  const { kind, unit } = wordsOf(guess);
  const { lang } = document.documentElement;
  if (kind === "year") return String(value);
  if (kind === "number")
    return unit.replace("{}", new Intl.NumberFormat(lang, { maximumFractionDigits: 4 }).format(value));
  const day = new Date(Date.UTC(2000, value % 12, 15));
  day.setUTCFullYear(Math.floor(value / 12));
  return new Intl.DateTimeFormat(lang, { month: "long", year: "numeric", timeZone: "UTC" }).format(day);
}

/**
 * Draws the outline of a guess, on a ground of its own so that it is seen on light and dark.
 * @param {Element} inside
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 */
function draw(inside, tag, attributes) {
  for (const name of ["ghost-ground", "ghost"]) {
    const drawn = document.createElementNS(SVG, tag);
    drawn.setAttribute("class", name);
    for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, `${value}`);
    inside.append(drawn);
  }
}

/** @param {Element} element @param {string} name */
const size = (element, name) => parseFloat(element.getAttribute(name) ?? "0");

/** @param {HTMLElement} row @param {string} text */
function note(row, text) {
  const said = document.createElement("span");
  said.className = "ghost-note";
  said.textContent = text;
  (row.querySelector(BY_SIDE) ?? row).append(said);
}

/**
 * Draws a guess beside what it was about; what is drawn shrinks where the guess would not find room.
 * @param {HTMLElement} guess
 * @param {number} value
 */
function drawValue(guess, value) {
  const row = Number(guess.dataset.row);
  const top = Number(guess.dataset.top) || 1;
  const larger = Math.max(value / top, 1);
  const bars = all(guess, ".bar-line");
  const squares = all(guess, ".square-area");
  const whole = guess.querySelector(".parts-bar");
  const axis = guess.querySelector(".axis");
  for (const bar of all(guess, ".bar-line .fill")) bar.setAttribute("width", `${size(bar, "width") / larger}%`);
  if (bars.length) draw(bars[row], "rect", { width: `${(100 * value) / top / larger}%`, height: 14 });
  for (const square of squares) {
    const side = size(square, "width") / Math.sqrt(larger);
    const ghost = square === squares[row] ? Number(guess.dataset.side) * Math.sqrt(value / top / larger) : 0;
    const room = Math.max(side, ghost);
    for (const name of ["width", "height"]) {
      square.setAttribute(name, `${room}`);
      square.querySelector(".fill")?.setAttribute(name, `${side}`);
    }
    square.querySelector(".fill")?.setAttribute("y", `${room - side}`);
    if (ghost) draw(square, "rect", { width: ghost, height: ghost, y: room - ghost });
  }
  if (whole) {
    const x = size(whole.querySelectorAll(".part-fill")[row], "x");
    draw(whole, "rect", { x: `${x}%`, width: `${Math.min(value, 100 - x)}%`, height: 44 });
  }
  if (axis) {
    const [first, last] = wordsOf(guess).years.split(" ").map(Number);
    const [left, right] = wordsOf(guess).edges.split(" ").map(Number);
    const year = guess.dataset.kind === "year" ? value + 0.5 : (value + 0.5) / 12;
    const at = left + ((right - left) * (year - first)) / (last - first);
    const x = `${Math.min(Math.max(at, 1), 99)}%`;
    const base = size(part(axis, ".axis-line", SVGElement), "y1");
    draw(axis, "line", { x1: x, x2: x, y1: 0, y2: base });
    draw(axis, "circle", { cx: x, cy: base, r: 6 });
  }
}

/**
 * A value on a slider.
 * @param {HTMLElement} guess
 */
function placing(guess) {
  const slider = part(guess, "[data-slider]", HTMLInputElement);
  const shown = part(guess, "[data-value]", HTMLElement);
  const { saidRight, saidWrong, mark, truth } = wordsOf(guess);
  const move = () => {
    const [low, high] = [Number(slider.min), Number(slider.max)];
    const text = written(guess, Number(slider.value));
    shown.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    slider.style.setProperty("--at", `${(100 * (Number(slider.value) - low)) / (high - low)}%`);
  };
  slider.addEventListener("input", move);
  move();
  return {
    answer: () => Number(slider.value),
    /** @param {unknown} kept */
    holds: (kept) => typeof kept === "number" && kept >= Number(slider.min) && kept <= Number(slider.max),
    /** @param {number} value */
    tell(value) {
      const words = { guess: written(guess, value), truth: written(guess, Number(truth)) };
      drawValue(guess, value);
      note(all(guess, "[data-row]")[Number(guess.dataset.row)], fill(mark, words));
      return fill(words.guess === words.truth ? saidRight : saidWrong, words);
    },
  };
}

/**
 * Parts put in order.
 * @param {HTMLElement} guess
 */
function ordering(guess) {
  const list = part(guess, ".guess-order", HTMLElement);
  const { saidRight, saidWrong, mark, moved } = wordsOf(guess);
  const items = () => all(list, "[data-place]");
  const ends = () => {
    for (const [at, item] of items().entries()) {
      part(item, '[data-move="-1"]', HTMLButtonElement).disabled = at === 0;
      part(item, '[data-move="1"]', HTMLButtonElement).disabled = at === items().length - 1;
    }
  };
  list.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const item = button?.closest("li");
    if (!button || !item) return;
    if (button.dataset.move === "1") item.nextElementSibling?.after(item);
    else item.previousElementSibling?.before(item);
    ends();
    // At either end the button can't go on: the other one takes the focus, so that it isn't lost.
    part(
      item,
      button.disabled ? "button:not([disabled])" : `[data-move="${button.dataset.move}"]`,
      HTMLElement,
    ).focus();
    const words = { item: part(item, ".guess-item", HTMLElement).textContent, guess: items().indexOf(item) + 1 };
    part(guess, "[data-moved][role]", HTMLElement).textContent = fill(moved, { ...words, all: items().length });
  });
  ends();
  return {
    answer: () => items().map((item) => Number(item.dataset.place)),
    /** @param {unknown} kept */
    holds: (kept) => Array.isArray(kept) && [...kept].sort((a, b) => a - b).join() === [...items().keys()].join(),
    /** @param {number[]} order */
    tell(order) {
      const rows = all(guess, "[data-row]");
      for (const [at, place] of order.entries()) note(rows[place], fill(mark, { guess: at + 1 }));
      const right = order.filter((place, at) => place === at).length;
      return fill(right === order.length ? saidRight : saidWrong, { right, all: order.length });
    },
  };
}

try {
  // Guesses of whoever read here before are nobody's business.
  for (const key of Object.keys(localStorage))
    if (key.startsWith("guess ") && !key.startsWith(`${own} `)) localStorage.removeItem(key);
} catch {
  // Nothing can be kept here.
}

/**
 * Lets the reader answer.
 * @param {HTMLElement} guess
 */
export function begin(guess) {
  const figure = part(guess, ".guess-figure", HTMLDetailsElement);
  const said = part(guess, "[data-said]", HTMLElement);
  const question = part(guess, ".guess-question", HTMLElement).textContent.trim();
  // The question is in the name, so that a guess at another one is none at this.
  const key = `${own} ${location.pathname} ${question}`;
  const asked = guess.dataset.kind === "order" ? ordering(guess) : placing(guess);
  const end = () => {
    guess.dataset.done = "";
    figure.open = true;
  };
  /** @param {any} answer */
  const tell = (answer) => {
    const sentence = document.createElement("p");
    sentence.className = "guess-result";
    sentence.tabIndex = -1;
    sentence.textContent = asked.tell(answer);
    said.append(sentence);
    end();
    return sentence;
  };

  part(guess, "[data-guessed]", HTMLButtonElement).addEventListener("click", () => {
    const answer = asked.answer();
    guess.dataset.fresh = "";
    tell(answer).focus({ preventScroll: true });
    try {
      localStorage.setItem(key, JSON.stringify(answer));
    } catch {
      // Where nothing may be kept, a reload asks again.
    }
  });
  figure.addEventListener("toggle", () => {
    if (!figure.open || "done" in guess.dataset) return;
    const skipped = figure.contains(document.activeElement);
    end();
    const drawn = part(figure, "figure", HTMLElement);
    drawn.tabIndex = -1;
    if (skipped) drawn.focus({ preventScroll: true });
  });
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null");
    if (!asked.holds(kept)) return;
    // What was said before is not news: it is there to be read, and is not announced.
    said.removeAttribute("role");
    tell(kept);
  } catch {
    // Nothing can be kept here.
  }
}
