"""Every form of the app, as it stands on its page, with what no honest person types in one field after the other.

Unlike tests/web/test_hostile_input.py, which sends anything anywhere, all else in the form is as the page had it: so
the value gets past the token and the other fields, to the code that works with it.

`FORM_VALUES=40 pytest tests/web/test_forms.py` tries more values in each field.
"""

from __future__ import annotations

import inspect
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
import wtforms
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from werkzeug.routing import Rule
from wtforms.fields.core import UnboundField
from wtforms.validators import Length, NumberRange

from tests.clients import within
from tests.conftest import session_of
from tests.time_limits import CROWDED
from tests.web.test_access import OBJECTS, World, content, kept, make, rules, world
from tests.web.test_hostile_input import HOSTILE, leads_away, least, refresh_all
from webapp.accounts.forms import GoodPassword
from webapp.web.current import COURSE

__all__ = ["world"]

VALUES = int(os.environ.get("FORM_VALUES", "1"))
#: besides those of HOSTILE: just inside and just outside of what fields take, and what is dear to look at
BOUNDARY = (
    " ", "  \t ", "0.0", "-0", "1e-400", "1e400", "sNaN", "NaN123", "+1", "1_000", "1,5", "۵", "2147483648", "2", "y",
    "on", "learner", "admin", "None", "[]", "{}", "x" * 40, "x" * 41, "x" * 254, "x" * 255, "x" * 500, "x" * 501,
    "\u0301\u0316" * 10_000, "\ufdfa" * 5_000, "ß" * 200, "İ" * 300, "a@" + "b." * 120, "a@b", "@",
    "a" * 65 + "@example.org", "2026-11-28T12:00", "2026-03-29T02:30", "9999-12-31T23:59:59", "10.0.0.0/99",
    "::/0\n" * 40, "::1%eth0", "1.2.3.4/0.0.0.0", "f" * 64, "Europe/Berlin", "../UTC",
)  # fmt: skip
#: a page of these tells of a defect, not of what was typed
DEFECT = ("Traceback (most recent call last)", "sqlalchemy.exc", "jinja2.exceptions", "werkzeug.exceptions")
REFUSED = {400, 401, 403, 404, 405, 409, 413, 422, 429}
#: what a look may change: sessions are used, guests come by
PASSING = {"session", "user"}


