// Numbers as people write them, read as the server reads them (webapp/questions/numbers.py, units.py and
// inputs/quantities.py, which give the reasons), so that a page says at once how one is read, with or without a network.
// tests/data/numbers.json holds the two together. Exact: a number is its digits and the power of ten behind them.

/**
 * @typedef {{ text: string, scale: number, base: string }} Unit - as written; a power of ten; what is counted
 * @typedef {{ negative: boolean, digits: string, exponent: number }} Value - digits without zeros in front; "" is 0
 * @typedef {{ problem: string, values: Record<string, string> }} Problem - its name, and what is put into its words
 * @typedef {{ read: string } | Problem} Reading
 */

const LONGEST = 100; // characters
const MOST_DIGITS = 40;
const LARGEST_EXPONENT = 60;

/** @param {string} from @param {string} to */
const each = (from, to) => [...from].map((sign) => /** @type {[string, string]} */ ([sign, to]));
const SIGNS = new Map([
  ...each("\u2212\u2013\u2014\u2012\u2011\u2010\ufe63\u207b", "-"),
  ...each("\u00a0\u202f\u2009\u2007\u2008\u200a\u2002\u2003\u3000\t\r\n", " "),
  ...each("\u2019\u02bc\u2032\u0060\u00b4", "'"),
  ...each("\u200b\ufeff\u061c\u200e\u200f", ""),
  ...each("\uff0e\u066b", "."),
  ...each("\uff0c\u066c", ","),
  ["\uff0b", "+"],
  ...each("\uff05\u066a", "%"),
]);
const RAISED = new Map([..."⁰¹²³⁴⁵⁶⁷⁸⁹⁺"].map((sign, place) => [sign, "0123456789+"[place]]));

/** @param {Record<number | string, string>} words @returns {Map<string, string>} */
const byWord = (words) =>
  new Map(
    Object.entries(words).flatMap(([meaning, all]) =>
      all.split(" ").map((word) => /** @type {[string, string]} */ ([word, meaning])),
    ),
  );
const SCALES = byWord({
  2: "hundred",
  3: "thousand thousands k tsd",
  5: "lakh lakhs",
  6: "million millions mn mio mln mm",
  7: "crore crores",
  9: "billion billions bn bln mrd milliard milliards",
  12: "trillion trillions tn trn",
});
const LETTERS = byWord({ 6: "m", 9: "b", 12: "t" });
const CURRENCIES = byWord({
  $: "$ us$ usd dollar dollars usdollar usdollars",
  "€": "€ eur euro euros",
  "£": "£ gbp pound pounds",
  "¥": "¥ jpy yen cn¥ cny rmb yuan renminbi",
  "₹": "₹ inr rs rupee rupees",
  "₩": "₩ krw won",
});
const MONEY = new Set(CURRENCIES.values());
const PERCENT = new Set(["%", "percent", "pct", "prozent", "pc"]);
const TIMES = new Set(["x", "×", "fold", "time", "times"]);

/**
 * @param {string} problem
 * @param {Record<string, string>} [values]
 * @returns {Problem}
 */
const refused = (problem, values = {}) => ({ problem, values });

/** @param {object} what @returns {what is Problem} */
const isProblem = (what) => "problem" in what;

/**
 * How a typed quantity is read, or why it can't be.
 * @param {string} text
 * @param {string[]} names - the units that are taken, the question's own first; none for a bare number
 * @param {string} [chosen] - the one chosen beside the field
 * @param {string} [decimalSign]
 * @returns {Reading}
 */
