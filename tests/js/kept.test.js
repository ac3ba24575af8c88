// Kept pages of an attempt, brought up to date: with one's own answers, and with nobody else's.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";

import { Course } from "./course.js";
import { frame, questionPage, show, summaryPage } from "./page.js";
import { forgetAll, network, visit } from "./platform.js";

const ADA = "a-ada";
const BO = "a-bo";
const FIRST = "/courses/tea/attempts/7/questions/1";

const course = await new Course().start();
visit(course.origin);
/** @type {object[]} what the worker was told */
const told = [];
network.serviceWorker = { ready: Promise.resolve({ active: { postMessage: (data) => told.push(data) } }) };
const window = show(frame("", { reader: ADA }), course.origin);
window.caches = caches;
const outbox = await import("../../webapp/static/js/outbox.js");
const { deliver, keep, record, saved } = outbox;

let times = 0;

/** Opens a page of Ada's with its script. */
async function open(body, { path = FIRST, copy = 0 } = {}) {
  const { document } = show(frame(body, { reader: ADA, copy }), course.origin + path);
  const script = await import(`../../webapp/static/js/kept.js?${++times}`);
  return { ...script, form: document.querySelector("form"), summary: document.querySelector("[data-summary]") };
}

const COPY = { copy: Date.now() - 60_000 };

beforeEach(async () => {
  course.reset();
  course.reader = ADA;
  await forgetAll(outbox);
});
after(() => course.stop());

const fields = (answer, sequence = 0) =>
  new URLSearchParams([["sequence", String(sequence)], ...answer.map(([name, value]) => [`answer-${name}`, value])]);
const given = (form) => [...new FormData(form)].filter(([name]) => /^(answer-|certainty)/.test(name));
const untouched = () => false;

const EVERYTHING = [
  ["choice", "b"],
  ["many", "x"],
  ["many", "z"],
  ["words", "tea & milk"],
  ["words", "sugar"],
  ["one", "3"],
  ["two", "1"],
  ["three", "2"],
];

// --- a question -----------------------------------------------------------------------------------------------------

test("an answer of any kind that was kept stands in the form again", async () => {
  const { form, restore } = await open(questionPage(1, 3));
  const kept = fields(EVERYTHING);
  kept.set("certainty", "3");
  await keep(FIRST, ADA, kept, null);
  assert.equal((await restore(form, untouched)).state, "waiting");
  const each = (pairs) => pairs.map(([name, value]) => `${name}=${value}`).sort();
  assert.deepEqual(each(given(form)), each([...kept].filter(([name]) => name !== "sequence")));
  const order = [...form.querySelector("[data-ordering-list]").children].map(({ id }) => id);
  assert.deepEqual(order, ["two", "three", "one"], "a list stands in the order that was given");
});

test("a kept answer goes on after the step it follows", async () => {
  const { form, restore } = await open(questionPage(1, 3, { sequence: 1 }));
  await keep(FIRST, ADA, fields([["choice", "b"]], 4), null);
  await restore(form, untouched);
  assert.equal(form.elements.sequence.value, "4");
});

test("an answer that somebody has begun meanwhile is not overwritten by a kept one", async () => {
  const { form, restore } = await open(questionPage(1, 3));
  await keep(FIRST, ADA, fields([["choice", "b"]]), null);
  assert.equal(await restore(form, () => true), null);
  assert.equal(form.elements["answer-choice"].value, "");
});

test("an answer of another reader is never shown, waiting or saved, on a copy or not", async () => {
  for (const copy of [{}, COPY]) {
    const { form, restore, refresh } = await open(questionPage(1, 3), copy);
    await keep(FIRST, BO, fields([["choice", "b"]], 3), null);
    assert.equal(await restore(form, untouched), null);
    await refresh(form);
    await saved(FIRST, BO, fields([["choice", "b"]]), 3);
    assert.equal(await restore(form, untouched), null);
    await refresh(form);
    assert.deepEqual(
      given(form).filter(([, value]) => value),
      [],
    );
    assert.equal(form.querySelectorAll(".is-answered").length, 0);
  }
});

test("what was saved is shown on a copy that is older, and not on a page from the server", async () => {
  await saved(FIRST, ADA, fields([["choice", "b"]]), 2);
  const fresh = await open(questionPage(1, 3, { sequence: 2 }));
  assert.equal(await fresh.restore(fresh.form, untouched), null);
  const older = await open(questionPage(1, 3, { sequence: 1 }), COPY);
  assert.equal((await older.restore(older.form, untouched)).state, "saved");
  assert.equal(older.form.elements["answer-choice"].value, "b");
  assert.equal(older.form.elements.sequence.value, "2");
  const newer = await open(questionPage(1, 3, { sequence: 3 }), COPY);
  assert.equal(await newer.restore(newer.form, untouched), null, "a copy that is newer knows better");
});

