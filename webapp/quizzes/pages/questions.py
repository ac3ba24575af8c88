"""Answering: one question a page, what was sent, two answers to one question, and the summary before handing in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from flask import (
    Response,
    abort,
    current_app,
    flash,
    get_template_attribute,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from webapp import questions
from webapp.accounts.models import User
from webapp.accounts.sessions import current_person
from webapp.database import db, reads_first
from webapp.questions.responses import handed_file
from webapp.quizzes import attempt_state, results, service
from webapp.quizzes.answer_files import keeping as answer_files
from webapp.quizzes.attempt_state import Closed, Saved, Stale
from webapp.quizzes.forms import PREFIX, Sent, answer_fields
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.pages import exam_room
from webapp.quizzes.pages.blueprint import bp, hand_in_if_over
from webapp.quizzes.revisions import question_of
from webapp.web import access, metrics, offline
from webapp.web.addresses import url_for
from webapp.web.current import course, now, of_course


@bp.get("/attempts/<int:attempt_id>/questions/<int:position>")
@access.open_to(access.PARTICIPANT)
@offline.kept
def question(attempt_id: int, position: int) -> ResponseReturnValue:
    """One question of an open attempt."""
    attempt = of_course(service.attempt_for(current_person(), attempt_id))
    deadline = hand_in_if_over(attempt)
    if not attempt.is_open:
        return redirect(url_for("quizzes.result", attempt_id=attempt.id))
    exam_room.admit(attempt)
    slots = service.slots_of(attempt, revisions=True)
    if not 1 <= position <= len(slots):
        abort(404)
    left = attempt_state.seconds_left(deadline, now())
    asked = _asked(attempt, _state(attempt, slots))
    return render_template("quizzes/question.html", left=left, **asked(slots[position - 1]))


def _asked(attempt: Attempt, state: dict[str, Any]) -> Callable[[Slot], dict[str, Any]]:
    """What the page of a question shows, for any question of the paper; `state` is what `_state` gives."""
    checks = attempt_state.checks_at_once(attempt, now())
    certainty = attempt_state.asks_certainty(attempt, current_person().preferences)
    number: Callable[..., Markup] = get_template_attribute("quizzes/_parts.html", "number")

    @cache
    def numbers(slot: Slot, is_here: bool) -> Markup:
        """The number of a question in the map, which is another one on its own page."""
        leads_to = _address(slot, slot.position)
        return number(slot, is_here, attempt_state, state["answered"], state["unreadable"], leads_to)

    def of(slot: Slot) -> dict[str, Any]:
        question = question_of(slot.revision, slot.order_seed)
        kind = questions.type_of(question)
        order = kind.order(question, slot.order_seed)
        return state | {
            "title": _("Question %(n)s of %(total)s", n=slot.position, total=len(state["slots"])),
            "slot": slot,
            "question": question,
            "order": order,
            "form": kind.form(question, order, response=slot.response, prefix=PREFIX),
            "file": handed_file(slot.response),
            "review": results.review(slot, course()) if checks and attempt_state.is_checked(slot) else None,
            "checks": checks,
            "certainty": certainty,
            "numbers": numbers,
            "leads_to": partial(_leads_to, slot),
        }

    return of


def _state(attempt: Attempt, slots: Sequence[Slot]) -> dict[str, Any]:
    """How far a paper is, which each of its pages shows."""
    unreadable = {slot.position for slot in slots if attempt_state.unreadable(slot)}
    return {
        "attempt": attempt,
        "slots": slots,
        "unreadable": unreadable,
        "answered": {slot.position for slot in slots if slot.response is not None} - unreadable,
        "states": attempt_state,
    }


@bp.get("/attempts/<int:attempt_id>/paper")
@access.open_to(access.PARTICIPANT)
@offline.kept
def paper(attempt_id: int) -> Response:
    """Every question page of an open attempt and its summary, for the browser to keep: `{"pages": {address: HTML}}`.

    In one answer, because pages that differ by a question compress to little more than the questions. What they have
    in common is made once. No pages are in it when the attempt is handed in.
    """
    attempt = of_course(service.attempt_for(current_person(), attempt_id))
    deadline = hand_in_if_over(attempt)
    if not attempt.is_open:
        return jsonify(pages={})
    exam_room.admit(attempt)
    slots = service.slots_of(attempt, revisions=True)
    left = attempt_state.seconds_left(deadline, now())
    # No text on a page can be the same by chance, or by intent.
    place = secrets.token_hex()
    frame = render_template("quizzes/paper.html", attempt=attempt, left=left, place=place)
    before, between, after = frame.split(place)

    def page(template: str, shown: dict[str, Any]) -> str:
        return f"{before}{escape(shown['title'])}{between}{render_template(template, left=left, **shown)}{after}"

    state = _state(attempt, slots)
    asked = _asked(attempt, state)
    pages = {_address(slot, slot.position): page("quizzes/_question.html", asked(slot)) for slot in slots}
    pages[url_for("quizzes.summary", attempt_id=attempt.id)] = page("quizzes/_summary.html", _summed_up(state))
    return jsonify(pages=pages)


def save_after_sign_in(user: User, fields: dict[str, Any], at: datetime) -> str:
    """Saves the answer that met the end of a session, and goes on where it would have gone."""
    form: MultiDict[str, str] = MultiDict(
        [(name, value) for name, values in fields["form"].items() for value in values]
    )
    args = fields["args"]
    slot = service.slot_for(user, args["attempt_id"], args["position"])
    of_course(slot.attempt)
    exam_room.admit(slot.attempt)
    taken = _take(slot, form, at)
    if isinstance(taken.outcome, Stale):
        carried = _carrier().dumps([args["attempt_id"], args["position"], answer_fields(form)])
        return url_for("quizzes.conflict", **args, answer=carried)
    return taken.address


@bp.post("/attempts/<int:attempt_id>/questions/<int:position>")
@access.open_to(access.PARTICIPANT)
@access.continued_by(save_after_sign_in)
@reads_first
def save(attempt_id: int, position: int) -> ResponseReturnValue:
    """Saves an answer and goes where its button says; for scripts, says in JSON that it is saved."""
    slot = service.slot_for(current_person(), attempt_id, position)
    of_course(slot.attempt)
    exam_room.admit(slot.attempt)
    taken = _take(slot, request.form, now())
    db.session.commit()
    if isinstance(taken.outcome, Saved):
        metrics.count_answer()
    if request.accept_mimetypes.best == "application/json":
        return _answered_in_json(taken)
    if isinstance(taken.outcome, Stale):
        return _conflict_page(taken.slot, answer_fields(request.form), taken.outcome), 409
    return redirect(taken.address, 303)


@bp.get("/attempts/<int:attempt_id>/questions/<int:position>/conflict")
@access.open_to(access.PARTICIPANT)
def conflict(attempt_id: int, position: int) -> ResponseReturnValue:
    """Two different answers to one question: shows both, and lets the person choose. Nothing is lost."""
    slot = service.slot_for(current_person(), attempt_id, position)
    of_course(slot.attempt)
    try:
        of_attempt, at_position, fields = _carrier().loads(request.args.get("answer", ""))
    except BadData:
        abort(404)
    if (of_attempt, at_position) != (attempt_id, position):
        abort(404)
    if not slot.attempt.is_open:
        return redirect(url_for("quizzes.result", attempt_id=attempt_id))
    exam_room.admit(slot.attempt)
    form: MultiDict[str, str] = MultiDict([(name, value) for name, values in fields.items() for value in values])
    return _conflict_page(slot, fields, Stale(slot, _response(slot, form)[0], Sent.read(form).certainty))


@bp.get("/attempts/<int:attempt_id>/summary")
@access.open_to(access.PARTICIPANT)
@offline.kept
def summary(attempt_id: int) -> ResponseReturnValue:
    """What is answered, flagged and open, before handing in."""
    attempt = of_course(service.attempt_for(current_person(), attempt_id))
    deadline = hand_in_if_over(attempt)
    if not attempt.is_open:
        return redirect(url_for("quizzes.result", attempt_id=attempt.id))
    exam_room.admit(attempt)
    slots = service.slots_of(attempt, revisions=True)
    left = attempt_state.seconds_left(deadline, now())
    return render_template("quizzes/summary.html", left=left, **_summed_up(_state(attempt, slots)))


def _summed_up(state: dict[str, Any]) -> dict[str, Any]:
    """What the summary shows; `state` is what `_state` gives."""
    stems = {slot.position: question_of(slot.revision, slot.order_seed).stem for slot in state["slots"]}
    return state | {"title": _("Before you hand in"), "asked": stems}


# --- taking an answer ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TakenAnswer:
    """What became of an answer, and the page to show next."""

    slot: Slot
    outcome: Saved | Stale | Closed
    address: str
    malformed: str | None
    answered: bool


def _take(slot: Slot, form: MultiDict[str, str], at: datetime) -> TakenAnswer:
    """Saves what a question page sent and does what its button says. Flushes."""
    sent = Sent.read(form)
    response, malformed, moved = _response(slot, form)
    outcome = service.answer(
        slot,
        sequence=answer_files.sequence_of_text(slot, sent.sequence) if answer_files.takes_file(slot) else sent.sequence,
        response=response,
        certainty=sent.certainty,
        seconds=sent.seconds,
        now=at,
    )
    if isinstance(outcome, Stale):
        return TakenAnswer(slot, outcome, _address(slot, slot.position), malformed, attempt_state.is_answered(slot))
    if isinstance(outcome, Closed):
        if outcome.reason != "checked":
            service.expire(slot.attempt, at)
            if response is not None and response != slot.response:
                late = _("The time was up before this answer arrived. What was saved until then is handed in.")
                flash(late, "warning")
            address = url_for("quizzes.result", attempt_id=slot.attempt_id)
            return TakenAnswer(slot, outcome, address, malformed, attempt_state.is_answered(slot))
        if response is not None and response != slot.response:
            flash(_("This question was checked already, so its answer stays as it was."), "warning")
    address = _go(slot, sent, outcome, moved, malformed, at)
    return TakenAnswer(slot, outcome, address, malformed, attempt_state.is_answered(slot))


def _response(slot: Slot, form: MultiDict[str, str]) -> tuple[questions.Response | None, str | None, bool]:
    """The answer in a form: (response, why it can't be read, whether a button moved something)."""
    question = question_of(slot.revision, slot.order_seed)
    kind = questions.type_of(question)
    filled = kind.form(question, kind.order(question, slot.order_seed), formdata=form, prefix=PREFIX)
    response = filled.response()
    if kind.takes_file(question):
        response = answer_files.beside_file(slot, response)
    return response, kind.malformed(question, response), filled.moved


def _go(slot: Slot, sent: Sent, outcome: Saved | Closed, moved: bool, malformed: str | None, at: datetime) -> str:
    """Does what the button asked for, and gives the address to show."""
    if sent.action == "flag":
        service.flag(slot, sent.argument == "on")
    elif sent.action == "check" and malformed is None:
        service.check(slot, at)
    elif sent.action == "next":
        # An answer that can't be read is said so once; who goes on all the same may.
        stays = malformed is not None and isinstance(outcome, Saved) and outcome.new
        if moved or stays:
            return _address(slot, slot.position)
    elif sent.action == "finish" and slot.attempt.is_practice:
        unchecked = [each for each in slot.attempt.slots if not attempt_state.is_checked(each)]
        if not unchecked:
            service.submit(slot.attempt, at, actor_id=slot.attempt.user_id)
            return url_for("quizzes.result", attempt_id=slot.attempt_id)
        service.go_to(slot, unchecked[0].position)
        return _address(slot, unchecked[0].position)
    target = _target(slot, sent.action, sent.position)
    if target is not None and target != slot.position:
        service.go_to(slot, target)
    return _leads_to(slot, sent.action, sent.position)


def _target(slot: Slot, action: str, asked_for: int) -> int | None:
    """The question that a button of a question page leads to, or None for the summary.

    This is the one place that decides it: scripts and the service worker, which have to know it while there is no
    network, read it off the buttons (`data-leads-to`).
    """
    here, last = slot.position, slot.attempt.policy.questions
    target = {"next": here + 1, "previous": here - 1, "goto": asked_for, "summary": last + 1}.get(action, here)
    return max(1, target) if target <= last else None


def _leads_to(slot: Slot, action: str, asked_for: int = 0) -> str:
    """The address of where a button leads."""
    target = _target(slot, action, asked_for)
    if target is None:
        return url_for("quizzes.summary", attempt_id=slot.attempt_id)
    return _address(slot, target)


def _address(slot: Slot, position: int) -> str:
    return url_for("quizzes.question", attempt_id=slot.attempt_id, position=position)


def _answered_in_json(taken: TakenAnswer) -> tuple[Response, int]:
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
    question = question_of(slot.revision, slot.order_seed)
    describe = questions.type_of(question).describe
    page = render_template(
        "quizzes/conflict.html",
        attempt=slot.attempt,
        slot=slot,
        fields=fields,
        mine=describe(question, stale.mine),
        other=describe(question, slot.response),
        certainty=stale.certainty,
        states=attempt_state,
    )
    return make_response(page)


def _carrier() -> URLSafeSerializer:
    """Carries an answer through an address, so that only this server can have written it."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="answer in conflict")


def _translated(message: Any) -> str | None:
    """A message of a question type in the reader's language."""
    return None if message is None else _(message.msgid, **message.values)
