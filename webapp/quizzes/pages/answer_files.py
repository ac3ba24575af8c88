"""Answers that are files: handing one in, taking it back, and downloading it.

They have addresses of their own, so that what saves, keeps and sends written answers need not know of files.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.database import db
from webapp.quizzes import service
from webapp.quizzes.answer_files import keeping
from webapp.quizzes.answer_files.kinds import ACCEPT, FileRefused, Why
from webapp.quizzes.attempt_state import Closed, Saved, Stale
from webapp.quizzes.models import Slot
from webapp.quizzes.pages import exam_room
from webapp.quizzes.pages.blueprint import bp
from webapp.web import access, bodies, metrics
from webapp.web.current import now, of_course
from webapp.web.security import RUNS_NOTHING, private


@bp.post("/attempts/<int:attempt_id>/questions/<int:position>/file")
@access.open_to(access.LEARNER)
@bodies.takes_files_of_learners
def hand_in_file(attempt_id: int, position: int) -> ResponseReturnValue:
    """Takes a file as the answer, or in the place of the one before. It is kept when this says so."""
    upload = request.files.get("file")
    raw = upload.read() if upload is not None else b""
    slot = _slot(attempt_id, position)
    try:
        if upload is None or not upload.filename:
            raise FileRefused(Why.MISSING)
        sent = keeping.FileSent.read(raw, upload.filename)
        outcome = keeping.hand_in(slot, sent, replaces=_number("replaces"), now=now())
    except FileRefused as refused:
        db.session.rollback()
        flash(_why(refused.why), "error")
        return redirect(url_for("quizzes.question", attempt_id=attempt_id, position=position), 303)
    if isinstance(outcome, Saved):
        flash(_("“%(name)s” is handed in.", name=sent.name), "success")
    return _answered(slot, outcome)


@bp.post("/attempts/<int:attempt_id>/questions/<int:position>/file/take-back")
@access.open_to(access.LEARNER)
def take_back_file(attempt_id: int, position: int) -> ResponseReturnValue:
    """Removes the file from the answer."""
    slot = _slot(attempt_id, position)
    outcome = keeping.take_back(slot, taken=_number("taken"), now=now())
    if isinstance(outcome, Saved):
        flash(_("The file is taken back, and not kept here any more."), "success")
    return _answered(slot, outcome)


@bp.get("/attempts/<int:attempt_id>/questions/<int:position>/file")
@access.open_to(access.PARTICIPANT)
def answer_file(attempt_id: int, position: int) -> Response:
    """The file, to be saved and never shown: for its learner, and once it is handed in for those who see the attempt.

    With `?nameless=1` it is called after its number, for whoever grades without names.
    """
    attempt = of_course(service.attempt_seen_by(current_person(), attempt_id))
    if attempt.user_id == current_person().id:
        exam_room.admit(attempt)
    elif attempt.is_open:
        abort(404)
    file = keeping.file_of(attempt, position)
    if file is None:
        abort(404)
    name = file.name
    if request.args.get("nameless"):
        name = f"answer-{file.slot_id}.{name.rpartition('.')[2]}"
    response = private(Response(file.content, mimetype=file.mimetype))
    response.headers["Content-Disposition"] = _as_attachment(name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = RUNS_NOTHING
    return response


@bp.app_template_global()
def files_taken() -> str:
    """The endings of the files that are taken, as a browser's dialog wants them."""
    return ACCEPT


@bp.app_template_filter()
def moment(written: str) -> datetime | None:
    """The time in an answer that was handed in as a file."""
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def _as_attachment(name: str) -> str:
    """The header that has a file saved under a name, for browsers old and new (RFC 6266). The name is clean already: it
    has no quotes, backslashes or control signs."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _slot(attempt_id: int, position: int) -> Slot:
    """The slot of one's own attempt, locked; NotFound where no file is asked for."""
    slot = service.slot_for(current_person(), attempt_id, position)
    of_course(slot.attempt)
    if not keeping.takes_file(slot):
        abort(404)
    exam_room.admit(slot.attempt)
    return slot


def _answered(slot: Slot, outcome: Saved | Stale | Closed) -> ResponseReturnValue:
    """Commits, and leads to the page that shows what is so now."""
    address = url_for("quizzes.question", attempt_id=slot.attempt_id, position=slot.position)
    if isinstance(outcome, Closed):
        if outcome.reason != "checked":
            service.expire(slot.attempt, now())
            address = url_for("quizzes.result", attempt_id=slot.attempt_id)
        flash(_("No more answers are taken here: nothing was changed."), "warning")
    elif isinstance(outcome, Stale):
        flash(
            _("Meanwhile the file was replaced or taken back on another page. Nothing was changed now: please look."),
            "warning",
        )
    db.session.commit()
    if isinstance(outcome, Saved):
        metrics.count_answer()
    return redirect(address, 303)


def _number(field: str) -> int:
    value = request.form.get(field, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else 0


def _why(why: Why) -> str:
    return {
        Why.MISSING: str(_("Please choose a file first.")),
        Why.EMPTY: str(_("The file is empty, so it was not taken.")),
        Why.TOO_LARGE: str(_("The file was not taken: it may have 10 megabytes at most.")),
        Why.UNKNOWN: str(
            _(
                "The file was not taken, because it is none of these: PDF, DOCX, ODT, plain text (UTF-8), PNG, JPEG or"
                " WebP. What it is called does not count."
            )
        ),
        Why.MACROS: str(_("The file was not taken, because it has macros. Save it without them, or as PDF.")),
        Why.TOO_MUCH_INSIDE: str(
            _("The file was not taken: unpacked, it would be too large. Save it with smaller pictures, or as PDF.")
        ),
        Why.QUOTA: str(_("The file was not taken: together with your other files it is too large.")),
    }[why]
