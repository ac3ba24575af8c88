"""Questions: beginning one, editing one, taking one out of use, moving one."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.problems import Problems
from webapp.editor import drafts, edit_session, filing, starters
from webapp.editor.drafts import ItemPlace
from webapp.editor.pages.blueprint import bp, given_reason, notice_edits, said_when_saved, to_file, why_taken_out
from webapp.editor.pages.items import answer, edit, show
from webapp.editor.removals import ReasonNeeded
from webapp.questions import TYPES
from webapp.web import access
from webapp.web.current import course, now, store


@bp.get("/instructor/bank/new")
@access.open_to(access.AUTHOR)
def choose_type() -> str:
    """The types of question, to begin one."""
    return render_template("editor/new.html", types=TYPES, pillar=_pillar(request.args.get("pillar", "")))


@bp.route("/instructor/bank/new/<type_name>", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def new_question(type_name: str) -> Any:
    """A question that is not in the bank yet: empty, from the worked example, or a copy of another."""
    if type_name not in TYPES:
        raise NotFound
    path = request.form.get("file") or request.args.get("file") or _file_for(request.args.get("pillar", ""))
    pillar = dict(drafts.question_files(course())).get(path)
    if pillar is None:
        abort(400)
    if request.method == "GET":
        notice_edits([path])
    try:
        place = drafts.place_of(store(), "question", path, broken=request.method == "POST")
    except Problems as problems:
        return to_file(problems)
    address = url_for("editor.new_question", type_name=type_name)
    examples = starters.example_of(type_name)
    if request.method == "POST":
        session = edit_session.resumed(store(), course(), place, request.form, pillar=pillar, examples=examples)
        return answer(session, address)
    text = starters.skeleton("question", type_name)
    copied = request.args.get("copy")
    if copied:
        text = _copy_of(copied)
    elif request.args.get("example"):
        text = starters.example_text(type_name)
    session = edit_session.opened(store(), course(), place, text=text, pillar=pillar, examples=examples)
    return show(session, address)


@bp.route("/instructor/bank/questions/<question_id>", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def edit_question(question_id: str) -> Any:
    """A question: form, YAML, preview, problems; saving it."""
    files = dict(drafts.question_files(course()))
    path = drafts.file_of(course(), question_id) or request.form.get("file", "")
    if path not in files:
        raise NotFound
    address = url_for("editor.edit_question", question_id=question_id)
    return edit("question", path, question_id, address, files[path])


@bp.post("/instructor/bank/questions/<question_id>/retire")
@access.open_to(access.AUTHOR)
def retire(question_id: str) -> Any:
    """Takes a question out of use, or back into it; old attempts keep it."""
    try:
        place = _where(question_id)
    except Problems as problems:
        return to_file(problems)
    retired = request.form.get("retired") == "1"
    digest = request.form.get("digest", "")
    try:
        saved = said_when_saved(
            lambda: filing.retire(
                store(),
                place,
                retired=retired,
                digest=digest,
                user=current_person(),
                now=now(),
                reason=given_reason(),
            )
        )
    except ReasonNeeded as needed:
        return why_taken_out(needed, url_for("editor.edit_question", question_id=question_id))
    if saved:
        flash(_("Retired. It is kept for old attempts and no longer drawn.") if retired
              else _("Back in use. It can be drawn again."), "success")  # fmt: skip
    return redirect(url_for("editor.edit_question", question_id=question_id))


@bp.post("/instructor/bank/questions/<question_id>/take-out")
@access.open_to(access.AUTHOR)
def take_out(question_id: str) -> Any:
    """Takes a question, or the draft of one, out of the course."""
    here = url_for("editor.edit_question", question_id=question_id)
    try:
        place = _where(question_id)
    except Problems as problems:
        return to_file(problems)
    digest = request.form.get("digest", "")
    try:
        gone = said_when_saved(
            lambda: filing.take_out(
                store(), place, digest=digest, user=current_person(), now=now(), reason=given_reason()
            )
        )
    except ReasonNeeded as needed:
        return why_taken_out(needed, here)
    if not gone:
        return redirect(here)
    flash(
        _("The question is taken out. Below the list is the way to those that were, if it is wanted back."), "success"
    )
    return redirect(url_for("editor.bank"))


@bp.post("/instructor/bank/questions/<question_id>/move")
@access.open_to(access.AUTHOR)
def move(question_id: str) -> Any:
    """Moves a question to the file of another pillar."""
    here = redirect(url_for("editor.edit_question", question_id=question_id))
    target = request.form.get("to", "")
    if target not in dict(drafts.question_files(course())):
        abort(400)
    try:
        place = _where(question_id)
        there = drafts.place_of(store(), "question", target)
    except Problems as problems:
        return to_file(problems)
    if target == place.path:
        flash(_("It is there already."), "info")
        return here
    digest = request.form.get("digest", "")
    if said_when_saved(
        lambda: filing.move(store(), course(), place, there, digest=digest, user=current_person(), now=now())
    ):
        flash(_("Moved to %(path)s.", path=target), "success")
    return here


def _where(question_id: str) -> ItemPlace:
    """Where a question stands. Raises NotFound, and Problems when its file can't be read."""
    try:
        return filing.where(store(), course(), question_id)
    except KeyError:
        raise NotFound from None


def _copy_of(question_id: str) -> str:
    """The text of a question with an id that is free. Raises NotFound."""
    item = _where(question_id).item
    assert item is not None
    return starters.copy_of(item, (question.id for question in course().questions))


def _pillar(name: str) -> str:
    """The pillar with this name, else the first."""
    known = [pillar for _path, pillar in drafts.question_files(course())]
    return name if name in known else (known[0] if known else "")


def _file_for(pillar: str) -> str:
    wanted = _pillar(pillar)
    return next((path for path, each in drafts.question_files(course()) if each == wanted), "")
