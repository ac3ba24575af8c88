// The worker that keeps pages: what is shown without a network, to whom, and what is forgotten when.
import assert from "node:assert/strict";
import { after, beforeEach, mock, test } from "node:test";
import { setImmediate as soon } from "node:timers/promises";

import { Course } from "./course.js";
import { forgetAll, network, visit } from "./platform.js";
import { Worker, kept } from "./worker.js";

const ADA = "a-ada";
const BO = "a-bo";
const RELEASE = { version: "1", page: "/offline", files: ["/static/css/base.css?v=1"] };

const course = await new Course().start();
visit(course.origin);
const outbox = await import("../../webapp/static/js/outbox.js");
const { records, saved, keep } = outbox;
let worker;

const page = (words) => `<!doctype html><html lang="en" data-reader=""><body>${words}</body></html>`;

/** A page of the course that may be kept. */
const add = (path, words, more = {}) => course.pages.set(path, { html: page(words), keep: true, ...more });

beforeEach(async () => {
  course.reset();
  course.reader = ADA;
  await forgetAll(outbox);
  add("/lessons/tea", "Tea");
  add("/offline", "You are offline");
  course.pages.set("/static/css/base.css?v=1", { html: "body {}" });
  for (const n of [1, 2, 3]) add(`/courses/tea/attempts/7/questions/${n}`, question(n));
  add("/courses/tea/attempts/7/summary", "Before you hand in");
  worker = await Worker.start(RELEASE);
  await worker.happen("install");
  await worker.happen("activate");
  course.requests.length = 0;
});
after(() => course.stop());

/** A question page: its buttons say where they lead, and to a place that nobody could guess. */
function question(n) {
  const button = (value, leadsTo) =>
    `<button type="submit" name="action" value="${value}"${leadsTo ? ` data-leads-to="${leadsTo}"` : ""} class="b">`;
  return [
    `Question ${n}`,
    button("next", n < 3 ? `/courses/tea/attempts/7/questions/${n + 1}` : "/courses/tea/attempts/7/summary"),
    button("previous", "/courses/tea/attempts/7/questions/20"),
    button("goto:1", "/courses/tea/attempts/7/questions/21"),
    button("goto:12", "/courses/tea/attempts/7/questions/22"),
    button("summary", "/courses/tea/attempts/7/overview"),
    button("flag:on"),
  ].join("");
}

/** Lets every answer of the server wait; gives what lets them go. */
function delay() {
  let go;
  course.slow = new Promise((done) => {
    go = done;
  });
  return go;
}

const choice = (value) => ({ csrf_token: "t", sequence: "0", seconds: "3", "answer-choice": value });
const shown = async (path) => (await (await worker.visit(path)).text()).match(/<body>(.*)<\/body>/)?.[1];
const way = (response) => response.headers.get("location")?.replace(course.origin, "");
const words = (response) => response.text();

// --- what is shown --------------------------------------------------------------------------------------------------

test("a page that was opened is shown without a network, and says since when it is kept", async () => {
  await worker.visit("/lessons/tea");
  course.away = true;
  const html = await words(await worker.visit("/lessons/tea"));
  const since = Number(html.match(/^<!doctype html><html data-copy="(\d+)" lang="en"/)?.[1]);
  assert.ok(Date.now() - since < 10_000);
  assert.match(html, /Tea/);
});

const leaf = (width) => `/media/${"a".repeat(64)}-${"b".repeat(32)}-${width}.png`;

test("the pictures of a page that is kept are shown without a network, in whichever width they are asked for", async () => {
  add("/lessons/tea", `<img class="picture" src="${leaf(480)}" alt="A leaf">`);
  course.pages.set(leaf(480), { html: "the leaf" });
  await worker.visit("/lessons/tea");
  course.away = true;
  assert.equal(await words(await worker.fetch(leaf(960), "image")), "the leaf");
  await assert.rejects(worker.fetch(leaf(960).replace("aaa", "ccc"), "image"));
});

