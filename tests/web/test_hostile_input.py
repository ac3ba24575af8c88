"""What no honest browser sends gets an answer all the same: never a 500, from any route, to anybody.

Addresses, query strings and forms are filled with what breaks programs: numbers beyond every column, NUL bytes, halves
of characters, deep nesting, formulas, paths that climb, dates of no calendar. Which of it goes where is drawn from a
seed, so that a failure can be had again.
"""

from __future__ import annotations

import inspect
import io
import random
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import AnyConverter, IntegerConverter, Rule
from wtforms.fields.core import UnboundField

from tests.web.test_access import OBJECTS, Visitor, World, content, make, methods, refresh, rules, world
from webapp.accounts.models import User
from webapp.database import db
from webapp.web import access

__all__ = ["world"]

HOSTILE = (
    "",
    "0",
    "-1",
    "1",
    "9" * 19,
    "9" * 40,
    "9" * 4400,
    "1e309",
    "NaN",
    "sNaN",
    "-Infinity",
    "0x10",
    "１２",
    "²",
    "\x00",
    "a\x00b",
    "\ud800",
    "%ff%fe%00",
    "\u202e\u200b\ufeff",
    "e" + "\u0301" * 60,
    "x" * 20_000,
    "=cmd|'/c calc'!A1",
    "<script>alert(1)</script>\"'>{{7*7}}${7*7}",
    "%s%(x)s%n{0}",
    "../../../../etc/passwd",
    "/etc/passwd",
    "course.yaml/../../x",
    "1-tea/lesson.md",
    "1-tea/questions.yaml",
    "course.yaml",
    "//evil.example/",
    "/\\evil.example",
    "a\r\nSet-Cookie: x=1",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "2026-02-30T25:61",
    "[" * 3000,
    "{" * 3000,
    "a: " * 3000,
    "- " * 3000,
    "> " * 3000,
    "*" * 3000,
    "&a [*a, *a]",
    "!!python/object/apply:os.system [id]",
    "{a: &a [1, *a]}",
    '{"option": [[["a"]]]}',
    "null",
    "true",
    "tea",
    "tea-choice",
    "choice",
    "all",
    "renew",
    "\"a\nb,c\n'",
    "' OR 1=1 --",
    "%_\\",
)
"""Values of fields, of query strings and, where they can be written in one, of addresses."""

