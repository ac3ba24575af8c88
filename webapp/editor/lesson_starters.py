"""What the toolbar of a lesson can put into its text: a figure of each kind, a question of each type, claims to sort.
Each is whole, so that it is shown at once and only has to be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from webapp.content.course.course import Course
from webapp.editor import starters
from webapp.editor.yaml_roundtrip import emit
from webapp.questions import TYPES

#: facts of a ledger that are offered while a citation is typed; the id of any other can be typed
MOST_OFFERED = 2_000


@dataclass(frozen=True, slots=True)
class BlockStarter:
    """A block to begin with: what it is called, and its lines as they go into the text."""

    name: str
    label: str
    text: str


def figures() -> list[BlockStarter]:
    """A figure of each kind."""
    one, other, third = _("One"), _("Another"), _("A third")
    head = {"title": _("What is shown"), "see": _("What to see in it, in one sentence.")}
    rows = [{"label": one, "value": "1"}, {"label": other, "value": "2"}]
    made: list[tuple[str, str, dict[str, Any]]] = [
        ("bars", _("Bars"), {"rows": rows}),
        ("scale", _("Squares in proportion"), {"rows": rows}),
        ("timeline", _("Timeline"), {"events": [{"when": "2001", "label": one}, {"when": "2002", "label": other}]}),
        ("chain", _("Chain of causes"), {"steps": [{"text": one}, {"text": other}]}),
        ("parts", _("Parts of a whole"), {"whole": _("The whole"), "parts": [{"label": one}, {"label": other}]}),
        (
            "ratio",
            _("Ratios to change"),
            {
                "of": one,
                "per": other,
                "unit": _("this for each of that"),
                "to": "10",
                "sides": [{"label": third, "of": "4", "per": "2"}],
            },
        ),
        (
            "picture",
            _("Tiles in a row"),
            {"tiles": [{"drawing": "leaf", "label": one}, {"drawing": "cup", "label": other}]},
        ),
    ]
    return [
        BlockStarter(f"figure:{kind}", label, _fenced("figure", emit.mapping({"kind": kind, **head, **more}, 0)))
        for kind, label, more in made
    ]


def checks() -> list[BlockStarter]:
    """A question of each type, but for those about a picture, which the course may not have."""
    examples = [(name, starters.example_text(name)) for name in TYPES]
    return [
        BlockStarter(f"check:{name}", _(TYPES[name].title), _fenced("check", text))
        for name, text in examples
        if "media/" not in text
    ]


def sorts(course: Course) -> list[BlockStarter]:
    """Three claims to sort, of which two at least differ in how firm they are; nothing where the ledger has none."""
    facts = list(course.facts.values()) if course.ledger else []
    other = next((fact for fact in facts if fact.firmness != facts[0].firmness), None)
    chosen = [*facts[:2], other] if other not in facts[:2] else facts[:3]
    if other is None or len(chosen) < 3:
        return []
    names = [fact.id for fact in chosen if fact is not None]
    return [BlockStarter("sort", _("Claims to sort"), _fenced("sort", emit.mapping({"facts": names}, 0)))]


def citable(course: Course) -> list[tuple[str, str]]:
    """(id, claim) of the facts that a citation may name, the first MOST_OFFERED of them."""
    facts = course.facts.values() if course.ledger else ()
    return [(fact.id, fact.claim) for fact in facts][:MOST_OFFERED]


def _fenced(kind: str, text: str) -> str:
    return f"```{kind}\n{text.strip()}\n```"
