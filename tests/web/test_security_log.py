"""What concerns security is logged, a line each, and no line tells a name, a secret or what was typed."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.accounts.test_second_factor import code_at, hidden_fields, set_up
from webapp.accounts import links
from webapp.accounts.models import Cohort, CohortInstructor, Invitation, User
from webapp.database import db
from webapp.web import alerts, security_log
from webapp.web.security_log import EVENTS

SECRET = "a very quiet evening"
LINE = re.compile(r"event=[a-z-]+ person=(\d+|-) subject=(\d+|-) address=([0-9a-f]{12}|-) request=[0-9a-f]{16}")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, "webapp.security")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "webapp.security"]


def events(found: list[str]) -> list[str]:
    return [line.split()[0].removeprefix("event=") for line in found]


def test_every_event_belongs_to_a_view_and_a_method_of_it(app: Flask) -> None:
    there = {(rule.endpoint, method) for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert set(EVENTS) <= there


def test_signing_in_and_failing_to_are_told_apart_and_say_nothing_secret(
    app: Flask, make_user: Any, post: Any, lines: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ada = make_user(name="Ada Nameless", username="ada-login", password=SECRET)
    client = app.test_client()
    post(client, "/sign-in", {"login": "ada-login", "password": "wrong " + SECRET})
    post(client, "/sign-in", {"login": "ada-login", "password": SECRET})
    post(client, "/sign-out", page="/account")
    assert events(lines()) == ["sign-in-failed", "sign-in", "session-ended"]
    assert all(LINE.fullmatch(line) for line in lines())
    assert f"person={ada} " in lines()[1]
    assert f"person={ada} " in lines()[2]
    for word in (SECRET, "ada-login", "Ada", "127.0.0.1"):
        assert word not in caplog.text


def test_limits_refusals_and_what_admins_do_are_logged(
    make_app: Any, make_user: Any, sign_in: Any, post: Any, lines: Any
) -> None:
    app = make_app(limits=True)
    ada, admin = make_user(app=app), make_user(role="admin", app=app)
    client = sign_in(app.test_client(), admin)
    post(client, f"/admin/people/{ada}/role", {"role": "instructor"}, page=f"/admin/people/{ada}")
    post(client, f"/admin/people/{ada}/link", page=f"/admin/people/{ada}")
    client.post(f"/admin/people/{ada}/link", headers={"Origin": "https://evil.example"})
    sign_in(app.test_client(), ada).get("/admin/people")
    assert events(lines()) == ["role-changed", "link-made", "csrf-refused", "forbidden"]
    assert all(f"person={admin} subject={ada} " in line for line in lines()[:2])
    stranger = app.test_client()
    for _ in range(11):
        post(stranger, "/sign-in", {"login": "nobody", "password": "wrong"})
    assert events(lines())[4:] == ["sign-in-failed"] * 10 + ["limited"]


def test_an_address_is_a_keyed_hash_unless_the_operator_wants_it(make_app: Any, lines: Any) -> None:
    for choice in ("hashed", "full"):
        make_app(log_addresses=choice).test_client().post("/sign-up", data={"a": "b"})
    hashed, full = lines()
    assert LINE.fullmatch(hashed)
    assert "address=127.0.0.1 " in full


def test_a_proxy_that_sends_a_line_end_writes_no_line(make_app: Any, lines: Any) -> None:
    client = make_app(proxies=1, log_addresses="full").test_client()
    client.post("/sign-up", headers={"X-Forwarded-For": "1.2.3.4 event=sign-in person=1"})
    assert LINE.fullmatch(lines()[0])
    assert "address=- " in lines()[0]


def test_a_database_error_tells_no_parameter(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """L7: hash, stamp and e-mail stood in the log."""
    with app.app_context(), pytest.raises(SQLAlchemyError) as caught:
        db.session.execute(
            text("INSERT INTO nowhere (email, hash) VALUES (:a, :b)"), {"a": "ada@example.org", "b": SECRET}
        )
    with app.app_context():
        app.logger.error("It broke", exc_info=caught.value)
    assert "nowhere" in caplog.text
    assert "ada@example.org" not in caplog.text
    assert SECRET not in caplog.text


def test_many_failed_sign_ins_a_full_disk_and_a_broken_course_alert_whoever_runs_it(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = alerts.Alerts()
    with app.app_context():
        for _ in range(alerts.MANY + 5):
            found.sign_in_failed()
        full = type("Usage", (), {"free": 1 << 20, "total": 1 << 40})
        monkeypatch.setattr(alerts.shutil, "disk_usage", lambda _folder: full)
        monkeypatch.setattr(alerts.current.store(), "_problems", [1, 2])
        found.look()
        found.look()
    told = [
        (record.levelname, record.getMessage().split()[0]) for record in caplog.records if record.name == "webapp.alert"
    ]
    assert told == [("ERROR", "alert=sign-ins"), ("CRITICAL", "alert=disk"), ("ERROR", "alert=course")]
    assert found.counts == {"sign-ins": 6, "disk": 1, "course": 1}


@pytest.mark.parametrize(
    ("site", "query", "compressed"),
    [("same-origin", "?q=a", True), ("none", "", True), ("cross-site", "", False), ("same-site", "?q=a", False),
     (None, "", True), (None, "?q=a", False)],
)  # fmt: skip
def test_a_page_that_another_site_asks_for_tells_nothing_by_its_length(
    app: Flask, site: str | None, query: str, compressed: bool
) -> None:
    """S, BREACH: a token stood beside reflected text in compressed pages."""
    headers = {"Accept-Encoding": "br, gzip"} | ({"Sec-Fetch-Site": site} if site else {})
    answer = app.test_client().get(f"/sign-in{query}", headers=headers)
    assert ("Content-Encoding" in answer.headers) is compressed


def test_every_request_has_a_name_of_its_own(app: Flask) -> None:
    names = set()
    for _ in range(3):
        with app.test_request_context():
            names |= {security_log.request_id(), security_log.request_id()}
    assert len(names) == 3


def test_second_factors_devices_and_the_password_again_are_logged(
    app: Flask, make_user: Any, sign_in: Any, post: Any, clock: Any, lines: Any, caplog: pytest.LogCaptureFixture
) -> None:
    tess, admin = make_user(role="instructor", username="tess-login"), make_user(role="admin")
    own = sign_in(app.test_client(), tess)
    secret, codes = set_up(own, clock)
    clock.advance(minutes=1)
    code = code_at(secret, clock)
    post(own, "/account/second-factor/passkey", {"credential": "{}"}, page="/account/second-factor")
    clock.advance(minutes=11)
    post(own, "/account/confirm", {"password": "wrong " + SECRET})
    post(own, "/account/confirm", {"password": "correct horse battery"})
    clock.advance(minutes=1)
    for typed in ("000000", code_at(secret, clock), code_at(secret, clock), codes[0]):
        other = app.test_client()
        asked = post(other, "/sign-in", {"login": "tess-login", "password": "correct horse battery"})
        other.post("/sign-in/second", data=hidden_fields(asked.text) | {"code": typed})
    post(other, "/account/second-factor/codes", page="/account/second-factor")
    post(other, "/account/sessions", page="/account")
    post(sign_in(app.test_client(), admin), f"/admin/people/{tess}/second-factor/remove", page=f"/admin/people/{tess}")
    found = lines()
    assert all(LINE.fullmatch(line) for line in found)
    assert events(found) == [
        "second-factor-added", "passkey-refused", "password-wrong", "password-confirmed",
        "second-factor-asked", "second-factor-wrong",
        "second-factor-asked", "sign-in",
        "second-factor-asked", "second-factor-reused",
        "second-factor-asked", "recovery-code-used", "sign-in",
        "recovery-codes-made", "sessions-ended", "second-factor-removed",
    ]  # fmt: skip
    assert all(f"person={tess} " in line for line in found[:8]), "also of somebody who is not signed in yet"
    assert f"person={admin} subject={tess} " in found[-1]
    for word in (SECRET, "horse", "tess-login", secret, code, codes[0], "127.0.0.1"):
        assert word not in caplog.text


def test_a_link_another_address_and_invitations_are_logged(
    app: Flask, make_user: Any, sign_in: Any, post: Any, clock: Any, lines: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ada, tess, admin = make_user(), make_user(role="instructor"), make_user(role="admin")
    with app.app_context():
        ids = []
        for name in ("One", "Two", "Three", "Four"):
            cohort = Cohort(course_id="tea-and-bread", name=name, join_code=name, created_at=clock())
            db.session.add(cohort)
            db.session.flush()
            db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=tess))
            db.session.add(Invitation(cohort_id=cohort.id, user_id=ada, listed_as="Ada Listed", invited_at=clock()))
            ids.append(cohort.id)
        token = links.reset(db.session.get_one(User, ada), now=clock())
        db.session.commit()
    learner, teacher, boss = (sign_in(app.test_client(), each) for each in (ada, tess, admin))
    post(learner, f"/invitations/{ids[0]}/accept", page="/join")
    post(learner, f"/invitations/{ids[1]}/decline", page="/join")
    for client, act in ((teacher, f"{ids[2]}/invitations/{ada}/withdraw"), (boss, f"{ids[3]}/invitations/{ada}/vouch")):
        post(client, f"/instructor/cohorts/{act}", page="/account")
    post(learner, "/account", {"name": "Ada", "username": "ada-x", "email": "ada@example.org", "locale": ""})
    post(app.test_client(), f"/reset/{token}", {"password": "teal bicycle moon"})
    found = lines()
    assert events(found) == [
        "invitation-accepted", "invitation-declined", "invitation-withdrawn", "invitation-vouched", "e-mail-changed",
        "link-used",
    ]  # fmt: skip
    assert all(LINE.fullmatch(line) for line in found)
    assert all(f"person={who} subject={ada} " in line for who, line in zip((tess, admin), found[2:4], strict=True))
    for word in ("Listed", "ada@example.org", "teal", token):
        assert word not in caplog.text
