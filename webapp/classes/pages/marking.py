"""Grading written answers: what waits, and one answer after the other."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.classes import attempts, marking
from webapp.classes.mark_forms import mark_form
from webapp.classes.pages.blueprint import back, bp
from webapp.database import db
from webapp.quizzes import results
from webapp.quizzes.marking import marks
from webapp.quizzes.marking.marks import MarkedMeanwhile, Marking
from webapp.quizzes.models import Slot
from webapp.web import access
from webapp.web.current import course, now, of_course

#: in the session: whether names are hidden until an answer is graded
_HIDDEN = "names_hidden"


@bp.get("/instructor/grading")
@access.open_to(access.TEACHER)
def grading() -> ResponseReturnValue:
    """The written answers that wait to be graded, by quiz and question."""
    piles = marking.piles(current_person(), course().id)
    titles = {quiz.id: quiz.title for quiz in course().quizzes}
    return render_template(
        "classes/grading.html",
        piles=piles,
        titles=titles,
        questions={pile.question_id: course().question(pile.question_id) for pile in piles},
        hidden=session.get(_HIDDEN, False),
    )


@bp.post("/instructor/grading/names")
@access.open_to(access.TEACHER)
def hide_names() -> ResponseReturnValue:
    """Hides the names of those whose answers are graded until they are, or shows them again; for this session."""
    session[_HIDDEN] = not session.get(_HIDDEN, False)
    return back("grading")


@bp.route("/instructor/grading/<int:slot_id>", methods=["GET", "POST"])
@access.open_to(access.TEACHER)
@access.keeps_form
def mark(slot_id: int) -> ResponseReturnValue:
    """GET: one answer with what it is graded by. POST: gives it points, and goes to the next one."""
    slot = marking.slot_to_mark(current_person(), slot_id)
    of_course(slot.attempt)
    standing = marks.marking_of(slot)
    assert standing is not None, "slot_to_mark has seen that people grade it"
    form = mark_form(standing.rubric, _points_before(standing))
    if not form.validate_on_submit():
        if not form.is_submitted():
            form.settles.data = "1" if standing.state == "differs" else ""
        return _page(slot, standing, form), 422 if form.refused else 200
    try:
        standing = marks.mark(
            slot,
            form.points,
            form.comment.data or "",
            by=current_person(),
            now=now(),
            settles=form.settles.data == "1",
            cohort_id=attempts.cohort_of(slot.attempt, current_person()),
        )
    except MarkedMeanwhile:
        return _page(slot, standing, form, taken=True), 409
    goes_on = marking.next_to_do(current_person(), slot)
    db.session.commit()
    flash(_said(standing), "warning" if standing.state == "differs" else "success")
    if standing.state == "differs":
        return back("mark", slot_id=slot.id)
    return redirect(url_for("classes.mark", slot_id=goes_on) if goes_on else url_for("classes.grading"), 303)


def _points_before(standing: Marking) -> tuple[float, ...]:
    """What a form begins with: nothing, but between two that differ the mean of each criterion."""
    if standing.state != "differs":
        return ()
    each = zip(*(mark.points for mark in standing.marks[-2:]), strict=True)
    return tuple(round(sum(points) / len(points), 2) for points in each)


def _said(standing: Marking) -> str:
    if standing.state == "done":
        return str(_("The answer is graded. Its learner is told as soon as the whole paper is."))
    if standing.state == "differs":
        return str(
            _("Your points are kept. The other marker gave others, and they are too far apart: please settle it.")
        )
    return str(_("Your points are kept. A second person grades the answer, too, without seeing them."))


def _page(slot: Slot, standing: Marking, form: Any, *, taken: bool = False) -> str:
    person = current_person()
    before, after = marking.neighbours(person, slot)
    return render_template(
        "classes/mark.html",
        slot=slot,
        attempt=slot.attempt,
        review=results.review(slot, course(), marking=standing),
        standing=standing,
        seen=standing.seen_by(person),
        mine=standing.by(person),
        wanted=standing.wants(person) and not taken,
        form=form,
        taken=taken,
        before=before,
        after=after,
        hidden=session.get(_HIDDEN, False) and standing.state != "done",
    )
