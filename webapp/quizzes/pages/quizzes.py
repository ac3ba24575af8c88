"""Quizzes: what there is, starting one, handing in, and the result. Answering has pages of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts import limits, sessions
from webapp.accounts.models import User
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.quizzes import attempt_state, interventions, results, service
from webapp.quizzes.conditions import NO_CONDITIONS
from webapp.quizzes.forms import StartForm
from webapp.quizzes.grade_changes import notes
from webapp.quizzes.models import Attempt
from webapp.quizzes.pages import exam_room
from webapp.quizzes.pages.blueprint import bp, hand_in_if_over
from webapp.web import access
from webapp.web.current import course, now, of_course

# --- what there is, and starting it ----------------------------------------------------------------------------------


@bp.get("/quizzes")
@access.open_to(access.ANYONE)
def index() -> str:
    """Every quiz of the course, with how one stands at it."""
    return render_template("quizzes/index.html", offers=service.offers(sessions.person_or_none(), course(), now()))


@bp.get("/quizzes/<quiz_id>")
@access.open_to(access.ANYONE)
def quiz(quiz_id: str) -> str:
    """What a quiz covers, on what terms it is taken, how one stands at it; and the button that starts it."""
    quiz = _quiz(quiz_id)
    offered = service.offer(sessions.person_or_none(), quiz, course(), now())
    if offered.open is not None:
        hand_in_if_over(offered.open)
        if not offered.open.is_open:
            offered = service.offer(sessions.person_or_none(), quiz, course(), now())
    return _start_page(offered, StartForm(formdata=None))


@bp.post("/quizzes/<quiz_id>/attempts")
@access.open_to(access.PARTICIPANT)
def start(quiz_id: str) -> ResponseReturnValue:
    """Starts an attempt, or goes on with the open one."""
    quiz = _quiz(quiz_id)
    user = sessions.participant()
    form = StartForm()
    if form.access_code.data:
        limits.access_codes()
    try:
        attempt = service.start(user, quiz, course(), now(), access_code=form.access_code.data)
    except service.NotOffered:
        # An attempt whose time was up may have been handed in on the way.
        db.session.commit()
        return _start_page(service.offer(user, quiz, course(), now()), form), 409
    except service.WrongCode:
        db.session.commit()
        if form.access_code.data:
            limits.access_codes(wrong=True)
        form.access_code.errors = [
            _("This code does not fit.") if form.access_code.data else _("This quiz needs an access code.")
        ]
        return _start_page(service.offer(user, quiz, course(), now()), form), 422
    if exam_room.unmet_at_start(attempt.assignment) is not None:
        db.session.rollback()
        return _start_page(service.offer(user, quiz, course(), now()), form), 403
    if attempt.session_digest is None:
        attempt.session_digest = exam_room.visit().session
    address = url_for("quizzes.attempt", attempt_id=attempt.id)
    db.session.commit()
    return redirect(address, 303)


def _quiz(quiz_id: str) -> Quiz:
    return course().quiz(quiz_id) or abort(404)


def _start_page(offered: service.Offer, form: StartForm) -> str:
    person = sessions.person_or_none()
    assignment = offered.open.assignment if offered.open is not None else offered.terms.assignment
    found = assignment.conditions_in_force if assignment is not None else NO_CONDITIONS
    unmet = exam_room.unmet_at_start(assignment)
    return render_template(
        "quizzes/start.html",
        conditions=found,
        not_here=exam_room.words(unmet, found) if unmet is not None else None,
        offer=offered,
        quiz=offered.quiz,
        form=form,
        states=attempt_state,
        resets=interventions.resets(person.id, offered.quiz) if person is not None else [],
        acts=interventions.acts_on(offered.open) if offered.open is not None else [],
    )


@bp.errorhandler(service.WasReset)
def was_reset(error: service.WasReset) -> ResponseReturnValue:
    """Leads somebody whose attempt an instructor reset, maybe while they were at it, to where the reason stands."""
    address = url_for("quizzes.quiz", quiz_id=error.quiz_id)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(saved=False, reason="reset", go=address), 409
    return redirect(address, 303)


# --- an attempt ------------------------------------------------------------------------------------------------------


@bp.get("/attempts/<int:attempt_id>")
@access.open_to(access.PARTICIPANT)
def attempt(attempt_id: int) -> ResponseReturnValue:
    """Goes on where one was; shows the result when it is handed in."""
    attempt = _seen(attempt_id)
    hand_in_if_over(attempt)
    if attempt.is_open and attempt.user_id == sessions.current_person().id:
        return redirect(url_for("quizzes.question", attempt_id=attempt.id, position=attempt.position))
    return redirect(url_for("quizzes.result", attempt_id=attempt.id))


def submit_after_sign_in(user: User, fields: dict[str, Any], at: datetime) -> str:
    """Hands in the attempt of somebody whose session had ended."""
    attempt_id = fields["args"]["attempt_id"]
    attempt = of_course(service.attempt_for(user, attempt_id))
    exam_room.admit(attempt)
    service.submit(attempt, at, actor_id=user.id)
    return url_for("quizzes.result", attempt_id=attempt_id)


@bp.post("/attempts/<int:attempt_id>/submit")
@access.open_to(access.PARTICIPANT)
@access.continued_by(submit_after_sign_in)
def submit(attempt_id: int) -> ResponseReturnValue:
    """Hands the attempt in."""
    attempt = of_course(service.attempt_for(sessions.current_person(), attempt_id))
    exam_room.admit(attempt)
    service.submit(attempt, now(), actor_id=sessions.current_person().id)
    db.session.commit()
    return redirect(url_for("quizzes.result", attempt_id=attempt_id), 303)


@bp.get("/attempts/<int:attempt_id>/clock")
@access.open_to(access.PARTICIPANT)
def clock(attempt_id: int) -> Response:
    """The time left, by the server's clock: `{"state", "seconds", "deadline"}`; seconds is null without a limit."""
    attempt = of_course(service.attempt_for(sessions.current_person(), attempt_id))
    exam_room.admit(attempt)
    deadline = service.effective_deadline(attempt) if attempt.is_open else attempt.deadline
    return jsonify(
        state=attempt.state,
        seconds=attempt_state.seconds_left(deadline, now()),
        deadline=deadline.isoformat() if deadline else None,
    )


