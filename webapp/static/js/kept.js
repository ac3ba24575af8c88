// Pages of an attempt that were kept for the time without a network: brought up to date with what was answered since,
// and fetched in the first place. Also the list on the page for what is not kept.
import { PAGES, attemptOf, belongs, record, records } from "./outbox.js";
import { part, wordsOf } from "./parts.js";
import { address, field, resume } from "./save.js";

/** @typedef {import("./outbox.js").Entry} Entry */

const { reader, copy } = wordsOf(document.documentElement);

// Whether this page is a kept copy, shown because the network didn't answer.
export const isCopy = Boolean(copy);

/** @typedef {"answered" | "unreadable" | "open"} State - of a question; what can't be read is not answered yet */

/** @param {Iterable<[string, FormDataEntryValue]>} sent - the fields of an answer @returns {State} */
export function stateOf(sent) {
  const fields = [...sent];
  if (!fields.some(([name, value]) => name.startsWith("answer-") && value !== "")) return "open";
  return fields.some(([name]) => name === "unread") ? "unreadable" : "answered";
}

/** @param {Entry} entry */
const mine = (entry) => belongs(entry, reader) && entry.state !== "closed";

/**
 * The number of an entry's question, as text.
 * @param {Entry} entry
 */
const positionOf = (entry) => entry.address.split("/").pop() ?? "";

/** @param {Element} each */
const isField = (each) =>
  each instanceof HTMLInputElement || each instanceof HTMLSelectElement || each instanceof HTMLTextAreaElement;

/**
 * Puts an answer into a form as if it had been given there.
 * @param {HTMLFormElement} form
 * @param {import("./outbox.js").Fields} fields
 */
function fill(form, fields) {
  /** @type {Map<string, string[]>} */
  const left = new Map();
  for (const [name, value] of fields) left.set(name, [...(left.get(name) ?? []), value]);
  for (const control of form.elements) {
    if (!isField(control)) continue;
    if (!/^(answer-|certainty$)/.test(control.name) || control.type === "submit") continue;
    const values = left.get(control.name) ?? [];
    if (control instanceof HTMLInputElement && ["radio", "checkbox"].includes(control.type))
      control.checked = values.includes(control.value);
    else control.value = values.shift() ?? "";
  }
  // The list of an ordering question stands in the order of its menus.
  for (const list of form.querySelectorAll("[data-ordering-list]")) {
    /** @param {Element} item */
    const place = (item) => Number(part(item, "select", HTMLSelectElement).value) || 0;
    list.append(...[...list.children].sort((one, other) => place(one) - place(other)));
  }
  // What stands for these fields on the page, or beside them, follows.
  form.dispatchEvent(new Event("filled", { bubbles: true }));
}

/**
 * Puts the answer that is kept for this form into it, unless somebody has begun another (`touched`). Gives its record.
 * @param {HTMLFormElement} form
 * @param {() => boolean} touched
 * @param {boolean} fromHere - whether the form comes from a kept page, which may be older than what was saved since
 */
export async function restore(form, touched, fromHere = isCopy) {
  const entry = await record(address(form));
  if (!entry || !mine(entry)) return null;
  const sequence = field(form, "sequence");
  const newer = fromHere && entry.sequence >= Number(sequence.value);
  if ((entry.state === "saved" && !newer) || touched()) return null;
  fill(form, entry.fields);
  sequence.value = String(entry.sequence);
  if (entry.state !== "saved") resume(form, entry);
  return entry;
}

/**
 * Marks in the map and the counts of a kept question page what was answered since.
 * @param {HTMLFormElement} form
 */
export async function refresh(form) {
  const from = attemptOf(address(form));
  for (const entry of await records()) {
    if (!mine(entry) || stateOf(entry.fields) === "open" || attemptOf(entry.address) !== from) continue;
    mark(form, positionOf(entry), stateOf(entry.fields));
  }
}

/**
 * Shows in the map, the bar and the count what a question of the paper is now.
 * @param {HTMLFormElement} form
 * @param {string} position
 * @param {State} state
 */
