"""What the pages of questions, quizzes and materials have in common: showing one that is edited, and saving it."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.course.course_file import MIXED
from webapp.content.course.quiz import DrawRule
from webapp.content.folder_store import Conflict
from webapp.content.problems import Problems
from webapp.database import db
from webapp.editor import drafts, edit_session, impact, item_merging, item_saving, saving
from webapp.editor.bank.suggestions import suggestions
from webapp.editor.diffs import differences
from webapp.editor.edit_session import EditSession
from webapp.editor.forms.chosen import FIND, Picker, picker
from webapp.editor.item_merging import Merging
from webapp.editor.item_saving import SavedItem
from webapp.editor.pages.blueprint import (
    as_diagnostics,
    by_script,
    can_write,
    given_note,
    given_reason,
    notice_edits,
    say_undecided,
    to_file,
    why_taken_out,
)
from webapp.editor.removals import ReasonNeeded
from webapp.questions import TYPES, scripts
from webapp.web.current import course, now, store

#: changes of somebody else that are told in the line after a save
_SAID = 5


def edit(kind: drafts.ItemKind, path: str, item_id: str, address: str, pillar: str = "") -> Any:
    """The page of an item of a file, or what its form gets."""
    if request.method == "GET":
        notice_edits([path])
    gone = False
    try:
        # What was typed must not be lost over a file that somebody else broke meanwhile.
        place = drafts.place_of(store(), kind, path, item_id, broken=request.method == "POST")
    except Problems as problems:
        return to_file(problems)
    except KeyError:
        if request.method != "POST":
            raise NotFound from None
        place, gone = drafts.place_of(store(), kind, path), True
    if request.method == "POST":
        gone = gone or bool(place.broken)
        session = edit_session.resumed(store(), course(), place, request.form, pillar=pillar, is_gone=gone)
        return answer(session, address)
    try:
        session = edit_session.opened(store(), course(), place, pillar=pillar, seed=request.args.get("seed", ""))
    except KeyError:
        # Its type is not one of ours, so there is no form for it.
        assert place.item is not None
        return redirect(url_for("editor.edit_file", path=path, line=place.item.first_line, _anchor="text"))
    return show(session, address)


def answer(session: EditSession, address: str) -> Any:
    """What a page gets that sent its form: the pieces that changed for a script, else the page; or, after saving, the
    way to where the item now stands."""
    action, _colon, argument = request.form.get("action", "").partition(":")
    if action in ("save", "draft", "publish", "confirm", "over", "theirs"):
        return save(session, address, action, argument)
    if by_script():
        return jsonify(_pieces(session))
    return show(session, address)


def save(session: EditSession, address: str, action: str, argument: str, note: str | None = None) -> Any:
    """Saves what is edited and leads to it, or shows the page with what stands against it. `note` is said of the
    change, else what the page sent."""
    note = given_note() if note is None else note
    kind = session.place.kind
    try:
        saved = item_saving.save(
            store(),
            course(),
            session,
            user=current_person(),
            now=now(),
            confirmed=argument if action == "confirm" else "",
            over=argument if action in ("over", "theirs") else None,
            take_theirs=action == "theirs",
            said=note,
            reason=given_reason(),
        )
    except ReasonNeeded as needed:
        return why_taken_out(needed, address)
    except (item_saving.NotReady, saving.Refused):
        db.session.rollback()
        return show(session, address, refused=True, note=note), 422
    except item_saving.ItemUnconfirmed as unconfirmed:
        return show(session, address, meaning=unconfirmed.meaning, merging=unconfirmed.merging, note=note), 409
    except Conflict:
        db.session.rollback()
        merging = item_merging.merge(store(), course(), session)
        return show(session, address, versions=_versions(session), merging=merging, note=note), 409
    except saving.ReadOnly as error:
        db.session.rollback()
        return show(session, address, unwritable=str(error), note=note), 409
    db.session.commit()
    flash(_said(saved), "success")
    if kind == "quiz":
        say_undecided()
    if kind == "question":
        return redirect(url_for("editor.edit_question", question_id=saved.item_id))
    if kind == "material":
        return redirect(url_for("editor.edit_material", material_id=saved.item_id))
    return redirect(url_for("editor.edit_quiz", quiz_id=saved.item_id))


def _said(saved: SavedItem) -> Markup:
    words = (
        _("Saved. It is published now.")
        if saved.is_published
        else _("Saved as a draft.")
        if saved.is_draft
        else _("Saved.")
    )
    said = Markup("{}").format(words)
    if saved.merging.beside:
        said += " " + _("Somebody else had changed another part of the file meanwhile; both are kept.")
    elif saved.merging.taken:
        theirs = "; ".join(change.said for change in saved.merging.taken[:_SAID])
        theirs += "; …" if len(saved.merging.taken) > _SAID else ""
        said += " " + _("Somebody else had changed this meanwhile, and it is kept, too: %(fields)s.", fields=theirs)
    if saved.meaning.key_moves and saved.meaning.used.graded:
        said += Markup(' <a href="{}">{}</a>').format(
            url_for("classes.regrade_question", question_id=saved.item_id),
            _("Regrade the attempts that were graded against the old key"),
        )
    return said


def show(
    session: EditSession,
    address: str,
    *,
    refused: bool = False,
    meaning: impact.Meaning | None = None,
    versions: dict[str, Any] | None = None,
    merging: Merging | None = None,
    unwritable: str = "",
    note: str | None = None,
) -> str:
    """The page of an item that is edited. `versions` are those that two people made of it at once, and
    `merging` is what could be brought together of them."""
    question = None
    if session.place.kind == "question" and not session.is_new:
        draft = course().drafts.find("question", session.item_id)
        question = course().question(session.item_id) or (draft.question if draft is not None else None)
    titles = {pillar.id: pillar.title for pillar in course().pillars}
    titles |= {pillar.id: pillar.title for pillar in course().drafts.pillars}
    return render_template(
        "editor/edit_session.html",
        **_context(session),
        address=address,
        question=question,
        used=impact.usage(course().id, question.id) if question is not None else None,
        asking=[each for each in course().questions if each.material == session.item_id]
        if session.place.kind == "material" and not session.is_new
        else [],
        files=drafts.question_files(course()),
        titles=titles | {MIXED: _("Across the pillars")},
        kind=TYPES.get(session.type_name),
        scripts=scripts(),
        refused=refused,
        meaning=meaning,
        conflict=versions is not None,
        versions=versions,
        merging=merging,
        unwritable=unwritable,
        note=given_note() if note is None else note,
    )


def _versions(session: EditSession) -> dict[str, Any]:
    """The differences between the three versions of an item that two people changed."""
    there = session.now_text or ""
    return {"theirs": differences(session.opened, there), "mine": differences(there, session.text)}


def _pieces(session: EditSession) -> dict[str, Any]:
    """The parts of the page that may have changed, for a script."""
    agreed, context = session.reconciled, _context(session)
    remarks = [remark for remark in session.trial.remarks if remark.elsewhere is None]
    diagnostics = as_diagnostics([remark.problem for remark in remarks])
    return {
        "yaml": session.text,
        "base": session.base,
        "type": session.type_name,
        "form": render_template("editor/_form.html", **context) if session.form_changed else None,
        "preview": render_template("editor/_preview.html", **context),
        "verdict": render_template("editor/_verdict.html", **context),
        "problems": [
            diagnostic | {"line": remark.line, "column": remark.column}
            for remark, diagnostic in zip(remarks, diagnostics, strict=True)
        ],
        "focus": session.focus,
        "both": agreed.both,
        "broken": bool(agreed.broken),
        "changed": session.is_changed,
    }


def _words(rule: DrawRule) -> str:
    """What a rule of a quiz draws from."""
    parts = [*rule.from_, *rule.levels, *rule.difficulties, *rule.types, *rule.tags, *rule.questions]
    return ", ".join(parts) or _("any question")


def _picker(field: Any) -> Picker:
    """The questions to choose from for a field that names some."""
    names = [name.strip() for name in (field.data or "").split(",")]
    find = request.form.get(f"{field.name}{FIND}", "")[:200]
    return picker(course(), [name for name in names if name], find)


def _context(session: EditSession) -> dict[str, Any]:
    """What the templates of an item need, whole or in pieces."""
    return {
        "edit_session": session,
        "suggestions": suggestions(
            course(), session.pillar if session.place.kind == "question" else "", session.place.path
        ),
        "pick": _picker,
        "writable": can_write(session.place.path),
        "pools": [(_words(rule), rule.count, fits) for rule, fits in edit_session.pools(session, course())],
    }
