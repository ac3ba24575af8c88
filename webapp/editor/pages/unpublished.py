"""What is not published yet: all drafts of the course, to be looked at and published together."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.accounts.sessions import current_person
from webapp.content.folder_store import Conflict
from webapp.content.problems import Problem, Problems
from webapp.database import db
from webapp.editor import impact, publishing, saving
from webapp.editor.pages.bank import frame
from webapp.editor.pages.blueprint import bp, notice_edits
from webapp.web import access
from webapp.web.current import course, now, store


@bp.route("/instructor/bank/unpublished", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def unpublished() -> Any:
    """The drafts, each with what is open about it; publishing those that are chosen."""
    if request.method == "POST":
        return _publish()
    notice_edits()
    return _page()


def _publish() -> Any:
    names = set(request.form.getlist("draft"))
    chosen = [draft for draft in publishing.publishable(course()) if publishing.name_of(draft) in names]
    if not chosen:
        return _page(said=_("Choose what is to be published.")), 422
    try:
        done = publishing.publish(
            store(),
            course(),
            chosen,
            seen=request.form.get("seen", ""),
            user=current_person(),
            now=now(),
            confirmed=request.form.get("action") == "confirm",
        )
    except publishing.PublishingUnconfirmed as unconfirmed:
        return _page(names, meaning=unconfirmed.meaning), 409
    except (publishing.LookedAway, Conflict):
        db.session.rollback()
        said = _("Nothing was published: the course has changed since you opened this list. Look at it again.")
        return _page(names, said=said), 409
    except (saving.Refused, Problems) as error:
        db.session.rollback()
        return _page(names, problems=tuple(error.problems)), 422
    except saving.ReadOnly as error:
        db.session.rollback()
        said = _("Nothing was published: the course folder can’t be written to (%(why)s).", why=str(error))
        return _page(names, said=said), 409
    db.session.commit()
    flash(ngettext("%(num)d draft is published.", "%(num)d drafts are published.", done.number), "success")
    return redirect(url_for("editor.unpublished"))


def _page(
    chosen: set[str] | None = None,
    *,
    said: str = "",
    problems: tuple[Problem, ...] = (),
    meaning: impact.Meaning | None = None,
) -> str:
    there = course()
    return render_template(
        "editor/unpublished.html",
        drafts=[(publishing.name_of(draft), draft) for draft in publishing.publishable(there)],
        waiting=[draft for draft in there.drafts.all if not draft.is_draft],
        chosen=chosen or set(),
        seen=there.digest,
        said=said,
        problems=problems,
        meaning=meaning,
        **frame(),
    )