export function mark(form, position, state) {
  /** @type {HTMLElement | null} */
  const item = form.querySelector(`[value="goto:${position}"]`);
  if (!item) return;
  item.classList.toggle("is-answered", state === "answered");
  item.classList.toggle("is-unreadable", state === "unreadable");
  const words = part(item, "span:last-of-type", HTMLElement);
  const { flagged } = item.dataset;
  words.textContent = `, ${wordsOf(form)[state]}${flagged ? `, ${flagged}` : ""}`;
  item.querySelector(".quiz-map-mark")?.remove();
  /** @type {HTMLTemplateElement | null} */
  const icon = form.querySelector(`template[data-mark="${state}"]`);
  if (icon) item.append(icon.content.cloneNode(true));
  const bar = part(form, `.quiz-progress rect:nth-child(${position})`, SVGElement);
  if (!bar.classList.contains("here")) bar.setAttribute("class", state === "answered" ? "done" : "left");
  const count = part(form, "[data-count]", HTMLElement);
  const answered = form.querySelectorAll(".quiz-map .is-answered").length;
  count.textContent = wordsOf(count).count.replace("{n}", String(answered));
}

/**
 * The same for a kept summary; and what is said there instead of handing in.
 * @param {HTMLElement} summary
 */
export async function refreshSummary(summary) {
  /** @type {NodeListOf<HTMLElement>} */
  const listed = summary.querySelectorAll("[data-position]");
  const rows = [...listed];
  for (const entry of await records()) {
    if (!mine(entry) || attemptOf(entry.address) !== attemptOf(location.pathname)) continue;
    const row = rows.find((each) => each.dataset.position === positionOf(entry));
    const state = stateOf(entry.fields);
    if (!row || state === "open" || !(isCopy || entry.state !== "saved")) continue;
    row.toggleAttribute("data-answered", state === "answered");
    const name = state === "unreadable" ? state : entry.state === "saved" ? "saved" : "kept";
    const badge = part(summary, `template[data-${name}]`, HTMLTemplateElement);
    row.replaceChildren(badge.content.cloneNode(true));
  }
  if (!isCopy) return;
  const lead = part(summary, "[data-lead]", HTMLElement);
  const answered = rows.filter((row) => row.hasAttribute("data-answered")).length;
  lead.textContent = wordsOf(lead).lead.replace("{n}", String(answered)).replace("{total}", String(rows.length));
  const open = rows.find((row) => !row.hasAttribute("data-answered"));
  const way = open?.closest("a");
  if (!open || !way) return;
  const back = part(summary, "a[data-back]", HTMLAnchorElement);
  back.href = way.href;
  part(back, "span", HTMLElement).textContent = wordsOf(back).back.replace("{n}", wordsOf(open).position);
}

/**
 * Whether there is a copy of a page to go to without a network.
 * @param {string} path
 */
export const isKept = async (path) =>
  "caches" in window && Boolean(await caches.match(path, { ignoreVary: true }).catch(() => null));

/** What stands in the cache for a paper that is kept: the step of each question, as its page knows it. */
/** @typedef {Record<string, number>} Steps */

/**
 * @typedef {object} Known - what a page from the server says of the paper
 * @property {string} here - its question
 * @property {number} step - of that
 * @property {number} others - the steps of all others
 * @property {string} edition - the language and so on of its pages
 */

/** @param {string} html - of a page @param {string} edition */
const isOf = (html, edition) => html.includes(` data-edition="${edition}"`);

/** @param {string} html - of a question page */
const stepIn = (html) => Number(html.match(/name="sequence" value="(\d+)"/)?.[1] ?? 0);

/**
 * Whether kept pages, with what was saved from here since, are as far as the server is.
 * @param {Steps} steps
 * @param {string} here - the question in view, whose page came from the server
 * @param {number} others - the steps of all others, as the server counts them
 */
async function isCurrent(steps, here, others) {
  let count = 0;
  for (const [path, step] of Object.entries(steps)) {
    const entry = await record(path);
    if (path !== here) count += Math.max(step, entry && mine(entry) ? entry.sequence : 0);
  }
  return count === others;
}

