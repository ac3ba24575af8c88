"""Made-up data that shows every part of the design in every state; for /styleguide, in development only."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Form,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, NumberRange, Optional

from webapp.content.lessons.figures import KINDS, Figure
from webapp.content.yaml.source import parse_yaml
from webapp.lessons.service import CheckView
from webapp.questions import TYPES, parse

PILLARS = ("Research", "Talent", "Constraints", "Frugality", "Competition")

COLOURS = (
    "paper", "surface", "sunken", "ink", "ink-soft", "line", "line-strong",
    "right", "right-tint", "partly", "partly-tint", "wrong", "wrong-tint", "info", "info-tint", "focus", "mark",
)  # fmt: skip

FIGURES: tuple[dict[str, Any], ...] = (
    {
        "kind": "bars", "id": "figure-bars", "title": "How hot the water should be", "unit": "°C",
        "see": "Black tea takes hotter water than green tea.",
        "note": "Made-up figures.",
        "rows": [
            {"label": "White tea", "value": 75},
            {"label": "Green tea", "value": 80, "text": "about 80 °C"},
            {"label": "Black tea, and all else that was left to turn dark in the air", "value": 95, "emphasis": True},
        ],
    },
    {
        "kind": "scale", "id": "figure-scale", "title": "People, and people who drink tea", "unit": "million",
        "see": "The smallest square would fit into the largest one a hundred times.",
        "rows": [
            {"label": "Everybody", "value": 1400, "text": "1.4 billion"},
            {"label": "One in ten", "value": 140, "text": "140 million"},
            {"label": "One in a hundred", "value": 14, "text": "14 million", "emphasis": True},
        ],
    },
    {
        "kind": "timeline", "id": "figure-timeline", "title": "A short history of a teapot",
        "see": "Most of it happened within two years.",
        "events": [
            {"when": "2014/2023", "label": "The teapot stands on the shelf"},
            {"when": "2022-10", "label": "It is noticed"},
            {"when": "2023-05", "label": "It is filled for the first time"},
            {"when": "2025", "label": "It is famous"},
        ],
    },
    {
        "kind": "chain", "id": "figure-chain", "title": "How a cup gets better", "loop": True,
        "see": "Each step prepares the next.",
        "steps": [
            {"text": "More people drink tea", "kind": "cause"},
            {"text": "Growers learn what they like", "kind": "effect"},
            {"text": "Too many gardens may be planted", "kind": "risk"},
        ],
    },
    {
        "kind": "parts", "id": "figure-parts", "title": "Where the leaves go", "see": "Two fifths stay at home.",
        "whole": "A year's harvest",
        "parts": [
            {"label": "Home", "text": "drunk where it grew", "value": 40},
            {"label": "Neighbours", "text": "sold by road", "value": 24},
            {"label": "Overseas", "text": "sold by ship", "value": 36},
        ],
    },
    {
        "kind": "parts", "id": "figure-map", "title": "What a cup is made of",
        "see": "Three things, and one of them is time.",
        "whole": "A cup of tea",
        "parts": [
            {"label": "Leaves", "text": "two grams"},
            {"label": "Water", "text": "a quarter of a litre"},
            {"label": "Time", "text": "three minutes"},
        ],
    },
    {
        "kind": "ratio", "id": "figure-ratio", "title": "Cups for each drinker",
        "see": "Fewer drinkers, more for each.",
        "of": "Cups", "per": "Drinkers", "unit": "cups for each drinker", "to": 60, "step": 2,
        "sides": [{"label": "The mill", "of": 30, "per": 60}, {"label": "The inn", "of": 40, "per": 10}],
    },
    {
        "kind": "picture", "id": "figure-picture", "title": "From the garden to the table", "shown": 2,
        "see": "Each lesson adds a part.",
        "tiles": [
            {"drawing": "leaf", "label": "Leaves", "text": "picked"},
            {"drawing": "pot", "label": "A pot", "text": "warmed"},
            {"drawing": "cup", "label": "A cup", "text": "poured"},
        ],
    },
    {
        "kind": "picture", "id": "figure-kitchen", "title": "A whole kitchen", "see": "All five parts are there.",
        "tiles": [
            {"drawing": "recipes", "label": "Recipes", "text": "what to cook"},
            {"drawing": "cook", "label": "Cooks"},
            {"drawing": "missing-knives", "label": "Missing knives", "text": "what can't be bought"},
            {"drawing": "menu", "label": "Thrifty menu", "text": "what it costs"},
            {"drawing": "street", "label": "The street", "text": "who cooks next door"},
        ],
    },
    {
        "kind": "scale", "id": "figure-guess", "title": "Cups of tea in a day", "unit": "cups",
        "see": "Whoever has a small pot drinks four.",
        "guess": {"ask": "How many cups fill a day of whoever has a small pot?", "row": "A small pot", "to": 20},
        "rows": [{"label": "A large pot", "value": 8}, {"label": "A small pot", "value": 4, "emphasis": True}],
    },
    {
        "kind": "timeline", "id": "figure-when", "title": "When it became famous", "see": "It took three years.",
        "guess": {"ask": "When was it filled for the first time?", "row": "It is filled", "from": 2018, "to": 2025},
        "events": [{"when": "2022-10", "label": "It is noticed"}, {"when": "2023-05", "label": "It is filled"}],
    },
    {
        "kind": "chain", "id": "figure-order", "title": "How a cup is made", "see": "The water comes before the leaf.",
        "guess": {"ask": "In which order is a cup made?", "order": "true"},
        "steps": [{"text": "Water is heated"}, {"text": "Leaves are steeped"}, {"text": "The cup is drunk"}],
    },
)  # fmt: skip


def figures() -> list[Figure]:
    """One figure of each kind, the second form of a map of parts and of a picture, and one of each kind of guess."""
    return [KINDS[values["kind"]].model_validate(values) for values in FIGURES]


class SpecimenForm(Form):  # type: ignore[misc]  # WTForms comes without types
    """One field of each sort."""

    name = StringField("Name", [DataRequired()], description="As it should stand on a certificate.")
    password = PasswordField("Password", [DataRequired()])
    age = IntegerField("Age", [Optional(), NumberRange(5, 120)])
    language = SelectField("Language", choices=[SelectChoice("en", "English"), SelectChoice("de", "Deutsch")])
    about = TextAreaField("About you", [Optional()])
    pace = RadioField(
        "Pace", choices=[SelectChoice("slow", "Slowly, please"), SelectChoice("fast", "As fast as I read")]
    )
    stay = BooleanField("Stay signed in", description="Not on a device that others use.")


def good_form() -> SpecimenForm:
    return SpecimenForm(data={"name": "Ada", "language": "de", "pace": "slow"}, prefix="good-")


def bad_form() -> SpecimenForm:
    form = SpecimenForm(MultiDict({"bad-age": "900", "bad-pace": "slow"}), prefix="bad-")
    form.validate()
    return form


def questions() -> Iterator[tuple[str, CheckView, CheckView]]:
    """(title of the type, the question open, the same answered: once in full, then with something missing)."""
    for number, (name, kind) in enumerate(TYPES.items()):
        values = parse_yaml(kind.example, "example").values
        question = parse(values[0] if isinstance(values, list) else values)
        order = kind.order(question, 7)
        chance = random.Random(number)  # noqa: S311 - the same specimen each time
        response = kind.key(question) if number % 2 else kind.wrong(question, chance, knows=0.5)
        yield (
            kind.title,
            CheckView(f"ask-{name}", question, order, kind.form(question, order, prefix=f"ask-{name}-")),
            CheckView(f"review-{name}", question, order, None, response, kind.grade(question, response)),
        )
