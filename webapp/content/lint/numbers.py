"""Numbers of questions that have no source, and sources that do not hold."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from webapp.content.course.course import MIXED, Course
from webapp.content.lint.rules import HERE, Context, Finding, Item, item_rule
from webapp.content.numbers import declared, unused, without_source
from webapp.content.option_lists import parts_of
from webapp.content.problems import ValuePath
from webapp.questions.contract import Question

_MARKDOWN_FIELDS = ("text", "stem", "explanation", "left", "right", "title")


def known_numbers(course: Course, pillar: str) -> list[set[Decimal]]:
    """What the ledger and the lessons of a pillar vouch for; questions that tie pillars together may use all."""
    return [course.ledger_numbers] + [
        numbers for lesson, numbers in course.lesson_numbers.items() if pillar in (lesson, MIXED)
    ]


def stated(question: Question) -> Iterator[tuple[ValuePath, str]]:
    """The texts by which a question states something as true: stem, text, explanation, hints, and its keys."""
    yield ("stem",), question.stem
    if question.explanation:
        yield ("explanation",), question.explanation
    for place, hint in enumerate(question.hints):
        yield ("hints", place), hint
    for path, part in parts_of(question):
        if "wrong" in path or "extra" in path or getattr(part, "key", True) is False:
            continue
        names = _MARKDOWN_FIELDS if path else ("text",)
        for name in names:
            value = getattr(part, name, None)
            if isinstance(value, str) and value and "pattern" not in path:
                yield (*path, name), value
        answer = getattr(part, "answer", None)
        if isinstance(answer, Decimal):
            yield (*path, "answer"), f"{answer} {getattr(part, 'unit', None) or ''}"


def _everything(value: Any) -> Iterator[str]:
    for _, part in parts_of(value):
        for name in type(part).model_fields:
            inner = getattr(part, name)
            if name in ("numbers", "accept", "id", "facts", "section", "tags"):
                continue
            if isinstance(inner, str):
                yield inner
            elif isinstance(inner, Decimal) and name not in ("points", "weight", "factor"):
                yield str(inner)
            elif isinstance(inner, tuple):
                yield from (item for item in inner if isinstance(item, str))


@item_rule("number-without-source", "A number comes neither from the ledger nor from a sum", HERE)
def number_without_source(item: Item, context: Context) -> Iterator[Finding]:
    question = item.question
    texts = [(path, text) for path, text in stated(question) if any(letter.isdigit() for letter in text)]
    if not texts or context.course.ledger is None:
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


@item_rule("number-wrong", "The source of a number does not hold", HERE)
def number_wrong(item: Item, context: Context) -> Iterator[Finding]:
    for key, message, suggestion in declared(item.question.numbers)[1]:
        yield Finding(("numbers", key), message, suggestion, key=True)


@item_rule("number-unused", "A number is declared and not used", HERE)
def number_unused(item: Item, context: Context) -> Iterator[Finding]:
    if item.question.numbers:
        for key in unused(item.question.numbers, _everything(item.question)):
            yield Finding(("numbers", key), f"the number {key} is not in the question", "delete the line", key=True)
