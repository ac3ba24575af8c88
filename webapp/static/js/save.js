// Saving an answer, safe to repeat: the form says which step it follows (`sequence`), so the server knows a repeated
// answer from a new one. One save at a time; a save whose outcome is unknown is repeated as it was, before anything
// newer is sent, because the server may have it already.

// {state: "saved", sequence, at, malformed} | {state: "stale"} | {state: "closed", go} | {state: "signed-out", signIn}
// | {state: "refused"} (such as a page too old to send) | {state: "failed"} (no connection, or the server is in trouble)
export async function send(url, body) {
  let response;
  try {
    response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
  } catch {
    return { state: "failed" };
  }
  let answer = {};
  try { answer = await response.json(); } catch { /* a proxy's page: the status says enough */ }
  if (response.ok && answer.saved) return { state: "saved", ...answer };
  if (response.status === 401) return { state: "signed-out", signIn: answer.sign_in };
  if (response.status === 409 && answer.reason === "stale") return { state: "stale" };
  if (response.status === 409) return { state: "closed", go: answer.go };
  return { state: response.status < 500 && response.status !== 429 ? "refused" : "failed" };
}

// A form's address: `form.action` is the button of that name.
const address = (form) => form.getAttribute("action");

const waiting = new WeakMap(); // form → {promise, unsure}

// What the form says now, as it is sent.
function body(form) {
  const data = new FormData(form);
  data.set("action", "save");
  return new URLSearchParams(data);
}

// Saves what the form says at this moment. Calls follow one another; the promise gives the outcome of this one.
export function save(form) {
  const line = waiting.get(form) ?? { promise: Promise.resolve(), unsure: null };
  waiting.set(form, line);
  line.promise = line.promise.then(async () => {
    if (line.unsure) {
      const outcome = await send(address(form), line.unsure);
      if (outcome.state === "failed") return outcome;
      line.unsure = null;
      if (outcome.state !== "saved") return outcome;
      form.elements.sequence.value = outcome.sequence;
    }
    const now = body(form);
    form.elements.seconds.value = "0";
    const outcome = await send(address(form), now);
    if (outcome.state === "failed") line.unsure = now;
    else if (outcome.state === "saved") form.elements.sequence.value = outcome.sequence;
    return outcome;
  });
  return line.promise;
}
