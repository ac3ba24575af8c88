"""What is wrong with single variants of questions with parameters: each is drawn many times and looked at.

A question is read with one set of values, and whatever is wrong with that one is said at once. What goes wrong with
others only (two answers that meet, a division by zero, a third of something) shows when they are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from pydantic import ValidationError

from webapp.content.course.course import Course
from webapp.content.problems import Location, Problem
from webapp.questions import draw_variant, type_of
from webapp.questions.contract import Question
from webapp.questions.flaws import Flaw, ValuePath
from webapp.questions.numbers import Unreadable, read_amount
from webapp.questions.variants import BadTemplate

VARIANTS = 200
"""How many variants of a question are drawn, with the seeds from 0."""
_HOPELESS = 10
"""After so many seeds that made no question, the others are left alone."""

Report = Callable[[int, int], None]
"""Is told how many questions are looked at, of how many."""


@dataclass(slots=True)
class Found:
    """Something that is wrong in some of the variants: in how many, and the first of them."""

    flaw: Flaw
    seed: int
    values: str
    count: int = 1
    drawn: int = VARIANTS

    @property
    def message(self) -> str:
        """What is wrong, how often, and the seed and the values by which it is found again."""
        with_values = f" ({self.values})" if self.values else ""
        often = f"in {self.count} of {self.drawn} variants, first with the seed {self.seed}{with_values}"
        return f"{often}: {self.flaw.message}"


def check_variants(course: Course, report: Report | None = None) -> list[Problem]:
    """The problems of all questions with parameters that are in use, in the order of the files."""
    waiting = [
        (file, place, question)
        for file in course.files
        for question, place in zip(file.questions, file.places, strict=True)
        if question.template is not None and not question.retired
    ]
    problems = []
    for number, (file, place, question) in enumerate(waiting, 1):
        for found in flaws_of_variants(question):
            where: Location = file.locate(place, found.flaw.path, key=found.flaw.on_key)
            problems.append(Problem(where, found.message, "", found.flaw.suggestion))
        if report is not None:
            report(number, len(waiting))
    return problems


def flaws_of_variants(question: Question) -> list[Found]:
    """What is wrong with variants of a question with parameters. The same flaw at the same place is told once."""
    found: dict[tuple[str, ValuePath], Found] = {}
    seen: set[str] = set()

    def note(kind: str, flaw: Flaw, seed: int, values: str) -> None:
        earlier = found.get((kind, flaw.path))
        if earlier is None:
            found[kind, flaw.path] = Found(flaw, seed, values)
        else:
            earlier.count += 1

    drawn = 0
    for seed in range(VARIANTS):
        if seed >= _HOPELESS and not seen:
            break
        drawn += 1
        try:
            made, filled = draw_variant(question, seed)
        except BadTemplate as error:
            for flaw in error.flaws:
                note("fails", flaw, seed, error.said)
            continue
        except ValidationError as error:
            for details in error.errors(include_url=False):
                place = tuple(part for part in details["loc"] if part != "[key]")
                note("fails", Flaw(place, f"what the formulas give does not fit: {details['msg']}"), seed, "")
            continue
        seen.add(filled.said)
        for flaw in _first_at_each_place((*type_of(made).check(made), *_meeting(made))):
            note("meets", flaw, seed, filled.said)
        for flaw in _first_at_each_place(filled.ugly):
            note("ugly", flaw, seed, filled.said)
    if len(seen) == 1:
        said = "all variants are the same"
        found["same", ("parameters",)] = Found(Flaw(("parameters",), said), 0, next(iter(seen)), VARIANTS)
    return sorted((replace(each, drawn=drawn) for each in found.values()), key=lambda each: each.seed)


def _first_at_each_place(flaws: Iterable[Flaw]) -> Iterable[Flaw]:
    first: dict[ValuePath, Flaw] = {}
    for flaw in flaws:
        first.setdefault(flaw.path, flaw)
    return first.values()


def _meeting(question: Question) -> Iterator[Flaw]:
    """A flaw at each wrong option that is the same number as the key, in whichever digits: 2.5 and 2.50."""
    for options in type_of(question).option_lists(question):
        numbers = [_number(text) for text in options.texts]
        keys = {numbers[place] for place in options.keys} - {None}
        for place, number in enumerate(numbers):
            if place not in options.keys and number in keys:
                said = f"the wrong option `{options.texts[place]}` is the same number as the key"
                yield Flaw(options.at(place, "text"), said, "keep such values away with a line in `constraints:`")


def _number(text: str) -> object:
    try:
        amount = read_amount(text)
    except Unreadable:
        return None
    return amount.value * amount.unit.scale, amount.unit.base
