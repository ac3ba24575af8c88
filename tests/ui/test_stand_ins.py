"""The local fonts that stand in for Newsreader until it is there."""

from __future__ import annotations

import re
from itertools import groupby, pairwise

from tests.ui.colours import TOKENS

#: Newsreader's own, in parts of its size: the hhea table of static/fonts/newsreader-roman.woff2 and -italic.woff2
ASCENDER, DESCENDER = 0.735, 0.265


def faces() -> list[dict[str, str]]:
    """Each stand-in's @font-face, property by property."""
    text = (TOKENS.parent / "base.css").read_text()
    found = [dict(re.findall(r"([a-z-]+):\s*([^;]+);", face)) for face in re.findall(r"@font-face \{([^}]+)\}", text)]
    return [face for face in found if "size-adjust" in face]


def share(percent: str) -> float:
    return float(percent.removesuffix("%")) / 100


def test_lines_are_as_high_in_every_stand_in() -> None:
    assert faces()
    for face in faces():
        size = share(face["size-adjust"])
        assert abs(share(face["ascent-override"]) * size - ASCENDER) < 0.001, face
        assert abs(share(face["descent-override"]) * size - DESCENDER) < 0.001, face
        assert share(face["line-gap-override"]) == 0, face


def test_every_weight_and_the_italic_have_a_stand_in() -> None:
    """Upright from 400 to 650 without a gap, as the font has it: else bold headings are drawn too wide."""
    named = {name: list(group) for name, group in groupby(faces(), key=lambda face: face["font-family"])}
    assert len(named) == 4
    for name, group in named.items():
        ends = [face["font-weight"].split() for face in group if face["font-style"] == "normal"]
        assert ends[0][0] == "400", name
        assert ends[-1][1] == "650", name
        assert all(int(one[1]) + 1 == int(other[0]) for one, other in pairwise(ends)), name
        assert any(face["font-style"] == "italic" for face in group), name


def test_the_stand_ins_come_after_the_font() -> None:
    [listed] = re.findall(r"--font-serif: ([^;]+);", TOKENS.read_text())
    names = listed.split(", ")
    assert names[0] == '"Newsreader"'
    assert set(names[1:-1]) == {face["font-family"] for face in faces()}
