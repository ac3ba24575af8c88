import { part } from "./parts.js";

/**
 * 1 … 9 choose, Enter goes on, wherever typing means neither. The form says which questions it asks (data-question)
 * and which button goes on (data-next).
 * @param {() => HTMLFormElement} shown - the form in view
 */
export function takeKeys(shown) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    const form = shown();
    const at = event.target;
    if (!(at instanceof Element)) return;
    if (at.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])")) return;
    if (event.key === "Enter") {
      if (at.closest("a, button, summary")) return;
      event.preventDefault();
      // A key that is held down would run through the whole paper.
      if (!event.repeat) part(form, "[data-next]", HTMLButtonElement).click();
    } else if (/^[1-9]$/.test(event.key)) {
      /** @type {NodeListOf<HTMLInputElement>} */
      const options = form.querySelectorAll("[data-question] :is(input[type=radio], input[type=checkbox])");
      const option = options[Number(event.key) - 1];
      const groups = new Set([...options].filter((other) => other.type === "radio").map((other) => other.name));
      if (!option || option.disabled || groups.size > 1) return;
      event.preventDefault();
      option.focus();
      option.click();
    }
  });
}
