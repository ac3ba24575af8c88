"""An order as somebody makes it: a position for each thing, until every thing has its own.

A response holds the whole order (`{"order": ["b", "a"]}`) or, while there are gaps or a position stands twice, the
positions chosen so far (`{"positions": {"a": 2}}`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.questions.responses import entries


def order_in(response: object, ids: Sequence[str]) -> list[str] | None:
    """The order in a response: all of `ids`, once each; None when it is anything else."""
    names = entries(response, "order")
    return names if sorted(names) == sorted(ids) else None


def positions_in(response: object, ids: Sequence[str]) -> dict[str, int]:
    """The position of each thing in a response (from 1), of a whole order or of one in the making."""
    order = order_in(response, ids)
    if order:
        return {name: position for position, name in enumerate(order, 1)}
    given = response.get("positions") if isinstance(response, dict) else None
    if not isinstance(given, dict):
        return {}
    numbers = range(1, len(ids) + 1)
    return {name: given[name] for name in ids if type(given.get(name)) is int and given[name] in numbers}


def in_order(names: Sequence[str], positions: Mapping[str, int]) -> list[str] | None:
    """The names by their positions; None while these have gaps. The last missing one goes without saying."""
    missing = [name for name in names if name not in positions]
    left = sorted(set(range(1, len(names) + 1)) - set(positions.values()))
    if len(missing) > 1 or len(left) != len(missing) or not positions:
        return None
    return sorted(names, key=lambda name: positions.get(name) or left[0])
