// Terms and sources explained beside the word, on focus, hover or tap. Without this they are links to their lists.
import { around, part } from "./parts.js";

const lesson = part(document, "#lesson", HTMLElement);
const marked = "a.term, .cite a, a.cite";
const card = document.createElement("div");
card.className = "card-pop";
card.popover = "manual";
lesson.append(card);
/** @type {HTMLAnchorElement | null} */
let owner = null; // the link whose card is shown
let timer = 0;

function hide() {
  if (owner) card.hidePopover();
  owner = null;
}
function later() {
  clearTimeout(timer);
  timer = setTimeout(hide, 220);
}

/** @param {HTMLAnchorElement} link */
function show(link) {
  const target = document.getElementById(link.hash.slice(1));
  if (!target || !("showPopover" in card)) return false;
  clearTimeout(timer);
  const pieces = link.matches(".term")
    ? target.querySelectorAll("dt, dd")
    : target.querySelectorAll(".source-claim, .firmness");
  card.replaceChildren(
    ...[...pieces].map((piece) => {
      const line = document.createElement("p");
      line.className = `card-${piece.localName}`;
      const copy = piece.cloneNode(true);
      line.append(...(piece.matches(".firmness") ? [copy] : copy.childNodes));
      return line;
    }),
  );
  owner = link;
  card.showPopover();
  place(link);
  return true;
}

/** @param {HTMLAnchorElement} link */
function place(link) {
  const at = link.getBoundingClientRect(),
    box = card.getBoundingClientRect(),
    below = at.bottom + 8;
  card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
  card.style.top = `${below + box.height > innerHeight ? Math.max(8, at.top - box.height - 8) : below}px`;
}

/** @type {NodeListOf<HTMLAnchorElement>} */
const terms = lesson.querySelectorAll("a.term");
for (const link of terms) {
  const text = document.getElementById(`${link.hash.slice(1)}-text`);
  if (text) link.setAttribute("aria-describedby", text.id);
}
/**
 * Does something on every event of a kind, with the link and the card that it happened in.
 * @template {keyof HTMLElementEventMap} Name
 * @param {Name} name
 * @param {(event: HTMLElementEventMap[Name], link: HTMLAnchorElement | null, inside: HTMLElement | null) => void} act
 */
const on = (name, act) =>
  lesson.addEventListener(name, (event) =>
    act(event, around(event, marked, HTMLAnchorElement), around(event, ".card-pop", HTMLElement)),
  );
on("focusin", (_event, link) => {
  if (link?.matches(":focus-visible")) show(link);
});
on("focusout", (_event, link) => {
  if (link) later();
});
on("pointerover", (event, link, inside) => {
  if (link && event.pointerType === "mouse") show(link);
  else if (inside) clearTimeout(timer);
});
on("pointerout", (event, link, inside) => {
  if ((link || inside) && event.pointerType === "mouse") later();
});
on("click", (event, link, inside) => {
  const tapped = event instanceof PointerEvent && ["touch", "pen"].includes(event.pointerType);
  if (link?.matches(".term") || (link && tapped)) {
    if (owner === link && tapped) hide();
    else if (!show(link)) return;
    event.preventDefault();
  } else if (!inside) hide();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});
addEventListener(
  "scroll",
  () => {
    if (owner) place(owner);
  },
  { passive: true },
);
