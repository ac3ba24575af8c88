"""When a question comes back: the published scheduler FSRS 6 at its defaults, fed with answers. Pure.

Defaults: 90 % retention aimed at, learning steps of 1 and 10 minutes, a relearning step of 10 minutes. Only the random
"fuzz" of its intervals is off, so that the same answers give the same days.

An answer becomes a rating like this:

- wrong or not answered → again
- partly right → hard
- right, but a guess by the learner's own word → hard
- right → good
- right and sure → easy

Source: https://github.com/open-spaced-repetition/py-fsrs
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import fsrs

from webapp.quizzes.vocabulary import Certainty

_scheduler = fsrs.Scheduler(enable_fuzzing=False)


@dataclass(frozen=True)
class Memory:
    """What the scheduler knows of one person and one question. Stability is in days, difficulty from 1 to 10."""

    state: int
    step: int | None
    stability: float | None
    difficulty: float | None
    due: datetime
    last_review: datetime | None
    #: answers so far
    reviews: int
    #: how often it was forgotten after it had been learnt
    lapses: int


def rating(fraction: float, certainty: int | None = None) -> fsrs.Rating:
    """The rating of an answer that earned `fraction` (0 to 1), given with this `Certainty`."""
    if fraction <= 0:
        return fsrs.Rating.Again
    if fraction < 1 or certainty == Certainty.GUESS:
        return fsrs.Rating.Hard
    return fsrs.Rating.Easy if certainty == Certainty.SURE else fsrs.Rating.Good


def remembered(before: Memory | None, rated: fsrs.Rating, at: datetime) -> Memory:
    """The memory after an answer; `before` is None for the first one.

    An answer that is older than the last one known (a paper handed in late, as of its deadline) counts as of the last.
    """
    at = at.astimezone(UTC)
    if before is None:
        card = fsrs.Card(card_id=0, due=at)
    else:
        if before.last_review is not None:
            at = max(at, before.last_review)
        card = fsrs.Card(
            card_id=0,
            state=fsrs.State(before.state),
            step=before.step,
            stability=before.stability,
            difficulty=before.difficulty,
            due=before.due,
            last_review=before.last_review,
        )
    learnt = card.state == fsrs.State.Review
    card, _log = _scheduler.review_card(card, rated, at)
    forgotten = learnt and rated == fsrs.Rating.Again
    return Memory(
        state=int(card.state),
        step=card.step,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due,
        last_review=card.last_review,
        reviews=(before.reviews if before else 0) + 1,
        lapses=(before.lapses if before else 0) + forgotten,
    )
