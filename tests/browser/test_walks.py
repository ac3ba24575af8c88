"""Small courses made in the browser: from a server without one to a student's result.

What comes out is the folder in tests/banks (see `said`). To write it anew, after a change of a plan in tests/walks or
of what the editor writes: `make courses`, which sets WRITE_COURSES=1.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from tests.browser.scene import PASSWORD, prepared
from tests.browser.walking import Student, Teacher, sign_in
from tests.servers import ROOT, Server
from tests.walks import walks
from webapp.accounts import service as accounts
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.questions.contract import Question
from webapp.quizzes import revisions
from webapp.quizzes.models import Slot

BANKS = ROOT / "tests" / "banks"
WRITES = os.environ.get("WRITE_COURSES") == "1"


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Without the address of the server that the other tests share, which need not start for this."""
    return {"locale": "en-GB", "timezone_id": "UTC"}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    """A server whose folder of courses is empty, with a teacher and a student."""
    (tmp_path / "courses").mkdir()
    server = Server(tmp_path / "data", tmp_path / "courses", settings={"WEBAPP_LIMITS": "off"})
    yield server
    server.stop()


@pytest.fixture
def opened(browser: Any, browser_context_args: Any, empty: Server) -> Iterator[Callable[[str], Page]]:
    """A page in a browser of one's own, signed in by the form."""
    contexts = []

    def open_page(who: str) -> Page:
        context = browser.new_context(**browser_context_args | {"base_url": empty.address})
        contexts.append(context)
        page: Page = context.new_page()
        sign_in(page, who, PASSWORD)
        return page

    yield open_page
    for context in contexts:
        context.close()


def started(server: Server) -> Flask:
    """The server, running, and the app on its database in this process."""
    app = prepared(server)
    with app.app_context():
        for who, role in (("teacher", "instructor"), ("student", "learner")):
            accounts.create_user(username=who, password=PASSWORD, name=who.title(), role=role, now=datetime.now(UTC))
        db.session.commit()
        db.engine.dispose()
    server.start(120)
    return app


def question_on(app: Flask, attempt_id: int, position: int) -> Question:
    with app.app_context():
        wanted = select(Slot).where(Slot.attempt_id == attempt_id, Slot.position == position)
        slot = db.session.scalars(wanted).one()
        return revisions.question_of(slot.revision, slot.order_seed)


def files(folder: Path) -> dict[str, bytes]:
    """What a course is made of, by path. The folder of a pillar that was taken out stays on the server and belongs to
    it no more."""
    course = load_course(folder)
    own = {pillar.folder for pillar in course.pillars} | {"media"}
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.as_posix(): (folder / path).read_bytes() for path in found if path.parts[0] in own or len(path.parts) == 1
    }


def said(path: str, raw: bytes) -> Any:
    """What a file says: its bytes, but of YAML the values. How the editor lays an item out, in which order and on
    how many lines, hangs on how much of it was written when form and YAML last met, so on the speed of the machine."""
    return yaml.load(raw, yaml.CBaseLoader) if path.endswith(".yaml") else raw


@pytest.mark.parametrize("name", walks())
def test_a_course_is_made_from_nothing_and_taken(name: str, empty: Server, opened: Callable[[str], Page]) -> None:
    walk = walks()[name]
    app = started(empty)
    Teacher(opened("teacher"), walk).make()
    student = Student(opened("student"), walk, lambda attempt, position: question_on(app, attempt, position))
    student.read()
    student.take()
    student.see_the_result()
    with app.app_context():
        db.engine.dispose()
    made, kept = files(empty.bank / name), BANKS / name
    if WRITES:
        shutil.rmtree(kept, ignore_errors=True)
        for path, raw in made.items():
            (kept / path).parent.mkdir(parents=True, exist_ok=True)
            (kept / path).write_bytes(raw)
    there = files(kept)
    assert sorted(made) == sorted(there)
    for path, raw in made.items():
        assert said(path, raw) == said(path, there[path]), path
