"""Shared material: the list of it, beginning one, editing one."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from werkzeug.exceptions import NotFound

from webapp.content.problems import Problems
from webapp.editor import drafts, edit_session
from webapp.editor.pages.bank import frame
from webapp.editor.pages.blueprint import bp, notice_edits, to_file
from webapp.editor.pages.items import answer, edit, show
from webapp.web import access
from webapp.web.current import course, store


@bp.get("/instructor/bank/materials")
@access.open_to(access.AUTHOR)
def materials() -> str:
    """What questions of the course share, with how many are shown with it."""
    notice_edits()
    drafted = [draft.question for draft in course().drafts.of_kind("question") if draft.question is not None]
    named = [question.material for question in (*course().questions, *drafted)]
    titles = {pillar.id: pillar.title for pillar in course().pillars}
    titles |= {pillar.id: pillar.title for pillar in course().drafts.pillars}
    found = [
        (material, file, titles.get(file.pillar, ""), named.count(material.id))
        for file, material in course().materials.values()
    ]
    return render_template("editor/materials.html", found=found, **frame())


@bp.route("/instructor/bank/materials/new", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def new_material() -> Any:
    """A material that is not in the course yet."""
    files = dict(drafts.question_files(course()))
    path = request.form.get("file") or request.args.get("file") or next(iter(files), "")
    if path not in files:
        abort(400)
    if request.method == "GET":
        notice_edits([path])
    try:
        place = drafts.place_of(store(), "material", path, broken=request.method == "POST")
    except Problems as problems:
        return to_file(problems)
    address = url_for("editor.new_material")
    if request.method == "POST":
        session = edit_session.resumed(store(), course(), place, request.form, pillar=files[path])
        return answer(session, address)
    return show(edit_session.opened(store(), course(), place, pillar=files[path]), address)


@bp.route("/instructor/bank/materials/<material_id>", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def edit_material(material_id: str) -> Any:
    """A material: form, YAML, preview, problems; saving it."""
    files = dict(drafts.question_files(course()))
    found = course().materials.get(material_id)
    path = found[0].path if found is not None else request.form.get("file", "")
    if path not in files:
        raise NotFound
    address = url_for("editor.edit_material", material_id=material_id)
    return edit("material", path, material_id, address, files[path])
