"""Review: what is due, one question a page, and at once what was right and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from webapp import questions
from webapp.accounts import course_doors, course_roles
from webapp.accounts.models import User
from webapp.accounts.service import set_preference
from webapp.accounts.sessions import current_person, person_or_none
from webapp.content.course.course import Course
from webapp.content.problems import Problems
from webapp.database import db
from webapp.questions.contract import AnswerForm
from webapp.quizzes import attempt_state, eligibility, results
from webapp.quizzes.forms import PREFIX, Sent
from webapp.quizzes.models import Slot
from webapp.quizzes.revisions import question_of
from webapp.quizzes.service import NotOffered
from webapp.review import service
from webapp.review.forms import CapForm
from webapp.web import access, current
from webapp.web.current import course, now

bp = Blueprint("review", __name__)
course_doors.guard(bp)


def waiting() -> int:
    """How many questions of earlier sittings are due for the current person, in the course whose page it is; for the
    navigation. Where there are several, a page of none of them says no number: each would have to be loaded for it."""
    person = person_or_none()
    return service.waiting(person, course(), now()) if person is not None and current.has_course() else 0


@bp.get("/review")
@access.open_to(access.ANYONE)
def index() -> str:
    """What is due today, and when the rest will be."""
    person = person_or_none()
    if person is None:
        return render_template("review/visitor.html")
    plan = _plan(person)
    return render_template("review/index.html", plan=plan, form=CapForm(formdata=None, cap=plan.cap))


@bp.post("/review/cap")
@access.open_to(access.PARTICIPANT, newcomers=False)
def choose_cap() -> ResponseReturnValue:
    """Keeps how many answers a day the person wants to be asked for."""
    form = CapForm()
    if not form.validate():
        return render_template("review/index.html", plan=_plan(current_person()), form=form), 422
    set_preference(current_person(), "review_cap", form.cap.data)
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("review.index"), 303)


@bp.post("/review/next")
@access.open_to(access.PARTICIPANT, newcomers=False)
def go_on() -> ResponseReturnValue:
    """Puts the next question before the person, or goes back to the overview when nothing is left for today."""
    try:
        slot = _next_slot(current_person())
    except NotOffered:
        flash(_("This course is archived. Nothing new is begun in it."), "info")
        return redirect(url_for("review.index"), 303)
    address = _address(slot) if slot is not None else url_for("review.index")
    db.session.commit()
    return redirect(address, 303)


@bp.get("/review/<int:attempt_id>/<int:position>")
@access.open_to(access.PARTICIPANT)
def question(attempt_id: int, position: int) -> ResponseReturnValue:
    """One question of a round: to answer, or, once it is answered, with its feedback."""
    slot = service.slot_for(current_person(), attempt_id, position)
    if not attempt_state.is_checked(slot) and not slot.attempt.is_open:
        return redirect(url_for("review.index"))
    _take_up_course_of(slot)
    plan = _plan(current_person())
    if _card_of(slot, plan) is None and service.is_held(current_person(), slot.question_id, course(), now()):
        return redirect(_held())
    return _page(slot, plan=plan)


def answer_after_sign_in(user: User, fields: dict[str, Any], at: datetime) -> str:
    """Takes the answer that met the end of a session."""
    args = fields["args"]
    formdata: MultiDict[str, str] = MultiDict(
        [(name, value) for name, values in fields["form"].items() for value in values]
    )
    next_page = _take(user, args["attempt_id"], args["position"], formdata, at)
    return next_page if isinstance(next_page, str) else url_for("review.question", **args)


@bp.post("/review/<int:attempt_id>/<int:position>")
@access.open_to(access.PARTICIPANT)
@access.continued_by(answer_after_sign_in)
def answer(attempt_id: int, position: int) -> ResponseReturnValue:
    """Grades an answer and shows its feedback; one that can't be read comes back as it was typed."""
    outcome = _take(current_person(), attempt_id, position, request.form, now())
    if isinstance(outcome, str):
        db.session.commit()
        return redirect(outcome, 303)
    slot, form, message = outcome
    return _page(slot, form, message), 200 if form.moved else 422