export function readAs(text, names, chosen = "", decimalSign = ".") {
  const amount = readAmount(text);
  if (isProblem(amount)) return amount;
  const { value, unit: typed } = amount;
  const taken = names.length ? names : [""];
  const known = taken.map(readUnit);
  const preset = Math.max(0, taken.map(folded).indexOf(folded(chosen)));
  const place = meant(typed, known, preset, Boolean(taken[0]));
  if (place === null)
    return taken[0] ? refused("own-unit", { unit: taken[0].replaceAll("%", "percent") }) : refused("alone");
  if (preset && place !== preset) return refused("two-units");
  const unit = known[place];
  let name = taken[place];
  let { exponent } = value;
  if (typed.text !== unit.text) {
    const counted = typed.base && !currency(typed) && typed.base !== "%";
    if (typed.scale || counted) exponent += typed.scale - unit.scale;
    else if (unit.scale && value.digits.length + exponent > unit.scale) name = "";
    else if (typed.base === "%" && !name) name = "%";
  }
  const number = grouped({ ...value, exponent }, decimalSign);
  return { read: !name ? number : name.startsWith("%") ? `${number}${name}` : `${number} ${name}` };
}

/** @param {string} text @returns {{ value: Value, unit: Unit } | Problem} */
function readAmount(text) {
  if ([...text].length > LONGEST) return refused("too-long");
  const about = /^(?:[~≈]|(?:about|around|approximately|approx\.?|roughly|circa|ca\.?)(?=[^a-z]))\s*/i;
  const tidy = tidied(text).replace(about, "");
  if (/\d\s*[/⁄]\s*\d/.test(tidy) || /\p{No}/u.test(tidy.replace(/[²³]/g, ""))) return refused("fraction");
  const found = /(?:\d|[.,]\d)(?:[\d.,' ]*\d)?/.exec(tidy);
  if (!found) return refused("how");
  let before = tidy.slice(0, found.index).trim();
  let after = tidy.slice(found.index + found[0].length);
  let exponent = 0;
  const power = /^(?:[eE]([+-]?\d{1,4})(?![\d.,])|\s*[x×*·⋅]\s*10\s*(?:\^|\*\*)\s*([+-]?\d{1,4})(?![\d.,]))/.exec(
    after,
  );
  if (power) {
    exponent = Number(power[1] ?? power[2]);
    after = after.slice(power[0].length);
    if (Math.abs(exponent) > LARGEST_EXPONENT) return refused("too-far");
  }
  if (/^\s*(?:-|to\b|and\b|or\b)\s*\d/i.test(after)) return refused("range");
  let negative = false;
  if (/^[+-]/.test(before)) [negative, before] = [before[0] === "-", before.slice(1)];
  else if (/[+-]$/.test(before)) [negative, before] = [before.endsWith("-"), before.slice(0, -1)];
  const digits = decimal(found[0]);
  if (isProblem(digits)) return digits;
  const value = { negative, digits: digits.digits, exponent: digits.exponent + exponent };
  return { value, unit: readUnit(`${before} ${after}`) };
}

/** @param {string} text */
function tidied(text) {
  const signs = [...text].map((sign) => SIGNS.get(sign) ?? sign).join("");
  const raised = signs.replace(
    /10(-?[⁰¹²³⁴⁵⁶⁷⁸⁹⁺]+)/g,
    (_, power) => `10^${[...power].map((sign) => RAISED.get(sign) ?? sign).join("")}`,
  );
  return raised
    .replace(/\p{Nd}/gu, digit)
    .trim()
    .split(/\s+/)
    .join(" ");
}

/**
 * A digit of any script as one of ours. Each script has its ten in a row that begins at a multiple of 16, or 6 behind.
 * @param {string} sign
 */
function digit(sign) {
  const code = sign.codePointAt(0) ?? 0;
  if (code >= 0x1d7ce && code <= 0x1d7ff) return String((code - 0x1d7ce) % 10);
  const row = code - (code % 16);
  return String(code - row - (/\p{Nd}/u.test(String.fromCodePoint(row)) ? 0 : 6));
}

/** @param {string} text - digits with separators @returns {{ digits: string, exponent: number } | Problem} */
function decimal(text) {
  if (text.replace(/\D/g, "").length > MOST_DIGITS) return refused("too-long");
  const comma = text.lastIndexOf(",");
  const dot = text.lastIndexOf(".");
  let mark = "";
  if (comma >= 0 && dot >= 0) mark = comma > dot ? "," : ".";
  else if (text.split(",").length === 2) mark = /^[1-9]\d{0,2},\d{3}$/.test(text) ? "" : ",";
  else if (text.split(".").length === 2) {
    mark = ".";
    if (/^[1-9]\d{0,2}\.\d\d0$/.test(text)) {
      const small = text.replace(/\.?0+$/, "");
      return refused("two-ways", { text, small, large: text.replace(".", "") });
    }
  }
  const at = mark ? text.indexOf(mark) : text.length;
  const part = text.slice(at + 1);
  let whole = text.slice(0, at);
  if (!/^\d*$/.test(part)) return refused("how");
  if (!/^\d*$/.test(whole)) {
    const groups = /^\d{1,3}(?:([,.' ])\d{3})(?:\1\d{3})*$/;
    if (!groups.test(whole) && !/^\d{1,2}(?:,\d{2})+,\d{3}$/.test(whole)) return refused("how");
    whole = whole.replace(/\D/g, "");
  }
  return { digits: `${whole}${part}`.replace(/^0+/, ""), exponent: -part.length };
}

/** @param {string} text */
const folded = (text) =>
  text
    .toLowerCase()
    .trim()
    .split(/\s+/)
    .join(" ")
    .replace(/^[ .]+|[ .]+$/g, "");

/** @param {string} written @returns {Unit} */
function readUnit(written) {
  const whole = folded(written);
  const text = whole
    .replace(/\bper cent\b/g, "percent")
    .replace(/\b(us|u\.s\.?)[ -]?(?=\$|dollars?\b)/g, "")
    .replace(/\bcn ?(?=¥)/g, "");
  const words = (text.match(/[$€£¥₹₩%]|[^\s$€£¥₹₩%]+/g) ?? []).map(
    (word) => word.replace(/^[.,;-]+|[.,;-]+$/g, "") || word,
  );
  let scale = 0;
  const base = [];
  for (const word of words) {
    const power = SCALES.get(word);
    const letter = words.every((other) => other === word || CURRENCIES.has(other)) && LETTERS.get(word);
    if (power || letter) scale += Number(power || letter);
    else if (PERCENT.has(word)) base.push("%");
    else if (TIMES.has(word)) base.push("time");
    else if (CURRENCIES.has(word)) base.push(CURRENCIES.get(word));
    else if (word !== "of") base.push([...word].length > 3 && word.endsWith("s") ? word.slice(0, -1) : word);
  }
  return { text: whole, scale, base: base.join(" ") };
}

/** @param {Unit} unit */
const currency = (unit) => unit.base.split(" ").find((word) => MONEY.has(word)) ?? "";
/** @param {Unit} unit */
const withoutCurrency = (unit) =>
  unit.base
    .split(" ")
    .filter((word) => word && !MONEY.has(word))
    .join(" ");

/**
 * The place of the unit that was typed, the preset one when none was; null for one that isn't taken.
 * @param {Unit} typed
 * @param {Unit[]} known
 * @param {number} preset
 * @param {boolean} named - whether the question has a unit
 */
function meant(typed, known, preset, named) {
  if (!typed.text) return preset;
  const same = known.findIndex((unit) => unit.text === typed.text);
  if (same >= 0) return same;
  if (!typed.base) return preset;
  const counted = known.findIndex((unit) => unit.base === typed.base);
  if (counted >= 0) return counted;
  const own = known[preset];
  if (currency(typed) && !currency(own) && ["", own.base].includes(withoutCurrency(typed))) return preset;
  if (currency(own) && typed.base === withoutCurrency(own)) return preset;
  return typed.base === "%" && !named ? preset : null;
}

/** @param {Value} value @param {string} decimalSign */
function grouped({ negative, digits, exponent }, decimalSign) {
  const all = exponent < 0 ? digits.padStart(1 - exponent, "0") : digits + "0".repeat(digits ? exponent : 0);
  const end = exponent < 0 ? all.length + exponent : all.length;
  const part = all.slice(end).replace(/0+$/, "");
  let whole = all.slice(0, end) || "0";
  if (whole.length > 4) whole = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${negative && digits ? "−" : ""}${whole}${part && decimalSign + part}`;
}
