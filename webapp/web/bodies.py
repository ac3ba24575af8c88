"""How much somebody may send at once: little as a stranger, more with an account, files only at the instructors' desk.

What is too large is refused by the length that it states, before any of it is read or compared. So nobody can keep a
thread busy with a megabyte of text for a form of three lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, abort, current_app, request
from flask_babel import gettext as _
from flask_login import current_user

from webapp.web import access

KIB = 1024
#: by whom a form is sent: nobody who is signed in; a learner or guest; staff, at a page for staff
STRANGERS = 64 * KIB
LEARNERS = 256 * KIB
STAFF = 4 * KIB * KIB
#: the same with a file in it, where a view takes files (see `takes_files`): a picture, an hour of speech, or a course
FILES = 12 * KIB * KIB
#: characters of a form that has no files, even for staff: the longest file of a course, as a browser writes it
LONGEST_FORM = 2 * KIB * KIB
#: a form that is sent with a session that has ended: it is only kept, and travels with the sign-in (see
#: `accounts.kept_forms`, which keeps up to 256 KiB)
KEPT = 320 * KIB
#: the same before it is known whether it can be kept: whoever wrote more is told that it could not
TOO_LONG_TO_KEEP = KIB * KIB


def takes_files(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a view for staff to which files are sent."""
    view.takes_files = True  # type: ignore[attr-defined]  # a mark, as in access.open_to
    return view


def takes_files_of_learners(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a view to which whoever may open it sends files."""
    view.takes_files = view.from_learners = True  # type: ignore[attr-defined]  # marks, as above
    return view


def largest() -> int:
    """Bytes that this request may carry."""
    audience = access.audience_of(current_app, request.endpoint) if request.endpoint else None
    if current_user.is_authenticated:
        if audience in access.FOR_STAFF and access.belongs(audience):
            return FILES if _is_for_files() else STAFF
        if audience and _is_for_files("from_learners") and access.belongs(audience):
            return FILES
        return LEARNERS
    if request.endpoint == "accounts.sign_in":
        return KEPT
    if audience in {access.LEARNER, *access.FOR_STAFF}:
        return TOO_LONG_TO_KEEP
    return STRANGERS


def _is_for_files(mark: str = "takes_files") -> bool:
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), mark, False))


def size(number: int) -> str:
    """A number of bytes as people read it."""
    if number >= KIB * KIB:
        return str(_("%(number)s megabytes", number=number // (KIB * KIB)))
    return str(_("%(number)s kilobytes", number=number // KIB))


def init_app(app: Flask) -> None:
    """Has to come before whatever reads a form, the check of its token among them."""
    app.config.update(MAX_CONTENT_LENGTH=STAFF, MAX_FORM_MEMORY_SIZE=LONGEST_FORM)
    app.jinja_env.globals["most_at_once"] = lambda: size(min(request.max_content_length or STAFF, FILES))

    @app.before_request
    def refuse_what_is_too_large() -> None:
        if request.method in {"GET", "HEAD", "OPTIONS"} and not request.content_length:
            return
        request.max_content_length = largest()
        if (request.content_length or 0) > request.max_content_length:
            abort(413)
