// The desk of a question or a quiz: form, YAML and preview follow each other. Every change is sent to the server, which
// does what it would do for the buttons of the page; without this module those buttons do it.
import { schemaAt, yamlField } from "./yaml-field.js";

const desk = document.querySelector("[data-desk]");
if (desk) start(desk);

async function start(desk) {
  const part = (name) => desk.querySelector(`[data-${name}]`);
  const area = part("code"),
    base = part("base"),
    status = part("status");
  const words = desk.dataset;
  let schema = null;
  schemaAt(words.schema).then((found) => {
    schema = found;
  });
  document.documentElement.classList.add("scripted");

  let timer = 0,
    running = null,
    again = null,
    left = false;
  let touched = area.value !== desk.elements.opened.value && desk.elements.opened.value !== "";
  const yaml = await yamlField(area, {
    schema: () => schema,
    changed: () => {
      touched = true;
      later(600);
    },
  });

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(() => send("sync"), wait);
  }

  /** Sends the page as it is; `action` is the button that is meant. One request at a time, the last one wins. */
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
    running = fetch(desk.getAttribute("action"), {
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

  function show(answer, asked, action) {
    const typedOn = stamp() !== asked;
    const form = part("form");
    form.inert = answer.broken;
    desk.querySelector("[data-form-waits]").hidden = !answer.broken;
    if (!typedOn) {
      if (!answer.both && !answer.broken) {
        yaml.set(answer.yaml);
        base.value = answer.base;
      }
      if (answer.form !== null) replace(form, answer.form, answer.focus);
      yaml.mark(answer.problems);
      complain(form, answer);
    }
    replace(part("preview"), answer.preview);
    replace(part("verdict"), answer.verdict);
    if (action === "grade")
      part("preview").querySelector("[role=status], [role=alert]")?.scrollIntoView({ block: "nearest" });
    if (answer.type && desk.elements.form_type && words.type !== answer.type) {
      words.type = answer.type;
      schemaAt(words.schemas + answer.type).then((found) => {
        schema = found;
      });
    }
    if (typedOn) later(300);
  }

  function complain(form, answer) {
    // Old complaints go with the first good answer; new ones stand in the bar and at the lines of the YAML.
    if (answer.form === null && !answer.problems.length)
      for (const bad of form.querySelectorAll(".field-error")) bad.remove();
  }

  /** Puts a piece of the page in place of the old one and keeps the focus where it was. */
  function replace(target, html, focus = "") {
    const active = document.activeElement;
    const inside = target.contains(active);
    const id = inside ? active.id : "",
      name = inside ? active.name : "",
      value = inside ? active.value : "";
    const opened = new Set([...target.querySelectorAll("details[open]")].map(summaryOf));
    const wasThere = target.childElementCount > 0;
    target.innerHTML = html;
    if (wasThere)
      for (const each of target.querySelectorAll("details:not([open])"))
        if (opened.has(summaryOf(each))) each.open = true;
    if (focus) return focusOn(focus);
    if (!inside) return;
    const found =
      (id && document.getElementById(id)) ||
      (name && [...target.querySelectorAll(`[name="${CSS.escape(name)}"]`)].find((each) => each.value === value));
    found?.focus({ preventScroll: true });
  }
  const summaryOf = (details) => details.querySelector("summary")?.textContent.replace(/\d+/g, "").trim();

  function focusOn(id) {
    const [row, verb] = id.split(":");
    const button = verb && document.getElementById(id);
    const item = document.getElementById(row);
    const field =
      button && !button.disabled
        ? button
        : verb
          ? item?.querySelector(".row-button:not([disabled])")
          : (item?.querySelector("textarea, input:not([type=hidden]), select") ?? item);
    field?.focus();
    item?.scrollIntoView({ block: "nearest" });
  }

  desk.addEventListener("input", (event) => {
    if (event.target.closest(".code-box")) return;
    if (event.target.name?.startsWith("q.")) {
      touched = true;
      later(event.target.type === "checkbox" || event.target.tagName === "SELECT" ? 60 : 500);
    }
    if (event.target.name === "file") later(60);
  });
  desk.addEventListener("click", (event) => {
    const line = event.target.closest("[data-line]");
    if (line) {
      event.preventDefault();
      yaml.goTo(Number(line.dataset.line));
      return;
    }
    const button = event.target.closest("button[name=action]");
    if (!button || event.defaultPrevented) return;
    const verb = button.value.split(":")[0];
    if (["save", "confirm", "over"].includes(verb)) {
      left = true;
      return;
    }
    event.preventDefault();
    if (button.hasAttribute("data-clear-answer"))
      for (const field of part("preview").querySelectorAll("input[name^='answer-'], select[name^='answer-']"))
        field.remove();
    if (["add", "remove", "up", "down"].includes(verb)) touched = true;
    send(button.value);
  });
  // Alt with an arrow moves the row in which one writes.
  desk.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      part("save")?.click();
    }
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key) || event.target.closest(".code-box")) return;
    const row = event.target.closest(".row");
    const button =
      row?.querySelector(`[value="${event.key === "ArrowUp" ? "up" : "down"}:${CSS.escape(row.id)}"]`) ??
      (row && document.getElementById(`${row.id}:${event.key === "ArrowUp" ? "up" : "down"}`));
    if (button && !button.disabled) {
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
  if (area.value.trim() && desk.elements.opened.value) send("sync");
}
