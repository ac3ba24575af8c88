"""The password once more, before what would hurt most in the hands of somebody who found a device signed in.

A view says so:

    @bp.post("/admin/people/<int:user_id>/role")
    @access.open_to(access.ADMIN)
    @password_again.needed
    def change_role(user_id: int): ...

Whoever gave their password within ten minutes notices nothing; so does who signed in at an identity provider since,
which is how people without a password do it. Else a page asks for it; a form that was sent meanwhile
is kept in that page as `kept_forms` keeps it, and sent again with one button.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import kept_forms, sessions
from webapp.accounts.forms import ConfirmForm
from webapp.accounts.single_sign_on import identities
from webapp.web import prefix
from webapp.web.current import now, settings
from webapp.web.security import private

#: a password that was given so long ago need not be given again
FRESH_FOR = timedelta(minutes=10)

P = ParamSpec("P")


def is_fresh() -> bool:
    """Whether the person gave their password a moment ago, or is a guest, who has none. One that a clock which was
    put back sets in the future is fresh, too."""
    person, signed_in = sessions.person_or_none(), sessions.here()
    if person is None or signed_in is None:
        return False
    return person.is_guest or now() - signed_in.fresh_at <= FRESH_FOR


def needed(view: Callable[P, ResponseReturnValue]) -> Callable[P, Any]:
    """Marks a view that is opened only with a password that was given a moment ago."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if is_fresh() else ask()

    return guarded


def ask() -> ResponseReturnValue:
    """The page that asks for the password, and goes on with this request afterwards."""
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("accounts.confirm", next=prefix.here()), 303)
    form = ConfirmForm(formdata=None)
    form.kept.data = kept_forms.keep()
    return private(confirm_page(form), 401)


def confirm_page(form: ConfirmForm) -> str:
    """The page that asks for the password, or for a sign-in at an identity provider."""
    person = sessions.current_person()
    # Where a provider does not say when somebody signed in there, a password says more.
    asked = [provider for provider in settings().oidc if provider.tells_time or person.password_hash is None]
    ways = identities.ways_in(person, asked)
    return render_template("accounts/confirm.html", form=form, person=person, ways=ways)
