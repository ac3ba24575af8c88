"""Changes of recorded results at the desk: whom somebody may see in one, what was decided, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from werkzeug.exceptions import NotFound

from webapp.accounts import teaching
from webapp.accounts.models import Cohort, User
from webapp.classes import assignments, given_time
from webapp.database import db, pieces
from webapp.quizzes import service as quizzes
from webapp.quizzes.grade_changes import changes, overrides, policies
from webapp.quizzes.grade_changes.changes import NotUndone
from webapp.quizzes.grade_changes.forecast import ChangeForecast, ResultChange
from webapp.quizzes.grade_changes.models import GradeNote, RecordedChange
from webapp.quizzes.models import Slot
from webapp.quizzes.vocabulary import ChangeKind
from webapp.web.paging import PageOf, page_of

#: results that are listed by name
MOST_NAMED = 200
#: what `undo` can take back; a regrade has a page of its own for that
UNDOABLE = (ChangeKind.POLICY, ChangeKind.DATES, ChangeKind.OVERRIDE, ChangeKind.INCIDENT)
PAGE = 50


@dataclass(frozen=True)
class NamedResults:
    """The results of those whose work somebody may see, each with the learner's name, and how many others."""

    named: list[tuple[str, ResultChange]]
    others: int


def named(forecast: ChangeForecast, user: User, course_id: str) -> NamedResults:
    """Whose results in a course a change touches, with the names that `user` may see: two queries, one for an admin."""
    taught = None if user.is_admin else set(db.session.scalars(teaching.learners_of(user, course_id)))
    seen = [each for each in forecast.differences if taught is None or each.user_id in taught][:MOST_NAMED]
    names: dict[int, str] = {}
    for ids in pieces(sorted({each.user_id for each in seen})):
        names |= dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).tuples().all())
    return NamedResults([(names.get(each.user_id, ""), each) for each in seen], len(forecast.differences) - len(seen))


def visible(user: User, course_id: str, number: int = 1) -> PageOf[RecordedChange]:
    """The changes in a course that `user` decided, those of their classes, and those of no class that touched a
    learner they may see; all for an owner of the course or an admin. The latest first."""
    return page_of(_visible(user, course_id).order_by(RecordedChange.id.desc()), number, PAGE)


def _visible(user: User, course_id: str) -> Select[tuple[RecordedChange]]:
    of_course = select(RecordedChange).where(RecordedChange.course_id == course_id)
    if teaching.oversees(user, course_id):
        return of_course
    touched = select(GradeNote.change_id).where(GradeNote.user_id.in_(teaching.learners_of(user, course_id)))
    # What one class decided, and why, is that class's, also where the learner is in another one, too.
    of_classes = RecordedChange.cohort_id.in_(select(Cohort.id).where(teaching.cohorts_of(user, course_id)))
    of_none = RecordedChange.cohort_id.is_(None) & RecordedChange.id.in_(touched)
    return of_course.where((RecordedChange.actor_id == user.id) | of_classes | of_none)


def change_for(user: User, change_id: int, course_id: str) -> RecordedChange:
    """A change in a course that `user` may see; NotFound otherwise."""
    change = db.session.scalar(_visible(user, course_id).where(RecordedChange.id == change_id))
    if change is None:
        raise NotFound
    return change


def results_of(change: RecordedChange) -> ChangeForecast:
    """What a change did to each learner, from their notes."""
    rows = db.session.scalars(select(GradeNote).where(GradeNote.change_id == change.id).order_by(GradeNote.id))
    return ChangeForecast(
        tuple(
            ResultChange(
                row.user_id, row.quiz_id, row.attempt_id, row.percent_before, row.percent_after, row.passed_before,
                row.passed_after,
            )
            for row in rows
        )
    )  # fmt: skip


def names_of(changes_shown: Sequence[RecordedChange]) -> dict[int, str]:
    """The names of those who decided, by id: one query."""
    ids = {change.actor_id for change in changes_shown if change.actor_id is not None}
    return dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).tuples().all())


def may_undo(user: User, change: RecordedChange) -> bool:
    """Whether `undo` may be tried: of a kind that can be taken back, not taken back yet, and within one's reach.

    What was decided of an answer, or of what a class was set, is for those who might decide it now, whoever did.
    """
    if change.kind not in UNDOABLE or changes.is_undone(change):
        return False
    if change.kind == ChangeKind.INCIDENT and change.undoes is not None:
        # Time that was taken back is given anew, not by taking that back.
        return False
    if user.is_admin:
        return True
    if change.kind == ChangeKind.OVERRIDE:
        slot = db.session.get(Slot, change.slot_id) if change.slot_id is not None else None
        return slot is not None and slot.attempt.user_id != user.id and quizzes.may_act_on(user, slot.attempt)
    cohort = db.session.get(Cohort, change.cohort_id) if change.cohort_id is not None else None
    if change.kind in (ChangeKind.DATES, ChangeKind.INCIDENT):
        return cohort is not None and teaching.may_open(user, cohort)
    if teaching.oversees(user, change.course_id):
        return True
    return change.actor_id == user.id and (cohort is None or teaching.may_open(user, cohort))


def undo(change: RecordedChange, *, reason: str, by: User, now: datetime, seen: str | None = None) -> None:
    """Takes a change back, as a change of its own; what was changed again since stays. Flushes.

    Raises NotUndone, and NotDecided (see `changes.carry_out`).
    """
    if not may_undo(by, change):
        raise NotUndone
    if change.kind == ChangeKind.POLICY:
        policies.undo(change, reason=reason, by=by, now=now, seen=seen)
    elif change.kind == ChangeKind.DATES:
        assignments.undo(change, reason=reason, by=by, now=now, seen=seen)
    elif change.kind == ChangeKind.INCIDENT:
        given_time.undo_change(change, reason=reason, by=by, now=now, seen=seen)
    else:
        overrides.take_back(change, reason=reason, by=by, now=now, seen=seen)
