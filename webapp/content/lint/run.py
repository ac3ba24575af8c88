"""Flaws in the writing of a course that no schema can see, each with its reference: the rules, applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from webapp.content.course.course import Course
from webapp.content.gc_pause import without_collector
from webapp.content.lint import bank, numbers, options  # noqa: F401 - each registers its rules
from webapp.content.lint import items as item_rules  # noqa: F401
from webapp.content.lint.lessons import lint_lessons
from webapp.content.lint.rules import RULES, Context, Item, problem_of, stale_acceptance, unknown_acceptance
from webapp.content.problems import Location, Problem, ValuePath

__all__ = ["RULES", "lint", "lint_question"]


Report = Callable[[int, int], None]
"""Is told how many questions are looked at, of how many."""


def lint(course: Course, report: Report | None = None) -> list[Problem]:
    """All findings, in the order of the files. Severity is "warning", or "note" for what is only worth a look."""
    with without_collector():
        return _lint(course, report)


def _lint(course: Course, report: Report | None) -> list[Problem]:
    context = Context(course, tuple(items(course)))
    problems: list[Problem] = []
    for number, item in enumerate(context.items, 1):
        problems.extend(_lint_item(item, context))
        if report is not None:
            report(number, len(context.items))
    for rule in RULES.values():
        if rule.of_course is None:
            continue
        found = list(rule.of_course(context))
        if rule.code in course.accept and found:
            continue
        problems.extend(problem_of(rule, location, message, suggestion) for location, message, suggestion in found)
        if rule.code in course.accept:
            problems.append(
                stale_acceptance(rule.code, course.document("course.yaml").locate(("accept", rule.code), key=True))
            )
    for code in course.accept:
        if RULES.get(code) is None or RULES[code].of_course is None:
            place = course.document("course.yaml").locate(("accept", code), key=True)
            problems.append(unknown_acceptance(code, place, [rule.code for rule in RULES.values() if rule.of_course]))
    problems.extend(lint_lessons(course))
    return sorted(problems, key=lambda problem: (problem.location, problem.code, problem.message))


def lint_question(course: Course, question_id: str) -> list[Problem]:
    """The findings about one question of a questions file, also of one that is retired."""
    for file in course.files:
        for question, place in zip(file.questions, file.places, strict=True):
            if question.id == question_id:
                item = Item(question, _in_file(file, place))
                context = Context(course, tuple(items(course)))
                context.memory["twins"] = bank.twins_of(item, context)
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
    def locate(path: ValuePath = (), *, key: bool = False, needle: str = "") -> Location:
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
            yield problem_of(rule, place, finding.message, finding.suggestion)
    for code in accepted:
        if code in used:
            continue
        place = item.locate(("accept", code), key=True)
        rules = [rule.code for rule in RULES.values() if rule.of_item]
        yield stale_acceptance(code, place) if code in rules else unknown_acceptance(code, place, rules)