test("an answer that came too late is not shown as if it counted", async () => {
  course.closed.add("/courses/tea/attempts/7");
  await keep(FIRST, ADA, fields([["choice", "b"]]), null);
  await deliver();
  assert.equal((await record(FIRST)).state, "closed");
  const { form, restore } = await open(questionPage(1, 3), COPY);
  assert.equal(await restore(form, untouched), null);
});

test("a copy counts and marks what was answered since, in its own attempt", async () => {
  await saved(FIRST, ADA, fields([["choice", "a"]]), 1);
  await keep("/courses/tea/attempts/7/questions/3", ADA, fields([["choice", "b"]]), null);
  await keep("/courses/tea/attempts/7/questions/2", ADA, fields([["choice", ""]]), null);
  await keep("/courses/tea/attempts/70/questions/2", ADA, fields([["choice", "b"]]), null);
  const { form, refresh } = await open(questionPage(1, 3), COPY);
  await refresh(form);
  const marked = [...form.querySelectorAll(".is-answered")].map(({ value }) => value);
  assert.deepEqual(marked, ["goto:1", "goto:3"]);
  assert.match(form.querySelector('[value="goto:3"]').textContent, /3, answered/);
  assert.equal(form.querySelector("[data-count]").textContent, "2 answered");
  const bars = [...form.querySelectorAll("rect")].map((bar) => bar.getAttribute("class"));
  assert.deepEqual(bars, ["here", "left", "done"]);
});

test("what can't be read doesn't count as answered, and the map says so", async () => {
  const odd = fields([["words", "about ninety"]]);
  odd.set("unread", "yes");
  await keep("/courses/tea/attempts/7/questions/3", ADA, odd, null);
  const { form, refresh } = await open(questionPage(1, 3), COPY);
  await refresh(form);
  assert.equal(form.querySelectorAll(".is-answered").length, 0);
  assert.match(form.querySelector('[value="goto:3"]').textContent, /3, can’t be read/);
  assert.equal(form.querySelector("[data-count]").textContent, "0 answered");
});

test("map, bar and count follow an answer that is given, spoilt and taken back", async () => {
  const { form, mark } = await open(questionPage(1, 3));
  const shown = () => {
    const item = form.querySelector('[value="goto:2"]');
    return [
      item.querySelector("span:last-of-type").textContent.slice(2),
      item.querySelectorAll(".quiz-map-mark").length,
      form.querySelector("rect:nth-child(2)").getAttribute("class"),
      form.querySelector("[data-count]").textContent,
    ];
  };
  mark(form, "2", "answered");
  mark(form, "2", "answered");
  assert.deepEqual(shown(), ["answered", 1, "done", "1 answered"]);
  mark(form, "2", "unreadable");
  assert.deepEqual(shown(), ["can’t be read", 0, "left", "0 answered"]);
  mark(form, "2", "open");
  assert.deepEqual(shown(), ["not answered", 0, "left", "0 answered"]);
  mark(form, "1", "answered");
  assert.equal(form.querySelector("rect").getAttribute("class"), "here");
});

// --- the summary ----------------------------------------------------------------------------------------------------

const rows = (summary) => [...summary.querySelectorAll("[data-position]")].map(({ textContent }) => textContent);

test("a kept summary says what was answered since, and what waits", async () => {
  await saved(FIRST, ADA, fields([["choice", "a"]]), 1);
  await keep("/courses/tea/attempts/7/questions/3", ADA, fields([["choice", "b"]]), null);
  await keep("/courses/tea/attempts/7/questions/4", BO, fields([["choice", "b"]]), null);
  await keep("/courses/tea/attempts/70/questions/4", ADA, fields([["choice", "b"]]), null);
  const { summary, refreshSummary } = await open(summaryPage(4, [2]), {
    path: "/courses/tea/attempts/7/summary",
    ...COPY,
  });
  await refreshSummary(summary);
  assert.deepEqual(rows(summary), ["Answered", "Answered", "Kept on this device", "Not answered"]);
  assert.equal(summary.querySelector("[data-lead]").textContent, "3 of 4 questions are answered.");
});

test("a kept summary leads back to what is open now, and counts nothing that can't be read", async () => {
  await saved(FIRST, ADA, fields([["choice", "a"]]), 1);
  const odd = fields([["words", "about ninety"]]);
  odd.set("unread", "yes");
  await saved("/courses/tea/attempts/7/questions/2", ADA, odd, 1);
  const { summary, refreshSummary } = await open(summaryPage(3), { path: "/courses/tea/attempts/7/summary", ...COPY });
  await refreshSummary(summary);
  assert.deepEqual(rows(summary), ["Answered", "Can’t be read", "Not answered"]);
  const back = summary.querySelector("[data-back]");
  assert.deepEqual(
    [back.textContent, back.getAttribute("href")],
    ["Back to question 2", `${course.origin}/courses/tea/attempts/7/questions/2`],
  );
  assert.equal(summary.querySelector("[data-lead]").textContent, "1 of 3 questions are answered.");
});

