// Chooses the zone of this browser where nobody has chosen one yet and no times stand in the form.
const zone = document.querySelector("select[data-zone-guess]");
const filled = [...document.querySelectorAll('input[type="datetime-local"]')].some((field) => field.value);
if (zone && !filled) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((option) => option.value === here)) zone.value = here;
}
