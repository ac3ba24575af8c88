// A lesson with a script: the place is kept, time counts down, checks answer at once, words explain themselves.
// All of it is a convenience; the page does without.
import "./cards.js";

const lesson = document.getElementById("lesson");
const { readUrl, minutes, leftOne, leftMany, leftNone, leftEnd } = lesson.dataset;
const token = lesson.querySelector('input[name="csrf_token"]')?.value;
const sections = [...lesson.querySelectorAll(".lesson-section")];
const stops = [...lesson.querySelectorAll(".contents-side a")].map((a) => document.getElementById(a.hash.slice(1)));
const entries = (id) => lesson.querySelectorAll(`.contents-list a[href="#${CSS.escape(id)}"]`);
const words = (s) => Number(s.dataset.words) || 1;
const total = sections.reduce((sum, s) => sum + words(s), 0) || 1;
const form = (s) => s.querySelector(".mark-read");
const isRead = (s) => form(s).hasAttribute("data-done");
const headers = { "X-Requested-With": "fetch" };

// ---- What was read, and what is left
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
    left += words(s) * (1 - Math.min(Math.max((innerHeight * 0.6 - top) / (height || 1), 0), 1));
  }
  const time = Math.max(1, Math.round((minutes * left) / total));
  const text = sections.every(isRead)
    ? leftNone
    : left < 1
      ? leftEnd
      : time > 1
        ? leftMany.replace("%d", time)
        : leftOne;
  for (const node of lesson.querySelectorAll("[data-left]")) if (node.textContent !== text) node.textContent = text;
}

function showRead(section) {
  if (isRead(section)) return;
  form(section).setAttribute("data-done", "");
  form(section).querySelector("button").replaceWith(lesson.querySelector("#read-mark").content.cloneNode(true));
  for (const a of entries(section.id)) a.parentElement.classList.add("is-read");
  countDown();
}

// ---- Where the reader is
let here = null,
  place = null;
const onScreen = new Set();
const looking = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes) onScreen[isIntersecting ? "add" : "delete"](target);
    const now = stops.find((s) => onScreen.has(s));
    if (!now || now === here) return;
    here = now;
    for (const a of lesson.querySelectorAll(".contents-list [aria-current]")) a.removeAttribute("aria-current");
    for (const a of entries(here.id)) a.setAttribute("aria-current", "location");
    lesson.querySelector("[data-here]").textContent = entries(here.id)[0].textContent;
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
const seconds = new Map();
setInterval(() => {
  if (document.hidden) return;
  countDown();
  for (const s of sections) {
    const { top, bottom } = s.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) continue;
    seconds.set(s, (seconds.get(s) || 0) + 1);
    if (readUrl && ended.has(s) && !isRead(s) && seconds.get(s) >= words(s) / 10) {
      showRead(s);
      send({ section: s.id, place: (place = s).id });
    }
  }
  if (sections.includes(here) && here !== place && seconds.get(here) >= 4) send({ place: (place = here).id });
}, 1000);

// ---- Checks answer in their place
const away = document.querySelector("[data-offline-note]").dataset.away;

// False when the page itself has to go on. Without a network the check stays as it is, and says so.
async function swap(check, address, request) {
  try {
    const answer = await fetch(address, { headers, ...request });
    if (!answer.ok) return false;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const fresh = holder.content.querySelector("[data-check]");
    check.replaceWith(fresh);
    (fresh.querySelector("[data-focus]") || fresh.querySelector("input:not([type=hidden]), select"))?.focus({
      preventScroll: true,
    });
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
  const sent = event.target;
  if (sent.matches("[data-check-form]")) {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(sent, event.submitter));
    if (!(await swap(sent.closest("[data-check]"), sent.action.split("#")[0], { method: "POST", body }))) sent.submit();
  } else if (readUrl) {
    event.preventDefault();
    const all = sent.matches(".mark-all");
    (all ? sections : [sent.closest("section")]).forEach(showRead);
    send({ section: sent.elements.section.value });
    if (all) sent.remove();
  }
});

lesson.addEventListener("click", async (event) => {
  const again = event.target.closest("[data-again]");
  if (again) {
    event.preventDefault();
    if (!(await swap(again.closest("[data-check]"), again.dataset.again))) location.assign(again.href);
  } else if (event.target.closest("[data-print]")) print();
  else if (event.target.closest(".contents-top a")) lesson.querySelector(".contents-top").open = false;
});

lesson.querySelector("[data-print]").hidden = false;
countDown();
