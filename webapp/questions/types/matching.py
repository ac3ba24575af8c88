"""Pairs: each thing on the left has its match on the right.

Example::

    id: pillars-and-ideas
    type: matching
    stem: Match each pillar with what it stands for.
    level: understand
    pairs:
      - {left: Research, right: findings that come before any product, feedback: Research gives the ideas.}
      - {left: Talent, right: people who can turn ideas into models, feedback: Talent is about people.}
      - {left: Constraints, right: limits that force a better use of little, feedback: Limits make thrift pay.}
    extra:
      - {text: a promise to investors, feedback: No pillar is about that.}
    explanation: Each pillar answers what it takes, in its own way.

`extra` are matches that belong to nothing. Several things may have the same match; it is then listed once. `scoring`
is `per-pair` (the default: the share of right pairs) or `all-or-nothing`. The matches are always shuffled, since the
file lists them beside their partners. A blind guess picks one of the matches for each thing, independently: the mean
is one over the number of matches, or the product of these.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cached_property
from math import prod
from typing import Annotated, Any, Literal

from pydantic import Field
from wtforms import SelectField

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
    Sought,
    ValuePath,
    duplicated,
    graded,
    table,
)
from webapp.questions.fields import Count, Line, Note, Piece, Slug
from webapp.questions.inputs.mistakes import partly_known
from webapp.questions.inputs.options import arranged, clashing, followed, identified, place_of, shuffled, token_of
from webapp.questions.text import plain


class Pair(Piece):
    """A thing and its match."""

    id: Slug | None = Field(default=None, description="A name that stays when pairs change places; else a, b, c …")
    left: Line = Field(description="The thing.")
    right: Line = Field(description="Its match.")
    feedback: Note = Field(default="", description="Why the two belong together.")


class Extra(Piece):
    """A match that belongs to nothing."""

    text: Line = Field(description="The match.")
    feedback: Note = Field(default="", description="What its choice tells.")


class MatchingQuestion(Question):
    """Pairs: each thing on the left has its match on the right."""

    type: Literal["matching"]
    pairs: Annotated[tuple[Pair, ...], Count(2, 26)] = Field(description="The things with their matches.")
    extra: Annotated[tuple[Extra, ...], Count(0, 26)] = Field(default=(), description="Matches that belong to nothing.")
    scoring: Literal["per-pair", "all-or-nothing"] = Field(default="per-pair", description="How pairs become points.")

    @cached_property
    def all_rights(self) -> dict[str, str]:
        """The text of every match by id: `r1`, `r2`, … of the pairs, then `x1`, … of the extra ones."""
        rights = {f"r{place}": pair.right for place, pair in enumerate(self.pairs, 1)}
        return rights | {f"x{place}": extra.text for place, extra in enumerate(self.extra, 1)}

    @cached_property
    def rights(self) -> dict[str, str]:
        """The matches to choose from: as `all_rights`, each text once, under the first id that has it."""
        return {name: text for name, text in self.all_rights.items() if self.listed(name) == name}

    @cached_property
    def _first_ids(self) -> dict[str, str]:
        """For the id of every match, the first id that has the same text."""
        first: dict[str, str] = {}
        return {name: first.setdefault(_same(text), name) for name, text in self.all_rights.items()}

    def listed(self, right: str | None) -> str | None:
        """The id in `rights` of the match with this id; None when there is none."""
        return self._first_ids.get(right or "")

    def match(self, left: str) -> str:
        """The id of the match of a thing, as in `rights`."""
        place = list(identified(self.pairs)).index(left)
        return self.listed(f"r{place + 1}") or ""

    def shown_lefts(self, order: Order) -> list[tuple[str, Pair]]:
        """The things by id, as they stand on a paper."""
        pairs = identified(self.pairs)
        return [(name, pairs[name]) for name in arranged(list(pairs), order.get("lefts"))]

    def shown_rights(self, order: Order) -> list[tuple[str, str]]:
        """The matches by id, as they stand on a paper."""
        rights = self.rights
        otherwise = shuffled(list(rights), 0, self.id)
        return [(name, rights[name]) for name in arranged(list(rights), order.get("rights"), otherwise)]


class MatchingForm(AnswerForm):
    """A menu of all matches for each thing. Names and values are places on the paper, from 1."""

    def __init__(
        self, question: MatchingQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        self.shown = question.shown_lefts(order)
        self.rights = question.shown_rights(order)
        self.names = [name for name, _ in self.rights]
        values = menu((plain(text) for _, text in self.rights), blank="")
        given = table(response, "pairs")
        fields, data = {}, {}
        for place, (left, _) in enumerate(self.shown, 1):
            fields[f"left-{place}"] = SelectField(choices=values, validate_choice=False)
            data[f"left-{place}"] = token_of(question.listed(given.get(left)), self.names) or ""
        super().__init__(fields, formdata=formdata, data=data, prefix=prefix)

    @property
    def rows(self) -> list[tuple[Pair, Any]]:
        """Each thing with its field, as they stand on the paper."""
        return [(pair, self[f"left-{place}"]) for place, (_, pair) in enumerate(self.shown, 1)]

    def response(self) -> Response | None:
        pairs = {
            left: right
            for place, (left, _) in enumerate(self.shown, 1)
            if (right := place_of(self[f"left-{place}"].data, self.names))
        }
        return {"pairs": dict(sorted(pairs.items()))} if pairs else None


class MatchingType(QuestionType[MatchingQuestion]):
    """Pairs."""

    name = "matching"
    title = N_("Matching")
    summary = N_("Find the match of each thing.")
    Schema = MatchingQuestion
    scripts = ("tapping",)

    def order(self, question: MatchingQuestion, seed: int) -> Order:
        lefts = list(identified(question.pairs))
        return {
            "lefts": shuffled(lefts, seed, f"{question.id}/lefts") if question.shuffle else lefts,
            "rights": shuffled(list(question.rights), seed, f"{question.id}/rights"),
        }

    def form(
        self,
        question: MatchingQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> MatchingForm:
        return MatchingForm(question, order, formdata, response, prefix)

    def grade(self, question: MatchingQuestion, response: Response | None) -> Grade:
        given = table(response, "pairs")
        parts = []
        for left, pair in identified(question.pairs).items():
            chosen = question.listed(given.get(left))
            feedback = pair.feedback
            if chosen and chosen.startswith("x"):
                feedback = question.extra[int(chosen[1:]) - 1].feedback or feedback
            text = plain(question.rights[chosen]) if chosen else None
            right = float(chosen == question.match(left))
            parts.append(Part(left, plain(pair.left), text, plain(pair.right), right, feedback))
        if question.scoring == "all-or-nothing":
            return graded(parts, float(all(part.fraction == 1 for part in parts)))
        return graded(parts)

    def describe(self, question: MatchingQuestion, response: Response | None) -> str:
        parts = self.grade(question, response).parts
        return "; ".join(f"{part.label} → {part.given}" for part in parts if part.given is not None)

    def key(self, question: MatchingQuestion) -> Response:
        return {"pairs": {left: question.match(left) for left in identified(question.pairs)}}

    def wrong(self, question: MatchingQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        pairs = self.key(question)["pairs"]
        known = partly_known(list(pairs), knows, chance)
        for left, match in pairs.items():
            if left not in known:
                pairs[left] = chance.choice([right for right in question.rights if right != match])
        return {"pairs": pairs}

    def guess(self, question: MatchingQuestion) -> float:
        total = len(question.rights)
        if question.scoring == "all-or-nothing":
            return prod(1 / total for _ in question.pairs)
        return 1 / total

    def choices(self, question: MatchingQuestion) -> list[Choice]:
        """Every thing with every match, as `a:r2`."""
        return [
            Choice(f"{left}:{right}", f"{plain(pair.left)} → {plain(text)}", float(right == question.match(left)))
            for left, pair in identified(question.pairs).items()
            for right, text in question.rights.items()
        ]

    def classify(self, question: MatchingQuestion, response: Response | None) -> list[str]:
        given = table(response, "pairs")
        picked = [
            f"{left}:{right}" for left in identified(question.pairs) if (right := question.listed(given.get(left)))
        ]
        return picked or ["blank"]

    def asked(self, question: MatchingQuestion) -> list[str]:
        both = [text for pair in question.pairs for text in (pair.left, pair.right)]
        return [question.stem, *both, *(extra.text for extra in question.extra)]

    def stated(self, question: MatchingQuestion) -> Iterable[tuple[ValuePath, str]]:
        for place, pair in enumerate(question.pairs):
            yield ("pairs", place, "left"), pair.left
            yield ("pairs", place, "right"), pair.right

    def sought(self, question: MatchingQuestion) -> Iterable[Sought]:
        for pair in question.pairs:
            others = (other.right for other in question.pairs if other.right != pair.right)
            yield Sought(plain(pair.left), plain(pair.right), tuple(map(plain, others)))

    def check(self, question: MatchingQuestion) -> Iterable[Flaw]:
        yield from clashing(question.pairs, "pairs")
        yield from duplicated(
            {("pairs", place, "left"): plain(pair.left) for place, pair in enumerate(question.pairs)}, "the thing"
        )
        matches = {_same(pair.right) for pair in question.pairs}
        if len(matches) == 1:
            yield Flaw(("pairs",), "all things have the same match", "give at least two of them different ones")
        for place, extra in enumerate(question.extra):
            if _same(extra.text) in matches:
                yield Flaw(
                    ("extra", place, "text"), f"`{plain(extra.text)}` is the match of a thing above", "take it out"
                )
        yield from duplicated(
            {("extra", place, "text"): plain(extra.text) for place, extra in enumerate(question.extra)}, "the match"
        )

    def carry(self, old: MatchingQuestion, new: MatchingQuestion, response: Response | None) -> Response:
        lefts = followed(identified(old.pairs), identified(new.pairs), lambda pair: pair.left)
        texts = {_same(text): name for name, text in reversed(new.rights.items())}
        places = {left: f"r{place}" for place, left in enumerate(identified(new.pairs), 1)}
        pairs = {}
        for left, chosen in table(response, "pairs").items():
            right = old.all_rights.get(chosen)
            if left not in lefts or right is None:
                continue
            became = texts.get(_same(right))
            if became is None:  # Its text was changed: it is the match of what its partner became, or in its place.
                partner = next((name for name in lefts if f"r{_place(old, name)}" == chosen), None)
                became = new.listed(places[lefts[partner]] if partner else chosen if chosen[0] == "x" else None)
            if became:
                pairs[lefts[left]] = became
        return {"pairs": pairs} if pairs else {}


def _same(text: str) -> str:
    return plain(text).casefold()


def _place(question: MatchingQuestion, left: str) -> int:
    return list(identified(question.pairs)).index(left) + 1


TYPE = MatchingType()
