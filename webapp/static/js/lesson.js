// A lesson with a script: the place is kept, time counts down, checks answer at once, words explain themselves.
// All of it is a convenience; the page does without.
import "./cards.js";
import "./handled.js";
import { around, part, wordsOf } from "./parts.js";

const lesson = part(document, "#lesson", HTMLElement);
const { readUrl, minutes, leftOne, leftMany, leftNone, leftEnd } = wordsOf(lesson);
/** @type {HTMLInputElement | null} */
const tokenField = lesson.querySelector('input[name="csrf_token"]');
const token = tokenField?.value ?? "";
/** @type {NodeListOf<HTMLElement>} */
const found = lesson.querySelectorAll(".lesson-section");
const sections = [...found];
/** @type {NodeListOf<HTMLAnchorElement>} */
const contents = lesson.querySelectorAll(".contents-side a");
const stops = [...contents].map((a) => document.getElementById(a.hash.slice(1))).filter((stop) => stop !== null);
/** @param {string} id @returns {NodeListOf<HTMLAnchorElement>} */
const entries = (id) => lesson.querySelectorAll(`.contents-list a[href="#${CSS.escape(id)}"]`);
/** @param {HTMLElement} s */
const words = (s) => Number(s.dataset.words) || 1;
const total = sections.reduce((sum, s) => sum + words(s), 0) || 1;
/** @param {HTMLElement} s */
const form = (s) => part(s, ".mark-read", HTMLFormElement);
/** @param {HTMLElement} s */
const isRead = (s) => form(s).hasAttribute("data-done");
const headers = { "X-Requested-With": "fetch" };
/** @type {Map<HTMLElement, number>} how long each was on screen */
const seconds = new Map();

// ---- What was read, and what is left
/** @param {Record<string, string>} data */
const send = (data) =>
  readUrl &&
  fetch(readUrl, {
    method: "POST",
    keepalive: true,
    headers,
    body: new URLSearchParams({ csrf_token: token, ...data }),
  }).catch(() => {});

function countDown() {
  let left = 0;
  for (const s of sections) {
    if (isRead(s)) continue;
    const { top, height } = s.getBoundingClientRect();
    // What lies above without having been on screen was jumped over, as by "Go on": home counts it as unread, too.
    const past = seconds.has(s) ? Math.min(Math.max((innerHeight * 0.6 - top) / (height || 1), 0), 1) : 0;
    left += words(s) * (1 - past);
  }
  const time = Math.max(1, Math.round((Number(minutes) * left) / total));
  const text = sections.every(isRead)
    ? leftNone
    : left < 1
      ? leftEnd
      : time > 1
        ? leftMany.replace("%d", String(time))
        : leftOne;
  for (const node of lesson.querySelectorAll("[data-left]")) if (node.textContent !== text) node.textContent = text;
}

/** @param {HTMLElement} section */
function showRead(section) {
  if (isRead(section)) return;
  form(section).setAttribute("data-done", "");
  const mark = part(lesson, "#read-mark", HTMLTemplateElement);
  part(form(section), "button", HTMLButtonElement).replaceWith(mark.content.cloneNode(true));
  for (const a of entries(section.id)) a.parentElement?.classList.add("is-read");
  countDown();
}

// ---- Where the reader is
/** @type {HTMLElement | null} */
let here = null; // what is in the middle of the screen
/** @type {HTMLElement | null} */
let place = null; // where the server knows the reader to be
const onScreen = new Set();
const looking = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes) onScreen[isIntersecting ? "add" : "delete"](target);
    const now = stops.find((s) => onScreen.has(s));
    if (!now || now === here) return;
    here = now;
    for (const a of lesson.querySelectorAll(".contents-list [aria-current]")) a.removeAttribute("aria-current");
    for (const a of entries(here.id)) a.setAttribute("aria-current", "location");
    part(lesson, "[data-here]", HTMLElement).textContent = entries(here.id)[0].textContent;
  },
  { rootMargin: "-30% 0px -60% 0px" },
);
stops.forEach((s) => looking.observe(s));

