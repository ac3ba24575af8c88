"""Any file of the course as it is: text, problems at their lines, a preview of lessons, saving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.course.unpublished import Unpublished
from webapp.content.file_names import COURSE_FILE
from webapp.content.folder_store import Conflict
from webapp.content.lessons.lesson_files import read_lesson
from webapp.content.problems import Problem, Problems
from webapp.content.yaml.source import with_line_feeds
from webapp.database import db
from webapp.editor import file_saving, publishing, saving
from webapp.editor.diffs import differences
from webapp.editor.pages.blueprint import (
    as_diagnostics,
    bp,
    by_script,
    can_write,
    given_note,
    given_reason,
    notice_edits,
    say_undecided,
    why_taken_out,
)
from webapp.editor.pages.lesson_preview import lesson_preview
from webapp.editor.removals import ReasonNeeded
from webapp.web import access
from webapp.web.current import course, course_problems, now, store

LARGEST = 1_500_000
"""Characters. A larger file is not sent to a browser and back; it is edited on disk."""


@bp.route("/instructor/bank/file", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def edit_file() -> Any:
    """A file as text; `?path=` says which, `&line=` where to begin."""
    path = request.args.get("path", "")
    if path not in store().files():
        raise NotFound
    if request.method == "POST":
        return _answer(path)
    notice_edits([path])
    try:
        text, digest = saving.current(store(), path)
    except Problems as problems:
        return _page(path, "", "", unreadable=problems.problems)
    return _page(path, text, digest)


def _answer(path: str) -> Any:
    text = with_line_feeds(request.form.get("text", ""))
    digest = request.form.get("digest", "")
    action, _colon, argument = request.form.get("action", "").partition(":")
    if action == "preview":
        return _preview(path, text)
    if action in ("draft", "publish") and _lesson_id(path):
        text, action = publishing.flagged_lesson(text, action == "draft"), "save"
    if action in ("save", "confirm", "over"):
        return _save(path, text, argument if action == "over" else digest, argument if action == "confirm" else "")
    _there, problems = saving.trial(store(), {path: text})
    if by_script():
        here = [each for each in problems if each.location.file == path]
        verdict = render_template("editor/_file_verdict.html", problems=problems, path=path)
        return jsonify(problems=as_diagnostics(here), verdict=verdict)
    return _page(path, text, digest, problems=problems, checked=True)


def _save(path: str, text: str, digest: str, confirmed: str) -> Any:
    def page(**more: Any) -> str:
        return _page(path, text, digest, **more)

    answer = save_file(path, text, digest, confirmed, address=url_for("editor.edit_file", path=path), page=page)
    if path == COURSE_FILE and answer is None:
        say_undecided()
    return answer or redirect(url_for("editor.edit_file", path=path))


def save_file(path: str, text: str, digest: str, confirmed: str, *, address: str, page: Callable[..., str]) -> Any:
    """Saves a file and commits; None then. Otherwise the answer that says why it was not saved: a page that asks for a
    reason and leads back to `address`, or what `page` makes of `meanings`, `current`, `problems` with `refused`, or
    `unwritable`."""
    try:
        file_saving.save(
            store(),
            course(),
            path,
            text,
            digest,
            user=current_person(),
            now=now(),
            confirmed=confirmed,
            said=given_note(),
            reason=given_reason(),
        )
    except ReasonNeeded as needed:
        return why_taken_out(needed, address)
    except file_saving.FileUnconfirmed as unconfirmed:
        return page(meanings=unconfirmed.meanings), 409
    except Conflict as conflict:
        db.session.rollback()
        return page(current=(conflict.current_text, conflict.current_digest)), 409
    except saving.Refused as refused:
        db.session.rollback()
        return page(problems=refused.problems, refused=True), 422
    except saving.ReadOnly as error:
        db.session.rollback()
        return page(unwritable=str(error)), 409
    db.session.commit()
    flash(_("Saved."), "success")
    return None


def _page(
    path: str,
    text: str,
    digest: str,
    *,
    problems: tuple[Problem, ...] | None = None,
    current: tuple[str, str] | None = None,
    **more: Any,
) -> str:
    if problems is None:
        problems = tuple(course_problems() or ())
    line = request.args.get("line", "")
    opened = as_opened(path, digest) if current is not None else None
    return render_template(
        "editor/file.html",
        path=path,
        text=text,
        digest=digest,
        problems=problems,
        line=int(line) if line.isdecimal() and len(line) < 8 else 0,
        lesson=_lesson_id(path),
        draft=_draft_in(path),
        schema=_schema(path),
        writable=can_write(path),
        too_large=len(text) > LARGEST,
        seal=saving.seal(text),
        note=given_note(),
        current=current,
        theirs=differences(opened or "", current[0]) if current is not None and opened is not None else None,
        mine=differences(current[0], text) if current is not None else None,
        **({"checked": False, "refused": False, "meanings": [], "unwritable": "", "unreadable": ()} | more),
    )


def as_opened(path: str, digest: str) -> str | None:
    """The text that somebody opened who is now too late, or None when nobody has kept it."""
    return saving.text_under(store(), path, digest)


def _lesson_id(path: str) -> str:
    """The id of the lesson in a file, or "" when it is none."""
    for file in course().lesson_files:
        if file.path == path and file.lesson is not None:
            return file.lesson.id
    draft = _draft_in(path)
    return draft.id if draft is not None else ""


def _draft_in(path: str) -> Unpublished | None:
    """The lesson in a file, when it is a draft."""
    return next((draft for draft in course().drafts.of_kind("lesson") if draft.place.file == path), None)


def _schema(path: str) -> str:
    """By which schema the keys of a file are completed; "" for none."""
    if path == COURSE_FILE:
        return "course"
    if path == course().ledger_path:
        return "ledger"
    return "questions" if path.endswith((".yaml", ".yml")) else ""


def _preview(path: str, text: str) -> Any:
    """The lesson as its readers will meet it; or what keeps it from being shown."""
    lesson_id = _lesson_id(path)
    if not lesson_id:
        raise NotFound
    found = read_lesson(text, path, lesson_id, course().facts if course().ledger else None)
    if found.lesson is None or found.problems:
        return _page(path, text, request.form.get("digest", ""), problems=tuple(found.problems), refused=True), 422
    return lesson_preview(found.lesson)