NUMBERS = (0, 1, 2**31 - 1, 2**31, 2**63, 10**30)
HEADERS = (
    {},
    {"Accept": "application/json"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Referer": "https://evil.example//evil.example/\\x", "Accept-Language": "\xff, x" * 50},
    {"If-None-Match": '"' * 99, "If-Modified-Since": "yesterday", "Range": "bytes=-99999999999999999999"},
    {"Cookie": "session=.eJw; zone=../../etc/passwd; language=\xff"},
    {"Host": "evil.example:99999999"},
)


def names_of_fields(app: Flask) -> list[str]:
    """All names a form or query string of the project may have: fields of the forms, and words read from requests."""
    found = {"csrf_token", "next", "kept", "page", "q", "sort"}
    for name, module in list(sys.modules.items()):
        if not name.startswith("webapp"):
            continue
        for kind in vars(module).values():
            if inspect.isclass(kind):
                found |= {key for key, value in vars(kind).items() if isinstance(value, UnboundField)}
        try:
            source = inspect.getsource(module)
        except (OSError, TypeError):
            continue
        found |= set(re.findall(r"\b(?:args|form|values)(?:\.get|\.getlist)?[(\[]\s*\"([\w-]+)\"", source))
    return sorted(found)


def addresses(world: World, rule: Rule, draw: random.Random) -> Iterator[dict[str, Any]]:
    """Values for the parts of an address: real ones, and hostile ones."""
    if rule.endpoint in OBJECTS:
        yield content(rule) | make(world, rule.endpoint)
    elif rule.arguments <= set(content(rule)):
        yield content(rule)
    if rule.arguments:
        yield {
            name: draw.choice(NUMBERS)
            if isinstance(rule._converters[name], IntegerConverter)
            else sorted(rule._converters[name].items)[0]
            if isinstance(rule._converters[name], AnyConverter)
            else draw.choice([value for value in HOSTILE if value and "/" not in value and value != "\ud800"])
            for name in rule.arguments
        }


def least(world: World, endpoint: str) -> str:
    """Somebody who may just open it: the owner of the object that is asked for, or whoever the audience begins with."""
    audience = str(access.audience_of(world.app, endpoint))
    if audience == access.OWNER:
        return "course-owner"
    if endpoint in OBJECTS and audience != access.ADMIN:
        return "teacher" if audience in {access.STAFF, access.AUTHOR, access.TEACHER} else "owner"
    staff = dict.fromkeys((access.STAFF, access.AUTHOR, access.TEACHER, access.SITE_INSTRUCTOR), "instructor")
    return ({access.ANYONE: "anonymous", access.PARTICIPANT: "guest"} | staff).get(audience, audience)


def bombard(world: World, seed: int) -> list[str]:
    """The routes that answered with a 500 or led out of this site, each asked as somebody who may open it."""
    draw = random.Random(seed)
    fields = names_of_fields(world.app)
    broken = []
    for rule in sorted(rules(world.app), key=lambda each: each.rule):
        visitor = Visitor(world, least(world, rule.endpoint))
        for values, method in [(values, each) for values in addresses(world, rule, draw) for each in methods(rule)]:
            with world.app.test_request_context():
                _, path = rule.build(values) or ("", "")
            client = visitor.client()
            sent = {name: draw.choice(HOSTILE) for name in draw.sample(fields, 25)}
            asked = {name: draw.choice(HOSTILE) for name in draw.sample(fields, 12)}
            data: dict[str, Any] | None = None
            if method == "POST":
                data = {key: value.replace("\ud800", "\ufffd") for key, value in sent.items()}
                data["csrf_token"] = visitor.token
                if draw.random() < 0.3:
                    data["file"] = (io.BytesIO(draw.randbytes(400)), "a\x00/../b.csv")
            query = "&".join(f"{key}={_quoted(value)}" for key, value in asked.items())
            response = client.open(path, method=method, query_string=query, data=data, headers=draw.choice(HEADERS))
            if response.status_code >= 500 or leads_away(response.headers.get("Location", "/")):
                broken.append(f"{method} {path[:80]} as {visitor.who}: {response.status} {response.location}")
            response.close()
            if method == "POST":
                refresh_all(world)
    return broken


def _quoted(value: str) -> str:
    return quote(value[:3000].encode("utf-8", "surrogatepass"))


def leads_away(location: str) -> bool:
    """Whether a browser leaves this site for it; it reads a backslash as a slash."""
    return urlsplit(location.replace("\\", "/")).netloc not in {"", "localhost"}


def refresh_all(world: World) -> None:
    refresh(world)
    with world.app.app_context():
        for who, role in (("owner", "learner"), ("teacher", "instructor")):
            user = world.user(who)
            user.deleted_at, user.role = None, role
        db.session.commit()


@pytest.mark.long
def test_nothing_that_is_sent_breaks_a_page_or_leads_away(world: World) -> None:
    broken = bombard(world, seed=7)
    assert not broken, "\n".join(broken)
    with world.app.app_context():
        admins = set(db.session.scalars(select(User.id).where(User.role == "admin")))
    assert admins == {world.ids["admin"]}


NEW = "new/cloze?file=1-tea/questions.yaml"
EDITED = ("questions/tea-choice", NEW, "quizzes/tea", "new-quiz", "file?path=course.yaml")
FIELDS = ("q.id", "q.stem", "q.options.1.text", "q.options.1.key", "q.options.2", "q.points", "q.facts", "q.numbers.0")
TEXTS = ("base", "yaml", "text", "opened", "seed")
ACTIONS = ("save", "confirm:x", "over:x", "grade", "to-yaml", "to-form", "add:q.options", "up:q.options.²", "remove:q.")


def test_nothing_that_is_typed_breaks_the_editor(world: World) -> None:
    """Its forms are read by hand, from names that the page makes."""
    draw = random.Random(7)
    visitor = Visitor(world, "teacher")
    client = visitor.client()
    broken = []
    for path in EDITED * 6:
        data = {name: draw.choice(HOSTILE).replace("\ud800", "\ufffd") for name in FIELDS + TEXTS}
        data |= {"digest": "x", "csrf_token": visitor.token, "action": draw.choice(ACTIONS)}
        by = {"X-Requested-With": draw.choice(("", "fetch"))}
        response = client.post(f"/instructor/bank/{path}", data=data, headers=by)
        if response.status_code >= 500:
            broken.append(f"{path}: {response.status}, {data['action']}, base {data['base'][:20]!r}")
    assert not broken, "\n".join(broken)
