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
    duplicated,
    entries,
    graded,
)
from webapp.questions.fields import Count, Line, Note, Piece, Plain, Slug
from webapp.questions.inputs.options import arranged, clashing, followed, identified, place_of, shuffled
from webapp.questions.text import plain


class Item(Piece):
    """One of the things to put in order."""

    id: Slug | None = Field(default=None, description="A name that stays when items change places; else a, b, c …")
    text: Line = Field(description="What the learner reads.")
    feedback: Note = Field(default="", description="Why it stands where it does.")


class OrderingQuestion(Question):
    """Things to put in order."""

    type: Literal["ordering"]
    items: Annotated[tuple[Item, ...], Count(2, 26)] = Field(description="The things, in the right order.")
    first: Plain | None = Field(default=None, description="What the beginning of the order is called.")
    last: Plain | None = Field(default=None, description="What the end of the order is called.")
    scoring: Literal["pairs", "all-or-nothing"] = Field(default="pairs", description="How the order becomes points.")

    def shown(self, order: Order) -> list[tuple[str, Item]]:
        """The items by id, as they stand on a paper before anything was moved."""
        items = identified(self.items)
        otherwise = shuffled(list(items), 0, self.id)
        return [(name, items[name]) for name in arranged(list(items), order.get("items"), otherwise)]


class Row(NamedTuple):
    """An item as it stands on the page: the value that stands for it, the item, and the menu of its position."""

    token: str
    item: Item
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
        given = positions_in(question, response)
        numbers = menu((str(number) for number in range(1, len(shown) + 1)), blank="–")
        fields, data = {}, {}
        for place, name in enumerate(self.names, 1):
            fields[f"item-{place}"] = SelectField(choices=numbers, validate_choice=False)
            data[f"item-{place}"] = str(given.get(name, ""))
        super().__init__(fields, formdata=formdata, data=data, prefix=prefix)
        self._move(formdata.get(self.move_name) if formdata is not None else None)

    @property
    def rows(self) -> list[Row]:
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

    def _row(self, name: str) -> Row:
        place = self.names.index(name) + 1
        return Row(str(place), self.items[name], self[f"item-{place}"])

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

    def order(self, question: OrderingQuestion, seed: int) -> Order:
        return {"items": shuffled(list(identified(question.items)), seed, question.id)}

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
        right = list(items)
        given = given_order(question, response)
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
        if given_order(question, response):
            return None
        positions = list(positions_in(question, response).values())
        twice = next((position for position in positions if positions.count(position) > 1), None)
        if twice:
            return Message(N_("Two items have the position %(position)s. Give each its own."), position=twice)
        return Message(N_("Give every item a position.")) if positions else None

    def describe(self, question: OrderingQuestion, response: Response | None) -> str:
        items = identified(question.items)
        order = given_order(question, response)
        if order:
            return " → ".join(plain(items[name].text) for name in order)
        positions = positions_in(question, response)
        return "; ".join(
            f"{positions[name]}: {plain(items[name].text)}" for name in sorted(positions, key=positions.__getitem__)
        )

    def key(self, question: OrderingQuestion) -> Response:
        return {"order": list(identified(question.items))}

    def guess(self, question: OrderingQuestion) -> float:
        return 0.5 if question.scoring == "pairs" else 1 / factorial(len(question.items))

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
        given = given_order(old, response)
        if not given:
            return {}
        before, after = identified(old.items), identified(new.items)
        # By place alone an item would be taken for its neighbour: here the place is the key.
        became = (
            followed(before, after, lambda item: item.text) if len(before) == len(after) else _by_name(before, after)
        )
        names = [became[name] for name in given if name in became]
        added = [name for name in after if name not in names]
        return {"order": names + added[::-1]} if names else {}


def given_order(question: OrderingQuestion, response: object) -> list[str] | None:
    """The order in a response: all ids of the items, once each; None when it is anything else."""
    names = entries(response, "order")
    return names if sorted(names) == sorted(identified(question.items)) else None


def positions_in(question: OrderingQuestion, response: object) -> dict[str, int]:
    """The position of each item in a response (from 1), of a whole order or of one in the making."""
    order = given_order(question, response)
    if order:
        return {name: position for position, name in enumerate(order, 1)}
    given = response.get("positions") if isinstance(response, dict) else None
    if not isinstance(given, dict):
        return {}
    numbers = range(1, len(question.items) + 1)
    return {
        name: given[name]
        for name in identified(question.items)
        if type(given.get(name)) is int and given[name] in numbers
    }


def in_order(names: list[str], positions: dict[str, int]) -> list[str] | None:
    """The names by their positions; None while these have gaps. The last missing one goes without saying."""
    missing = [name for name in names if name not in positions]
    left = sorted(set(range(1, len(names) + 1)) - set(positions.values()))
    if len(missing) > 1 or len(left) != len(missing) or not positions:
        return None
    return sorted(names, key=lambda name: positions.get(name) or left[0])


def _by_name(before: dict[str, Item], after: dict[str, Item]) -> dict[str, str]:
    """Which item became which: by its own id, or by the same text."""
    found = {name: name for name, item in before.items() if item.id and name in after and after[name].id}
    texts = {plain(item.text).casefold(): name for name, item in after.items() if name not in found.values()}
    for name, item in before.items():
        if name not in found and (same := texts.pop(plain(item.text).casefold(), None)):
            found[name] = same
    return found


TYPE = OrderingType()
