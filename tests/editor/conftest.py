"""An instructor at a browser without scripts: reads the forms of a page, fills them in, presses buttons."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.pictures import picture


class Screen:
    """A page and what is filled in on it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.response: Any = None
        self.fields: MultiDict[str, str] = MultiDict()
        self.address = ""

    def open(self, path: str) -> Screen:
        return self.show(self.client.get(path, follow_redirects=True))

    def show(self, response: Any) -> Screen:
        self.response = response
        self.fields = MultiDict()
        form = self.form("desk")
        if form is not None:
            self.address = form.get("action")
            self.fields = fields_of(form)
        return self

    def form(self, name: str) -> Element | None:
        return FormReader(name).read(self.response.text)

    def fill(self, **values: str | None) -> Screen:
        """`fill(stem="…", options__0__text="…")`; None takes a tick away."""
        for name, value in values.items():
            self.set("q." + name.replace("__", "."), value)
        return self

    def set(self, name: str, value: str | None) -> Screen:
        self.fields.poplist(name)
        if value is not None:
            self.fields[name] = value
        return self

    def press(self, action: str, *, follow: bool = True, **headers: str) -> Screen:
        data = MultiDict(self.fields)
        data["action"] = action
        answer = self.client.post(self.address, data=data, headers=headers, follow_redirects=follow)
        return self.show(answer) if "json" not in answer.content_type else self.keep(answer)

    def keep(self, answer: Any) -> Screen:
        self.response = answer
        return self

    def sync(self, action: str = "sync") -> dict[str, Any]:
        """What a script gets for the page as it is."""
        data = MultiDict(self.fields)
        data["action"] = action
        answer = self.client.post(self.address, data=data, headers={"X-Requested-With": "fetch"})
        assert answer.status_code == 200, answer.text
        return answer.json

    @property
    def yaml(self) -> str:
        return self.fields["yaml"].replace("\r\n", "\n")

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def status(self) -> int:
        return self.response.status_code


class FormReader(HTMLParser):
    """The form of a page that has this id, as a tree, or None.

    For pages as they should be, which needs no repair: that they are is said by tests/look/html.py. Parsing a page as
    browsers do takes as long as the app takes to make it.
    """

    VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.found: Element | None = None
        self.tree: TreeBuilder | None = None
        self.begins_textarea = False

    def read(self, page: str) -> Element | None:
        self.feed(page.replace("\r\n", "\n").replace("\r", "\n"))
        self.close()
        return self.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self.found is None and self.tree is None and tag == "form" and given.get("id") == self.name:
            self.tree = TreeBuilder()
        if self.tree is not None:
            self.tree.start(tag, given)
            if tag in self.VOID:
                self.tree.end(tag)
            self.begins_textarea = tag == "textarea"

    def handle_endtag(self, tag: str) -> None:
        if self.tree is not None and tag not in self.VOID:
            ended = self.tree.end(tag)
            assert ended.tag == tag, f"</{tag}> where </{ended.tag}> is expected"
            self.begins_textarea = False
            if tag == "form":
                self.found, self.tree = self.tree.close(), None

    def handle_data(self, data: str) -> None:
        if self.tree is not None:
            # The line end right after the tag is no part of the text.
            self.tree.data(data.removeprefix("\n") if self.begins_textarea else data)
            self.begins_textarea = False


def fields_of(form: Any) -> MultiDict[str, str]:
    """What a browser would send of a form, but for its buttons."""
    sent: MultiDict[str, str] = MultiDict()
    for element in form.iter():
        name = element.get("name")
        if not name or element.get("disabled") is not None:
            continue
        if element.tag == "textarea":
            # Browsers send line ends as CR LF.
            sent.add(name, "".join(element.itertext()).replace("\n", "\r\n"))
        elif element.tag == "input":
            if element.get("type") in ("checkbox", "radio") and element.get("checked") is None:
                continue
            sent.add(name, (element.get("value") or "").replace("\n", "\r\n"))
        elif element.tag == "select":
            options = list(element.iter("option"))
            chosen = next((option for option in options if option.get("selected") is not None), options[0])
            sent.add(name, chosen.get("value"))
    return sent


@pytest.fixture
def instructor(make_user: Callable[..., int]) -> int:
    return make_user("instructor", name="Ines Tructor")


@pytest.fixture
def screen(client: FlaskClient, instructor: int, sign_in: Callable[..., Any]) -> Screen:
    return Screen(sign_in(client, instructor))


@pytest.fixture
def another_screen(app: Flask, make_user: Callable[..., int], sign_in: Callable[..., Any]) -> Callable[[], Screen]:
    def make() -> Screen:
        return Screen(sign_in(app.test_client(), make_user("instructor", name="Otto Other", username="otto")))

    return make


@pytest.fixture
def questions_file(bank: Path) -> Path:
    return bank / "1-tea" / "questions.yaml"


@pytest.fixture(autouse=True)
def _a_course_to_edit(bank: Path) -> None:
    """What is saved here is saved to files, so each test has a course of its own, with the picture of the examples."""
    (bank / "media").mkdir(exist_ok=True)
    (bank / "media" / "flower.png").write_bytes(picture())
