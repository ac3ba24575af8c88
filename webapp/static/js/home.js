// Home: a pillar that has filled since this browser last showed it to the same reader grows from where it was.
// Without this module, or for whom motion is unwelcome, it stands as it is.
const KEY = "pillars";

/** @type {NodeListOf<HTMLElement>} */
const pillars = document.querySelectorAll("[data-filled]");
const reader = document.documentElement.dataset.reader ?? "";
/** @type {Record<string, number>} */
const now = {};
for (const pillar of pillars) now[pillar.id] = Number(pillar.dataset.filled);

/** @returns {Record<string, unknown>} percents of this reader as they were; empty at the first visit */
function before() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return kept?.reader === reader ? kept.percents : {};
  } catch {
    return {};
  }
}

const was = before();
try {
  localStorage.setItem(KEY, JSON.stringify({ reader, percents: now }));
} catch {
  // a browser that keeps nothing shows no motion
}

if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
  for (const pillar of pillars) {
    const [from, to] = [was[pillar.id], now[pillar.id]];
    if (typeof from !== "number" || !(from >= 0 && from < to)) continue;
    for (const level of pillar.querySelectorAll(".level, .edge")) {
      const axis = level.classList.contains("level-across") ? "scaleX" : "scaleY";
      level.animate([{ transform: `${axis}(${from / to})` }, { transform: "none" }], {
        duration: 900,
        easing: "cubic-bezier(0.2, 0.7, 0.2, 1)",
      });
    }
  }
}
