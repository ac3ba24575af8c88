// Claims that the reader sorts by how firmly they are said. Comparing opens the answers; nothing is sent or kept.
import { part, wordsOf } from "./parts.js";

/**
 * Lets the reader sort, as often as they like.
 * @param {HTMLElement} sort
 */
export function begin(sort) {
  const { said, open, same, other } = wordsOf(sort);
  const result = part(sort, "[data-result]", HTMLElement);
  /** @type {NodeListOf<HTMLElement>} */
  const claims = sort.querySelectorAll("[data-firmness]");
  part(sort, "[data-compare]", HTMLButtonElement).addEventListener("click", () => {
    const chosen = [...claims].map((claim) => claim.querySelector("input:checked"));
    /** @param {string} text @param {number} right */
    const say = (text, right) =>
      (result.textContent = text.replace("{right}", `${right}`).replace("{all}", `${claims.length}`));
    if (chosen.includes(null)) {
      say(open, 0);
      claims[chosen.indexOf(null)].querySelector("input")?.focus();
      return;
    }
    let right = 0;
    for (const [at, claim] of claims.entries()) {
      const agrees = chosen[at]?.getAttribute("value") === claim.dataset.firmness;
      right += Number(agrees);
      claim.dataset.agrees = agrees ? "yes" : "no";
      part(claim, "[data-verdict]", HTMLElement).textContent = agrees ? same : other;
      part(claim, "details", HTMLDetailsElement).open = true;
    }
    say(said, right);
  });
}
