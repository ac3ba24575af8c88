// The text of a file: colours, problems at their lines while one writes, and lessons previewed beside their text.
import { offerMedia } from "./insert-medium.js";
import { around, part, wordsOf } from "./parts.js";
import { schemaAt, yamlField } from "./yaml-field.js";

/** @type {HTMLFormElement | null} */
const file = document.querySelector("form[data-file]");
if (file) start(file);

/** @param {HTMLFormElement} desk */
async function start(desk) {
  const area = part(desk, "[data-code]", HTMLTextAreaElement);
  const status = part(desk, "[data-status]", HTMLElement);
  const words = wordsOf(desk);
  const opened = area.value;
  /** @type {import("./yaml-field.js").Schema | null} */
  let schema = null;
  let timer = 0,
    left = false,
    turn = 0;
  if (words.schema)
    schemaAt(words.schema).then((found) => {
      schema = found;
    });
  document.documentElement.classList.add("scripted");
  const field = await yamlField(area, {
    language: words.language,
    schema: () => schema,
    changed: () => {
      clearTimeout(timer);
      timer = setTimeout(check, 700);
    },
  });
  offerMedia(desk, (target) =>
    !target || (target instanceof Element && target.closest(".code-box")) ? field.insert : null,
  );
  if (Number(words.goto)) field.goTo(Number(words.goto));

  /** @param {string} action */
  async function ask(action) {
    const data = new FormData(desk);
    data.set("action", action);
    return fetch(desk.getAttribute("action") ?? "", {
      method: "POST",
      body: data,
      headers: { "X-Requested-With": "fetch" },
      redirect: "manual",
    });
  }

  async function check() {
    const mine = ++turn;
    status.textContent = words.waiting;
    try {
      const answer = await ask("check");
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      if (mine !== turn) return;
      field.mark(found.problems);
      part(desk, "[data-verdict]", HTMLElement).innerHTML = found.verdict;
      status.textContent = "";
    } catch {
      status.textContent = words.lost;
    }
  }

  /** @type {HTMLButtonElement | null} */
  const preview = desk.querySelector("[data-preview-button]");
  preview?.addEventListener("click", async (event) => {
    event.preventDefault();
    const shown = part(desk, "[data-lesson-preview]", HTMLElement);
    const answer = await ask("preview");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const lesson = page.getElementById("lesson");
    if (!lesson) {
      check();
      return;
    }
    for (const form of lesson.querySelectorAll("form")) form.replaceWith(...form.childNodes);
    for (const each of lesson.querySelectorAll("input, select, button")) each.toggleAttribute("disabled", true);
    // The ids in it are not to be those of the page around it.
    for (const name of ["id", "for", "aria-labelledby", "aria-describedby"])
      for (const each of lesson.querySelectorAll(`[${name}]`)) {
        const ids = each.getAttribute(name)?.split(" ") ?? [];
        each.setAttribute(name, ids.map((id) => `preview-${id}`).join(" "));
      }
    for (const link of lesson.querySelectorAll('a[href^="#"]'))
      link.setAttribute("href", `#preview-${link.getAttribute("href")?.slice(1)}`);
    for (const title of lesson.querySelectorAll("h1")) {
      const two = document.createElement("h3");
      two.append(...title.childNodes);
      two.id = title.id;
      title.replaceWith(two);
    }
    const top = shown.scrollTop;
    shown.replaceChildren(lesson);
    shown.scrollTop = top;
    check();
  });

  desk.addEventListener("click", (event) => {
    const line = around(event, "[data-line]", HTMLElement);
    if (line) {
      event.preventDefault();
      field.goTo(Number(line.dataset.line));
    }
  });
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
    if (area.value !== opened && !left) event.preventDefault();
  });
  preview?.click();
}
