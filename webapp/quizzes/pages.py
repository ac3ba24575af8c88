"""Quizzes: what there is, starting one, one question a page, handing in, and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict

from webapp import offline, questions
from webapp.accounts import access
from webapp.accounts.models import User
from webapp.content.quiz import Quiz
from webapp.current import course, now
from webapp.database import begin_writing, db
from webapp.quizzes import acts, belongings, results, service, states  # noqa: F401 - belongings registers itself
from webapp.quizzes.forms import PREFIX, Sent, StartForm, answer_fields
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.revisions import question_of
from webapp.quizzes.states import Closed, Saved, Stale

bp = Blueprint("quizzes", __name__)


# --- what there is, and starting it ----------------------------------------------------------------------------------


@bp.get("/quizzes")
@access.open_to(access.ANYONE)
def index() -> str:
    """Every quiz of the course, with how one stands at it."""
    return render_template("quizzes/index.html", offers=service.offers(current_user, course(), now()))


@bp.get("/quizzes/<quiz_id>")
@access.open_to(access.ANYONE)
def quiz(quiz_id: str) -> str:
    """What a quiz covers, on what terms it is taken, how one stands at it; and the button that starts it."""
    found = _quiz(quiz_id)
    offered = service.offer(current_user, found, now())
    if offered.open is not None:
        _hand_in_if_over(offered.open)
        if offered.open.state != "open":
            offered = service.offer(current_user, found, now())
    return _start_page(offered, StartForm(formdata=None))


@bp.post("/quizzes/<quiz_id>/attempts")
@access.open_to(access.PARTICIPANT)
def start(quiz_id: str) -> Any:
    """Starts an attempt, or goes on with the open one."""
    found = _quiz(quiz_id)
    user = access.participant()
    form = StartForm()
    try:
        attempt = service.start(user, found, course(), now(), access_code=form.access_code.data)
    except service.NotOffered:
        # An attempt whose time was up may have been handed in on the way.
        db.session.commit()
        return _start_page(service.offer(user, found, now()), form), 409
    except service.WrongCode:
        db.session.commit()
        form.access_code.errors = [
            _("This code does not fit.") if form.access_code.data else _("This quiz needs an access code.")
        ]
        return _start_page(service.offer(user, found, now()), form), 422
    address = url_for("quizzes.attempt", attempt_id=attempt.id)
    db.session.commit()
    return redirect(address, 303)


def _quiz(quiz_id: str) -> Quiz:
    return course().quiz(quiz_id) or abort(404)


def _start_page(offered: service.Offer, form: StartForm) -> str:
    user_id = getattr(current_user, "id", None)
    return render_template(
        "quizzes/start.html",
        offer=offered,
        quiz=offered.quiz,
        form=form,
        states=states,
        resets=acts.resets(user_id, offered.quiz) if user_id is not None else [],
        acts=_acts_on(offered.open) if offered.open is not None else [],
    )


def _acts_on(found: Attempt) -> list[acts.Act]:
    """What an instructor did with an attempt; asks the log only where something was done."""
    if found.extended_to is None and found.submitted_by != "instructor" and found.state != "void":
        return []
    return acts.on([found.id]).get(found.id, [])


@bp.errorhandler(service.WasReset)
def was_reset(error: service.WasReset) -> Any:
    """Leads somebody whose attempt an instructor reset, maybe while they were at it, to where the reason stands."""
    address = url_for(".quiz", quiz_id=error.quiz_id)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(saved=False, reason="reset", go=address), 409
    return redirect(address, 303)


# --- an attempt ------------------------------------------------------------------------------------------------------


@bp.get("/attempts/<int:attempt_id>")
@access.open_to(access.PARTICIPANT)
def attempt(attempt_id: int) -> Any:
    """Goes on where one was; shows the result when it is handed in."""
    found = service.attempt_seen_by(current_user, attempt_id)
    _hand_in_if_over(found)
    if found.state == "open" and found.user_id == current_user.id:
        return redirect(url_for("quizzes.question", attempt_id=found.id, position=found.position))
    return redirect(url_for("quizzes.result", attempt_id=found.id))


@bp.get("/attempts/<int:attempt_id>/questions/<int:position>")
@access.open_to(access.PARTICIPANT)
@offline.kept
def question(attempt_id: int, position: int) -> Any:
    """One question of an open attempt."""
    found = service.attempt_for(current_user, attempt_id)
    deadline = _hand_in_if_over(found)
    if found.state != "open":
        return redirect(url_for("quizzes.result", attempt_id=found.id))
    slots = service.slots_of(found)
    if not 1 <= position <= len(slots):
        abort(404)
    return _question_page(found, slots, slots[position - 1], states.seconds_left(deadline, now()))


def _question_page(found: Attempt, slots: Sequence[Slot], slot: Slot, left: int | None) -> str:
    asked = question_of(slot.revision)
    kind = questions.type_of(asked)
    order = kind.order(asked, slot.order_seed)
    return render_template(
        "quizzes/question.html",
        attempt=found,
        slot=slot,
        slots=slots,
        question=asked,
        order=order,
        form=kind.form(asked, order, response=slot.response, prefix=PREFIX),
        review=results.review(slot, course()) if states.is_checked(slot) else None,
        checks=states.checks_at_once(found),
        certainty=states.asks_certainty(found, current_user.preferences),
        left=left,
        states=states,
    )


@bp.get("/attempts/<int:attempt_id>/paper")
@access.open_to(access.PARTICIPANT)
@offline.kept
def paper(attempt_id: int) -> Response:
    """Every question page of an open attempt and its summary, for the browser to keep: `{"pages": {address: HTML}}`.

    In one answer, because pages that differ by a question compress to little more than the questions. No pages are in
    it when the attempt is handed in.
    """
    found = service.attempt_for(current_user, attempt_id)
    deadline = _hand_in_if_over(found)
    if found.state != "open":
        return jsonify(pages={})
    slots = service.slots_of(found, revisions=True)
    left = states.seconds_left(deadline, now())
    pages = {
        url_for(".question", attempt_id=found.id, position=slot.position): _question_page(found, slots, slot, left)
        for slot in slots
    }
    pages[url_for(".summary", attempt_id=found.id)] = _summary_page(found, slots, left)
    return jsonify(pages=pages)


@bp.post("/attempts/<int:attempt_id>/questions/<int:position>")
@access.open_to(access.PARTICIPANT)
@access.continuable("answer")
def save(attempt_id: int, position: int) -> Any:
    """Saves an answer and goes where its button says; for scripts, says in JSON that it is saved."""
    taken = _take(service.slot_for(current_user, attempt_id, position), request.form, now())
    db.session.commit()
    if request.accept_mimetypes.best == "application/json":
        return _answered_in_json(taken)
    if isinstance(taken.outcome, Stale):
        return _conflict_page(taken.slot, answer_fields(request.form), taken.outcome), 409
    return redirect(taken.address, 303)


@access.on_continue("answer")
def save_after_sign_in(user: User, fields: dict[str, Any], at: datetime) -> str:
    """Saves the answer that met the end of a session, and goes on where it would have gone."""
    form: MultiDict[str, str] = MultiDict(
        [(name, value) for name, values in fields["form"].items() for value in values]
    )
    args = fields["args"]
    taken = _take(service.slot_for(user, args["attempt_id"], args["position"]), form, at)
    if isinstance(taken.outcome, Stale):
        carried = _carrier().dumps([args["attempt_id"], args["position"], answer_fields(form)])
        return url_for("quizzes.conflict", **args, answer=carried)
    return taken.address


@bp.get("/attempts/<int:attempt_id>/questions/<int:position>/conflict")
@access.open_to(access.PARTICIPANT)
def conflict(attempt_id: int, position: int) -> Any:
    """Two different answers to one question: shows both, and lets the person choose. Nothing is lost."""
    slot = service.slot_for(current_user, attempt_id, position)
    try:
        of_attempt, at_position, fields = _carrier().loads(request.args.get("answer", ""))
    except BadData:
        abort(404)
    if (of_attempt, at_position) != (attempt_id, position):
        abort(404)
    if slot.attempt.state != "open":
        return redirect(url_for("quizzes.result", attempt_id=attempt_id))
    form: MultiDict[str, str] = MultiDict([(name, value) for name, values in fields.items() for value in values])
    return _conflict_page(slot, fields, Stale(slot, _response(slot, form)[0], Sent.read(form).certainty))


@bp.get("/attempts/<int:attempt_id>/summary")
@access.open_to(access.PARTICIPANT)
@offline.kept
def summary(attempt_id: int) -> Any:
    """What is answered, flagged and open, before handing in."""
    found = service.attempt_for(current_user, attempt_id)
    deadline = _hand_in_if_over(found)
    if found.state != "open":
        return redirect(url_for("quizzes.result", attempt_id=found.id))
    slots = service.slots_of(found, revisions=True)
    return _summary_page(found, slots, states.seconds_left(deadline, now()))


def _summary_page(found: Attempt, slots: Sequence[Slot], left: int | None) -> str:
    return render_template(
        "quizzes/summary.html",
        attempt=found,
        slots=slots,
        malformed={slot.position: message for slot in slots if (message := _malformed(slot)) is not None},
        left=left,
        states=states,
    )


@bp.post("/attempts/<int:attempt_id>/submit")
@access.open_to(access.PARTICIPANT)
@access.continuable("hand-in")
def submit(attempt_id: int) -> Any:
    """Hands the attempt in."""
    found = service.attempt_for(current_user, attempt_id)
    service.submit(found, now(), actor_id=current_user.id)
    db.session.commit()
    return redirect(url_for("quizzes.result", attempt_id=attempt_id), 303)


@access.on_continue("hand-in")
def submit_after_sign_in(user: User, fields: dict[str, Any], at: datetime) -> str:
    """Hands in the attempt of somebody whose session had ended."""
    attempt_id = fields["args"]["attempt_id"]
    service.submit(service.attempt_for(user, attempt_id), at, actor_id=user.id)
    return url_for("quizzes.result", attempt_id=attempt_id)


@bp.get("/attempts/<int:attempt_id>/clock")
@access.open_to(access.PARTICIPANT)
def clock(attempt_id: int) -> Response:
    """The time left, by the server's clock: `{"state", "seconds", "deadline"}`; seconds is null without a limit."""
    found = service.attempt_for(current_user, attempt_id)
    deadline = service.effective_deadline(found) if found.state == "open" else found.deadline
    return jsonify(
        state=found.state,
        seconds=states.seconds_left(deadline, now()),
        deadline=deadline.isoformat() if deadline else None,
    )


