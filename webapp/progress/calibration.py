"""Whether being sure and being right go together. Pure; nothing here is ever scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from webapp.progress.mastery import Answer
from webapp.quizzes.vocabulary import Certainty

#: with fewer answers than this, a share says more about chance than about the person
ENOUGH = 5


@dataclass(frozen=True)
class Level:
    """All answers given with one certainty."""

    certainty: Certainty
    answers: int
    #: fully right ones
    right: int

    @property
    def share(self) -> float | None:
        """Percent of them that were right, 0 to 100; None without any."""
        return 100 * self.right / self.answers if self.answers else None

    @property
    def tells(self) -> bool:
        """Whether there are enough of them to say something."""
        return self.answers >= ENOUGH


@dataclass(frozen=True)
class Calibration:
    """The three levels, from guess to sure, and what to make of them."""

    levels: tuple[Level, Level, Level]

    @property
    def answers(self) -> int:
        return sum(level.answers for level in self.levels)

    @property
    def verdict(self) -> Literal["few", "overconfident", "underconfident", "upside-down", "fits"]:
        """What the levels say together.

        - few: too few answers with "sure" to tell
        - upside-down: right less often when sure than when guessing
        - overconfident: of the sure answers fewer than 4 in 5 were right
        - underconfident: of the guesses more than 2 in 3 were right
        - fits: none of these
        """
        guess, _unsure, sure = self.levels
        if not sure.tells:
            return "few"
        if guess.tells and _share(guess) > _share(sure):
            return "upside-down"
        if _share(sure) < 80:
            return "overconfident"
        if guess.tells and _share(guess) > 200 / 3:
            return "underconfident"
        return "fits"


def calibration(answers: Iterable[Answer]) -> Calibration:
    """All answers that came with a certainty, counted; blank ones left out."""
    counted = {certainty: [0, 0] for certainty in Certainty}
    for answer in answers:
        certainty = Certainty.read(answer.certainty)
        if answer.response and certainty is not None:
            counted[certainty][0] += 1
            counted[certainty][1] += answer.right
    guess, unsure, sure = (Level(certainty, *counts) for certainty, counts in counted.items())
    return Calibration((guess, unsure, sure))


def sure_but_wrong(answers: Iterable[Answer]) -> list[Answer]:
    """The latest answer to each question where it was given as sure and isn't right, the newest first."""
    latest: dict[str, Answer] = {}
    for answer in sorted(answers, key=lambda answer: answer.at):
        if answer.response:
            latest[answer.question_id] = answer
    wrong = [answer for answer in latest.values() if answer.certainty == Certainty.SURE and not answer.right]
    return sorted(wrong, key=lambda answer: answer.at, reverse=True)


def _share(level: Level) -> float:
    return level.share or 0.0
