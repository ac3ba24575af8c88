// A question of a review: number keys choose, Enter goes on. Without it the page works by its form.
import { takeKeys } from "./keys.js";
import { part } from "./parts.js";

takeKeys(() => part(document, "#question", HTMLFormElement));
