"""Whose recorded results a change touches: each learner's result at a quiz before and after.

A result is the score that counts at the quiz. Where that stays and only an attempt that does not count changes, the
attempt is named instead, because its learner sees it, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from webapp.content.course.quiz import Score
from webapp.database import db
from webapp.quizzes import eligibility, scores
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptKind, AttemptState

#: what makes a score
KINDS = (AttemptKind.PRETEST, AttemptKind.QUIZ, AttemptKind.FINAL)
Scope = Sequence[ColumnElement[bool]]
"""Conditions on Attempt that say whose results may change: every attempt of a person at a quiz, or none of them. One
of them says of which course."""


@dataclass(frozen=True)
class ResultChange:
    """What becomes of one learner's result. Percents are None where there is no score."""

    user_id: int
    quiz_id: str
    #: the one attempt that changes; None when several do, or none but which of them counts
    attempt_id: int | None
    percent_before: float | None
    percent_after: float | None
    passed_before: bool | None
    passed_after: bool | None

    @property
    def gains_pass(self) -> bool:
        return bool(self.passed_after) and not self.passed_before

    @property
    def loses_pass(self) -> bool:
        return bool(self.passed_before) and not self.passed_after


@dataclass(frozen=True)
class ChangeForecast:
    """What a change does, or would do: those who lose first, then by how much."""

    differences: tuple[ResultChange, ...]

    @classmethod
    def of(cls, differences: Sequence[ResultChange]) -> ChangeForecast:
        def order(each: ResultChange) -> tuple[bool, float, int, str]:
            gain = (each.percent_after or 0.0) - (each.percent_before or 0.0)
            return (not each.loses_pass, gain, each.user_id, each.quiz_id)

        return cls(tuple(sorted(differences, key=order)))

    def __bool__(self) -> bool:
        return bool(self.differences)

    @property
    def seal(self) -> str:
        """Stands for exactly this forecast: what somebody decides holds for what they saw, and nothing else."""
        return sha256(repr(self.differences).encode()).hexdigest()[:32]

    @property
    def newly_passed(self) -> int:
        return sum(each.gains_pass for each in self.differences)

    @property
    def newly_failed(self) -> int:
        return sum(each.loses_pass for each in self.differences)

    @property
    def up(self) -> int:
        return sum((d.percent_after or 0) > (d.percent_before or 0) for d in self.differences)

    @property
    def down(self) -> int:
        return sum((d.percent_after or 0) < (d.percent_before or 0) for d in self.differences)


@dataclass(frozen=True)
class Picture:
    """One person's recorded result at one quiz, with that of each attempt: id → (percent, passed)."""

    score: scores.QuizScore
    attempts: Mapping[int, tuple[float | None, bool | None]]


Pictures = Mapping[tuple[int, str], Picture]
"""(user id, quiz id) → the result."""


def pictures(scope: Scope, *, rules: tuple[Score, float] | None = None) -> Pictures:
    """The recorded results of everybody in the scope: one query. With `rules`, what they would be under these."""
    rows: dict[tuple[int, str], list[Any]] = {}
    for row in db.session.execute(
        select(
            Attempt.id, Attempt.user_id, Attempt.quiz_id, Attempt.number, Attempt.state, Attempt.kind, Attempt.score,
            Attempt.max_score, Attempt.percent, Attempt.passed, Attempt.submitted_at, Attempt.keep, Attempt.pass_mark,
            Attempt.awaiting,
        ).where(
            Attempt.state == AttemptState.SUBMITTED, Attempt.kind.in_(KINDS),
            or_(Attempt.score.is_not(None), Attempt.awaiting > 0),
            eligibility.counts_for_learner(), *scope,
        )
    ):  # fmt: skip
        rows.setdefault((row.user_id, row.quiz_id), []).append(row)
    return {key: _picture(attempts, rules) for key, attempts in rows.items()}


def _picture(attempts: Sequence[Any], rules: tuple[Score, float] | None) -> Picture:
    if rules is None:
        return Picture(
            scores.recorded_score(attempts, "best", 0.0), {each.id: (each.percent, each.passed) for each in attempts}
        )
    return Picture(
        scores.quiz_score(attempts, *rules),
        {
            each.id: (each.percent, None if each.percent is None else scores.is_pass(each.percent, rules[1]))
            for each in attempts
        },
    )


def compare(before: Pictures, after: Pictures) -> ChangeForecast:
    """Whose result differs between two pictures of the same scope."""
    nothing = Picture(scores.NOTHING, {})
    differences = []
    for user_id, quiz_id in sorted({*before, *after}):
        old, new = before.get((user_id, quiz_id), nothing), after.get((user_id, quiz_id), nothing)
        one_by_one = {*old.attempts, *new.attempts}
        changed = [id for id in sorted(one_by_one) if old.attempts.get(id) != new.attempts.get(id)]
        was, now = (old.score.percent, old.score.passed), (new.score.percent, new.score.passed)
        attempt_id = changed[0] if len(changed) == 1 else None
        if was == now:
            if not changed:
                continue
            attempt_id = changed[0]
            was, now = old.attempts.get(attempt_id, (None, None)), new.attempts.get(attempt_id, (None, None))
        differences.append(ResultChange(user_id, quiz_id, attempt_id, was[0], now[0], was[1], now[1]))
    return ChangeForecast.of(differences)
