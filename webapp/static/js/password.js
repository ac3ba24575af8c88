// A button beside each password field that shows what is typed. Without this module the field is as it was.
import { wordsOf } from "./parts.js";

/** @type {NodeListOf<HTMLInputElement>} */
const fields = document.querySelectorAll("input[type=password][data-show]");
for (const input of fields) {
  const words = wordsOf(input);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet password-show";
  button.setAttribute("aria-controls", input.id);
  /** @param {boolean} visible */
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
    button.textContent = visible ? words.hide : words.show;
  };
  show(false);
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // What is sent, and what the browser offers to keep, is a password again.
  input.form?.addEventListener("submit", () => show(false));
  input.after(button);
}
