"""The reports that rest on every attempt of a course, as `kept` counts them: what each gives, and from what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from webapp.content.course.course import Course
from webapp.reports import gradebook, kept
from webapp.reports.gradebook import Spread
from webapp.reports.kept import Told
from webapp.reports.scope import Population
from webapp.reports.scores import QuizColumn, quiz_columns
from webapp.reports.statistics import answers, attention, items
from webapp.reports.statistics.attention import Findings
from webapp.reports.statistics.items import Facility, QuestionReport, QuizReport, Use
from webapp.web.current import now


@dataclass(frozen=True)
class QuestionInQuizzes:
    """A question: where it was answered, and how in one of the quizzes ("" and None: nowhere)."""

    uses: list[Use]
    quiz_id: str
    report: QuestionReport | None


def _columns(course: Course, quiz: str | None) -> list[QuizColumn]:
    """The columns of the gradebook, or the one of a quiz."""
    return quiz_columns(course, quiz_id=quiz, graded_only=True)


def _attention(course: Course, people: Population, told: Told) -> Findings:
    return Findings.of(attention.attention(people, course, quiz_columns(course), now(), told))


def _quiz(_course: Course, people: Population, _told: Told, *, quiz: str, which: str) -> QuizReport:
    return items.quiz_report(people, quiz, which)


def _question(
    course: Course, people: Population, _told: Told, *, question: str, quiz: str, which: str
) -> QuestionInQuizzes:
    uses = items.uses(people, question, which)
    quiz_id = quiz if quiz in {use.quiz_id for use in uses} else uses[0].quiz_id if uses else ""
    shown = course.question(question) or items.latest_shown(course.id, question)
    report = items.question_report(people, shown, quiz_id, which) if quiz_id and shown is not None else None
    return QuestionInQuizzes(uses, quiz_id, report)


def _attempts(_course: Course, people: Population, _told: Told, *, which: str) -> dict[str, int]:
    return answers.counts_by_quiz(people, which)


def _facilities(_course: Course, people: Population, _told: Told) -> dict[str, Facility]:
    return items.facilities(people)


def _spreads(course: Course, people: Population, _told: Told, *, quiz: str | None, passed: str) -> list[Spread]:
    return gradebook.spreads(people, _columns(course, quiz), passed=passed)


def _order(
    course: Course, people: Population, _told: Told, *, quiz: str | None, sort: str, backwards: bool, passed: str
) -> list[int]:
    return gradebook.order(people, _columns(course, quiz), sort=sort, backwards=backwards, passed=passed)


#: what somebody did or did not do in so many days changes by itself
ATTENTION = kept.report("attention", Findings, _attention, lasts=timedelta(hours=1))
QUIZ = kept.report("quiz", QuizReport, _quiz)
QUESTION = kept.report("question", QuestionInQuizzes, _question)
ATTEMPTS = kept.report("attempts", dict[str, int], _attempts)
FACILITIES = kept.report("facilities", dict[str, Facility], _facilities)
SPREADS = kept.report("spreads", list[Spread], _spreads)
ORDER = kept.report("order", list[int], _order)