# --- afterwards ------------------------------------------------------------------------------------------------------


@bp.get("/attempts/<int:attempt_id>/result")
@access.open_to(access.PARTICIPANT)
def result(attempt_id: int) -> ResponseReturnValue:
    """Score and feedback of an attempt that is handed in; for its instructor also while it runs. Of one's own that was
    reset, that it was, and why."""
    attempt = _seen(attempt_id)
    if attempt.is_void and attempt.user_id == sessions.current_person().id:
        return _reset_page(attempt)
    hand_in_if_over(attempt)
    if attempt.is_open and attempt.user_id == sessions.current_person().id:
        return redirect(url_for("quizzes.attempt", attempt_id=attempt.id))
    at = now()
    own = attempt.user_id == sessions.current_person().id
    feedback_at = attempt_state.feedback_at(attempt, at) if own else None
    shown = not attempt.is_open and feedback_at is None
    slots = service.slots_of(attempt, revisions=True)
    quiz = course().quiz(attempt.quiz_behind)
    reviewed = results.reviews(attempt, slots, course()) if shown else []
    may_act = not own and service.may_act_on(sessions.current_person(), attempt)
    return render_template(
        "quizzes/result.html",
        attempt=attempt,
        own=own,
        shown=shown,
        feedback_at=feedback_at,
        acts=interventions.acts_on(attempt) if own or may_act else [],
        may_act=may_act,
        notes=notes.unseen(sessions.current_person(), at, course().id, attempt=attempt) if own and shown else [],
        slots=slots,
        reviews=reviewed,
        by_pillar=results.by_pillar(reviewed, course()),
        helpful=results.most_helpful(reviewed, course()),
        quiz=quiz,
        offer=service.offer(sessions.current_person(), quiz, course(), at) if own and quiz else None,
        states=attempt_state,
    )


def _seen(attempt_id: int) -> Attempt:
    """An attempt that the person may look at, their own that was reset included; NotFound otherwise."""
    person = sessions.current_person()
    try:
        return of_course(service.attempt_seen_by(person, attempt_id))
    except NotFound:
        return of_course(service.reset_attempt_for(person, attempt_id))


def _reset_page(attempt: Attempt) -> str:
    return render_template(
        "quizzes/reset.html",
        attempt=attempt,
        acts=[act for act in interventions.acts_on(attempt) if act.what == "reset"],
        notes=notes.unseen(sessions.current_person(), now(), course().id, attempt=attempt),
        quiz=course().quiz(attempt.quiz_behind),
    )


@bp.post("/notes/seen")
@access.open_to(access.PARTICIPANT)
def see_notes() -> ResponseReturnValue:
    """Puts away what a person was told of changes to their results, and goes back to where it stood."""
    ids = [int(each) for each in request.form.getlist("note")[: notes.AT_ONCE] if each.isdecimal() and len(each) < 13]
    notes.see(sessions.current_person(), ids, now())
    db.session.commit()
    attempt_id = request.form.get("attempt", "")
    if attempt_id.isdecimal() and len(attempt_id) < 13:
        return redirect(url_for("quizzes.result", attempt_id=int(attempt_id)), 303)
    return redirect(url_for("home.home"), 303)


def practise_after_sign_in(user: User, fields: dict[str, Any], at: datetime) -> str:
    """The same for somebody whose session had ended."""
    return _practise(user, fields["args"]["attempt_id"], at)


@bp.post("/attempts/<int:attempt_id>/practice")
@access.open_to(access.PARTICIPANT)
@access.continued_by(practise_after_sign_in)
def practise(attempt_id: int) -> ResponseReturnValue:
    """Makes a paper of one's own mistakes and opens it."""
    address = _practise(sessions.current_person(), attempt_id, now())
    db.session.commit()
    return redirect(address, 303)


def _practise(user: User, attempt_id: int, at: datetime) -> str:
    try:
        paper = service.practise(user, of_course(service.released_attempt_for(user, attempt_id, at)), course(), at)
    except service.NotOffered:
        flash(_("This course is archived. Nothing new is begun in it."), "info")
        paper = None
    if paper is None:
        return url_for("quizzes.result", attempt_id=attempt_id)
    return url_for("quizzes.attempt", attempt_id=paper.id)
