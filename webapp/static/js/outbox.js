// Answers on this device: those that wait for the network, and what was saved of an open attempt since its pages were
// kept. They lie in IndexedDB, one record for each question, under the reader they belong to.
//
// In a record `fields` is the answer as the form has it; `sequence` is the step it follows (or, saved, the step it is);
// `unsure` is an earlier sending whose outcome is unknown, which is repeated as it was before anything newer goes out,
// because the server may have it. The state is one of
//   waiting   to be sent
//   saved     the server has it
//   conflict  the question was answered elsewhere meanwhile; the server's page lets the person choose
//   closed    the server takes no more answers here; `go` leads to why

/**
 * @typedef {[name: string, value: string][]} Fields
 * @typedef {object} Entry
 * @property {string} address - of the question, and of the form that answers it
 * @property {string} reader - whose it is
 * @property {Fields} fields
 * @property {number} sequence
 * @property {Fields | null} unsure
 * @property {"waiting" | "saved" | "conflict" | "closed"} state
 * @property {number} at - when it was put here, in ms
 * @property {string} [go]
 *
 * What came of sending; "failed" is no connection, or a server in trouble.
 * @typedef {{ state: "saved", sequence: number, at?: string | null, malformed?: string | null, answered?: boolean,
 *   go?: string }} Saved - `go` is where the button leads that the answer went out with
 * @typedef {{ state: "closed", go: string }} Closed
 * @typedef {{ state: "signed-out", signIn: string }} SignedOut
 * @typedef {{ state: "stale" | "old-token" | "refused" | "failed", why?: string }} Unsaved
 * @typedef {Saved | Closed | SignedOut | Unsaved} Outcome
 *
 * What is left after a delivery; `closed` are records, `conflicts` addresses.
 * @typedef {{ sent: number, waiting: number, conflicts: string[], closed: Entry[], signedOut: boolean }} Left
 */

/** @type {{ document?: { documentElement: { dataset: { root?: string } } } }} */
const { document } = /** @type {any} */ (globalThis);

/**
 * Where the app begins on its host: "" at the root, "/quiz" behind a proxy that keeps it there. Pages say it; the
 * worker has its own address from it.
 */
export const root = document
  ? (document.documentElement.dataset.root ?? "")
  : location.pathname.replace(/\/[^/]*$/, "");

/**
 * The name of something kept in this browser: all that lies on one host shares its caches, databases and locks.
 * @param {string} name
 */
export const named = (name) => (root ? `${root} ${name}` : name);

/**
 * What matches addresses of this app that begin like this.
 * @param {string} pattern
 */
export const below = (pattern) => new RegExp(`^${root.replaceAll(".", "\\.")}${pattern}`);

/**
 * The same for pages of a course, whichever it is: they lie below its own address, /courses/tea. Before courses had one
 * they lay at the root, and what was kept then is still here.
 * @param {string} pattern
 */
export const inCourse = (pattern) => below(`(?:/courses/[^/]+)?${pattern}`);

const ATTEMPT = inCourse("/attempts/\\d+");
const MOVED = below("/attempts/"); // from that time: the server says where it is now

/**
 * The attempt's own part of an address: "/attempts/7" of "/attempts/7/questions/3".
 * @param {string} path
 */
export const attemptOf = (path) => path.match(ATTEMPT)?.[0];

// The names of caches of pages begin with it; what follows is the reader they belong to.
export const PAGES = named("pages-");

const PATIENCE = 20000; // ms; after that an answer counts as not sent, or sent with an unknown outcome
const OUTLIVES = 30000; // bytes; browsers let requests of 64 KiB together outlive their page, and refuse more
const MONTH = 30 * 24 * 3600 * 1000; // ms; longer nothing is kept
/** @type {Promise<IDBDatabase> | null} */
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(named("answers"), 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("answers", { keyPath: "address" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => {
      opened = null;
      reject(asked.error);
    };
  });
  return opened;
}