test("the pictures of a paper that its page has kept are shown without a network", async () => {
  course.pages.set(leaf(480), { html: "the leaf" });
  await worker.visit("/lessons/tea"); // says whose the browser is
  const html = page(`<img class="picture" src="${leaf(480)}" alt="A leaf">`);
  await (await caches.open(`pages-${ADA}`)).put("/attempts/7/questions/2", new Response(html));
  await worker.tell({ type: "pictures", pages: ["/attempts/7/questions/2", "/attempts/7/questions/9"] });
  course.away = true;
  assert.equal(await words(await worker.fetch(leaf(480), "image")), "the leaf");
});

test("with a network a picture comes from it, and one of a page that is not kept is not kept", async () => {
  add("/lessons/tea", `<img class="picture" src="${leaf(480)}" alt="A leaf">`, { keep: false });
  course.pages.set(leaf(480), { html: "the leaf" });
  await worker.visit("/lessons/tea");
  assert.equal(await words(await worker.fetch(leaf(480), "image")), "the leaf");
  course.away = true;
  await assert.rejects(worker.fetch(leaf(480), "image"));
});

test("a page is kept where its picture does not come, and nothing from elsewhere is asked for", async () => {
  const other = "https://elsewhere.example/media/a-b-1.png";
  add(
    "/lessons/tea",
    `Tea<img class="picture" src="${leaf(480)}" alt="A leaf"><img class="picture" src="${other}" alt="">`,
  );
  await worker.visit("/lessons/tea");
  course.away = true;
  assert.match(await shown("/lessons/tea"), /Tea/);
  await assert.rejects(worker.fetch(leaf(480), "image"));
});

test("signing out forgets the pictures that were kept, too", async () => {
  add("/lessons/tea", `<img class="picture" src="${leaf(480)}" alt="A leaf">`);
  course.pages.set(leaf(480), { html: "the leaf" });
  await worker.visit("/lessons/tea");
  await worker.submit("/sign-out");
  course.away = true;
  await assert.rejects(worker.fetch(leaf(480), "image"));
});

test("with a network pages come from it, and the copy is the latest", async () => {
  await worker.visit("/lessons/tea");
  add("/lessons/tea", "More tea");
  assert.doesNotMatch(await words(await worker.visit("/lessons/tea")), /data-copy/);
  course.away = true;
  assert.equal(await shown("/lessons/tea"), "More tea");
});

test("a page that was never opened is a word about being offline", async () => {
  course.away = true;
  assert.equal(await shown("/lessons/coffee"), "You are offline");
});

test("a page that does not say it may be kept is not kept", async () => {
  course.pages.set("/account", { html: page("Account") });
  await worker.visit("/account");
  assert.ok(
    !Object.values(await kept())
      .flat()
      .includes("/account"),
  );
  course.away = true;
  assert.equal(await shown("/account"), "You are offline");
});

test("a proxy without a server behind it counts as no network where there is a copy", async () => {
  await worker.visit("/lessons/tea");
  for (const status of [502, 503, 504]) {
    course.trouble = status;
    assert.equal(await shown("/lessons/tea"), "Tea", String(status));
    assert.equal((await worker.visit("/lessons/coffee")).status, status, "without a copy its page is what there is");
  }
});

test("a server that failed is not hidden behind a copy", async () => {
  await worker.visit("/lessons/tea");
  course.trouble = 500;
  assert.equal((await worker.visit("/lessons/tea")).status, 500);
});

/** Goes to a page while the server waits: {response, done, go, passes} with `passes(ms)` for the time that passes. */
async function visitSlowly(path) {
  const go = delay();
  const before = course.requests.length;
  mock.timers.enable({ apis: ["setTimeout"] });
  const waits = [];
  let response;
  worker.handlers.get("fetch")({
    request: worker.request(path, {}, "navigate"),
    waitUntil: (promise) => waits.push(promise),
    respondWith: (promise) => {
      response = promise;
    },
  });
  while (course.requests.length === before) await soon();
  return {
    response,
    /** Whether there is a response after so many ms more. */
    async after(ms) {
      mock.timers.tick(ms);
      await soon();
      return (await Promise.race([response, "nothing"])) !== "nothing";
    },
    /** Lets the server answer, and waits for all that follows. */
    async end() {
      mock.timers.reset();
      course.slow = null;
      go();
      for (const promise of waits) await promise;
      await response;
    },
  };
}

