"""The git repository that a course lies in: how it stands to the branch it follows, and what somebody has to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content.git_repository import BranchStanding, Clash, GitFailed, Repository
from webapp.content.yaml.source import with_line_feeds
from webapp.editor import git_history
from webapp.editor.diffs import DiffLine, differences
from webapp.editor.pages.blueprint import bp, can_write, comes_with_the_app
from webapp.web import access, current
from webapp.web.current import course_problems, store

#: characters of a file that can be decided on a page; a larger one is merged with git
LARGEST = 1_500_000


@dataclass(frozen=True, slots=True)
class ToDecide:
    """A file that was changed here and elsewhere, and what either side did to it."""

    clash: Clash
    here: list[DiffLine]
    elsewhere: list[DiffLine]


def _repository() -> Repository:
    repository = store().repository
    if repository is None:
        raise NotFound
    return repository


@bp.get("/instructor/bank/repository")
@access.open_to(access.AUTHOR)
def repository() -> str:
    """What is not committed, not sent or not brought in, and the files to decide about."""
    return _page(_repository())


@bp.post("/instructor/bank/repository")
@access.open_to(access.AUTHOR)
def update_repository() -> Any:
    """Asks for what was pushed, now and not at the next turn of the chore."""
    here = _repository()
    try:
        standing = git_history.bring_in(here, current.cache())
    except GitFailed as error:
        flash(_("Git could not do it: %(why)s", why=str(error)), "error")
    else:
        if standing is not None and standing.clashes:
            flash(_("Somebody else has changed the same places. Look at both, and decide."), "warning")
        else:
            flash(_("Here and elsewhere are the same now."), "success")
    return redirect(url_for("editor.repository"))


@bp.post("/instructor/bank/repository/decide")
@access.open_to(access.AUTHOR)
def decide_repository() -> Any:
    """Merges, with the texts of the form for all files that clash."""
    here = _repository()
    if not can_write() or comes_with_the_app():
        raise NotFound
    texts = {}
    for path in here.standing().clashes:
        text = request.form.get(f"text:{path}")
        if text is None:
            flash(_("More was changed meanwhile. Look at all of it, and decide once more."), "warning")
            return redirect(url_for("editor.repository"))
        texts[path] = with_line_feeds(text)
    try:
        git_history.decide(store(), texts, user=current_person())
    except GitFailed as error:
        return _page(here, texts, failed=str(error)), 409
    store().current()
    if course_problems():
        flash(
            _("Both sides are brought together, but the files have problems now. Learners see the last good edition."),
            "warning",
        )
    else:
        flash(_("Both sides are brought together."), "success")
    return redirect(url_for("editor.repository"))


def _page(here: Repository, texts: dict[str, str] | None = None, *, failed: str = "") -> str:
    upstream = here.upstream()
    standing, said = BranchStanding(0, 0), ""
    try:
        standing = here.standing() if upstream is not None else standing
    except GitFailed as error:
        said = str(error)
    paths = [path for path in standing.clashes if not path.startswith("/")]
    clashes = [_to_decide(here.clash(path)) for path in paths]
    worker = current_app.extensions.get("chores")
    state = worker.states.get("repository") if worker is not None else None
    return render_template(
        "editor/repository.html",
        upstream=upstream,
        standing=standing,
        uncommitted=here.uncommitted(),
        clashes=clashes,
        outside=[path.removeprefix("/") for path in standing.clashes if path.startswith("/")],
        too_large=any(len(each.clash.here or "") > LARGEST for each in clashes),
        texts=texts or {},
        failed=failed or said or (state.failure if state is not None else ""),
    )


def _to_decide(clash: Clash) -> ToDecide:
    before = clash.before or ""
    return ToDecide(clash, differences(before, clash.here or ""), differences(before, clash.elsewhere or ""))
