// What the buttons over the text of a lesson write.
import assert from "node:assert/strict";
import { test } from "node:test";

import { block, blockAt, cited, written } from "../../webapp/static/js/lesson-marks.js";

const WORDS = { bold: "bold words", italic: "words", link: "words", note: "Note", head: "Column", cell: "Cell" };

/**
 * The text after a change, with [ and ] around what is selected then. In the text before it, ‹ and › say the same.
 * @param {string} shown
 * @param {(text: string, from: number, to: number) => import("../../webapp/static/js/lesson-marks.js").Edit | null} make
 */
function after(shown, make) {
  const from = shown.indexOf("‹");
  const to = shown.indexOf("›") - 1;
  const text = shown.replace(/[‹›]/g, "");
  const edit = make(text, from, to);
  assert.ok(edit);
  let made = text;
  for (const { from: start, to: end, insert } of [...edit.changes].reverse())
    made = made.slice(0, start) + insert + made.slice(end);
  return made.slice(0, edit.anchor) + "‹" + made.slice(edit.anchor, edit.head) + "›" + made.slice(edit.head);
}
/** @param {string} tool @param {string} shown */
const press = (tool, shown) => after(shown, (text, from, to) => written(tool, text, from, to, WORDS));

test("signs go around what is selected, and away again", () => {
  assert.equal(press("bold", "a ‹word› here"), "a **‹word›** here");
  assert.equal(press("bold", "a **‹word›** here"), "a ‹word› here");
  assert.equal(press("bold", "a ‹**word**› here"), "a ‹word› here");
  assert.equal(press("italic", "a ‹word› here"), "a *‹word›* here");
  assert.equal(press("formula", "a ‹x^2› here"), "a $‹x^2›$ here");
});

test("italics are not taken for bold, nor bold for italics", () => {
  assert.equal(press("italic", "a **‹word›** here"), "a ***‹word›*** here");
  assert.equal(press("bold", "a ***‹word›*** here"), "a *‹word›* here");
});

test("blanks at the ends of a selection stay outside, where marks need them", () => {
  assert.equal(press("bold", "a‹ word ›here"), "a **‹word›** here");
});

test("without a selection the word at the cursor is meant, and at its edge a new one", () => {
  assert.equal(press("bold", "a wo‹›rd"), "a **‹word›**");
  assert.equal(press("bold", "a ‹›"), "a **‹bold words›**");
});

test("each paragraph gets marks of its own", () => {
  assert.equal(press("bold", "‹one\n\ntwo›"), "‹**one**\n\n**two**›");
});

test("lines get a sign each, another one instead, or none again", () => {
  assert.equal(press("list", "‹one\ntwo›"), "‹- one\n- two›");
  assert.equal(press("list", "‹- one\n- two›"), "‹one\ntwo›");
  assert.equal(press("numbered", "‹- one\n- two›"), "‹1. one\n2. two›");
  assert.equal(press("section", "### A ‹›heading\ntext"), "## A heading‹›\ntext");
  assert.equal(press("heading", "a line\n‹›\nnext"), "a line\n### ‹›\nnext");
  assert.equal(press("quote", "‹one\n\ntwo›"), "‹> one\n\n> two›");
});

test("a link waits for its address, or for its words", () => {
  assert.equal(press("link", "see ‹this›"), "see [this](‹https://›)");
  assert.equal(press("link", "see ‹https://example.org›"), "see [‹words›](https://example.org)");
});

test("a footnote takes the next number and stands at the end", () => {
  assert.equal(press("note", "A[^1] b‹›\n\n[^1]: one\n"), "A[^1] b[^2]\n\n[^1]: one\n\n[^2]: ‹Note›\n");
});

test("a citation keeps off the word before it, and joins one that is there", () => {
  const cite = (/** @type {string} */ shown) => after(shown, (text, _from, to) => cited(text, to, "new"));
  assert.equal(cite("A fact‹›."), "A fact [@new]‹›.");
  assert.equal(cite("A fact [@old]‹›."), "A fact [@old; @new]‹›.");
  assert.equal(cite("A [@ol‹›d] fact"), "A [@old; @new]‹› fact");
  assert.equal(cite("A [@old] fact‹›"), "A [@old] fact [@new]‹›");
});

test("a block stands below the paragraph or the block of the cursor, with blank lines around it", () => {
  const put = (/** @type {string} */ shown) => after(shown, (text, _from, to) => block(text, to, "```x\n```"));
  assert.equal(put("o‹›ne\nmore\n\ntwo"), "one\nmore\n\n‹›```x\n```\n\ntwo");
  assert.equal(put("one\n‹›\ntwo"), "one\n\n‹›```x\n```\n\ntwo");
  assert.equal(put("‹›"), "‹›```x\n```\n");
  assert.equal(put("```check\nst‹›em: a\n\nb: c\n```\ntwo"), "```check\nstem: a\n\nb: c\n```\n\n‹›```x\n```\n\ntwo");
});

test("a table is a block", () => {
  assert.equal(press("table", "one‹›"), "one\n\n‹›| Column | Column |\n|---|---|\n| Cell | Cell |\n");
});

test("a button that is none does nothing", () => {
  assert.equal(written("no-such", "text", 0, 0, WORDS), null);
});

test("a line belongs to the last block that begins above it, and to the innermost on one line", () => {
  const blocks = [
    { line: 3, what: "list" },
    { line: 3, what: "item" },
    { line: 9, what: "figure" },
  ];
  assert.equal(blockAt(blocks, 2), null);
  assert.equal(blockAt(blocks, 3), "item");
  assert.equal(blockAt(blocks, 8), "item");
  assert.equal(blockAt(blocks, 50), "figure");
});
