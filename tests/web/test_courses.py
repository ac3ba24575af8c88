"""Addresses of courses: one site, one course or several, and every address there ever was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from tests.clients import within
from tests.conftest import token_of
from tests.several import write_several
from tests.ui.html import problems
from webapp.database import db
from webapp.quizzes.models import Attempt
from webapp.web import current


def plain(app: Flask) -> FlaskClient:
    """A client that sends every address as it is."""
    return FlaskClient(app, app.response_class)


# --- one course -------------------------------------------------------------------------------------------------------


def test_the_only_course_is_at_home_at_the_root(app: Flask) -> None:
    page = plain(app).get("/")
    assert page.status_code == 200
    assert "Tea and bread" in page.text
    assert 'class="brand" href="/"' in page.text
    assert f'href="{within("/quizzes")}"' in page.text
    assert plain(app).get("/courses/tea-and-bread").text.count("<h1") == 1
    assert "All courses" not in page.text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/quizzes/tea", "/quizzes/tea"),
        ("/quizzes/tea?seen=1&x=a%20b", "/quizzes/tea?seen=1&x=a%20b"),
        ("/lessons/tea", "/lessons/tea"),
        ("/attempts/5/questions/3", "/attempts/5/questions/3"),
        ("/instructor/bank/file?path=course.yaml", "/instructor/bank/file?path=course.yaml"),
        ("/instructor/scores.csv", "/instructor/scores.csv"),
        ("/progress", "/progress"),
    ],
)
def test_an_old_address_leads_to_the_new_one_for_good(app: Flask, old: str, new: str) -> None:
    answer = plain(app).get(old)
    assert (answer.status_code, answer.headers["Location"]) == (308, within(new))


def test_what_was_sent_to_an_old_address_arrives(app: Flask) -> None:
    """Of a page that somebody had open when the server was upgraded."""
    client = plain(app)
    token = token_of(client.get(within("/quizzes/tea")).text)
    answer = client.post("/quizzes/tea/attempts", data={"csrf_token": token}, follow_redirects=True)
    assert answer.status_code == 200
    with app.app_context():
        assert db.session.query(Attempt).count() == 1
    assert answer.request.path == within("/attempts/1/questions/1")


@pytest.mark.parametrize("path", ["/nothing", "/courses/none/quizzes", "/courses/none", "/quizzes//elsewhere.example"])
def test_what_was_never_there_is_not_there(app: Flask, path: str) -> None:
    assert plain(app).get(path).status_code == 404


def test_every_page_of_a_course_can_be_named_without_naming_the_course(app: Flask) -> None:
    with app.test_request_context():
        assert url_for("quizzes.index") == within("/quizzes")
        assert url_for("home.home") == "/"
        assert url_for("review.index") == "/review"


# --- several ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    return make_app(bank=write_several(tmp_path / "several", "ale", "bun", "cup"))


@pytest.fixture
def folder(several: Flask) -> Path:
    return Path(several.config["SETTINGS"].bank)


def test_the_root_lists_the_courses(several: Flask) -> None:
    page = several.test_client().get("/").text
    for name in ("ale", "bun", "cup"):
        assert f'<a href="/courses/{name}">All about {name}</a>' in page
    assert "/quizzes" not in page, "of which course?"
    assert problems(page) == []
    assert several.test_client().get("/courses").status_code == 200


@pytest.mark.parametrize("path", ["", "/quizzes", "/quizzes/bun-quiz", "/lessons/bun-one", "/progress"])
def test_pages_of_a_course_lead_to_pages_of_it(several: Flask, path: str) -> None:
    page = several.test_client().get(f"/courses/bun{path}")
    assert page.status_code == 200
    assert "/courses/bun/quizzes" in page.text
    assert "/courses/ale" not in page.text
    assert "/courses/cup" not in page.text
    assert 'class="brand" href="/courses/bun"' in page.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/review", "/offline", "/nothing", "/join/XYZ234"])
def test_pages_of_the_site_do_without_a_course(several: Flask, path: str) -> None:
    page = several.test_client().get(path)
    assert page.status_code in (200, 404)
    assert 'class="brand" href="/"' in page.text
    assert "/courses/ale" not in page.text


def test_links_within_a_lesson_stay_in_the_course(several: Flask) -> None:
    page = several.test_client().get("/courses/cup/lessons/cup-one").text
    assert 'href="#go-on"' in page or 'href="/courses/cup/lessons/cup-one#go-on"' in page
    assert 'href="/lessons' not in page


def test_an_old_address_leads_to_the_course_that_came_first(make_app: Callable[..., Flask], several: Flask) -> None:
    assert several.test_client().get("/progress").headers["Location"] == "/courses/ale/progress"
    other = make_app(bank=several.config["SETTINGS"].bank, first_course="cup")
    assert other.test_client().get("/progress").headers["Location"] == "/courses/cup/progress"
    for app, first in ((several, "ale"), (other, "cup")):
        with app.app_context():
            assert current.first_course().id == first, "what older rows are said to be of"


def test_a_quiz_is_found_in_its_own_course_only(several: Flask) -> None:
    assert several.test_client().get("/courses/ale/quizzes/ale-quiz").status_code == 200
    assert several.test_client().get("/courses/ale/quizzes/bun-quiz").status_code == 404


def test_a_form_that_waited_for_the_sign_in_goes_on_in_its_course(several: Flask, make_user: Any, post: Any) -> None:
    make_user(username="ada", app=several)
    client = several.test_client()
    begun = post(client, "/courses/bun/quizzes/bun-quiz/attempts", {}, page="/courses/bun/quizzes/bun-quiz")
    attempt = begun.headers["Location"]
    assert attempt.startswith("/courses/bun/attempts/")
    fields = {"name": "Bo", "login": "bo", "password": "correct horse battery"}
    post(client, "/sign-up", fields)
    token = token_of(client.get(f"{attempt}/summary").text)
    client.delete_cookie("session")
    asked = client.post(f"{attempt}/submit", data={"csrf_token": token})
    assert asked.status_code == 401
    kept = asked.text.partition('name="kept"')[2].partition('value="')[2].partition('"')[0]
    fields = {"csrf_token": token_of(asked.text), "login": "bo", "password": "correct horse battery", "kept": kept}
    done = client.post("/sign-in", data=fields)
    assert done.headers["Location"] == f"{attempt}/result"


def test_a_broken_course_is_told_to_staff_and_leaves_the_others(
    several: Flask, folder: Path, make_user: Any, sign_in: Any
) -> None:
    (folder / "bun" / "one" / "questions.yaml").write_text("questions: 3\n")
    client = several.test_client()
    assert client.get("/courses/bun/quizzes").status_code == 404
    assert "All about bun" not in client.get("/").text, "nobody can open it"
    assert client.get("/courses/ale/quizzes").status_code == 200
    teacher = sign_in(several.test_client(), make_user(role="instructor", app=several))
    page = teacher.get("/courses/bun/quizzes")
    assert page.status_code == 503
    assert "questions.yaml" in page.text
    listed = teacher.get("/").text
    assert "All about bun" in listed
    assert "Nobody can open it." in listed
    assert "questions.yaml" in listed


def test_the_list_says_where_one_stopped_and_puts_that_first(
    several: Flask, make_user: Any, sign_in: Any, post: Any
) -> None:
    reader = sign_in(several.test_client(), make_user(app=several))
    lesson = "/courses/cup/lessons/cup-one"
    assert post(reader, f"{lesson}/read", {"place": "go-on"}, page=lesson).status_code in (204, 302, 303)
    page = reader.get("/").text
    assert f'href="{lesson}#go-on"' in page
    assert page.index("All about cup") < page.index("All about ale")
    assert "You were last in" not in several.test_client().get("/").text


def test_an_empty_folder_of_courses_can_be_looked_at(several: Flask, folder: Path) -> None:
    import shutil

    for name in ("ale", "bun", "cup"):
        shutil.rmtree(folder / name)
    page = several.test_client().get("/")
    assert page.status_code == 200
    assert "No course yet" in page.text


def test_a_review_brings_what_is_due_in_all_courses(
    several: Flask, clock: Any, make_user: Any, sign_in: Any, post: Any
) -> None:
    reader = sign_in(several.test_client(), make_user(app=several))
    for name in ("ale", "cup"):
        quiz = f"/courses/{name}/quizzes/{name}-quiz"
        begun = post(reader, f"{quiz}/attempts", {}, page=quiz)
        post(reader, f"{begun.headers['Location']}/submit", {}, page=f"{begun.headers['Location']}/summary")
    clock.advance(days=2)
    sign_in(reader, make_user(app=several)) if reader.get("/account").status_code != 200 else None
    page = reader.get("/review").text
    assert "4" in page
    asked = set()
    for _turn in range(4):
        next_page = post(reader, "/review/next", {}, page="/review").headers["Location"]
        shown = reader.get(next_page).text
        asked |= {name for name in ("ale", "cup") if f", in {name}?" in shown}
        post(reader, next_page, {"action": "unknown", "sequence": "0"}, page=next_page)
    assert asked == {"ale", "cup"}
