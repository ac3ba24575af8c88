"""An instructor at a browser without scripts: reads the forms of a page, fills them in, presses buttons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict


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

    def form(self, name: str) -> Any:
        document = html5lib.parse(self.response.text, namespaceHTMLElements=False)
        return next((form for form in document.iter("form") if form.get("id") == name), None)

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


def fields_of(form: Any) -> MultiDict[str, str]:
    """What a browser would send of a form, but for its buttons."""
    sent: MultiDict[str, str] = MultiDict()
    for element in form.iter():
        name = element.get("name")
        if not name or element.get("disabled") is not None:
            continue
        if element.tag == "textarea":
            # A parser drops the line end right after the tag, and browsers send line ends as CR LF.
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
