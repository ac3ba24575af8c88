"""Grading answers that no machine can grade: points for each criterion, from one person or from two who don't see each
other's.

A grade that comes of it is a further step of the log, and no regrade changes it. What is decided afterwards is decided
as of any other answer: by overruling it (`grade_changes.overrides`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp import questions
from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.database import db
from webapp.questions.contract import Rubric
from webapp.questions.inputs.rubrics import total
from webapp.quizzes import attempt_state, handing_in
from webapp.quizzes.grade_changes.changes import Decision, carry_out
from webapp.quizzes.marking.models import GivenMark
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.revisions import question_of
from webapp.quizzes.vocabulary import ChangeKind, StepAction

#: the audit log's word for points that somebody gave to an answer
MARKED = "answer.marked"


class MarkedMeanwhile(Exception):
    """Meanwhile the answer was graded, or these marks are not wanted any more. Nothing is changed."""


@dataclass(frozen=True)
class Marking:
    """How the grading of one answer stands."""

    rubric: Rubric
    #: all marks, in order
    marks: tuple[GivenMark, ...] = ()

    @property
    def counted(self) -> tuple[GivenMark, ...]:
        """Those that make the grade; none as long as there is none."""
        settled = tuple(mark for mark in self.marks if mark.settles)
        if settled:
            return settled[-1:]
        enough = self.marks[: self.rubric.markers]
        return enough if len(enough) == self.rubric.markers and not self._differ(enough) else ()

    @property
    def state(self) -> Literal["open", "begun", "differs", "done"]:
        """Nobody marked it; one of two did; the two are too far apart; it is graded."""
        if self.counted:
            return "done"
        if len(self.marks) >= self.rubric.markers:
            return "differs"
        return "begun" if self.marks else "open"

    @property
    def points(self) -> tuple[float, ...]:
        """What each criterion earned, the mean of two; empty as long as it isn't graded."""
        counted = self.counted
        return tuple(total(each) / len(counted) for each in zip(*(mark.points for mark in counted), strict=True))

    @property
    def fraction(self) -> float:
        """What that is of all there is, 0 to 1."""
        return self.rubric.fraction(self.points) if self.counted else 0.0

    @property
    def comments(self) -> tuple[str, ...]:
        """What those who made the grade say to the learner."""
        return tuple(mark.comment for mark in self.counted if mark.comment)

    def by(self, user: User) -> GivenMark | None:
        """The first marks that a person gave; None where they gave none."""
        return next((mark for mark in self.marks if mark.marker_id == user.id), None)

    def wants(self, user: User) -> bool:
        """Whether there is something for this person to do."""
        state = self.state
        return state in ("open", "differs") or (state == "begun" and self.by(user) is None)

    def seen_by(self, user: User) -> tuple[GivenMark, ...]:
        """The marks that a person may see: all once there is nothing left to give independently, before only theirs."""
        return (
            self.marks if self.state in ("differs", "done") else tuple(m for m in self.marks if m.marker_id == user.id)
        )

    def _differ(self, marks: Sequence[GivenMark]) -> bool:
        sums = [total(mark.points) for mark in marks]
        return round(max(sums) - min(sums), 6) > self.rubric.tolerance


def markings(slots: Iterable[Slot]) -> dict[int, Marking]:
    """slot id → how its grading stands, for those that people grade: one query, none where there are none."""
    rubrics = {slot.id: rubric for slot in slots if (rubric := rubric_of(slot)) is not None}
    if not rubrics:
        return {}
    marks: dict[int, list[GivenMark]] = {}
    for mark in db.session.scalars(
        select(GivenMark)
        .options(joinedload(GivenMark.marker))
        .where(GivenMark.slot_id.in_(rubrics))
        .order_by(GivenMark.slot_id, GivenMark.number)
        .execution_options(populate_existing=True)
    ):
        marks.setdefault(mark.slot_id, []).append(mark)
    return {slot_id: Marking(rubric, tuple(marks.get(slot_id, ()))) for slot_id, rubric in rubrics.items()}


def marking_of(slot: Slot) -> Marking | None:
    """The same of one slot; None where its type grades by itself."""
    return markings([slot]).get(slot.id)


def rubric_of(slot: Slot) -> Rubric | None:
    """By what people grade the answer of a slot."""
    question = question_of(slot.revision, slot.order_seed)
    return questions.type_of(question).rubric(question)


def mark(
    slot: Slot,
    points: Sequence[float],
    comment: str,
    *,
    by: User,
    now: datetime,
    settles: bool = False,
    cohort_id: int | None = None,
) -> Marking:
    """Gives an answer points for each criterion, and grades it when nothing is missing any more. Flushes.

    `slot` is locked, and waits (see `attempt_state.awaits_grade`) or did when its page was made. The same marks of the
    same person again change nothing. Raises MarkedMeanwhile where it was graded since, where it isn't this person's
    turn, or where the two it `settles` don't wait for that; ValueError for what are no points of its rubric.
    """
    marking = marking_of(slot)
    if marking is None:
        raise MarkedMeanwhile
    fraction = marking.rubric.fraction(points)
    given = GivenMark(
        slot_id=slot.id,
        number=len(marking.marks) + 1,
        marker_id=by.id,
        points=[float(each) for each in points],
        comment=comment.strip(),
        settles=settles,
        at=now,
    )
    last = marking.marks[-1] if marking.marks else None
    if last is not None and _says(last) == _says(given):
        return marking
    if not attempt_state.awaits_grade(slot) or settles != (marking.state == "differs") or not marking.wants(by):
        raise MarkedMeanwhile
    db.session.add(given)
    db.session.flush()
    record(
        by,
        MARKED,
        f"slot:{slot.id}",
        now=now,
        cohort_id=cohort_id,
        user=slot.attempt.user_id,
        quiz=slot.attempt.quiz_id,
        question=slot.question_id,
        points=given.points,
        fraction=fraction,
        settles=settles,
    )
    marking = Marking(marking.rubric, (*marking.marks, given))
    if marking.state == "done":
        _grade(slot, marking.fraction, by=by, now=now, cohort_id=cohort_id)
    return marking


def _says(mark: GivenMark) -> tuple[int | None, tuple[float, ...], str, bool]:
    return mark.marker_id, tuple(mark.points), mark.comment, mark.settles


def _grade(slot: Slot, fraction: float, *, by: User, now: datetime, cohort_id: int | None) -> None:
    """The grade as a step; with the last one of an attempt that waits, its score, of which its learner is told."""
    attempt = slot.attempt
    decision = Decision(
        kind=ChangeKind.MARKED,
        subject=f"slot:{slot.id}",
        reason="",
        by=by,
        now=now,
        course_id=attempt.course_id,
        quiz_id=attempt.quiz_id,
        cohort_id=cohort_id,
        after={"fraction": fraction},
    )

    def act() -> None:
        handing_in.append_step(slot, StepAction.GRADE, now=now, actor_id=by.id, fraction=fraction)
        attempt.awaiting = max(0, attempt.awaiting - 1)
        handing_in.score(attempt, db.session.scalars(select(Slot).where(Slot.attempt_id == attempt.id)).all())

    # It was known that a grade would come, so it needs no reason; it is recorded and told as any other.
    scope = [
        Attempt.user_id == attempt.user_id,
        Attempt.course_id == attempt.course_id,
        Attempt.quiz_id == attempt.quiz_id,
    ]
    carry_out(act, scope, decision, needs_reason=False)
