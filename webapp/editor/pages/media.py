"""Pictures and recordings of the course: what there is, where it is used; putting in another one, taking one out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.folder_store import Conflict, NotPartOfCourse
from webapp.content.media.names import Medium, is_recording
from webapp.content.yaml.source import with_line_feeds
from webapp.database import db
from webapp.editor import media_files, saving
from webapp.editor.media_files import MediumUse, Upload, UploadRefused
from webapp.editor.pages.bank import frame
from webapp.editor.pages.blueprint import bp, by_script, notice_edits
from webapp.web import access, bodies
from webapp.web import media as served
from webapp.web.current import course, now, store
from webapp.web.paging import page_asked, page_of_list

#: rows of a page
SIZE = 50


@dataclass(frozen=True, slots=True)
class MediumRow:
    """A picture or recording in the list."""

    medium: Medium
    address: str
    size: int | None
    uses: list[MediumUse]

    @property
    def is_recording(self) -> bool:
        return is_recording(self.medium.name)


@bp.route("/instructor/bank/media", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
@bodies.takes_files
def media() -> Any:
    """What the folder `media` holds; and taking another file into it."""
    if request.method == "POST":
        return _add()
    notice_edits()
    return _page()


def _add() -> Any:
    sent = request.files.get("file")
    raw = b""
    if sent is not None:
        with sent.stream as stream:
            raw = stream.read()
    upload = Upload(
        raw=raw,
        called=(sent.filename or "") if sent is not None else "",
        alt=request.form.get("alt", "").strip(),
        is_decorative=bool(request.form.get("decorative")),
        words=with_line_feeds(request.form.get("words", "")).strip(),
        is_listening=bool(request.form.get("listening")),
    )
    try:
        written = media_files.add(store(), upload, user=current_person(), now=now())
    except UploadRefused as refused:
        return _refused(upload, refused)
    except saving.Refused as refused:
        db.session.rollback()
        return _refused(upload, UploadRefused(("words", str(refused.problems[0])), is_translated=False))
    except Conflict:
        db.session.rollback()
        return _refused(upload, UploadRefused(("words", _("Somebody else has just saved these words. Send it again."))))
    except (saving.ReadOnly, NotPartOfCourse) as error:
        db.session.rollback()
        why = _("It can’t be kept: the course folder can’t be written to (%(why)s).", why=str(error))
        return _refused(upload, UploadRefused(("file", why)))
    db.session.commit()
    if by_script():
        return jsonify(written=written)
    said = Markup("{} <code>{}</code>").format(_("It is there. Write this where it is to be seen or heard:"), written)
    flash(said, "success")
    return redirect(url_for("editor.media"))


def _refused(upload: Upload, refused: UploadRefused) -> Any:
    if by_script():
        return jsonify(errors=refused.errors, language="" if refused.is_translated else "en"), 422
    return _page(upload, refused), 422


@bp.post("/instructor/bank/media/remove")
@access.open_to(access.AUTHOR)
def remove_medium() -> Any:
    """Takes out what no text shows."""
    name = request.form.get("name", "")
    try:
        media_files.remove(store(), name, user=current_person(), now=now())
    except media_files.InUse:
        flash(_("It stays: a text shows it. Take it out there first."), "error")
    except (NotPartOfCourse, FileNotFoundError):
        raise NotFound from None
    except saving.ReadOnly as error:
        db.session.rollback()
        flash(_("Nothing was changed: the course folder can’t be written to (%(why)s).", why=str(error)), "error")
    else:
        db.session.commit()
        flash(_("%(name)s is taken out.", name=name), "success")
    return redirect(url_for("editor.media"))


def _page(upload: Upload | None = None, refused: UploadRefused | None = None) -> str:
    there = page_of_list(sorted(course().media.values(), key=lambda medium: medium.name), page_asked(), SIZE)
    used = media_files.uses(store())
    errors: dict[str, list[str]] = {}
    for name, words in refused.errors if refused is not None else ():
        errors.setdefault(name, []).append(words)
    return render_template(
        "editor/media.html",
        rows=there.of([_row(medium, used.get(medium.name, [])) for medium in there]),
        upload=upload,
        errors=errors,
        errors_language="en" if refused is not None and not refused.is_translated else None,
        **frame(),
    )


def _row(medium: Medium, uses: list[MediumUse]) -> MediumRow:
    try:
        size = (store().bank / medium.name).stat().st_size
    except OSError:
        size = None
    return MediumRow(medium, served.addresses(medium)[0][0], size, uses)
