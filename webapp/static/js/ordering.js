// Puts things in order without a round trip: the buttons up and down, the menus of positions, and dragging.
// Everything is listened for on the document, so that questions that come later work, too. Without this module the
// buttons send the form and the server moves the item.
import { around, part, wordsOf } from "./parts.js";

const lists = "[data-ordering]";

let settling = false; // While this module itself says that the order has changed.

/** @param {Element} root @returns {HTMLElement[]} */
function items(root) {
  /** @type {NodeListOf<HTMLElement>} */
  const rows = root.querySelectorAll("[data-ordering-item]");
  return [...rows];
}

/** @param {ParentNode} row - or a list, whose first menu it is then */
const menuOf = (row) => part(row, "select", HTMLSelectElement);

/** @param {Element} within @returns {HTMLElement | null} */
const listAround = (within) => within.closest(lists);

/**
 * Writes the order on the page into the menus, and tells the form (which saves) and the screen reader.
 * @param {HTMLElement} root
 * @param {HTMLElement} [moved]
 */
function settle(root, moved) {
  const rows = items(root);
  rows.forEach((row, index) => {
    menuOf(row).value = String(index + 1);
    part(row, '[data-move="up"]', HTMLButtonElement).disabled = index === 0;
    part(row, '[data-move="down"]', HTMLButtonElement).disabled = index === rows.length - 1;
  });
  root.querySelector("[data-ordering-keep]")?.remove();
  if (moved) {
    const says = part(root, "[data-ordering-says]", HTMLElement);
    const words = new Map([
      ["item", text(moved)],
      ["position", String(rows.indexOf(moved) + 1)],
      ["count", String(rows.length)],
    ]);
    says.textContent = wordsOf(root).says.replace(/\{(\w+)\}/g, (all, name) => words.get(name) ?? all);
  }
  settling = true;
  menuOf(rows[0]).dispatchEvent(new Event("change", { bubbles: true }));
  settling = false;
}

/** @param {HTMLElement} row */
const text = (row) => part(row, ".answer-text", HTMLElement).textContent.trim();

/**
 * Moves an item to a place (from 0) in its list.
 * @param {HTMLElement} root
 * @param {HTMLElement} row
 * @param {number} place
 */
function put(root, row, place) {
  const others = items(root).filter((other) => other !== row);
  if (place >= others.length) others.at(-1)?.after(row);
  else others[Math.max(0, place)].before(row);
}

document.addEventListener("click", (event) => {
  const button = around(event, `${lists} [data-move]`, HTMLButtonElement);
  const root = button && listAround(button);
  if (!root) return;
  event.preventDefault();
  if (button.dataset.move === "keep") {
    settle(root);
    menuOf(root).focus();
    return;
  }
  const row = around(event, "[data-ordering-item]", HTMLElement);
  if (!row) return;
  const place = items(root).indexOf(row);
  put(root, row, button.dataset.move === "up" ? place - 1 : place + 1);
  settle(root, row);
  // At either end the button can't go on: the other one takes the focus, so that it isn't lost.
  /** @type {HTMLButtonElement | null} */
  const other = row.querySelector("[data-move]:not([disabled])");
  (button.disabled ? other : button)?.focus();
});

document.addEventListener(
  "change",
  (event) => {
    const menu = around(event, `${lists} select`, HTMLSelectElement);
    if (!menu || settling || !menu.value) return;
    event.stopPropagation();
    const root = listAround(menu);
    const row = around(event, "[data-ordering-item]", HTMLElement);
    if (!root || !row) return;
    put(root, row, Number(menu.value) - 1);
    settle(root, row);
    menu.focus();
  },
  true,
);

// Dragging is an addition for the mouse; whoever can't drag has the buttons.
/** @type {{ row: HTMLElement, root: HTMLElement, moved: boolean } | null} */
let dragged = null;

document.addEventListener("pointerdown", (event) => {
  const row = around(event, `${lists} [data-ordering-item]`, HTMLElement);
  const root = row && listAround(row);
  const taken = around(event, "button, select, a, input", HTMLElement);
  if (!root || taken || event.pointerType !== "mouse" || event.button !== 0) return;
  if (menuOf(row).disabled) return;
  dragged = { row, root, moved: false };
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  /** @type {HTMLElement | null | undefined} */
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-ordering-item]");
  if (!under || under === dragged.row || listAround(under) !== dragged.root) return;
  event.preventDefault();
  dragged.moved = true;
  dragged.row.dataset.dragging = "";
  const rows = items(dragged.root);
  if (rows.indexOf(under) < rows.indexOf(dragged.row)) under.before(dragged.row);
  else under.after(dragged.row);
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    if (dragged?.moved) {
      delete dragged.row.dataset.dragging;
      document.getSelection()?.removeAllRanges();
      settle(dragged.root, dragged.row);
    }
    dragged = null;
  });
}
