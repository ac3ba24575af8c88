// Drives a regrade from its page, some batches a request, until it is done. Without this there is the button.
import { part, wordsOf } from "./parts.js";

const box = part(document, "[data-regrade]", HTMLElement);
const bar = part(box, "progress", HTMLProgressElement);
const form = part(box, "form", HTMLFormElement);
const text = part(box, "[data-regrade-text]", HTMLElement);
form.hidden = true;

async function goOn() {
  try {
    const response = await fetch(wordsOf(box).regrade, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (!response.ok) throw new Error(String(response.status));
    const at = await response.json();
    bar.value = at.done;
    bar.max = Math.max(at.total, 1);
    text.textContent = wordsOf(bar).words.replace("{done}", at.done).replace("{total}", at.total);
    if (at.state === "done") location.reload();
    else goOn();
  } catch {
    form.hidden = false;
  }
}
goOn();
