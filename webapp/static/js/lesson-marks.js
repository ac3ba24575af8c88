// What the buttons over the text of a lesson do to it. Nothing here knows a page: a text and what is selected in it go in,
// what is to be changed and what is selected afterwards comes out.

/**
 * @typedef {{ from: number, to: number, insert: string }} Change - in places of the old text
 * @typedef {{ changes: Change[], anchor: number, head: number }} Edit - the selection is in places of the new text
 */

/** Signs that stand around words. */
const AROUND = new Map([
  ["bold", "**"],
  ["italic", "*"],
  ["code", "`"],
  ["formula", "$"],
]);
/** Signs that stand before lines, and what they take the place of. */
const BEFORE = new Map([
  ["section", { sign: () => "## ", other: /^#{1,6}\s+/, own: /^##\s+/ }],
  ["heading", { sign: () => "### ", other: /^#{1,6}\s+/, own: /^###\s+/ }],
  ["list", { sign: () => "- ", other: /^(?:[-*+]|\d{1,9}[.)])\s+/, own: /^[-*+]\s+/ }],
  [
    "numbered",
    { sign: (/** @type {number} */ n) => `${n}. `, other: /^(?:[-*+]|\d{1,9}[.)])\s+/, own: /^\d{1,9}[.)]\s+/ },
  ],
  ["quote", { sign: () => "> ", other: /^>\s?/, own: /^>\s?/ }],
]);

/**
 * What a button does, or null where there is no such button.
 * @param {string} tool
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {Record<string, string>} words - what to write where nothing is selected, by tool
 * @returns {Edit | null}
 */
export function written(tool, text, from, to, words) {
  const sign = AROUND.get(tool);
  if (sign) return around(text, from, to, sign, words[tool] ?? "");
  const lines = BEFORE.get(tool);
  if (lines) return before(text, from, to, lines);
  if (tool === "link") return link(text, from, to, words.link ?? "");
  if (tool === "note") return note(text, to, words.note ?? "");
  if (tool === "table") {
    const [head, cell] = [words.head ?? "", words.cell ?? ""];
    const row = (/** @type {string} */ word) => `| ${word} | ${word} |`;
    return block(text, to, [row(head), "|---|---|", row(cell)].join("\n"));
  }
  return null;
}

/**
 * Signs around what is selected, around the word at the cursor, or around words to be typed over; those that are there
 * already go. Each paragraph gets its own: no mark reaches from one into the next.
 * @param {string} text @param {number} from @param {number} to @param {string} sign @param {string} words
 * @returns {Edit}
 */
function around(text, from, to, sign, words) {
  const long = sign.length;
  if (from === to) [from, to] = wordAt(text, from);
  if (from === to) {
    const change = { from, to, insert: sign + words + sign };
    return { changes: [change], anchor: from + long, head: from + long + words.length };
  }
  while (from < to && /\s/.test(text[from])) from++;
  while (to > from && /\s/.test(text[to - 1])) to--;
  if (has(text, from - long, sign) && has(text, to, sign)) {
    const changes = [
      { from: from - long, to: from, insert: "" },
      { from: to, to: to + long, insert: "" },
    ];
    return { changes, anchor: from - long, head: to - long };
  }
  if (to - from > 2 * long && has(text, from, sign) && has(text, to - long, sign)) {
    const insert = text.slice(from + long, to - long);
    return { changes: [{ from, to, insert }], anchor: from, head: from + insert.length };
  }
  const parts = text.slice(from, to).split(/(\n[^\S\n]*\n\s*)/);
  const insert = parts.map((part, n) => (n % 2 || !part ? part : sign + part + sign)).join("");
  const one = parts.length === 1;
  return {
    changes: [{ from, to, insert }],
    anchor: one ? from + long : from,
    head: from + insert.length - (one ? long : 0),
  };
}

/**
 * Whether exactly this sign stands at a place: the star of *italics* is none of the two of **bold**.
 * @param {string} text @param {number} at @param {string} sign
 */
function has(text, at, sign) {
  if (at < 0 || !text.startsWith(sign, at)) return false;
  let start = at,
    end = at + sign.length;
  while (text[start - 1] === sign[0]) start--;
  while (text[end] === sign[0]) end++;
  const run = end - start;
  return run === sign.length || (sign[0] === "*" && run === 3);
}

/** @param {string} text @param {number} at @returns {[number, number]} */
function wordAt(text, at) {
  const letter = /[\p{L}\p{N}]/u;
  let from = at,
    to = at;
  while (from > 0 && letter.test(text[from - 1])) from--;
  while (to < text.length && letter.test(text[to])) to++;
  // At the edge of a word one begins a new one.
  return from < at && at < to ? [from, to] : [at, at];
}

/**
 * A sign before each selected line, or taken away where all have it.
 * @param {string} text @param {number} from @param {number} to
 * @param {{ sign: (n: number) => string, other: RegExp, own: RegExp }} kind
 * @returns {Edit}
 */
function before(text, from, to, { sign, other, own }) {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const found = text.indexOf("\n", Math.max(to - (to > from ? 1 : 0), start));
  const end = found < 0 ? text.length : found;
  const lines = text.slice(start, end).split("\n");
  const filled = lines.filter((line) => line.trim());
  const off = filled.length > 0 && filled.every((line) => own.test(line));
  let n = 0;
  const made = lines.map((line) => {
    if (!line.trim() && lines.length > 1) return line;
    return off ? line.replace(own, "") : sign(++n) + line.replace(other, "");
  });
  const insert = made.join("\n");
  const tail = start + insert.length;
  return { changes: [{ from: start, to: end, insert }], anchor: from === to ? tail : start, head: tail };
}

/** @param {string} text @param {number} from @param {number} to @param {string} words @returns {Edit} */
function link(text, from, to, words) {
  const chosen = text.slice(from, to);
  const isAddress = /^(?:https:\/\/|section:|term:)\S+$/.test(chosen);
  const [label, address] = isAddress ? [words, chosen] : [chosen.replace(/\s*\n\s*/g, " ") || words, "https://"];
  const at = isAddress ? from + 1 : from + label.length + 3;
  const changes = [{ from, to, insert: `[${label}](${address})` }];
  return { changes, anchor: at, head: at + (isAddress ? label : address).length };
}

/**
 * The mark of a footnote at the cursor, and the note itself at the end of the text.
 * @param {string} text @param {number} at @param {string} words @returns {Edit}
 */
function note(text, at, words) {
  const taken = [...text.matchAll(/\[\^(\d{1,6})\]/g)].map((found) => Number(found[1]));
  const name = Math.max(0, ...taken) + 1;
  const mark = `[^${name}]`;
  const gap = !text.trim() ? "\n\n" : text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  const lead = `${gap}${mark}: `;
  const changes = [
    { from: at, to: at, insert: mark },
    { from: text.length, to: text.length, insert: `${lead}${words}\n` },
  ];
  const anchor = text.length + mark.length + lead.length;
  return { changes, anchor, head: anchor + words.length };
}

/**
 * A citation behind what is selected; a citation that stands there already takes one fact more.
 * @param {string} text @param {number} at @param {string} fact
 * @returns {Edit}
 */
export function cited(text, at, fact) {
  const open = text.lastIndexOf("[@", at);
  const close = open < 0 ? -1 : text.indexOf("]", open);
  const inside = close >= 0 && at <= close + 1 && !text.slice(open, close).includes("\n");
  const from = inside ? close : at;
  const insert = inside ? `; @${fact}` : `${/\S/.test(text.charAt(at - 1)) ? " " : ""}[@${fact}]`;
  const end = from + insert.length + (inside ? 1 : 0);
  return { changes: [{ from, to: from, insert }], anchor: end, head: end };
}

/**
 * A block of lines below the paragraph of the cursor, or below the block that the cursor is in, with a blank line on
 * either side.
 * @param {string} text @param {number} at @param {string} lines
 * @returns {Edit}
 */
export function block(text, at, lines) {
  const all = text.split("\n");
  const here = text.slice(0, at).split("\n").length - 1;
  let last = here;
  const fence = openFence(all, here);
  if (fence) {
    while (last < all.length - 1 && !(last > fence.line && isEnd(all[last], fence.sign))) last++;
  } else if (all[here].trim()) {
    while (last < all.length - 1 && all[last + 1].trim() && !/^(?:`{3,}|~{3,})/.test(all[last + 1])) last++;
  }
  const blank = !all[last].trim();
  const end = all.slice(0, last + 1).join("\n").length;
  const from = blank ? end - all[last].length : end;
  const above = from === 0 ? "" : blank ? (last > 0 && all[last - 1].trim() ? "\n" : "") : "\n\n";
  const below = last + 1 >= all.length ? "\n" : all[last + 1].trim() ? "\n" : "";
  const changes = [{ from, to: end, insert: above + lines + below }];
  const anchor = from + above.length;
  return { changes, anchor, head: anchor };
}

/**
 * The block between backticks or tildes that a line stands in, its last line included.
 * @param {string[]} lines @param {number} line
 */
function openFence(lines, line) {
  /** @type {{ line: number, sign: string } | null} */
  let open = null;
  for (let n = 0; n <= line; n++) {
    if (open && n > open.line && isEnd(lines[n], open.sign)) {
      if (n === line) return open;
      open = null;
    } else if (!open) {
      const sign = lines[n].match(/^ {0,3}(`{3,}|~{3,})/);
      if (sign) open = { line: n, sign: sign[1] };
    }
  }
  return open;
}

/** @param {string} line @param {string} sign */
function isEnd(line, sign) {
  const found = line.match(/^ {0,3}(`{3,}|~{3,})\s*$/);
  return found !== null && found[1][0] === sign[0] && found[1].length >= sign.length;
}

/**
 * Which of the blocks of a preview a line belongs to: the last that begins on it or above it, and of those that begin on
 * one line the innermost; null above the first.
 * @template T
 * @param {{ line: number, what: T }[]} blocks - in the order of the page
 * @param {number} line
 * @returns {T | null}
 */
export function blockAt(blocks, line) {
  let best = null;
  for (const each of blocks) if (each.line <= line && (!best || each.line >= best.line)) best = each;
  return best?.what ?? null;
}
