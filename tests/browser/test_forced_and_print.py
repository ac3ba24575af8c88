"""What a page still says where the reader's system chooses the colours, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.scene import Scene

#: the words of each entry of a legend, and how far they are from its edges where it has some
_LEGEND = """() => [...document.querySelectorAll('.parts-list li, .link-box')].map(entry => {
  const style = getComputedStyle(entry), box = entry.getBoundingClientRect();
  const words = document.createRange();
  words.selectNodeContents(entry);
  const text = words.getBoundingClientRect();
  return {
    edged: parseFloat(style.borderTopWidth) > 0,
    cut: entry.scrollWidth > entry.clientWidth + 1 || entry.scrollHeight > entry.clientHeight + 1,
    room: Math.min(text.left - box.left, box.right - text.right, text.top - box.top, box.bottom - text.bottom),
  };
})"""
_DRAWN = """parts => parts.map(part => {
  const style = getComputedStyle(part);
  return `${style.fill} edged ${style.stroke} ${style.strokeWidth}`;
})"""


@pytest.fixture
def reader(enter: Any) -> Any:
    return enter("reader")


@pytest.fixture
def forced(reader: Any) -> Iterator[Any]:
    """A page in a browser whose colours are forced, as by Windows' contrast themes."""
    reader.emulate_media(forced_colors="active")
    return reader


def test_parts_of_a_whole_differ_where_colours_are_forced(forced: Any) -> None:
    forced.goto("/lessons/research")
    drawn = forced.locator(".parts-bar .part-fill").evaluate_all(_DRAWN)
    swatches = forced.locator(".part-swatch .part-fill").evaluate_all(_DRAWN)
    assert len(drawn) > 1
    assert len(set(drawn)) == len(drawn)
    assert swatches == drawn
    assert not any("none" in part for part in drawn), "an empty part needs its edge"


@pytest.mark.parametrize("media", ["screen", "print"])
def test_no_box_of_a_legend_touches_its_words(reader: Any, media: str) -> None:
    reader.emulate_media(media=media, forced_colors="active" if media == "screen" else "none")
    reader.goto("/lessons/research")
    boxes = reader.evaluate(_LEGEND)
    assert boxes
    assert not any(box["cut"] for box in boxes)
    assert all(box["room"] >= 4 for box in boxes if box["edged"])
    assert any(box["edged"] for box in boxes), "a chain has boxes"


def test_the_chosen_option_stands_out_where_colours_are_forced(forced: Any, scene: Scene) -> None:
    forced.goto(f"/attempts/{scene.parts['open']}/questions/1")
    outlines = forced.locator(".answer-option").evaluate_all(
        "options => options.map(o => [o.querySelector('input').checked, getComputedStyle(o).outlineStyle])"
    )
    assert [style != "none" for _checked, style in outlines] == [checked for checked, _style in outlines]
    assert any(checked for checked, _style in outlines)


def test_a_result_of_ten_questions_takes_four_sheets_at_most(reader: Any, scene: Scene) -> None:
    """With every question opened: a printed result that hides what was wrong helps nobody."""
    reader.goto(f"/attempts/{scene.parts['result']}/result")
    assert reader.locator(".quiz-review").count() == 10
    reader.emulate_media(media="print")
    for position in range(1, 11):
        body = reader.locator(f"#review-{position} .quiz-review-body")
        assert body.evaluate("part => part.checkVisibility({contentVisibilityAuto: true}) && part.offsetHeight > 40")
    sheets = re.findall(rb"/Type /Page\b", reader.pdf(format="A4", prefer_css_page_size=True))
    assert 2 <= len(sheets) <= 4


def test_the_first_paragraph_of_a_printed_lesson_stands_clear_of_the_rule(reader: Any) -> None:
    reader.goto("/lessons/research")
    reader.emulate_media(media="print")
    rule = reader.locator(".lesson-facts").bounding_box()
    first = reader.locator(".lesson-text p").first.bounding_box()
    assert first["y"] - rule["y"] - rule["height"] >= 12