test("a network that takes too long gives way to the copy, and what comes late is kept", async () => {
  await worker.visit("/lessons/tea");
  add("/lessons/tea", "Fresh tea");
  const visiting = await visitSlowly("/lessons/tea");
  assert.equal(await visiting.after(4999), false);
  assert.equal(await visiting.after(1), true);
  assert.match(await words(await visiting.response), /data-copy.*Tea/);
  await visiting.end();
  course.away = true;
  assert.equal(await shown("/lessons/tea"), "Fresh tea");
});

test("a network that has just failed is given half the time", async () => {
  await worker.visit("/lessons/tea");
  course.away = true;
  await worker.visit("/lessons/tea");
  course.away = false;
  const visiting = await visitSlowly("/lessons/tea");
  assert.equal(await visiting.after(2499), false);
  assert.equal(await visiting.after(1), true);
  await visiting.end();
});

test("where there is no copy the network has all the time it wants", async () => {
  const visiting = await visitSlowly("/lessons/tea");
  assert.equal(await visiting.after(600_000), false);
  await visiting.end();
  assert.doesNotMatch(await words(await visiting.response), /data-copy/);
});

test("what only marks that a paper is kept is not shown as a page", async () => {
  await (await caches.open(`pages-${ADA}`)).put("/courses/tea/attempts/7/paper", new Response("kept"));
  course.away = true;
  assert.equal(await shown("/courses/tea/attempts/7/paper"), "You are offline");
});

test("a question without a copy leads to the summary, a summary without one to the question where one was", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/2");
  course.away = true;
  assert.equal(way(await worker.visit("/courses/tea/attempts/7/summary")), "/courses/tea/attempts/7/questions/2");
  course.away = false;
  await worker.visit("/courses/tea/attempts/7/summary");
  course.away = true;
  assert.equal(way(await worker.visit("/courses/tea/attempts/7/questions/9")), "/courses/tea/attempts/7/summary");
});

test("files of this release are there without a network, whatever version is asked for", async () => {
  course.away = true;
  for (const address of ["/static/css/base.css?v=1", "/static/css/base.css", "/static/css/base.css?v=0"])
    assert.equal(await words(await worker.fetch(address)), "body {}", address);
  await assert.rejects(worker.fetch("/static/css/other.css?v=1"));
});

test("a file of one version is asked for once", async () => {
  await worker.fetch("/static/css/base.css?v=1");
  assert.deepEqual(course.requests, []);
});

test("what belongs to another site, and what is neither page nor file, is the browser's own business", async () => {
  assert.equal(await worker.fetch("http://elsewhere.example/static/x.css"), undefined);
  assert.equal(await worker.fetch("/session"), undefined);
  assert.equal(await worker.submit("/account", {}), undefined);
});

test("a font is kept when a page has used it, and other files are not", async () => {
  course.pages.set("/static/fonts/serif.woff2?v=1", { html: "font" });
  course.pages.set("/static/js/editor.js?v=1", { html: "script" });
  await worker.fetch("/static/fonts/serif.woff2?v=1", "font");
  await worker.fetch("/static/js/editor.js?v=1", "script");
  assert.deepEqual((await kept())["shell-1"], ["/offline", "/static/css/base.css", "/static/fonts/serif.woff2"]);
});

test("a new release takes care of open pages at once", () => {
  assert.deepEqual([worker.waits, worker.claims], [false, 1]);
});

test("a new release forgets the files of the one before, and no page", async () => {
  await worker.visit("/lessons/tea");
  const next = await Worker.start({ ...RELEASE, version: "2" });
  await next.happen("install");
  await next.happen("activate");
  assert.deepEqual(Object.keys(await kept()).sort(), [`pages-${ADA}`, "shell-2"]);
});

// --- whose it is ----------------------------------------------------------------------------------------------------

