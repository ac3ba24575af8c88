"""The history of a file: who, when, what changed; and taking it back to any version."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.editor import file_saving, git_history, history, saving
from webapp.editor.diffs import differences
from webapp.editor.models import ContentVersion
from webapp.editor.pages.blueprint import bp, can_write, given_reason, notice_edits, said_when_saved, why_taken_out
from webapp.editor.removals import ReasonNeeded
from webapp.web import access
from webapp.web.current import course, now, store
from webapp.web.paging import PageOf, page_asked

FileVersion = ContentVersion | git_history.CommittedVersion
#: digits of the number of a row
LONGEST_NUMBER = 18


@bp.get("/instructor/bank/history")
@access.open_to(access.AUTHOR)
def file_history() -> str:
    """The versions of a file, the newest first; `?path=` says which file."""
    path = request.args.get("path", "")
    if path in store().files():
        notice_edits([path])
    versions: PageOf[ContentVersion] | PageOf[git_history.CommittedVersion] | None
    if (repository := store().repository) is not None:
        versions = git_history.versions(repository, path, page_asked()) if path in store().files() else None
    else:
        versions = history.versions(course().id, path, page_asked())
    if not versions:
        raise NotFound
    return render_template("editor/history.html", path=path, versions=versions)


@bp.get("/instructor/bank/history/<version_id>")
@access.open_to(access.AUTHOR)
def file_version(version_id: str) -> str:
    """One version: what it changed, and what going back to it would change now. With git it is a commit, and `?path=`
    says of which file."""
    version, before = _version(version_id)
    current, digest = saving.current(store(), version.path)
    return render_template(
        "editor/version.html",
        version=version,
        before=before,
        changed=differences(before.text, version.text) if before else None,
        back=differences(current, version.text),
        digest=digest,
        is_current=digest == version.digest,
        writable=version.path in store().files() and can_write(version.path),
    )


@bp.post("/instructor/bank/history/<version_id>/restore")
@access.open_to(access.AUTHOR)
def restore(version_id: str) -> Any:
    """Makes a file what it was in a version; the version in between stays in the history."""
    version, _before = _version(version_id)
    if version.path not in store().files():
        raise NotFound
    here = url_for("editor.file_version", version_id=version_id, path=request.args.get("path"))
    digest = request.form.get("digest", "")
    note = _("Back to the version of %(when)s", when=f"{version.at:%Y-%m-%d %H:%M} UTC")
    try:
        saved = said_when_saved(
            lambda: file_saving.restore(
                store(), version, digest, note=note, user=current_person(), now=now(), reason=given_reason()
            )
        )
    except ReasonNeeded as needed:
        return why_taken_out(needed, here)
    if saved:
        flash(_("The file is back to this version."), "success")
        return redirect(url_for("editor.file_history", path=version.path))
    return redirect(here)


def _version(version_id: str) -> tuple[FileVersion, FileVersion | None]:
    """A version of a file and the one before it: by the number of its row or, with git, by its commit. NotFound."""
    if (repository := store().repository) is not None:
        path = request.args.get("path", "")
        if path not in store().files():
            raise NotFound
        committed = git_history.version(repository, version_id, path)
        return committed, git_history.before(repository, committed)
    if not version_id.isascii() or not version_id.isdecimal() or len(version_id) > LONGEST_NUMBER:
        raise NotFound
    kept = history.version(course().id, int(version_id))
    return kept, history.before(kept)
