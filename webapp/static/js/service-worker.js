// The service worker: keeps the shell (style sheets, scripts, icons) of one release, and pages that say they may be
// kept, for the person they were made for. Pages come from the network; a kept copy is shown when it doesn't answer.
// `serve` is called by /sw.js with what this release consists of.
import { PAGES, alone, attemptOf, deliver, forget, inCourse, keep, named, records, root, tidy } from "./outbox.js";

// A page's script would have a window; this is what a worker has instead.
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const SHELLS = named("shell-");
const NOBODY = `${PAGES}nobody`;
const QUESTION = inCourse("/attempts/\\d+/questions/\\d+$");
const HANDING_IN = inCourse("/attempts/\\d+/submit$");
const RESULT = inCourse("/attempts/\\d+/result$");
const PICTURES = inCourse("/media/");
const PATIENCE = 5000; // ms for a page of which there is a copy
const MOST_PICTURES = 200; // that are kept for one reader
const TROUBLE = 15000; // ms for which a network that didn't answer is given little time

let asked = 0; // pages asked for
let known = 0; // the latest one that said whose it is
let troubled = 0; // when the network last failed

/** @param {{ version: string, page: string, files: string[] }} release - `page` is shown for what is not kept */
export function serve({ version, page, files }) {
  const shell = SHELLS + version;

  worker.addEventListener("install", (event) =>
    event.waitUntil(
      (async () => {
        await (await caches.open(shell)).addAll([...files, page]);
        await worker.skipWaiting();
      })(),
    ),
  );

  worker.addEventListener("activate", (event) =>
    event.waitUntil(
      (async () => {
        for (const name of await caches.keys())
          if (name.startsWith(SHELLS) && name !== shell) await caches.delete(name);
        await worker.clients.claim();
      })(),
    ),
  );

  worker.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (origin !== location.origin) return;
    if (request.mode !== "navigate") {
      if (pathname.startsWith(`${root}/static/`)) event.respondWith(file(request));
      else if (PICTURES.test(pathname)) event.respondWith(picture(request));
    } else if (request.method === "GET") event.respondWith(shown(event, pathname));
    else if (QUESTION.test(pathname)) event.respondWith(answered(event, pathname));
    else if (HANDING_IN.test(pathname)) event.respondWith(handedIn(event, pathname));
    else if ([`${root}/sign-out`, `${root}/account/delete`].includes(pathname)) event.respondWith(signedOut(event));
    // Any other form is the browser's own business: its page for failures can send the form again.
  });

  worker.addEventListener("message", (event) => {
    if (event.data.type === "hello") event.waitUntil(hello(event.data));
    else if (event.data.type === "forget") event.waitUntil(forget(event.data.address));
    else if (event.data.type === "pictures") event.waitUntil(picturesOf(event.data.pages));
    else event.waitUntil(report(event.ports[0]));
  });

  // Where browsers have it, answers are sent even when no page of the course is open any more.
  worker.addEventListener("sync", (event) => /** @type {ExtendableEvent} */ (event).waitUntil(report()));

  /**
   * A file of one version is the same for good. Without a version, or without a network, the one of this release serves.
   * @param {Request} request
   */
  async function file(request) {
    const cache = await caches.open(shell);
    const versioned = new URL(request.url).searchParams.has("v");
    const found = versioned && (await cache.match(request, { ignoreVary: true }));
    if (found) return found;
    try {
      const response = await fetch(request);
      if (versioned && response.ok && request.destination === "font") await cache.put(request, response.clone());
      return response;
    } catch (error) {
      const other = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
      if (other) return other;
      throw error;
    }
  }

  const instead = async () => (await (await caches.open(shell)).match(page, { ignoreVary: true })) ?? Response.error(); // no network, no word

  /**
   * A page: from the network, else as it was kept, else a word about being offline.
   * @param {FetchEvent} event
   * @param {string} path
   * @returns {Promise<Response>}
   */
  async function shown(event, path) {
    const copy = await copyOf(path);
    const network = fromNetwork(event, path);
    event.waitUntil(network.catch(() => {}));
    try {
      if (!copy) return await network;
      const patience = Date.now() - troubled < TROUBLE ? PATIENCE / 2 : PATIENCE;
      return await Promise.race([network, tooSlow(patience)]);
    } catch {
      troubled = Date.now();
      if (copy) return marked(copy);
      const other = await nearest(path);
      return other ? Response.redirect(other, 303) : instead();
    }
  }

  /**
   * What a page sends when it is first governed by this worker: what it is made of, and itself.
   * @param {{ language: string, page: string | null, files: string[] }} told
   */
  async function hello({ language, page: path, files: used }) {
    const cache = await caches.open(shell);
    const kept = await cache.match(page, { ignoreVary: true });
    if (!(await kept?.text())?.includes(`<html lang="${language}"`)) await cache.add(page);
    for (const name of used) {
      const { origin, pathname, searchParams } = new URL(name);
      if (origin !== location.origin || !pathname.startsWith(`${root}/static/fonts/`) || !searchParams.has("v"))
        continue;
      if (!(await cache.match(name, { ignoreVary: true }))) await cache.add(name);
    }
    if (path && !(await copyOf(path))) await heard(await fetch(path, { cache: "force-cache" }), path, ++asked);
    await tidy((await current()).slice(PAGES.length));
  }
}

