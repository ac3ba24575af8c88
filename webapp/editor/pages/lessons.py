"""A lesson of the course: its front matter as fields, its text with a toolbar, a preview that follows the cursor."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound

from webapp.content.problems import Problems
from webapp.editor import lesson_session, lesson_starters, saving
from webapp.editor.diffs import differences
from webapp.editor.lesson_session import EditedLesson, LessonSession, NoFrontMatter
from webapp.editor.pages.blueprint import (
    as_diagnostics,
    bp,
    by_script,
    can_write,
    given_note,
    notice_edits,
    to_file,
)
from webapp.editor.pages.files import LARGEST, as_opened, save_file
from webapp.editor.pages.lesson_preview import lesson_preview
from webapp.web import access
from webapp.web.current import course, store


@bp.route("/instructor/bank/lessons/<lesson_id>", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def edit_lesson(lesson_id: str) -> Any:
    """A lesson to be edited; `?line=` says on which line of its file to begin."""
    path = lesson_session.path_of(course(), lesson_id)
    if path is None:
        raise NotFound
    place = EditedLesson(path, lesson_id)
    if request.method == "POST":
        return _answer(lesson_session.resumed(store(), course(), place, request.form))
    notice_edits([path])
    try:
        text, digest = saving.current(store(), path)
        if len(text) > LARGEST:
            raise NoFrontMatter
        session = lesson_session.opened(store(), course(), place, text, digest)
    except Problems as problems:
        return to_file(problems)
    except NoFrontMatter:
        return redirect(url_for("editor.edit_file", path=path))
    return _page(session)


def _answer(session: LessonSession) -> Any:
    action, _colon, argument = request.form.get("action", "").partition(":")
    if action in ("draft", "publish"):
        session.flag(action == "draft")
        action = "save"
    if action in ("save", "confirm", "over"):
        return _save(session, action, argument)
    if by_script():
        return jsonify(_pieces(session))
    if action == "preview":
        found = session.read(course())
        if found.lesson is not None and not found.problems:
            return lesson_preview(found.lesson)
        return _page(session, refused=True), 422
    return _page(session)


def _save(session: LessonSession, action: str, argument: str) -> Any:
    def page(**more: Any) -> str:
        # What is wrong stands at its field and line already.
        more.pop("problems", None)
        return _page(session, **more)

    address = url_for("editor.edit_lesson", lesson_id=session.place.lesson_id)
    digest = argument if action == "over" else session.digest
    confirmed = argument if action == "confirm" else ""
    return save_file(session.place.path, session.text, digest, confirmed, address=address, page=page) or redirect(
        address
    )


def _page(session: LessonSession, *, current: tuple[str, str] | None = None, **more: Any) -> str:
    """The page of a lesson. `current` is the file as somebody else has saved it meanwhile, and its digest."""
    path, line = session.place.path, request.args.get("line", "")
    at = int(line) if line.isdecimal() and len(line) < 8 else 0
    opened = as_opened(path, session.digest) if current is not None else None
    draft = course().drafts.find("lesson", session.place.lesson_id)
    return render_template(
        "editor/lesson.html",
        **_context(session),
        title=session.form.raw().get("title") or session.place.lesson_id,
        path=path,
        draft=draft,
        note=given_note(),
        line=max(at - session.edited.body_line + 1, 0),
        figures=lesson_starters.figures(),
        checks=lesson_starters.checks(),
        sorts=lesson_starters.sorts(course()),
        citable=lesson_starters.citable(course()),
        current=current,
        theirs=differences(opened or "", current[0]) if current is not None and opened is not None else None,
        mine=differences(current[0], session.text) if current is not None else None,
        **({"refused": False, "meanings": [], "unwritable": ""} | more),
    )


def _context(session: LessonSession) -> dict[str, Any]:
    """What the templates of a lesson need, whole or in pieces."""
    return {"edit_session": session, "suggestions": {}, "writable": can_write(session.place.path)}


def _pieces(session: LessonSession) -> dict[str, Any]:
    """The parts of the page that may have changed, for a script. Lines are those of the text, from 1."""
    context = _context(session)
    found = session.read(course())
    ahead = session.edited.body_line - 1
    in_text = [remark for remark in session.remarks if remark.line]
    diagnostics = as_diagnostics([remark.problem for remark in in_text if remark.problem is not None])
    return {
        "preview": lesson_preview(found.lesson) if found.lesson is not None else None,
        "ahead": ahead,
        "lines": {name: line - ahead for name, line in found.lines.items()},
        "verdict": render_template("editor/_lesson_verdict.html", **context),
        "problems": [each | {"line": each["line"] - ahead} for each in diagnostics],
        "form": render_template("editor/_form.html", **context) if session.is_renewed else None,
        "errors": _errors(session),
        "focus": session.focus,
    }


def _errors(session: LessonSession) -> list[tuple[str, str]]:
    """(id of a field, what is wrong with it), so that a form that is being typed into needs not be made anew."""
    said = []
    for remark in session.errors:
        if remark.field:
            message = remark.words or (remark.problem.message if remark.problem is not None else "")
            said.append((remark.field, message[:1].upper() + message[1:].removesuffix(".") + "."))
    return said
