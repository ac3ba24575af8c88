"""What was seen of one question, in sums: enough for its facility, its discrimination and its efficiency.

In the letters that `figures` explains: x is a mark for the question, X the mark for the rest of the test, T = x + X.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sqrt

from webapp.reports.statistics.distributions import Weighted, median

#: so many different rest marks of one question at most; beyond it they are rounded to 2 decimals
_RESTS_AT_MOST = 5_000


@dataclass
class QuestionMarks:
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