/**
 * One transaction: `act(store)` gives the request whose result is wanted.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function use(mode, act) {
  // An answer that is said to be kept has to outlive a power cut.
  const transaction = (await database()).transaction("answers", mode, { durability: "strict" });
  const wanted = act(transaction.objectStore("answers"));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(wanted.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @param {string} address @returns {Promise<Entry | undefined>} */
export const record = (address) => use("readonly", (store) => store.get(address));
/** @returns {Promise<Entry[]>} */
export const records = () => use("readonly", (store) => store.getAll());
/** @param {string} address */
export const forget = (address) => use("readwrite", (store) => store.delete(address));
/** @param {Entry} entry */
const put = (entry) => use("readwrite", (store) => store.put(entry));

/**
 * Whoever sends answers holds this, so that a page and the worker, or two pages, never send the same one at once.
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export const alone = (act) => (navigator.locks ? navigator.locks.request(named("answers"), act) : act());

/**
 * Who may see a record. What somebody did as a guest may have moved to their account; the server knows.
 * @param {Entry} entry
 * @param {string} reader
 */
export const belongs = (entry, reader) =>
  entry.reader === reader || (entry.reader.startsWith("g-") && reader !== "nobody");

/** @param {FormData | URLSearchParams} fields @returns {Fields} */
const plain = (fields) =>
  [...fields]
    .filter(([name]) => !["csrf_token", "sequence", "action"].includes(name))
    .map(([name, value]) => [name, String(value)]);
/** @param {Fields} fields */
const told = (fields) => JSON.stringify(fields.filter(([name]) => name !== "seconds"));
/** @param {Fields} one @param {Fields} other */
const same = (one, other) => told(one) === told(other);

/**
 * Keeps an answer until it can be sent. A page that may be older than what is kept says so with `merge`, and goes on
 * from there.
 * @param {string} address
 * @param {string} reader
 * @param {FormData | URLSearchParams} fields
 * @param {FormData | URLSearchParams | null} sent - the fields that went out with an unknown outcome, if any did
 */
export async function keep(address, reader, fields, sent, merge = false) {
  const before = await record(address);
  /** @type {Entry} */
  const entry = {
    address,
    reader,
    fields: plain(fields),
    sequence: Number(fields.get("sequence")),
    unsure: sent ? plain(sent) : null,
    state: "waiting",
    at: Date.now(),
  };
  if (merge && before?.reader === reader) {
    if (before.state === "waiting") entry.unsure = before.unsure ?? entry.unsure;
    entry.sequence = before.state === "waiting" ? before.sequence : Math.max(before.sequence, entry.sequence);
    if (before.state === "saved" && same(before.fields, entry.fields)) return;
  }
  await put(entry);
}

/**
 * @param {string} address
 * @param {string} reader
 * @param {FormData | URLSearchParams} fields
 * @param {number} sequence
 */
export const saved = (address, reader, fields, sequence) =>
  put({ address, reader, fields: plain(fields), sequence, unsure: null, state: "saved", at: Date.now() });

/**
 * Forgets what belongs to nobody who is here: all saved answers of others; with `all`, also unsent ones of `reader`.
 * @param {string} reader
 */
export async function tidy(reader, all = false) {
  for (const entry of await records()) {
    const own = belongs(entry, reader);
    const old = Date.now() - entry.at > MONTH;
    if (old || (own ? all : entry.state === "saved")) await forget(entry.address);
  }
}

/**
 * Sends an answer, once, and says what came of it.
 * @param {string} url
 * @param {URLSearchParams} body
 * @param {{ [name: string]: string }} headers - what else the server is told; it counts answers that waited
 * @param {boolean} goesOn - whether the request is to arrive though its page may be closed meanwhile
 * @returns {Promise<Outcome>}
 */
