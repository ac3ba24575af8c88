"""The classes of a course made anew in a copy of it: names, what they are set and when; nobody in them, no results."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from webapp.accounts.models import Cohort, User
from webapp.classes import assignments, cohorts
from webapp.content.course.course import Course
from webapp.database import db


def copy_classes(source: str, copied: Course, target: str, *, by: User, now: datetime) -> int:
    """Makes the classes of the course `source` that are not archived in the course `target`, whose content is `copied`,
    each with `by` as its instructor and a code of its own; how many these are. Quizzes that it has not are not set.
    Flushes."""
    found = db.session.scalars(
        select(Cohort)
        .where(Cohort.course_id == source, Cohort.archived_at.is_(None), Cohort.demo.is_(False))
        .order_by(Cohort.id)
    ).all()
    for cohort in found:
        made = cohorts.create(cohort.name, target, by=by, now=now)
        for quiz_id, assignment in assignments.of_cohort(cohort).items():
            if copied.quiz(quiz_id) is not None:
                assignments.assign(made, quiz_id, assignments.rules_of(assignment), by=by, now=now)
    return len(found)