test("a summary from the server says only what it can't know: what waits here", async () => {
  await saved(FIRST, ADA, fields([["choice", "a"]]), 1);
  await keep("/courses/tea/attempts/7/questions/3", ADA, fields([["choice", "b"]]), null);
  const { summary, refreshSummary } = await open(summaryPage(3), { path: "/courses/tea/attempts/7/summary" });
  await refreshSummary(summary);
  assert.deepEqual(rows(summary), ["Not answered", "Not answered", "Kept on this device"]);
  assert.equal(summary.querySelector("[data-lead]").textContent, "as it was");
});

// --- keeping --------------------------------------------------------------------------------------------------------

const PAPER = "/courses/tea/attempts/7/paper";
const pages = {
  [FIRST]: "<title>Question 1 – Site</title>",
  "/courses/tea/attempts/7/summary": "<title>Summary – Site</title>",
};
const paths = async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname).sort();

test("all pages of an attempt are kept, once, and the worker is told to keep their pictures", async () => {
  course.pages.set(PAPER, { json: { pages } });
  told.length = 0;
  const { keepPaper } = await open(questionPage(1, 3));
  await keepPaper();
  await keepPaper();
  assert.deepEqual(await paths(`pages-${ADA}`), [PAPER, FIRST, "/courses/tea/attempts/7/summary"]);
  assert.equal(course.requests.length, 1);
  assert.deepEqual(told, [{ type: "pictures", pages: [FIRST, "/courses/tea/attempts/7/summary"] }]);
  const copy = await (await caches.open(`pages-${ADA}`)).match(FIRST);
  assert.equal(await copy.text(), pages[FIRST]);
  assert.equal(copy.headers.get("Content-Type"), "text/html; charset=utf-8");
  assert.ok(Date.now() - Number(copy.headers.get("Kept-At")) < 10_000);
});

test("nothing is kept of a paper that comes for another reader", async () => {
  course.pages.set(PAPER, { json: { pages }, reader: BO });
  const { keepPaper } = await open(questionPage(1, 3));
  await keepPaper();
  assert.deepEqual([await paths(`pages-${ADA}`), await paths(`pages-${BO}`)], [[], []]);
});

test("a paper that is handed in, or that a server in trouble can't give, is asked for again", async () => {
  course.pages.set(PAPER, { json: { pages: {} } });
  const { keepPaper } = await open(questionPage(1, 3));
  await keepPaper();
  course.trouble = 500;
  await keepPaper();
  course.trouble = 0;
  course.pages.clear();
  await keepPaper();
  assert.equal(course.requests.length, 3);
  assert.deepEqual(await paths(`pages-${ADA}`), []);
});

test("a copy asks for nothing", async () => {
  const { keepPaper } = await open(questionPage(1, 3), COPY);
  await keepPaper();
  assert.deepEqual(course.requests, []);
});

test("the list of what is kept names each lesson, and of an attempt the question where one was", async () => {
  const cache = await caches.open(`pages-${ADA}`);
  const put = (path, title, at) =>
    cache.put(path, new Response(`<title>${title}</title>`, { headers: { "Kept-At": String(at) } }));
  await put("/lessons/tea", "Tea – Site", 5);
  for (const [n, at] of [1, 3, 2].entries())
    await put(`/courses/tea/attempts/7/questions/${n + 1}`, `Question ${n + 1} – Site`, at);
  await put("/courses/tea/attempts/7/summary", "Summary – Site", 9);
  await put(PAPER, "", 9);
  await (await caches.open("shell-1")).put("/offline", new Response("<title>You are offline – Site</title>"));
  const list = '<span class="brand-name">Site</span><section data-kept-pages hidden><ul></ul></section>';
  const { listKept } = await open(list, { path: "/offline" });
  const section = window.document.querySelector("section");
  await listKept(section);
  const links = [...section.querySelectorAll("a")].map((link) => [link.getAttribute("href"), link.textContent]);
  assert.deepEqual(links, [
    ["/courses/tea/attempts/7/questions/2", "Question 2"],
    ["/lessons/tea", "Tea"],
  ]);
  assert.equal(section.hidden, false);
});

test("with nothing kept there is no list", async () => {
  const list = '<span class="brand-name">Site</span><section data-kept-pages hidden><ul></ul></section>';
  const { listKept } = await open(list, { path: "/offline" });
  await listKept(window.document.querySelector("section"));
  assert.equal(window.document.querySelector("section").hidden, true);
});
