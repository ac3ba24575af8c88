"""Pictures in questions: shown with the question, secret with the key, and the same for good in what was answered."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.pictures import picture
from tests.quizzes.conftest import Paper
from tests.quizzes.test_secrets import take
from webapp.content.media.names import named

SIZES = {
    "stem": (120, 30),
    "option": (120, 40),
    "feedback": (120, 50),
    "explanation": (120, 60),
    "hint": (120, 70),
    "left": (120, 80),
    "right": (120, 90),
}


@pytest.fixture
def bank(bank: Path) -> Path:
    """The tiny course with a picture in each part of one question, each with a size of its own."""
    (bank / "media").mkdir()
    for name, size in SIZES.items():
        (bank / "media" / f"{name}.png").write_bytes(picture(size=size))
    path = bank / "1-tea" / "questions.yaml"
    text = path.read_text()
    for old, new in (
        ("stem: What makes a fresh leaf into black tea?", "stem: 'What is this? ![A leaf](media/stem.png)'"),
        ("text: Heating it at once,", "text: 'Heat ![a pan](media/option.png)',"),
        ("feedback: The air turns it black.", "feedback: 'Air ![a shelf](media/feedback.png)'"),
        ("hints: [Think of a cut apple.]", "hints: ['![An apple](media/hint.png)']"),
        ("explanation: Rolled leaves that", "explanation: '![A tray](media/explanation.png)' # "),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text)
    path = bank / "2-bread" / "questions.yaml"
    text = path.read_text()
    old = "{left: Yeast, right: makes the gas,"
    assert text.count(old) == 1
    new = "{left: 'This ![Grey crumbs](media/left.png)', right: '![Bubbles rising](media/right.png)',"
    path.write_text(text.replace(old, new))
    return bank


def heights(page: str) -> set[int]:
    """The heights of the pictures that a page links, which tell them apart."""
    return {int(height) for height in re.findall(r'<img class="picture"[^>]* height="(\d+)"', page)}


def names(page: str) -> set[str]:
    return {name for name, (_, height) in SIZES.items() if height in heights(page)}


@pytest.mark.long
def test_pictures_of_feedback_are_linked_by_no_response_before_grading_and_by_the_result(
    paper: Paper, bank: Path
) -> None:
    with paper.client.application.app_context():
        course = paper.client.application.extensions["courses"].only.current()
    heard = take(paper, "every-type")
    for response in heard:
        assert not names(response) & {"feedback", "explanation"}
        for name in ("feedback", "explanation"):
            assert course.media[f"media/{name}.png"].digest not in response
    assert {name for response in heard for name in names(response)} >= {"stem", "option"}
    assert not any("media/stem" in response or "media/option" in response for response in heard)
    paper.submit()
    result = paper.client.get(f"{paper.path}/result").text
    assert names(result) >= {"stem", "option", "feedback", "explanation", "left"}


def test_a_pair_shows_its_picture_and_the_menu_of_matches_its_words(paper: Paper, bank: Path) -> None:
    paper.start("every-type")
    matching = paper.get(6).text
    assert "left" in names(matching)
    assert "right" not in names(matching)
    assert re.search(r"<option [^>]*>\s*Bubbles rising\s*</option>", matching)


def test_an_answered_question_goes_on_to_show_what_it_showed(paper: Paper, bank: Path) -> None:
    paper.start("every-type")
    before = paper.get(1).text
    assert names(before) >= {"stem", "option"}
    (bank / "media" / "stem.png").write_bytes(picture(size=(120, 99)))
    after = paper.get(1).text
    assert names(after) == names(before)
    assert 99 not in heights(after)
    address = re.findall(r'<img class="picture" src="([^"]+)"', before)[0]
    assert Image.open(BytesIO(paper.client.get(address, buffered=True).data)).size == SIZES["stem"]


def test_the_revision_that_is_kept_names_the_content(paper: Paper, bank: Path) -> None:
    paper.start("every-type")
    stem = paper.slot(1).revision.body["stem"]
    kept = named(stem.partition("](")[2].rstrip(")"), {})
    assert kept is not None
    assert (kept.width, kept.height) == SIZES["stem"]
