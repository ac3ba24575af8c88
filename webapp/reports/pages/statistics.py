"""Statistics of quizzes and questions, what deserves attention, and which facts are tested."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request

from webapp import questions
from webapp.questions.text import plain
from webapp.reports import counts, gradebook, kept
from webapp.reports.pages.blueprint import bp, bring_up_to_date, population
from webapp.reports.scope import Population
from webapp.reports.scores import QuizColumn, quiz_columns
from webapp.reports.statistics import answers, interpretations, items
from webapp.reports.statistics import attention as attentions
from webapp.reports.statistics import coverage as coverages
from webapp.reports.statistics.figures import LEAST
from webapp.web import access
from webapp.web.current import course


def which() -> str:
    """Which attempts count: first ones, unless `which` says last or all."""
    wanted = request.args.get("which", answers.FIRST)
    return wanted if wanted in answers.WHICH else answers.FIRST


def arguments(people: Population) -> dict[str, Any]:
    """The filters of a statistics page as arguments of an address."""
    return {
        name: value
        for name, value in {
            "cohort": people.chosen.id if people.chosen else None,
            "which": which() if which() != answers.FIRST else None,
            "guests": "1" if people.guests else None,
        }.items()
        if value is not None
    }


def _column(quiz_id: str) -> QuizColumn:
    return next((column for column in quiz_columns(course()) if column.id == quiz_id), None) or abort(404)


@bp.get("/instructor/statistics")
@access.open_to(access.TEACHER)
def statistics_index() -> str:
    """The quizzes, with how many attempts each has."""
    bring_up_to_date()
    people = population()
    counted = kept.figures(counts.ATTEMPTS, course(), people, which=which())
    return render_template(
        "reports/statistics.html",
        population=people,
        which=which(),
        arguments=arguments(people),
        quizzes=quiz_columns(course()),
        counted=counted,
        counts=counted.value,
        least=LEAST,
    )


@bp.get("/instructor/statistics/<quiz_id>")
@access.open_to(access.TEACHER)
def quiz_statistics(quiz_id: str) -> str:
    """A quiz and its questions in figures, each explained where it stands."""
    bring_up_to_date()
    people = population()
    column = _column(quiz_id)
    counted = kept.figures(counts.QUIZ, course(), people, quiz=quiz_id, which=which())
    report = counted.value
    return render_template(
        "reports/quiz.html",
        population=people,
        counted=counted,
        which=which(),
        arguments=arguments(people),
        quiz=column,
        report=report,
        bins_in=gradebook.binned(report.figures.percents),
        interpretations=interpretations.of_quiz(report.figures) if report.figures.enough else [],
        stems={name: stem(name) for name in report.questions},
        guess={name: guess(name) for name in report.questions},
        course_has=course().question,
        least=LEAST,
    )


def stem(question_id: str) -> str:
    """The question in plain words, cut short; its id when the course doesn't have it any more."""
    question = course().question(question_id)
    if question is None:
        return question_id
    words = plain(question.stem)
    return words if len(words) <= 110 else words[:107].rsplit(" ", 1)[0] + " …"


def guess(question_id: str) -> float | None:
    """The percent to expect of a blind guess."""
    question = course().question(question_id)
    return None if question is None else 100 * questions.type_of(question).guess(question)


@bp.get("/instructor/questions/<question_id>")
@access.open_to(access.TEACHER)
def question(question_id: str) -> str:
    """One question: where it was answered, its figures, and how its options were chosen. 404 when nobody knows it."""
    bring_up_to_date()
    current = course().question(question_id)
    shown = current or items.latest_shown(course().id, question_id) or abort(404)
    people = population()
    quiz_asked = request.args.get("quiz", "")[:90]
    counted = kept.figures(counts.QUESTION, course(), people, question=question_id, quiz=quiz_asked, which=which())
    uses, quiz_id, report = counted.value.uses, counted.value.quiz_id, counted.value.report
    # Nothing is said of too few answers.
    figures = report.figures if report and report.figures and report.figures.enough else None
    return render_template(
        "reports/question.html",
        population=people,
        counted=counted,
        which=which(),
        arguments=arguments(people),
        question=shown,
        gone=current is None,
        kind=questions.type_of(shown),
        uses=uses,
        quiz_id=quiz_id,
        titles={column.id: column.title for column in quiz_columns(course())},
        report=report,
        enough=figures is not None,
        interpretations=interpretations.of_item(figures, report.guess) if figures and report else [],
        says=interpretations.of_options(report) if figures and report else None,
        least=LEAST,
    )


@bp.get("/instructor/attention")
@access.open_to(access.TEACHER)
def attention() -> str:
    """What deserves attention first, each with the reason and the way to mend it."""
    bring_up_to_date()
    people = population()
    columns = quiz_columns(course())
    counted = kept.figures(counts.ATTENTION, course(), people)
    return render_template(
        "reports/attention.html",
        population=people,
        counted=counted,
        attention=counted.value.shown(people, course(), columns),
        titles={column.id: column.title for column in columns},
        rules=attentions,
        least=LEAST,
    )


@bp.get("/instructor/coverage")
@access.open_to(access.TEACHER)
def coverage() -> str:
    """Facts by levels. `show` is all, untested, over-tested or weak."""
    people = population()
    counted = kept.figures(counts.FACILITIES, course(), people)
    facts = coverages.coverage(course(), counted.value)
    show = request.args.get("show", "")
    rows = {"untested": facts.untested, "over-tested": facts.over_tested, "weak": facts.weak}.get(show, facts.rows)
    return render_template(
        "reports/coverage.html",
        population=people,
        counted=counted,
        coverage=facts,
        show=show if show in ("untested", "over-tested", "weak") else "",
        rows=rows,
        levels=coverages.LEVELS,
        rules=coverages,
        least=LEAST,
    )
