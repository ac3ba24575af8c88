"""Where questions stand and whether they are in use: retiring one, and moving it to another pillar."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.folder_store import Conflict
from webapp.content.problems import Problems
from webapp.database import db
from webapp.editor import drafts, saving
from webapp.editor.drafts import Place
from webapp.editor.pages.blueprint import bp, to_file
from webapp.editor.yaml_roundtrip import edit, items
from webapp.web import access
from webapp.web.current import course, now, store


@bp.post("/instructor/bank/questions/<question_id>/retire")
@access.open_to(access.INSTRUCTOR)
def retire(question_id: str) -> Any:
    """Takes a question out of use, or back into it; old attempts keep it."""
    here = url_for("editor.edit_question", question_id=question_id)
    try:
        place = _found(question_id)
    except Problems as problems:
        return to_file(problems)
    assert place.item is not None
    values = dict(place.item.values)
    retired = request.form.get("retired") == "1"
    values.pop("retired", None)
    if retired:
        values["retired"] = "true"
    text = place.with_item(edit.revise(place.item.text, values))
    change = saving.Change(place.path, text, request.form.get("digest") or place.digest)
    action = "question.retired" if retired else "question.unretired"
    if _saved([change], action=action, subject=question_id):
        flash(_("Retired. It is kept for old attempts and no longer drawn.") if retired
              else _("Back in use. It can be drawn again."), "success")  # fmt: skip
    return redirect(here)


@bp.post("/instructor/bank/questions/<question_id>/move")
@access.open_to(access.INSTRUCTOR)
def move(question_id: str) -> Any:
    """Moves a question to the file of another pillar."""
    here = url_for("editor.edit_question", question_id=question_id)
    target = request.form.get("to", "")
    pillars = dict(drafts.question_files(course()))
    if target not in pillars:
        abort(400)
    try:
        place = _found(question_id)
        there = drafts.place_of(store(), "question", target)
    except Problems as problems:
        return to_file(problems)
    if target == place.path:
        flash(_("It is there already."), "info")
        return redirect(here)
    assert place.item is not None
    values = dict(place.item.values)
    section = values.get("section")
    if section and "/" not in section and place.path in pillars and pillars[place.path] != pillars[target]:
        # A section without its lesson means one of the pillar that the question leaves.
        values["section"] = f"{pillars[place.path]}/{section}"
    text = edit.revise(place.item.text, values)
    changes = [
        saving.Change(target, there.with_item(text), there.digest),
        saving.Change(
            place.path,
            items.removed(place.file_text, "questions", question_id),
            request.form.get("digest") or place.digest,
        ),
    ]
    if _saved(changes, action="question.moved", subject=question_id, to=target):
        flash(_("Moved to %(path)s.", path=target), "success")
    return redirect(here)


def _found(question_id: str) -> Place:
    """Where a question stands. Raises NotFound, and Problems when its file can't be read."""
    path = drafts.file_of(course(), question_id)
    if path is None:
        raise NotFound
    try:
        return drafts.place_of(store(), "question", path, question_id)
    except KeyError:
        raise NotFound from None


def _saved(changes: list[saving.Change], *, action: str, subject: str, **details: Any) -> bool:
    """Saves and commits; says why not when it can't be."""
    try:
        saving.save(store(), changes, user=current_person(), now=now(), action=action, subject=subject, **details)
    except saving.Refused as refused:
        db.session.rollback()
        said = "; ".join(str(problem) for problem in refused.problems[:3])
        flash(_("Nothing was changed, because the course would not be whole: %(problems)s", problems=said), "error")
        return False
    except Conflict:
        db.session.rollback()
        flash(_("Nothing was changed: somebody else has just saved this file. Look at it, and try again."), "error")
        return False
    except saving.ReadOnly as error:
        db.session.rollback()
        flash(_("Nothing was changed: the course folder can’t be written to (%(why)s).", why=str(error)), "error")
        return False
    db.session.commit()
    return True