// --- pages ----------------------------------------------------------------------------------------------------------

// The cache of whoever was here last.
async function current() {
  const names = await caches.keys();
  return names.find((name) => name.startsWith(PAGES) && name !== NOBODY) ?? NOBODY;
}

/** @param {string} path */
async function copyOf(path) {
  for (const name of [await current(), NOBODY]) {
    const copy = await (await caches.open(name)).match(path, { ignoreVary: true });
    if (copy?.headers.has("Kept-At")) return copy;
  }
  return null;
}

/**
 * A copy says so, and since when, in its first element.
 * @param {Response} copy
 */
async function marked(copy) {
  const html = await copy.text();
  return new Response(html.replace("<html ", `<html data-copy="${Number(copy.headers.get("Kept-At"))}" `), {
    headers: copy.headers,
  });
}

/**
 * Fails after so much time.
 * @param {number} patience - in ms
 * @returns {Promise<never>}
 */
const tooSlow = (patience) =>
  new Promise((_, fail) => {
    setTimeout(fail, patience, new Error("too slow"));
  });

/** @param {FetchEvent} event @param {string} path */
async function fromNetwork(event, path) {
  const turn = ++asked;
  const response = await fetch(event.request);
  if ([502, 503, 504].includes(response.status) && (await copyOf(path))) throw new Error("no server behind the proxy");
  troubled = 0;
  if (response.headers.has("Reader")) event.waitUntil(heard(response.clone(), path, turn));
  return response;
}

/**
 * A page came: it says whose it is, and whether it may be kept. As soon as it is somebody else's, what was kept for the
 * one before is gone; a page that was asked for earlier and comes later changes nothing any more.
 * @param {Response} response
 * @param {string} path
 * @param {number} turn - of asking for it
 */
async function heard(response, path, turn) {
  const reader = response.headers.get("Reader");
  if (!reader || turn < known) return;
  known = turn;
  const mine = PAGES + reader;
  const others = (await caches.keys()).filter((name) => name.startsWith(PAGES) && name !== mine && name !== NOBODY);
  for (const name of others) await caches.delete(name);
  if (others.length) await tidy(reader);
  const cache = await caches.open(mine);
  const finished = response.ok && RESULT.test(path) && attemptOf(path);
  if (finished) await drop(cache, finished);
  if (response.headers.get("Keep-Offline") !== "yes" || response.redirected) return;
  const headers = new Headers(response.headers);
  headers.set("Kept-At", String(Date.now()));
  const html = await response.text();
  if (turn !== known) return;
  await cache.put(path, new Response(html, { headers }));
  await keepPictures(cache, html);
}

/**
 * The pictures of a page that is kept, in the one width that every browser can show. The oldest make way.
 * @param {Cache} cache
 * @param {string} html
 */
async function keepPictures(cache, html) {
  const shown = [...html.matchAll(/<img class="picture" src="([^"]+)"/g)].map(([, address]) => address);
  const missing = [];
  for (const address of new Set(shown))
    if (PICTURES.test(address) && !(await pictureIn(cache, address))) missing.push(address);
  for (const address of missing) {
    try {
      const response = await fetch(address);
      if (response.ok) await cache.put(address, response);
    } catch {
      return; // the page is worth keeping without them, too
    }
  }
  if (!missing.length) return;
  const kept = (await cache.keys()).filter(({ url }) => PICTURES.test(new URL(url).pathname));
  for (const request of kept.slice(0, Math.max(0, kept.length - MOST_PICTURES))) await cache.delete(request);
}

/**
 * The pictures of pages that a script has kept: those of a paper.
 * @param {string[]} pages - their paths
 */
async function picturesOf(pages) {
  const cache = await caches.open(await current());
  for (const path of pages) {
    const copy = await cache.match(path, { ignoreVary: true });
    if (copy) await keepPictures(cache, await copy.text());
  }
}

/** The hash in the address of a picture. @param {string} path */
const contentOf = (path) => path.match(/\/media\/([^/-]+)-[^/]*$/)?.[1];

/**
 * A kept picture in whichever width: its address has the hash of its content.
 * @param {Cache} cache
 * @param {string} address - its path
 */
async function pictureIn(cache, address) {
  const content = contentOf(address);
  const found = (await cache.keys()).find(({ url }) => content && contentOf(new URL(url).pathname) === content);
  return found && cache.match(found, { ignoreVary: true });
}

