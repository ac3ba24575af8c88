"""An exam whose pages note that they were left: what a real browser tells of going on, and of going away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.scene import Scene
from webapp.database import db
from webapp.quizzes.conditions import Conditions
from webapp.quizzes.models import Attempt


@pytest.fixture
def noting(scene: Scene) -> Iterator[int]:
    """The examinee's exam, for once without conditions but that leaving is noted."""
    strict = _set(scene, Conditions(notes=True))
    yield scene.parts["exam"]
    _set(scene, strict)


def _set(scene: Scene, conditions: Conditions | None) -> Conditions | None:
    """Gives the exam other conditions, and says which it had."""
    with scene.app.app_context():
        attempt = db.session.get_one(Attempt, scene.parts["exam"])
        assert attempt.assignment
        before = attempt.assignment.conditions
        attempt.assignment.conditions = conditions
        db.session.commit()
    return before


_REMEMBER = """const send = navigator.sendBeacon.bind(navigator);
navigator.sendBeacon = (address, body) => {
  localStorage.setItem("told", (localStorage.getItem("told") ?? "") + body.get("kind") + " ");
  return send(address, body);
};"""


def test_going_on_is_no_leaving_and_going_away_is(enter: Any, noting: int) -> None:
    """What the page tells, not what arrives: a browser may drop what is told on the way out."""
    page = enter("examinee")
    page.add_init_script(_REMEMBER)
    paper = f"/attempts/{noting}/questions"
    page.goto(f"{paper}/1")
    page.get_by_role("button", name="Next").click()
    page.wait_for_url(f"**{paper}/2")
    page.route("**/questions/3", lambda route: (time.sleep(3.5), route.continue_()))  # longer than a click is fresh
    page.get_by_role("button", name="Next").click()
    page.wait_for_url(f"**{paper}/3")
    page.evaluate("history.back()")
    page.wait_for_url(f"**{paper}/2")
    with page.expect_navigation():
        page.evaluate("location.reload()")
    assert page.evaluate("localStorage.getItem('told')") is None

    page.get_by_role("link", name="Leave for now").click()
    page.wait_for_url("**/quizzes/final")
    assert page.evaluate("localStorage.getItem('told')") == "left "
