"""How much somebody may send: what is too large is refused by its length, and what is read is bounded work."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import encode_multipart

from tests.time_limits import CROWDED
from tests.web.test_access import OBJECTS, Visitor, World, content, make, methods, rules, world
from tests.web.test_hostile_input import FIELDS, TEXTS, least, names_of_fields, refresh_all
from webapp.web import access, bodies

__all__ = ["world"]

#: combining marks of two kinds by turns: putting them in order takes time that grows with the square of their number
MARKS = "\u0301\u0316"
#: names that the pages make, besides those of the forms
MADE = (*FIELDS, *TEXTS, "answer-text", "answer-place", "answer-1", "answer-value", "login", "kept", "next", "file")


class Endless(io.RawIOBase):
    """A body that says how much of it was read."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.taken += len(buffer)
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


def forms(world: World) -> Iterator[tuple[Any, str]]:
    """Every route that takes a form, with somebody who may send it, and a path."""
    for rule in sorted(rules(world.app), key=lambda each: each.rule):
        if "POST" in methods(rule):
            values = content(rule) | (make(world, rule.endpoint) if rule.endpoint in OBJECTS else {})
            with world.app.test_request_context():
                path = (rule.build(values) or ("", ""))[1]
            yield rule, path


@pytest.mark.parametrize("who", ["anonymous", "learner", "instructor", "admin"])
def test_no_route_reads_what_is_too_large_for_it(world: World, who: str) -> None:
    wrong = []
    for rule, path in forms(world):
        body = Endless()
        client = Visitor(world, who).client()
        began = time.process_time()
        view = world.app.view_functions[rule.endpoint]
        senders = (
            ("learner", "instructor", "admin") if getattr(view, "from_learners", False) else ("instructor", "admin")
        )
        with_files = getattr(view, "takes_files", False) and who in senders
        most = bodies.FILES if with_files else bodies.STAFF
        sent = {"wsgi.input": body, "CONTENT_LENGTH": str(most + 1)}
        form = "application/x-www-form-urlencoded"
        answer = client.post(path, content_type=form, environ_overrides=sent)
        if answer.status_code != 413 or body.taken or time.process_time() - began > 0.5 * CROWDED:
            wrong.append(f"{rule} {answer.status_code} read {body.taken}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        ("anonymous", "/sign-up", bodies.STRANGERS),
        ("anonymous", "/language", bodies.STRANGERS),
        ("anonymous", "/sign-in", bodies.KEPT),
        ("learner", "/account", bodies.LEARNERS),
        ("learner", "/instructor/cohorts/new", bodies.LEARNERS),
        ("instructor", "/account", bodies.LEARNERS),
        ("instructor", "/instructor/cohorts/new", bodies.STAFF),
        ("learner", "/instructor/bank/media", bodies.LEARNERS),
        ("instructor", "/instructor/bank/media", bodies.FILES),
        ("learner", "/new-course", bodies.LEARNERS),
        ("instructor", "/new-course", bodies.FILES),
        ("anonymous", "/attempts/1/questions/1/file", bodies.TOO_LONG_TO_KEEP),
        ("guest", "/attempts/1/questions/1/file", bodies.LEARNERS),
        ("learner", "/attempts/1/questions/1/file", bodies.FILES),
        ("learner", "/attempts/1/questions/1/file/take-back", bodies.LEARNERS),
    ],
)
def test_who_has_more_to_send_may_send_more(world: World, who: str, path: str, most: int) -> None:
    client = Visitor(world, who).client()
    answer = client.post(path, data=b"a" * (most + 1), content_type="application/octet-stream")
    assert answer.status_code == 413
    assert client.post(path, data=b"a" * most, content_type="application/octet-stream").status_code != 413


def test_the_refusal_says_how_much_it_may_be(world: World) -> None:
    answer = Visitor(world, "anonymous").client().post("/sign-up", data=b"a" * 70_000)
    assert "At most 64 kilobytes can be sent here at once." in answer.text


@pytest.mark.long
def test_text_that_is_dear_to_normalise_costs_nobody_half_a_second(world: World) -> None:
    """H1: 130,000 combining marks in a field froze a worker for a minute."""
    every = sorted({*names_of_fields(world.app), *MADE})
    draw = random.Random(7)
    slow = []
    for rule, path in forms(world):
        visitor = Visitor(world, least(world, rule.endpoint))
        staff = access.audience_of(world.app, rule.endpoint) in access.FOR_STAFF
        most = bodies.LONGEST_FORM if staff else bodies.STRANGERS if visitor.who == "anonymous" else bodies.LEARNERS
        together = 7 if staff else 2
        names = [*draw.sample(every, 28), "login", "name", "text", "code"]
        for first in range(0, len(names), together):
            some = names[first : first + together]
            marks = min(130_000, (most - 4_000) // 2 // len(some))
            data = dict.fromkeys(some, "e" + MARKS * (marks // 2))
            client = visitor.client()  # some forms end the session
            data["csrf_token"] = visitor.token
            boundary, body = encode_multipart(data)
            kind = f"multipart/form-data; boundary={boundary}"
            began = time.process_time()
            answer = client.post(path, data=body, content_type=kind)
            took = time.process_time() - began
            if took > 0.5:  # once more, because collecting garbage may have fallen into it
                answer.close()
                began = time.process_time()
                answer = visitor.client().post(
                    path, data=body, content_type=f"multipart/form-data; boundary={boundary}"
                )
                took = time.process_time() - began
            is_gone = rule.endpoint == "accounts.delete_account" and answer.status_code == 413
            if took > 0.5 * CROWDED or answer.status_code >= 500 or (answer.status_code == 413 and not is_gone):
                slow.append(f"{rule} {answer.status_code} {took:.2f} s: {', '.join(some)}")
            answer.close()
        refresh_all(world)
    assert not slow, "\n".join(slow)
