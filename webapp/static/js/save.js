// Saving an answer, safe to repeat: the form says which step it follows (`sequence`), so the server knows a repeated
// answer from a new one. One save at a time; a save whose outcome is unknown is repeated as it was, before anything
// newer is sent, because the server may have it already. What can't be sent is kept on this device (outbox.js).
import { alone, belongs, forget, keep, record, saved, send, session } from "./outbox.js";
import { part, wordsOf } from "./parts.js";

/**
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./outbox.js").Outcome & { kept?: boolean }} Outcome - `kept`: it lies on this device
 * @typedef {object} Way - how an answer goes out, where it is more than saved
 * @property {string} action - the button that was pressed
 * @property {boolean} isNote - nothing is new in it: it tells where somebody is now, and is not kept
 * @property {() => boolean} isOld - whether a later note has been written meanwhile
 * @property {() => void} kept - called when the answer lies on this device, where it is put before it goes out
 *
 * @typedef {object} Line - the saves of one form, one after the other
 * @property {Promise<Outcome | null>} promise - of the latest
 * @property {URLSearchParams | null} unsure - what went out with an unknown outcome
 * @property {boolean} kept - whether the answer lies on this device, to be sent
 * @property {URLSearchParams | null} out - what is under way
 * @property {boolean} ahead - whether a newer answer than that lies on this device, and goes out next
 */

/**
 * A form's address: `form.action` is the button of that name.
 * @param {HTMLFormElement} form
 */
export const address = (form) => form.getAttribute("action") ?? "";
const { reader } = wordsOf(document.documentElement);

/** @type {WeakMap<HTMLFormElement, Line>} */
const lines = new WeakMap();

/** @param {HTMLFormElement} form @param {string} name */
export const field = (form, name) => part(form, `[name="${name}"]`, HTMLInputElement);

/** @param {HTMLFormElement} form */
function line(form) {
  const mine = lines.get(form) ?? {
    promise: Promise.resolve(null),
    unsure: null,
    kept: false,
    out: null,
    ahead: false,
  };
  lines.set(form, mine);
  return mine;
}

/**
 * What the form says now, as it is sent.
 * @param {HTMLFormElement} form
 * @param {string} action
 */
function body(form, action) {
  const data = new FormData(form);
  data.set("action", action);
  return encoded(data);
}

/** @param {FormData} data - without files, as nothing in these forms is one */
const encoded = (data) => new URLSearchParams([...data].map(([name, value]) => [name, String(value)]));

/**
 * A form filled with an answer that was kept goes on where the one who kept it was.
 * @param {HTMLFormElement} form
 * @param {Entry} entry
 */
export function resume(form, entry) {
  /** @type {[string, string][]} */
  const more = [
    ["sequence", String(entry.sequence)],
    ["action", "save"],
  ];
  Object.assign(line(form), { unsure: entry.unsure && new URLSearchParams([...entry.unsure, ...more]), kept: true });
}

/**
 * Saves what the form says at this moment. Calls follow one another; the promise gives the outcome of this one, as
 * `send` does; `kept` in it says that the answer lies on this device, to be sent later. With a `way` the page goes on
 * meanwhile, and may be closed.
 * @param {HTMLFormElement} form
 * @param {Way | null} way
 * @returns {Promise<Outcome>}
 */
export function save(form, way = null) {
  const mine = line(form);
  const done = mine.promise.then(() => alone(() => attempt(form, mine, way)));
  mine.promise = done;
  return done;
}

/**
 * Puts what the form says on this device while an earlier save is under way: whoever leaves before that has come back
 * doesn't lose what they said since. The save that follows sends it.
 * @param {HTMLFormElement} form
 * @param {string} action
 */
export async function keepAhead(form, action) {
  const mine = line(form);
  mine.ahead = true;
  await keep(address(form), reader, body(form, action), mine.out ?? mine.unsure);
}

/** @param {HTMLFormElement} form @param {Line} mine @param {Way | null} way @returns {Promise<Outcome>} */
async function attempt(form, mine, way) {
  const to = address(form);
  const action = way?.action ?? "save";
  const sequence = field(form, "sequence");
  if (way?.isNote) {
    if (way.isOld()) return { state: "saved", sequence: Number(sequence.value) };
    const note = body(form, action);
    field(form, "seconds").value = "0";
    return post(form, note, true);
  }
  const seconds = field(form, "seconds");
  const entry = mine.ahead ? null : await record(to).catch(() => null);
  mine.ahead = false;
  if (entry && belongs(entry, reader)) {
    if (entry.state === "waiting" && !mine.kept) {
      resume(form, entry);
      sequence.value = String(Math.max(entry.sequence, Number(sequence.value)));
    } else if (entry.state === "saved" && mine.kept && entry.sequence >= Number(sequence.value)) {
      // The worker or another page has sent it meanwhile.
      sequence.value = String(entry.sequence);
      mine.unsure = null;
    }
  }
  if (way) {
    const going = body(form, action);
    const unsure = mine.unsure ?? (navigator.onLine ? going : null);
    await keep(to, reader, going, unsure).then(way.kept, () => {});
  }
  /** @type {Outcome | null} */
  let outcome = null;
  if (mine.unsure) {
    outcome = await post(form, (mine.out = mine.unsure), Boolean(way));
    if (outcome.state === "saved") sequence.value = String(outcome.sequence);
    if (outcome.state !== "failed") mine.unsure = null;
  }
  const now = body(form, action);
  if (!outcome || outcome.state === "saved") {
    seconds.value = "0";
    outcome = await post(form, (mine.out = now), Boolean(way));
    // Without a network at all nothing can have gone out.
    if (outcome.state === "failed" && navigator.onLine) mine.unsure = now;
  }
  mine.out = null;
  if (outcome.state === "saved") sequence.value = String(outcome.sequence);
  outcome.kept = mine.ahead || (await remember(to, now, mine.unsure, outcome).catch(() => false));
  if (way && outcome.state === "refused" && entry?.state !== "waiting") await forget(to).catch(() => {});
  mine.kept = outcome.kept;
  return outcome;
}

/**
 * Sends fields; a token of an earlier session is replaced by a new one if the same person is here.
 * @param {HTMLFormElement} form
 * @param {URLSearchParams} fields
 * @param {boolean} goesOn - see `send`
 * @returns {Promise<Outcome>}
 */
async function post(form, fields, goesOn) {
  const token = field(form, "csrf_token");
  fields.set("csrf_token", token.value);
  const outcome = await send(address(form), fields, {}, goesOn);
  if (outcome.state !== "old-token") return outcome;
  const here = await session();
  if (here?.reader !== reader) return { state: here ? "refused" : "failed" };
  token.value = here.token;
  fields.set("csrf_token", here.token);
  return send(address(form), fields, {}, goesOn);
}

/**
 * Brings this device up to date; true when the answer is kept to be sent.
 * @param {string} to
 * @param {URLSearchParams} fields
 * @param {URLSearchParams | null} unsure
 * @param {Outcome} outcome
 */
async function remember(to, fields, unsure, outcome) {
  if (outcome.state === "saved") await saved(to, reader, fields, outcome.sequence);
  else if (outcome.state === "closed") await forget(to);
  else if (outcome.state === "failed" || outcome.state === "signed-out") {
    await keep(to, reader, fields, unsure);
    return true;
  }
  return false;
}
