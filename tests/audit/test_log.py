from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.database import db


@pytest.fixture
def log(app: Flask, clock: Clock, teacher: int) -> None:
    """Three acts on three days."""
    with app.app_context():
        actor = db.session.get_one(User, teacher)
        record(actor, "attempt.extended", "attempt:7", now=clock(), reason="=ill", minutes=30)
        clock.advance(days=1)
        record("command line", "person.created", "user:9", now=clock())
        clock.advance(days=1)
        record(actor, "attempt.voided", "attempt:8", now=clock(), reason="network")
        db.session.commit()


def test_an_admin_reads_it_the_latest_first(log: None, admin: int, as_person: Any) -> None:
    page = as_person(admin).get("/admin/audit").text
    assert page.index("attempt.voided</td>") < page.index("person.created</td>") < page.index("attempt.extended</td>")
    assert "minutes" in page


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", ["attempt:7", "user:9", "attempt:8"]),
        ("action=attempt.voided", ["attempt:8"]),
        ("q=tess", ["attempt:7", "attempt:8"]),
        ("q=network", ["attempt:8"]),
        ("from=2026-03-03", ["user:9", "attempt:8"]),
        ("from=2026-03-03&to=2026-03-03", ["user:9"]),
        ("to=2026-03-02", ["attempt:7"]),
        ("from=yesterday", ["attempt:7", "user:9", "attempt:8"]),
        ("to=9999-12-31", ["attempt:7", "user:9", "attempt:8"]),
        ("q=%25", []),
    ],
)
def test_filters_hold_for_the_page_and_the_export(
    log: None, admin: int, as_person: Any, query: str, subjects: list[str]
) -> None:
    client = as_person(admin)
    rows = list(csv.DictReader(io.StringIO(client.get(f"/admin/audit.csv?{query}").text)))
    assert [row["subject"] for row in rows] == subjects
    page = client.get(f"/admin/audit?{query}").text
    assert all((f"<bdi>{name}</bdi>" in page) == (name in subjects) for name in ("attempt:7", "user:9", "attempt:8"))


def test_the_export_runs_no_formula(log: None, admin: int, as_person: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(as_person(admin).get("/admin/audit.csv").text)))
    assert rows[0]["reason"] == "'=ill"
    assert rows[0]["details"] == '{"minutes": 30}'


def test_nobody_but_admins_reads_it(log: None, teacher: int, as_person: Any) -> None:
    for path in ("/admin/audit", "/admin/audit.csv", "/admin/audit.xlsx"):
        assert as_person(teacher).get(path).status_code == 403


def test_the_page_says_it_in_words(app: Flask, clock: Clock, admin: int, make_user: Any, as_person: Any) -> None:
    """`undoes None`, `user:33` and raw dicts say nothing to whoever has to read it."""
    ada = make_user(name="Ada Learner")
    with app.app_context():
        record(
            "command line", "grades.changed", f"user:{ada}", now=clock(), undoes=None, late_policy=True,
            before={"score": "best", "pass_mark": None}, results=[{"user": 1, "to": 50}, {"user": 2, "to": None}],
        )  # fmt: skip
        record("command line", "person.removed", "user:99999", now=clock())
        db.session.commit()
    page = as_person(admin).get("/admin/audit").text
    assert "Ada Learner</bdi>" in page
    assert f"<bdi>user:{ada}</bdi>" in page
    assert "<bdi>user:99999</bdi>" in page
    assert "undoes" not in page
    assert "<dt>late policy</dt><dd><bdi>yes</bdi>" in page
    assert "score: best, pass mark: –" in page
    assert "user: 1, to: 50; user: 2, to: –" in page
