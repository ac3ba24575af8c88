"""Writing questions and quizzes: by form and as YAML, with a preview; saving, moving, retiring."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.course.course_file import MIXED
from webapp.content.file_names import COURSE_FILE
from webapp.content.folder_store import Conflict
from webapp.content.problems import Problems
from webapp.database import db
from webapp.editor import drafts, impact, listing, saving, starters
from webapp.editor import edit_session as desks
from webapp.editor.diffs import differences
from webapp.editor.drafts import Place
from webapp.editor.pages.blueprint import as_diagnostics, bp, by_script, can_write, notice_edits, to_file
from webapp.editor.yaml_roundtrip import items
from webapp.questions import TYPES, scripts
from webapp.web import access
from webapp.web.current import course, now, store

# --- questions -------------------------------------------------------------------------------------------------------


@bp.get("/instructor/bank/new")
@access.open_to(access.INSTRUCTOR)
def choose_type() -> str:
    """The types of question, to begin one."""
    return render_template("editor/new.html", types=TYPES, pillar=_pillar(request.args.get("pillar", "")))


@bp.route("/instructor/bank/new/<type_name>", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
def new_question(type_name: str) -> Any:
    """A question that is not in the bank yet: empty, from the worked example, or a copy of another."""
    if type_name not in TYPES:
        raise NotFound
    path = request.form.get("file") or request.args.get("file") or _file_for(request.args.get("pillar", ""))
    pillar = dict(drafts.question_files(course())).get(path)
    if pillar is None:
        abort(400)
    notice_edits([path]) if request.method == "GET" else None
    try:
        place = drafts.place_of(store(), "question", path, broken=request.method == "POST")
    except Problems as problems:
        return to_file(problems)
    if request.method == "POST":
        desk = desks.taken(
            store(), course(), place, request.form, pillar=pillar, examples=starters.example_of(type_name)
        )
        return _answer(desk, url_for("editor.new_question", type_name=type_name))
    text = starters.skeleton("question", type_name)
    copied = request.args.get("copy")
    if copied:
        found = drafts.file_of(course(), copied)
        item = drafts.place_of(store(), "question", found, copied).item if found else None
        if item is None:
            raise NotFound
        text = starters.copy_of(item, (question.id for question in course().questions))
    elif request.args.get("example"):
        text = starters.example_text(type_name)
    desk = desks.opened(store(), course(), place, text=text, pillar=pillar, examples=starters.example_of(type_name))
    return _page(desk, url_for("editor.new_question", type_name=type_name))


@bp.route("/instructor/bank/questions/<question_id>", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
def edit_question(question_id: str) -> Any:
    """A question: form, YAML, preview, problems; saving it."""
    path = drafts.file_of(course(), question_id)
    if path is None:
        path = request.form.get("file", "")
        if path not in dict(drafts.question_files(course())):
            raise NotFound
    return _edit("question", path, question_id, dict(drafts.question_files(course())).get(path, ""))


# --- quizzes ---------------------------------------------------------------------------------------------------------


@bp.route("/instructor/bank/new-quiz", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
def new_quiz() -> Any:
    """A quiz that is not in the course yet."""
    notice_edits([COURSE_FILE]) if request.method == "GET" else None
    try:
        place = drafts.place_of(store(), "quiz", COURSE_FILE, broken=request.method == "POST")
    except Problems as problems:
        return to_file(problems)
    address = url_for("editor.new_quiz")
    if request.method == "POST":
        return _answer(desks.taken(store(), course(), place, request.form), address)
    return _page(desks.opened(store(), course(), place, text=starters.skeleton("quiz")), address)


@bp.route("/instructor/bank/quizzes/<quiz_id>", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
def edit_quiz(quiz_id: str) -> Any:
    """What a quiz draws, and on what terms it is taken."""
    return _edit("quiz", COURSE_FILE, quiz_id, "")


# --- both ------------------------------------------------------------------------------------------------------------


def _edit(kind: drafts.ItemKind, path: str, item_id: str, pillar: str) -> Any:
    notice_edits([path]) if request.method == "GET" else None
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
    gone = gone or bool(place.broken)
    if kind == "question":
        address = url_for("editor.edit_question", question_id=item_id)
    else:
        address = url_for("editor.edit_quiz", quiz_id=item_id)
    if request.method == "POST":
        return _answer(desks.taken(store(), course(), place, request.form, pillar=pillar, is_gone=gone), address)
    try:
        desk = desks.opened(store(), course(), place, pillar=pillar)
    except KeyError:
        # Its type is not one of ours, so there is no form for it.
        assert place.item is not None
        return redirect(url_for("editor.edit_file", path=path, line=place.item.first_line, _anchor="text"))
    return _page(desk, address)


def _answer(desk: desks.Desk, address: str) -> Any:
    """What a page gets that sent its form: the pieces that changed for a script, else the page; or, after saving, the
    way to where the item now stands."""
    action, _colon, argument = request.form.get("action", "").partition(":")
    if action in ("save", "confirm", "over"):
        return _save(desk, address, action, argument)
    if by_script():
        return jsonify(_pieces(desk))
    return _page(desk, address)


def _save(desk: desks.Desk, address: str, action: str, argument: str) -> Any:
    if desk.reconciled.both or not desk.verdict.is_fine:
        return _page(desk, address, refused=True), 422
    # What is new goes to the end of the file as it is now, whatever else was changed there.
    expected = argument if action == "over" else desk.place.digest if desk.is_new else desk.opened_digest
    if expected != desk.place.digest:
        return _page(desk, address, conflict=True), 409
    meaning = _meaning(desk)
    if meaning and not (action == "confirm" and argument == desk.seal):
        return _page(desk, address, meaning=meaning), 409
    text = desks.completed(desk, course())
    name = items.mapping_text(text)["id"]
    change = saving.Change(desk.place.path, desk.place.with_item(text), expected)
    kind = desk.place.kind
    verb = "added" if desk.is_new else "saved"
    try:
        saving.save(
            store(),
            [change],
            user=current_person(),
            now=now(),
            action=f"{kind}.{verb}",
            subject=name,
            note="\n".join(meaning.sentences),
        )
    except saving.Refused:
        db.session.rollback()
        return _page(desk, address, refused=True), 422
    except Conflict as conflict:
        db.session.rollback()
        desk.place = _again(desk.place, conflict)
        return _page(desk, address, conflict=True), 409
    except saving.ReadOnly as error:
        db.session.rollback()
        return _page(desk, address, unwritable=str(error)), 409
    db.session.commit()
    flash(_said(name, meaning), "success")
    there = "editor.edit_question" if kind == "question" else "editor.edit_quiz"
    return redirect(url_for(there, **{f"{kind}_id": name}))


def _again(place: Place, conflict: Conflict) -> Place:
    """The same place in the file as somebody else has just saved it."""
    name = place.item.id if place.item else None
    try:
        return drafts.place_of(store(), place.kind, place.path, name)
    except (KeyError, Problems):
        return Place(place.kind, place.path, conflict.current_text, conflict.current_digest)


def _meaning(desk: desks.Desk) -> impact.Meaning:
    """What saving this would mean for learners."""
    if desk.place.kind != "question" or desk.place.item is None or desk.verdict.question is None:
        return impact.Meaning(())
    old = course().question(desk.place.item.id)
    return impact.meaning(old, desk.verdict.question) if old is not None else impact.Meaning(())


def _said(name: str, meaning: impact.Meaning) -> Markup:
    said = Markup("{}").format(_("Saved."))
    if meaning.key_moves and meaning.used.graded:
        said += Markup(' <a href="{}">{}</a>').format(
            url_for("classes.regrade_question", question_id=name),
            _("Regrade the attempts that were graded against the old key"),
        )
    return said


def _page(desk: desks.Desk, address: str, **more: Any) -> str:
    question = course().question(desk.item_id) if desk.place.kind == "question" and not desk.is_new else None
    given: dict[str, Any] = {
        "refused": False,
        "conflict": False,
        "unwritable": "",
        "meaning": None,
    } | more
    if given["conflict"]:
        given["versions"] = _versions(desk)
    return render_template(
        "editor/desk.html",
        desk=desk,
        address=address,
        question=question,
        used=impact.usage(question.id) if question is not None else None,
        files=drafts.question_files(course()),
        titles={pillar.id: pillar.title for pillar in course().pillars} | {MIXED: _("Across the pillars")},
        kind=TYPES.get(desk.form.shape.field("type").choices[0]) if desk.place.kind == "question" else None,  # type: ignore[union-attr]
        scripts=scripts(),
        writable=can_write(desk.place.path),
        suggestions=_suggestions(desk),
        pool=_pool(desk),
        **given,
    )


def _versions(desk: desks.Desk) -> dict[str, Any]:
    """The three versions of an item that two people changed, and the differences between them."""
    there = desk.now_text
    return {
        "there": there,
        "theirs": differences(desk.opened, there or ""),
        "mine": differences(there or "", desk.text),
    }


def _pieces(desk: desks.Desk) -> dict[str, Any]:
    """The parts of the page that may have changed, for a script."""
    agreed = desk.reconciled
    replace_form = bool(desk.focus) or (agreed.from_yaml and not agreed.both and not agreed.broken)
    context = {
        "desk": desk,
        "suggestions": _suggestions(desk),
        "writable": can_write(desk.place.path),
        "pool": _pool(desk),
    }
    return {
        "yaml": desk.text,
        "base": desk.base,
        "type": desk.shape.field("type").choices[0] if desk.place.kind == "question" else "",  # type: ignore[union-attr]
        "form": render_template("editor/_form.html", **context) if replace_form else None,
        "preview": render_template("editor/_preview.html", **context),
        "verdict": render_template("editor/_verdict.html", **context),
        "problems": [
            diagnostic | {"line": remark.line, "column": remark.column}
            for remark, diagnostic in zip(
                desk.verdict.remarks,
                as_diagnostics([remark.problem for remark in desk.verdict.remarks]),
                strict=True,
            )
            if remark.elsewhere is None
        ],
        "focus": desk.focus,
        "both": agreed.both,
        "broken": bool(agreed.broken),
        "changed": desk.is_changed,
    }


def _suggestions(desk: desks.Desk) -> dict[str, list[tuple[str, str]]]:
    found = listing.suggestions(course())
    own = f"{desk.pillar}/"
    if desk.pillar and desk.place.kind == "question":
        found["section"] = [(name.removeprefix(own), title) for name, title in found["section"]]
    return found


def _pool(desk: desks.Desk) -> list[tuple[str, int, int]]:
    """For each rule of a quiz: in words what it draws, how many, and from how many."""
    there = desk.verdict.course or course()
    quiz = there.quiz(desk.item_id) if desk.place.kind == "quiz" else None
    if quiz is None:
        return []
    rows = []
    for rule in quiz.draw:
        parts = [*rule.from_, *rule.levels, *rule.difficulties, *rule.types, *rule.tags, *rule.questions]
        fits = sum(1 for question in there.questions if rule.matches(question))
        rows.append((", ".join(parts) or _("any question"), rule.count, fits))
    return rows


def _pillar(name: str) -> str:
    known = [pillar for _path, pillar in drafts.question_files(course())]
    return name if name in known else (known[0] if known else "")


def _file_for(pillar: str) -> str:
    wanted = _pillar(pillar)
    return next((path for path, each in drafts.question_files(course()) if each == wanted), "")
