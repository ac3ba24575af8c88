"""How people get things wrong, for made-up classes and tests: drawn by a chance that the caller seeds."""

from __future__ import annotations

import random
from collections.abc import Sequence


def partly_known(names: Sequence[str], knows: float, chance: random.Random) -> set[str]:
    """Those of some parts that come out right, each with probability `knows` (0…1); never all of them."""
    missed = chance.choice(names)
    return {name for name in names if name != missed and chance.random() < knows}


def tempting(names: Sequence[str], chance: random.Random) -> str:
    """One of some wrong options. The first tempts most, and each later one less, since distractors never tempt alike.

    Raises IndexError when there is none.
    """
    return chance.choices(names, [1 / place for place in range(1, len(names) + 1)])[0]