/**
 * A picture: from the network or the browser's own cache, else one that is kept.
 * @param {Request} request
 */
async function picture(request) {
  try {
    return await fetch(request);
  } catch (error) {
    for (const name of [await current(), NOBODY]) {
      const copy = await pictureIn(await caches.open(name), new URL(request.url).pathname);
      if (copy) return copy;
    }
    throw error;
  }
}

/**
 * An attempt that is handed in needs neither its pages nor what was saved of it.
 * @param {Cache} cache
 * @param {string} attempt - its address
 */
async function drop(cache, attempt) {
  for (const request of await cache.keys()) {
    if (new URL(request.url).pathname.startsWith(`${attempt}/`)) await cache.delete(request);
  }
  for (const entry of await records()) {
    if (entry.state === "saved" && entry.address.startsWith(`${attempt}/`)) await forget(entry.address);
  }
}

/**
 * An address without a copy may have one beside it: the summary after the last question, the question where one was.
 * @param {string} path
 */
async function nearest(path) {
  const attempt = attemptOf(path);
  if (!attempt) return null;
  // Before the paper is kept there is only the question somebody came from.
  if (QUESTION.test(path) && (await copyOf(`${attempt}/summary`))) return `${attempt}/summary`;
  const cache = await caches.open(await current());
  let found = null,
    latest = 0;
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith(`${attempt}/`) || !QUESTION.test(pathname)) continue;
    const at = Number((await cache.match(request))?.headers.get("Kept-At"));
    if (at > latest) [found, latest] = [pathname, at];
  }
  return found;
}

// --- answers --------------------------------------------------------------------------------------------------------

/**
 * Sends what waits, and tells the page that asked, or all.
 * @param {MessagePort} [port]
 */
async function report(port) {
  const left = await deliver();
  /** @type {ServiceWorkerRegistration & { sync?: { register: (tag: string) => Promise<void> } }} */
  const registration = worker.registration;
  if (left.waiting && !left.signedOut) await registration.sync?.register("answers").catch(() => {});
  if (port) port.postMessage(left);
  else for (const client of await worker.clients.matchAll()) client.postMessage(left);
}

/** @param {Request} request */
async function reached(request) {
  const response = await Promise.race([fetch(request), tooSlow(2 * PATIENCE)]);
  if ([502, 503, 504].includes(response.status)) throw new Error("no server behind the proxy");
  return response;
}

/**
 * Where a button of a question page leads, as the kept page says (data-leads-to); for what only the server can do, and
 * for a page that isn't kept, to the question itself.
 * @param {string} path
 * @param {string} action - the button's value
 */
async function leadsTo(path, action) {
  const html = (await (await copyOf(path))?.text()) ?? "";
  const buttons = html.match(/<button [^>]*>/g) ?? [];
  const pressed = buttons.find((button) => button.includes(` value="${action}"`));
  return pressed?.match(/ data-leads-to="([^"]+)"/)?.[1] ?? path;
}

/**
 * The form of a question page. Without a network its answer is kept, and the way goes on to where the button led.
 * @param {FetchEvent} event
 * @param {string} path
 */
async function answered({ request }, path) {
  const sent = request.clone();
  try {
    return await reached(request);
  } catch {
    troubled = Date.now();
    const fields = await sent.formData();
    if ([...fields].some(([name, value]) => name.startsWith("answer-") && value !== "")) {
      const reader = (await current()).slice(PAGES.length);
      await alone(() => keep(path, reader, fields, navigator.onLine ? fields : null, true));
    }
    return Response.redirect(await leadsTo(path, String(fields.get("action"))), 303);
  }
}

/**
 * Handing in: first what waits here, because afterwards no answer is taken any more.
 * @param {FetchEvent} event
 * @param {string} path
 */
async function handedIn({ request }, path) {
  const attempt = path.replace(/\/submit$/, "");
  await deliver();
  const open = (await records()).some(
    (entry) => ["waiting", "conflict"].includes(entry.state) && entry.address.startsWith(`${attempt}/`),
  );
  if (!open) {
    try {
      return await reached(request);
    } catch {
      troubled = Date.now();
    }
  }
  return Response.redirect(`${attempt}/summary#not-handed-in`, 303);
}

/**
 * Signing out, from a page that has asked what to do with unsent answers, or leaving for good: nothing of them stays.
 * @param {FetchEvent} event
 */
async function signedOut({ request }) {
  const mine = await current();
  const response = await fetch(request);
  // Anything but a redirect says that the person is still here.
  if (response.type === "opaqueredirect") {
    known = ++asked;
    if (mine !== NOBODY) await caches.delete(mine);
    await tidy(mine.slice(PAGES.length), true);
  }
  return response;
}
