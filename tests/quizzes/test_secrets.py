"""The answer key leaves the server after grading and not before: read in every response of whole attempts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.quizzes.conftest import Paper, fields_of, right_answer
from webapp.content.markdown import render_inline
from webapp.quizzes import selection
from webapp.quizzes.models import Slot

#: keys of a question's body whose text is for afterwards
KEPT_BACK = {"feedback", "explanation", "answers", "wrong"}


def kept_back(value: Any, inside: bool = False) -> Iterator[str]:
    """Every text of a question's body that says, or hints at, what is right."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from kept_back(part, inside or name in KEPT_BACK)
    elif isinstance(value, list):
        for part in value:
            yield from kept_back(part, inside)
    elif inside and isinstance(value, str) and len(value) > 3:
        yield value


def words(page: str) -> str:
    """What a page says, tags and entities undone, blanks made one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


class Listener:
    """Keeps every response of a client."""

    def __init__(self, client: Any) -> None:
        self.client, self.heard = client, []
        self.application = client.application

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def get(self, *args: Any, **more: Any) -> Any:
        return self.keep(self.client.get(*args, **more))

    def post(self, *args: Any, **more: Any) -> Any:
        return self.keep(self.client.post(*args, **more))

    def keep(self, response: Any) -> Any:
        self.heard.append(f"{response.status} {dict(response.headers)} {response.text}")
        return response


def slots_of(paper: Paper) -> Iterator[Slot]:
    position = 1
    while paper.get(position).status_code == 200:
        yield paper.slot(position)
        position += 1


def take(paper: Paper, quiz_id: str) -> list[str]:
    """Goes through a whole attempt in every way a browser can, without handing in; gives all that was heard."""
    listener = Listener(paper.client)
    paper.client = listener  # type: ignore[assignment]
    listener.get("/quizzes")
    paper.start(quiz_id)
    position = 0
    while True:
        position += 1
        page = paper.get(position)
        if page.status_code == 404:
            break
        answer = right_answer(paper.slot(position))
        paper.send(position, None, "check")
        paper.send(position, answer, "save", sequence=0, json=True)
        paper.send(position, None, "save", sequence=0, json=True)
        paper.send(position, None, "next", sequence=0)
        paper.send(position, answer, "flag:on")
        paper.send(position, answer, "next")
        paper.get(position)
        listener.get(f"{paper.path}/questions/{position}", headers={"Accept": "application/json"})
    listener.get(f"{paper.path}/summary")
    listener.get(f"{paper.path}/clock")
    listener.get(f"{paper.path}/result", follow_redirects=True)
    listener.get(paper.path)
    listener.get(f"/quizzes/{quiz_id}")
    listener.post(f"{paper.path}/practice", data={"csrf_token": paper.token})
    return listener.heard


@pytest.mark.long
@pytest.mark.parametrize("quiz_id", ["every-type", "bread", "final", "before"])
def test_no_response_of_an_attempt_holds_what_is_for_afterwards(paper: Paper, quiz_id: str) -> None:
    heard = take(paper, quiz_id)
    pages = [words(page) for page in heard] + heard
    slots = list(slots_of(paper))
    assert len(slots) >= 2
    typed = {value for slot in slots for value in fields_of(slot, right_answer(slot)).values()}
    for slot in slots:
        body = slot.revision.body
        shown = words(str({name: value for name, value in body.items() if name not in KEPT_BACK}))
        for secret in set(kept_back(body)):
            # What the question itself shows, or the learner typed, is no secret.
            if secret in shown or secret in typed:
                continue
            for text in {secret, words(str(render_inline(secret)))}:
                for page in pages:
                    assert text not in page, f"{slot.question_id}: {text!r}"
    assert all('"fraction"' not in page and "data-key" not in page for page in heard)


#: edits of the tiny bank that move every key and change every word for afterwards, and nothing that is asked
MOVED = (
    ("1-tea", "Leaving it in the air, key: true", "Leaving it in the air"),
    ("1-tea", "Boiling it in water, feedback", "Boiling it in water, key: true, feedback"),
    ("1-tea", "White tea, key: true", "White tea"),
    ("1-tea", "Peppermint, feedback", "Peppermint, key: true, feedback"),
    ("1-tea", "    answer: false\n", "    answer: true\n"),
    ("1-tea", "    answer: 6\n", "    answer: 60\n"),
    ("1-tea", "answers: [oxidation, oxidization, {pattern: \"oxidi[sz]ing\"}]", "answers: [rusting]"),
    ("2-bread", "{text: Yeast, key: true, feedback", "{text: Yeast, feedback"),
    ("2-bread", "{text: Salt, feedback", "{text: Salt, key: true, feedback"),
    ("2-bread", "answers: [carbon dioxide, CO2]", "answers: [steam]"),
    ("2-bread", "        answer: 65\n", "        answer: 80\n"),
    ("2-bread", "{text: Kneading, category: before", "{text: Kneading, category: in"),
    ("2-bread", "{text: Baking, category: in", "{text: Baking, category: before"),
)  # fmt: skip


def same_but_for_tokens(page: str) -> str:
    page = re.sub(r'(name="csrf_token" value=|nonce-|nonce=)"?[^"\'; ]+', r"\1", page)
    return re.sub(r"'(Set-Cookie|Content-Length|Vary|X-Request-ID)': '[^']*'", "", page)


def test_a_paper_looks_the_same_whatever_its_key(
    make_app: Any, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two banks that differ in their keys alone give the same pages, to the byte."""
    import shutil

    monkeypatch.setattr(selection, "new_seed", lambda: 20260302)
    other = tmp_path / "other"
    shutil.copytree(bank, other)
    for folder, old, new in MOVED:
        path = other / folder / "questions.yaml"
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new, 1))
    pages = []
    for number, folder in enumerate((bank, other)):
        app: Flask = make_app(bank=folder, data=tmp_path / f"data-{number}")
        paper = Paper(app.test_client())
        paper.start("every-type")
        heard = [paper.get(position) for position in range(1, 10)]
        heard += [
            paper.client.post(
                f"{paper.path}/questions/1",
                data={
                    "csrf_token": paper.token,
                    "sequence": "0",
                    "answer-answer": "1",
                    "action": action,
                },
                headers={"Accept": accept},
            )
            for action, accept in (("save", "application/json"), ("next", "text/html"))
        ]
        heard.append(paper.client.get(f"{paper.path}/summary"))
        pages.append([same_but_for_tokens(f"{page.status} {dict(page.headers)} {page.text}") for page in heard])
    for one, another in zip(*pages, strict=True):
        assert one == another
