"""The desk's home, the gradebook, and one learner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.sessions import course_access, current_person
from webapp.quizzes import attempt_state
from webapp.quizzes.grade_changes import policies
from webapp.reports import counts, gradebook, kept, learners, scope
from webapp.reports import desk as desks
from webapp.reports.pages.blueprint import bp, bring_up_to_date, filters, population
from webapp.reports.scores import quiz_columns
from webapp.ui import downloads
from webapp.web import access, backup_schedule
from webapp.web.current import course, course_problems
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
    handed_in = desks.is_anything_handed_in(people)
    columns = quiz_columns(course())
    counted, counting = None, None
    if handed_in:
        try:
            counted = kept.figures(counts.ATTENTION, course(), people)
        except kept.NotCounted as not_counted:
            counting = not_counted
    return render_template(
        "reports/desk.html",
        population=people,
        members=desks.members_by_class(people),
        handed_in=handed_in,
        attention=counted.value.shown(people, course(), columns) if counted is not None else None,
        counted=counted,
        counting=counting,
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
    people, columns, number = chosen.population, chosen.columns, page_asked()
    counted = None
    if gradebook.looks_at_everybody(sort, chosen.passed) and not kept.is_small(people):
        quiz = chosen.quiz.id if chosen.quiz else None
        # The same for everybody that is looked for, so it is kept once.
        counted = kept.figures(
            counts.ORDER, course(), replace(people, search=""),
            quiz=quiz, sort=sort, backwards=backwards, passed=chosen.passed,
        )  # fmt: skip
        shown = gradebook.page_in(people, columns, counted.value, number=number)
    else:
        shown = gradebook.page(people, columns, sort=sort, backwards=backwards, passed=chosen.passed, number=number)
    return render_template(
        "reports/gradebook.html",
        forms=downloads.forms(),
        filters=chosen,
        population=chosen.population,
        columns=chosen.columns,
        quizzes=quiz_columns(course(), graded_only=True) if chosen.quiz else chosen.columns,
        shown=shown,
        counted=counted,
        sort=sort,
        backwards=backwards,
    )


@bp.get("/instructor/gradebook/distribution")
@access.open_to(access.TEACHER)
def distribution() -> str:
    """How the scores that count are spread, quiz by quiz; the gradebook's filters apply."""
    bring_up_to_date()
    chosen = filters(graded_only=True)
    counted = kept.figures(
        counts.SPREADS, course(), chosen.population,
        quiz=chosen.quiz.id if chosen.quiz else None, passed=chosen.passed,
    )  # fmt: skip
    return render_template(
        "reports/distribution.html",
        filters=chosen,
        population=chosen.population,
        quizzes=quiz_columns(course(), graded_only=True) if chosen.quiz else chosen.columns,
        counted=counted,
        spreads=counted.value,
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
