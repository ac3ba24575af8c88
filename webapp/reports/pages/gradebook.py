"""The desk's home, the gradebook, and one learner."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from sqlalchemy import func, select

from webapp.accounts.models import CohortMember, User
from webapp.accounts.sessions import current_person
from webapp.database import db
from webapp.quizzes import attempt_state
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports import gradebook, learners, scope
from webapp.reports.pages.blueprint import bp, bring_up_to_date, filters, population
from webapp.reports.scores import KINDS, quiz_columns
from webapp.reports.statistics import attention
from webapp.web import access
from webapp.web.current import course, course_problems, now
from webapp.web.paging import page_asked

#: so many findings stand on the desk; the rest has a page of its own
FIRST_FEW = 5


@bp.get("/instructor", strict_slashes=False)
@access.open_to(access.INSTRUCTOR)
def desk() -> str:
    """Where an instructor begins: classes, what deserves attention first, and the way to everything else."""
    bring_up_to_date()
    people = population()
    members, handed_in = _numbers(people)
    columns = quiz_columns(course())
    found = attention.attention(people, course(), columns, now()) if handed_in else None
    return render_template(
        "reports/desk.html",
        population=people,
        members=members,
        handed_in=handed_in,
        found=found,
        first_few=FIRST_FEW,
        titles={column.id: column.title for column in columns},
        problems=course_problems(),
    )


def _numbers(people: scope.Population) -> tuple[dict[int, int], int]:
    """Members by class, and how many attempts are handed in by the population."""
    ids = [each.id for each in people.classes]
    members = dict(
        db.session.execute(
            select(CohortMember.cohort_id, func.count())
            .where(CohortMember.cohort_id.in_(ids))
            .group_by(CohortMember.cohort_id)
        )
        .tuples()
        .all()
    )
    handed_in = db.session.scalar(
        select(func.count())
        .select_from(Attempt)
        .join(User, User.id == Attempt.user_id)
        .where(Attempt.state == AttemptState.SUBMITTED, Attempt.kind.in_(KINDS), people.learners())
    )
    return members, handed_in or 0


@bp.get("/instructor/gradebook")
@access.open_to(access.INSTRUCTOR)
def grades() -> str:
    """Learners by quizzes. `cohort`, `quiz`, `q`, `passed` filter; `sort`, `dir` order; fifty a page."""
    bring_up_to_date()
    asked = filters(graded_only=True)
    known = {gradebook.BY_NAME, gradebook.BY_LOGIN, gradebook.BY_CLASS} | {column.id for column in asked.columns}
    sort = request.args.get("sort", gradebook.BY_NAME)
    sort = sort if sort in known else gradebook.BY_NAME
    backwards = request.args.get("dir") == "desc"
    shown = gradebook.page(
        asked.population,
        asked.columns,
        sort=sort,
        backwards=backwards,
        passed=asked.passed,
        number=page_asked(),
    )
    return render_template(
        "reports/gradebook.html",
        asked=asked,
        population=asked.population,
        columns=asked.columns,
        quizzes=quiz_columns(course(), graded_only=True) if asked.quiz else asked.columns,
        shown=shown,
        sort=sort,
        backwards=backwards,
    )


@bp.get("/instructor/gradebook/distribution")
@access.open_to(access.INSTRUCTOR)
def distribution() -> str:
    """How the scores that count are spread, quiz by quiz; the gradebook's filters apply."""
    bring_up_to_date()
    asked = filters(graded_only=True)
    return render_template(
        "reports/distribution.html",
        asked=asked,
        population=asked.population,
        quizzes=quiz_columns(course(), graded_only=True) if asked.quiz else asked.columns,
        spreads=gradebook.spreads(asked.population, asked.columns, passed=asked.passed),
    )


@bp.get("/instructor/learners/<int:learner_id>")
@access.open_to(access.INSTRUCTOR)
def learner(learner_id: int) -> Any:
    """One learner: scores, every attempt with the way to it, and what they read. 404 for another's learner."""
    bring_up_to_date()
    found = scope.learner_in(current_person(), learner_id)
    return render_template(
        "reports/learner.html",
        dossier=learners.dossier(found, course(), quiz_columns(course())),
        login=scope.login(found.id, found.username, found.email, found.role),
        states=attempt_state,
    )