test("when another reader signs in, the pages of the one before are forgotten", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  course.reader = BO;
  await worker.visit("/lessons/tea");
  assert.deepEqual((await kept())[`pages-${ADA}`], undefined);
  course.away = true;
  assert.equal(await shown("/courses/tea/attempts/7/questions/1"), "You are offline");
});

test("any page of another reader is enough, one that is not kept and one that is not found, too", async () => {
  for (const path of ["/account", "/nothing"]) {
    course.pages.set("/account", { html: page("Account") });
    course.reader = ADA;
    await worker.visit("/courses/tea/attempts/7/questions/1");
    assert.ok((await kept())[`pages-${ADA}`], path);
    course.reader = BO;
    await worker.visit(path);
    assert.equal((await kept())[`pages-${ADA}`], undefined, path);
  }
});

test("a worker that was started anew shows nobody the page of another reader", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  course.reader = BO;
  worker = await Worker.start(RELEASE);
  await worker.visit("/lessons/tea");
  course.away = true;
  assert.equal(await shown("/courses/tea/attempts/7/questions/1"), "You are offline");
});

test("when a session ends, what was kept for its reader is forgotten", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  course.reader = "nobody";
  await worker.visit("/lessons/tea");
  assert.deepEqual(Object.keys(await kept()).sort(), ["pages-nobody", "shell-1"]);
});

test("a lesson that was read before signing in is there afterwards", async () => {
  course.reader = "nobody";
  await worker.visit("/lessons/tea");
  course.reader = ADA;
  await worker.visit("/courses/tea/attempts/7/questions/1");
  course.away = true;
  assert.equal(await shown("/lessons/tea"), "Tea");
});

test("a worker that was started anew forgets what was saved of a reader who is no longer here", async () => {
  await saved("/courses/tea/attempts/7/questions/1", BO, new Map([["answer-choice", "a"]]), 1);
  await worker.visit("/lessons/tea");
  await worker.tell({ type: "hello", language: "en", page: null, files: [] });
  assert.deepEqual(await records(), []);
});

test("with another reader, saved answers of the one before go and unsent ones stay", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  await saved("/courses/tea/attempts/7/questions/1", ADA, new Map([["answer-choice", "a"]]), 1);
  await keep("/courses/tea/attempts/7/questions/2", ADA, new Map([["answer-choice", "b"]]), null);
  course.reader = BO;
  await worker.visit("/lessons/tea");
  assert.deepEqual(
    (await records()).map(({ address, state }) => [address, state]),
    [["/courses/tea/attempts/7/questions/2", "waiting"]],
  );
});

test("a page that was asked for before somebody else signed in and comes after it changes nothing", async () => {
  const go = delay();
  course.pages.set("/lessons/tea", { html: page("Tea"), keep: true, reader: ADA });
  const late = worker.visit("/lessons/tea");
  while (!course.requests.length) await soon();
  course.slow = null;
  course.reader = BO;
  add("/lessons/coffee", "Coffee");
  await worker.visit("/lessons/coffee");
  go();
  await late;
  assert.deepEqual((await kept())[`pages-${BO}`], ["/lessons/coffee"]);
  assert.equal((await kept())[`pages-${ADA}`], undefined);
});

test("a page that was asked for earlier and ends later does not take the place of a newer copy", async () => {
  let end;
  const rest = new Promise((done) => {
    end = done;
  });
  add("/lessons/tea", "Old tea", { rest });
  const opening = mock.method(caches, "open");
  const late = worker.visit("/lessons/tea");
  // Its head is here as soon as the pages of its reader are looked at.
  while (!opening.mock.calls.some(({ arguments: [name] }) => name === `pages-${ADA}`)) await soon();
  opening.mock.restore();
  add("/lessons/tea", "New tea");
  await worker.visit("/lessons/tea");
  end();
  await late;
  course.away = true;
  assert.equal(await shown("/lessons/tea"), "New tea");
});

test("an answer in a server's trouble that says not whose it is forgets nothing", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  course.trouble = 500;
  await worker.visit("/lessons/tea");
  assert.deepEqual((await kept())[`pages-${ADA}`], ["/courses/tea/attempts/7/questions/1"]);
});

