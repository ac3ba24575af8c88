"""Questions that differ from paper to paper: values drawn from a seed, and formulas filled in.

A question with `parameters:` is a template. Its texts hold formulas between `<<` and `>>`, which neither YAML nor
Markdown takes for anything else, in a list between brackets too:

    stem: A car of <<m>> kg speeds up by <<a>> m/s². What force does that take?
    parameters:
      m: 800 to 1500 step 100
      a: 2, 2.5, 4
      force: = m * a
    constraints: [force < 5000]
    answer: <<force>>

A parameter is one of four things, told apart by how it is written:

- `800 to 1500 step 100`: a range; without a step, whole numbers;
- `2, 2.5, 4` or `copper; iron`: choices, parted by semicolons where there is one, else by commas;
- `name | density; copper | 8.96; iron | 7.87`: a table, its first row the names of its columns. One row is drawn, and
  `<<metal.name>>` stands for what it has there. Rows may stand on lines of their own;
- `= m * a`: a formula of the parameters above it.

`constraints` are comparisons that have to hold; values are drawn anew until they do. `\\<<` is shown as `<<`.

Everything follows from the seed by SHA-256, not from `random`, so that a paper comes out the same years later. Names,
ids, points and weights are no texts: what a question counts and what it is found by never varies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from typing import Any

from webapp.questions.expressions import (
    NAME,
    TAKEN,
    BadExpression,
    Value,
    names_in,
    texts_in,
    work_out,
    written_out,
)
from webapp.questions.flaws import Flaw, ValuePath

PARAMETERS, CONSTRAINTS = "parameters", "constraints"
MOST_PARAMETERS, MOST_CONSTRAINTS, MOST_CHOICES, MOST_STEPS, MOST_FORMULAS = 30, 20, 500, 1_000_000, 300
#: how often values are drawn until the constraints hold, and how many letters of formulas are worked out for that and
#: in the texts: so the dearest question that anybody can write takes about a second
MOST_TRIES, MOST_LETTERS, MOST_LETTERS_IN_TEXTS = 200, 40_000, 20_000
#: how deep the values of a question may lie in each other
_DEEPEST = 12

_FORMULA = re.compile(r"\\<<|<<((?:(?!<<|>>).)+)>>")
_DIGITS = r"[-−]?\d{1,12}(?:\.\d{1,12})?"
_RANGE = re.compile(rf"\s*({_DIGITS})\s*(?:to|…|\.\.\.?)\s*({_DIGITS})(?:\s*,?\s*step\s*({_DIGITS}))?\s*")
_NUMBER = re.compile(_DIGITS)

#: what names and sorts a question, and what it counts: never varies
_FIXED = frozenset({
    "id", "type", "pillar", "tags", "facts", "section", "level", "difficulty", "numbers", "shuffle", "use", "retired",
    "accept", "points", "weight", "fixed", "key", "material", PARAMETERS, CONSTRAINTS,
})  # fmt: skip
#: numbers that are judged by and not shown, so that nobody minds how long they are
_NOT_SHOWN = frozenset({"tolerance", "factor", "wrong"})


class BadTemplate(Exception):
    """A template that can't be filled in with these values, or ever. `flaws` say where and why, `said` the values."""

    def __init__(self, flaws: Sequence[Flaw], values: Mapping[str, Value] | None = None) -> None:
        self.flaws = tuple(flaws)
        self.said = in_words(values or {})
        super().__init__("; ".join(flaw.message for flaw in flaws))


@dataclass(slots=True)
class Filled:
    """A template with formulas filled in. `ugly` has the numbers that nobody would write like that."""

    body: dict[str, Any]
    values: dict[str, Value]
    ugly: list[Flaw] = field(default_factory=list)

    @property
    def said(self) -> str:
        """The values in words."""
        return in_words(self.values)


def shown(value: Value) -> str:
    """A value as it stands in a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else written_out(value)[0]


def in_words(values: Mapping[str, Value]) -> str:
    """Values for whoever looks for what went wrong: `m = 800, a = 2.5`."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in values.items())