# --- afterwards ------------------------------------------------------------------------------------------------------


@bp.get("/attempts/<int:attempt_id>/result")
@access.open_to(access.PARTICIPANT)
def result(attempt_id: int) -> Any:
    """Score and feedback of an attempt that is handed in; for its instructor also while it runs."""
    found = service.attempt_seen_by(current_user, attempt_id)
    _hand_in_if_over(found)
    own = found.user_id == current_user.id
    if found.state == "open" and own:
        return redirect(url_for("quizzes.attempt", attempt_id=found.id))
    at = now()
    shown = found.state != "open" and (not own or states.is_released(found, at))
    slots = service.slots_of(found, revisions=True)
    quiz_id = found.quiz_id.removeprefix(f"{states.PRACTICE}:")
    quiz = course().quiz(quiz_id)
    return render_template(
        "quizzes/result.html",
        attempt=found,
        own=own,
        shown=shown,
        feedback_at=states.feedback_at(found, at),
        acts=_acts_on(found),
        slots=slots,
        reviews=results.reviews(found, slots, course()) if shown else [],
        quiz=quiz,
        offer=service.offer(current_user, quiz, at) if own and quiz else None,
        states=states,
    )


@bp.post("/attempts/<int:attempt_id>/practice")
@access.open_to(access.PARTICIPANT)
@access.continuable("practise")
def practise(attempt_id: int) -> Any:
    """Makes a paper of one's own mistakes and opens it."""
    address = _practise(current_user, attempt_id, now())
    db.session.commit()
    return redirect(address, 303)


