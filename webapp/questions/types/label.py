"""Labels to be put onto places of a picture.

Example::

    id: parts-of-a-flower
    type: label
    stem: Put each name onto its part of the flower.
    level: recall
    picture: "![A flower cut in half, seen from the side, with four numbered parts](media/flower.png)"
    places:
      - {text: "At the top, in the middle", x: 50, y: 14, label: stigma, feedback: It is sticky.}
      - {text: "Upper left, on a thin stalk", x: 26, y: 26, label: anther, feedback: It gives the pollen away.}
      - {text: "Below, in the middle", x: 50, y: 71, label: ovary, feedback: Here seeds grow.}
      - {text: "Right below the flower", x: 50, y: 94, feedback: This is the stalk; it has no name here.}
    labels:
      - {id: stigma, text: Stigma}
      - {id: anther, text: Anther}
      - {id: ovary, text: Ovary}
      - {id: sepal, text: Sepal}
    explanation: From the stigma, what the pollen brings goes down to the ovary.

`x` and `y` are percent of the picture, from the left and from the top. A place without a `label` is to be left empty,
and a label without a place is a distractor; a label may belong to several places. The places keep the order of the
file, by which they are numbered; the labels are shuffled unless `shuffle: false`. Each place earns its share
(`scoring: all-or-nothing` otherwise); whoever puts no label anywhere earns nothing. A blind guess puts any label, or
none, onto each place.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from math import hypot
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
from webapp.questions.inputs.pictures import Percent, Picture
from webapp.questions.text import plain

NO_LABEL = N_("no label")
#: places nearer to each other than this (in percent) can't be told apart by a finger
_NEAR = 7.0


class LabelledPlace(Piece):
    """A place in the picture."""

    id: Slug | None = Field(default=None, description="A name that stays when places change; else a, b, c …")
    text: Line = Field(description="Where it is, for those who don't see it.")
    x: Percent = Field(title=N_("From the left"), description="In percent of the picture's width.")
    y: Percent = Field(title=N_("From the top"), description="In percent of the picture's height.")
    label: Slug | None = Field(
        default=None,
        title=N_("Its label"),
        description="The id of the label that belongs here; none, if it stays empty.",
    )
    feedback: Note = Field(default="", description="Why it belongs there.")


class PictureLabel(Piece):
    """A label."""

    id: Slug = Field(description="Its name, by which places refer to it.")
    text: Line = Field(description="What the learner reads.")


class LabelQuestion(Question):
    """Labels to be put onto places of a picture."""

    type: Literal["label"]
    picture: Picture = Field(
        title=N_("Picture"), description="The picture, with what is seen on it: `![A flower](media/flower.png)`."
    )
    places: Annotated[tuple[LabelledPlace, ...], Count(1, 26)] = Field(
        title=N_("Places in the picture"), description="The places, in the order of their numbers."
    )
    labels: Annotated[tuple[PictureLabel, ...], Count(2, 30)] = Field(
        title=N_("Labels to put there"), description="The labels, those that belong nowhere too."
    )
    scoring: Literal["per-place", "all-or-nothing"] = Field(
        default="per-place", description="How places become points."
    )

    @property
    def texts(self) -> dict[str, str]:
        """The text of each label by id, in the order of the file."""
        return {label.id: label.text for label in self.labels}

    def shown_labels(self, order: Order) -> list[tuple[str, str]]:
        """(id, text) of the labels, as they stand on a paper."""
        texts = self.texts
        otherwise = shuffled(list(texts), 0, self.id) if self.shuffle else None
        return [(name, texts[name]) for name in arranged(list(texts), order.get("labels"), otherwise)]

    def put(self, response: object) -> dict[str, str]:
        """The ids of the labels that a response put onto places, by the id of the place."""
        given = table(response, "places")
        return {name: given[name] for name in identified(self.places) if given.get(name) in self.texts}


class LabelForm(AnswerForm):
    """A menu of labels for each place. Names are numbers of places, and values places of labels on the paper."""

    def __init__(
        self, question: LabelQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        self.places = identified(question.places)
        self.labels = question.shown_labels(order)
        self.names = [name for name, _ in self.labels]
        choices = menu((plain(text) for _, text in self.labels), "")
        given = question.put(response)
        fields, data = {}, {}
        for number, name in enumerate(self.places, 1):
            fields[f"place-{number}"] = SelectField(choices=choices, validate_choice=False)
            data[f"place-{number}"] = token_of(given.get(name), self.names) or ""
        super().__init__(fields, formdata=formdata, data=data, prefix=prefix)

    @property
    def rows(self) -> list[tuple[LabelledPlace, Any]]:
        """Each place with its field, in the order of their numbers."""
        return [(place, self[f"place-{number}"]) for number, place in enumerate(self.places.values(), 1)]

    def response(self) -> Response | None:
        places = {
            name: label
            for number, name in enumerate(self.places, 1)
            if (label := place_of(self[f"place-{number}"].data, self.names))
        }
        return {"places": dict(sorted(places.items()))} if places else None


class LabelType(QuestionType[LabelQuestion]):
    """Labels to be put onto places of a picture."""

    name = "label"
    title = N_("Labelling a picture")
    summary = N_("Put labels onto places of a picture.")
    Schema = LabelQuestion
    describes_by = frozenset({"places", "labels"})
    scripts = ("labelling",)

    def order(self, question: LabelQuestion, seed: int) -> Order:
        labels = list(question.texts)
        return {"labels": shuffled(labels, seed, question.id) if question.shuffle else labels}

    def form(
        self,
        question: LabelQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> LabelForm:
        return LabelForm(question, order, formdata, response, prefix)

    def grade(self, question: LabelQuestion, response: Response | None) -> Grade:
        given, texts = question.put(response), question.texts
        parts = [
            Part(
                name,
                plain(place.text),
                self._said(question, given.get(name)) if given else None,
                self._said(question, place.label),
                float(bool(given) and given.get(name) == place.label),
                place.feedback,
            )
            for name, place in identified(question.places).items()
        ]
        if question.scoring == "all-or-nothing" and texts:
            return graded(parts, float(all(part.fraction == 1 for part in parts)))
        return graded(parts)

    def describe(self, question: LabelQuestion, response: Response | None) -> str:
        given = question.put(response)
        places = identified(question.places)
        return "; ".join(f"{plain(places[name].text)} → {self._said(question, label)}" for name, label in given.items())

    def key(self, question: LabelQuestion) -> Response:
        right = {name: place.label for name, place in identified(question.places).items() if place.label}
        return {"places": dict(sorted(right.items()))}

    def wrong(self, question: LabelQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        places = identified(question.places)
        known = partly_known(list(places), knows, chance)
        put: dict[str, str] = {}
        for name, place in places.items():
            if name not in known:
                put[name] = chance.choice([label for label in question.texts if label != place.label])
            elif place.label:
                put[name] = place.label
        return {"places": dict(sorted(put.items()))}

    def guess(self, question: LabelQuestion) -> float:
        one = 1 / (len(question.labels) + 1)
        return one ** len(question.places) if question.scoring == "all-or-nothing" else one

    def choices(self, question: LabelQuestion) -> list[Choice]:
        """Every place with every label, as `a:stigma`."""
        return [
            Choice(f"{name}:{label}", f"{plain(place.text)} → {plain(text)}", float(label == place.label))
            for name, place in identified(question.places).items()
            for label, text in question.texts.items()
        ]

    def classify(self, question: LabelQuestion, response: Response | None) -> list[str]:
        return [f"{name}:{label}" for name, label in question.put(response).items()] or ["blank"]

    def asked(self, question: LabelQuestion) -> list[str]:
        return [question.stem, *(place.text for place in question.places)]

    def stated(self, question: LabelQuestion) -> Iterable[tuple[ValuePath, str]]:
        used = {place.label for place in question.places}
        for number, label in enumerate(question.labels):
            if label.id in used:
                yield ("labels", number, "text"), label.text

    def sought(self, question: LabelQuestion) -> Iterable[Sought]:
        texts = {name: plain(text) for name, text in question.texts.items()}
        for place in question.places:
            if place.label in texts:
                others = tuple(text for name, text in texts.items() if name != place.label)
                yield Sought(f"{plain(question.stem)} {plain(place.text)}", texts[place.label], others)

    def check(self, question: LabelQuestion) -> Iterable[Flaw]:
        yield from clashing(question.places, "places")
        labels = dict(enumerate(question.labels))
        yield from duplicated({("labels", number, "id"): label.id for number, label in labels.items()}, "the id")
        yield from duplicated(
            {("labels", number, "text"): plain(label.text) for number, label in labels.items()}, "the label"
        )
        places = dict(enumerate(question.places))
        yield from duplicated(
            {("places", number, "text"): plain(place.text) for number, place in places.items()}, "the place"
        )
        if not any(place.label for place in question.places):
            yield Flaw(("places",), "no place has a label", "say with `label:` which one belongs to it")
        for number, place in places.items():
            if place.label and place.label not in question.texts:
                known = f"use one of: {', '.join(question.texts)}"
                yield Flaw(("places", number, "label"), f"no label has the id `{place.label}`", known)
            if any(hypot(place.x - other.x, place.y - other.y) < _NEAR for other in question.places[:number]):
                said = "the place lies so near to another one that a finger can't tell them apart"
                yield Flaw(("places", number), said, f"put them {_NEAR:g} percent apart or more")
            told = plain(question.texts.get(place.label or "", "")).casefold()
            if told and told in plain(place.text).casefold():
                yield Flaw(("places", number, "text"), "the words of the place tell its label", "say where it is only")

    def carry(self, old: LabelQuestion, new: LabelQuestion, response: Response | None) -> Response:
        places = followed(identified(old.places), identified(new.places), lambda place: place.text)
        by_text = {plain(text).casefold(): name for name, text in new.texts.items()}
        put = {
            places[name]: label if label in new.texts else by_text.get(plain(old.texts[label]).casefold())
            for name, label in old.put(response).items()
            if name in places
        }
        kept = {name: label for name, label in sorted(put.items()) if label}
        return {"places": kept} if kept else {}

    @staticmethod
    def _said(question: LabelQuestion, label: str | None) -> str:
        return plain(question.texts[label]) if label in question.texts else NO_LABEL


TYPE = LabelType()
