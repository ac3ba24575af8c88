"""What was chosen of what a question offers: how often each choice, in all and by thirds of the learners."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, cast, func, select

from webapp import questions
from webapp.questions.contract import Question
from webapp.quizzes import revisions
from webapp.quizzes.models import Attempt, Slot
from webapp.reports.statistics.answers import narrow, totals
from webapp.reports.statistics.distributions import count, thirds
from webapp.reports.statistics.figures import LEAST


@dataclass(frozen=True)
class Share:
    """How often something to choose was chosen, in all and by third of the learners (percent of the third).

    The thirds go by the marks for the rest of the test; None where there are too few for thirds.
    """

    id: str
    label: str
    #: what choosing it earns, 0 to 1
    fraction: float
    n: int
    percent: float
    lower: float | None = None
    middle: float | None = None
    upper: float | None = None

    @property
    def is_key(self) -> bool:
        return self.fraction > 0


Picks = Counter[tuple[str, str | None, float, float]]
"""How often each (revision, response as JSON text, fraction, marks for the rest of the test) occurred."""


def picks(chosen: Select[Any], question_id: str) -> Picks:
    """What was answered to a question, counted: one streamed query."""
    with_question = select(Slot.attempt_id).where(Slot.question_id == question_id)
    whole = totals(chosen.where(Attempt.id.in_(with_question)))
    wanted = (
        select(
            Slot.digest,
            cast(Slot.response, Text),
            func.coalesce(Slot.fraction, 0.0),
            whole.c.total - Slot.points * func.coalesce(Slot.fraction, 0.0),
        )
        .join(whole, whole.c.attempt_id == Slot.attempt_id)
        .where(Slot.question_id == question_id, Slot.fraction.is_not(None))
    )
    picked: Picks = Counter()
    for chunk in narrow(wanted):
        picked.update((digest, response, fraction, round(rest, 4)) for digest, response, fraction, rest in chunk)
    return picked


def shares_of(question: Question, picked: Picks) -> tuple[list[Share], list[Share]]:
    """How often each choice was chosen, and how often none (`blank`, `other`). Empty for types without choices.

    Answers to older revisions count for the choice with the same words; a choice that only old revisions had is left
    out, its answers stay in the totals.
    """
    choices = questions.type_of(question).choices(question)
    if not choices:
        return [], []
    by_label = {choice.label: choice.id for choice in choices}
    bands = _bands(picked)
    in_band: Counter[int] = Counter()
    chosen: Counter[tuple[str, int]] = Counter()
    for (digest, response, _fraction, rest), times in picked.items():
        band = _band(rest, bands)
        in_band[band] += times
        for name in _classified(digest, response, by_label):
            chosen[name, band] += times
    n = sum(in_band.values())

    def share(name: str, label: str, fraction: float) -> Share:
        each = [chosen[name, band] for band in range(3)]
        parts: list[float | None] = [
            100 * each[band] / in_band[band] if bands and in_band[band] else None for band in range(3)
        ]
        return Share(name, label, fraction, sum(each), 100 * sum(each) / n if n else 0.0, *parts)

    of_choices = [share(choice.id, choice.label, choice.fraction) for choice in choices]
    others = [name for name in ("blank", "other") if any(chosen[name, band] for band in range(3))]
    return of_choices, [share(name, "", 0.0) for name in others]


def _bands(picked: Picks) -> tuple[float, float] | None:
    rests: Counter[float] = Counter()
    for (_digest, _response, _fraction, rest), times in picked.items():
        rests[rest] += times
    return thirds(rests) if count(rests) >= LEAST else None


def _band(rest: float, bands: tuple[float, float] | None) -> int:
    if bands is None:
        return 0
    return 0 if rest <= bands[0] else 1 if rest <= bands[1] else 2


def _classified(digest: str, response: str | None, by_label: dict[str, str]) -> list[str]:
    """The ids, in today's question, of what a response picked."""
    shown = revisions.shown_as(digest)
    if shown is None:
        return []
    kind = questions.type_of(shown)
    labels = {choice.id: choice.label for choice in kind.choices(shown)}
    names = kind.classify(shown, json.loads(response) if response is not None else None)
    # "blank" and "other" are no choices, and stay what they are.
    return [by_label.get(labels[name], "gone") if name in labels else name for name in names]


def typed_answers(picked: Picks, most: int) -> Iterator[tuple[str, float, int]]:
    """The most common answers in words, each with what it earned."""
    in_words: Counter[tuple[str, float]] = Counter()
    for (digest, response, fraction, _rest), times in picked.items():
        shown = revisions.shown_as(digest)
        if shown is not None:
            words = " ".join(
                questions.type_of(shown).describe(shown, json.loads(response) if response is not None else None).split()
            )
            in_words[words, fraction] += times
    for (words, fraction), times in in_words.most_common(most):
        yield words, fraction, times
