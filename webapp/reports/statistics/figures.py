"""What is said of a quiz and of its questions, and how it is defined. Nothing here knows of a database.

The definitions are those of Moodle's quiz statistics report, written down in "Quiz statistics calculations"
(https://docs.moodle.org/dev/Quiz_statistics_calculations). In its letters: S is the number of attempts s, T_s the mark
of an attempt, x_p the mark for one question p and X_p = T − x_p the mark for the rest of the test. V and C are
variance and covariance with the divisor S − 1.

Two things differ, because papers are drawn from pools:

- What is said of a question rests on the attempts in which it occurred. (Moodle does so, too, but correlates a drawn
  question with the whole test; here it is the rest of the test for every question.)
- Weights are shares of an average paper, so that they add up to 100 over the questions a paper has, not over the pool.
  Where every paper has the same questions, they are Moodle's.

`distributions` has the figures of a list of values, `question_marks` those of one question; `tally` takes in a whole
quiz.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt

#: below so many attempts, figures say more about chance than about the question
LEAST = 30


def consistency(variances: Sequence[float], of_totals: float | None) -> float | None:
    """The coefficient of internal consistency (Cronbach's alpha) in percent: 100 · P/(P − 1) · (1 − Σ V(x_p) / V(T)).

    `variances` are the V(x_p) of the P places of the test. None for one place or where all totals are equal.
    """
    places = len(variances)
    if places < 2 or not of_totals:
        return None
    return 100 * places / (places - 1) * (1 - fsum(variances) / of_totals)


def error_ratio(coefficient: float | None) -> float | None:
    """100 · √(1 − CIC/100): how much of the spread of marks is chance, in percent; None without a coefficient."""
    return None if coefficient is None else 100 * sqrt(max(0.0, 1 - coefficient / 100))


def standard_error(ratio: float | None, spread: float | None) -> float | None:
    """ER/100 · SD: how far a mark may lie, by chance, from what the learner can do; in the units of the SD."""
    return None if ratio is None or spread is None else ratio / 100 * spread


@dataclass(frozen=True)
class QuizFigures:
    """What a quiz's marks say about it. Percents are 0 to 100; what can't be computed is None."""

    n: int
    mean: float | None
    median: float | None
    deviation: float | None
    skewness: float | None
    kurtosis: float | None
    consistency: float | None
    error_ratio: float | None
    standard_error: float | None
    #: whether all papers had the same questions, so that the coefficient compares question by question
    same_papers: bool
    #: percent of each attempt, with how many had it
    percents: Mapping[float, int]

    @property
    def enough(self) -> bool:
        """Whether there are attempts enough to say anything."""
        return self.n >= LEAST


@dataclass(frozen=True)
class QuestionFigures:
    """What the marks say about one question of a quiz. Percents; what can't be computed is None."""

    n: int
    facility: float | None
    deviation: float | None
    intended_weight: float | None
    #: None where the question works against the test (its covariance with the total is negative)
    effective_weight: float | None
    discrimination: float | None
    efficiency: float | None
    #: median time
    seconds: float | None

    @property
    def enough(self) -> bool:
        return self.n >= LEAST
