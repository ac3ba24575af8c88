// Puts things in order without a round trip: the buttons up and down, the menus of positions, and dragging.
// Everything is listened for on the document, so that questions that come later work, too. Without this module the
// buttons send the form and the server moves the item.

const lists = "[data-ordering]";

let settling = false; // While this module itself says that the order has changed.

const items = (root) => [...root.querySelectorAll("[data-ordering-item]")];

/** Writes the order on the page into the menus, and tells the form (which saves) and the screen reader. */
function settle(root, moved) {
  const rows = items(root);
  rows.forEach((row, index) => {
    row.querySelector("select").value = String(index + 1);
    row.querySelector('[data-move="up"]').disabled = index === 0;
    row.querySelector('[data-move="down"]').disabled = index === rows.length - 1;
  });
  root.querySelector("[data-ordering-keep]")?.remove();
  if (moved) {
    const words = { item: text(moved), position: rows.indexOf(moved) + 1, count: rows.length };
    const says = root.querySelector("[data-ordering-says]");
    says.textContent = root.dataset.says.replace(/\{(\w+)\}/g, (all, name) => words[name] ?? all);
  }
  settling = true;
  rows[0].querySelector("select").dispatchEvent(new Event("change", { bubbles: true }));
  settling = false;
}

const text = (row) => row.querySelector(".answer-text").textContent.trim();

/** Moves an item to a place (from 0) in its list. */
function put(root, row, place) {
  const others = items(root).filter((other) => other !== row);
  if (place >= others.length) others.at(-1).after(row);
  else others[Math.max(0, place)].before(row);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(`${lists} [data-move]`);
  if (!button) return;
  event.preventDefault();
  const root = button.closest(lists);
  if (button.dataset.move === "keep") {
    settle(root);
    root.querySelector("select").focus();
    return;
  }
  const row = button.closest("[data-ordering-item]");
  const place = items(root).indexOf(row);
  put(root, row, button.dataset.move === "up" ? place - 1 : place + 1);
  settle(root, row);
  // At either end the button can't go on: the other one takes the focus, so that it isn't lost.
  (button.disabled ? row.querySelector("[data-move]:not([disabled])") : button)?.focus();
});

document.addEventListener(
  "change",
  (event) => {
    const menu = event.target.closest?.(`${lists} select`);
    if (!menu || settling || !menu.value) return;
    event.stopPropagation();
    const root = menu.closest(lists);
    const row = menu.closest("[data-ordering-item]");
    put(root, row, Number(menu.value) - 1);
    settle(root, row);
    menu.focus();
  },
  true,
);

// Dragging is an addition for the mouse; whoever can't drag has the buttons.
let dragged = null;

document.addEventListener("pointerdown", (event) => {
  const row = event.target.closest?.(`${lists} [data-ordering-item]`);
  const taken = event.target.closest?.("button, select, a, input");
  if (!row || taken || event.pointerType !== "mouse" || event.button !== 0) return;
  if (row.querySelector("select").disabled) return;
  dragged = { row, root: row.closest(lists), moved: false };
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-ordering-item]");
  if (!under || under === dragged.row || under.closest(lists) !== dragged.root) return;
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
