"""Questions taken out with the browser: chosen, looked at, downloaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import token_of
from tests.editor.conftest import Screen
from webapp.audit.models import AuditEntry
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.interchange import all_formats
from webapp.interchange.losses import Verdict

PAGE = "/instructor/bank/export"


def download(screen: Screen, address: str) -> Any:
    screen.open(address)
    return screen.client.post(address, data={"csrf_token": token_of(screen.text)})


@pytest.mark.parametrize("name", [each.name for each in all_formats().values() if each.writes])
def test_the_report_is_seen_first_and_its_sums_are_all_questions(screen: Screen, bank: Path, name: str) -> None:
    screen.open(f"{PAGE}?what=&format={name}")
    assert screen.status == 200
    number = len([question for question in load_course(bank).questions if not question.retired])
    told = re.sub(r"<[^>]+>|\s+", " ", screen.text)
    sums = [int(re.search(rf"(\d+) {verdict.value} ", told)[1]) for verdict in Verdict]  # type: ignore[index]
    assert sum(sums) == number
    assert f"{number} questions:" in screen.text


def test_what_was_chosen_is_in_the_file_and_the_log_says_so(screen: Screen, bank: Path, app: Flask) -> None:
    answer = download(screen, f"{PAGE}?what=pillar:tea&format=moodle")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=tea-and-bread-tea.xml"
    read = all_formats()["moodle"].read(answer.data, "tea.xml")
    asked = {question.id for question in load_course(bank).questions if question.pillar == "tea"}
    assert asked
    assert {item.title for item in read.items if item.values is not None} <= asked
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "questions.exported")).one()
        assert (entry.subject, entry.details["format"]) == ("pillar:tea", "moodle")
    quiz = download(screen, f"{PAGE}?what=quiz:tea&format=gift")
    assert quiz.headers["Content-Disposition"] == "attachment; filename=tea-and-bread-tea.gift"


@pytest.mark.parametrize("query", ["what=pillar:coffee&format=gift", "what=x&format=gift", "what=&format=telepathy"])
def test_what_is_not_there_is_said(screen: Screen, query: str) -> None:
    screen.open(f"{PAGE}?{query}")
    assert screen.status == 422
    assert "There is no" in screen.text


def test_a_format_that_takes_nothing_gives_no_file(screen: Screen, bank: Path) -> None:
    name = next(question.id for question in load_course(bank).questions if question.type == "numeric")
    file = bank / "course.yaml"
    quiz = f"\n  - id: only\n    title: Only\n    draw:\n      - {{count: 1, questions: [{name}]}}\n"
    file.write_text(file.read_text().rstrip() + quiz)
    answer = download(screen, f"{PAGE}?what=quiz:only&format=aiken")
    assert answer.mimetype == "text/html"
    assert "This format can take none of these questions." in answer.text


def test_keys_are_for_authors(app: Flask, make_user: Callable[..., int], sign_in: Callable[..., Any]) -> None:
    learner = sign_in(app.test_client(), make_user("learner", username="lea"))
    token = learner.get("/session").json["token"]
    address = f"{PAGE}?what=&format=gift"
    assert learner.get(address).status_code == 403
    assert learner.post(address, data={"csrf_token": token}).status_code == 403
    assert app.test_client().get(address).status_code in (302, 303)
