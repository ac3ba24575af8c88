"""A quiz tried on people outside the app: its papers as plain text without keys, and what the answers are worth.

Whether a quiz can tell who has read its lesson is seen when strangers take its papers before the lesson, and after. A
paper is drawn as in the app, from a seed, so that the same seed gives the same paper as long as the course stays as it
is. Its text is read off the page that learners see, so that it says as much as the page, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from html.parser import HTMLParser

from flask import current_app
from werkzeug.datastructures import MultiDict

from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz
from webapp.questions import type_of, variant
from webapp.questions.formulas.said import read_out
from webapp.quizzes import selection
from webapp.quizzes.selection import DrawnQuestion

_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)


class Unusable(ValueError):
    """The answers can't be read: the text says where, and what was expected."""


@dataclass(frozen=True)
class Tried:
    """What one answer of a trial is worth."""

    question_id: str
    kind: str
    level: str
    #: 0…1
    fraction: float
    #: what a blind guess is worth on average, 0…1
    guess: float
    #: the answer in words; empty when there was none
    given: str


def paper(course: Course, quiz: Quiz, seed: int) -> list[DrawnQuestion]:
    """The paper that somebody who has seen no question of it gets for this seed."""
    drawn = selection.draw(quiz, course, seed, {})
    return [replace(one, question=variant(one.question, one.order_seed)) for one in drawn]


def as_text(drawn: Sequence[DrawnQuestion]) -> str:
    """The paper to be read and answered by anybody: numbered, without ids, keys and feedback."""
    told = [None, *(one.question.material for one in drawn)]
    return "\n\n".join(
        _material_as_text(one, told[number - 1]) + f"{number}. {_as_text(one)}" for number, one in enumerate(drawn, 1)
    )


def mark(drawn: Sequence[DrawnQuestion], answers: Mapping[int, Sequence[str]]) -> list[Tried]:
    """What the answers are worth: for each question on the paper, by its number, the values of its fields in order.

    Raises Unusable for a number that is not on the paper, and for values that its fields can't take.
    """
    if strange := sorted(set(answers) - set(range(1, len(drawn) + 1))):
        raise Unusable(f"there is no question {strange[0]} on this paper; it has {len(drawn)}")
    return [_mark(one, number, answers.get(number, ())) for number, one in enumerate(drawn, 1)]


def _mark(drawn: DrawnQuestion, number: int, values: Sequence[str]) -> Tried:
    question = drawn.question
    kind = type_of(question)
    order = kind.order(question, drawn.order_seed)
    fields = list(_read_off(drawn).fields.values())
    filled: MultiDict[str, str] = MultiDict()
    if len(fields) == 1 and fields[0].several:
        for value in values:
            filled.add(fields[0].name, fields[0].value(value, number))
    elif len(values) > len(fields):
        raise Unusable(f"question {number} takes {len(fields)} values at most, and got {len(values)}")
    else:
        for field, value in zip(fields, values, strict=False):
            filled.add(field.name, field.value(value, number))
    response = kind.form(question, order, formdata=filled).response()
    return Tried(
        question.id,
        kind.name,
        question.level,
        kind.grade(question, response).fraction,
        kind.guess(question),
        kind.describe(question, response),
    )


def question_html(drawn: DrawnQuestion) -> str:
    """What a learner would see of the question: its stem and the inputs, empty."""
    question = drawn.question
    kind = type_of(question)
    order = kind.order(question, drawn.order_seed)
    template = current_app.jinja_env.get_template("quizzes/trial_question.html")
    with current_app.test_request_context():  # templates speak the language of a request
        return template.render(question=question, order=order, form=kind.form(question, order))


@dataclass
class _PaperField:
    """One input of a question: what can be sent under its name."""

    name: str
    #: the values to choose from; empty where anything can be typed
    choices: list[str]
    several: bool = False

    def value(self, given: str, number: int) -> str:
        if self.choices and given not in self.choices:
            raise Unusable(f"question {number}: {given!r} is none of {', '.join(self.choices)}")
        return given


