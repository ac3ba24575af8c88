// A field for a number says at once how what is in it is read; what can't be read is marked there, as soon as its author
// pauses. Everything is listened for on the document, so that questions that come later work, too. Without this module
// the server says both, on the page it sends back.
import { readAs } from "./numbers.js";
import { part, wordsOf } from "./parts.js";

const PAUSE = 600; // ms; somebody who is still typing is not told off for half a number
const fields = "[data-numbers] input[data-number]";
/** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
const pauses = new WeakMap();

/** @param {HTMLElement} answer @param {string} name - of what belongs to a field @param {Element} field */
const beside = (answer, name, field) => part(answer, `[data-number-${name}="${field.id}"]`, HTMLElement);

/** @param {string} words @param {Record<string, string>} values */
const filled = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/** @param {HTMLInputElement} field */
function reading(field) {
  const { number = "", otherUnits, unitMenu } = field.dataset;
  const answer = answerOf(field);
  let units = number ? [number] : [];
  let chosen = "";
  if (otherUnits) units = [...units, ...otherUnits.split("|")];
  if (unitMenu) {
    const menu = part(answer, `#${CSS.escape(unitMenu)}`, HTMLSelectElement);
    units = [...menu.options].map(({ value }) => value);
    chosen = menu.value;
  }
  const text = field.value.trim();
  return text ? readAs(text, units, chosen, wordsOf(answer).decimalSign) : null;
}

/** @param {Element} field */
function answerOf(field) {
  const answer = field.closest("[data-numbers]");
  if (!(answer instanceof HTMLElement)) throw new Error("a field for a number stands outside its answer");
  return answer;
}

/**
 * Shows how a field is read. Why it can't be is shown when `paused`; a mark that is wrong goes at once.
 * @param {HTMLInputElement} field
 * @param {boolean} paused
 */
function show(field, paused) {
  const answer = answerOf(field);
  const read = reading(field);
  const echo = beside(answer, "read", field);
  const error = beside(answer, "error", field);
  const bad = read && "problem" in read ? read : null;
  clearTimeout(pauses.get(field));
  echo.textContent =
    read && "read" in read ? filled(echo.dataset.read ?? wordsOf(answer).read, { number: read.read }) : "";
  if (bad && !paused) {
    pauses.set(
      field,
      setTimeout(() => show(field, true), PAUSE),
    );
    if (error.hidden) return;
  }
  if (bad) part(error, "span", HTMLElement).textContent = why(answer, bad);
  error.hidden = !bad;
  field.toggleAttribute("aria-invalid", Boolean(bad));
  if (bad) field.setAttribute("aria-invalid", "true");
  // What the server said about the whole answer holds no longer when nothing in it is marked.
  const complaint = answer.querySelector(":scope > .field-error:not([data-number-error])");
  if (!answer.querySelector('[aria-invalid="true"]')) complaint?.remove();
  if (paused) part(answer, "[data-number-says]", HTMLElement).textContent = bad ? errorSaid(error) : echo.textContent;
  else if (read)
    pauses.set(
      field,
      setTimeout(() => show(field, true), PAUSE),
    );
}

/** @param {HTMLElement} error - an alert speaks for itself */
const errorSaid = (error) => (error.getAttribute("role") === "alert" ? "" : (error.textContent ?? "").trim());

/** @param {HTMLElement} answer @param {import("./numbers.js").Problem} bad */
const why = (answer, { problem, values }) => filled(answer.getAttribute(`data-problem-${problem}`) ?? "", values);

/** @param {Event} event @returns {HTMLInputElement[]} */
function concerned({ target }) {
  if (!(target instanceof Element)) return [];
  if (target instanceof HTMLInputElement && target.matches(fields)) return [target];
  const around = target.matches("[data-numbers] select") ? target.closest("[data-numbers]") : null;
  return around ? [...around.querySelectorAll(/** @type {"input"} */ (fields))] : [];
}

// Before whoever saves a change: an answer that can't be read is saved as one.
addEventListener("input", (event) => concerned(event).forEach((field) => show(field, false)), true);
addEventListener("change", (event) => concerned(event).forEach((field) => show(field, true)), true);
// A kept answer was put into a form.
addEventListener("filled", ({ target }) => {
  if (target instanceof Element) prepare(target, true);
});
addEventListener("fragment", ({ target }) => {
  if (target instanceof Element) prepare(target, false);
});

/**
 * Asks for a keyboard of digits, and gives what some of them lack: a way to a minus.
 * @param {ParentNode} root
 * @param {boolean} again - whether to read what is in the fields
 */
function prepare(root, again) {
  /** @type {NodeListOf<HTMLInputElement>} */
  const found = root.querySelectorAll(fields);
  for (const field of found) {
    if (again) show(field, true);
    if (field.inputMode === "decimal") continue;
    field.inputMode = "decimal";
    const sign = Object.assign(document.createElement("button"), { type: "button", className: "answer-sign" });
    sign.textContent = "±";
    sign.setAttribute("aria-label", wordsOf(answerOf(field)).minus);
    sign.disabled = field.disabled;
    sign.addEventListener("click", () => {
      field.value = /^\s*[-−]/.test(field.value) ? field.value.replace(/^\s*[-−]\s*/, "") : `−${field.value}`;
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    field.before(sign);
  }
}

prepare(document, false);
