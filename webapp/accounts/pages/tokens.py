"""Tokens with which a person's programs sign in at the API."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts import api_tokens, password_again, sessions
from webapp.accounts.forms import SCOPES, TokenForm
from webapp.accounts.models import TokenScope
from webapp.accounts.pages.blueprint import bp
from webapp.accounts.sessions import current_person
from webapp.database import db
from webapp.web import access
from webapp.web.current import now
from webapp.web.security import private


@bp.route("/account/tokens", methods=["GET", "POST"])
@access.open_to(access.LEARNER)
@password_again.needed
@access.keeps_form
def tokens() -> ResponseReturnValue:
    """Shows what programs may sign in as the person, and makes a token for another one, which is shown this once."""
    user, signed_in = current_person(), sessions.here()
    form, made = TokenForm(user), None
    if form.validate_on_submit():
        try:
            made = api_tokens.make(
                user,
                name=form.name.data,
                scopes=[TokenScope(each) for each in form.scopes.data],
                days=form.days.data,
                second=signed_in is not None and signed_in.second,
                now=now(),
            )
        except api_tokens.TooMany:
            form.form_errors = [
                _("You have %(number)s tokens, as many as one may have. Take one back first.", number=api_tokens.MOST)
            ]
        else:
            db.session.commit()
            form = TokenForm(user, formdata=None)
    names = {scope.value: words for scope, words in SCOPES.items()}
    page = render_template("accounts/tokens.html", form=form, made=made, tokens=api_tokens.of(user), names=names)
    return private(page, 422 if form.refused else 200)


@bp.post("/account/tokens/<int:token_id>/end")
@access.open_to(access.LEARNER)
def end_token(token_id: int) -> ResponseReturnValue:
    """Takes a token back: the program that has it gets in no more."""
    if not api_tokens.take_back(current_person(), token_id, now=now()):
        abort(404)
    db.session.commit()
    flash(_("The token is taken back."), "success")
    return redirect(url_for("accounts.tokens", _anchor="tokens"), 303)