@access.on_continue("practise")
def practise_after_sign_in(user: User, fields: dict[str, Any], at: datetime) -> str:
    """The same for somebody whose session had ended."""
    return _practise(user, fields["args"]["attempt_id"], at)


def _practise(user: User, attempt_id: int, at: datetime) -> str:
    source = service.attempt_for(user, attempt_id)
    if not states.is_released(source, at):
        abort(404)
    paper = service.practise(user, source, course(), at)
    if paper is None:
        return url_for("quizzes.result", attempt_id=attempt_id)
    return url_for("quizzes.attempt", attempt_id=paper.id)


# --- taking an answer ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """What became of an answer, and the page to show next."""

    slot: Slot
    outcome: Saved | Stale | Closed
    address: str
    malformed: str | None
    answered: bool


def _take(slot: Slot, form: MultiDict[str, str], at: datetime) -> Taken:
    """Saves what a question page sent and does what its button says. Flushes."""
    sent = Sent.read(form)
    response, malformed, moved = _response(slot, form)
    outcome = service.answer(
        slot,
        sequence=sent.sequence,
        response=response,
        certainty=sent.certainty,
        seconds=sent.seconds,
        now=at,
    )
    if isinstance(outcome, Stale):
        return Taken(slot, outcome, _address(slot, slot.position), malformed, slot.response is not None)
    if isinstance(outcome, Closed):
        if outcome.reason != "checked":
            service.expire(slot.attempt, at)
            if response is not None and response != slot.response:
                late = _("The time was up before this answer arrived. What was saved until then is handed in.")
                flash(late, "warning")
            address = url_for("quizzes.result", attempt_id=slot.attempt_id)
            return Taken(slot, outcome, address, malformed, slot.response is not None)
        if response is not None and response != slot.response:
            flash(_("This question was checked already, so its answer stays as it was."), "warning")
    address = _go(slot, sent, outcome, moved, malformed, at)
    return Taken(slot, outcome, address, malformed, slot.response is not None)


