"""Pages of a course that is translated: readers of German get all of it in German, and are graded by the same keys."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import TINY, token_of
from tests.second_language import translate
from webapp.content.course.loading import load_course
from webapp.content.translating import parts_of
from webapp.database import db
from webapp.questions import type_of
from webapp.quizzes.models import Attempt, QuestionRevision, Slot
from webapp.quizzes.revisions import question_of


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    shutil.copytree(TINY, tmp_path / "bank")
    translate(tmp_path / "bank")
    return tmp_path / "bank"


@pytest.fixture
def german(make_app: Callable[..., Flask], bank: Path) -> FlaskClient:
    client = make_app(bank=bank).test_client()
    client.set_cookie("language", "de")
    return client


@pytest.fixture
def texts(bank: Path) -> list[str]:
    """What the course says, of three words or more, as it stands in a page."""
    every = {text for group in parts_of(load_course(bank)).values() for text in group}
    whole = [text for text in every if text.count(" ") > 1 and not re.search(r"[\[\]*_`|]", text)]
    return [text for text in whole if not any(text in other and text != other for other in every)]


def in_english(page: str) -> list[str]:
    """What a German page says to be in English, but for the title of the source and the way to the English page."""
    return re.findall(r'<\w+[^<>]*(?<!<cite)(?<!value="en") lang="en"[^<>]*>[^<]*', page)


def untranslated(page: str, texts: list[str]) -> list[str]:
    """The texts of the course that stand in a page as they were written."""
    seen = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page)))
    return [text for text in texts if re.search(rf"(?<!Ü ){re.escape(text)}", seen)]


@pytest.mark.parametrize(
    "path",
    ["/", "/lessons/tea", "/lessons/bread", "/lessons/opening", "/quizzes", "/quizzes/tea", "/progress", "/review"],
)
def test_a_page_shows_the_course_in_the_language_of_its_reader(
    german: FlaskClient, texts: list[str], path: str
) -> None:
    page = german.get(path).text
    assert '<html lang="de"' in page
    assert "Ü" in page or path == "/review"
    assert in_english(page) == []
    assert untranslated(page, texts) == []


def test_a_quiz_is_taken_checked_and_reviewed_in_the_language_of_its_reader(
    german: FlaskClient, texts: list[str]
) -> None:
    page = german.get("/quizzes/tea").text
    started = german.post("/quizzes/tea/attempts", data={"csrf_token": token_of(page)})
    attempt = str(started.location).split("/")[2]
    for position in (1, 2, 3):
        page = german.get(f"/attempts/{attempt}/questions/{position}").text
        assert untranslated(page, texts) == []
        german.post(
            f"/attempts/{attempt}/questions/{position}",
            data={"csrf_token": token_of(page), "action": "check"} | key_of(german, int(attempt), position),
        )
        page = german.get(f"/attempts/{attempt}/questions/{position}").text
        assert untranslated(page, texts) == []
    page = german.get(f"/attempts/{attempt}/summary").text
    german.post(f"/attempts/{attempt}/submit", data={"csrf_token": token_of(page)})
    page = german.get(f"/attempts/{attempt}/result").text
    assert "100" in page, "the keys are those of the course"
    assert untranslated(page, texts) == []
    assert in_english(page) == []


def key_of(client: FlaskClient, attempt_id: int, position: int) -> dict[str, str | list[str]]:
    """What somebody who knows the answer sends."""
    app = client.application
    with app.app_context():
        slot = db.session.query(Slot).filter_by(attempt_id=attempt_id, position=position).one()
        question = question_of(slot.revision)
        kind = type_of(question)
        order = kind.order(question, slot.order_seed)
        form = kind.form(question, order, response=kind.key(question))
        return {field.name: field.data if isinstance(field.data, list) else str(field.data) for field in form}


def test_what_is_not_translated_says_which_language_it_is_in(german: FlaskClient, bank: Path) -> None:
    catalogue = bank / "translations" / "de" / "course.po"
    said = catalogue.read_text(encoding="utf-8")
    assert '"Ü Two short lessons' in said
    stale = said.replace('msgid "Two short lessons', '#, fuzzy\nmsgid "Two short lessons')
    catalogue.write_text(stale, encoding="utf-8")
    page = german.get("/").text
    assert re.search(r'lang="en">Two short lessons', page)
    assert "Ü Tea and bread" in page


def test_a_revision_is_kept_once_for_all_languages(german: FlaskClient) -> None:
    for language in ("de", "en"):
        client = german.application.test_client()
        client.set_cookie("language", language)
        page = client.get("/quizzes/bread").text
        client.post("/quizzes/bread/attempts", data={"csrf_token": token_of(page)})
    with german.application.app_context():
        assert db.session.query(Attempt).count() == 2
        assert (
            len({row.question_id for row in db.session.query(QuestionRevision)})
            == db.session.query(QuestionRevision).count()
        )
