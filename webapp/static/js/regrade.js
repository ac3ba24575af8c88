// Drives a regrade from its page, some batches a request, until it is done. Without this there is the button.
const box = document.querySelector("[data-regrade]");
const bar = box.querySelector("progress");
const form = box.querySelector("form");
const words = box.querySelector("[data-regrade-text]");
form.hidden = true;

async function goOn() {
  try {
    const response = await fetch(box.dataset.regrade, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (!response.ok) throw new Error(String(response.status));
    const at = await response.json();
    bar.value = at.done;
    bar.max = Math.max(at.total, 1);
    words.textContent = bar.dataset.words.replace("{done}", at.done).replace("{total}", at.total);
    if (at.state === "done") location.reload();
    else goOn();
  } catch {
    form.hidden = false;
  }
}
goOn();
