"""Flaws in the writing of a course that no schema can see, each with its reference.

A finding about a question is accepted in the question, with a reason (`accept: {key-longest: "…"}`); one about a
lesson in its front matter, and one about the whole course in course.yaml. An acceptance that no longer silences
anything is reported itself, so that none outlives its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from webapp.content.collector import without_collector
from webapp.content.course import Course
from webapp.content.menus import Menu, menus, parts_of
from webapp.content.problems import Location, Problem, did_you_mean
from webapp.questions.base import Question

Path = tuple[str | int, ...]
Severity = Literal["warning", "note"]
HDR = "Haladyna, Downing & Rodriguez 2002"
"""A review of multiple-choice item-writing guidelines for classroom assessment. Applied Measurement in Education 15,
309–334; the number is that of the guideline in its revised taxonomy of 31."""
HERE = "rule of this course"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found in a question: where in it, what, and what to do."""

    path: Path
    message: str
    suggestion: str = ""
    needle: str = ""
    key: bool = False


@dataclass(frozen=True)
class Item:
    """A question where it stands: in a questions file, or as a check in a lesson."""

    question: Question
    locate: Callable[..., Location]
    is_check: bool = False

    @cached_property
    def parts(self) -> list[tuple[Path, Any]]:
        """The pieces of the question, at any depth, with their paths."""
        return list(parts_of(self.question))

    @cached_property
    def menus(self) -> list[Menu]:
        """The lists of options in the question."""
        return list(menus(self.question, self.parts))


@dataclass(frozen=True, slots=True)
class Rule:
    """A flaw that is looked for in each question, or in the course as a whole."""

    code: str
    severity: Severity
    title: str
    reference: str
    of_item: Callable[[Item, Context], Iterable[Finding]] | None = None
    of_course: Callable[[Context], Iterable[tuple[Location, str, str]]] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The course, its questions where they stand, and what is worked out once for all rules."""

    course: Course
    items: Sequence[Item]
    memory: dict[str, Any] = field(default_factory=dict)


RULES: dict[str, Rule] = {}


def item_rule(code: str, title: str, reference: str, severity: Severity = "warning") -> Callable[[Any], Any]:
    """Registers a function of (item, context) that yields findings."""

    def register(function: Callable[[Item, Context], Iterable[Finding]]) -> Any:
        RULES[code] = Rule(code, severity, title, reference, of_item=function)
        return function

    return register


def course_rule(code: str, title: str, reference: str, severity: Severity = "warning") -> Callable[[Any], Any]:
    """Registers a function of (context) that yields (location, message, suggestion)."""

    def register(function: Callable[[Context], Iterable[tuple[Location, str, str]]]) -> Any:
        RULES[code] = Rule(code, severity, title, reference, of_course=function)
        return function

    return register


def lint(course: Course) -> list[Problem]:
    """All findings, in the order of the files. Severity is "warning", or "note" for what is only worth a look."""
    with without_collector():
        return _lint(course)


def _lint(course: Course) -> list[Problem]:
    context = Context(course, tuple(items(course)))
    problems: list[Problem] = []
    for item in context.items:
        problems.extend(_lint_item(item, context))
    for rule in RULES.values():
        if rule.of_course is None:
            continue
        found = list(rule.of_course(context))
        if rule.code in course.accept and found:
            continue
        problems.extend(_problem(rule, location, message, suggestion) for location, message, suggestion in found)
        if rule.code in course.accept:
            problems.append(_stale(rule.code, course.document("course.yaml").locate(("accept", rule.code), key=True)))
    for code in course.accept:
        if RULES.get(code) is None or RULES[code].of_course is None:
            place = course.document("course.yaml").locate(("accept", code), key=True)
            problems.append(_unknown(code, place, [rule.code for rule in RULES.values() if rule.of_course]))
    from webapp.content.lint_lessons import lint_lessons

    problems.extend(lint_lessons(course))
    return sorted(problems, key=lambda problem: (problem.location, problem.code, problem.message))


def lint_question(course: Course, question_id: str) -> list[Problem]:
    """The findings about one question of a questions file, also of one that is retired."""
    for file in course.files:
        for question, place in zip(file.questions, file.places, strict=True):
            if question.id == question_id:
                item = Item(question, _in_file(file, place))
                context = Context(course, tuple(items(course)))
                context.memory["twins"] = lint_bank.twins_of(item, context)
                return list(_lint_item(item, context))
    return []


def items(course: Course) -> Iterator[Item]:
    """Every question in use, and every check of a lesson."""
    for file in course.files:
        for question, place in zip(file.questions, file.places, strict=True):
            if not question.retired:
                yield Item(question, _in_file(file, place))
    for lesson_file in course.lesson_files:
        for check in lesson_file.lesson.checks if lesson_file.lesson else ():
            yield Item(check.question, lesson_file.documents[check.id].locate, is_check=True)


def _in_file(file: Any, place: int) -> Callable[..., Location]:
    def locate(path: Path = (), *, key: bool = False, needle: str = "") -> Location:
        location: Location = file.locate(place, path, key=key, needle=needle)
        return location

    return locate


def _lint_item(item: Item, context: Context) -> Iterator[Problem]:
    accepted = item.question.accept
    used: set[str] = set()
    for rule in RULES.values():
        if rule.of_item is None:
            continue
        for finding in rule.of_item(item, context):
            if rule.code in accepted:
                used.add(rule.code)
                continue
            place = item.locate(finding.path, key=finding.key, needle=finding.needle)
            yield _problem(rule, place, finding.message, finding.suggestion)
    for code in accepted:
        if code in used:
            continue
        place = item.locate(("accept", code), key=True)
        rules = [rule.code for rule in RULES.values() if rule.of_item]
        yield _stale(code, place) if code in rules else _unknown(code, place, rules)


def _problem(rule: Rule, location: Location, message: str, suggestion: str) -> Problem:
    return Problem(location, message, "", suggestion, rule.severity, rule.code, rule.reference)


def _stale(code: str, location: Location) -> Problem:
    message = f"`{code}` is accepted here, and nothing is found any more"
    return Problem(location, message, "", "delete the line", "warning", "accept-stale", HERE)


def _unknown(code: str, location: Location, codes: Iterable[str]) -> Problem:
    message = f"`{code}` is not a finding that can be accepted here"
    meant = did_you_mean(code, codes) or "`webapp bank lint --codes` lists them"
    return Problem(location, message, "", meant, "warning", "accept-unknown", HERE)


def accepted(
    accept: Mapping[str, str], found: Iterable[Problem], place: Callable[[str], Location]
) -> Iterator[Problem]:
    """What is left of findings about one lesson after its acceptances, and the acceptances that are stale."""
    used = set()
    for problem in found:
        if problem.code in accept:
            used.add(problem.code)
        else:
            yield problem
    for code in accept:
        if code not in used:
            yield _stale(code, place(code))


from webapp.content import lint_bank, lint_items, lint_numbers, lint_options  # noqa: E402, F401 - they register their rules