/**
 * Keeps all pages of the attempt: some kilobytes, as soon as there is a worker to show them. Whoever loses the network a
 * moment after the first question came has the others. They are fetched again when the paper went on elsewhere.
 * @param {Known | null} [server] - null where nothing is known
 */
export async function keepPaper(server = null) {
  if (!("caches" in window) || !navigator.serviceWorker || isCopy) return;
  const { active } = await navigator.serviceWorker.ready;
  const from = attemptOf(location.pathname);
  const cache = await caches.open(PAGES + reader);
  const marker = await cache.match(`${from}/paper`);
  if (marker) {
    /** @type {Steps | null} */
    const steps = await marker.json().catch(() => null);
    if (!server) return;
    const [other] = Object.keys(steps ?? {}).filter((path) => path !== server.here);
    const text = (await (await cache.match(other ?? server.here))?.text()) ?? "";
    if (steps && isOf(text, server.edition) && (await isCurrent(steps, server.here, server.others))) {
      const { here, step } = server;
      if (steps[here] !== step)
        await cache.put(`${from}/paper`, new Response(JSON.stringify({ ...steps, [here]: step })));
      return;
    }
  }
  const response = await fetch(`${from}/paper`, { priority: "low" });
  // Somebody else may have signed in, in another tab, since this page came.
  if (!response.ok || response.headers.get("Reader") !== reader) return;
  const { pages } = await response.json();
  const headers = new Headers(response.headers);
  headers.set("Content-Type", "text/html; charset=utf-8");
  headers.set("Kept-At", String(Date.now()));
  for (const name of ["Content-Length", "Content-Encoding"]) headers.delete(name);
  /** @type {Steps} */
  const steps = {};
  for (const [path, html] of Object.entries(/** @type {Record<string, string>} */ (pages))) {
    await cache.put(path, new Response(html, { headers }));
    if (!path.endsWith("/summary")) steps[path] = stepIn(html);
  }
  const paths = Object.keys(pages);
  if (paths.length) await cache.put(`${from}/paper`, new Response(JSON.stringify(steps)));
  active?.postMessage({ type: "pictures", pages: paths });
}

/**
 * The question pages of an attempt that are kept, in the edition that is in view: address → HTML.
 * @param {string} attempt - its address
 * @param {string} edition
 * @returns {Promise<Map<string, string>>}
 */
export async function keptQuestions(attempt, edition) {
  const found = new Map();
  if (!("caches" in window)) return found;
  const cache = await caches.open(PAGES + reader);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith(`${attempt}/questions/`)) continue;
    const text = await (await cache.match(request))?.text();
    if (text && isOf(text, edition)) found.set(pathname, text);
  }
  return found;
}

/**
 * Lists what can be opened: lessons, and the question where somebody was.
 * @param {HTMLElement} section
 */
export async function listKept(section) {
  /** @type {Map<string, { path: string, title: string, at: number }>} */
  const found = new Map(); // by what it belongs to
  const site = ` – ${part(document, ".brand-name", HTMLElement).textContent}`;
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES)) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const path = new URL(request.url).pathname;
      const response = await cache.match(request);
      if (!response?.headers.has("Kept-At")) continue; // forgotten meanwhile, or a picture
      const title = new DOMParser().parseFromString(await response.text(), "text/html").title.replace(site, "");
      const at = Number(response.headers.get("Kept-At"));
      const group = attemptOf(path) ?? path;
      const other = found.get(group);
      if (title && !path.endsWith("/summary") && !(other && other.at >= at)) found.set(group, { path, title, at });
    }
  }
  const paths = [...found.values()].sort((one, other) => one.path.localeCompare(other.path));
  part(section, "ul", HTMLUListElement).append(
    ...paths.map(({ path, title }) => {
      const link = Object.assign(document.createElement("a"), { href: path, textContent: title });
      const item = document.createElement("li");
      item.append(link);
      return item;
    }),
  );
  section.hidden = !paths.length;
}
