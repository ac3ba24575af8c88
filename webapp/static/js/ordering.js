// Puts things in order without a round trip: the buttons up and down, the menus of positions, and dragging by a handle.
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
  if (moved) tell(root, moved);
  settling = true;
  menuOf(rows[0]).dispatchEvent(new Event("change", { bubbles: true }));
  settling = false;
}

/**
 * Tells the screen reader where an item is now.
 * @param {HTMLElement} root
 * @param {HTMLElement} row
 */
function tell(root, row) {
  const rows = items(root);
  const words = new Map([
    ["item", text(row)],
    ["position", String(rows.indexOf(row) + 1)],
    ["count", String(rows.length)],
  ]);
  const says = wordsOf(root).says.replace(/\{(\w+)\}/g, (all, name) => words.get(name) ?? all);
  part(root, "[data-ordering-says]", HTMLElement).textContent = says;
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

// Dragging by the handle, with a finger, a pen or the mouse; with the mouse also by the item itself. Whoever can't drag
// has the buttons. The neighbours are moved, not the item in hand: a browser lets go of what is taken out of the page.
const EDGE = 72; // px; nearer to the edge of the window the page scrolls along
/**
 * @type {{ row: HTMLElement, root: HTMLElement, pointer: number, before: HTMLElement[], grip: number, y: number,
 *   shift: number, moved: boolean } | null}
 */
let dragged = null;

document.addEventListener("pointerdown", (event) => {
  const row = around(event, `${lists} [data-ordering-item]`, HTMLElement);
  const root = row && listAround(row);
  const handle = around(event, "[data-ordering-handle]", HTMLElement);
  const taken = around(event, "button, select, a, input", HTMLElement);
  if (!root || dragged || taken || (!handle && event.pointerType !== "mouse") || event.button !== 0) return;
  if (menuOf(row).disabled) return;
  const grip = event.clientY - row.getBoundingClientRect().top;
  dragged = {
    row,
    root,
    pointer: event.pointerId,
    before: items(root),
    grip,
    y: event.clientY,
    shift: 0,
    moved: false,
  };
  if (handle) {
    event.preventDefault(); // no text is selected
    lift();
  }
});

function lift() {
  if (!dragged || "dragging" in dragged.row.dataset) return;
  dragged.row.dataset.dragging = "";
  // All events of this pointer come here from now on, even from outside of the window.
  dragged.row.setPointerCapture(dragged.pointer);
  requestAnimationFrame(scrollAlong);
}

document.addEventListener("pointermove", (event) => {
  if (!dragged || event.pointerId !== dragged.pointer) return;
  if (!("dragging" in dragged.row.dataset) && Math.abs(event.clientY - dragged.y) < 4) return;
  event.preventDefault();
  lift();
  dragged.y = event.clientY;
  follow();
});

// Keeps the item in hand under the pointer, and lets it change places with those whose middle it has passed.
function follow() {
  if (!dragged) return;
  const { row, root, y, grip } = dragged;
  for (let turn = items(root).length; turn > 0; turn -= 1) {
    const box = row.getBoundingClientRect();
    const home = box.top - dragged.shift; // where it would stand by itself
    dragged.shift = y - grip - home;
    row.style.transform = `translateY(${dragged.shift}px)`;
    const [top, bottom] = [y - grip, y - grip + box.height];
    const above = row.previousElementSibling;
    const below = row.nextElementSibling;
    if (above && top < middle(above)) row.after(above);
    else if (below && bottom > middle(below)) row.before(below);
    else return;
    dragged.moved = true;
    tell(root, row);
  }
}

/** @param {Element} row */
function middle(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}

function scrollAlong() {
  if (!dragged || !("dragging" in dragged.row.dataset)) return;
  const { y } = dragged;
  const pull = y < EDGE ? y - EDGE : Math.max(0, y - (innerHeight - EDGE));
  if (pull) {
    scrollBy({ top: pull / 6, behavior: "instant" });
    follow();
  }
  requestAnimationFrame(scrollAlong);
}

/** @param {boolean} keeps - whether the item stays where it is now; else all is as before */
function drop(keeps) {
  if (!dragged) return;
  const { row, root, before, moved } = dragged;
  dragged = null;
  delete row.dataset.dragging;
  row.style.transform = "";
  if (!moved) return;
  if (!keeps) before.forEach((item) => item.parentElement?.append(item));
  if (keeps) settle(root, row);
  else tell(root, row);
}

document.addEventListener("pointerup", (event) => {
  if (event.pointerId === dragged?.pointer) drop(true);
});
document.addEventListener("pointercancel", (event) => {
  if (event.pointerId === dragged?.pointer) drop(false);
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && dragged) drop(false);
});
