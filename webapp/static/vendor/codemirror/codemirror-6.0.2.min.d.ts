// What the bundle holds, with the types of the packages that it is made of; for the checks only.
export * from "./entry.js";
