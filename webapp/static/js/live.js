// Keeps the live view up to date: every five seconds, while somebody looks at it. Unchanged, the server says 304.
const live = document.getElementById("live");
const hint = document.querySelector("[data-live-hint]");
let etag = `"${live.dataset.etag}"`;
let timer = 0;
hint.textContent = live.dataset.on;

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const response = await fetch(live.dataset.live, {
      headers: { "If-None-Match": etag, Accept: "text/html" },
      cache: "no-store",
      redirect: "error",
    });
    if (response.status === 200) {
      const held = live.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      const open = live.querySelector(".table-scroll");
      const left = open?.scrollLeft ?? 0;
      live.innerHTML = await response.text();
      etag = response.headers.get("ETag") ?? etag;
      const table = live.querySelector(".table-scroll");
      if (table) table.scrollLeft = left;
      if (held) live.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
    } else if (response.status !== 304) throw new Error(String(response.status));
    hint.textContent = live.dataset.on;
  } catch {
    hint.textContent = live.dataset.off;
  }
  timer = setTimeout(look, 5000);
}
document.addEventListener("visibilitychange", look);
timer = setTimeout(look, 5000);