def _as_text(drawn: DrawnQuestion) -> str:
    return _tidied(_read_off(drawn))


def _material_as_text(drawn: DrawnQuestion, before: str | None) -> str:
    """What the question is about, told before the first of those that share it."""
    material = drawn.question.shown_with
    if material is None or material.id == before:
        return ""
    page = _ReadOff()
    template = current_app.jinja_env.get_template("quizzes/trial_material.html")
    with current_app.test_request_context():
        html = template.render(material=material)
    # The cells of a table stand apart.
    page.feed(
        _FORMULA.sub(lambda made: escape(read_out(made[0])), html.replace("</td>", "</td> ").replace("</th>", "</th> "))
    )
    return f"{_tidied(page)}\n\n"


def _tidied(page: _ReadOff) -> str:
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in "".join(page.written).split("\n"))
    return "\n".join(line for line in lines if line)


class _ReadOff(HTMLParser):
    """Reads a page as text: inputs become marks to be filled in, with the value that stands for each choice."""

    _LINES = frozenset(
        {"p", "li", "legend", "div", "fieldset", "ul", "ol", "select", "option", "table", "tr", "figure"}
    )
    _SILENT = frozenset({"button", "script", "svg"})

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.fields: dict[str, _PaperField] = {}
        self._silent = 0
        self._menu: _PaperField | None = None
        self._blank = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in self._SILENT:
            self._silent += 1
        if tag in self._LINES:
            self.written.append("\n")
        if tag == "select":
            self._menu = self._field(given["name"])
            self.written.append(f"[field {len(self.fields)}] ")
        elif tag == "option" and self._menu is not None:
            self._blank = not given.get("value")  # the words that only invite to choose
            if not self._blank:
                self._menu.choices.append(given["value"])
                self.written.append(f"   {given['value']}) ")
        elif tag == "input" and given.get("type") in {"radio", "checkbox"}:
            field = self._field(given["name"])
            if given["value"] in field.choices:
                return
            field.choices.append(given["value"])
            field.several = given["type"] == "checkbox"
            mark = f"[field {list(self.fields).index(field.name) + 1}] " if len(field.choices) == 1 else "   "
            self.written.append(f"\n{mark}{given['value']}) ")
        elif tag == "input" and given.get("type", "text") in {"text", "number"}:
            self._field(given["name"])
            self.written.append(f" [field {len(self.fields)}: ____] ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent -= 1
        if tag in self._LINES:
            self.written.append("\n")
        if tag in {"option", "select"}:
            self._blank = False
        if tag == "select":
            self._menu = None

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._blank:
            self.written.append(re.sub(r"\s+", " ", data))

    def _field(self, name: str) -> _PaperField:
        return self.fields.setdefault(name, _PaperField(name, []))


def _read_off(drawn: DrawnQuestion) -> _ReadOff:
    page = _ReadOff()
    page.feed(_FORMULA.sub(lambda made: escape(read_out(made[0])), question_html(drawn)))
    return page


@dataclass(frozen=True)
class KindScore:
    """What the answers of one kind are worth on average."""

    name: str
    answers: int
    #: 0…1
    mean: float
    #: what blind guessing would be worth, 0…1
    guess: float


def by_kind(tried: Sequence[Tried]) -> Iterator[KindScore]:
    """All answers together, and then by question type."""
    kinds = sorted({one.kind for one in tried})
    groups = [("all", list(tried)), *((kind, [one for one in tried if one.kind == kind]) for kind in kinds)]
    for name, group in groups:
        if group:
            mean, guess = sum(one.fraction for one in group), sum(one.guess for one in group)
            yield KindScore(name, len(group), mean / len(group), guess / len(group))


__all__ = ["KindScore", "Tried", "Unusable", "as_text", "by_kind", "mark", "paper"]
