"""The history of a file: who, when, what changed; and taking it back to any version."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.folder_store import Conflict
from webapp.database import db
from webapp.editor import history, saving
from webapp.editor.diffs import differences
from webapp.editor.pages.blueprint import bp, can_write, notice_edits
from webapp.web import access
from webapp.web.current import now, store
from webapp.web.paging import page_asked


@bp.get("/instructor/bank/history")
@access.open_to(access.INSTRUCTOR)
def file_history() -> str:
    """The versions of a file, the newest first; `?path=` says which file."""
    path = request.args.get("path", "")
    if path in store().files():
        notice_edits([path])
    versions = history.versions(path, page_asked())
    if not versions:
        raise NotFound
    return render_template("editor/history.html", path=path, versions=versions)


@bp.get("/instructor/bank/history/<int:version_id>")
@access.open_to(access.INSTRUCTOR)
def file_version(version_id: int) -> str:
    """One version: what it changed, and what going back to it would change now."""
    found = history.version(version_id)
    before = history.before(found)
    try:
        current, digest = store().read(found.path)
    except FileNotFoundError:
        current, digest = "", ""
    return render_template(
        "editor/version.html",
        version=found,
        before=before,
        changed=differences(before.text if before else "", found.text) if before else None,
        back=differences(current, found.text),
        digest=digest,
        is_current=digest == found.digest,
        writable=found.path in store().files() and can_write(found.path),
    )


@bp.post("/instructor/bank/history/<int:version_id>/restore")
@access.open_to(access.INSTRUCTOR)
def restore(version_id: int) -> Any:
    """Makes a file what it was in a version; the version in between stays in the history."""
    found = history.version(version_id)
    here = url_for("editor.file_version", version_id=version_id)
    if found.path not in store().files():
        raise NotFound
    change = saving.Change(found.path, found.text, request.form.get("digest", ""))
    note = _("Back to the version of %(when)s", when=f"{found.at:%Y-%m-%d %H:%M} UTC")
    try:
        saving.save(
            store(),
            [change],
            user=current_person(),
            now=now(),
            action="file.restored",
            subject=found.path,
            origin=history.RESTORE,
            note=note,
            version=found.id,
        )
    except saving.Refused as refused:
        db.session.rollback()
        said = "; ".join(str(problem) for problem in refused.problems[:3])
        flash(_("Nothing was changed, because the course would not be whole: %(problems)s", problems=said), "error")
        return redirect(here)
    except Conflict:
        db.session.rollback()
        flash(_("Nothing was changed: somebody else has just saved this file. Look at it, and try again."), "error")
        return redirect(here)
    except saving.ReadOnly as error:
        db.session.rollback()
        flash(_("Nothing was changed: the course folder can’t be written to (%(why)s).", why=str(error)), "error")
        return redirect(here)
    db.session.commit()
    flash(_("The file is back to this version."), "success")
    return redirect(url_for("editor.file_history", path=found.path))