def _response(slot: Slot, form: MultiDict[str, str]) -> tuple[dict[str, Any] | None, str | None, bool]:
    """The answer in a form: (response, why it can't be read, whether a button moved something)."""
    asked = question_of(slot.revision)
    kind = questions.type_of(asked)
    filled = kind.form(asked, kind.order(asked, slot.order_seed), formdata=form, prefix=PREFIX)
    response = filled.response()
    return response, kind.malformed(asked, response), filled.moved


def _go(
    slot: Slot, sent: Sent, outcome: Saved | Closed, moved: bool, malformed: str | None, at: datetime
) -> str:
    """Does what the button asked for, and gives the address to show."""
    here, last = slot.position, slot.attempt.policy["questions"]
    target = here
    if sent.action == "flag":
        service.flag(slot, sent.argument == "on")
    elif sent.action == "check" and malformed is None:
        service.check(slot, at)
    elif sent.action == "previous":
        target = here - 1
    elif sent.action == "goto":
        target = sent.position
    elif sent.action == "summary":
        return url_for("quizzes.summary", attempt_id=slot.attempt_id)
    elif sent.action == "next" and not moved:
        # An answer that can't be read is said so once; who goes on all the same may.
        stay = malformed is not None and isinstance(outcome, Saved) and outcome.new
        target = here if stay else here + 1
    if target > last:
        return url_for("quizzes.summary", attempt_id=slot.attempt_id)
    target = max(1, target)
    if target != here:
        service.go_to(slot, target)
    return _address(slot, target)


def _address(slot: Slot, position: int) -> str:
    return url_for("quizzes.question", attempt_id=slot.attempt_id, position=position)


def _answered_in_json(taken: Taken) -> tuple[Response, int]:
    outcome = taken.outcome
    if isinstance(outcome, Stale):
        return jsonify(saved=False, reason="stale"), 409
    if isinstance(outcome, Closed):
        return jsonify(saved=False, reason=outcome.reason, go=taken.address), 409
    return jsonify(
        saved=True,
        sequence=outcome.sequence,
        at=outcome.at.isoformat() if outcome.at else None,
        answered=taken.answered,
        malformed=_translated(taken.malformed),
        go=taken.address,
    ), 200


def _conflict_page(slot: Slot, fields: Mapping[str, list[str]], stale: Stale) -> Response:
    asked = question_of(slot.revision)
    describe = questions.type_of(asked).describe
    page = render_template(
        "quizzes/conflict.html",
        attempt=slot.attempt,
        slot=slot,
        fields=fields,
        mine=describe(asked, stale.mine),
        other=describe(asked, slot.response),
        certainty=stale.certainty,
        states=states,
    )
    return make_response(page)


def _carrier() -> URLSafeSerializer:
    """Carries an answer through an address, so that only this server can have written it."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="answer in conflict")


def _malformed(slot: Slot) -> str | None:
    asked = question_of(slot.revision)
    return questions.type_of(asked).malformed(asked, slot.response)


def _translated(message: Any) -> str | None:
    """A message of a question type in the reader's language."""
    return None if message is None else _(message.msgid, **message.values)


def _hand_in_if_over(found: Attempt) -> datetime | None:
    """The deadline of a running attempt; hands it in when its time is up, in a page that otherwise only reads."""
    deadline = service.effective_deadline(found) if found.state == "open" else None
    if deadline is not None and service.is_past(deadline, now()):
        begin_writing()
        service.expire(found, now())
        db.session.commit()
    return deadline