export async function send(url, body, headers = {}, goesOn = false) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      body,
      headers: { Accept: "application/json", ...headers },
      keepalive: goesOn && String(body).length < OUTLIVES,
      redirect: MOVED.test(url) ? "follow" : "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return { state: "failed" };
  }
  // To the same page of a course, and nowhere else.
  if (response.redirected && !new URL(response.url).pathname.endsWith(url.slice(root.length)))
    return { state: "failed" };
  /** @type {{ [name: string]: any }} */
  let answer = {};
  try {
    answer = await response.json();
  } catch {
    /* a proxy's page: the status says enough */
  }
  if (response.ok && answer.saved)
    return {
      state: "saved",
      sequence: answer.sequence,
      at: answer.at,
      malformed: answer.malformed,
      ...(answer.go && { go: answer.go }),
      ...("answered" in answer && { answered: answer.answered }),
    };
  if (response.status === 401) return { state: "signed-out", signIn: answer.sign_in };
  if (response.status === 409 && answer.reason === "stale") return { state: "stale" };
  if (response.status === 409) return { state: "closed", go: answer.go };
  if (response.status === 400 && answer.error === "token") return { state: "old-token" };
  // An exam that is not taken from here: the answer stays until it can be sent from where it is.
  if (response.status === 403 && answer.message && answer.reason) return { state: "failed", why: answer.message };
  return { state: response.status < 500 && response.status !== 429 ? "refused" : "failed" };
}

/**
 * Who is here, as the server sees it, with a token for forms, or null without a network.
 * @returns {Promise<{ reader: string, token: string } | null>}
 */
export async function session() {
  try {
    const response = await fetch(`${root}/session`, { signal: AbortSignal.timeout(PATIENCE) });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/**
 * Sends what waits, and gives what is left. Numbers count answers of whoever is here; with nobody here, all that wait
 * for somebody to sign in.
 */
export function deliver() {
  return alone(async () => {
    /** @type {Left} */
    const left = { sent: 0, waiting: 0, conflicts: [], closed: [], signedOut: false };
    const entries = (await records()).filter((entry) => entry.state !== "saved");
    if (!entries.length) return left;
    const here = await session();
    left.signedOut = here?.reader === "nobody";
    let token = here && !left.signedOut ? here.token : null; // null as soon as there is no use in going on
    for (const entry of entries) {
      if (here && !left.signedOut && !belongs(entry, here.reader)) continue;
      if (entry.state === "waiting" && token !== null && !(await settle(entry, token))) token = null;
      if (entry.state === "waiting") left.waiting += 1;
      else if (entry.state === "saved") left.sent += 1;
      else if (entry.state === "conflict") left.conflicts.push(entry.address);
      else left.closed.push(entry);
    }
    return left;
  });
}

/**
 * Sends one record and keeps what came of it; false when it makes no sense to go on with others.
 * @param {Entry} entry
 * @param {string} token
 */
async function settle(entry, token) {
  /** @param {Fields} fields */
  const post = (fields) => {
    const body = new URLSearchParams(fields);
    body.set("csrf_token", token);
    body.set("sequence", String(entry.sequence));
    return send(entry.address, body, { "X-Outbox": "kept" });
  };
  /** @type {Outcome} */
  let outcome = { state: "saved", sequence: entry.sequence };
  if (entry.unsure) outcome = await post(entry.unsure);
  if (outcome.state === "saved" && !(entry.unsure && same(entry.unsure, entry.fields))) {
    entry.sequence = outcome.sequence;
    if (entry.unsure) await put(Object.assign(entry, { unsure: null }));
    outcome = await post(entry.fields);
  }
  if (outcome.state === "failed" || outcome.state === "signed-out" || outcome.state === "old-token") return false;
  if (outcome.state === "saved") Object.assign(entry, { state: "saved", sequence: outcome.sequence, unsure: null });
  else if (outcome.state === "stale") entry.state = "conflict";
  else Object.assign(entry, { state: "closed", go: outcome.state === "closed" ? outcome.go : undefined });
  await put(entry);
  return true;
}
