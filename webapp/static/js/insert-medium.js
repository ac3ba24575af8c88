// Pictures and recordings into a text that is edited: by the button, dropped, or pasted. A dialog asks what is seen, the
// server takes the file and says what to write, and that is written where the cursor was.
import { around, part, wordsOf } from "./parts.js";

/**
 * Where a medium goes that is meant for this target (null for the button): what writes there, or null for nowhere.
 * @typedef {(target: EventTarget | null) => ((text: string) => void) | null} Place
 */

/**
 * @param {HTMLElement} desk - what the files are dropped on
 * @param {Place} place
 */
export function offerMedia(desk, place) {
  /** @type {HTMLDialogElement | null} */
  const dialog = document.querySelector("dialog[data-medium]");
  if (!dialog) return;
  const form = part(dialog, "form", HTMLFormElement);
  const file = part(form, "[name=file]", HTMLInputElement);
  const status = part(form, "[data-status]", HTMLElement);
  const words = wordsOf(form);
  /** @type {((text: string) => void) | null} */
  let write = null;
  let sending = false;

  /** @param {EventTarget | null} target @param {FileList | null} files - whether any was taken */
  function open(target, files) {
    write = place(target);
    if (!write || !dialog || dialog.open) return false;
    form.reset();
    complain([], "");
    status.textContent = "";
    if (files?.length) {
      const one = new DataTransfer();
      one.items.add(files[0]);
      file.files = one.files;
    }
    fold();
    dialog.showModal();
    if (files?.length) part(form, "[name=alt]", HTMLTextAreaElement).focus();
    return true;
  }

  /** The words of a recording are asked for when one is chosen. */
  function fold() {
    const chosen = file.files?.[0]?.type ?? "";
    part(form, "[data-recording]", HTMLDetailsElement).open = /^(audio|video)\//.test(chosen);
  }

  /** @param {[string, string][]} errors - field and words @param {string} language - of the words; "" for the page's */
  function complain(errors, language) {
    for (const slot of form.querySelectorAll("[data-error]")) {
      if (!(slot instanceof HTMLElement)) continue;
      const said = errors.filter(([name]) => name === slot.dataset.error).map(([, text]) => text);
      const shown = part(slot, "span", HTMLElement);
      shown.textContent = said.join(" ");
      shown.lang = language;
      slot.hidden = !said.length;
      const field = form.elements.namedItem(slot.dataset.error ?? "");
      if (!(field instanceof HTMLElement)) continue;
      if (said.length) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
    if (errors.some(([name]) => name === "words")) part(form, "[data-recording]", HTMLDetailsElement).open = true;
    const first = form.elements.namedItem(errors[0]?.[0] ?? "");
    if (first instanceof HTMLElement) first.focus();
  }

  async function send() {
    if (sending) return;
    sending = true;
    status.textContent = words.waiting;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
        redirect: "manual",
      });
      if (answer.status === 413) complain([["file", words.tooLarge]], "");
      else {
        const said = await answer.json();
        if (answer.ok) {
          dialog?.close();
          write?.(said.written);
        } else complain(said.errors, said.language);
      }
      status.textContent = "";
    } catch {
      status.textContent = words.lost;
    } finally {
      sending = false;
    }
  }

  file.addEventListener("change", fold);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  part(form, "[data-close]", HTMLButtonElement).addEventListener("click", () => dialog.close());
  desk.addEventListener("click", (event) => {
    if (!around(event, "[data-insert-medium]", HTMLElement)) return;
    event.preventDefault();
    open(null, null);
  });
  // Before the editor of a lesson gets it, which would write what is in the file.
  desk.addEventListener(
    "dragover",
    (event) => {
      if (event.dataTransfer?.types.includes("Files") && place(event.target)) event.preventDefault();
    },
    true,
  );
  desk.addEventListener("drop", (event) => taken(event, event.dataTransfer), true);
  desk.addEventListener("paste", (event) => taken(event, event.clipboardData), true);

  /** @param {Event} event @param {DataTransfer | null} data */
  function taken(event, data) {
    // A table that is copied from an office program comes as a picture, too, and its text is meant.
    if (!data?.files.length || data.types.includes("text/plain")) return;
    if (!open(event.target, data.files)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * The fields of a form that take media, as a place: the one that is meant, else where one wrote last, else the first.
 * The form may be made anew meanwhile, so fields are found by their names.
 * @param {HTMLElement} fields
 * @returns {Place}
 */
export function mediumField(fields) {
  let last = "";
  fields.addEventListener("focusin", (event) => {
    const field = around(event, "[data-takes-media]", HTMLTextAreaElement);
    if (field) last = field.name;
  });
  return (target) => {
    const meant = target instanceof Element ? target.closest("[data-takes-media]") : null;
    if (target && !(meant instanceof HTMLTextAreaElement)) return null;
    const name = meant instanceof HTMLTextAreaElement ? meant.name : last;
    return (text) => {
      /** @type {HTMLTextAreaElement[]} */
      const all = [...fields.querySelectorAll("textarea[data-takes-media]")].filter(
        (each) => each instanceof HTMLTextAreaElement,
      );
      const field = all.find((each) => each.name === name) ?? all[0];
      if (!field) return;
      field.focus();
      field.setRangeText(
        spaced(text, field.value, field.selectionStart),
        field.selectionStart,
        field.selectionEnd,
        "end",
      );
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
  };
}

/**
 * The text with a space before it where it would stick to a word.
 * @param {string} text @param {string} value @param {number} at
 */
export function spaced(text, value, at) {
  return /\S/.test(value.charAt(at - 1)) ? ` ${text}` : text;
}
