// A lesson with a script: the place is kept, time counts down, checks answer at once, words explain themselves.
// Everything here is a convenience; the page does all of it without.
const lesson = document.getElementById("lesson");
const url = lesson.dataset.readUrl;
const token = document.querySelector('input[name="csrf_token"]')?.value;
const sections = [...document.querySelectorAll(".lesson-section")];
const entries = (id) => document.querySelectorAll(`.contents-list a[href="#${CSS.escape(id)}"]`);

// ---- Where the reader is, and what was read
const words = new Map(sections.map((s) => [s, Number(s.dataset.words) || 1]));
const total = [...words.values()].reduce((a, b) => a + b, 0) || 1;
const isRead = (s) => s.querySelector(".mark-read")?.hasAttribute("data-done");
const seconds = new Map();
let here = null;

function send(data) {
  if (!url || !token) return;
  fetch(url, { method: "POST", keepalive: true, headers: { "X-Requested-With": "fetch" }, body: new URLSearchParams({ csrf_token: token, ...data }) }).catch(() => {});
}

function countDown() {
  let left = 0;
  for (const s of sections) {
    if (isRead(s)) continue;
    const { top, height } = s.getBoundingClientRect();
    const passed = Math.min(Math.max((innerHeight * 0.6 - top) / (height || 1), 0), 0.95);
    left += words.get(s) * (1 - passed);
  }
  const minutes = left ? Math.max(1, Math.round((lesson.dataset.minutes * left) / total)) : 0;
  const text = minutes > 1 ? lesson.dataset.leftMany.replace("%d", minutes) : minutes ? lesson.dataset.leftOne : lesson.dataset.leftNone;
  for (const node of document.querySelectorAll("[data-left]")) if (node.textContent !== text) node.textContent = text;
}

function showRead(section) {
  const form = section.querySelector(".mark-read");
  if (!form || isRead(section)) return;
  form.setAttribute("data-done", "");
  const icon = document.querySelector(".contents-tick svg").cloneNode(true);
  const mark = Object.assign(document.createElement("p"), { className: "read-mark" });
  icon.setAttribute("aria-hidden", "true");
  mark.append(icon, document.querySelector(".contents-tick svg").getAttribute("aria-label"));
  form.querySelector("button").replaceWith(mark);
  for (const a of entries(section.id)) a.parentElement.classList.add("is-read");
  countDown();
}

const seen = new IntersectionObserver((changes) => {
  for (const change of changes) change.target.onScreen = change.isIntersecting;
  const current = sections.find((s) => s.onScreen) || null;
  if (current === here) return;
  here = current;
  for (const a of document.querySelectorAll(".contents-list a")) a.removeAttribute("aria-current");
  if (!here) return;
  for (const a of entries(here.id)) a.setAttribute("aria-current", "location");
  document.querySelector("[data-here]").textContent = here.querySelector("h2").textContent.trim();
}, { rootMargin: "-30% 0px -60% 0px" });
sections.forEach((s) => seen.observe(s));

const ends = new IntersectionObserver((changes) => {
  for (const change of changes) if (change.isIntersecting) change.target.closest("section").endSeen = true;
}, { rootMargin: "0px 0px -15% 0px" });
for (const s of sections) { const form = s.querySelector(".mark-read"); if (form) ends.observe(form); }

// A section counts as read when its end was seen and it was on screen for a third of the time its words take.
let place = null;
setInterval(() => {
  if (document.hidden) return;
  countDown();
  for (const s of sections) {
    const { top, bottom } = s.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight || isRead(s)) continue;
    seconds.set(s, (seconds.get(s) || 0) + 1);
    if (url && s.endSeen && seconds.get(s) >= words.get(s) / 10) { showRead(s); send({ section: s.id, place: (here || s).id }); place = here; }
  }
  if (here && here !== place && (seconds.get(here) || 0) >= 4) { place = here; send({ place: here.id }); }
}, 1000);

if (url) lesson.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches(".mark-read")) { event.preventDefault(); const s = form.closest("section"); showRead(s); send({ section: s.id }); }
  if (form.matches(".mark-all")) { event.preventDefault(); sections.forEach(showRead); send({ section: "all" }); form.remove(); }
});

