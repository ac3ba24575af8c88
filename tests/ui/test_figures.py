"""What every figure promises to those who can't see it, and to those with a narrow screen."""

from __future__ import annotations

import re
from typing import Any, get_args

import html5lib
import pytest
from flask import Flask, render_template_string

from tests.ui.html import problems
from webapp.content.ledger import Fact
from webapp.content.lessons.figures import KINDS, Drawing
from webapp.content.lessons.lesson import Sort
from webapp.styleguide import specimens

SPECIMENS = {figure.id: figure for figure in specimens.figures()}


def draw(app: Flask, figure: Any) -> str:
    with app.test_request_context():
        page = "{% import 'figures.html' as figures %}{{ figures.figure(figure, {'one-plant': 3}) }}"
        return render_template_string(page, figure=figure)


def cells(html: str) -> str:
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    found = [cell for table in tree.iter("table") for cell in table.iter() if cell.tag in {"td", "th"}]
    return " | ".join("".join(cell.itertext()) for cell in found)


def test_there_is_a_specimen_of_each_kind() -> None:
    assert {figure.kind for figure in SPECIMENS.values()} == set(KINDS)


@pytest.mark.parametrize("name", SPECIMENS)
def test_a_figure_says_what_it_is_and_what_to_see_in_it(app: Flask, name: str) -> None:
    figure = SPECIMENS[name]
    html = draw(app, figure)
    assert f'aria-labelledby="{name}-title"' in html
    assert figure.title in html
    assert figure.see in html


@pytest.mark.parametrize("name", SPECIMENS)
def test_all_its_numbers_and_words_stand_in_a_table(app: Flask, name: str) -> None:
    figure = SPECIMENS[name]
    table = cells(draw(app, figure))
    for row in getattr(figure, "rows", ()):
        assert row.label in table
        assert f"{row.value:,}" in table
        assert row.text in table
    for event in getattr(figure, "events", ()):
        assert event.label in table
        assert all(year in table for year in re.findall(r"\d{4}", event.when))
    for step in getattr(figure, "steps", ()):
        assert step.text in table
    for side in getattr(figure, "sides", ()):
        for said in (side.label, str(side.of), str(side.per), f"{side.of / side.per:g}"):
            assert said in table
    for tile in getattr(figure, "tiles", ())[: getattr(figure, "drawn", 0)]:
        assert tile.label in table
        assert tile.text in table
    for part in getattr(figure, "parts", ()):
        assert part.label in table
        assert part.text in table
        assert part.value is None or str(part.value) in table


@pytest.mark.parametrize("name", SPECIMENS)
def test_its_drawings_are_hidden_or_described_and_carry_no_styles(app: Flask, name: str) -> None:
    figure = draw(app, SPECIMENS[name])
    page = f'<!doctype html><html lang="en"><title>t</title><main><h1>t</h1>{figure}</main>'
    assert [problem for problem in problems(page) if "#source" not in problem] == []


@pytest.mark.parametrize("name", ["figure-bars", "figure-scale", "figure-timeline", "figure-parts"])
def test_a_picture_of_quantities_is_one_image_with_a_name(app: Flask, name: str) -> None:
    html = draw(app, SPECIMENS[name])
    assert re.search(r'role="img" aria-labelledby="[^"]+', html)


def test_words_of_a_drawing_never_shrink_with_it(app: Flask) -> None:
    """An SVG with words in it has no viewBox, so that it isn't scaled."""
    for figure in SPECIMENS.values():
        for svg in re.findall(r"<svg.*?</svg>", draw(app, figure), flags=re.S):
            assert "<text" not in svg or "viewBox" not in svg


def test_its_sources_are_numbered_as_in_the_text(app: Flask) -> None:
    rows = [{"label": "a", "value": 1, "fact": "one-plant"}, {"label": "b", "value": 2, "fact": "unknown"}]
    figure = KINDS["bars"].model_validate({"kind": "bars", "id": "f", "title": "t", "see": "s", "rows": rows})
    assert re.findall(r'href="#source-([\w-]+)">(\d+)<', draw(app, figure)) == [("one-plant", "3")]


def test_bars_and_squares_are_in_proportion(app: Flask) -> None:
    bars = re.findall(r'class="fill" width="([\d.]+)%"', draw(app, SPECIMENS["figure-bars"]))
    assert [float(width) for width in bars] == pytest.approx([100 * 75 / 95, 100 * 80 / 95, 100], abs=0.01)
    squares = re.findall(r'class="square-area" width="([\d.]+)"', draw(app, SPECIMENS["figure-scale"]))
    sides = [float(side) for side in squares]
    assert sides[0] ** 2 / sides[1] ** 2 == pytest.approx(10, rel=0.01)


