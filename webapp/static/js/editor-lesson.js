// The page of a lesson: its fields, its text under a toolbar, and beside it the lesson as the server would show it. Without
// this module the page's buttons do what they say.
import { offerMedia } from "./insert-medium.js";
import { block, cited, written } from "./lesson-marks.js";
import { lessonPreview } from "./lesson-preview.js";
import { around, part, wordsOf } from "./parts.js";
import { startToolbar } from "./toolbar.js";
import { yamlField } from "./yaml-field.js";

/**
 * What the server says of the page as it was sent. Lines are those of the text, from 1.
 * @typedef {object} Answer
 * @property {string | null} preview - the page of the lesson; null when it can't be read
 * @property {number} ahead - lines of the file before the text
 * @property {Record<string, number>} lines
 * @property {string} verdict
 * @property {import("./yaml-field.js").Problem[]} problems
 * @property {string | null} form - the fields, when they have other rows now
 * @property {[string, string][]} errors - id of a field, and what is wrong with it
 * @property {string} focus
 */

/** @type {HTMLFormElement | null} */
const form = document.querySelector("form[data-lesson]");
if (form) start(form);

/** @param {HTMLFormElement} desk */
async function start(desk) {
  const area = part(desk, "textarea[data-code]", HTMLTextAreaElement);
  const status = part(desk, "[data-status]", HTMLElement);
  const fields = part(desk, "[data-form]", HTMLElement);
  const toolbar = part(desk, "[data-toolbar]", HTMLElement);
  const waits = part(desk, "[data-preview-waits]", HTMLElement);
  const preview = lessonPreview(part(desk, "[data-lesson-preview]", HTMLElement));
  const words = wordsOf(desk);
  const opened = stamp();
  let timer = 0,
    running = false,
    left = false;
  /** @type {string | null} */
  let again = null; // what is to be sent when the running request is done
  const field = await yamlField(area, {
    language: "text",
    changed: () => later(700),
    moved: (line) => preview.follow(line),
  });
  document.documentElement.classList.add("scripted");

  // --- the server -------------------------------------------------------------------------------------------------

  function stamp() {
    return JSON.stringify([...new FormData(desk)].filter(([name]) => name === "text" || name.startsWith("q.")));
  }

  /** @param {number} wait - in ms */
  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(() => send("preview"), wait);
  }

  /**
   * Sends the page as it is. One request at a time, the last one wins.
   * @param {string} action
   */
  async function send(action) {
    clearTimeout(timer);
    if (running) {
      again = !again || again === "preview" ? action : again;
      return;
    }
    running = true;
    const data = new FormData(desk);
    data.set("action", action);
    status.textContent = words.waiting;
    try {
      const answer = await fetch(desk.getAttribute("action") ?? "", {
        method: "POST",
        body: data,
        headers: { "X-Requested-With": "fetch" },
        redirect: "manual",
      });
      if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) throw new Error(String(answer.status));
      show(await answer.json());
      status.textContent = "";
    } catch {
      status.textContent = words.lost;
    } finally {
      running = false;
      if (again) {
        const next = again;
        again = null;
        send(next);
      }
    }
  }

  /** @param {Answer} answer */
  function show(answer) {
    waits.hidden = answer.preview !== null;
    if (answer.preview !== null) preview.show(answer.preview, answer.lines, answer.ahead);
    field.mark(answer.problems);
    const verdict = part(desk, "[data-verdict]", HTMLElement);
    const unfolded = verdict.querySelector("details[open]") !== null;
    verdict.innerHTML = answer.verdict;
    if (unfolded) verdict.querySelector("details")?.toggleAttribute("open", true);
    if (answer.form !== null) {
      const folds = [...fields.querySelectorAll("details")].map((each) => each.open);
      fields.innerHTML = answer.form;
      fields.querySelectorAll("details").forEach((each, n) => {
        if (folds[n]) each.open = true;
      });
    }
    complain(answer.errors);
    if (answer.focus) focusOn(answer.focus);
  }

  /** @param {[string, string][]} errors */
  function complain(errors) {
    for (const each of fields.querySelectorAll(".field-error")) each.remove();
    for (const each of fields.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
    const icon = document.querySelector("template[data-error-icon]");
    for (const [id, said] of errors) {
      const bad = document.getElementById(id);
      if (!bad || document.getElementById(`${id}-error`)) continue;
      const line = document.createElement("p");
      line.className = "field-error";
      line.id = `${id}-error`;
      if (icon instanceof HTMLTemplateElement) line.append(icon.content.cloneNode(true));
      const text = document.createElement("span");
      text.textContent = said;
      line.append(text);
      if (bad instanceof HTMLFieldSetElement) bad.querySelector("legend")?.after(line);
      else {
        bad.after(line);
        bad.setAttribute("aria-invalid", "true");
      }
      const told = (bad.getAttribute("aria-describedby") ?? "").split(" ").filter((each) => each && each !== line.id);
      bad.setAttribute("aria-describedby", [...told, line.id].join(" "));
    }
  }

  /** @param {string} id - of a field, a row, or a button of a row: "row:verb" */
  function focusOn(id) {
    const found = document.getElementById(id) ?? document.getElementById(id.split(":")[0]);
    if (!found) return;
    for (let fold = found.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null)
      fold.open = true;
    const typed = found.matches("input, textarea, select, button:not([disabled])")
      ? found
      : found.querySelector("input:not([type=hidden]), textarea, select");
    if (typed instanceof HTMLElement) typed.focus();
    else found.focus();
  }

  // --- the toolbar ------------------------------------------------------------------------------------------------

  /** @param {string} tool */
  function use(tool) {
    const ask = tool === "source" ? askSource : tool === "block" ? askBlock : null;
    if (ask) ask();
    else field.write((text, from, to) => written(tool, text, from, to, wordsOf(toolbar)));
  }
  const askSource = asked("[data-source-dialog]", "[data-fact]", (fact) => {
    const name = fact.replace(/^\[?@|\]$/g, "");
    if (/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) field.write((text, _from, to) => cited(text, to, name));
  });
  const askBlock = asked("[data-block-dialog]", "[data-block]", (lines) =>
    field.write((text, _from, to) => block(text, to, lines)),
  );
  startToolbar(toolbar, (button) => use(button.dataset.tool ?? ""));
  offerMedia(desk, (target) =>
    !target || (target instanceof Element && target.closest(".code-box")) ? field.insert : null,
  );
  desk.addEventListener(
    "keydown",
    (event) => {
      if (!around(event, ".code-box", HTMLElement)) return;
      const keys = { b: "bold", i: "italic", k: "link" };
      const tool = new Map(Object.entries(keys)).get(event.key.toLowerCase());
      if (tool && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) use(tool);
      else if (event.altKey && event.key === "F10") part(toolbar, "[tabindex='0']", HTMLButtonElement).focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  /**
   * Opens a dialog with one field; what was filled in is used when its button is pressed, and nothing when it is left.
   * @param {string} dialog @param {string} value @param {(said: string) => void} answered
   */
  function asked(dialog, value, answered) {
    const shown = document.querySelector(dialog);
    if (!(shown instanceof HTMLDialogElement)) return () => {};
    const said = /** @type {HTMLInputElement | HTMLSelectElement} */ (part(shown, value, HTMLElement));
    part(shown, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      shown.close();
      if (said.value.trim()) answered(said.value.trim());
    });
    part(shown, "[data-close]", HTMLButtonElement).addEventListener("click", () => shown.close());
    return () => {
      if (said instanceof HTMLInputElement) said.value = "";
      shown.showModal();
      said.focus();
    };
  }

  // --- the page ---------------------------------------------------------------------------------------------------

  desk.addEventListener("click", (event) => {
    const line = around(event, "[data-verdict] [data-line]", HTMLElement);
    const named = around(event, "[data-field]", HTMLElement);
    const row = around(event, "[data-form] button[name=action]", HTMLButtonElement);
    if (line) field.goTo(Number(line.dataset.line));
    else if (named) focusOn(named.dataset.field ?? "");
    else if (row) send(row.value);
    else return;
    event.preventDefault();
  });
  fields.addEventListener("input", () => later(700));
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      /** @type {HTMLButtonElement | null} */
      const save = desk.querySelector("[data-save]");
      save?.click();
    }
  });
  desk.addEventListener("submit", () => {
    left = true;
  });
  addEventListener("pageshow", () => {
    left = false;
  });
  addEventListener("beforeunload", (event) => {
    if (stamp() !== opened && !left) event.preventDefault();
  });
  if (Number(words.goto)) field.goTo(Number(words.goto));
  send("preview");
}