test("signing out forgets every page and every answer of who leaves", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  await saved("/courses/tea/attempts/7/questions/1", ADA, new Map([["answer-choice", "a"]]), 1);
  await keep("/courses/tea/attempts/7/questions/2", ADA, new Map([["answer-choice", "b"]]), null);
  await worker.submit("/sign-out");
  assert.deepEqual(Object.keys(await kept()), ["shell-1"]);
  assert.deepEqual(await records(), []);
  course.away = true;
  assert.equal(await shown("/courses/tea/attempts/7/questions/1"), "You are offline");
});

test("leaving for good forgets as signing out does", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  const leaving = mock.method(course, "say", () => ({ status: 303, headers: { Location: "/" } }));
  await worker.submit("/account/delete");
  leaving.mock.restore();
  assert.deepEqual(Object.keys(await kept()), ["shell-1"]);
});

test("signing out that did not happen forgets nothing", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  const refusing = mock.method(course, "say", () => ({ status: 400, html: page("Once more") }));
  assert.equal((await worker.submit("/sign-out")).status, 400);
  refusing.mock.restore();
  course.away = true;
  await assert.rejects(worker.submit("/sign-out"));
  assert.deepEqual((await kept())[`pages-${ADA}`], ["/courses/tea/attempts/7/questions/1"]);
});

test("a page that was on its way when somebody signed out is not kept", async () => {
  const go = delay();
  course.pages.set("/lessons/tea", { html: page("Tea"), keep: true, reader: ADA });
  const late = worker.visit("/lessons/tea");
  while (!course.requests.length) await soon();
  course.slow = null;
  await worker.submit("/sign-out");
  go();
  await late;
  assert.deepEqual(Object.keys(await kept()), ["shell-1"]);
});

// --- answers --------------------------------------------------------------------------------------------------------

test("a form that is sent without a network keeps its answer for who is here, and goes on", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  course.away = true;
  const response = await worker.submit("/courses/tea/attempts/7/questions/1", { ...choice("a"), action: "next" });
  assert.equal(response.status, 303);
  assert.equal(way(response), "/courses/tea/attempts/7/questions/2");
  const [entry] = await records();
  assert.deepEqual([entry.address, entry.reader, entry.state], ["/courses/tea/attempts/7/questions/1", ADA, "waiting"]);
  course.away = false;
  assert.equal((await worker.tell({ type: "deliver" })).sent, 1);
  assert.deepEqual(course.taken("/courses/tea/attempts/7/questions/1"), ["a"]);
});

test("without a network a button leads where the kept page says, and to the question itself where it says nothing", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/2");
  course.away = true;
  for (const [action, leadsTo] of Object.entries({
    next: "/courses/tea/attempts/7/questions/3",
    previous: "/courses/tea/attempts/7/questions/20",
    "goto:1": "/courses/tea/attempts/7/questions/21",
    "goto:12": "/courses/tea/attempts/7/questions/22",
    summary: "/courses/tea/attempts/7/overview",
    "flag:on": "/courses/tea/attempts/7/questions/2",
    save: "/courses/tea/attempts/7/questions/2",
  }))
    assert.equal(
      way(await worker.submit("/courses/tea/attempts/7/questions/2", { ...choice("a"), action })),
      leadsTo,
      action,
    );
  assert.equal(
    way(await worker.submit("/courses/tea/attempts/7/questions/3", { ...choice("a"), action: "next" })),
    "/courses/tea/attempts/7/questions/3",
    "a page that is not kept says nothing",
  );
});

test("a question that is not kept yet gives way to the one somebody came from", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  course.away = true;
  assert.equal(way(await worker.visit("/courses/tea/attempts/7/questions/2")), "/courses/tea/attempts/7/questions/1");
});

