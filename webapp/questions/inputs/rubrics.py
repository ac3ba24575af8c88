"""What people grade an answer by: criteria, each with its points, and how many people look at it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import Field

from webapp.questions.answers import N_
from webapp.questions.fields import Line, Piece, Points, PointsOrNone
from webapp.questions.flaws import Flaw, ValuePath, duplicated


class CriterionLevel(Piece):
    """How well a criterion is met, and what that earns."""

    text: Line = Field(description="What an answer of this level is like.")
    points: PointsOrNone = Field(description="What it earns; 0 for the lowest.")


class Criterion(Piece):
    """One thing an answer is judged by."""

    text: Line = Field(description="What is looked at.")
    points: Points = Field(description="What it earns at most.")
    levels: tuple[CriterionLevel, ...] = Field(
        default=(), title=N_("How well it is met"), description="How well it may be met, the best level first."
    )


@dataclass(frozen=True, slots=True)
class Rubric:
    """By what, and by how many people, the answers to a question are graded.

    With two markers, `tolerance` is how many points of the rubric they may differ by; the mean counts then.
    """

    criteria: tuple[Criterion, ...]
    markers: int = 1
    tolerance: float = 0.0
    #: an answer that would earn everything, in Markdown; empty where there is none. For after grading
    sample: str = ""

    @property
    def points(self) -> float:
        """What all criteria earn together."""
        return total(criterion.points for criterion in self.criteria)

    def takes(self, points: Sequence[float]) -> bool:
        """Whether these are points for each of its criteria, none below 0 or above what it earns at most."""
        return len(points) == len(self.criteria) and all(
            0 <= given <= criterion.points for given, criterion in zip(points, self.criteria, strict=True)
        )

    def fraction(self, points: Sequence[float]) -> float:
        """What these points, one number for each criterion, are of all there are: 0 to 1, with six places.

        Raises ValueError where they are none of this rubric.
        """
        if not self.takes(points):
            raise ValueError("not the points of this rubric")
        whole = self.points
        return round(total(points) / whole, 6) if whole else 0.0


def total(points: Iterable[float]) -> float:
    """The sum as people work it out: 0.1 and 0.2 are 0.3."""
    return float(sum((Decimal(repr(float(each))) for each in points), Decimal(0)))


def check_criteria(criteria: Sequence[Criterion], path: ValuePath = ("rubric",)) -> Iterable[Flaw]:
    """What is wrong with the criteria at `path`."""
    yield from duplicated({(*path, place, "text"): each.text for place, each in enumerate(criteria)}, "the criterion")
    for place, criterion in enumerate(criteria):
        if not criterion.levels:
            continue
        for at, level in enumerate(criterion.levels):
            if level.points > criterion.points:
                yield Flaw(
                    (*path, place, "levels", at, "points"),
                    "the level earns more than its criterion",
                    f"give it {criterion.points:g} at most, or the criterion more",
                )
        if max(level.points for level in criterion.levels) < criterion.points:
            yield Flaw(
                (*path, place, "levels"),
                f"no level earns the {criterion.points:g} points of the criterion",
                "let the best level earn them all",
            )
