"""Things to put in order.

Example::

    id: from-idea-to-user
    type: ordering
    stem: Put the steps of a new model in order.
    level: understand
    first: earliest
    last: latest
    items:
      - {text: Research suggests a method, feedback: Nothing can be built before there is an idea.}
      - {text: A team builds a model with it}
      - {text: The model is measured against others, feedback: Only what exists can be measured.}
      - {text: Firms use it in their products}
    explanation: An idea is built, then measured, then used.

The file has the items in the right order, so a paper never shows them in the file's order on purpose, whatever
`shuffle` says. `first` and `last` name the ends. `scoring`:

- `pairs` (the default): of all pairs of items, the share that stand in the right order to each other (Kendall's
  distance, turned round). Each item's own share is that of the pairs it is part of. A blind guess earns 1/2.
- `all-or-nothing`: 1 for exactly the right order; a blind guess earns one over the number of orders, 1/n!.

Without JavaScript the buttons "up" and "down" are submit buttons: `move` = `up:2` is the second item of the paper.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from math import factorial
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field
from wtforms import SelectField

from webapp.questions.answers import N_, AnswerForm, Message, menu
from webapp.questions.contract import (
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
)
from webapp.questions.fields import Count, Line, Note, Piece, Slug, Words
from webapp.questions.inputs.mistakes import partly_known
from webapp.questions.inputs.options import arranged, clashing, followed, identified, place_of, shuffled
from webapp.questions.inputs.positions import in_order, order_in, positions_in
from webapp.questions.text import plain


class OrderedItem(Piece):
    """One of the things to put in order."""

    id: Slug | None = Field(default=None, description="A name that stays when items change places; else a, b, c …")
    text: Line = Field(description="What the learner reads.")
    feedback: Note = Field(default="", description="Why it stands where it does.")


class OrderingQuestion(Question):
    """Things to put in order."""

    type: Literal["ordering"]
    items: Annotated[tuple[OrderedItem, ...], Count(2, 26)] = Field(description="The things, in the right order.")
    first: Words | None = Field(default=None, description="What the beginning of the order is called.")
    last: Words | None = Field(default=None, description="What the end of the order is called.")
    scoring: Literal["pairs", "all-or-nothing"] = Field(default="pairs", description="How the order becomes points.")

    @property
    def ids(self) -> list[str]:
        """The ids of the items, in the right order."""
        return list(identified(self.items))

    def shown(self, order: Order) -> list[tuple[str, OrderedItem]]:
        """The items by id, as they stand on a paper before anything was moved."""
        items = identified(self.items)
        otherwise = shuffled(list(items), 0, self.id)
        return [(name, items[name]) for name in arranged(list(items), order.get("items"), otherwise)]


class ItemRow(NamedTuple):
    """An item as it stands on the page: the value that stands for it, the item, and the menu of its position."""

    token: str
    item: OrderedItem
    field: Any


class OrderingForm(AnswerForm):
    """A menu with its position for each item, and buttons that move it up or down.

    An item's name is its place on the paper before anything was moved. Before anything is answered the menus are
    blank, so that whoever goes on without answering hasn't answered. Positions that are no order yet make a response
    of their own, `{"positions": {"a": 2}}`, which is badly formed and worth 0.
    """

    def __init__(
        self, question: OrderingQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        shown = question.shown(order)
        self.question = question
        self.items = dict(shown)
        self.names = [name for name, _ in shown]
        given = positions_in(response, question.ids)
        numbers = menu((str(number) for number in range(1, len(shown) + 1)), blank="–")
        fields, data = {}, {}
        for place, name in enumerate(self.names, 1):
            fields[f"item-{place}"] = SelectField(choices=numbers, validate_choice=False)
            data[f"item-{place}"] = str(given.get(name, ""))
        super().__init__(fields, formdata=formdata, data=data, prefix=prefix)
        self._move(formdata.get(self.move_name) if formdata is not None else None)

    @property
    def rows(self) -> list[ItemRow]:
        """The items in the order they have now, those without a position where they stood on the paper."""
        return [self._row(name) for name in self._current()]

    @property
    def move_name(self) -> str:
        """The name of the buttons."""
        return f"{self._prefix}move"

    @property
    def untouched(self) -> bool:
        """Whether no item has a position yet."""
        return not self._positions()

    def response(self) -> Response | None:
        """The order; or the positions chosen so far, while they are no order, so that none is lost."""
        positions = self._positions()
        names = in_order(self.names, positions)
        if names:
            return {"order": names}
        return {"positions": dict(sorted(positions.items()))} if positions else None

    @property
    def malformed(self) -> Message | None:
        return TYPE.malformed(self.question, self.response())

    def _row(self, name: str) -> ItemRow:
        place = self.names.index(name) + 1
        return ItemRow(str(place), self.items[name], self[f"item-{place}"])

    def _positions(self) -> dict[str, int]:
        """The positions that were chosen, by item."""
        numbers = [str(number) for number in range(1, len(self.names) + 1)]
        chosen = {name: place_of(self._row(name).field.data, numbers) for name in self.names}
        return {name: int(number) for name, number in chosen.items() if number}

    def _current(self) -> list[str]:
        """The order on the page, also while positions are missing or stand twice."""
        positions = self._positions()
        last = len(self.names) + 1
        return in_order(self.names, positions) or sorted(self.names, key=lambda name: positions.get(name, last))

    def _move(self, button: object) -> None:
        """Does what a button says: `up:2`, `down:2`, or `keep`, which takes the order as it stands."""
        action, _, token = button.partition(":") if isinstance(button, str) else ("", "", "")
        name = place_of(token, self.names)
        names = list(self._current())
        if action in ("up", "down") and name is not None:
            place = names.index(name)
            target = place - 1 if action == "up" else place + 1
            if 0 <= target < len(names):
                names[place], names[target] = names[target], names[place]
        elif action != "keep":
            return
        self.moved = True
        for position, item in enumerate(names, 1):
            self._row(item).field.data = str(position)


class OrderingType(QuestionType[OrderingQuestion]):
    """Things to put in order."""

    name = "ordering"
    title = N_("Ordering")
    summary = N_("Put things in order.")
    Schema = OrderingQuestion
    describes_by = frozenset({"items"})
    scripts = ("ordering",)

    def order(self, question: OrderingQuestion, seed: int) -> Order:
        return {"items": shuffled(question.ids, seed, question.id)}

    def form(
        self,
        question: OrderingQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> OrderingForm:
        return OrderingForm(question, order, formdata, response, prefix)

    def grade(self, question: OrderingQuestion, response: Response | None) -> Grade:
        items = identified(question.items)
        right = question.ids
        given = order_in(response, question.ids)
        parts = []
        for position, (name, item) in enumerate(items.items()):
            share = 0.0
            if given:
                good = sum(
                    (given.index(name) < given.index(other)) == (position < place)
                    for place, other in enumerate(right)
                    if other != name
                )
                share = round(good / (len(right) - 1), 6)
            stands = str(given.index(name) + 1) if given else None
            parts.append(Part(name, plain(item.text), stands, str(position + 1), share, item.feedback))
        if question.scoring == "all-or-nothing":
            return graded(parts, float(given == right))
        return graded(parts)

    def malformed(self, question: OrderingQuestion, response: Response | None) -> Message | None:
        """What is wrong with the positions: some are missing, or two items have the same."""
        if order_in(response, question.ids):
            return None
        positions = list(positions_in(response, question.ids).values())
        twice = next((position for position in positions if positions.count(position) > 1), None)
        if twice:
            return Message(N_("Two items have the position %(position)s. Give each its own."), position=twice)
        return Message(N_("Give every item a position.")) if positions else None

    def describe(self, question: OrderingQuestion, response: Response | None) -> str:
        items = identified(question.items)
        order = order_in(response, question.ids)
        if order:
            return " → ".join(plain(items[name].text) for name in order)
        positions = positions_in(response, question.ids)
        return "; ".join(
            f"{positions[name]}: {plain(items[name].text)}" for name in sorted(positions, key=positions.__getitem__)
        )

    def key(self, question: OrderingQuestion) -> Response:
        return {"order": question.ids}

    def wrong(self, question: OrderingQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        """Those items that aren't known stand in each other's places, the last of them first."""
        names = question.ids
        known = partly_known(names, knows, chance)
        lost = [name for name in names if name not in known]
        if len(lost) == 1:
            # Alone it would stand in its own place.
            lost = sorted([*lost, chance.choice(sorted(known))], key=names.index)
        places = dict(zip(lost, reversed(lost), strict=True))
        return {"order": [places.get(name, name) for name in names]}

    def guess(self, question: OrderingQuestion) -> float:
        return 0.5 if question.scoring == "pairs" else 1 / factorial(len(question.items))

    def asked(self, question: OrderingQuestion) -> list[str]:
        return [question.stem, *(item.text for item in question.items)]

    def stated(self, question: OrderingQuestion) -> Iterable[tuple[ValuePath, str]]:
        for place, item in enumerate(question.items):
            yield ("items", place, "text"), item.text

    def check(self, question: OrderingQuestion) -> Iterable[Flaw]:
        yield from clashing(question.items, "items")
        yield from duplicated(
            {("items", place, "text"): plain(item.text) for place, item in enumerate(question.items)}, "the item"
        )
        if not question.shuffle:
            yield Flaw(
                ("shuffle",), "the file has the items in the right order; they are always shuffled", "take it out"
            )

    def carry(self, old: OrderingQuestion, new: OrderingQuestion, response: Response | None) -> Response:
        """Items that are new stand after all others, in the order that is wrong for each: last first."""
        given = order_in(response, old.ids)
        if not given:
            return {}
        before, after = identified(old.items), identified(new.items)
        # With items added or taken out, an item in the same place is another: the place is the key.
        became = followed(before, after, lambda item: item.text, by_place=len(before) == len(after))
        names = [became[name] for name in given if name in became]
        added = [name for name in after if name not in names]
        return {"order": names + added[::-1]} if names else {}


TYPE = OrderingType()
