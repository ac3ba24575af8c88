// A row of buttons that takes one stop of the Tab key: the arrows, Home and End move within it, as the authoring practices
// of WAI-ARIA have it for a toolbar.

/**
 * @param {HTMLElement} toolbar
 * @param {(button: HTMLButtonElement) => void} press
 */
export function startToolbar(toolbar, press) {
  const buttons = () => [...toolbar.querySelectorAll("button")];
  /** @param {HTMLButtonElement} button */
  const stopAt = (button) => {
    for (const each of buttons()) each.tabIndex = each === button ? 0 : -1;
  };
  const first = buttons()[0];
  if (first) stopAt(first);
  toolbar.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLButtonElement) stopAt(event.target);
  });
  toolbar.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const all = buttons();
    const here = all.findIndex((each) => each === event.target);
    const next = here < 0 ? null : place(event.key, here, all.length, getComputedStyle(toolbar).direction === "rtl");
    if (next === null) return;
    event.preventDefault();
    all[next].focus();
  });
  toolbar.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button) press(button);
  });
  toolbar.hidden = false;
}

/**
 * Where a key leads from the button at a place, or null where it leads nowhere.
 * @param {string} key @param {number} here @param {number} length @param {boolean} leftwards - as Arabic is written
 */
export function place(key, here, length, leftwards) {
  if (key === "Home") return 0;
  if (key === "End") return length - 1;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
  const step = (key === "ArrowRight") === leftwards ? -1 : 1;
  return (here + step + length) % length;
}
