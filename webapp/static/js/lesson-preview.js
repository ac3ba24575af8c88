// A lesson as its readers meet it, beside the text that is written: it shows what stands at the cursor.
import { blockAt } from "./lesson-marks.js";

/** What names another element by its id. */
const NAMING = ["id", "for", "aria-labelledby", "aria-describedby", "aria-controls"];

/** @param {HTMLElement} pane */
export function lessonPreview(pane) {
  /** @type {{ line: number, what: Element }[]} */
  let blocks = [];
  /** @type {Element | null} */
  let marked = null;
  let last = 0;

  /**
   * Puts a page in place of the one that is shown. Lines are those of the text, from 1.
   * @param {string} html - of the page of the lesson
   * @param {Record<string, number>} lines - of what has an id
   * @param {number} ahead - lines of the file before the text
   */
  function show(html, lines, ahead) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const lesson = page.getElementById("lesson");
    if (!lesson) return;
    for (const [id, line] of Object.entries(lines))
      page.getElementById(id)?.setAttribute("data-line", String(line + ahead));
    harmless(lesson);
    const top = pane.scrollTop;
    pane.replaceChildren(lesson);
    pane.scrollTop = top;
    blocks = [...lesson.querySelectorAll("[data-line]")].map((what) => ({
      line: Number(what.getAttribute("data-line")) - ahead,
      what,
    }));
    // No link of the page is to be taken for one to a line of the text.
    for (const { what } of blocks) what.removeAttribute("data-line");
    marked = null;
    if (last) follow(last);
  }

  /** @param {number} line - where the cursor is in the text */
  function follow(line) {
    last = line;
    const block = blockAt(blocks, line);
    if (block !== marked) marked?.classList.remove("at-cursor");
    marked = block;
    if (!block) return;
    block.classList.add("at-cursor");
    const frame = pane.getBoundingClientRect(),
      at = block.getBoundingClientRect();
    const isSeen = at.top >= frame.top && Math.min(at.bottom, at.top + frame.height / 2) <= frame.bottom;
    if (!isSeen) pane.scrollTop += at.top - frame.top - frame.height / 4;
  }

  return { show, follow };
}

/**
 * Takes out of a lesson what works only on a page of its own, and what would get mixed up with the page around it.
 * @param {HTMLElement} lesson
 */
function harmless(lesson) {
  for (const each of lesson.querySelectorAll(".mark-read, .mark-all, [data-print]")) each.remove();
  for (const form of lesson.querySelectorAll("form")) form.replaceWith(...form.childNodes);
  for (const each of lesson.querySelectorAll("input, select, textarea, button")) each.toggleAttribute("disabled", true);
  for (const each of lesson.querySelectorAll("input[type=hidden], template")) each.remove();
  for (const name of NAMING)
    for (const each of [lesson, ...lesson.querySelectorAll(`[${name}]`)]) {
      const ids = each.getAttribute(name)?.split(" ");
      if (ids) each.setAttribute(name, ids.map((id) => `preview-${id}`).join(" "));
    }
  for (const link of lesson.querySelectorAll('a[href^="#"]'))
    link.setAttribute("href", `#preview-${link.getAttribute("href")?.slice(1)}`);
  for (const title of lesson.querySelectorAll("h1")) {
    const lower = document.createElement("h3");
    lower.append(...title.childNodes);
    lower.id = title.id;
    title.replaceWith(lower);
  }
}
