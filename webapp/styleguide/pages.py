"""Every part of the design on one page, for those who work on it."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, render_template
from flask_babel import gettext as _

from webapp.styleguide import specimens
from webapp.web import access

bp = Blueprint("styleguide", __name__)


@bp.get("/styleguide")
@access.open_to(access.ANYONE)
def styleguide() -> str:
    """Every part of the design in every state; in development only."""
    if not (current_app.debug or current_app.testing):
        abort(404)
    return render_template("styleguide/styleguide.html", specimens=specimens, title=_("Parts of the design"))
