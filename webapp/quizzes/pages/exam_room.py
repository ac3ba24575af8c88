"""Whether a request meets the conditions of an exam: asked by every page of an attempt that runs, and on starting one.

An answer that was kept on a device without a network and is sent from elsewhere later is refused, too, and stays kept
on that device: it is taken as soon as it comes from where it may, as long as the attempt runs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import kept_forms, session_store, sessions
from webapp.audit.service import record
from webapp.database import begin_writing, db
from webapp.quizzes import conditions, interventions, service
from webapp.quizzes.conditions import Conditions, Unmet, Visit
from webapp.quizzes.models import Assignment, Attempt, AttemptNote
from webapp.quizzes.pages.blueprint import bp
from webapp.quizzes.vocabulary import NoteKind, SessionRule
from webapp.web import access
from webapp.web.current import now, of_course

#: lines of each kind in the quiet log of one attempt, so that one kind can't crowd out another
NOTES_AT_MOST = 200
#: how often an attempt goes on in another browser without the instructor; each time stands in the audit log
TAKEN_OVER_AT_MOST = 20


class NotHere(access.NotAsThingsStand):
    """A condition of the exam is not met."""

    def __init__(self, reason: Unmet, found: Conditions, attempt: Attempt | None = None) -> None:
        super().__init__(words(reason, found))
        self.reason, self.conditions, self.attempt_id = reason, found, attempt.id if attempt else None


def visit() -> Visit:
    """What this request tells of where it comes from."""
    query = request.query_string.decode("latin-1")
    path = quote(request.script_root + request.path, safe="/:@!$&'()*+,;=~-._%")
    token = sessions.session_id()
    return Visit(
        address=request.remote_addr or "",
        url=f"{request.scheme}://{request.host}{path}{'?' + query if query else ''}",
        config_key_hash=request.headers.get("X-SafeExamBrowser-ConfigKeyHash", ""),
        request_hash=request.headers.get("X-SafeExamBrowser-RequestHash", ""),
        session=session_store.digest_of(token) if token is not None else None,
    )


def unmet_at_start(assignment: Assignment | None) -> Unmet | None:
    """Which condition a request to start does not meet."""
    found = assignment.conditions_in_force if assignment is not None else None
    return conditions.unmet(found, visit()) if found else None


def admit(attempt: Attempt) -> None:
    """Raises NotHere when a running attempt may not be worked at from where the request comes; costs no query.

    An attempt that is bound to no browser goes on in this one, from now on.
    """
    found = attempt.assignment.conditions_in_force if attempt.assignment is not None else None
    if not found or not attempt.is_open:
        return
    here = visit()
    reason = conditions.unmet(found, here)
    if reason is None and conditions.other_session(found, attempt.session_digest, here):
        reason = "session"
        if request.form.get("take_over"):
            # The button of the page below, which sends along what was typed.
            if _may_take_over(attempt, found):
                _take_over(attempt, here)
                return
            found = replace(found, sessions=SessionRule.CONSENT)
    if reason is not None:
        if service.is_over(attempt, now()):
            return  # nothing is answered any more; who comes is led to the result
        raise NotHere(reason, found, attempt)
    if found.sessions != SessionRule.ANY and attempt.session_digest is None:
        if request.method == "GET":
            begin_writing()
            attempt.session_digest = here.session
            db.session.commit()
        else:
            attempt.session_digest = here.session


def words(reason: Unmet, found: Conditions) -> str:
    """Why one can't work here, and what to do."""
    if reason == "address":
        return found.outside or str(
            _("This quiz is taken on certain computers, such as those of a room, not on this one.")
        )
    if reason == "exam-browser":
        return str(_("This quiz is taken in Safe Exam Browser, with the settings your instructor gave you."))
    if found.sessions == SessionRule.NOTED:
        return str(_("This attempt is under way in another browser. It can go on here instead, and this is noted."))
    return str(_("This attempt is under way in another browser. Your instructor can let it go on here."))


@bp.errorhandler(NotHere)
def not_here(error: NotHere) -> ResponseReturnValue:
    """Says which condition is not met; keeps what was typed."""
    db.session.rollback()
    said = words(error.reason, error.conditions)
    if request.accept_mimetypes.best == "application/json" or request.endpoint in {"quizzes.clock", "quizzes.paper"}:
        return jsonify(saved=False, reason=error.reason, message=said), 403
    take_over = error.reason == "session" and error.conditions.sessions == SessionRule.NOTED
    response = make_response(
        render_template(
            "quizzes/not_here.html",
            said=said,
            reason=error.reason,
            attempt_id=error.attempt_id,
            take_over=take_over,
            kept=kept_forms.as_it_was(),
        ),
        403,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_take_over(attempt: Attempt, found: Conditions) -> bool:
    """Whether an attempt may go on in another browser without the instructor, this time."""
    if found.sessions != SessionRule.NOTED:
        return False
    return interventions.count_notes(attempt.id, NoteKind.TAKEN_OVER) < TAKEN_OVER_AT_MOST


def _take_over(attempt: Attempt, here: Visit) -> None:
    """Lets an attempt go on in this browser, and notes it."""
    attempt.session_digest = here.session
    db.session.add(AttemptNote(attempt_id=attempt.id, kind=NoteKind.TAKEN_OVER, at=_minute()))
    record(
        sessions.current_person(), "attempt.taken_over", interventions.subject(attempt.id), now=now(),
        cohort_id=attempt.assignment.cohort_id if attempt.assignment else None, course_id=attempt.course_id,
    )  # fmt: skip


@bp.post("/attempts/<int:attempt_id>/take-over")
@access.open_to(access.PARTICIPANT, newcomers=False)
def take_over(attempt_id: int) -> ResponseReturnValue:
    """Lets an attempt go on in this browser, where its conditions allow that; noted."""
    attempt = of_course(service.attempt_for(sessions.current_person(), attempt_id))
    found = attempt.assignment.conditions_in_force if attempt.assignment is not None else None
    if found and attempt.is_open:
        here = visit()
        reason = conditions.unmet(found, here)
        if reason is None and conditions.other_session(found, attempt.session_digest, here):
            if _may_take_over(attempt, found):
                _take_over(attempt, here)
                db.session.commit()
            else:
                reason, found = "session", replace(found, sessions=SessionRule.CONSENT)
        if reason is not None:
            raise NotHere(reason, found, attempt)
    return redirect(url_for("quizzes.attempt", attempt_id=attempt_id), 303)


@bp.post("/attempts/<int:attempt_id>/left")
@access.open_to(access.PARTICIPANT, newcomers=False)
def left(attempt_id: int) -> ResponseReturnValue:
    """Notes that the page of a running attempt was left, where the class is set that. A beacon: nothing answers it."""
    attempt = of_course(service.attempt_for(sessions.current_person(), attempt_id))
    found = attempt.assignment.conditions_in_force if attempt.assignment is not None else None
    kind = {"focus": NoteKind.FOCUS, "left": NoteKind.LEFT}.get(request.form.get("kind", "")[:12])
    if kind is None or not (found and found.notes and attempt.is_open):
        return "", 204
    if interventions.count_notes(attempt.id, kind) < NOTES_AT_MOST:
        db.session.add(AttemptNote(attempt_id=attempt.id, kind=kind, at=_minute()))
        db.session.commit()
    return "", 204


def _minute() -> datetime:
    return now().replace(second=0, microsecond=0)
