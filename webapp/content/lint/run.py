"""Flaws in the writing of a course that no schema can see, each with its reference: the rules, applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from webapp.content.course.course import Course
from webapp.content.file_names import COURSE_FILE
from webapp.content.gc_pause import without_collector
from webapp.content.lint import bank, numbers, options, pairs, questions
from webapp.content.lint.lessons import lint_file, lint_lessons
from webapp.content.lint.rules import (
    Context,
    LintedQuestion,
    LintRule,
    problem_of,
    stale_acceptance,
    unknown_acceptance,
)
from webapp.content.problems import Problem

#: every rule by its code
RULES: dict[str, LintRule] = {
    rule.code: rule
    for module in (bank, numbers, options, pairs, questions)
    for rule in vars(module).values()
    if isinstance(rule, LintRule)
}

#: questions of a bank in which one of them is compared with all others (a tenth of a second for 500)
MOST_COMPARED_AT_ONCE = 2_000

Report = Callable[[int, int], None]
"""Is told how many questions are looked at, of how many."""


def lint(course: Course, report: Report | None = None) -> list[Problem]:
    """All findings, in the order of the files. Severity is "warning", or "note" for what is only worth a look."""
    with without_collector():
        return _lint(course, report)


def _lint(course: Course, report: Report | None) -> list[Problem]:
    context = Context(course, tuple(questions_of(course)))
    problems: list[Problem] = []
    for number, linted in enumerate(context.questions, 1):
        problems.extend(_lint_one(linted, context))
        if report is not None:
            report(number, len(context.questions))
    for rule in RULES.values():
        if rule.of_course is None:
            continue
        found = list(rule.of_course(context))
        if rule.code in course.accept and found:
            continue
        problems.extend(problem_of(rule, location, message, suggestion) for location, message, suggestion in found)
        if rule.code in course.accept:
            problems.append(
                stale_acceptance(rule.code, course.document(COURSE_FILE).locate(("accept", rule.code), key=True))
            )
    for code in course.accept:
        if RULES.get(code) is None or RULES[code].of_course is None:
            place = course.document(COURSE_FILE).locate(("accept", code), key=True)
            problems.append(unknown_acceptance(code, place, [rule.code for rule in RULES.values() if rule.of_course]))
    problems.extend(lint_lessons(course))
    return sorted(problems, key=lambda problem: (problem.location, problem.code, problem.message))


def lint_question(course: Course, question_id: str) -> list[Problem]:
    """The findings about one question of a questions file, also of one that is retired. In a large bank it is not
    compared with all others for what they give away: whoever is typing can't wait for that."""
    for file in course.files:
        for question, place in zip(file.questions, file.places, strict=True):
            if question.id == question_id:
                linted = LintedQuestion(question, partial(file.locate, place))
                context = Context(course, tuple(questions_of(course)))
                context.memory["twins"] = bank.twins_of(linted, context)
                whole = len(course.questions) <= MOST_COMPARED_AT_ONCE
                return list(_lint_one(linted, context, skip=() if whole else (pairs.given_away.code,)))
    return []


def lint_lesson(course: Course, path: str) -> list[Problem]:
    """The findings about one lesson, by its file, and about its checks, which are not compared with all other questions
    for what they give away."""
    files = (*course.lesson_files, *course.drafts.lesson_files)
    file = next((file for file in files if file.path == path), None)
    if file is None or file.lesson is None:
        return []
    context = Context(course, tuple(questions_of(course)))
    problems = list(lint_file(course, file))
    for check in file.lesson.checks:
        linted = LintedQuestion(check.question, file.documents[check.id].locate, is_check=True)
        context.memory["twins"] = bank.twins_of(linted, context)
        problems.extend(_lint_one(linted, context, skip=(pairs.given_away.code,)))
    return sorted(problems, key=lambda problem: (problem.location, problem.code, problem.message))


def questions_of(course: Course) -> Iterator[LintedQuestion]:
    """Every question in use, and every check of a lesson."""
    for file in course.files:
        for question, place in zip(file.questions, file.places, strict=True):
            if not question.retired:
                yield LintedQuestion(question, partial(file.locate, place))
    for lesson_file in course.lesson_files:
        for check in lesson_file.lesson.checks if lesson_file.lesson else ():
            yield LintedQuestion(check.question, lesson_file.documents[check.id].locate, is_check=True)


def _lint_one(linted: LintedQuestion, context: Context, skip: Sequence[str] = ()) -> Iterator[Problem]:
    accepted = linted.question.accept
    used = set(skip)
    for rule in RULES.values():
        if rule.of_question is None or rule.code in skip:
            continue
        for finding in rule.of_question(linted, context):
            if rule.code in accepted:
                used.add(rule.code)
                continue
            place = linted.locate(finding.path, key=finding.key, needle=finding.needle)
            yield problem_of(rule, place, finding.message, finding.suggestion)
    for code in accepted:
        if code in used:
            continue
        place = linted.locate(("accept", code), key=True)
        rules = [rule.code for rule in RULES.values() if rule.of_question]
        yield stale_acceptance(code, place) if code in rules else unknown_acceptance(code, place, rules)
