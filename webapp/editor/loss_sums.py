"""What a loss report comes to: each kind of loss once, for the pages that show one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from webapp.interchange.losses import KINDS, LossKind, LossReport


@dataclass(frozen=True, slots=True)
class LossSum:
    """A kind of loss, how often it is met, and the first items that have it: (place, what was there)."""

    kind: LossKind
    number: int
    first: tuple[tuple[str, str], ...]


def loss_sums(report: LossReport, examples: int = 3) -> list[LossSum]:
    """Each kind of loss of a report once, those met most first."""
    counted: Counter[str] = Counter()
    first: dict[str, list[tuple[str, str]]] = {}
    met = [("", loss) for loss in report.losses]
    met += [(line.place, loss) for line in report.lines for loss in line.losses]
    for place, loss in met:
        counted[loss.code] += 1
        if len(there := first.setdefault(loss.code, [])) < examples and (place, loss.was) not in there:
            there.append((place, loss.was))
    return [LossSum(KINDS[code], number, tuple(first[code])) for code, number in counted.most_common()]
