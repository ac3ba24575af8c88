"""A quiz as it comes out of the printer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.browser import pdf_text
from tests.browser.scene import Scene

PAPER = "/instructor/quizzes/every-type/paper"


@pytest.fixture
def teacher(enter: Any) -> Any:
    return enter("instructor")


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_a_print_has_the_names_and_seeds_on_its_pages_and_no_key(teacher: Any, scene: Scene, size: str) -> None:
    teacher.goto(f"{PAPER}?versions=2&seed=4711&cohort={scene.parts['cohort']}")
    pages = pdf_text.pages(teacher.pdf(format=size))
    names = [page for page in pages if "RitaReader" in page]
    assert len(names) >= 2, pages
    assert all("seed4711" in page for page in pages), "the foot stands on each page"
    assert not any("Keyof" in page or "×" in page for page in pages)
    assert not any("Maketheshee" in page or "Gradebook" in page for page in pages), "no form, no navigation"


def test_the_key_is_on_pages_of_its_own(teacher: Any) -> None:
    teacher.goto(f"{PAPER}?versions=2&seed=4711&cohort=&key=y")
    pages = pdf_text.pages(teacher.pdf(format="A4"))
    first = next(at for at, page in enumerate(pages) if "KeyofversionA" in page)
    assert not any("×" in page or "notfortheclass" in page for page in pages[:first])
    assert all("notfortheclass" in page for page in pages[first:])
    assert any("KeyofversionB" in page for page in pages[first + 1 :])


def test_a_question_stays_on_its_page(teacher: Any) -> None:
    """Whatever the size of the paper: its number and its last words stand on the same page."""
    teacher.goto("/instructor/quizzes/final/paper?versions=1&seed=4711&cohort=")
    for size in ("A4", "Letter", "A5"):
        pages = pdf_text.pages(teacher.pdf(format=size))
        assert len(pages) > 2
        for question in teacher.locator(".print-question").all():
            whole = pdf_text.plain(question.inner_text())
            assert any(whole[-25:] in page and whole[:25] in page for page in pages), whole


def test_a_print_is_black_on_white_in_the_dark_too(teacher: Any) -> None:
    teacher.emulate_media(color_scheme="dark")
    teacher.goto(f"{PAPER}?versions=1&seed=4711&cohort=&key=y")
    for media in ("screen", "print"):
        teacher.emulate_media(color_scheme="dark", media=media)
        colours = teacher.locator(".print-sheet, .print-sheet :is(p, span, strong, li, h2)").evaluate_all(
            "parts => [...new Set(parts.map(part => getComputedStyle(part).color))]"
        )
        assert colours == ["rgb(0, 0, 0)"]


def test_the_form_makes_the_sheets_without_a_script(teacher: Any, scene: Scene) -> None:
    teacher.goto(PAPER)
    teacher.get_by_label("Versions").fill("3")
    teacher.get_by_label("Class").select_option("The reading class")
    teacher.get_by_role("button", name="Make the sheets").click()
    assert "cohort=" in teacher.url
    teacher.locator(".print-sheet").first.wait_for()
    assert teacher.locator(".print-key").count() == 3


if shots := os.environ.get("PAPER_SHOTS"):

    def test_shots(teacher: Any, scene: Scene) -> None:
        folder = Path(shots)
        teacher.goto(f"{PAPER}?versions=2&seed=4711&cohort={scene.parts['cohort']}&key=y")
        teacher.screenshot(path=folder / "screen.png", full_page=True)
        (folder / "paper.pdf").write_bytes(teacher.pdf(format="A4"))
        teacher.emulate_media(media="print")
        teacher.set_viewport_size({"width": 680, "height": 900})
        teacher.screenshot(path=folder / "print.png", full_page=True)
        teacher.emulate_media(media="screen", color_scheme="dark")
        teacher.set_viewport_size({"width": 360, "height": 900})
        teacher.screenshot(path=folder / "narrow.png", full_page=True)
