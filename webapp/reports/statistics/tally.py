"""A whole quiz in one pass: answers are counted as they pass, and give the figures of the quiz and of its questions.

Marks come as rows, are combined into counts of equal ones, and the counts are folded into sums when there are too many:
memory is bounded, whatever the number of answers. Nothing here knows of a database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from math import fsum, sqrt

from webapp.reports.statistics.distributions import all_equal, deviation, kurtosis, mean, median, skewness, variance
from webapp.reports.statistics.figures import (
    QuestionFigures,
    QuizFigures,
    consistency,
    error_ratio,
    standard_error,
)
from webapp.reports.statistics.question_marks import QuestionMarks

#: so many different (question, mark, total) at most are counted before they are folded into sums
_KEYS_AT_MOST = 100_000

AnswerRow = tuple[int, str, int, float, float, int]
"""One answer: (attempt, question, place on the paper, mark, worth, seconds). Rows of one attempt follow each other."""


class Tally:
    """Takes in the answers of a quiz, attempt by attempt, and gives the figures."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, float, float, float]] = Counter()
        self._places: Counter[tuple[int, float]] = Counter()
        self._seconds: Counter[tuple[str, int]] = Counter()
        self._totals: Counter[tuple[float, float]] = Counter()
        self._questions: dict[str, QuestionMarks] = {}

    def take(self, chunks: Iterable[Sequence[AnswerRow]]) -> Tally:
        """Takes rows in chunks of any size; an attempt may reach over the end of a chunk."""
        carried: list[AnswerRow] = []
        for chunk in chunks:
            if not chunk:
                continue
            rows = [*carried, *chunk] if carried else chunk
            last = rows[-1][0]
            end = len(rows)
            while end and rows[end - 1][0] == last:
                end -= 1
            carried = list(rows[end:])
            if end:
                self._take(rows[:end])
        if carried:
            self._take(carried)
        return self

    def _take(self, rows: Sequence[AnswerRow]) -> None:
        """Whole attempts. Columns instead of rows, so that the counting is done by the interpreter's own loops."""
        attempts, questions, places, marks, worths, seconds = zip(*rows, strict=True)
        totals: list[float] = []
        start = 0
        for length in Counter(attempts).values():
            end = start + length
            total = round(sum(marks[start:end]), 6)
            totals.extend(repeat(total, length))
            self._totals[total, round(sum(worths[start:end]), 6)] += 1
            start = end
        self._answers.update(zip(questions, marks, worths, totals, strict=True))
        self._places.update(zip(places, marks, strict=True))
        self._seconds.update(zip(questions, seconds, strict=True))
        if len(self._answers) > _KEYS_AT_MOST:
            self._fold()

    def _fold(self) -> None:
        # In one order, so that sums are the same to the last digit whichever way a database gives its rows.
        for (question, mark, worth, total), times in sorted(self._answers.items()):
            self._of_question(question).add(mark, worth, round(total - mark, 6), times)
        self._answers.clear()

    def _of_question(self, question: str) -> QuestionMarks:
        marks = self._questions.get(question)
        if marks is None:
            marks = self._questions[question] = QuestionMarks()
        return marks

    def marks(self) -> dict[str, QuestionMarks]:
        """What was seen of each question."""
        self._fold()
        for seen in self._questions.values():
            seen.seconds.clear()
        for (question, seconds), times in self._seconds.items():
            if seconds > 0:
                self._of_question(question).seconds[seconds] += times
        return self._questions

    @property
    def n(self) -> int:
        """How many attempts."""
        return sum(self._totals.values())

    def quiz(self) -> QuizFigures:
        """The figures of the quiz.

        The coefficient of internal consistency goes question by question where all papers have the same ones. Where
        they are drawn, it goes place by place, each holding one question of every paper; different questions in one
        place add to Σ V(x_p), so it then errs on the low side.
        """
        n = self.n
        marks = self.marks()
        percents: Counter[float] = Counter()
        totals: Counter[float] = Counter()
        for (total, worth), times in self._totals.items():
            percents[round(100 * total / worth, 2) if worth else 0.0] += times
            totals[total] += times
        same = bool(marks) and all(seen.n == n for seen in marks.values())
        if same:
            variances = [seen.variance or 0.0 for seen in marks.values()]
        else:
            by_place: dict[int, Counter[float]] = {}
            for (place, mark), times in self._places.items():
                by_place.setdefault(place, Counter())[mark] += times
            variances = [variance(in_place) or 0.0 for in_place in by_place.values()]
        coefficient = consistency(variances, variance(totals) if n > 1 and not all_equal(totals) else None)
        ratio = error_ratio(coefficient)
        spread = deviation(percents)
        return QuizFigures(
            n=n,
            mean=mean(percents),
            median=median(percents),
            deviation=spread,
            skewness=skewness(percents),
            kurtosis=kurtosis(percents),
            consistency=coefficient,
            error_ratio=ratio,
            standard_error=standard_error(ratio, spread),
            same_papers=same,
            percents=percents,
        )

    def questions(self) -> dict[str, QuestionFigures]:
        """The figures of each question.

        Intended weight: 100 · x_max / T_max of an average paper. Effective weight: 100 · √C(x, T) over the same root
        summed over an average paper, which has each question as often as it was drawn (n_p / S).
        """
        n = self.n
        marks = self.marks()
        paper = fsum(seen.worth for seen in marks.values()) / n if n else 0.0
        # A question that works against the test (a negative covariance) has no weight.
        pull = {name: sqrt(with_total) for name, seen in marks.items() if (with_total := seen.with_total or -1) >= 0}
        all_pull = fsum(pull[name] * marks[name].n / n for name in pull) if n else 0.0
        return {
            name: QuestionFigures(
                n=seen.n,
                facility=seen.facility,
                deviation=seen.deviation,
                intended_weight=100 * (seen.worth / seen.n) / paper if paper else None,
                effective_weight=100 * pull[name] / all_pull if all_pull and name in pull else None,
                discrimination=seen.discrimination,
                efficiency=seen.efficiency,
                seconds=seen.median_seconds,
            )
            for name, seen in marks.items()
        }
