"""Numbers as people write them, read exactly: `1,670,000`, `1 670 000`, `1.670.000`, `1.67 million`, `1.67e6`,
`US$912 billion`, `−23 %`, `٢٣٫٥`.

`static/js/numbers.js` reads them alike, so that a page says at once how a number is read; `tests/data/numbers.json`
holds the two together.

A text that can be read in two ways, or in none, is refused with a message that says how to write it; it is never
taken for a wrong number. Arithmetic is exact (fractions), so that a tolerance includes its ends.

What a separator means, in this order:

- of a comma and a dot in one number, the last one is the decimal sign (`1,670.5` and `1.670,5`);
- one that stands several times groups digits by three (`1.670.000`; also `16,70,000` as written in India);
- a single comma before exactly three digits groups them, as in English (`1,670` is 1670), unless it follows a 0;
  any other single comma is a decimal sign (`1,67`);
- a single dot is a decimal sign, except that `2.000` is refused: nobody needs its last zero, and on the European
  continent it is two thousand. `2`, `2000` and `0.230` leave no doubt.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from webapp.questions.answers import N_, Message
from webapp.questions.units import Unit, read_unit

LONGEST = 100
"""Characters of a typed number that are looked at."""
_MOST_DIGITS = 40
_LARGEST_EXPONENT = 60

_MINUS = dict.fromkeys(map(ord, "−–—‒‑‐﹣-⁻"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\u2008\u200a\u2002\u2003\u3000\t\r\n"), " ")
_QUOTES = dict.fromkeys(map(ord, "’ʼ′`´"), "'")
_OTHER = {0xFF0B: "+", 0xFF05: "%", 0xFF0E: ".", 0xFF0C: ",", 0x200B: "", 0xFEFF: ""}
# Arabic: the signs of decimals, thousands and percent; and the unseen ones that turn the direction, which come along
# with what is copied.
_OTHER |= {0x066B: ".", 0x066C: ",", 0x066A: "%", 0x061C: "", 0x200E: "", 0x200F: ""}
_SIGNS = {**_MINUS, **_SPACES, **_QUOTES, **_OTHER}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺", "0123456789+")

_PLAIN = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?")
_DIGITS = re.compile(r"(?:\d|[.,]\d)(?:[\d.,' ]*\d)?")
_EXPONENT = re.compile(r"[eE]([+-]?\d{1,4})(?![\d.,])|\s*[x×*·⋅]\s*10\s*(?:\^|\*\*)\s*([+-]?\d{1,4})(?![\d.,])")
_RAISED_TEN = re.compile(r"10(-?[⁰¹²³⁴⁵⁶⁷⁸⁹⁺]+)")
_ABOUT = re.compile(r"^(?:[~≈]|(?:about|around|approximately|approx\.?|roughly|circa|ca\.?)(?=[^a-z]))\s*", re.I)
_FRACTION = re.compile(r"\d\s*[/⁄]\s*\d")
_RANGE = re.compile(r"\s*(?:-|to\b|and\b|or\b)\s*\d", re.I)
_GROUPS = re.compile(r"\d{1,3}(?:(?P<mark>[,.' ])\d{3})(?:(?P=mark)\d{3})*")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")

HOW = N_("Write one number in digits, such as 1670000, 1,670,000 or 1.67 million.")
TOO_LONG = N_("That is too long for a number. Write it shorter.")
FRACTION = N_("Write a decimal number, such as 0.5, instead of a fraction.")
TOO_FAR = N_("That number is too large or too small to be meant. Write another.")
RANGE = N_("Write one number, not a range.")
TWO_WAYS = N_("%(text)s can be read in two ways. Write %(small)s or %(large)s.")


class Unreadable(ValueError):
    """A text that isn't one number; `message` says how to write it."""

    def __init__(self, msgid: str, **values: object) -> None:
        self.message = Message(msgid, **values)
        super().__init__(str(self.message))


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as written: its value, exact and without the unit, and the words around it, read as a unit."""

    value: Fraction
    unit: Unit


def tidied(text: str) -> str:
    """The text with one kind of minus, space, apostrophe and digit."""
    text = _RAISED_TEN.sub(lambda match: "10^" + match[1].translate(_RAISED), text.translate(_SIGNS))
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(sign, sign)) if sign.isdecimal() else sign for sign in text)
    return " ".join(text.split())


def read_amount(text: str) -> Amount:
    """The one number in a text and its unit. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(TOO_LONG)
    text = _ABOUT.sub("", tidied(text))
    if _FRACTION.search(text) or any(unicodedata.category(sign) == "No" and sign not in "²³" for sign in text):
        raise Unreadable(FRACTION)
    found = _DIGITS.search(text)
    if found is None:
        raise Unreadable(HOW)
    before, after = text[: found.start()].strip(), text[found.end() :]
    exponent = 0
    if power := _EXPONENT.match(after):
        exponent, after = int(power[1] or power[2]), after[power.end() :]
        if abs(exponent) > _LARGEST_EXPONENT:
            raise Unreadable(TOO_FAR)
    if _RANGE.match(after):
        raise Unreadable(RANGE)
    negative, before = _sign(before)
    value = Fraction(_decimal(found[0])) * Fraction(10) ** exponent
    return Amount(-value if negative else value, read_unit(f"{before} {after}"))


