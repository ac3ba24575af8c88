"""From fractions to points, percent and pass, and from several attempts to one score.

Every page, report and export takes its figures from here, so that they agree to the digit.

The rules: points are a slot's fraction (0 to 1, 6 places) times its points; the sum is exact (decimal) and is kept to
6 places. Percent is points / maximum × 100 after any late penalty, rounded half up to 2 places, and it is this rounded
figure that is held against the pass mark: nobody fails with the pass mark on the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from webapp.content.course.quiz import Score
from webapp.quizzes.vocabulary import AttemptKind, AttemptState

_DAY = 86_400


class SlotLike(Protocol):
    points: float
    fraction: float | None


class AttemptLike(Protocol):
    """What a score is made from: an Attempt, or a row that selects these columns of it."""

    number: int
    state: AttemptState
    kind: AttemptKind
    score: float | None
    max_score: float
    submitted_at: datetime | None
    #: answers that people have to grade before there is a score
    awaiting: int


@dataclass(frozen=True)
class QuizScore:
    """One person's standing at one quiz. Without a graded attempt, all but `attempts` and `max_score` are None.

    As long as an attempt waits that may still decide, `passed` is None, too, whatever the others earned.
    """

    #: handed in and counting (void ones and practice are not among them)
    attempts: int
    #: points, 2 decimals
    score: float | None
    max_score: float | None
    #: 0 to 100, 2 decimals
    percent: float | None
    passed: bool | None
    #: when the attempt that counts was handed in; for the mean, the latest
    submitted_at: datetime | None
    #: attempts that wait for people to grade them, and count as soon as they have
    awaiting: int = 0
    #: by which rules: which attempt counts, and the pass mark in percent
    rules: tuple[Score, float] | None = field(default=None, compare=False)


NOTHING = QuizScore(0, None, None, None, None, None)


def rounded(value: float | Decimal, places: int = 2) -> float:
    """`value` rounded half up, as people round on paper (Python's round() goes to the even digit)."""
    return float(_exact(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def percent_of(score: float | Decimal, max_score: float | Decimal) -> float:
    """0 to 100 with 2 decimals; a paper without points counts as 0."""
    return rounded(_percent(_exact(score), _exact(max_score)))


def points(slots: Iterable[SlotLike], late_penalty: float = 0.0) -> float:
    """The points of a paper, 6 places: ungraded slots give none; `late_penalty` is the share taken off, 0 to 1."""
    total = sum((_exact(slot.points) * _exact(slot.fraction or 0.0) for slot in slots), Decimal(0))
    return rounded(total * (1 - _exact(late_penalty)), 6)


def is_pass(percent: float, pass_mark: float) -> bool:
    return _exact(percent) >= _exact(pass_mark)


def late_share(submitted_at: datetime, due_at: datetime | None, percent_a_day: float) -> float:
    """The share of the points taken off, 0 to 1: `percent_a_day` for each day begun after the due date."""
    if due_at is None or submitted_at <= due_at:
        return 0.0
    late = (submitted_at - due_at).total_seconds()
    days = int(late // _DAY) + (1 if late % _DAY else 0)
    return float(min(Decimal(1), _exact(percent_a_day) * days / 100))


def quiz_score(attempts: Sequence[AttemptLike], keep: Score, pass_mark: float) -> QuizScore:
    """One score from all attempts of one person at one quiz.

    Open and void attempts, practice and ungraded papers count for nothing. Best is
    the highest percent, and of equals the earliest; last and first go by the attempt's number. The mean is that of the
    attempts' percents; its points are that share of the mean maximum, since papers may differ in their maximum.

    Where one waits for people to grade it, the first, the last and the mean wait with it if it is, or is part of, what
    counts. The best so far is told, and passes if it does; else nobody knows yet.
    """
    handed_in = [a for a in attempts if a.state == AttemptState.SUBMITTED and a.kind != AttemptKind.PRACTICE]
    graded = sorted((a for a in handed_in if a.score is not None), key=lambda a: a.number)
    waiting = [a for a in handed_in if a.score is None and a.awaiting]
    if not graded or _waits(keep, graded, waiting):
        latest = max((a.submitted_at for a in handed_in if a.submitted_at), default=None)
        return QuizScore(len(handed_in), None, None, None, None, latest, len(waiting))
    if keep == "mean":
        share = sum((_share(a) for a in graded), Decimal(0)) / len(graded)
        maximum = sum((_exact(a.max_score) for a in graded), Decimal(0)) / len(graded)
        percent = rounded(share)
        at = max(a.submitted_at for a in graded if a.submitted_at)
        return QuizScore(
            len(handed_in),
            rounded(share * maximum / 100),
            rounded(maximum),
            percent,
            is_pass(percent, pass_mark),
            at,
            len(waiting),
        )
    if keep == "first":
        counts = graded[0]
    elif keep == "last":
        counts = graded[-1]
    else:
        counts = max(graded, key=lambda a: (_share(a), -a.number))
    percent = rounded(_share(counts))
    passed = is_pass(percent, pass_mark)
    return QuizScore(
        len(handed_in),
        rounded(counts.score or 0.0),
        rounded(counts.max_score),
        percent,
        None if not passed and waiting and keep == "best" else passed,
        counts.submitted_at,
        len(waiting),
    )


def _waits(keep: Score, graded: Sequence[AttemptLike], waiting: Sequence[AttemptLike]) -> bool:
    """Whether what counts is among those that wait; `graded` is in the order of the attempts."""
    if not waiting or keep == "best":
        return False
    if keep == "mean":
        return True
    numbers = [each.number for each in waiting]
    return min(numbers) < graded[0].number if keep == "first" else max(numbers) > graded[-1].number


class RecordedAttempt(AttemptLike, Protocol):
    """The same, with the rules it was recorded under."""

    keep: Score | None
    pass_mark: float | None


def rules_of(attempts: Iterable[RecordedAttempt], keep: Score, pass_mark: float) -> tuple[Score, float]:
    """By which rules one person's attempts at one quiz count: which attempt, and the pass mark (percent).

    Those under which the first of them was recorded; `keep` and `pass_mark`, as the quiz says now, where none is. So an
    edit of the quiz changes no result that is there, and somebody who has begun goes on by the rules they began under.
    """
    recorded = [each for each in attempts if each.keep is not None and each.state != AttemptState.VOID]
    first = min(recorded, key=lambda each: each.number, default=None)
    if first is None or first.keep is None or first.pass_mark is None:
        return keep, pass_mark
    return first.keep, first.pass_mark


def recorded_score(attempts: Sequence[RecordedAttempt], keep: Score, pass_mark: float) -> QuizScore:
    """The score from one person's attempts at one quiz, by the rules they are recorded under (see `rules_of`)."""
    rules = rules_of(attempts, keep, pass_mark)
    return replace(quiz_score(attempts, *rules), rules=rules)


def _exact(value: float | Decimal) -> Decimal:
    # By way of its shortest text, 0.1 becomes 0.1 and not 0.1000000000000000055.
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)))


def _percent(score: Decimal, maximum: Decimal) -> Decimal:
    return score * 100 / maximum if maximum else Decimal(0)


def _share(attempt: AttemptLike) -> Decimal:
    return _percent(_exact(attempt.score or 0.0), _exact(attempt.max_score))
