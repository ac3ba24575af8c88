"""What learners are told of changes to their results: notes that wait until they are seen, and until results may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from webapp.accounts.models import User
from webapp.database import db
from webapp.quizzes import attempt_state
from webapp.quizzes.grade_changes.models import GradeNote
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import ChangeKind

#: so many notes are shown at once; the rest comes when these are seen
AT_ONCE = 20


@dataclass(frozen=True)
class Note:
    """A note as its learner reads it."""

    row: GradeNote
    #: of the quiz, as the learner knows it from their attempts
    title: str
    #: an attempt to look at
    attempt_id: int
    #: which is under way again
    goes_on: bool = False

    @property
    def tells_result(self) -> bool:
        """Whether the figures are for the learner: those of an incident are of a result that was never to be seen."""
        return self.row.change.kind != ChangeKind.INCIDENT


def unseen(user: User, now: datetime, course_id: str, *, attempt: Attempt | None = None) -> list[Note]:
    """The notes of a course that a person has not seen, the latest first: no query where there are none, else two.

    With `attempt`, those about it or its quiz. A note waits as long as the results that it tells of do.
    """
    if not user.has_notes:
        return []
    query = _notes_of(user).where(GradeNote.seen_at.is_(None), GradeNote.course_id == course_id).limit(AT_ONCE)
    if attempt is not None:
        query = query.where(GradeNote.quiz_id == attempt.quiz_id)
    return _released(user, db.session.scalars(query).all(), now)


def of(user: User, now: datetime) -> list[Note]:
    """All notes of a person in all courses, seen or not, but for those that wait; the latest first."""
    return _released(user, db.session.scalars(_notes_of(user)).all(), now)


def _notes_of(user: User) -> Select[tuple[GradeNote]]:
    query = select(GradeNote).options(joinedload(GradeNote.change)).where(GradeNote.user_id == user.id)
    return query.order_by(GradeNote.id.desc())


def _released(user: User, rows: Sequence[GradeNote], now: datetime) -> list[Note]:
    if not rows:
        return []
    attempts: dict[tuple[str, str], list[Attempt]] = {}
    for each in db.session.scalars(
        select(Attempt)
        .options(joinedload(Attempt.assignment))
        .where(Attempt.user_id == user.id, Attempt.quiz_id.in_({row.quiz_id for row in rows}))
        .order_by(Attempt.number.desc())
    ):
        attempts.setdefault((each.course_id, each.quiz_id), []).append(each)
    notes = []
    for row in rows:
        at_quiz = attempts.get((row.course_id, row.quiz_id), ())
        meant = [each for each in at_quiz if row.attempt_id in (None, each.id)]
        if row.change.kind == ChangeKind.INCIDENT:
            # Tells no result, only that an attempt goes on: nothing to wait for.
            notes += [Note(row, each.policy.title or row.quiz_id, each.id, each.is_open) for each in meant[:1]]
            continue
        meant = [each for each in meant if not each.is_open]
        # The score of a quiz tells of each of its attempts, so all of them have to be released.
        if meant and all(each.is_void or attempt_state.is_released(each, now) for each in meant):
            notes.append(Note(row, meant[0].policy.title or row.quiz_id, meant[0].id))
    return notes


def see(user: User, note_ids: list[int], now: datetime) -> int:
    """Marks notes of a person as seen; how many there were. Others' notes are passed over. Flushes."""
    result = db.session.execute(
        update(GradeNote)
        .where(GradeNote.id.in_(note_ids), GradeNote.user_id == user.id, GradeNote.seen_at.is_(None))
        .values(seen_at=now)
        .returning(GradeNote.id)
    )
    seen = len(result.all())
    waiting = select(GradeNote.id).where(GradeNote.user_id == user.id, GradeNote.seen_at.is_(None)).limit(1)
    user.has_notes = db.session.scalar(waiting) is not None
    db.session.flush()
    return seen
