"""Statistics of quizzes and questions, what deserves attention, and which facts are tested."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from sqlalchemy import func, select

from webapp import questions
from webapp.database import db
from webapp.questions.text import plain
from webapp.quizzes.models import Attempt
from webapp.reports import gradebook
from webapp.reports.pages.blueprint import bp, bring_up_to_date, population
from webapp.reports.scope import Population
from webapp.reports.scores import QuizColumn, quiz_columns
from webapp.reports.statistics import attention as attentions
from webapp.reports.statistics import coverage as coverages
from webapp.reports.statistics import interpretations, items
from webapp.reports.statistics.figures import LEAST
from webapp.web import access
from webapp.web.current import course, now


def which() -> str:
    """Which attempts count: first ones, unless `which` says last or all."""
    wanted = request.args.get("which", items.FIRST)
    return wanted if wanted in items.WHICH else items.FIRST


def arguments(people: Population) -> dict[str, Any]:
    """The filters of a statistics page as arguments of an address."""
    return {
        name: value
        for name, value in {
            "cohort": people.chosen.id if people.chosen else None,
            "which": which() if which() != items.FIRST else None,
            "guests": "1" if people.guests else None,
        }.items()
        if value is not None
    }


def _column(quiz_id: str) -> QuizColumn:
    return next((column for column in quiz_columns(course()) if column.id == quiz_id), None) or abort(404)


@bp.get("/instructor/statistics")
@access.open_to(access.INSTRUCTOR)
def statistics_index() -> str:
    """The quizzes, with how many attempts each has."""
    bring_up_to_date()
    people = population()
    chosen = items.attempts(people, None, which())
    counts = dict(
        db.session.execute(
            select(Attempt.quiz_id, func.count()).where(Attempt.id.in_(chosen)).group_by(Attempt.quiz_id)
        )
        .tuples()
        .all()
    )
    return render_template(
        "reports/statistics.html",
        population=people,
        which=which(),
        arguments=arguments(people),
        quizzes=quiz_columns(course()),
        counts=counts,
        least=LEAST,
    )


@bp.get("/instructor/statistics/<quiz_id>")
@access.open_to(access.INSTRUCTOR)
def quiz_statistics(quiz_id: str) -> str:
    """A quiz and its questions in figures, each explained where it stands."""
    bring_up_to_date()
    people = population()
    column = _column(quiz_id)
    report = items.quiz_report(people, quiz_id, which())
    return render_template(
        "reports/quiz.html",
        population=people,
        which=which(),
        arguments=arguments(people),
        quiz=column,
        report=report,
        bins_in=gradebook.binned(report.figures.percents),
        readings=interpretations.of_quiz(report.figures) if report.figures.enough else [],
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
@access.open_to(access.INSTRUCTOR)
def question(question_id: str) -> str:
    """One question: where it was answered, its figures, and how its options were chosen. 404 when nobody knows it."""
    bring_up_to_date()
    current = course().question(question_id)
    found = current or items.latest_shown(question_id) or abort(404)
    people = population()
    uses = items.uses(people, question_id, which())
    quiz_id = request.args.get("quiz", "")
    if quiz_id not in {use.quiz_id for use in uses}:
        quiz_id = uses[0].quiz_id if uses else ""
    report = items.question_report(people, found, quiz_id, which()) if quiz_id else None
    enough = report is not None and report.figures is not None and report.figures.enough
    return render_template(
        "reports/question.html",
        population=people,
        which=which(),
        arguments=arguments(people),
        question=found,
        gone=current is None,
        kind=questions.type_of(found),
        uses=uses,
        quiz_id=quiz_id,
        titles={column.id: column.title for column in quiz_columns(course())},
        report=report,
        enough=enough,
        readings=interpretations.of_item(report.figures, report.guess) if enough and report and report.figures else [],
        says=interpretations.of_options(report) if enough and report else None,
        least=LEAST,
    )


@bp.get("/instructor/attention")
@access.open_to(access.INSTRUCTOR)
def attention() -> str:
    """What deserves attention first, each with the reason and the way to mend it."""
    bring_up_to_date()
    people = population()
    columns = quiz_columns(course())
    return render_template(
        "reports/attention.html",
        population=people,
        found=attentions.attention(people, course(), columns, now()),
        titles={column.id: column.title for column in columns},
        rules=attentions,
        least=LEAST,
    )


@bp.get("/instructor/coverage")
@access.open_to(access.INSTRUCTOR)
def coverage() -> str:
    """Facts by levels. `show` is all, untested, over-tested or weak."""
    people = population()
    found = coverages.coverage(course(), items.facilities(people))
    show = request.args.get("show", "")
    rows = {"untested": found.untested, "over-tested": found.over_tested, "weak": found.weak}.get(show, found.rows)
    return render_template(
        "reports/coverage.html",
        population=people,
        coverage=found,
        show=show if show in ("untested", "over-tested", "weak") else "",
        rows=rows,
        levels=coverages.LEVELS,
        rules=coverages,
        least=LEAST,
    )