def _take(
    user: User, attempt_id: int, position: int, formdata: MultiDict[str, str], at: datetime
) -> str | tuple[Slot, AnswerForm, str]:
    """Takes an answer and gives the address to go on to; or (slot, form, message) when there is none to take."""
    slot = service.slot_for(user, attempt_id, position)
    _take_up_course_of(slot)
    if service.is_held(user, slot.question_id, course(), at):
        return _held()
    question = question_of(slot.revision, slot.order_seed)
    kind = questions.type_of(question)
    form = kind.form(question, kind.order(question, slot.order_seed), formdata=formdata, prefix=PREFIX)
    response = None
    unknown = formdata.get("action") == "unknown"
    if not attempt_state.is_checked(slot) and not unknown:
        response = form.response()
        if form.moved or form.malformed or kind.malformed(question, response):
            # The form itself says what can't be read in it.
            return slot, form, ""
        if response is None:
            return slot, form, _("Choose or write an answer first, or say that you don’t know.")
    sent = Sent.read(formdata)
    closed = service.answer(
        slot,
        response,
        sequence=sent.sequence,
        certainty=None if unknown else sent.certainty,
        seconds=sent.seconds,
        now=at,
    )
    if closed is not None and closed.reason != "checked":
        flash(_("The day this question was asked on is over. It will come back."), "info")
        return url_for("review.index")
    return _address(slot)


def _page(slot: Slot, form: AnswerForm | None = None, message: str = "", plan: service.ReviewPlan | None = None) -> str:
    question = question_of(slot.revision, slot.order_seed)
    kind = questions.type_of(question)
    order = kind.order(question, slot.order_seed)
    checked = attempt_state.is_checked(slot)
    plan = plan or _plan(current_person())
    card = _card_of(slot, plan)
    return render_template(
        "review/question.html",
        slot=slot,
        attempt=slot.attempt,
        question=question,
        order=order,
        form=form or kind.form(question, order, prefix=PREFIX),
        review=results.review(slot, course()) if checked else None,
        comes_back=card.due if card is not None else None,
        certainty=attempt_state.asks_certainty(slot.attempt, current_person().preferences),
        chosen_certainty=Sent.read(request.form).certainty,
        message=message,
        plan=plan,
    )


def _card_of(slot: Slot, plan: service.ReviewPlan) -> service.Planned | None:
    found = (slot.attempt.course_id, slot.question_id)
    return next((card for card in plan.cards if (card.course_id, card.question_id) == found), None)


def _courses(user: User) -> Iterator[Course]:
    """The courses that something may come back from, one after the other: of several those that can be opened, of which
    the person has anything planned, and in which they may begin something."""
    known = current.courses()
    if known.only is not None:
        yield course()
        return
    theirs = service.courses_of(user)
    standings = course_roles.all_accesses(user, [each for each in known.ids() if each in theirs])
    for course_id, standing in standings.items():
        if eligibility.refused_by_course(standing) is None:
            with suppress(Problems):
                if (store := known.store(course_id)) is not None:
                    yield store.current()


def _plan(user: User) -> service.ReviewPlan:
    """What is due in all courses together."""
    return service.together([service.plan(user, each, now()) for each in _courses(user)], user, now())


def _next_slot(user: User) -> Slot | None:
    """The next question: of several courses, of the one in which a question has been due for longest."""
    at = now()
    if current.courses().only is not None:
        return service.next_slot(user, course(), at)
    plans = [(plan.due[0].due, each) for each in _courses(user) if (plan := service.plan(user, each, at)).due]
    for _due, each in sorted(plans, key=lambda plan: plan[0]):
        slot = service.next_slot(user, each, at)
        if slot is not None:
            return slot
    return None


def _take_up_course_of(slot: Slot) -> None:
    """Makes the course of a question that of this request, where there are several; 404 for whom it does not admit."""
    course_id = slot.attempt.course_id
    if not current.take_up(course_id) or not course_roles.access_of(current_person(), course_id).is_admitted:
        abort(404)


def _held() -> str:
    """Says why a question is not shown, and gives the address to go on to."""
    flash(_("This question is part of a quiz whose answers are not shown yet. It will come back."), "info")
    return url_for("review.index")


def _address(slot: Slot) -> str:
    return url_for("review.question", attempt_id=slot.attempt_id, position=slot.position)
