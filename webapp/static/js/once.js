// A form is sent once: the second click of a double click would send what the first one made stale, its token for one.
// Where the page stays (a file was downloaded, the network failed), it can be sent again soon after.
const SOON = 3000;

/** @type {WeakMap<HTMLFormElement, number>} */
const sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
  if (form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (Date.now() - (sent.get(form) ?? -SOON) < SOON) event.preventDefault();
  else sent.set(form, Date.now());
});

// A page that comes back from the history is as good as new.
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) sent.delete(form);
});
