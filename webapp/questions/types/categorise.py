"""Things to sort into groups.

Example::

    id: stated-or-claimed
    type: categorise
    stem: How firmly does the article say each of these?
    level: analyse
    categories:
      - {id: stated, title: Stated as a fact}
      - {id: reported, title: Reported by others}
      - {id: judgement, title: The author's judgement}
    items:
      - {text: China files more patents than any other country, category: stated, feedback: It comes from a count.}
      - {text: The firm is said to own many chips, category: reported, feedback: '"Is said" passes it on.'}
      - {text: Thrift beats plenty, category: judgement, feedback: Nobody could count that.}
    explanation: The words around a claim tell how firm it is.

The groups keep the order of the file; the items are shuffled unless `shuffle: false`. `scoring` is `per-item` (the
default: the share of items in their group) or `all-or-nothing`. A blind guess picks a group for each item.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import groupby
from typing import Annotated, Any, Literal

from pydantic import Field
from wtforms import RadioField

from webapp.questions.answers import N_, AnswerForm, menu
from webapp.questions.contract import (
    Choice,
    Flaw,
    Grade,
    Order,
    Part,
    Question,
    QuestionType,
    Response,
    ValuePath,
    duplicated,
    graded,
    table,
)
from webapp.questions.fields import Count, Line, Note, Piece, Slug
from webapp.questions.inputs.mistakes import partly_known
from webapp.questions.inputs.options import arranged, clashing, followed, identified, place_of, shuffled, token_of
from webapp.questions.text import plain


class Category(Piece):
    """A group."""

    id: Slug = Field(description="Its name, by which items refer to it.")
    title: Line = Field(description="What the learner reads.")


class Sortable(Piece):
    """A thing to sort."""

    id: Slug | None = Field(default=None, description="A name that stays when items change places; else a, b, c …")
    text: Line = Field(description="What the learner reads.")
    category: Slug = Field(description="The id of the group it belongs to.")
    feedback: Note = Field(default="", description="Why it belongs there.")


class CategoriseQuestion(Question):
    """Things to sort into groups."""

    type: Literal["categorise"]
    categories: Annotated[tuple[Category, ...], Count(2, 9)] = Field(description="The groups.")
    items: Annotated[tuple[Sortable, ...], Count(1, 26)] = Field(description="The things to sort.")
    scoring: Literal["per-item", "all-or-nothing"] = Field(default="per-item", description="How items become points.")

    @property
    def titles(self) -> dict[str, str]:
        """The title of each group by id, in the order of the file."""
        return {category.id: category.title for category in self.categories}

    def shown(self, order: Order) -> list[tuple[str, Sortable]]:
        """The items by id, as they stand on a paper."""
        items = identified(self.items)
        otherwise = shuffled(list(items), 0, self.id) if self.shuffle else None
        return [(name, items[name]) for name in arranged(list(items), order.get("items"), otherwise)]


class CategoriseForm(AnswerForm):
    """A choice of group for each item. Names are places on the paper and values places of groups, from 1."""

    def __init__(
        self, question: CategoriseQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        self.shown = question.shown(order)
        self.categories = question.categories
        self.names = list(question.titles)
        values = menu(plain(title) for title in question.titles.values())
        given = table(response, "items")
        fields, data = {}, {}
        for place, (name, _) in enumerate(self.shown, 1):
            fields[f"item-{place}"] = RadioField(choices=values, validate_choice=False)
            data[f"item-{place}"] = token_of(given.get(name), self.names)
        super().__init__(fields, formdata=formdata, data=data, prefix=prefix)

    @property
    def rows(self) -> list[tuple[Sortable, Any]]:
        """Each item with its field, as they stand on the paper."""
        return [(item, self[f"item-{place}"]) for place, (_, item) in enumerate(self.shown, 1)]

    def response(self) -> Response | None:
        items = {
            name: group
            for place, (name, _) in enumerate(self.shown, 1)
            if (group := place_of(self[f"item-{place}"].data, self.names))
        }
        return {"items": dict(sorted(items.items()))} if items else None


class CategoriseType(QuestionType[CategoriseQuestion]):
    """Things to sort into groups."""

    name = "categorise"
    title = N_("Sorting into groups")
    summary = N_("Sort things into groups.")
    Schema = CategoriseQuestion
    scripts = ("tapping",)

    def order(self, question: CategoriseQuestion, seed: int) -> Order:
        items = list(identified(question.items))
        return {"items": shuffled(items, seed, question.id) if question.shuffle else items}

    def form(
        self,
        question: CategoriseQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> CategoriseForm:
        return CategoriseForm(question, order, formdata, response, prefix)

    def grade(self, question: CategoriseQuestion, response: Response | None) -> Grade:
        given, titles = table(response, "items"), question.titles
        parts = [
            Part(
                name,
                plain(item.text),
                plain(titles[given[name]]) if given.get(name) in titles else None,
                plain(titles.get(item.category, "")),
                float(given.get(name) == item.category),
                item.feedback,
            )
            for name, item in identified(question.items).items()
        ]
        if question.scoring == "all-or-nothing":
            return graded(parts, float(all(part.fraction == 1 for part in parts)))
        return graded(parts)

    def describe(self, question: CategoriseQuestion, response: Response | None) -> str:
        parts = self.grade(question, response).parts
        return "; ".join(f"{part.label} → {part.given}" for part in parts if part.given is not None)

    def key(self, question: CategoriseQuestion) -> Response:
        return {"items": {name: item.category for name, item in identified(question.items).items()}}

    def wrong(self, question: CategoriseQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        items = self.key(question)["items"]
        known = partly_known(list(items), knows, chance)
        for name, group in items.items():
            if name not in known:
                items[name] = chance.choice([other for other in question.titles if other != group])
        return {"items": items}

    def guess(self, question: CategoriseQuestion) -> float:
        one = 1 / len(question.categories)
        return one ** len(question.items) if question.scoring == "all-or-nothing" else one

    def choices(self, question: CategoriseQuestion) -> list[Choice]:
        """Every item with every group, as `a:stated`."""
        return [
            Choice(f"{name}:{group}", f"{plain(item.text)} → {plain(title)}", float(group == item.category))
            for name, item in identified(question.items).items()
            for group, title in question.titles.items()
        ]

    def classify(self, question: CategoriseQuestion, response: Response | None) -> list[str]:
        given, titles = table(response, "items"), question.titles
        picked = [f"{name}:{given[name]}" for name in identified(question.items) if given.get(name) in titles]
        return picked or ["blank"]

    def asked(self, question: CategoriseQuestion) -> list[str]:
        return [question.stem, *(item.text for item in question.items)]

    def stated(self, question: CategoriseQuestion) -> Iterable[tuple[ValuePath, str]]:
        for place, category in enumerate(question.categories):
            yield ("categories", place, "title"), category.title
        for place, item in enumerate(question.items):
            yield ("items", place, "text"), item.text

    def check(self, question: CategoriseQuestion) -> Iterable[Flaw]:
        yield from clashing(question.items, "items")
        yield from duplicated(
            {("categories", place, "id"): category.id for place, category in enumerate(question.categories)}, "the id"
        )
        yield from duplicated(
            {("categories", place, "title"): plain(group.title) for place, group in enumerate(question.categories)},
            "the group",
        )
        yield from duplicated(
            {("items", place, "text"): plain(item.text) for place, item in enumerate(question.items)}, "the item"
        )
        for place, item in enumerate(question.items):
            if item.category not in question.titles:
                known = ", ".join(question.titles)
                yield Flaw(
                    ("items", place, "category"), f"no group has the id `{item.category}`", f"use one of: {known}"
                )
        runs = [group for group, _ in groupby(item.category for item in question.items)]
        if not question.shuffle and len(question.items) > 2 and len(runs) == len(set(runs)) < len(question.items):
            yield Flaw(
                ("shuffle",), "unshuffled, the items stand in their groups already", "take it out, or mix the items"
            )

    def carry(self, old: CategoriseQuestion, new: CategoriseQuestion, response: Response | None) -> Response:
        items = followed(identified(old.items), identified(new.items), lambda item: item.text)
        titles = {plain(title).casefold(): name for name, title in new.titles.items()}
        moved = {
            items[name]: group if group in new.titles else titles.get(plain(old.titles.get(group, "")).casefold())
            for name, group in table(response, "items").items()
            if name in items
        }
        kept = {name: group for name, group in moved.items() if group}
        return {"items": kept} if kept else {}


TYPE = CategoriseType()
