"""The desk's home, the gradebook, and one learner."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.sessions import course_access, current_person
from webapp.quizzes import attempt_state
from webapp.quizzes.grade_changes import policies
from webapp.reports import desk as desks
from webapp.reports import gradebook, learners, scope
from webapp.reports.pages.blueprint import bp, bring_up_to_date, filters, population
from webapp.reports.scores import quiz_columns
from webapp.reports.statistics import attention
from webapp.web import access, backup_schedule
from webapp.web.current import course, course_problems, now
from webapp.web.paging import page_asked

#: so many findings stand on the desk; the rest has a page of its own
FIRST_FEW = 5


@bp.get("/instructor", strict_slashes=False)
@access.open_to(access.STAFF)
def desk() -> ResponseReturnValue:
    """Where an instructor begins: classes, what deserves attention first, and the way to everything else.

    Authors, who see no grades, begin at the bank.
    """
    if not course_access().teaches:
        return redirect(url_for("editor.bank"))
    bring_up_to_date()
    people = population()
    handed_in = desks.handed_in(people)
    columns = quiz_columns(course())
    findings = attention.attention(people, course(), columns, now()) if handed_in else None
    return render_template(
        "reports/desk.html",
        population=people,
        members=desks.members_by_class(people),
        handed_in=handed_in,
        attention=findings,
        first_few=FIRST_FEW,
        titles={column.id: column.title for column in columns},
        problems=course_problems(),
        backups=backup_schedule.status() if current_person().is_admin else None,
        undecided=policies.undecided(course(), current_person()) if handed_in else [],
    )


@bp.get("/instructor/gradebook")
@access.open_to(access.TEACHER)
def grades() -> str:
    """Learners by quizzes. `cohort`, `quiz`, `q`, `passed` filter; `sort`, `dir` order; fifty a page."""
    bring_up_to_date()
    chosen = filters(graded_only=True)
    known = {gradebook.BY_NAME, gradebook.BY_LOGIN, gradebook.BY_CLASS} | {column.id for column in chosen.columns}
    sort = request.args.get("sort", gradebook.BY_NAME)
    sort = sort if sort in known else gradebook.BY_NAME
    backwards = request.args.get("dir") == "desc"
    shown = gradebook.page(
        chosen.population,
        chosen.columns,
        sort=sort,
        backwards=backwards,
        passed=chosen.passed,
        number=page_asked(),
    )
    return render_template(
        "reports/gradebook.html",
        filters=chosen,
        population=chosen.population,
        columns=chosen.columns,
        quizzes=quiz_columns(course(), graded_only=True) if chosen.quiz else chosen.columns,
        shown=shown,
        sort=sort,
        backwards=backwards,
    )


@bp.get("/instructor/gradebook/distribution")
@access.open_to(access.TEACHER)
def distribution() -> str:
    """How the scores that count are spread, quiz by quiz; the gradebook's filters apply."""
    bring_up_to_date()
    chosen = filters(graded_only=True)
    return render_template(
        "reports/distribution.html",
        filters=chosen,
        population=chosen.population,
        quizzes=quiz_columns(course(), graded_only=True) if chosen.quiz else chosen.columns,
        spreads=gradebook.spreads(chosen.population, chosen.columns, passed=chosen.passed),
    )


@bp.get("/instructor/learners/<int:learner_id>")
@access.open_to(access.TEACHER)
def learner(learner_id: int) -> Any:
    """One learner: scores, every attempt with the way to it, and what they read. 404 for another's learner."""
    bring_up_to_date()
    person = scope.learner_in(current_person(), learner_id, course().id)
    classes = scope.classes_of(current_person(), course().id)
    return render_template(
        "reports/learner.html",
        dossier=learners.dossier(person, course(), quiz_columns(course()), classes),
        login=scope.login(person.id, person.username, person.email, person.role),
        states=attempt_state,
    )