test("a form whose outcome is unknown is repeated as it was before anything newer", async () => {
  await worker.visit("/courses/tea/attempts/7/questions/1");
  course.away = true;
  await worker.submit("/courses/tea/attempts/7/questions/1", { ...choice("a"), action: "next" });
  assert.ok((await records())[0].unsure, "the server may have it");
  await forgetAll(outbox);
  network.onLine = false;
  await worker.submit("/courses/tea/attempts/7/questions/1", { ...choice("a"), action: "next" });
  assert.equal((await records())[0].unsure, null, "without any network nothing can have gone out");
});

test("a form of a page that is older than what is kept goes on from what is kept", async () => {
  course.away = true;
  const first = new URLSearchParams({ sequence: "4", "answer-choice": "a" });
  await worker.visit("/lessons/tea");
  await keep("/courses/tea/attempts/7/questions/1", "nobody", first, null);
  await worker.submit("/courses/tea/attempts/7/questions/1", { ...choice("b"), action: "next" });
  assert.equal((await records())[0].sequence, 4);
});

test("a form without an answer leaves nothing to be sent", async () => {
  course.away = true;
  await worker.submit("/courses/tea/attempts/7/questions/1", { ...choice(""), action: "next" });
  assert.deepEqual(await records(), []);
});

test("with a network the server says where a form leads", async () => {
  const response = await worker.submit("/courses/tea/attempts/7/questions/1", { ...choice("a"), action: "next" });
  assert.equal(way(response), "/courses/tea/attempts/7/questions/1");
  assert.deepEqual(await records(), []);
});

test("what waits is sent when the browser finds a network, and every open page is told", async () => {
  const told = [];
  worker.windows.push({ postMessage: (left) => told.push(left) });
  await keep("/courses/tea/attempts/7/questions/1", ADA, new Map([["answer-choice", "a"], ["sequence", "0"]]), null); // prettier-ignore
  await worker.happen("sync");
  assert.deepEqual(course.taken("/courses/tea/attempts/7/questions/1"), ["a"]);
  assert.equal(told[0].sent, 1);
  assert.deepEqual(worker.registered, []);
});

test("while answers wait, the browser is asked to wake the worker later", async () => {
  await keep("/courses/tea/attempts/7/questions/1", ADA, new Map([["answer-choice", "a"], ["sequence", "0"]]), null); // prettier-ignore
  course.away = true;
  await worker.tell({ type: "deliver" });
  assert.deepEqual(worker.registered, ["answers"]);
});

test("a settled answer is forgotten when its page says so", async () => {
  await saved("/courses/tea/attempts/7/questions/1", ADA, new Map([["answer-choice", "a"]]), 1);
  await worker.tell({ type: "forget", address: "/courses/tea/attempts/7/questions/1" });
  assert.deepEqual(await records(), []);
});

// --- handing in -----------------------------------------------------------------------------------------------------

const waiting = (attempt, n, reader = ADA) =>
  keep(`/courses/tea/attempts/${attempt}/questions/${n}`, reader, new Map([["answer-choice", "a"], ["sequence", "0"]]), null); // prettier-ignore
const handedIn = () => course.requests.some(({ path }) => path.endsWith("/submit"));

test("every kept answer arrives before the paper is handed in", async () => {
  for (const n of [1, 2, 3]) await waiting(7, n);
  assert.equal((await worker.submit("/courses/tea/attempts/7/submit")).type, "opaqueredirect");
  const order = course.requests.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").pop());
  assert.deepEqual(order, ["1", "2", "3", "submit"]);
});

test("nothing is handed in before every kept answer has arrived", async () => {
  for (const n of [1, 2]) await waiting(7, n);
  const half = mock.method(course, "take", function (request, attempt, path, fields) {
    if (path.endsWith("/2")) return { status: 503, html: "" };
    return Course.prototype.take.call(this, request, attempt, path, fields);
  });
  assert.equal(
    way(await worker.submit("/courses/tea/attempts/7/submit")),
    "/courses/tea/attempts/7/summary#not-handed-in",
  );
  half.mock.restore();
  assert.ok(!handedIn());
  assert.equal((await worker.submit("/courses/tea/attempts/7/submit")).type, "opaqueredirect");
  assert.deepEqual(course.taken("/courses/tea/attempts/7/questions/2"), ["a"]);
  assert.ok(handedIn());
});

