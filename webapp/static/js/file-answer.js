// A file as an answer: says at once what the server would refuse, and that a file needs the network. Without this module
// the server says so.

const LARGEST = 10 * 1024 * 1024;

/**
 * Why a file can't be handed in now; empty where it can.
 * @param {number} size
 * @param {boolean} online
 * @param {{offline?: string, large?: string}} words
 */
export function objection(size, online, { offline = "", large = "" }) {
  if (!online) return offline;
  return size > LARGEST ? large : "";
}

/** @param {Event} event - listened for on the document, before the browser sends the form */
function hold(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !["file-form", "file-back-form"].includes(form.id)) return;
  /** @type {HTMLElement | null} */
  const box = document.querySelector("[data-file-answer]");
  /** @type {HTMLElement | null | undefined} */
  const says = box?.querySelector("[data-file-says]");
  if (!box || !says) return;
  const chosen = form.id === "file-form" ? form.elements.namedItem("file") : null;
  const file = chosen instanceof HTMLInputElement ? chosen.files?.[0] : null;
  says.textContent = objection(file?.size ?? 0, navigator.onLine, box.dataset);
  says.hidden = !says.textContent;
  if (says.textContent) event.preventDefault();
}

if (typeof document !== "undefined") document.addEventListener("submit", hold, true);
