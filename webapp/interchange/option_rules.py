"""The rule by which ticks become points, found by trying it on sets of options."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import combinations

_RULES = ("per-option", "right-minus-wrong", "all-or-nothing")
#: sets of options that are tried
_MOST_TRIALS = 300


def rule_of(names: Sequence[str], right: Collection[str], share: Callable[[Sequence[str]], float]) -> tuple[str, float]:
    """That of our rules which gives the nearest shares of the points (0 to 1), and by how much a set earns otherwise at
    most. `share` says what a set of options earns."""
    sets = [chosen for size in range(1, len(names) + 1) for chosen in combinations(names, size)][:_MOST_TRIALS]
    tried = [(chosen, share(chosen)) for chosen in sets]
    off = {rule: max(abs(_worth(rule, chosen, names, right) - earned) for chosen, earned in tried) for rule in _RULES}
    best = min(_RULES, key=lambda rule: off[rule])
    return best, off[best]


def _worth(rule: str, chosen: Collection[str], names: Sequence[str], right: Collection[str]) -> float:
    good = sum(name in right for name in chosen)
    bad, others = len(chosen) - good, len(names) - len(right)
    if rule == "all-or-nothing":
        return float(good == len(right) and not bad)
    if rule == "right-minus-wrong":
        return max(0.0, good / len(right) - (bad / others if others else 0.0))
    return (good + others - bad) / len(names)
