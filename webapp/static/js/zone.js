// Chooses the zone of this browser where nobody has chosen one yet and no times stand in the form.
/** @type {HTMLSelectElement | null} */
const zone = document.querySelector("select[data-zone-guess]");
/** @type {NodeListOf<HTMLInputElement>} */
const times = document.querySelectorAll('input[type="datetime-local"]');
const filled = [...times].some((field) => field.value);
if (zone && !filled) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((option) => option.value === here)) zone.value = here;
}
