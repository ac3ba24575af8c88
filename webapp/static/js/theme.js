// Day or night, as the reader likes it: kept in this browser, and given back to the system when both agree.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const kept = () => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
};
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

/** @type {NodeListOf<HTMLButtonElement>} */
const toggles = document.querySelectorAll("[data-theme-toggle]");
for (const button of toggles) {
  const show = () => button.setAttribute("aria-pressed", String(isDark()));
  show();
  system.addEventListener("change", show);
  button.addEventListener("click", () => {
    const dark = !isDark();
    try {
      if (dark === system.matches) {
        delete root.dataset.theme;
        localStorage.removeItem("theme");
      } else {
        root.dataset.theme = dark ? "dark" : "light";
        localStorage.setItem("theme", root.dataset.theme);
      }
    } catch {
      root.dataset.theme = dark ? "dark" : "light";
    }
    show();
  });
}
addEventListener("storage", (event) => {
  if (event.key !== "theme") return;
  const theme = kept();
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
});
