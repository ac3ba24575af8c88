// The desk of a question or a quiz: form, YAML and preview follow each other. Every change is sent to the server, which
// does what it would do for the buttons of the page; without this module those buttons do it.
import { mediumField, offerMedia } from "./insert-medium.js";
import { around, part, wordsOf } from "./parts.js";
import { schemaAt, yamlField } from "./yaml-field.js";

/**
 * What the server says of the page as it was sent: pieces of HTML, and the YAML. Without `form` the form is as it was.
 * @typedef {object} Answer
 * @property {boolean} broken - the YAML can't be read
 * @property {boolean} both - form and YAML were changed, and both stay
 * @property {string} yaml
 * @property {string} base
 * @property {string | null} form
 * @property {string} [focus] - id of what takes the focus
 * @property {string} preview
 * @property {string} verdict
 * @property {string} [type]
 * @property {import("./yaml-field.js").Problem[]} problems
 */

/** @type {HTMLFormElement | null} */
const form = document.querySelector("form[data-desk]");
if (form) start(form);

/** @param {HTMLFormElement} desk */
async function start(desk) {
  const area = part(desk, "[data-code]", HTMLTextAreaElement);
  const base = part(desk, "[data-base]", HTMLInputElement);
  const opened = part(desk, "[name=opened]", HTMLInputElement);
  const status = part(desk, "[data-status]", HTMLElement);
  const fields = part(desk, "[data-form]", HTMLElement);
  const preview = part(desk, "[data-preview]", HTMLElement);
  const words = wordsOf(desk);
  /** @type {import("./yaml-field.js").Schema | null} */
  let schema = null;
  schemaAt(words.schema).then((found) => {
    schema = found;
  });
  offerMedia(desk, mediumField(fields));
  document.documentElement.classList.add("scripted");

  /** @type {Promise<Response> | null} */
  let running = null;
  /** @type {string | null} */
  let again = null; // what is to be sent when the running request is done
  let timer = 0,
    left = false;
  let touched = area.value !== opened.value && opened.value !== "";
  const yaml = await yamlField(area, {
    schema: () => schema,
    changed: () => {
      touched = true;
      later(600);
    },
  });

  /** @param {number} wait - in ms */
  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(() => send("sync"), wait);
  }

  /**
   * Sends the page as it is. One request at a time, the last one wins.
   * @param {string} action - the button that is meant
   */
  async function send(action) {
    clearTimeout(timer);
    if (running) {
      again = !again || again === "sync" ? action : again;
      return;
    }
    const data = new FormData(desk);
    data.set("action", action);
    const asked = stamp();
    status.textContent = words.waiting;
    running = fetch(desk.getAttribute("action") ?? "", {
      method: "POST",
      body: data,
      headers: { "X-Requested-With": "fetch" },
      redirect: "manual",
    });
    try {
      const answer = await running;
      if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) throw new Error(String(answer.status));
      show(await answer.json(), asked, action);
      status.textContent = "";
    } catch {
      status.textContent = words.lost;
    } finally {
      running = null;
      if (again) {
        const next = again;
        again = null;
        send(next);
      }
    }
  }

  /** What the form and the YAML held, so that an answer which comes late does not overwrite what was typed since. */
  function stamp() {
    const own = [...new FormData(desk)].filter(([name]) => name.startsWith("q.") || name === "yaml");
    return JSON.stringify(own);
  }

  /** @param {Answer} answer @param {string} asked - the stamp of what was sent @param {string} action */
  function show(answer, asked, action) {
    const typedOn = stamp() !== asked;
    fields.inert = answer.broken;
    part(desk, "[data-form-waits]", HTMLElement).hidden = !answer.broken;
    if (!typedOn) {
      if (!answer.both && !answer.broken) {
        yaml.set(answer.yaml);
        base.value = answer.base;
      }
      if (answer.form !== null) replace(fields, answer.form, answer.focus);
      yaml.mark(answer.problems);
      complain(answer);
    }
    replace(preview, answer.preview);
    replace(part(desk, "[data-verdict]", HTMLElement), answer.verdict);
    if (action === "grade") preview.querySelector("[role=status], [role=alert]")?.scrollIntoView({ block: "nearest" });
    if (answer.type && desk.elements.namedItem("form_type") && words.type !== answer.type) {
      words.type = answer.type;
      schemaAt(words.schemas + answer.type).then((found) => {
        schema = found;
      });
    }
    if (typedOn) later(300);
  }

  /** @param {Answer} answer */
  function complain(answer) {
    // Old complaints go with the first good answer; new ones stand in the bar and at the lines of the YAML.
    if (answer.form === null && !answer.problems.length)
      for (const bad of fields.querySelectorAll(".field-error")) bad.remove();
  }

  /**
   * Puts a piece of the page in place of the old one and keeps the focus where it was.
   * @param {HTMLElement} target
   * @param {string} html
   * @param {string} [focus] - id of what takes the focus instead
   */
  function replace(target, html, focus = "") {
    const active = document.activeElement;
    const inside = active !== null && target.contains(active);
    const id = inside ? active.id : "";
    const caret = isText(active) && inside ? [active.selectionStart, active.selectionEnd] : null;
    const { name, value } = inside && isControl(active) ? active : { name: "", value: "" };
    const unfolded = new Set([...target.querySelectorAll("details[open]")].map(summaryOf));
    const wasThere = target.childElementCount > 0;
    target.innerHTML = html;
    target.dispatchEvent(new CustomEvent("fragment", { bubbles: true }));
    if (wasThere)
      for (const each of target.querySelectorAll("details:not([open])"))
        if (unfolded.has(summaryOf(each))) each.toggleAttribute("open", true);
    if (focus) focusOn(focus);
    else if (inside) {
      const named = name ? [...target.querySelectorAll(`[name="${CSS.escape(name)}"]`)] : [];
      const found =
        (id && document.getElementById(id)) || named.find((each) => isControl(each) && each.value === value);
      if (found instanceof HTMLElement) found.focus({ preventScroll: true });
      if (caret && isText(found)) found.setSelectionRange(caret[0], caret[1]);
    }
  }
  /** @param {Element | false | null | undefined} each @returns {each is HTMLInputElement | HTMLTextAreaElement} */
  const isText = (each) =>
    each instanceof HTMLTextAreaElement || (each instanceof HTMLInputElement && each.type === "text");
  /** @param {Element} each */
  const isControl = (each) =>
    each instanceof HTMLInputElement ||
    each instanceof HTMLTextAreaElement ||
    each instanceof HTMLSelectElement ||
    each instanceof HTMLButtonElement;
  // What the finer points are called tells which of them say something, so it changes while one writes there.
  /** @param {Element} details */
  const summaryOf = (details) =>
    details.classList.contains("finer")
      ? `finer ${details.closest(".row")?.id ?? ""}`
      : details.querySelector("summary")?.textContent?.replace(/\d+/g, "").trim();

  /** @param {string} id - of a row, or of a button of a row: "row:verb" */
  function focusOn(id) {
    const [row, verb] = id.split(":");
    const button = verb ? document.getElementById(id) : null;
    const item = document.getElementById(row);
    const field =
      button && !button.hasAttribute("disabled")
        ? button
        : verb
          ? item?.querySelector(".row-button:not([disabled])")
          : (item?.querySelector("textarea, input:not([type=hidden]), select") ?? item);
    if (field instanceof HTMLElement) field.focus();
    item?.scrollIntoView({ block: "nearest" });
  }

  /** The menus of groups and labels go along with their words. @param {string} row @param {string} title */
  function rename(row, title) {
    const id = desk.elements.namedItem(`${row}.id`);
    const value = id instanceof HTMLInputElement ? id.value : "";
    if (!value) return;
    for (const option of fields.querySelectorAll(`select[data-groups] option[value="${CSS.escape(value)}"]`))
      option.textContent = title || value;
  }

  desk.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof Element) || !isControl(field) || field.closest(".code-box")) return;
    if (field.name.startsWith("q.")) {
      touched = true;
      later(field.type === "checkbox" || field instanceof HTMLSelectElement ? 60 : 500);
    }
    if (field.name === "file") later(60);
    const group = field.name.match(/^(q\.(?:categories|labels)\.\d+)\.(?:title|text)$/);
    if (group) rename(group[1], field.value);
  });
  desk.addEventListener("click", (event) => {
    const line = around(event, "[data-line]", HTMLElement);
    if (line) {
      event.preventDefault();
      yaml.goTo(Number(line.dataset.line));
      return;
    }
    const button = around(event, "button[name=action]", HTMLButtonElement);
    if (!button || event.defaultPrevented) return;
    const verb = button.value.split(":")[0];
    if (["save", "draft", "publish", "confirm", "over", "theirs"].includes(verb)) {
      left = true;
      return;
    }
    event.preventDefault();
    if (button.hasAttribute("data-clear-answer"))
      for (const field of preview.querySelectorAll("input[name^='answer-'], select[name^='answer-']")) field.remove();
    if (["add", "remove", "up", "down"].includes(verb)) touched = true;
    send(button.value);
  });
  // Alt with an arrow moves the row in which one writes.
  desk.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      /** @type {HTMLButtonElement | null} */
      const save = desk.querySelector("[data-save]");
      save?.click();
    }
    const find = event.key === "Enter" ? around(event, "[data-find]", HTMLInputElement) : null;
    if (find) {
      event.preventDefault();
      send(`find:${find.name.replace("@find", "")}`);
    }
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = around(event, ".row", HTMLElement);
    if (!row || around(event, ".code-box", HTMLElement)) return;
    const verb = event.key === "ArrowUp" ? "up" : "down";
    const button =
      row.querySelector(`[value="${verb}:${CSS.escape(row.id)}"]`) ?? document.getElementById(`${row.id}:${verb}`);
    if (button instanceof HTMLButtonElement && !button.disabled) {
      event.preventDefault();
      button.click();
    }
  });
  desk.addEventListener("submit", () => {
    left = true;
  });
  addEventListener("pageshow", () => {
    left = false;
  });
  addEventListener("beforeunload", (event) => {
    if (touched && !left) event.preventDefault();
  });
  // Whoever was faster than this script has written something that nobody has looked at yet.
  if ([...desk.elements].some((each) => isControl(each) && isWritten(each))) {
    touched = true;
    send("sync");
  } else if (area.value.trim() && opened.value) send("sync");
}

/**
 * Whether a field of the form holds something else than the page came with.
 * @param {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | HTMLButtonElement} field
 */
function isWritten(field) {
  if (!field.name.startsWith("q.") || field instanceof HTMLButtonElement) return false;
  if (field instanceof HTMLSelectElement)
    return [...field.options].some((each) => each.defaultSelected) && !field.selectedOptions[0]?.defaultSelected;
  if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio"))
    return field.checked !== field.defaultChecked;
  return field.type !== "hidden" && field.value !== field.defaultValue;
}
