"""What somebody meets who may not take the course, and whoever takes one that is archived: seen as every page is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.browser import seen
from tests.browser.scene import Scene
from webapp.accounts import course_admission
from webapp.accounts.models import Admission, User
from webapp.database import db


@pytest.fixture
def settle(scene: Scene) -> Iterator[Callable[..., str]]:
    """Settles something for the course of all tests, and takes it back afterwards; gives the code."""

    def done(admission: Admission, *, archived: bool = False) -> str:
        at = datetime.now(UTC)
        with scene.app.app_context():
            admin = db.session.get_one(User, scene.people["admin"])
            row = course_admission.admit(scene.course.id, admission, by=admin, now=at)
            act = course_admission.archive if archived else course_admission.restore
            act(scene.course.id, by=admin, now=at)
            db.session.commit()
            return row.join_code

    yield done
    done(Admission.OPEN)


def look(page: Any, name: str) -> None:
    """What axe finds at 360 and 1280 px, by day and by night, and what is cut."""
    found = []
    for width in (360, 1280):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            found += [f"{name} {width} {scheme} {each}" for each in seen.against_axe(page)]
            if folder := os.environ.get("WEBAPP_PICTURES_OF_TESTS"):
                page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 320, "height": 800})
    found += [f"{name} 320 {each}" for each in seen.cut(page)]
    assert not found, "\n".join(found)


@pytest.fixture
def page_of(browser: Any, browser_context_args: Any, scene: Scene) -> Iterator[Callable[[str], Any]]:
    contexts = []

    def opened(who: str) -> Any:
        context = browser.new_context(**browser_context_args, service_workers="block")
        contexts.append(context)
        seen.bring_axe(context)
        if who != "nobody":
            url = browser_context_args["base_url"]
            context.add_cookies(
                [{"name": name, "value": value, "url": url} for name, value in scene.cookies(who).items()]
            )
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def test_a_visitor_gets_in_by_the_code_with_the_keyboard(settle: Any, page_of: Any) -> None:
    code = settle(Admission.CODE)
    page = page_of("nobody")
    page.goto("/lessons/talent")
    look(page, "closed-by-code")
    page.get_by_label("Code of the course").focus()
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.get_by_text("This code does not open the course.").first.wait_for()
    look(page, "closed-wrong-code")
    page.get_by_label("Code of the course").fill(f"{code[:4]}-{code[4:]}".lower())
    page.keyboard.press("Enter")
    page.wait_for_url("**/lessons/talent")


def test_a_newcomer_is_led_to_the_classes(settle: Any, page_of: Any) -> None:
    settle(Admission.CLASS)
    page = page_of("newcomer")
    page.goto("/")
    look(page, "closed-by-class")
    page.get_by_role("link", name="Join a class").click()
    page.wait_for_url("**/join")


def test_an_archived_course_says_so(settle: Any, page_of: Any) -> None:
    settle(Admission.CODE, archived=True)
    page = page_of("reader")
    page.goto("/quizzes/research")
    page.get_by_text("This course is archived").first.wait_for()
    look(page, "archived")
    owner = page_of("admin")
    owner.goto("/instructor/course/admission")
    look(owner, "admission")
    owner.goto("/instructor/course/people")
    look(owner, "people")
