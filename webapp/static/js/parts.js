// The elements of a page that its scripts count on. A page that lacks one is a mistake of ours, and is said to be one
// where it is looked for.

/**
 * The first element of its kind below `root`; throws when there is none.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {{ new (): T, prototype: T }} kind
 * @returns {T}
 */
export function part(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector} that is an ${kind.name}`);
  return found;
}

/**
 * What an event happened in: the nearest element around it that fits, or null.
 * @template {Element} T
 * @param {Event} event
 * @param {string} selector
 * @param {{ new (): T, prototype: T }} kind
 * @returns {T | null}
 */
export function around(event, selector, kind) {
  const found = event.target instanceof Element ? event.target.closest(selector) : null;
  return found instanceof kind ? found : null;
}

/**
 * The words that the server put on an element for a script to say: every one that is asked for is there.
 * @param {HTMLElement} element
 */
export const wordsOf = (element) => /** @type {Record<string, string>} */ (element.dataset);
