"""The audit log, for admins."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request

from webapp.audit import words
from webapp.audit.log import LogFilter, actions, log_page, log_table
from webapp.ui.downloads import as_file
from webapp.web import access
from webapp.web.paging import page_asked

bp = Blueprint("audit", __name__)


def _chosen() -> LogFilter:
    return LogFilter(
        search=" ".join(request.args.get("q", "").split())[:100],
        action=request.args.get("action", "")[:40],
        first=_day("from"),
        last=_day("to"),
    )


def _day(name: str) -> date | None:
    """A day of the address; one that can't be read filters nothing."""
    with suppress(ValueError):
        return date.fromisoformat(request.args.get(name, ""))
    return None


@bp.get("/admin/audit")
@access.open_to(access.ADMIN)
def log() -> str:
    """Who did what to grades, people and content. `q`, `action`, `from`, `to` filter; fifty a page."""
    chosen = _chosen()
    arguments: dict[str, Any] = {
        name: request.args[name] for name in ("q", "action", "from", "to") if request.args.get(name)
    }
    shown = log_page(chosen, page_asked())
    return render_template(
        "audit/log.html",
        chosen=chosen,
        arguments=arguments,
        actions=actions(),
        shown=shown,
        names=words.names_of(shown.items),
        details_of=words.details_of,
    )


@bp.get("/admin/audit.<any(csv, xlsx):form>")
@access.open_to(access.ADMIN)
def log_export(form: str) -> Response:
    """The log as a file, with the page's filters."""
    return as_file(log_table(_chosen()), form)
