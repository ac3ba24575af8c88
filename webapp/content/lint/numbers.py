"""Numbers of questions that have no source, and sources that do not hold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from webapp.content.course.course import Course
from webapp.content.course.course_file import MIXED
from webapp.content.lint.pieces import values_of
from webapp.content.lint.rules import HERE, Context, Finding, LintedQuestion, question_rule
from webapp.content.numbers import declared, unused, without_source
from webapp.questions import type_of
from webapp.questions.contract import Question, ValuePath
from webapp.questions.variants import said_at, without_formulas


def known_numbers(course: Course, pillar: str) -> list[set[Decimal]]:
    """What the ledger and the lessons of a pillar vouch for; questions that tie pillars together may use all."""
    return [course.ledger_numbers] + [
        numbers for lesson, numbers in course.lesson_numbers.items() if pillar in (lesson, MIXED)
    ]


def stated(question: Question) -> Iterator[tuple[ValuePath, str]]:
    """The texts by which a question states something as true: stem, explanation, hints, and what its type says. Of a
    question with parameters as its author wrote them, without the formulas: what is drawn has no source but these."""
    for path, text in _stated(question):
        yield path, text if question.template is None else without_formulas(said_at(question.template, path, text))


def _stated(question: Question) -> Iterator[tuple[ValuePath, str]]:
    yield ("stem",), question.stem
    if question.explanation:
        yield ("explanation",), question.explanation
    for place, hint in enumerate(question.hints):
        yield ("hints", place), hint
    yield from type_of(question).stated(question)


_NAMES = frozenset({"id", "facts", "section", "tags", "material"})
_MEASURES = frozenset({"points", "weight", "factor"})
"""Numbers that say how a question counts, not what it says."""


def _everything(question: Question) -> Iterator[str]:
    yield from question.parameters.values()
    for path, value in values_of(question):
        if isinstance(value, str) and not _NAMES.intersection(path):
            yield value
        elif isinstance(value, Decimal) and path[-1] not in _MEASURES:
            yield str(value)


@question_rule("number-without-source", "A number comes neither from the ledger nor from a sum", HERE)
def number_without_source(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    question = linted.question
    texts = [(path, text) for path, text in stated(question) if any(letter.isdigit() for letter in text)]
    if not texts or not context.course.rules.source_for_each_number:
        return
    known = known_numbers(context.course, question.pillar)
    good, _ = declared(question.numbers)
    known.append({value.normalize() for entry in good for value in entry.values})
    reported: set[str] = set()
    for path, text in texts:
        for number in without_source(text, known):
            if number.text in reported:
                continue
            reported.add(number.text)
            yield Finding(
                path,
                f"the number {number.text} has no source",
                f'cite a fact that has it, or add `numbers: {{"{number.text}": "= …"}}` or `"example: why"`',
                needle=number.text,
            )


@question_rule("number-wrong", "The source of a number does not hold", HERE)
def number_wrong(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for key, message, suggestion in declared(linted.question.numbers)[1]:
        yield Finding(("numbers", key), message, suggestion, key=True)


@question_rule("number-unused", "A number is declared and not used", HERE)
def number_unused(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    if linted.question.numbers:
        for key in unused(linted.question.numbers, _everything(linted.question)):
            yield Finding(("numbers", key), f"the number {key} is not in the question", "delete the line", key=True)
