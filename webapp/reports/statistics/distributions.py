"""Figures of a list of values in which equal ones are counted together: mean, median, spread, shape, thirds.

The definitions are those that `figures` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum, sqrt

Weighted = Mapping[float, int]
"""Values and how often each occurred."""


def count(values: Weighted) -> int:
    return sum(values.values())


def mean(values: Weighted) -> float | None:
    """The mean; None of nothing."""
    n = count(values)
    return fsum(value * times for value, times in values.items()) / n if n else None


def moment(values: Weighted, order: int) -> float | None:
    """The central moment m_k = Σ (T − T̄)^k / S; None of nothing."""
    middle = mean(values)
    if middle is None:
        return None
    return fsum((value - middle) ** order * times for value, times in values.items()) / count(values)


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
    if n < 3 or not second or third is None or all_equal(values):
        return None
    return n**2 * third / ((n - 1) * (n - 2)) / float(second**1.5)


def kurtosis(values: Weighted) -> float | None:
    """k₄ / k₂² with k₄ = S² ((S + 1) m₄ − 3 (S − 1) m₂²) / ((S − 1)(S − 2)(S − 3)); 0 is that of a normal curve.

    None below four values or where all are equal.
    """
    n, spread, second, fourth = count(values), variance(values), moment(values, 2), moment(values, 4)
    if n < 4 or not spread or second is None or fourth is None or all_equal(values):
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


def all_equal(values: Weighted) -> bool:
    return sum(times > 0 for times in values.values()) < 2
