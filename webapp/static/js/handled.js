// What can be handled in a lesson. Its module is fetched when the reader comes near; what never comes is hidden, and the
// page is then as without scripts.
/** @type {Record<string, () => Promise<{ begin: (found: HTMLElement) => void }>>} */
const modules = {
  guess: () => import("./guess.js"),
  ratio: () => import("./ratio.js"),
  sort: () => import("./sort.js"),
};

const near = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      near.unobserve(target);
      modules[target.dataset.handled ?? ""]()
        .then((module) => module.begin(target))
        .catch(() => (target.dataset.alone = ""));
    }
  },
  { rootMargin: "100%" },
);
for (const found of document.querySelectorAll("[data-handled]")) near.observe(found);
