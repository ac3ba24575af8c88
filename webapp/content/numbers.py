"""Numbers in texts, and the rule that each has a source.

What counts as a number is what is written in digits: `912`, `1,670,000`, `1.67 million`, `23 percent`, `2014–2023`,
`2000s`. Numbers written as words ("five pillars", "two decades") are the counting of ordinary prose and are not
checked; neither is a digit that belongs to a name (`DeepSeek-R1`, `GPT-4`, `H100`, `CO2`, `5G`), nor the numbers of a
list, nor anything in `code` or in a formula.

A number has a source when one of these gives the same value, however it is written:

- the ledger: a figure of any fact, or a number in a claim;
- `numbers:` of the lesson or question it stands in (for a question also of the lesson of its pillar), as
  `"210": "= 912 * 0.23"` or `"400": "example: a made-up firm"`.

A computed number has to agree with its sum at the precision at which it is written: "210" stands for 209.76 and
"1.7" for 1.67, while "211" does not. Zeros at the end of a whole number may be rounding ("1,700" stands for 1,670).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from webapp.content.ledger import Ledger
from webapp.questions.expressions import BadExpression, evaluate
from webapp.questions.formulas.dollars import written_in

_SCALES = {
    "thousand": 3, "million": 6, "millions": 6, "billion": 9, "billions": 9, "trillion": 12, "trillions": 12,
}  # fmt: skip
_GROUPED = r"\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3})+(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?<![\w.])(?<![^\W\d_][-‑])(?P<digits>{_GROUPED}|\d+(?:\.\d+)?)(?P<plural>s\b)?(?![^\W\d_]|\d)"
    rf"(?:\s*[-–]?\s*(?P<scale>{'|'.join(_SCALES)})\b)?"
)
_CODE = re.compile(r"(`+).+?\1", re.DOTALL)
_LINK_TARGET = re.compile(r"\]\([^)\s]*\)|\[@[^\]]*\]|\[\^[^\]\s]*\]:?|\{#[^}]*\}|https://\S+|\[\[[^\]]*\]\]")
_LIST_MARK = re.compile(r"^\s{0,3}\d{1,3}[.)]\s", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """A number in a text: as written, its value without and with a word such as million, and where it begins."""

    text: str
    plain: Decimal
    scaled: Decimal
    start: int

    @property
    def values(self) -> tuple[Decimal, Decimal]:
        return self.plain, self.scaled


def numbers_in(text: str) -> Iterator[Written]:
    """The numbers of a Markdown text that need a source."""
    if not any(letter.isdigit() for letter in text):
        return
    for pattern in (_CODE, _LINK_TARGET, _LIST_MARK):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    for formula in written_in(text):
        end = formula.start + len(formula.source)
        text = text[: formula.start] + " " * len(formula.source) + text[end:]
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"[,\u00a0\u202f\u2009]", "", match["digits"])
        try:
            value = Decimal(digits)
        except InvalidOperation:
            continue
        scale = _SCALES.get(match["scale"] or "", 0)
        yield Written(match[0], value, value.scaleb(scale), match.start())


def read_written(text: str) -> Written | None:
    """The number a key of `numbers:` stands for: `210`, `1.67 million`, `US$46 billion`."""
    found = list(numbers_in(text))
    return found[0] if len(found) == 1 else None


def ledger_numbers(ledger: Ledger | None) -> set[Decimal]:
    """Every value the ledger vouches for."""
    values: set[Decimal] = set()
    for fact in ledger.facts if ledger else ():
        texts = [fact.claim]
        if fact.looked_up is not None:
            texts.append(fact.looked_up.date)
        for figure in fact.figures:
            value = Decimal(str(figure.value))
            scale = next((_SCALES[word] for word in figure.unit.split() if word in _SCALES), 0)
            values.update((value, value.scaleb(scale)))
            texts.extend((figure.period, figure.about, figure.unit))
        for text in texts:
            for number in numbers_in(text):
                values.update(number.values)
    return {value.normalize() for value in values}


@dataclass(frozen=True, slots=True)
class Declared:
    """One entry of `numbers:` that is good: its key and the values it vouches for."""

    key: str
    values: tuple[Decimal, Decimal]


def declared(numbers: Mapping[str, str]) -> tuple[list[Declared], list[tuple[str, str, str]]]:
    """The good entries of `numbers:`, and (key, what is wrong, suggestion) for the others."""
    good: list[Declared] = []
    bad: list[tuple[str, str, str]] = []
    for key, source in numbers.items():
        number = read_written(key)
        if number is None:
            bad.append(
                (key, f"`{key}` is not one number", "write the number as the text has it, such as `1.67 million`")
            )
            continue
        said = source.strip()
        if said.startswith("="):
            wrong = _disagreement(number, said[1:])
            if wrong:
                bad.append((key, *wrong))
        elif not re.match(r"example:\s*\S", said):
            bad.append(
                (
                    key,
                    f"the source of `{key}` is neither a sum nor an example",
                    "write `= 912 * 0.23` or `example: why`",
                )
            )
        good.append(Declared(key, number.values))
    return good, bad


def _disagreement(number: Written, expression: str) -> tuple[str, str] | None:
    try:
        value = evaluate(expression)
    except BadExpression as error:
        return f"the sum of `{number.text}` cannot be worked out: {error}", "write for example `= 912 * 0.23`"
    if any(agrees(written, value) for written in number.values):
        return None
    return (
        f"`{number.text}` is not what its sum gives: {shown(value)}",
        f"write {shown(round_to(value, number.plain))}, or mend the sum",
    )


def agrees(written: Decimal, value: Fraction) -> bool:
    """Whether a written number stands for a value at the precision at which it is written."""
    return abs(Fraction(written) - value) <= Fraction(_unit(written)) / 2


def _unit(written: Decimal) -> Decimal:
    """The size of one step in the last digit that is written; zeros at the end of a whole number do not count."""
    exponent = written.as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0:
        return Decimal(1).scaleb(exponent)
    normal = written.normalize().as_tuple().exponent
    return Decimal(1).scaleb(max(0, normal)) if isinstance(normal, int) and written else Decimal(1)


def round_to(value: Fraction, like: Decimal) -> Fraction:
    """A value at the number of decimals of another number."""
    exponent = like.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return Fraction(round(value, places))


def shown(value: Fraction) -> str:
    """A value in at most eight significant digits."""
    return f"{float(value):.8g}"


def unused(numbers: Mapping[str, str], texts: Iterable[str]) -> Iterator[str]:
    """The keys of `numbers:` that neither a text nor the sum of another key uses."""
    known = {value.normalize() for text in texts for found in numbers_in(text) for value in found.values}
    for key in numbers:
        number = read_written(key)
        if number is None:
            continue
        values = {value.normalize() for value in number.values}
        sums = (source for other, source in numbers.items() if other != key and source.startswith("="))
        if not values & known and not any(value in values for text in sums for value in _values(text)):
            yield key


def _values(text: str) -> Iterator[Decimal]:
    for found in numbers_in(text):
        yield from (value.normalize() for value in found.values)


def without_source(text: str, known: Iterable[set[Decimal]]) -> Iterator[Written]:
    """The numbers of a text that none of the sets vouches for."""
    sets = list(known)
    for number in numbers_in(text):
        values = {value.normalize() for value in number.values}
        if not any(values & some for some in sets):
            yield number