// ---- Checks answer in their place
async function swap(check, request) {
  try {
    const answer = await fetch(request);
    if (!answer.ok) return false;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const fresh = holder.content.querySelector("[data-check]");
    check.replaceWith(fresh);
    (fresh.querySelector("[data-focus]") || fresh.querySelector("input:not([type=hidden]), select, textarea"))?.focus({ preventScroll: true });
    fresh.dispatchEvent(new CustomEvent("fragment", { bubbles: true }));
    return true;
  } catch { return false; }
}
const headers = { "X-Requested-With": "fetch" };
lesson.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-check-form]");
  if (!form) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  if (!(await swap(form.closest("[data-check]"), new Request(form.action.split("#")[0], { method: "POST", headers, body })))) form.submit();
});
lesson.addEventListener("click", async (event) => {
  const again = event.target.closest("[data-again]");
  if (!again) return;
  event.preventDefault();
  if (!(await swap(again.closest("[data-check]"), new Request(again.dataset.again, { headers })))) location.assign(again.href);
});

// ---- Terms and sources beside the word
const card = Object.assign(document.createElement("div"), { className: "card-pop", id: "card-pop" });
card.setAttribute("popover", "manual");
lesson.append(card);
let owner = null, timer = 0;

function content(link) {
  const target = document.getElementById(link.hash.slice(1));
  if (!target) return null;
  const piece = document.createDocumentFragment();
  if (link.matches(".term")) {
    const name = document.createElement("strong");
    name.textContent = target.querySelector("dt").textContent;
    piece.append(name, ...target.querySelector("dd").cloneNode(true).childNodes);
  } else {
    piece.append(target.querySelector(".source-claim").textContent, " ", target.querySelector(".firmness").cloneNode(true));
  }
  return piece;
}
function show(link) {
  const piece = content(link);
  if (!piece || !card.showPopover) return false;
  clearTimeout(timer);
  owner = link;
  card.replaceChildren(piece);
  card.showPopover();
  const at = link.getBoundingClientRect(), box = card.getBoundingClientRect();
  card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
  card.style.top = `${at.bottom + 8 + box.height > innerHeight ? Math.max(8, at.top - box.height - 8) : at.bottom + 8}px`;
  return true;
}
function hide() { if (owner) { owner = null; card.hidePopover(); } }
const later = () => { clearTimeout(timer); timer = setTimeout(hide, 220); };
const words_ = "a.term, .cite a, a.cite";

for (const link of lesson.querySelectorAll("a.term")) {
  const text = document.getElementById(`${link.hash.slice(1)}-text`);
  if (text) link.setAttribute("aria-describedby", text.id);
}
lesson.addEventListener("focusin", (e) => { const a = e.target.closest(words_); if (a && a.matches(":focus-visible")) show(a); });
lesson.addEventListener("focusout", (e) => { if (e.target.closest(words_)) later(); });
lesson.addEventListener("pointerover", (e) => { const a = e.target.closest(words_); if (a && e.pointerType === "mouse") show(a); else if (e.target.closest(".card-pop")) clearTimeout(timer); });
lesson.addEventListener("pointerout", (e) => { if (e.pointerType === "mouse" && (e.target.closest(words_) || e.target.closest(".card-pop"))) later(); });
lesson.addEventListener("click", (e) => {
  const a = e.target.closest("a.term");
  if (a && a.hash && (owner === a && e.pointerType !== "mouse" ? (hide(), true) : show(a))) e.preventDefault();
  else if (!e.target.closest(".card-pop, .cite")) hide();
});
addEventListener("keydown", (e) => { if (e.key === "Escape") hide(); });
addEventListener("scroll", hide, { passive: true });

// ---- Small things
for (const node of document.querySelectorAll("[data-print]")) { node.hidden = false; node.querySelector("button").onclick = () => print(); }
document.querySelector(".contents-top nav")?.addEventListener("click", (e) => { if (e.target.closest("a")) e.target.closest("details").open = false; });
countDown();