def read_number(text: str) -> Decimal:
    """A number in a file, exact: digits, with a word such as million at most. Raises Unreadable."""
    if _PLAIN.fullmatch(text.strip()):
        return Decimal(text.strip())
    amount = read_amount(text)
    if amount.unit.base:
        raise Unreadable(N_("Write the number alone."))
    with localcontext() as context:
        context.prec = 250
        value = amount.value * amount.unit.scale
        return Decimal(value.numerator) / Decimal(value.denominator)


def written(value: Decimal) -> str:
    """A number in digits, without an exponent or zeros that say nothing: `1670000`, `0.25`."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped(value: Fraction, decimal_sign: str = ".") -> str:
    """A number for people to check, its digits in groups of three: `1 670 000`, `−0.25`. Spaces between the groups are
    read alike in every language, which commas and dots are not; four digits alone need none."""
    with localcontext() as context:
        context.prec = 250
        text = written(Decimal(value.numerator) / Decimal(value.denominator))
    whole, _, part = text.removeprefix("-").partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", "\u202f")
    return f"{'−' if value < 0 else ''}{whole}{decimal_sign + part if part else ''}"


def _sign(before: str) -> tuple[bool, str]:
    """Whether there is a minus before the digits, at either side of a currency, and what remains."""
    if before[:1] and before[0] in "+-":
        return before[0] == "-", before[1:]
    if before[-1:] and before[-1] in "+-":
        return before[-1] == "-", before[:-1]
    return False, before


def _decimal(digits: str) -> Decimal:
    """The value of digits with separators, as the head of this module says. Raises Unreadable."""
    if sum(sign.isdigit() for sign in digits) > _MOST_DIGITS:
        raise Unreadable(TOO_LONG)
    comma, dot = digits.rfind(","), digits.rfind(".")
    mark = ""
    if comma >= 0 and dot >= 0:
        mark = "," if comma > dot else "."
    elif digits.count(",") == 1:
        group = re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits)
        mark = "" if group else ","
    elif digits.count(".") == 1:
        mark = "."
        if re.fullmatch(r"[1-9]\d{0,2}\.\d\d0", digits):
            small = digits.rstrip("0").rstrip(".")
            raise Unreadable(TWO_WAYS, text=digits, small=small, large=digits.replace(".", ""))
    whole, _, part = digits.partition(mark) if mark else (digits, "", "")
    if not re.fullmatch(r"\d*", part):
        raise Unreadable(HOW)
    if whole and not whole.isdigit():
        if not _GROUPS.fullmatch(whole) and not _INDIAN.fullmatch(whole):
            raise Unreadable(HOW)
        whole = re.sub(r"\D", "", whole)
    return Decimal(f"{whole or '0'}.{part or '0'}")
