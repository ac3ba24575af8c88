"""How the variants of a question with parameters differ: the values that were on papers, and what they earned."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from webapp.database import db
from webapp.questions.contract import Question
from webapp.questions.variants import BadTemplate, filled
from webapp.quizzes import revisions
from webapp.quizzes.models import Slot

#: answers that are looked at, the newest, as the values of each paper are drawn again; and variants that are told
MOST_ANSWERS, MOST_VARIANTS = 2_000, 12


@dataclass(frozen=True)
class VariantFacility:
    """One set of values, how many answered it, and what they earned on average (percent)."""

    values: str
    n: int
    percent: float


@dataclass(frozen=True)
class ByVariant:
    """The variants that were answered most, the hardest of them first, and what is not told of the others."""

    told: tuple[VariantFacility, ...] = ()
    #: how many variants are not told, and how many answers they got
    others: int = 0
    other_answers: int = 0


def by_variant(chosen: Select[Any], question: Question) -> ByVariant:
    """How the variants of a question did in these attempts: one query, and none for a question without parameters."""
    if question.template is None:
        return ByVariant()
    rows = db.session.execute(
        select(Slot.digest, Slot.order_seed, func.coalesce(Slot.fraction, 0.0))
        .where(Slot.question_id == question.id, Slot.attempt_id.in_(chosen))
        .order_by(Slot.id.desc())
        .limit(MOST_ANSWERS)
    )
    earned: dict[str, list[float]] = defaultdict(list)
    for digest, order_seed, fraction in rows:
        earned[_values(digest, order_seed)].append(fraction)
    earned.pop("", None)
    most = sorted(earned.items(), key=lambda each: (-len(each[1]), each[0]))
    told = [
        VariantFacility(values, len(fractions), 100 * sum(fractions) / len(fractions))
        for values, fractions in most[:MOST_VARIANTS]
    ]
    rest = most[MOST_VARIANTS:]
    return ByVariant(
        tuple(sorted(told, key=lambda each: (each.percent, each.values))),
        len(rest),
        sum(len(fractions) for _values, fractions in rest),
    )


def _values(digest: str, order_seed: int) -> str:
    """The values on a paper in words; empty where the question had none then, or its seed made none."""
    shown = revisions.shown_as(digest)
    if shown is None or shown.template is None:
        return ""
    try:
        return filled(shown.template, order_seed).said
    except BadTemplate:
        return ""