test("nothing is handed in while an answer waits for the person to choose", async () => {
  course.steps.set("/courses/tea/attempts/7/questions/1", [new URLSearchParams({ "answer-choice": "x" })]);
  await waiting(7, 1);
  assert.equal(
    way(await worker.submit("/courses/tea/attempts/7/submit")),
    "/courses/tea/attempts/7/summary#not-handed-in",
  );
  assert.ok(!handedIn());
});

test("an answer that waits in another attempt does not hold up this one", async () => {
  course.steps.set("/courses/tea/attempts/70/questions/1", [new URLSearchParams({ "answer-choice": "x" })]);
  await waiting(70, 1);
  await worker.submit("/courses/tea/attempts/7/submit");
  assert.ok(handedIn());
});

test("without a network nothing is handed in, and it is said", async () => {
  course.away = true;
  assert.equal(
    way(await worker.submit("/courses/tea/attempts/7/submit")),
    "/courses/tea/attempts/7/summary#not-handed-in",
  );
});

test("an attempt that is handed in needs its pages no more, nor what was saved of it", async () => {
  for (const path of ["/courses/tea/attempts/7/questions/1", "/courses/tea/attempts/7/summary", "/lessons/tea"])
    await worker.visit(path);
  add("/courses/tea/attempts/70/questions/1", "Another");
  await worker.visit("/courses/tea/attempts/70/questions/1");
  await saved("/courses/tea/attempts/7/questions/1", ADA, new Map([["answer-choice", "a"]]), 1);
  await waiting(7, 2);
  await saved("/courses/tea/attempts/70/questions/1", ADA, new Map([["answer-choice", "a"]]), 1);
  course.pages.set("/courses/tea/attempts/7/result", { html: page("Result") });
  await worker.visit("/courses/tea/attempts/7/result");
  assert.deepEqual((await kept())[`pages-${ADA}`], ["/courses/tea/attempts/70/questions/1", "/lessons/tea"]);
  assert.deepEqual(
    (await records()).map(({ address, state }) => [address, state]),
    [
      ["/courses/tea/attempts/7/questions/2", "waiting"],
      ["/courses/tea/attempts/70/questions/1", "saved"],
    ],
  );
});

// --- the first page -------------------------------------------------------------------------------------------------

test("the page that brought the worker is kept, with the fonts it uses", async () => {
  course.pages.set("/static/fonts/serif.woff2?v=1", { html: "font" });
  const files = ["/static/fonts/serif.woff2?v=1", "/static/fonts/other.woff2", "/static/css/base.css?v=1"];
  await worker.tell({
    type: "hello",
    language: "en",
    page: "/lessons/tea",
    files: [...files.map((path) => course.origin + path), "http://elsewhere.example/static/fonts/x.woff2?v=1"],
  });
  const { [`pages-${ADA}`]: pages, "shell-1": shell } = await kept();
  assert.deepEqual(pages, ["/lessons/tea"]);
  assert.deepEqual(shell, ["/offline", "/static/css/base.css", "/static/fonts/serif.woff2"]);
});

test("a first page that says not whose it is, or that led elsewhere, is not kept", async () => {
  course.pages.set("/lessons/old", { redirect: "/lessons/tea" });
  add("/lessons/none", "Whose?", { reader: "" });
  for (const path of ["/lessons/old", "/lessons/none"])
    await worker.tell({ type: "hello", language: "en", page: path, files: [] });
  assert.deepEqual(Object.keys(await kept()), ["shell-1"]);
});

test("the page about being offline follows the language of the pages", async () => {
  course.pages.set("/offline", { html: page("Ohne Netz").replace('lang="en"', 'lang="de"'), keep: true });
  await worker.tell({ type: "hello", language: "en", page: null, files: [] });
  course.away = true;
  assert.equal(await shown("/nothing"), "You are offline", "it is in that language already");
  course.away = false;
  await worker.tell({ type: "hello", language: "de", page: null, files: [] });
  course.away = true;
  assert.equal(await shown("/nothing"), "Ohne Netz");
});
