// On the page that says that nothing can be saved at the moment: asks every few seconds whether it can be again, and
// then sends what was kept, or looks at the page again.
import { part, wordsOf } from "./parts.js";

const { health } = wordsOf(part(document, "#send-again", HTMLScriptElement));
/** @type {HTMLFormElement | null} */
const form = document.querySelector("form[data-send-again]");

async function look() {
  let well = false;
  try {
    well = (await fetch(health, { cache: "no-store", redirect: "error" })).ok;
  } catch {
    /* no network: the next look tells */
  }
  if (!well)
    setTimeout(look, 3000 + Math.random() * 4000); // not all of a class at once
  else if (form) form.submit();
  else location.reload();
}
setTimeout(look, 3000 + Math.random() * 4000);
