// On the page that says that nothing can be saved at the moment: asks every few seconds whether it can be again, and
// then sends what was kept, or looks at the page again.
import { part, wordsOf } from "./parts.js";

const { health } = wordsOf(part(document, "#send-again", HTMLScriptElement));
const PATIENCE = 10000; // ms for one look
const ON_ITS_WAY = 30000; // ms that a sending by hand may take before another one makes sense
/** @type {HTMLFormElement | null} */
const form = document.querySelector("form[data-send-again]");
let sent = -Infinity; // when somebody pressed the button
const onItsWay = () => performance.now() - sent < ON_ITS_WAY;
form?.addEventListener("submit", () => {
  sent = performance.now();
});

async function isWell() {
  try {
    const answer = await fetch(health, {
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    return answer.ok;
  } catch {
    return false; // no network, or a server that says nothing: the next look tells
  }
}

async function look() {
  const well = !onItsWay() && (await isWell());
  // What was sent by hand meanwhile is not sent a second time.
  if (!well || onItsWay()) wait();
  // A field may be called "submit".
  else if (form) HTMLFormElement.prototype.submit.call(form);
  else location.reload();
}

function wait() {
  setTimeout(look, 3000 + Math.random() * 4000); // not all of a class at once
}
wait();
