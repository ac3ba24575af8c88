// Ratios whose two numbers the reader changes: the bars follow at once, and a sentence says so when a slider is let go.
import { part, wordsOf } from "./parts.js";

/**
 * Lets the reader change the numbers.
 * @param {HTMLElement} figure
 */
export function begin(figure) {
  const { lang } = document.documentElement;
  const exact = new Intl.NumberFormat(lang, { maximumFractionDigits: 4 });
  const rounded = new Intl.NumberFormat(lang, { maximumFractionDigits: 2 });
  const first = Number(wordsOf(part(figure, "[data-top]", HTMLElement)).top);
  /** @type {NodeListOf<HTMLElement>} */
  const sides = figure.querySelectorAll("[data-side]");
  /** @type {NodeListOf<HTMLInputElement>} */
  const sliders = figure.querySelectorAll("[data-number]");

  const show = () => {
    for (const slider of sliders) {
      const [low, high, value] = [slider.min, slider.max, slider.value].map(Number);
      slider.style.setProperty("--at", `${(100 * (value - low)) / (high - low)}%`);
      slider.setAttribute("aria-valuetext", exact.format(value));
      const named = slider.closest("label");
      if (named) part(named, "[data-value]", HTMLElement).textContent = exact.format(value);
    }
    const ratios = [...sides].map((side) => {
      const number = (/** @type {string} */ key) =>
        Number(part(side, `[data-number="${key}"]`, HTMLInputElement).value);
      return number("of") / number("per");
    });
    // The bars keep their measure until one outgrows it.
    const top = Math.max(first, ...ratios) || 1;
    for (const [at, side] of sides.entries()) {
      part(side, "[data-ratio]", HTMLElement).textContent = rounded.format(ratios[at]);
      part(side, ".fill", SVGElement).setAttribute("width", `${(100 * ratios[at]) / top}%`);
    }
  };
  const say = () => {
    const said = [...sides].map((side) => part(side, ".bar", HTMLElement).textContent.replace(/\s+/g, " ").trim());
    part(figure, "[data-result]", HTMLElement).textContent = said.join("; ");
  };
  figure.addEventListener("input", show);
  figure.addEventListener("change", say);
  part(figure, "[data-reset]", HTMLButtonElement).addEventListener("click", () => {
    for (const slider of sliders) slider.value = slider.defaultValue;
    show();
    say();
  });
  show();
}
