"""A course that is written from right to left, on pages that are not; and the marks of quotations."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.web import localisation

ARABIC = Path(__file__).parents[1] / "banks" / "arabic"


@pytest.fixture
def arabic(make_app: Callable[..., Flask]) -> Flask:
    """The app on the small course in Arabic."""
    return make_app(bank=ARABIC)


@pytest.fixture
def reader(arabic: Flask) -> FlaskClient:
    return arabic.test_client()


@pytest.mark.parametrize("language", ["ar", "fa", "he", "ur", "ps", "yi", "ar-EG"])
def test_languages_from_right_to_left_are_known(language: str) -> None:
    assert localisation.direction(language) == "rtl"


@pytest.mark.parametrize("language", ["en", "de-AT", "ja", "hi", "az-Latn", "no language at all"])
def test_all_others_run_from_left_to_right(language: str) -> None:
    assert localisation.direction(language) == "ltr"


@pytest.mark.parametrize("language", ["en", "de"])
def test_words_of_the_course_say_their_direction_and_the_page_keeps_its_own(reader: FlaskClient, language: str) -> None:
    reader.set_cookie("language", language)
    page = reader.get("/lessons/water").text
    assert f'<html lang="{language}" data-reader' in page
    assert re.search(r'<article class="lesson"[^>]* dir="rtl"', page)
    assert re.search(r'<h1 id="lesson-title" lang="ar" dir="rtl">', page)
    assert not re.search(r"<(?:html|body|main)[^>]* dir=", page)
    # Whatever says its language says its direction with it.
    assert re.findall(r'lang="ar"(?! dir="rtl")', page) == []


def test_a_question_turns_with_its_buttons_and_the_bar_around_it_does_not(
    reader: FlaskClient, post: Callable[..., Any]
) -> None:
    started = post(reader, "/quizzes/water/attempts", page="/quizzes/water")
    page = reader.get(started.location, follow_redirects=True).text
    assert '<div class="quiz-question" data-question dir="rtl">' in page
    assert re.search(r'class="quiz-stem"[^>]*><p lang="ar" dir="rtl">', page)
    assert not re.search(r'class="quiz-(?:bar|actions|where)"[^>]* dir=', page)


def test_a_course_that_runs_as_the_page_does_says_nothing(client: FlaskClient) -> None:
    for language in ("en", "de"):
        client.set_cookie("language", language)
        assert " dir=" not in client.get("/lessons/tea").text


def test_a_page_that_runs_from_right_to_left_turns_as_a_whole_and_the_course_in_it_back(
    own_app: Flask, client: FlaskClient, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no such interface yet; the frame is ready for one."""
    monkeypatch.setitem(localisation.LANGUAGES, "ar", "العربية")
    reader.set_cookie("language", "ar")
    page = reader.get("/lessons/water").text
    assert '<html lang="ar" dir="rtl"' in page
    assert page.count(" dir=") == 1
    client.set_cookie("language", "ar")
    page = client.get("/lessons/tea").text
    assert '<html lang="ar" dir="rtl"' in page
    assert re.search(r'<h1 id="lesson-title" lang="en" dir="ltr">', page)


def test_digits_of_the_language_and_signs_of_direction_are_read(reader: FlaskClient, post: Callable[..., Any]) -> None:
    started = post(reader, "/quizzes/water/attempts", page="/quizzes/water")
    attempt = re.search(r"/attempts/(\d+)", started.location)
    assert attempt
    address = f"/attempts/{attempt[1]}"
    page = reader.get(f"{address}/questions/4").text
    field = re.search(r'name="([^"]*text)"', page)
    assert field
    post(
        reader,
        f"{address}/questions/4",
        {field[1]: "\u200f٩٧٠", "sequence": "0", "action": "next"},
        page=f"{address}/questions/4",
    )
    assert re.search(r'value="[^"]*٩٧٠"', reader.get(f"{address}/questions/4").text)
    post(reader, f"{address}/submit", page=f"{address}/summary")
    result = reader.get(f"{address}/result").text
    assert re.search(r"(?s)id=\"review-4\".*?badge-right", result)
    assert "1 of 15 points" in result


@pytest.mark.parametrize(
    ("course", "page", "quoted"),
    [
        ("tiny", "en", "“Tea”"),
        ("tiny", "de", "“Tea”"),
        ("arabic", "en", "\u2068«Tea»\u2069"),
        ("arabic", "de", "\u2068«Tea»\u2069"),
    ],
)
def test_what_is_quoted_of_the_course_has_the_marks_of_its_language(
    app: Flask, arabic: Flask, course: str, page: str, quoted: str
) -> None:
    with {"tiny": app, "arabic": arabic}[course].test_request_context(headers={"Accept-Language": page}):
        assert localisation.in_quotes("Tea") == quoted
        assert localisation.in_quotes("Tea", of_page=True) == {"en": "“Tea”", "de": "„Tea“"}[page]


def test_where_one_stopped_is_quoted_so(reader: FlaskClient, make_user: Any, sign_in: Any, post: Any) -> None:
    post(reader, "/lessons/water/read", {"section": "up"}, page="/lessons/water")
    page = reader.get("/lessons/water").text
    assert re.search(r'Go on at <span lang="ar" dir="rtl">\u2068?«كم من الماء؟»', page)
