"""What a rule of the lint is, and what becomes of its findings. The rules stand in the modules beside this one, and
`run` collects them.

A finding about a question is accepted in the question, with a reason (`accept: {key-longest: "…"}`); one about a
lesson in its front matter, and one about the whole course in course.yaml. An acceptance that no longer silences
anything is reported itself, so that none outlives its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from webapp.content.course.course import Course
from webapp.content.problems import Location, Problem, did_you_mean
from webapp.questions import type_of
from webapp.questions.contract import OptionList, Question, ValuePath

Severity = Literal["warning", "note"]
HDR = "Haladyna, Downing & Rodriguez 2002"
"""A review of multiple-choice item-writing guidelines for classroom assessment. Applied Measurement in Education 15,
309–334; the number is that of the guideline in its revised taxonomy of 31."""
HERE = "rule of this course"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found in a question: where in it, what, and what to do."""

    path: ValuePath
    message: str
    suggestion: str = ""
    needle: str = ""
    key: bool = False


@dataclass(frozen=True)
class LintedQuestion:
    """A question where it stands: in a questions file, or as a check in a lesson."""

    question: Question
    locate: Callable[..., Location]
    is_check: bool = False

    @cached_property
    def option_lists(self) -> list[OptionList]:
        """The lists of options in the question."""
        return type_of(self.question).option_lists(self.question)


@dataclass(frozen=True, slots=True)
class Context:
    """The course, its questions where they stand, and what is worked out once for all rules."""

    course: Course
    questions: Sequence[LintedQuestion]
    memory: dict[str, Any] = field(default_factory=dict)


OfQuestion = Callable[[LintedQuestion, Context], Iterable[Finding]]
OfCourse = Callable[[Context], Iterable[tuple[Location, str, str]]]


@dataclass(frozen=True, slots=True)
class LintRule:
    """A flaw that is looked for in each question, or in the course as a whole."""

    code: str
    severity: Severity
    title: str
    reference: str
    of_question: OfQuestion | None = None
    of_course: OfCourse | None = None


def question_rule(
    code: str, title: str, reference: str, severity: Severity = "warning"
) -> Callable[[OfQuestion], LintRule]:
    """Makes a rule of a function of (linted, context) that yields findings."""
    return lambda function: LintRule(code, severity, title, reference, of_question=function)


def course_rule(
    code: str, title: str, reference: str, severity: Severity = "warning"
) -> Callable[[OfCourse], LintRule]:
    """Makes a rule of a function of (context) that yields (location, message, suggestion)."""
    return lambda function: LintRule(code, severity, title, reference, of_course=function)


def problem_of(rule: LintRule, location: Location, message: str, suggestion: str) -> Problem:
    return Problem(location, message, "", suggestion, rule.severity, rule.code, rule.reference)


def stale_acceptance(code: str, location: Location) -> Problem:
    message = f"`{code}` is accepted here, and nothing is found any more"
    return Problem(location, message, "", "delete the line", "warning", "accept-stale", HERE)


def unknown_acceptance(code: str, location: Location, codes: Iterable[str]) -> Problem:
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
            yield stale_acceptance(code, place(code))
