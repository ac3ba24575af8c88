// Saving an answer, safe to repeat: the form says which step it follows (`sequence`), so the server knows a repeated
// answer from a new one. One save at a time; a save whose outcome is unknown is repeated as it was, before anything
// newer is sent, because the server may have it already. What can't be sent is kept on this device (outbox.js).
import { alone, belongs, forget, keep, record, saved, send, session } from "./outbox.js";

// A form's address: `form.action` is the button of that name.
export const address = (form) => form.getAttribute("action");
const { reader } = document.documentElement.dataset;

const lines = new WeakMap(); // form → {promise, unsure, kept}

function line(form) {
  if (!lines.has(form)) lines.set(form, { promise: Promise.resolve(), unsure: null, kept: false });
  return lines.get(form);
}

// What the form says now, as it is sent.
function body(form) {
  const data = new FormData(form);
  data.set("action", "save");
  return new URLSearchParams(data);
}

// A form filled with an answer that was kept goes on where the one who kept it was.
export function resume(form, entry) {
  Object.assign(line(form), {
    unsure: entry.unsure && new URLSearchParams([...entry.unsure, ["sequence", entry.sequence], ["action", "save"]]),
    kept: true,
  });
}

// Saves what the form says at this moment. Calls follow one another; the promise gives the outcome of this one, as
// `send` does; `kept` in it says that the answer lies on this device, to be sent later.
export function save(form) {
  const mine = line(form);
  mine.promise = mine.promise.then(() => alone(() => attempt(form, mine)));
  return mine.promise;
}

async function attempt(form, mine) {
  const to = address(form);
  const { sequence, seconds } = form.elements;
  const entry = await record(to).catch(() => null);
  if (entry && belongs(entry, reader)) {
    if (entry.state === "waiting" && !mine.kept) {
      resume(form, entry);
      sequence.value = Math.max(entry.sequence, Number(sequence.value));
    } else if (entry.state === "saved" && mine.kept && entry.sequence >= Number(sequence.value)) {
      // The worker or another page has sent it meanwhile.
      sequence.value = entry.sequence;
      mine.unsure = null;
    }
  }
  let outcome = null;
  if (mine.unsure) {
    outcome = await post(form, mine.unsure);
    if (outcome.state === "saved") sequence.value = outcome.sequence;
    if (outcome.state !== "failed") mine.unsure = null;
  }
  const now = body(form);
  if (!outcome || outcome.state === "saved") {
    seconds.value = "0";
    outcome = await post(form, now);
    // Without a network at all nothing can have gone out.
    if (outcome.state === "failed" && navigator.onLine) mine.unsure = now;
  }
  if (outcome.state === "saved") sequence.value = outcome.sequence;
  outcome.kept = await remember(to, now, mine.unsure, outcome).catch(() => false);
  mine.kept = outcome.kept;
  return outcome;
}

// Sends fields; a token of an earlier session is replaced by a new one if the same person is here.
async function post(form, fields) {
  fields.set("csrf_token", form.elements.csrf_token.value);
  const outcome = await send(address(form), fields);
  if (outcome.state !== "old-token") return outcome;
  const here = await session();
  if (here?.reader !== reader) return { state: here ? "refused" : "failed" };
  form.elements.csrf_token.value = here.token;
  fields.set("csrf_token", here.token);
  return send(address(form), fields);
}

// Brings this device up to date; true when the answer is kept to be sent.
async function remember(to, fields, unsure, outcome) {
  if (outcome.state === "saved") await saved(to, reader, fields, outcome.sequence);
  else if (outcome.state === "closed") await forget(to);
  else if (outcome.state === "failed" || outcome.state === "signed-out") {
    await keep(to, reader, fields, unsure);
    return true;
  }
  return false;
}
