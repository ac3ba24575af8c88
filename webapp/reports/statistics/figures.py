"""Statistics of quizzes and questions: pure functions from marks to figures.

The definitions are those of Moodle's quiz statistics report, written down in "Quiz statistics calculations"
(https://docs.moodle.org/dev/Quiz_statistics_calculations). In its letters: S is the number of attempts s, T_s the mark
of an attempt, x_p the mark for one question p and X_p = T − x_p the mark for the rest of the test. V and C are
variance and covariance with the divisor S − 1.

Two things differ, because papers are drawn from pools:

- What is said of a question rests on the attempts in which it occurred. (Moodle does so, too, but correlates a drawn
  question with the whole test; here it is the rest of the test for every question.)
- Weights are shares of an average paper, so that they add up to 100 over the questions a paper has, not over the pool.
  Where every paper has the same questions, they are Moodle's.

Nothing here knows of a database. Marks come as rows, are combined into counts of equal ones as they pass, and the
counts are folded into sums when there are too many: memory is bounded, whatever the number of answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from math import sqrt

#: below so many attempts, figures say more about chance than about the question
LEAST = 30

#: so many different (question, mark, total) at most are counted before they are folded into sums
_KEYS_AT_MOST = 100_000
#: so many different rest marks of one question at most; beyond it they are rounded to 2 decimals
_RESTS_AT_MOST = 5_000

Weighted = Mapping[float, int]
"""Values and how often each occurred."""


# --- of one list of values -------------------------------------------------------------------------------------------


def count(values: Weighted) -> int:
    return sum(values.values())


def mean(values: Weighted) -> float | None:
    """The mean; None of nothing."""
    n = count(values)
    return sum(value * times for value, times in values.items()) / n if n else None


def moment(values: Weighted, order: int) -> float | None:
    """The central moment m_k = Σ (T − T̄)^k / S; None of nothing."""
    middle = mean(values)
    if middle is None:
        return None
    return sum((value - middle) ** order * times for value, times in values.items()) / count(values)


def variance(values: Weighted) -> float | None:
    """V = Σ (T − T̄)² / (S − 1); None below two values."""
    n = count(values)
    second = moment(values, 2)
    return None if n < 2 or second is None else second * n / (n - 1)


def deviation(values: Weighted) -> float | None:
    """The standard deviation √V; None below two values."""
    spread = variance(values)
    return None if spread is None else sqrt(spread)


def median(values: Weighted) -> float | None:
    """The middle value, or the mean of the two middle ones; None of nothing."""
    n = count(values)
    if not n:
        return None
    lower, upper = (n - 1) // 2, n // 2
    seen = 0
    first: float | None = None
    for value in sorted(values):
        seen += values[value]
        if first is None and seen > lower:
            first = value
        if seen > upper:
            return (first + value) / 2 if first is not None else value
    return None


def skewness(values: Weighted) -> float | None:
    """k₃ / k₂^(3/2) with k₂ = V and k₃ = S² m₃ / ((S − 1)(S − 2)). None below three values or where all are equal."""
    n, second, third = count(values), variance(values), moment(values, 3)
    if n < 3 or not second or third is None or _all_equal(values):
        return None
    return n**2 * third / ((n - 1) * (n - 2)) / float(second**1.5)


def kurtosis(values: Weighted) -> float | None:
    """k₄ / k₂² with k₄ = S² ((S + 1) m₄ − 3 (S − 1) m₂²) / ((S − 1)(S − 2)(S − 3)); 0 is that of a normal curve.

    None below four values or where all are equal.
    """
    n, spread, second, fourth = count(values), variance(values), moment(values, 2), moment(values, 4)
    if n < 4 or not spread or second is None or fourth is None or _all_equal(values):
        return None
    k4 = n**2 * ((n + 1) * fourth - 3 * (n - 1) * second**2) / ((n - 1) * (n - 2) * (n - 3))
    return k4 / spread**2


def thirds(values: Weighted) -> tuple[float, float] | None:
    """(a, b): the lower third are those up to a, the upper third those above b. None when that leaves a third empty.

    Equal values stay together, so the thirds may differ in size.
    """
    n = count(values)
    ordered = sorted(values)
    seen = 0
    cuts: list[float] = []
    for value in ordered:
        seen += values[value]
        while len(cuts) < 2 and seen * 3 >= n * (len(cuts) + 1):
            cuts.append(value)
    if len(cuts) < 2 or cuts[1] >= ordered[-1]:
        return None
    return cuts[0], cuts[1]


def _all_equal(values: Weighted) -> bool:
    return sum(times > 0 for times in values.values()) < 2


# --- of a test -------------------------------------------------------------------------------------------------------


def consistency(variances: Sequence[float], of_totals: float | None) -> float | None:
    """The coefficient of internal consistency (Cronbach's alpha) in percent: 100 · P/(P − 1) · (1 − Σ V(x_p) / V(T)).

    `variances` are the V(x_p) of the P places of the test. None for one place or where all totals are equal.
    """
    places = len(variances)
    if places < 2 or not of_totals:
        return None
    return 100 * places / (places - 1) * (1 - sum(variances) / of_totals)


def error_ratio(coefficient: float | None) -> float | None:
    """100 · √(1 − CIC/100): how much of the spread of marks is chance, in percent; None without a coefficient."""
    return None if coefficient is None else 100 * sqrt(max(0.0, 1 - coefficient / 100))


def standard_error(ratio: float | None, spread: float | None) -> float | None:
    """ER/100 · SD: how far a mark may lie, by chance, from what the learner can do; in the units of the SD."""
    return None if ratio is None or spread is None else ratio / 100 * spread


# --- of one question -------------------------------------------------------------------------------------------------


@dataclass
class Item:
    """What was seen of one question: sums over its marks x and the marks for the rest of the test X."""

    n: int = 0
    worth: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    rest: float = 0.0
    rest_squares: float = 0.0
    products: float = 0.0
    marks: Counter[float] = field(default_factory=Counter)
    rests: Counter[float] = field(default_factory=Counter)
    seconds: Counter[float] = field(default_factory=Counter)

    def add(self, x: float, worth: float, rest: float, times: int = 1) -> None:
        """Adds `times` answers that earned `x` of `worth` marks, on papers whose rest earned `rest`."""
        self.n += times
        self.worth += worth * times
        self.x += x * times
        self.xx += x * x * times
        self.rest += rest * times
        self.rest_squares += rest * rest * times
        self.products += x * rest * times
        self.marks[x] += times
        self.rests[rest] += times
        if len(self.rests) > _RESTS_AT_MOST:
            # Only the discriminative efficiency needs the single values, and it needs no more than this of them.
            coarse: Counter[float] = Counter()
            for value, often in self.rests.items():
                coarse[round(value, 2)] += often
            self.rests = coarse

    @property
    def facility(self) -> float | None:
        """100 · x̄ / x_max: the mean mark in percent of the possible one."""
        return 100 * self.x / self.worth if self.worth else None

    @property
    def variance(self) -> float | None:
        """V(x) in square marks."""
        return _spread(self.n, self.x, self.x, self.xx)

    @property
    def deviation(self) -> float | None:
        """100 · √V(x) / x_max: the standard deviation in percent of the possible mark."""
        spread = self.variance
        return None if spread is None or not self.worth else 100 * sqrt(spread) / (self.worth / self.n)

    @property
    def covariance(self) -> float | None:
        """C(x, X)."""
        return _spread(self.n, self.x, self.rest, self.products)

    @property
    def with_total(self) -> float | None:
        """C(x, T), which is V(x) + C(x, X)."""
        own, other = self.variance, self.covariance
        return None if own is None or other is None else own + other

    @property
    def discrimination(self) -> float | None:
        """The discrimination index 100 · C(x, X) / √(V(x) V(X)): the correlation with the rest of the test, −100…100.

        None below two attempts, or where all earned the same here or in the rest.
        """
        own, other, together = self.variance, _spread(self.n, self.rest, self.rest, self.rest_squares), self.covariance
        if not own or not other or together is None:
            return None
        return max(-100.0, min(100.0, 100 * together / sqrt(own * other)))

    @property
    def efficiency(self) -> float | None:
        """The discriminative efficiency 100 · C(x, X) / C_max(x, X).

        C_max is the largest covariance these marks could have: both sorted, the best with the best. None where it is 0.
        """
        together = self.covariance
        if together is None or self.n < 2:
            return None
        best = sum(x * rest * times for x, rest, times in _paired(self.marks, self.rests))
        most = _spread(self.n, self.x, self.rest, best)
        return None if not most else min(100.0, 100 * together / most)

    @property
    def median_seconds(self) -> float | None:
        """The median time with the question open, in seconds, of those whose browser told; None when none did."""
        return median(self.seconds)


def _spread(n: int, one: float, other: float, products: float) -> float | None:
    """(Σ xy − Σx Σy / n) / (n − 1); None below two. What is nothing but rounding is 0."""
    if n < 2:
        return None
    value = products - one * other / n
    return 0.0 if abs(value) <= 1e-9 * max(abs(products), 1e-300) else value / (n - 1)


def _paired(one: Weighted, other: Weighted) -> Iterator[tuple[float, float, int]]:
    """Both lists sorted and laid side by side: (value, value, how often)."""
    left, right = iter(sorted(one)), iter(sorted(other))
    x, y = next(left, None), next(right, None)
    x_left, y_left = one.get(x, 0) if x is not None else 0, other.get(y, 0) if y is not None else 0
    while x is not None and y is not None:
        times = min(x_left, y_left)
        if times:
            yield x, y, times
        x_left, y_left = x_left - times, y_left - times
        if not x_left:
            x = next(left, None)
            x_left = one[x] if x is not None else 0
        if not y_left:
            y = next(right, None)
            y_left = other[y] if y is not None else 0


# --- a whole quiz in one pass ----------------------------------------------------------------------------------------

Row = tuple[int, str, int, float, float, int]
"""One answer: (attempt, question, place on the paper, mark, worth, seconds). Rows of one attempt follow each other."""


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
class ItemFigures:
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


class Tally:
    """Takes in the answers of a quiz, attempt by attempt, and gives the figures."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, float, float, float]] = Counter()
        self._places: Counter[tuple[int, float]] = Counter()
        self._seconds: Counter[tuple[str, int]] = Counter()
        self._totals: Counter[tuple[float, float]] = Counter()
        self._items: dict[str, Item] = {}

    def take(self, chunks: Iterable[Sequence[Row]]) -> Tally:
        """Takes rows in chunks of any size; an attempt may reach over the end of a chunk."""
        carried: list[Row] = []
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

    def _take(self, rows: Sequence[Row]) -> None:
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
        for (question, mark, worth, total), times in self._answers.items():
            self._item(question).add(mark, worth, round(total - mark, 6), times)
        self._answers.clear()

    def _item(self, question: str) -> Item:
        item = self._items.get(question)
        if item is None:
            item = self._items[question] = Item()
        return item

    def items(self) -> dict[str, Item]:
        """What was seen of each question."""
        self._fold()
        for item in self._items.values():
            item.seconds.clear()
        for (question, seconds), times in self._seconds.items():
            if seconds > 0:
                self._item(question).seconds[seconds] += times
        return self._items

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
        items = self.items()
        percents: Counter[float] = Counter()
        totals: Counter[float] = Counter()
        for (total, worth), times in self._totals.items():
            percents[round(100 * total / worth, 2) if worth else 0.0] += times
            totals[total] += times
        same = bool(items) and all(item.n == n for item in items.values())
        if same:
            variances = [item.variance or 0.0 for item in items.values()]
        else:
            by_place: dict[int, Counter[float]] = {}
            for (place, mark), times in self._places.items():
                by_place.setdefault(place, Counter())[mark] += times
            variances = [variance(marks) or 0.0 for marks in by_place.values()]
        coefficient = consistency(variances, variance(totals) if n > 1 and not _all_equal(totals) else None)
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

    def questions(self) -> dict[str, ItemFigures]:
        """The figures of each question.

        Intended weight: 100 · x_max / T_max of an average paper. Effective weight: 100 · √C(x, T) over the same root
        summed over an average paper, which has each question as often as it was drawn (n_p / S).
        """
        n = self.n
        items = self.items()
        paper = sum(item.worth for item in items.values()) / n if n else 0.0
        pull = {name: sqrt(with_total) for name, item in items.items() if (with_total := item.with_total or -1) >= 0}
        all_pull = sum(pull[name] * items[name].n / n for name in pull) if n else 0.0
        return {
            name: ItemFigures(
                n=item.n,
                facility=item.facility,
                deviation=item.deviation,
                intended_weight=100 * (item.worth / item.n) / paper if paper else None,
                effective_weight=100 * pull[name] / all_pull if all_pull and name in pull else None,
                discrimination=item.discrimination,
                efficiency=item.efficiency,
                seconds=item.median_seconds,
            )
            for name, item in items.items()
        }
