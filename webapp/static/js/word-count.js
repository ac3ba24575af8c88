// Says how many words a text has, below the field, while it is written. The server counts again; without this module
// it says so after saving.

/** @param {string} text - how many words it has: what spaces part, as on the server */
export const wordsIn = (text) => text.split(/\s+/u).filter(Boolean).length;

/**
 * What stands below the field.
 * @param {number} count
 * @param {number} most
 * @param {{says?: string, over?: string}} words
 */
export function told(count, most, { says = "", over = "" }) {
  if (!count) return "";
  const text = count > most ? over : says;
  return text.replace("{n}", String(count)).replace("{over}", String(count - most));
}

/** @param {Event} event - listened for on the document, so that questions that come later work, too */
function tell({ target }) {
  if (!(target instanceof HTMLTextAreaElement)) return;
  /** @type {HTMLElement | null} */
  const box = target.closest("[data-word-count]");
  const line = box?.querySelector("[data-words]");
  if (!box || !line) return;
  const most = Number(box.dataset.most);
  const number = wordsIn(target.value);
  line.textContent = told(number, most, box.dataset);
  line.classList.toggle("is-over", number > most);
}

if (typeof document !== "undefined") document.addEventListener("input", tell);
