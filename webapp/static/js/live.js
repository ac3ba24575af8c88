// Keeps the live view up to date: every five seconds, while somebody looks at it. Unchanged, the server says 304.
import { part, wordsOf } from "./parts.js";

const live = part(document, "#live", HTMLElement);
const hint = part(document, "[data-live-hint]", HTMLElement);
const words = wordsOf(live);
let etag = `"${words.etag}"`;
let timer = 0;
hint.textContent = words.on;

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const response = await fetch(words.live, {
      headers: { "If-None-Match": etag, Accept: "text/html" },
      cache: "no-store",
      redirect: "error",
    });
    if (response.status === 200) {
      const active = document.activeElement;
      const held = active && live.contains(active) ? active.getAttribute("href") : null;
      const open = live.querySelector(".table-scroll");
      const left = open?.scrollLeft ?? 0;
      live.innerHTML = await response.text();
      etag = response.headers.get("ETag") ?? etag;
      const table = live.querySelector(".table-scroll");
      if (table) table.scrollLeft = left;
      /** @type {HTMLAnchorElement | null} */
      const again = held ? live.querySelector(`a[href="${CSS.escape(held)}"]`) : null;
      again?.focus({ preventScroll: true });
    } else if (response.status !== 304) throw new Error(String(response.status));
    hint.textContent = words.on;
  } catch {
    hint.textContent = words.off;
  }
  timer = setTimeout(look, 5000);
}
document.addEventListener("visibilitychange", look);
timer = setTimeout(look, 5000);
