// The result of a paper: bars grow from where they were, a question that is jumped to is opened, all open at once.

/** @type {NodeListOf<HTMLDetailsElement>} */
const reviews = document.querySelectorAll("[data-reviews] > details");

function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
}
openNamed();
addEventListener("hashchange", openNamed);
// The same question again changes no hash.
for (const link of document.querySelectorAll('.quiz-result-map a[href^="#"]')) {
  link.addEventListener("click", () => setTimeout(openNamed));
}

/** @type {HTMLButtonElement | null} */
const all = document.querySelector("[data-open-all]");
if (all && reviews.length > 1) {
  const [open, close] = [all.textContent ?? "", all.dataset.close ?? ""];
  const isOpen = () => [...reviews].every((each) => each.open);
  const name = () => {
    all.textContent = isOpen() ? close : open;
  };
  all.hidden = false;
  all.addEventListener("click", () => {
    const to = !isOpen();
    for (const each of reviews) each.open = to;
    name();
  });
  for (const each of reviews) each.addEventListener("toggle", name);
}

if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
  for (const bar of document.querySelectorAll("[data-grow-from]")) {
    if (!(bar instanceof SVGElement)) continue;
    const from = Number(bar.dataset.growFrom);
    if (from < 1) {
      bar.animate([{ transform: `scaleX(${from})` }, { transform: "none" }], { duration: 900, easing: "ease-out" });
    }
  }
}
