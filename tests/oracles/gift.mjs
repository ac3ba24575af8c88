// Reads GIFT from standard input and writes the types of its questions, one a line.
import { readFileSync } from "node:fs";
import { parse } from "gift-pegjs";

for (const question of parse(readFileSync(0, "utf8"))) {
  console.log(question.type);
}
