// A question of a review: number keys choose, Enter goes on. Without it the page works by its form.
import { takeKeys } from "./keys.js";

takeKeys(document.getElementById("question"));
