"""The parts of the course in their order: adding a pillar, naming, moving and taking one out, lessons around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.folder_store import Conflict
from webapp.content.problems import Problem, Problems
from webapp.database import db
from webapp.editor import saving, structure
from webapp.editor.pages.bank import frame
from webapp.editor.pages.blueprint import bp, given_reason, notice_edits, to_file, why_taken_out
from webapp.editor.removals import ReasonNeeded
from webapp.editor.structure import PillarInUse, Structure, StructureRefused
from webapp.web import access
from webapp.web.current import course, now, store


@bp.route("/instructor/bank/structure", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def course_structure() -> Any:
    """The pillars, the lessons around them and the quizzes, in order; changing that."""
    if request.method == "GET":
        notice_edits()
    try:
        there = structure.read(store(), course())
    except Problems as problems:
        return to_file(problems)
    return _page(there) if request.method == "GET" else _answer(there)


def _answer(there: Structure) -> Any:
    """Does what a button says: `verb` or `verb:list:id`. What is saved goes over the version that was looked at."""
    looked_at = replace(there, digest=request.form.get("digest", ""))
    verb, _colon, argument = request.form.get("action", "").partition(":")
    acts: dict[str, Callable[[Structure, str], str]] = {
        "add": _add,
        "text": _begin,
        "rename": _rename,
        "up": _move_up,
        "down": _move_down,
        "remove": _remove,
        "words": _words,
        "remove-quiz": _remove_quiz,
    }
    if verb not in acts:
        abort(400)
    try:
        leads_to = acts[verb](looked_at, argument)
    except KeyError:
        raise NotFound from None
    except StructureRefused as refused:
        return _page(there, errors=dict(refused.errors), at=argument or f":{verb}"), 422
    except PillarInUse as in_use:
        return _page(there, in_use=in_use.sentences, at=argument), 409
    except ReasonNeeded as needed:
        return why_taken_out(needed, url_for("editor.course_structure"))
    except saving.Refused as refused:
        db.session.rollback()
        return _page(there, problems=refused.problems), 422
    except Conflict:
        db.session.rollback()
        return _page(
            there, said=_("Nothing was changed: somebody else has just saved this file. Look at it, and try again.")
        ), 409
    except saving.ReadOnly as error:
        db.session.rollback()
        said = _("Nothing was changed: the course folder can’t be written to (%(why)s).", why=str(error))
        return _page(there, said=said), 409
    db.session.commit()
    return redirect(leads_to)


def _add(there: Structure, _argument: str) -> str:
    title, short, name = (" ".join(request.form.get(field, "").split()) for field in ("title", "short", "id"))
    path = structure.add_pillar(store(), there, title, short, name, user=current_person(), now=now())
    flash(_("The pillar is there and waits: learners meet it when its lesson is published. Write that now."), "success")
    return url_for("editor.edit_file", path=path)


def _begin(there: Structure, which: str) -> str:
    name = next((each for each in structure.AROUND if each == which), None)
    if name is None:
        abort(400)
    path = structure.add_around(store(), there, name, user=current_person(), now=now())
    flash(_("The lesson is begun as a draft. Write it now."), "success")
    return url_for("editor.edit_file", path=path)


def _rename(there: Structure, pillar_id: str) -> str:
    title, short = (" ".join(request.form.get(field, "").split()) for field in ("title", "short"))
    structure.rename_pillar(store(), there, pillar_id, title, short, user=current_person(), now=now())
    flash(_("Saved."), "success")
    return url_for("editor.course_structure")


def _move_up(there: Structure, argument: str) -> str:
    return _move(there, argument, -1)


def _move_down(there: Structure, argument: str) -> str:
    return _move(there, argument, 1)


def _move(there: Structure, argument: str, by: int) -> str:
    key, _colon, item_id = argument.partition(":")
    if key == "pillars":
        structure.move(store(), there, "pillars", item_id, by, user=current_person(), now=now())
    elif key == "quizzes":
        structure.move(store(), there, "quizzes", item_id, by, user=current_person(), now=now())
    else:
        abort(400)
    return url_for("editor.course_structure", _anchor=f"{key}-{item_id}")


def _remove(there: Structure, pillar_id: str) -> str:
    structure.remove_pillar(
        store(), course(), there, pillar_id, user=current_person(), now=now(), reason=given_reason()
    )
    flash(_("The pillar is taken out. Its folder stays on the server, and its history here."), "success")
    return url_for("editor.course_structure")


def _words(there: Structure, _argument: str) -> str:
    words = {name: " ".join(request.form.get(name, "").split()) for name in structure.WORDS}
    structure.rename_course(store(), there, words, user=current_person(), now=now())
    flash(_("Saved."), "success")
    return url_for("editor.course_structure")


def _remove_quiz(there: Structure, quiz_id: str) -> str:
    structure.remove_quiz(store(), there, quiz_id, user=current_person(), now=now(), reason=given_reason())
    flash(_("The quiz is taken out. Its history stays here."), "success")
    return url_for("editor.course_structure")


def _page(
    there: Structure,
    *,
    errors: dict[str, str] | None = None,
    in_use: tuple[str, ...] = (),
    problems: tuple[Problem, ...] = (),
    said: str = "",
    at: str = "",
) -> str:
    return render_template(
        "editor/structure.html",
        structure=there,
        errors=errors or {},
        in_use=in_use,
        problems=problems,
        said=said,
        at=at,
        given=request.form,
        **frame(),
    )
