"""Home and the lessons, as a browser without scripts meets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.clients import within
from tests.conftest import token_of
from tests.ui.html import problems
from webapp.accounts.models import User
from webapp.database import db
from webapp.lessons.models import Place, Reading
from webapp.progress import standing

Post = Callable[..., Any]


def rows(app: Flask, model: type) -> list[Any]:
    with app.app_context():
        return db.session.query(model).all()


def the_check(page: str, check_id: str) -> str:
    found = re.search(
        rf'<div class="check"[^>]* id="{check_id}".*?(?=<div class="check"|class="mark-read)', page, flags=re.S
    )
    assert found
    return found.group(0)


# ---------------------------------------------------------------------- home


def test_home_tells_a_visitor_what_this_is_and_where_to_begin(client: FlaskClient) -> None:
    page = client.get("/").text
    assert problems(page) == []
    assert "Two short lessons, every type of question" in page
    assert "Start with Making tea" in page
    assert f'href="{within("/lessons/tea")}"' in page
    assert f'href="{within("/lessons/opening")}"' in page


def test_home_shows_each_pillar_with_its_number_its_question_and_its_state(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any, post: Post
) -> None:
    sign_in(client, make_user())
    post(client, "/lessons/tea/read", {"section": "leaves"}, page="/lessons/tea")
    page = client.get("/").text
    assert problems(page) == []
    assert "Why does the same leaf taste so different in two cups?" in page
    assert "1 of 2 read" in page
    assert "Go on where you were" in page
    assert f'href="{within("/lessons/tea#water")}"' in page


@pytest.mark.parametrize("kind", ["start", "attempt", "resume", "quiz", "again", "review", "read", "final", "done"])
def test_each_next_step_has_words_and_one_way_on(
    app: Flask, kind: str, monkeypatch: pytest.MonkeyPatch, client: FlaskClient
) -> None:
    from types import SimpleNamespace

    from webapp.web.current import course

    def forced(*_arguments: Any) -> standing.NextStep:
        pillar = course().pillars[0]
        attempt: Any = SimpleNamespace(id=7, quiz_id="tea", policy={"title": "Tea quiz"})
        quiz = course().quizzes[1]
        return standing.NextStep(kind, pillar, pillar.lesson, pillar.lesson.sections[0], quiz, attempt, 3, 2)  # type: ignore[arg-type]

    monkeypatch.setattr(standing, "next_step", forced)
    page = client.get("/").text
    assert problems(page) == []
    assert page.count('class="button button-primary"') == 1


# ---------------------------------------------------------------------- a lesson


@pytest.mark.parametrize("lesson", ["opening", "tea", "bread", "closing"])
def test_a_lesson_is_valid_html_with_contents_that_lead_somewhere(client: FlaskClient, lesson: str) -> None:
    answer = client.get(f"/lessons/{lesson}")
    assert answer.status_code == 200
    assert problems(answer.text) == []


@pytest.mark.parametrize(
    "lesson", ["opening", "research", "talent", "constraints", "frugal-innovation", "competition", "closing"]
)
def test_the_lessons_that_ship_are_valid_html(course_app: Flask, lesson: str) -> None:
    page = course_app.test_client().get(f"/lessons/{lesson}").text
    assert problems(page) == []
    assert page.count('class="figure figure-') >= (2 if lesson not in {"opening", "closing"} else 0)


def test_a_lesson_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/lessons/coffee").status_code == 404
    assert client.get("/lessons/tea/checks/tea-check-9").status_code == 404


def test_every_citation_leads_to_a_source_with_its_firmness(client: FlaskClient) -> None:
    page = client.get("/lessons/tea").text
    cited = set(re.findall(r'href="#source-([\w-]+)"', page))
    assert cited
    for name in cited:
        source = re.search(rf'<li id="source-{name}".*?</li>', page, flags=re.S)
        assert source
        assert 'class="firmness firmness-' in source.group(0)


def test_a_fact_that_was_looked_up_says_where_and_when(course_app: Flask) -> None:
    page = course_app.test_client().get("/lessons/competition").text
    source = re.search(r'<li id="source-hurun-second-edition".*?</li>', page, flags=re.S)
    assert source
    assert "Looked up" in source[0]
    assert '<a href="https://news.cnyes.com/news/id/6315147" rel="external">cnyes (in Chinese)</a>' in source[0]
    assert "19 January 2026" in source[0]


def test_terms_lead_to_their_definitions(client: FlaskClient) -> None:
    page = client.get("/lessons/tea").text
    assert 'class="term" href="#term-oxidation"' in page or 'href="#term-oxidation" class="term"' in page
    assert 'id="term-oxidation"' in page


def test_a_lesson_leads_to_its_quiz_and_to_its_neighbours(client: FlaskClient) -> None:
    page = client.get("/lessons/tea").text
    assert f'href="{within("/quizzes/tea")}"' in page
    assert re.search(rf'rel="prev" href="{within("/lessons/opening")}"', page)
    assert re.search(rf'rel="next" href="{within("/lessons/bread")}"', page)


def test_a_lesson_prints_as_a_handout(client: FlaskClient) -> None:
    page = client.get("/lessons/tea").text
    assert re.search(r'href="/static/css/print\.css[^"]*" media="print"', page)
    with client.get("/static/css/print.css") as sheet:
        assert sheet.status_code == 200


# ---------------------------------------------------------------------- checks


def test_no_key_and_no_feedback_is_in_a_lesson_before_answering(course_app: Flask) -> None:
    client = course_app.test_client()
    with course_app.app_context():
        from webapp.web.current import course

        lessons = list(course().lessons.values())
    for lesson in lessons:
        page = client.get(f"/lessons/{lesson.id}").text
        for check in lesson.checks:
            piece = the_check(page, check.id)
            secrets = [check.question.explanation]
            secrets += [getattr(option, "feedback", "") for option in getattr(check.question, "options", ())]
            for secret in secrets:
                words = secret.split("*")[0].strip()
                assert len(words) < 8 or words not in piece, f"{check.id} gives away: {words}"
            assert "part-verdict" not in piece
            assert 'value="true"' not in piece or check.question.type == "true_false"


def test_a_check_answers_without_scripts_in_its_place(client: FlaskClient, post: Post) -> None:
    page = post(client, "/lessons/tea/checks/tea-check-1", {"tea-check-1-answer": "false"}, page="/lessons/tea").text
    assert problems(page) == []
    assert f'action="{within("/lessons/tea/checks/tea-check-1#tea-check-1")}"' in client.get("/lessons/tea").text
    check = the_check(page, "tea-check-1")
    assert 'data-state="closed"' in check
    assert "One plant, two treatments." in check
    assert "Right" in check


def test_a_wrong_answer_is_told_why(client: FlaskClient, post: Post) -> None:
    page = post(client, "/lessons/tea/checks/tea-check-1", {"tea-check-1-answer": "true"}, page="/lessons/tea").text
    check = the_check(page, "tea-check-1")
    assert "What differs is how the leaf is treated." in check
    assert "Wrong" in check
    assert "Try again" in check


def test_an_empty_answer_is_asked_for_and_tells_nothing(client: FlaskClient, post: Post) -> None:
    page = post(client, "/lessons/tea/checks/tea-check-1", page="/lessons/tea").text
    check = the_check(page, "tea-check-1")
    assert "Nothing is answered yet." in check
    assert "One plant, two treatments." not in check


def test_a_script_gets_the_check_alone(client: FlaskClient) -> None:
    token = token_of(client.get("/lessons/tea").text)
    headers = {"X-Requested-With": "fetch"}
    data = {"csrf_token": token, "tea-check-1-answer": "false"}
    answered = client.post("/lessons/tea/checks/tea-check-1", data=data, headers=headers).text
    assert "<html" not in answered
    assert "One plant, two treatments." in answered
    again = client.get("/lessons/tea/checks/tea-check-1", headers=headers).text
    assert "<html" not in again
    assert "One plant, two treatments." not in again
    assert token_of(again)


def test_the_address_of_a_check_leads_to_its_place_in_the_lesson(client: FlaskClient) -> None:
    answer = client.get("/lessons/tea/checks/tea-check-1")
    assert answer.status_code == 302
    assert answer.location == "/lessons/tea#tea-check-1"


def test_a_check_keeps_nothing_and_makes_nobody_a_guest(app: Flask, client: FlaskClient, post: Post) -> None:
    post(client, "/lessons/tea/checks/tea-check-1", {"tea-check-1-answer": "true"}, page="/lessons/tea")
    assert rows(app, User) == []
    assert rows(app, Reading) == []


def test_a_check_without_a_token_is_refused(client: FlaskClient) -> None:
    assert client.post("/lessons/tea/checks/tea-check-1", data={"tea-check-1-answer": "true"}).status_code == 400


# ---------------------------------------------------------------------- reading


def test_marking_a_section_as_read_leads_to_the_next_one(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any, post: Post
) -> None:
    sign_in(client, make_user())
    answer = post(client, "/lessons/tea/read", {"section": "leaves"}, page="/lessons/tea")
    assert answer.location == "/lessons/tea#water"
    assert [row.section_id for row in rows(app, Reading)] == ["leaves"]
    page = client.get("/lessons/tea").text
    assert re.search(r'<li class="is-read" data-section="leaves">', page)
    last = post(client, "/lessons/tea/read", {"section": "water"}, page="/lessons/tea")
    assert last.location == "/lessons/tea#the-end"
    assert "All read" in client.get("/lessons/tea").text


def test_a_visitor_who_marks_something_becomes_a_guest_and_keeps_it(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    post(client, "/lessons/tea/read", {"section": "all"}, page="/lessons/tea")
    assert [user.role for user in rows(app, User)] == ["guest"]
    assert {row.section_id for row in rows(app, Reading)} == {"leaves", "water"}


def test_a_script_that_tells_the_place_gets_no_page(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any
) -> None:
    sign_in(client, make_user())
    token = token_of(client.get("/lessons/bread").text)
    headers = {"X-Requested-With": "fetch"}
    answer = client.post("/lessons/bread/read", data={"csrf_token": token, "place": "rising"}, headers=headers)
    assert (answer.status_code, answer.data) == (204, b"")
    assert [(row.lesson_id, row.section_id) for row in rows(app, Place)] == [("bread", "rising")]
    assert rows(app, Reading) == []


def test_a_lesson_offers_to_go_on_where_the_reader_was(
    client: FlaskClient, make_user: Any, sign_in: Any, post: Post
) -> None:
    sign_in(client, make_user())
    post(client, "/lessons/bread/read", {"section": "mixing"}, page="/lessons/bread")
    assert "Go on at “Rising”" in client.get("/lessons/bread").text


def test_an_unknown_section_is_passed_over(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any, post: Post
) -> None:
    sign_in(client, make_user())
    assert post(client, "/lessons/tea/read", {"section": "cellar"}, page="/lessons/tea").status_code == 302
    assert post(client, "/lessons/tea/read", {"section": "x" * 200}, page="/lessons/tea").status_code == 400
    assert rows(app, Reading) == []


def test_reading_takes_few_queries(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any, count_queries: Any
) -> None:
    sign_in(client, make_user())
    for address, most in (("/", 8), ("/lessons/tea", 5)):
        client.get(address)
        with count_queries(app) as counted:
            client.get(address)
        assert counted.count <= most, (address, counted.statements)
        assert counted.commits == 0


# ---------------------------------------------------------------------- the design's parts


def test_the_parts_of_the_design_are_shown_in_development(client: FlaskClient) -> None:
    page = client.get("/styleguide").text
    assert problems(page) == []


def test_the_parts_of_the_design_are_not_there_in_production(app: Flask) -> None:
    app.testing = False
    assert app.test_client().get("/styleguide").status_code == 404
