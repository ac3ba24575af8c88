// The text of a file: colours, problems at their lines while one writes, and lessons previewed beside their text.
import { schemaAt, yamlField } from "./yaml-field.js";

const desk = document.querySelector("[data-file]");
if (desk) start(desk);

async function start(desk) {
  const part = (name) => desk.querySelector(`[data-${name}]`);
  const area = part("code"),
    status = part("status"),
    words = desk.dataset;
  const opened = area.value;
  let schema = null,
    timer = 0,
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
  if (Number(words.goto)) field.goTo(Number(words.goto));

  async function ask(action) {
    const data = new FormData(desk);
    data.set("action", action);
    return fetch(desk.getAttribute("action"), {
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
      part("verdict").innerHTML = found.verdict;
      status.textContent = "";
    } catch {
      status.textContent = words.lost;
    }
  }

  const shown = part("lesson-preview");
  part("preview-button")?.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await ask("preview");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const lesson = page.getElementById("lesson");
    if (!lesson) {
      check();
      return;
    }
    for (const form of lesson.querySelectorAll("form")) form.replaceWith(...form.childNodes);
    for (const each of lesson.querySelectorAll("input, select, button")) each.disabled = true;
    for (const each of lesson.querySelectorAll("[id]")) each.id = `preview-${each.id}`;
    for (const each of lesson.querySelectorAll("[for]")) each.htmlFor = `preview-${each.htmlFor}`;
    for (const name of ["aria-labelledby", "aria-describedby"])
      for (const each of lesson.querySelectorAll(`[${name}]`))
        each.setAttribute(
          name,
          each
            .getAttribute(name)
            .split(" ")
            .map((id) => `preview-${id}`)
            .join(" "),
        );
    for (const link of lesson.querySelectorAll('a[href^="#"]'))
      link.setAttribute("href", `#preview-${link.getAttribute("href").slice(1)}`);
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
    const line = event.target.closest("[data-line]");
    if (line) {
      event.preventDefault();
      field.goTo(Number(line.dataset.line));
    }
  });
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      part("save")?.click();
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
  if (part("preview-button")) part("preview-button").click();
}
