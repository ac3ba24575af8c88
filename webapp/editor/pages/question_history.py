"""The history of one question: each save that changed it, in words; bringing it back as it was, also after it was taken
out; and the list of those that were."""

from __future__ import annotations

import re
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from webapp import questions
from webapp.content.problems import Problems
from webapp.editor import drafts, edit_session, field_changes, question_history, saving
from webapp.editor.drafts import ItemPlace
from webapp.editor.pages.bank import frame
from webapp.editor.pages.blueprint import bp, can_write, given_note, notice_edits, to_file
from webapp.editor.pages.items import save
from webapp.editor.question_history import QuestionVersion
from webapp.editor.yaml_roundtrip import items
from webapp.questions.contract import Question
from webapp.web import access
from webapp.web.current import course, store
from webapp.web.paging import page_asked, page_of_list

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
#: versions on a page, and questions that are gone
_SIZE = 20


@bp.get("/instructor/bank/questions/<question_id>/history")
@access.open_to(access.AUTHOR)
def versions_of_question(question_id: str) -> str:
    """The saves in which a question changed, the newest first, each with what changed in words."""
    path = drafts.file_of(course(), question_id)
    if path is not None:
        notice_edits([path])
    shown = page_of_list(_versions(question_id), page_asked(), _SIZE)
    return render_template(
        "editor/question_history.html",
        question_id=question_id,
        versions=shown.of([(version, _changes(version)) for version in shown]),
        path=path,
        pages=shown,
    )


@bp.get("/instructor/bank/questions/<question_id>/history/<version_id>")
@access.open_to(access.AUTHOR)
def version_of_question(question_id: str, version_id: str) -> str:
    """A question as it was from one save on: as learners met it, and what bringing it back would change now."""
    version = _version(question_id, version_id)
    place = _place(question_id)
    text_now = place.item.text if place is not None and place.item is not None else None
    files = drafts.question_files(course())
    path = place.path if place is not None else version.path
    question = _question(version.text, dict(files).get(path, ""))
    titles = {pillar.id: pillar.title for pillar in course().pillars}
    titles |= {pillar.id: pillar.title for pillar in course().drafts.pillars}
    return render_template(
        "editor/question_version.html",
        question_id=question_id,
        version=version,
        changes=_changes(version),
        text_now=text_now,
        back=field_changes.changes("question", text_now, version.text) if text_now is not None else [],
        is_current=text_now is not None and items.tidy(text_now) == items.tidy(version.text),
        seen=saving.seal(text_now or ""),
        files=[(each, titles.get(pillar, pillar)) for each, pillar in files],
        path=path,
        shown=edit_session.preview(question, MultiDict(), "") if question is not None else None,
        answer=_right_answer(question),
        writable=can_write(path) if path in dict(files) else can_write(),
    )


@bp.post("/instructor/bank/questions/<question_id>/history/<version_id>/restore")
@access.open_to(access.AUTHOR)
def restore_question(question_id: str, version_id: str) -> Any:
    """Puts a question back as it was in a version, into its file as it is now; the rest of the file stays."""
    version = _version(question_id, version_id)
    try:
        place = _place(question_id)
        files = dict(drafts.question_files(course()))
        if place is None:
            if (path := request.form.get("file", "")) not in files:
                abort(400)
            place = drafts.place_of(store(), "question", path)
    except Problems as problems:
        return to_file(problems)
    if request.form.get("seen", "") != saving.seal(place.item.text if place.item is not None else ""):
        flash(_("Nothing was changed: somebody else has changed this question since. Look at it again."), "error")
        return redirect(url_for("editor.version_of_question", question_id=question_id, version_id=version_id))
    try:
        session = edit_session.opened(store(), course(), place, text=version.text, pillar=files.get(place.path, ""))
    except KeyError:  # a type that there is no more
        raise NotFound from None
    if place.item is not None:
        edit_session.rewrite(store(), course(), session, items.tidy(version.text))
        address = url_for("editor.edit_question", question_id=question_id)
    else:
        address = url_for("editor.new_question", type_name=session.type_name)
    said = _("Back to the version of %(when)s", when=f"{version.state.at:%Y-%m-%d %H:%M} UTC")
    return save(session, address, "save", "", ". ".join(filter(None, (said, given_note()))))


@bp.get("/instructor/bank/taken-out")
@access.open_to(access.AUTHOR)
def gone_questions() -> str:
    """The questions that stood in a file once and stand in none now, with the way to bring them back."""
    notice_edits()
    gone = page_of_list(question_history.gone(store()), page_asked(), _SIZE)
    return render_template("editor/gone_questions.html", gone=gone, **frame())


def _versions(question_id: str) -> list[QuestionVersion]:
    """The versions of a question. Raises NotFound where there was never one."""
    found = question_history.versions(store(), question_id) if _ID.fullmatch(question_id) else []
    if not found:
        raise NotFound
    return found


def _version(question_id: str, version_id: str) -> QuestionVersion:
    found = next((version for version in _versions(question_id) if version.id == version_id), None)
    if found is None:
        raise NotFound
    return found


def _changes(version: QuestionVersion) -> list[field_changes.FieldChange]:
    if version.before is None or version.act == "taken out":
        return []
    return field_changes.changes("question", version.before, version.text)


def _place(question_id: str) -> ItemPlace | None:
    """Where a question stands now; None when it is in no file. Raises Problems."""
    path = drafts.file_of(course(), question_id)
    try:
        return drafts.place_of(store(), "question", path, question_id) if path is not None else None
    except KeyError:
        return None


def _question(text: str, pillar: str) -> Question | None:
    """The question that a text makes, when it can be read."""
    try:
        return drafts.readable(items.mapping_text(text), pillar)
    except Problems:
        return None


def _right_answer(question: Question | None) -> str:
    if question is None:
        return ""
    shown = questions.variant(question, 1)
    kind = questions.type_of(shown)
    return "" if kind.rubric(shown) is not None else kind.describe(shown, kind.key(shown))
