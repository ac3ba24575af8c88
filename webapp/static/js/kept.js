// Pages of an attempt that were kept for the time without a network: brought up to date with what was answered since,
// and fetched in the first place. Also the list on the page for what is not kept.
import { belongs, record, records } from "./outbox.js";
import { address, resume } from "./save.js";

const { reader, copy } = document.documentElement.dataset;

// Whether this page is a kept copy, shown because the network didn't answer.
export const isCopy = Boolean(copy);

const given = (entry) => entry.fields.some(([name, value]) => name.startsWith("answer-") && value !== "");

// The attempt's own part of an address: "/attempts/7" of "/attempts/7/questions/3".
export const attemptOf = (path) => path.match(/^\/attempts\/\d+/)?.[0];

const mine = (entry) => entry && belongs(entry, reader) && entry.state !== "closed";

// Puts an answer into a form as if it had been given there.
function fill(form, fields) {
  const left = new Map();
  for (const [name, value] of fields) left.set(name, [...(left.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!/^(answer-|certainty$)/.test(field.name) || field.type === "submit") continue;
    const values = left.get(field.name) ?? [];
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = values.shift() ?? "";
  }
  // The list of an ordering question stands in the order of its menus.
  for (const list of form.querySelectorAll("[data-ordering-list]")) {
    const place = (item) => Number(item.querySelector("select").value) || 0;
    list.append(...[...list.children].sort((one, other) => place(one) - place(other)));
  }
}

// Puts the answer that is kept for this form into it, unless somebody has begun another (`touched`). Gives its record.
export async function restore(form, touched) {
  const entry = await record(address(form));
  const newer = isCopy && entry?.sequence >= Number(form.elements.sequence.value);
  if (!mine(entry) || (entry.state === "saved" && !newer) || touched()) return null;
  fill(form, entry.fields);
  form.elements.sequence.value = entry.sequence;
  if (entry.state !== "saved") resume(form, entry);
  return entry;
}

// Marks in the map and the counts of a kept question page what was answered since.
export async function refresh(form) {
  const from = attemptOf(address(form));
  for (const entry of await records()) {
    if (!mine(entry) || !given(entry) || attemptOf(entry.address) !== from) continue;
    const position = entry.address.split("/").pop();
    const item = form.querySelector(`[value="goto:${position}"]`);
    if (!item || item.classList.contains("is-answered")) continue;
    item.classList.add("is-answered");
    item.lastElementChild.textContent = `, ${form.dataset.answered}`;
    const bar = form.querySelector(`.quiz-progress rect:nth-child(${position})`);
    if (bar.classList.contains("left")) bar.setAttribute("class", "done");
  }
  const count = form.querySelector("[data-count]");
  count.textContent = count.dataset.count.replace("{n}", form.querySelectorAll(".quiz-map .is-answered").length);
}

// The same for a kept summary; and what is said there instead of handing in.
export async function refreshSummary(summary) {
  const rows = [...summary.querySelectorAll("[data-position]")];
  for (const entry of await records()) {
    if (!mine(entry) || attemptOf(entry.address) !== attemptOf(location.pathname)) continue;
    const row = rows.find((each) => each.dataset.position === entry.address.split("/").pop());
    if (!row || !(given(entry) && (isCopy || entry.state !== "saved"))) continue;
    row.toggleAttribute("data-answered", true);
    row.replaceChildren(
      summary.querySelector(`template[data-${entry.state === "saved" ? "saved" : "kept"}]`).content.cloneNode(true),
    );
  }
  if (!isCopy) return;
  const lead = summary.querySelector("[data-lead]");
  const answered = rows.filter((row) => row.hasAttribute("data-answered")).length;
  lead.textContent = lead.dataset.lead.replace("{n}", answered).replace("{total}", rows.length);
}

// Where a button of a question page leads, or null for what only the server can do.
export function destination(form, action) {
  const here = address(form);
  const from = attemptOf(here);
  const position = Number(here.split("/").pop());
  const [what, argument] = action.split(":");
  const to = { next: position + 1, previous: position - 1, goto: Number(argument) }[what];
  if (what === "summary" || (what === "next" && !form.querySelector(`[value="goto:${to}"]`))) return `${from}/summary`;
  return to ? `${from}/questions/${to}` : null;
}

// Keeps all pages of the attempt, once; some kilobytes, when nothing else is going on.
export async function keepPaper() {
  if (!("caches" in window) || !navigator.serviceWorker || isCopy) return;
  await navigator.serviceWorker.ready;
  const from = attemptOf(location.pathname);
  const cache = await caches.open(`pages-${reader}`);
  if (await cache.match(`${from}/paper`)) return;
  const response = await fetch(`${from}/paper`, { priority: "low" });
  // Somebody else may have signed in, in another tab, since this page came.
  if (!response.ok || response.headers.get("Reader") !== reader) return;
  const { pages } = await response.json();
  const headers = new Headers(response.headers);
  headers.set("Content-Type", "text/html; charset=utf-8");
  headers.set("Kept-At", Date.now());
  for (const name of ["Content-Length", "Content-Encoding"]) headers.delete(name);
  for (const [path, html] of Object.entries(pages)) await cache.put(path, new Response(html, { headers }));
  if (Object.keys(pages).length) await cache.put(`${from}/paper`, new Response("kept"));
}

// Lists what can be opened: lessons, and the question where somebody was.
export async function listKept(section) {
  const found = new Map(); // what it belongs to → {path, title, at}
  const site = ` – ${document.querySelector(".brand-name").textContent}`;
  for (const name of await caches.keys()) {
    if (!name.startsWith("pages-")) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const path = new URL(request.url).pathname;
      const response = await cache.match(request);
      const title = new DOMParser().parseFromString(await response.text(), "text/html").title.replace(site, "");
      const at = Number(response.headers.get("Kept-At"));
      const group = attemptOf(path) ?? path;
      if (title && !path.endsWith("/summary") && !(found.get(group)?.at >= at)) found.set(group, { path, title, at });
    }
  }
  const paths = [...found.values()].sort((one, other) => one.path.localeCompare(other.path));
  section.querySelector("ul").append(
    ...paths.map(({ path, title }) => {
      const link = Object.assign(document.createElement("a"), { href: path, textContent: title });
      const item = document.createElement("li");
      item.append(link);
      return item;
    }),
  );
  section.hidden = !paths.length;
}
