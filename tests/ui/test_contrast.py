"""The colours of css/tokens.css, held to WCAG 2.2 AA in both themes, and to being told apart."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from tests.ui.colours import SIGHTS, TOKENS, contrast, distance, seen_by, tokens

GROUNDS = ("paper", "surface", "sunken")
MARKS = ("right", "partly", "wrong", "info")
PILLARS = tuple(f"pillar-{number}" for number in range(1, 6))

#: text on grounds: at least 4.5
TEXT = (
    [(ink, ground) for ink in ("ink", "ink-soft") for ground in (*GROUNDS, "mark")]
    + [(ink, f"{tint}-tint") for ink in ("ink", "ink-soft") for tint in (*PILLARS, *MARKS)]
    + [(pillar, ground) for pillar in PILLARS for ground in (*GROUNDS, f"{pillar}-tint")]
    + [("on-pillar", pillar) for pillar in PILLARS]
    + [(mark, ground) for mark in MARKS for ground in ("paper", "surface", f"{mark}-tint")]
    + [(f"code-{part}", "sunken") for part in ("keyword", "name", "string", "number", "comment")]
    + [("danger", "surface"), ("paper", "ink"), ("on-stone", "stone")]
)
#: edges of fields, marks and the focus ring: at least 3
EDGES = [(edge, ground) for edge in ("line-strong", "focus") for ground in GROUNDS]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read_on_its_ground(theme: str, ink: str, ground: str) -> None:
    colours = tokens(theme)
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_the_edges_of_what_can_be_used_can_be_seen(theme: str, edge: str, ground: str) -> None:
    colours = tokens(theme)
    assert contrast(colours[edge], colours[ground]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize(("one", "other"), list(combinations(PILLARS, 2)))
def test_no_two_pillars_look_alike_to_anyone(theme: str, sight: str, one: str, other: str) -> None:
    colours = tokens(theme)
    assert distance(seen_by(colours[one], sight), seen_by(colours[other], sight)) >= 7


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("pillar", PILLARS)
def test_no_pillar_looks_like_a_mark(theme: str, pillar: str) -> None:
    """A chosen answer or a full bar in a pillar's colour must not say "wrong" or "right".

    Where red and green look alike no hue is far from both marks; an icon and a word stand beside each.
    """
    colours = tokens(theme)
    assert distance(colours[pillar], colours["wrong"]) >= 11
    assert distance(colours[pillar], colours["right"]) >= 7.5
    for sight in ("protanopia", "deuteranopia"):
        assert distance(seen_by(colours[pillar], sight), seen_by(colours["wrong"], sight)) >= 4.5, sight


def test_colours_are_named_in_one_place_only() -> None:
    for path in TOKENS.parent.glob("*.css"):
        if path != TOKENS:
            text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
            allowed = {"#fff", "#000", "#999"} if path.name in {"print.css", "paper.css", "lesson.css"} else set()
            assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= allowed, path.name


def test_the_browser_bar_has_the_colour_of_the_paper() -> None:
    pair = re.search(r"--paper: light-dark\((#\w+), (#\w+)\)", TOKENS.read_text())
    assert pair
    base = (TOKENS.parents[2] / "templates" / "base.html").read_text()
    assert re.findall(r'name="theme-color"[^>]*content="(#\w+)"', base) == list(pair.groups())