def filled(template: Mapping[str, Any], seed: int, given: Mapping[str, Value] | None = None) -> Filled:
    """The question that a template makes for a seed, as plain values like those of a file. Raises BadTemplate.

    `given` are values that an earlier revision drew: they stand, whatever the ranges and constraints are now, and only
    what is new is drawn and what has a formula worked out.
    """
    values = drawn(template, seed, given)
    filling = _Filling(values)
    body = {name: filling.fill(value, (name,)) for name, value in template.items()}
    if filling.flaws:
        raise BadTemplate(filling.flaws, values)
    return Filled(body, values, filling.ugly)


def drawn(template: Mapping[str, Any], seed: int, given: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """The values that a template draws for a seed, as `filled` fills them in. Raises BadTemplate."""
    drawing = _declared(template)
    return drawing.drawn(seed)[1] if given is None else drawing.kept(seed, given)


def places_drawn(template: Mapping[str, Any], seed: int) -> tuple[int, ...]:
    """Which of its values a template draws for a seed, by their places: with the same places the values are the same,
    and comparing these takes much longer. Raises BadTemplate."""
    return _declared(template).drawn(seed)[0]


def has_formula(value: Any) -> bool:
    """Whether something in a template may be another on another paper: a text, or one that lies in it."""
    if isinstance(value, str):
        return "<<" in value
    if isinstance(value, dict):
        return any(map(has_formula, value.values()))
    return isinstance(value, list | tuple) and any(map(has_formula, value))


def _declared(template: Mapping[str, Any]) -> _Drawing:
    declared = template.get(PARAMETERS)
    constraints = template.get(CONSTRAINTS) or ()
    if not isinstance(declared, dict) or not isinstance(constraints, list | tuple):
        raise BadTemplate([Flaw((PARAMETERS,), "the parameters are not a mapping of names")])
    texts = tuple((str(name), str(text)) for name, text in declared.items())
    return _drawing(texts, tuple(str(text) for text in constraints))


def without_formulas(text: str) -> str:
    """A text of a template, with nothing where its formulas are."""
    return _FORMULA.sub("", text)


def words_drawn(template: Mapping[str, Any]) -> Iterator[str]:
    """The words that may stand for a formula, each once: choices, what tables have, and texts within formulas."""
    seen: dict[str, None] = {}
    for text in template.get(PARAMETERS, {}).values():
        text = str(text).strip()
        if text.startswith("="):
            seen.update(dict.fromkeys(texts_in(text[1:].strip())))
        elif "|" in text:
            seen.update(dict.fromkeys(cell for row in _rows(text)[1:] for cell in row))
        elif not _RANGE.fullmatch(text):
            seen.update(dict.fromkeys(_choices(text)))
    for said in _texts(template):
        for match in _FORMULA.finditer(said):
            seen.update(dict.fromkeys(texts_in(match[1].strip()) if match[1] else ()))
    return (word for word in seen if not _NUMBER.fullmatch(word))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if name not in _FIXED:
                yield from _texts(inner)


@dataclass(frozen=True, slots=True)
class Cut:
    """A text of a template cut at its formulas: the words around them, one piece more than there are formulas."""

    words: tuple[str, ...]
    formulas: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Cut:
        words, formulas, end = [""], [], 0
        for match in _FORMULA.finditer(text):
            words[-1] += text[end : match.start()]
            end = match.end()
            if match[1] is None:
                words[-1] += "<<"
            else:
                formulas.append(match[1].strip())
                words.append("")
        words[-1] += text[end:]
        return cls(tuple(words), tuple(formulas))

    def values_in(self, text: str) -> dict[str, str] | None:
        """What stands for each formula in a text that was filled in; None where it was not made of this one. Each piece
        is looked for once, from left to right, so that no text takes long."""
        if not text.startswith(self.words[0]) or len(text) < sum(map(len, self.words)):
            return None
        values: dict[str, str] = {}
        at = len(self.words[0])
        for place, (formula, words) in enumerate(zip(self.formulas, self.words[1:], strict=True), 1):
            if place == len(self.formulas):
                found = len(text) - len(words) if text.endswith(words) else -1
            else:
                found = text.find(words, at)
            if found < at or values.setdefault(formula, text[at:found]) != text[at:found]:
                return None
            at = found + len(words)
        return values if at == len(text) else None

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with these values for its formulas."""
        rest = (values[formula] + words for formula, words in zip(self.formulas, self.words[1:], strict=True))
        return self.words[0] + "".join(rest)


def said_at(template: Mapping[str, Any], path: ValuePath, otherwise: str) -> str:
    """What a template says at a place; `otherwise` where it writes in a shorter way than the question has it."""
    here: Any = template
    for part in path:
        if isinstance(here, str):
            break
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return otherwise
    return here if isinstance(here, str) else otherwise


class _Filling:
    """Fills in one question, and notes what can't be."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = values
        self.flaws: list[Flaw] = []
        self.ugly: list[Flaw] = []
        self.full = False
        self.count = self.letters = 0

    def fill(self, value: Any, path: ValuePath) -> Any:
        if path[-1] in _FIXED or len(path) > _DEEPEST:
            return value
        if isinstance(value, str):
            return self.text(value, path) if "<<" in value else value
        if isinstance(value, dict):
            return {name: self.fill(inner, (*path, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner, (*path, place)) for place, inner in enumerate(value)]
        return value

    def text(self, text: str, path: ValuePath) -> str:
        def replace(match: re.Match[str]) -> str:
            if match[1] is None:
                return "<<"
            self.count += 1
            self.letters += len(match[1])
            if self.count > MOST_FORMULAS or self.letters > MOST_LETTERS_IN_TEXTS:
                if not self.full:
                    most = f"{MOST_FORMULAS} formulas, or than {MOST_LETTERS_IN_TEXTS:,} letters of them"
                    self.flaws.append(Flaw(path, f"the question has more than {most}"))
                self.full = True
                return match[0]
            return self.formula(match[1].strip(), path)

        if "<<" in without_formulas(text):
            said = "a `<<` in it has no `>>`"
            self.flaws.append(Flaw(path, said, "close the formula, or write \\<< for the two signs themselves"))
        return _FORMULA.sub(replace, text)

    def formula(self, formula: str, path: ValuePath) -> str:
        try:
            value = work_out(formula, self.values)
        except BadExpression as error:
            said = f"the formula `{formula[:80]}` cannot be worked out: {error}"
            self.flaws.append(Flaw(path, said, "mend it, or keep such values away with a line in `constraints:`"))
            return ""
        if isinstance(value, Fraction):
            text, ugly = written_out(value)
            if ugly and not _NOT_SHOWN.intersection(path):
                self.ugly.append(Flaw(path, f"`{formula[:80]}` is {text}", f"write <<round({formula[:80]}, 2)>>"))
            return text
        return shown(value)


Pick = Callable[[int, Mapping[str, Value]], Mapping[str, Value]]
"""The values of one parameter, from the place of what was drawn, and the values above it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One parameter, ready to be drawn: what it gives values to, and the constraints that can be looked at by then."""

    name: str
    gives: frozenset[str]
    pick: Pick
    #: from how many values one is drawn; 1 for a formula, which has but one
    count: int
    #: of a formula; 0 for what is drawn
    letters: int
    constraints: tuple[tuple[int, str], ...]

    def place(self, seed: int, attempt: int) -> int:
        return _place(seed, self.name, attempt, self.count) if self.count > 1 else 0

    def values(self, place: int, above: Mapping[str, Value]) -> Mapping[str, Value]:
        """Raises BadTemplate."""
        try:
            return self.pick(place, above)
        except BadExpression as error:
            said = f"the formula of `{self.name}` cannot be worked out: {error}"
            suggestion = "mend it, or keep such values away with a line in `constraints:`"
            raise BadTemplate([Flaw((PARAMETERS, self.name), said, suggestion)], above) from None


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """The parameters of a question, in their order."""

    steps: tuple[_Step, ...]

    def kept(self, seed: int, given: Mapping[str, Value]) -> dict[str, Value]:
        """The values with those that are given. Raises BadTemplate."""
        values: dict[str, Value] = {}
        for step in self.steps:
            if not step.letters and step.gives <= given.keys():
                values.update((name, given[name]) for name in sorted(step.gives))
            else:
                values.update(step.values(step.place(seed, 0), values))
        return values

    def drawn(self, seed: int) -> tuple[tuple[int, ...], dict[str, Value]]:
        """The first values for the seed that meet the constraints, and their places. Raises BadTemplate."""
        left = MOST_LETTERS
        tries = 0
        while tries < MOST_TRIES and left > 0:
            places = tuple([step.place(seed, tries) for step in self.steps])
            values, letters = _tried(self, places)
            if values is not None:
                return places, dict(values)
            left -= letters
            tries += 1
        said = f"{tries} times values were drawn, and none of them met the constraints"
        raise BadTemplate([Flaw((CONSTRAINTS,), said, "loosen a constraint, or narrow the ranges to what it allows")])

    def tried(self, places: Sequence[int]) -> tuple[dict[str, Value] | None, int]:
        """The values at these places, None where a constraint doesn't hold, and how many letters of formulas were
        worked out. Raises BadTemplate."""
        values: dict[str, Value] = {}
        letters = 0
        for place_drawn, step in zip(places, self.steps, strict=True):
            letters += step.letters
            values.update(step.values(place_drawn, values))
            for place, text in step.constraints:
                letters += len(text)
                try:
                    holds = work_out(text, values)
                except BadExpression as error:
                    said = f"the constraint `{text[:80]}` cannot be worked out: {error}"
                    raise BadTemplate([Flaw((CONSTRAINTS, place), said)], values) from None
                if not isinstance(holds, bool):
                    said = f"the constraint `{text[:80]}` is not a comparison"
                    raise BadTemplate([Flaw((CONSTRAINTS, place), said, "write for example `a < b`")], values)
                if not holds:
                    return None, letters
        return values, letters


@lru_cache(maxsize=5_000)
def _tried(drawing: _Drawing, places: tuple[int, ...]) -> tuple[dict[str, Value] | None, int]:
    """`tried`, remembered: most questions have some hundred values to draw, and formulas are dear to work out."""
    return drawing.tried(places)


@lru_cache(maxsize=2_000)
def _drawing(parameters: tuple[tuple[str, str], ...], constraints: tuple[str, ...]) -> _Drawing:
    """The declaration as read. Raises BadTemplate with all that is wrong with it."""
    flaws: list[Flaw] = []
    if not parameters or len(parameters) > MOST_PARAMETERS:
        flaws.append(Flaw((PARAMETERS,), f"expected 1 to {MOST_PARAMETERS} parameters"))
    if len(constraints) > MOST_CONSTRAINTS:
        flaws.append(Flaw((CONSTRAINTS,), f"expected {MOST_CONSTRAINTS} constraints at most"))
    if flaws:
        raise BadTemplate(flaws)
    waiting: list[tuple[int, str, set[str]]] = []
    for place, text in enumerate(constraints):
        try:
            waiting.append((place, text, names_in(text)))
        except BadExpression as error:
            flaws.append(Flaw((CONSTRAINTS, place), f"the constraint `{text[:80]}` cannot be worked out: {error}"))
    known: set[str] = set()
    steps = []
    for name, text in parameters:
        try:
            pick, count, names = _read(name, text)
        except _Unread as error:
            flaws.append(Flaw((PARAMETERS, name), str(error), error.suggestion, on_key=error.on_key))
            continue
        known |= names
        due = tuple((place, text) for place, text, needed in waiting if needed <= known)
        waiting = [(place, text, needed) for place, text, needed in waiting if not needed <= known]
        letters = len(text) if text.lstrip().startswith("=") else 0
        steps.append(_Step(name, frozenset(names), pick, count, letters, due))
    for place, text, needed in waiting:
        if not flaws:
            unknown = ", ".join(f"`{name[:80]}`" for name in sorted(needed - known))
            flaws.append(
                Flaw((CONSTRAINTS, place), f"the constraint `{text[:80]}` names {unknown}, which no parameter is")
            )
    if flaws:
        raise BadTemplate(flaws)
    return _Drawing(tuple(steps))


class _Unread(Exception):
    def __init__(self, said: str, suggestion: str = "", *, on_key: bool = False) -> None:
        super().__init__(said)
        self.suggestion, self.on_key = suggestion, on_key


def _read(name: str, text: str) -> tuple[Pick, int, set[str]]:
    """How a parameter is drawn, from how many values, and the names that it gives values to."""
    if not NAME.fullmatch(name) or "." in name or name in TAKEN:
        said = f"`{name[:80]}` cannot be the name of a parameter"
        raise _Unread(said, "use letters, digits and _, a letter first, and no name of a function", on_key=True)
    text = text.strip()
    if text.startswith("="):
        formula = text[1:].strip()
        return (lambda place, values: {name: work_out(formula, values)}), 1, {name}
    if "|" in text:
        return _table(name, text)
    if found := _RANGE.fullmatch(text):
        return *_range(name, *found.groups()), {name}
    parts = _choices(text)
    if len(parts) < 2:
        example = "expected a range (`2 to 20 step 2`), choices (`2, 4, 5`), a table or a formula (`= m * a`)"
        raise _Unread(f"`{name}` is `{text[:80]}`: {example}")
    if len(parts) > MOST_CHOICES or not all(parts):
        raise _Unread(f"`{name}` has an empty choice or more than {MOST_CHOICES}")
    choices = [_cell(part) for part in parts]
    return (lambda place, values: {name: choices[place]}), len(choices), {name}


def _choices(text: str) -> list[str]:
    return [part.strip() for part in text.split(";" if ";" in text else ",")]


def _range(name: str, least: str, most: str, step: str | None) -> tuple[Pick, int]:
    low, high, stride = (_exactly(text) for text in (least, most, step or "1"))
    if stride <= 0 or high <= low:
        raise _Unread(f"the range of `{name}` does not go up", "write the smaller number first, and a step above 0")
    count = (high - low) // stride + 1
    if count < 2 or count > MOST_STEPS:
        raise _Unread(f"the range of `{name}` has {count:,} values", f"it may have from 2 to {MOST_STEPS:,}")
    return (lambda place, values: {name: low + stride * place}), count


def _table(name: str, text: str) -> tuple[Pick, int, set[str]]:
    head, *body = _rows(text)
    if any(not NAME.fullmatch(column) or "." in column for column in head) or len(set(head)) != len(head):
        raise _Unread(f"the first row of the table `{name}` has to name its columns, each with a word of its own")
    if not 2 <= len(body) <= MOST_CHOICES or any(len(row) != len(head) or not all(row) for row in body):
        said = f"the table `{name}` needs from 2 to {MOST_CHOICES} rows below its head, and a value in each column"
        raise _Unread(said, f"write {' | '.join(head)}; and then row after row, parted by `;` or on a line each")
    drawn = [{f"{name}.{column}": _cell(cell) for column, cell in zip(head, row, strict=True)} for row in body]
    return (lambda place, values: drawn[place]), len(drawn), set(drawn[0])


def _rows(text: str) -> list[list[str]]:
    # No more are taken apart than it takes to see that there are too many; beside them stand a head and dashes.
    lines = [line for line in re.split(r"[;\n]", text) if line.strip()][: MOST_CHOICES + 3]
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    # A table pasted from Markdown has a line of dashes below its head.
    return [
        row for place, row in enumerate(rows) if place != 1 or not all(re.fullmatch(r":?-+:?", cell) for cell in row)
    ]


def _cell(text: str) -> Value:
    return _exactly(text) if _NUMBER.fullmatch(text) else text


def _exactly(text: str) -> Fraction:
    return Fraction(Decimal(text.replace("−", "-")))


def _place(seed: int, name: str, attempt: int, count: int) -> int:
    digest = sha256(f"{seed}/parameter/{name}/{attempt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count
