"""Regrading at the desk: whom an instructor may see in a forecast, and each step recorded.

What a regrade does is in `webapp.quizzes.regrade`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from werkzeug.exceptions import Forbidden, NotFound

from webapp.accounts import teaching
from webapp.accounts.models import Cohort, User
from webapp.audit.service import record
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes.models import Regrade
from webapp.quizzes.regrade import run
from webapp.quizzes.regrade.preview import Difference, Forecast
from webapp.quizzes.vocabulary import RegradePolicy

#: changed attempts that are listed by name
MOST_NAMED = 200


@dataclass(frozen=True)
class NamedDifferences:
    """The changed attempts of those whose work somebody may see, each with the learner's name, and how many others."""

    named: list[tuple[str, Difference]]
    others: int


def latest(course_id: str) -> Sequence[Regrade]:
    """The last fifty regrades in a course, the latest first."""
    query = select(Regrade).where(Regrade.course_id == course_id).order_by(Regrade.id.desc())
    return db.session.scalars(query.limit(50)).all()


def regrade_by_id(regrade_id: int, course_id: str) -> Regrade:
    """A regrade in a course; NotFound when there is none."""
    regrade = db.session.get(Regrade, regrade_id)
    if regrade is None or regrade.course_id != course_id:
        raise NotFound
    return regrade


def named_differences(forecast: Forecast, user: User, course_id: str) -> NamedDifferences:
    """What a regrade would change, with the names that `user` may see: two queries, one for an admin."""
    taught = None if user.is_admin else set(db.session.scalars(teaching.learners_of(user, course_id)))
    seen = [each for each in forecast.differences if taught is None or each.user_id in taught][:MOST_NAMED]
    ids = {difference.user_id for difference in seen}
    names = dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).tuples().all())
    return NamedDifferences(
        [(names.get(difference.user_id, ""), difference) for difference in seen],
        len(forecast.differences) - len(seen),
    )


def actor_of(regrade: Regrade) -> User | None:
    """Who began a regrade."""
    return db.session.get(User, regrade.actor_id) if regrade.actor_id is not None else None


def reach_of(user: User, course_id: str) -> list[int] | None:
    """The ids of the classes of a course whose answers a person may have graded again: their own; None, everybody's,
    for owners of the course and admins."""
    if teaching.oversees(user, course_id):
        return None
    return list(db.session.scalars(select(Cohort.id).where(teaching.cohorts_of(user, course_id)).order_by(Cohort.id)))


def may_undo(regrade: Regrade, user: User) -> bool:
    """Whether a person may take a regrade back: they teach every class that it reached, or reach all."""
    reach = reach_of(user, regrade.course_id)
    return reach is None or (regrade.cohorts is not None and set(regrade.cohorts) <= set(reach))


def begin(question_id: str, course: Course, *, policy: RegradePolicy, reason: str, by: User, now: datetime) -> Regrade:
    """Begins a regrade as far as `by` reaches, flushed and recorded; `advance` does it.

    Raises the same as `run.begin`.
    """
    reach = reach_of(by, course.id)
    regrade = run.begin(question_id, course, policy=policy, reason=reason, actor=by, now=now, cohorts=reach)
    _record(regrade, "regrade.begun", by=by, now=now)
    return regrade


def undo(regrade: Regrade, *, reason: str, by: User, now: datetime) -> Regrade:
    """Begins the regrade that undoes another one, flushed and recorded. Raises the same as `run.undo`.

    Forbidden for somebody who reaches less far than it did.
    """
    if not may_undo(regrade, by):
        raise Forbidden
    undoing = run.undo(regrade, reason=reason, actor=by, now=now)
    _record(undoing, "regrade.begun", by=by, now=now)
    return undoing


def advance(regrade: Regrade, *, by: User, now: datetime) -> Regrade:
    """Does the next batch of a regrade, flushed; the end is recorded. The caller commits each batch on its own."""
    was_running = regrade.is_running
    regrade = run.advance(regrade.id, now)
    # Another page may have done the last batch in between; then it has said so.
    if was_running and regrade.finished_at == now:
        _record(regrade, "regrade.finished", by=by, now=now, graded=regrade.done, up=regrade.up, down=regrade.down)
    return regrade


def _record(regrade: Regrade, action: str, *, by: User, now: datetime, **details: Any) -> None:
    record(
        by,
        action,
        f"question:{regrade.question_id}",
        now=now,
        course_id=regrade.course_id,
        reason=regrade.reason,
        regrade=regrade.id,
        policy=regrade.policy,
        cohorts=regrade.cohorts,
        undoes=regrade.undoes,
        **details,
    )
