// What can be handled in a lesson. Its module is fetched when the reader comes near; what never comes is hidden, and the
// page is then as without scripts.
import { part } from "./parts.js";

const near = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      near.unobserve(target);
      import("./guess.js")
        .then((module) => module.begin(target))
        .catch(() => (part(target, "[data-controls]", HTMLElement).hidden = true));
    }
  },
  { rootMargin: "100%" },
);
for (const found of document.querySelectorAll("[data-handled]")) near.observe(found);