@dataclass
class PageForm:
    """A form that sends: where to, and what it holds as it stands."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms with method post of a page, without those of its frame (language, sign-out)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[PageForm] = []
        self.inside: PageForm | None = None
        self.select = self.area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.inside = PageForm(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            if self.inside is not None:
                self.found.append(self.inside)
        if self.inside is None:
            return
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "input" and name and (kind not in {"radio", "checkbox", "file"} or "checked" in given):
            self.inside.fields[name] = given.get("value", "on")
        elif tag == "input" and name and kind in {"radio", "checkbox"}:
            self.inside.fields.setdefault(name, "")
        elif tag == "button" and name:
            self.inside.fields.setdefault(name, given.get("value", ""))
        elif tag == "select":
            self.select = name
            self.inside.fields.setdefault(name, "")
        elif tag == "option" and self.select and ("selected" in given or not self.inside.fields[self.select]):
            self.inside.fields[self.select] = given.get("value", "")
        elif tag == "textarea":
            self.area = name
            self.inside.fields.setdefault(name, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.inside is not None and self.area:
            self.inside.fields[self.area] += data


def path_of(world: World, rule: Rule) -> str:
    values = content(rule) | (make(world, rule.endpoint) if rule.endpoint in OBJECTS else {})
    with world.app.test_request_context():
        return (rule.build(values) or ("", ""))[1]


def browser(world: World, who: str) -> FlaskClient:
    client = world.app.test_client()
    if who != "anonymous":
        client.set_cookie("session", session_of(world.app, world.ids[who]))
    return client


def pages(world: World) -> Iterator[tuple[Rule, str]]:
    """Pages with forms, and who opens them. The editor has test_nothing_that_is_typed_breaks_the_editor."""
    for rule in sorted(rules(world.app), key=lambda each: each.rule):
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(f"{COURSE}/instructor/bank"):
            yield rule, least(world, rule.endpoint)


def signature(form: PageForm) -> tuple[Any, ...]:
    where = "".join("#" if char.isdigit() else char for char in form.action.partition("?")[0])
    return where, tuple(sorted(form.fields))


@pytest.mark.long
def test_no_value_of_any_field_breaks_a_form_or_half_does_what_is_refused(world: World) -> None:
    draw = random.Random(11)
    wrong: list[str] = []
    tried: set[tuple[Any, ...]] = set()
    posted = 0
    for rule, who in pages(world):
        client = browser(world, who)
        path = path_of(world, rule)
        page = client.get(path)
        if page.status_code != 200 or page.mimetype != "text/html":
            page.close()  # a download holds its transaction until it is read
            continue
        for form in [each for each in Forms(page.text).found if signature(each) not in tried]:
            tried.add(signature(form))
            if form.action.startswith(within("/instructor/bank")):
                continue
            for name in [each for each in form.fields if each != "csrf_token"]:
                for value in draw.sample(HOSTILE + BOUNDARY, VALUES):
                    sent = value.replace("\ud800", "\ufffd")
                    posted += 1
                    fault = attempt(world, rule, who, signature(form), name, sent)
                    if fault:
                        wrong.append(f"{fault}: {form.action} as {who}, {name}={sent[:60]!r}")
    assert not wrong, "\n".join(wrong)
    assert len(tried) > 30, "the forms of the app were found"
    assert posted > 70 * VALUES


def attempt(world: World, rule: Rule, who: str, which: tuple[Any, ...], name: str, value: str) -> str:
    """What went wrong when a fresh form of the page was sent with this value in a field; "" for nothing."""
    refresh_all(world)
    client = browser(world, who)
    path = path_of(world, rule)
    form = next((each for each in Forms(client.get(path).text).found if signature(each) == which), None)
    if form is None:
        return ""  # an earlier form took away what this one was about
    before = rows(world)
    began = time.process_time()
    response = client.post(form.action or path, data=form.fields | {name: value})
    spent = time.process_time() - began
    if response.status_code >= 500:
        return response.status
    if any(sign in response.text for sign in DEFECT):
        return "told of a defect"
    if leads_away(response.headers.get("Location", "/")):
        return f"led to {response.location}"
    if spent > 2 * CROWDED:
        return f"took {spent:.1f} s"
    if response.status_code in REFUSED and (changed := [key for key, row in rows(world).items() if row != before[key]]):
        return f"{response.status} and changed {changed}"
    return ""


def rows(world: World) -> dict[str, list[tuple[Any, ...]]]:
    return {name: found for name, found in kept(world).items() if name not in PASSING}


def forms_of_the_app() -> Iterator[tuple[type[FlaskForm], str, UnboundField[Any]]]:
    seen = set()
    for module in list(sys.modules.values()):
        if not getattr(module, "__name__", "").startswith("webapp."):
            continue
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, FlaskForm) and kind not in seen:
                seen.add(kind)
                for name in dir(kind):
                    if isinstance(given := getattr(kind, name), UnboundField):
                        yield kind, name, given


#: fields that take one of what they offer, a number, a date, or a file (which `bodies` bounds)
BY_THEMSELVES = (
    wtforms.SelectField, wtforms.BooleanField, wtforms.SubmitField, wtforms.DateTimeLocalField, wtforms.FileField,
    wtforms.DecimalField,
)  # fmt: skip


def test_every_field_of_every_form_is_bounded(app: Any) -> None:
    unbounded, seen = [], 0
    for kind, name, given in forms_of_the_app():
        seen += 1
        positional = given.args[1] if len(given.args) > 1 else ()
        validators = [*positional, *given.kwargs.get("validators", ())]
        bounded = issubclass(given.field_class, BY_THEMSELVES) or any(
            (isinstance(each, Length) and each.max > 0) or isinstance(each, GoodPassword | NumberRange)
            for each in validators
        )
        if not bounded:
            unbounded.append(f"{kind.__name__}.{name}")
    assert not sorted(set(unbounded))
    assert seen > 60