const ended = new Set();
const ends = new IntersectionObserver(
  (changes) => {
    for (const change of changes) if (change.isIntersecting) ended.add(change.target.closest("section"));
  },
  { rootMargin: "0px 0px -15% 0px" },
);
sections.forEach((s) => ends.observe(form(s)));

// A section counts as read when its end was seen and it was on screen for a third of the time its words take.
setInterval(() => {
  if (document.hidden) return;
  countDown();
  for (const s of sections) {
    const { top, bottom } = s.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) continue;
    const seen = (seconds.get(s) ?? 0) + 1;
    seconds.set(s, seen);
    if (readUrl && ended.has(s) && !isRead(s) && seen >= words(s) / 10) {
      showRead(s);
      place = s;
      send({ section: s.id, place: s.id });
    }
  }
  if (here && sections.includes(here) && here !== place && (seconds.get(here) ?? 0) >= 4) {
    place = here;
    send({ place: here.id });
  }
}, 1000);

// ---- Checks answer in their place
const { away } = wordsOf(part(document, "[data-offline-note]", HTMLElement));

/**
 * False when the page itself has to go on. Without a network the check stays as it is, and says so.
 * @param {HTMLElement} check
 * @param {string} address
 * @param {RequestInit} [request]
 */
async function swap(check, address, request) {
  try {
    const answer = await fetch(address, { headers, ...request });
    if (!answer.ok) return false;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const fresh = part(holder.content, "[data-check]", HTMLElement);
    check.replaceWith(fresh);
    /** @type {HTMLElement | null} */
    const next = fresh.querySelector("[data-focus]") ?? fresh.querySelector("input:not([type=hidden]), select");
    next?.focus({ preventScroll: true });
    fresh.dispatchEvent(new CustomEvent("fragment", { bubbles: true }));
    return true;
  } catch {
    check.querySelector("[data-away]")?.remove();
    const said = Object.assign(document.createElement("p"), { className: "field-error", textContent: away });
    said.setAttribute("role", "alert");
    said.dataset.away = "";
    check.append(said);
    return true;
  }
}

lesson.addEventListener("submit", async (event) => {
  const sent = around(event, "form", HTMLFormElement);
  if (!sent) return;
  const check = around(event, "[data-check]", HTMLElement);
  const section = around(event, "section", HTMLElement);
  if (check && sent.matches("[data-check-form]")) {
    event.preventDefault();
    const fields = [...new FormData(sent, event.submitter)];
    const body = new URLSearchParams(fields.map(([name, value]) => [name, String(value)]));
    if (!(await swap(check, sent.action.split("#")[0], { method: "POST", body }))) sent.submit();
  } else if (readUrl) {
    event.preventDefault();
    const all = sent.matches(".mark-all");
    if (all) sections.forEach(showRead);
    else if (section) showRead(section);
    send({ section: part(sent, '[name="section"]', HTMLInputElement).value });
    if (all) sent.remove();
  }
});

// What was said about an empty answer holds no longer once there is one.
lesson.addEventListener("input", (event) => {
  around(event, "[data-check]", HTMLElement)?.querySelector("[data-blank]")?.remove();
});

lesson.addEventListener("click", async (event) => {
  const again = around(event, "[data-again]", HTMLAnchorElement);
  const check = around(event, "[data-check]", HTMLElement);
  if (again && check) {
    event.preventDefault();
    if (!(await swap(check, wordsOf(again).again))) location.assign(again.href);
  } else if (around(event, "[data-print]", HTMLElement)) print();
  else if (around(event, ".contents-top a", HTMLElement))
    part(lesson, ".contents-top", HTMLDetailsElement).open = false;
});

part(lesson, "[data-print]", HTMLElement).hidden = false;
countDown();