def test_parts_in_percent_follow_each_other_along_the_bar(app: Flask) -> None:
    html = draw(app, SPECIMENS["figure-parts"])
    found = re.findall(r'class="part-fill part-\d" x="([\d.]+)%" width="([\d.]+)%"', html)
    assert [(float(x), float(width)) for x, width in found] == [(0, 40), (40, 24), (64, 36)]


def test_a_picture_draws_what_has_come_and_says_what_is_still_to_come(app: Flask) -> None:
    html = draw(app, SPECIMENS["figure-picture"])
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    tiles = [" ".join("".join(tile.itertext()).split()) for tile in tree.iter("li")]
    assert tiles == ["Leaves picked", "New: A pot warmed", "3Still to come"]
    assert re.findall(r'class="tile(?: ([\w-]+))?"', html) == ["", "tile-newest", "tile-to-come"]
    assert re.search(r'<span aria-hidden="true">3</span>', html)
    assert "A cup" not in html
    assert cells(html).endswith("2 | A pot | warmed | 3 | Still to come | ")


def test_a_picture_that_does_not_grow_is_drawn_whole_and_nothing_stands_out(app: Flask) -> None:
    html = draw(app, SPECIMENS["figure-kitchen"])
    assert re.findall(r'class="tile(?: ([\w-]+))?"', html) == [""] * 5
    assert "New:" not in html


def test_each_drawing_is_drawn_and_each_is_its_own(app: Flask) -> None:
    names = get_args(Drawing)
    drawn = []
    for name in names:
        tiles = [{"drawing": name, "label": "a"}, {"drawing": name, "label": "b"}]
        values = {"kind": "picture", "id": "f", "title": "t", "see": "s", "tiles": tiles}
        drawn.append(re.findall(r"<svg.*?>(.*?)</svg>", draw(app, KINDS["picture"].model_validate(values)))[0])
    assert all("<path" in each for each in drawn)
    assert len(set(drawn)) == len(names) > 1


GUESSES = [name for name, figure in SPECIMENS.items() if figure.guess]


@pytest.mark.parametrize("name", GUESSES)
def test_a_figure_that_is_guessed_at_is_folded_with_all_its_numbers(app: Flask, name: str) -> None:
    """Without scripts as well: the question stands above, and whoever wants to can open the figure."""
    figure = SPECIMENS[name]
    assert figure.guess is not None
    above, folded, rest = re.split(r"<details class=\"guess-figure\">|</details>\s*</div>$", draw(app, figure))
    assert figure.guess.ask in above
    assert "Show me the figure" in folded
    assert not rest.strip()
    for said in (figure.title, figure.see, "<table", "<figure"):
        assert said in folded
        assert said not in above


def test_a_slider_says_its_value_in_words_and_begins_at_its_end(app: Flask) -> None:
    cups = draw(app, SPECIMENS["figure-guess"])
    assert 'min="0" max="20" step="1" value="0"' in cups
    assert 'aria-valuetext="0 cups"' in cups
    assert f'min="{2018 * 12}" max="{2025 * 12 + 11}"' in draw(app, SPECIMENS["figure-when"])
    assert 'aria-valuetext="January 2018"' in draw(app, SPECIMENS["figure-when"])


def test_claims_to_sort_tell_without_scripts_how_firm_each_is(app: Flask) -> None:
    firm = ("stated", "reported", "judgement")
    claims = tuple(Fact(id=f"f-{name}", claim=f"It is {name}.", firmness=name, section="s") for name in firm)
    with app.test_request_context():
        page = "{% import 'figures.html' as figures %}{{ figures.sort(sort, {'f-stated': 3}) }}"
        html = render_template_string(page, sort=Sort("figure-sort-1", "", claims))
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    told = ["".join(answer.itertext()) for answer in tree.iter("details")]
    assert [word in answer for word, answer in zip(("Stated", "Reported", "judgement"), told, strict=True)] == [
        True
    ] * 3
    assert 'href="#source-f-stated">3<' in html
    assert html.count('type="radio"') == 15
    page = f'<!doctype html><html lang="en"><title>t</title><main><h1>t</h1>{html}</main>'
    assert [problem for problem in problems(page) if "#source" not in problem] == []
