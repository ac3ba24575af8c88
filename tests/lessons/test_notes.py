"""Footnotes of a lesson: what a screen reader says of them is in the language of the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient


@pytest.fixture
def bank(bank: Path) -> Path:
    lesson = bank / "1-tea" / "lesson.md"
    lesson.write_text(lesson.read_text() + "\n\nA claim[^why].\n\n[^why]: The reason, $x^2$.\n")
    return bank


@pytest.mark.parametrize(
    ("language", "mark", "back"), [("en", "Note 1", "Back to note 1"), ("de", "Anmerkung 1", "Zurück zur Anmerkung 1")]
)
def test_a_note_and_the_way_back_from_it_are_said(
    bank: Path, client: FlaskClient, language: str, mark: str, back: str
) -> None:
    page = client.get("/lessons/tea", headers={"Accept-Language": language}).text
    assert f'<a href="#note-1" aria-label="{mark}"' in page
    assert f'<a href="#note-1-mark" aria-label="{back}"' in page
    assert page.count('id="note-1"') == page.count('id="note-1-mark"') == 1
