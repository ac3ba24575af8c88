"""Attempts and accommodations as things that belong to a person: moved to an account, taken away, erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, Text, cast, delete, exists, func, select, update
from sqlalchemy.orm import joinedload, selectinload

from webapp import questions
from webapp.accounts.models import Cohort, User
from webapp.accounts.personal_data import Fate, PersonalData, counted, name_of_erased
from webapp.audit.models import AuditEntry
from webapp.database import db
from webapp.questions.responses import handed_file
from webapp.quizzes import attempt_state, eligibility, handing_in
from webapp.quizzes.answer_files.models import AnswerFile
from webapp.quizzes.eligibility import Standing
from webapp.quizzes.grade_changes import changes, notes
from webapp.quizzes.grade_changes.changes import Decision
from webapp.quizzes.grade_changes.forecast import ChangeForecast, compare, pictures
from webapp.quizzes.grade_changes.models import GradeNote, RecordedChange
from webapp.quizzes.marking.marks import Marking, markings
from webapp.quizzes.marking.models import GivenMark
from webapp.quizzes.models import (
    Accommodation,
    Assignment,
    Attempt,
    AttemptNote,
    Regrade,
    Slot,
    Step,
    TimeGift,
    TimeGiftShare,
)
from webapp.quizzes.revisions import question_of
from webapp.quizzes.terms import allowances_for, allowed
from webapp.quizzes.vocabulary import AttemptState, ChangeKind, SetAside, StepAction


class Attempts(PersonalData):
    """Attempts with their answers. They outlive the person, without a name, because statistics rest on them."""

    name = "attempts"
    columns = ("attempt.user_id", "step.actor_id")
    is_result = True

    def move(self, guest: User, user: User) -> int:
        """Moves the attempts, and records and tells whose result that changes: the account's own."""
        courses = db.session.scalars(select(Attempt.course_id).where(Attempt.user_id == guest.id).distinct())
        moved = sum(self._move_in(course_id, guest, user) for course_id in sorted(courses))
        db.session.execute(update(Step).where(Step.actor_id == guest.id).values(actor_id=user.id))
        return moved

    def _move_in(self, course_id: str, guest: User, user: User) -> int:
        """The same, of one course."""
        scope = [Attempt.user_id == user.id, Attempt.course_id == course_id]
        before = pictures(scope)
        moved = self._move(course_id, guest, user)
        changed = compare(before, pictures(scope))
        # Nothing stood there before that could change for somebody who has just signed up.
        known = {quiz_id for _user_id, quiz_id in before}
        told = ChangeForecast(tuple(each for each in changed.differences if each.quiz_id in known))
        if told:
            latest = select(func.max(Attempt.active_at)).where(*scope)
            now = db.session.scalar(latest)
            assert now is not None, "attempts were moved"
            subject = f"user:{user.id}"
            changes.keep(
                Decision(kind=ChangeKind.MERGE, subject=subject, reason="", by=user, now=now, course_id=course_id), told
            )
        return moved

    def _move(self, course_id: str, guest: User, user: User) -> int:
        """The guest's attempts come after the account's. Of two open ones at a quiz, the one touched last stays open.

        The other is kept, but void: it must not use up an attempt that the person didn't finish. A round of review is
        closed instead, because each of its answers stands by itself.

        What a class is set counts by the class's rules only: a guest has none of its dates, codes and limits. So a
        guest's attempts at it come along without a score, and never in place of an open one of the account. Where the
        quiz itself has a limit, what is beyond it counts for nothing: else each guest would bring attempts anew.
        """
        assigned = {assignment.quiz_id for assignment in eligibility.assignments_of(user.id, course_id)}
        used = self._used(user, course_id)
        accommodations = allowances_for(user.id, course_id)
        numbers = dict(
            db.session.execute(
                select(Attempt.quiz_id, func.max(Attempt.number))
                .where(Attempt.user_id == user.id, Attempt.course_id == course_id)
                .group_by(Attempt.quiz_id)
            )
            .tuples()
            .all()
        )
        still_open = {
            attempt.quiz_id: attempt
            for attempt in db.session.scalars(
                select(Attempt).where(
                    Attempt.user_id == user.id, Attempt.course_id == course_id, Attempt.state == AttemptState.OPEN
                )
            )
        }
        mine = db.session.scalars(
            select(Attempt)
            .where(Attempt.user_id == guest.id, Attempt.course_id == course_id)
            .order_by(Attempt.quiz_id, Attempt.number)
        ).all()
        for attempt in mine:
            other = still_open.get(attempt.quiz_id) if attempt.is_open else None
            if other is not None:
                older = attempt if attempt.quiz_id in assigned else min(attempt, other, key=lambda a: a.active_at)
                if older.is_review:
                    handing_in.submit(older, older.active_at)
                else:
                    older.state = AttemptState.VOID
                # Before the newer one may become open beside it.
                db.session.flush()
            if attempt.quiz_id in assigned:
                attempt.policy = replace(attempt.policy, graded=False)
                attempt.score = attempt.percent = attempt.passed = attempt.keep = None
                attempt.awaiting = 0
                attempt.set_aside = SetAside.NOT_ASSIGNED
            elif attempt.state != AttemptState.VOID and attempt.set_aside is None:
                limit = attempt.policy.attempts
                extra = allowed(accommodations, attempt.quiz_id, None).extra_attempts
                if limit is not None and used.get(attempt.quiz_id, 0) >= limit + extra:
                    attempt.set_aside = SetAside.BEYOND_LIMIT
                else:
                    used[attempt.quiz_id] = used.get(attempt.quiz_id, 0) + 1
            numbers[attempt.quiz_id] = attempt.number = numbers.get(attempt.quiz_id, 0) + 1
            attempt.user_id = user.id
            db.session.flush()
        return len(mine)

    @staticmethod
    def _used(user: User, course_id: str) -> dict[str, int]:
        """quiz id → how many of its attempts the account has used."""
        counted = (
            select(Attempt.quiz_id, func.count())
            .where(
                Attempt.user_id == user.id,
                Attempt.course_id == course_id,
                Attempt.state != AttemptState.VOID,
                Attempt.set_aside.is_(None),
            )
            .group_by(Attempt.quiz_id)
        )
        return dict(db.session.execute(counted).tuples().all())

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        attempts = db.session.scalars(
            select(Attempt)
            .options(joinedload(Attempt.assignment), selectinload(Attempt.slots).selectinload(Slot.steps))
            .where(Attempt.user_id == user.id)
            .order_by(Attempt.id)
        ).all()
        standings = {
            (course_id, quiz_id): standing
            for course_id in {attempt.course_id for attempt in attempts}
            for quiz_id, standing in eligibility.standings(user.id, course_id, now).items()
        }
        classes = dict(db.session.execute(select(Cohort.id, Cohort.name)).tuples().all())
        left: dict[int, list[AttemptNote]] = {}
        mine = select(Attempt.id).where(Attempt.user_id == user.id)
        for note in db.session.scalars(
            select(AttemptNote).where(AttemptNote.attempt_id.in_(mine)).order_by(AttemptNote.id)
        ):
            left.setdefault(note.attempt_id, []).append(note)
        marked = markings(slot for attempt in attempts for slot in attempt.slots)
        return [
            {
                "course": attempt.course_id,
                "quiz": attempt.quiz_id,
                "title": attempt.policy.title,
                "number": attempt.number,
                "state": attempt.state,
                "kind": attempt.kind,
                "class": classes.get(attempt.assignment.cohort_id) if attempt.assignment else None,
                "started_at": _iso(attempt.started_at),
                "last_change_at": _iso(attempt.active_at),
                "submitted_at": _iso(attempt.submitted_at),
                "handed_in_by": attempt.submitted_by,
                "deadline": _iso(attempt.deadline),
                "extended_to": _iso(attempt.extended_to),
                "seconds_given": attempt.given_seconds,
                "last_question_seen": attempt.position,
                "counts_not": attempt.set_aside,
                **_score(attempt, now, _standing(standings, attempt)),
                "answers": [
                    _answer(slot, attempt_state.is_released(attempt, now, _standing(standings, attempt)), marked)
                    for slot in attempt.slots
                ],
                "quiet_log": [{"at": _iso(note.at), "what": note.kind} for note in left.get(attempt.id, ())],
            }
            for attempt in attempts
        ]

    def files(self, user: User) -> Iterator[tuple[str, bytes]]:
        handed_in = select(AnswerFile.id).join(Slot).join(Attempt).where(Attempt.user_id == user.id)
        for number in db.session.scalars(handed_in.order_by(AnswerFile.id)).all():
            row = db.session.get_one(AnswerFile, number)
            yield f"files/{number}-{row.name}", row.content
            db.session.expunge(row)

    def used_since(self, since: datetime) -> ColumnElement[bool]:
        return exists().where(Attempt.user_id == User.id, Attempt.active_at >= since)

    def remove(self, ids: Sequence[int]) -> None:
        attempts = select(Attempt.id).where(Attempt.user_id.in_(ids))
        slots = select(Slot.id).where(Slot.attempt_id.in_(attempts))
        for kind in (AttemptNote, TimeGiftShare, GradeNote):
            db.session.execute(delete(kind).where(kind.attempt_id.in_(attempts)))
        # That somebody decided stays; what they decided about does not.
        db.session.execute(update(RecordedChange).where(RecordedChange.slot_id.in_(slots)).values(slot_id=None))
        db.session.execute(delete(GivenMark).where(GivenMark.slot_id.in_(slots)))
        db.session.execute(delete(Step).where(Step.slot_id.in_(slots)))
        db.session.execute(delete(Slot).where(Slot.attempt_id.in_(attempts)))
        super().remove(ids)

    def fates(self, user: User) -> list[Fate]:
        mine = select(Attempt.id).where(Attempt.user_id == user.id)
        why = _("Kept without a name, because the statistics of questions rest on them, unless you remove them, too.")
        graded = counted(
            Attempt.user_id == user.id, Attempt.assignment_id.is_not(None), Attempt.state == AttemptState.SUBMITTED
        )
        leave = _("They leave the gradebooks of their classes. Download those first where grades must be kept by law.")
        return [
            Fate(_("attempts with their answers"), counted(Attempt.user_id == user.id), False, why),
            Fate(_("results recorded for a class"), graded, False, leave),
            Fate(_("lines of the quiet log"), counted(AttemptNote.attempt_id.in_(mine))),
            Fate(
                _("files handed in as answers"),
                counted(AnswerFile.slot_id.in_(select(Slot.id).where(Slot.attempt_id.in_(mine)))),
            ),
        ]

    def erase(self, user: User) -> None:
        """Answers, scores and times stay; they name nobody once the person's name is gone."""
        mine = select(Attempt.id).where(Attempt.user_id == user.id)
        slots = select(Slot.id).where(Slot.attempt_id.in_(mine))
        db.session.execute(delete(AttemptNote).where(AttemptNote.attempt_id.in_(mine)))
        db.session.execute(update(RecordedChange).where(RecordedChange.slot_id.in_(slots)).values(reason=""))
        # A file was made somewhere else, and most say by whom; so do many names of files.
        db.session.execute(delete(AnswerFile).where(AnswerFile.slot_id.in_(slots)))
        _take_names_of_files(slots)
        # What somebody wrote about an answer is written to its learner.
        db.session.execute(update(GivenMark).where(GivenMark.slot_id.in_(slots)).values(comment=""))
        db.session.execute(update(Attempt).where(Attempt.user_id == user.id).values(session_digest=None))


class Accommodations(PersonalData):
    """What a person was allowed, and what they set or allowed others."""

    name = "accommodations"
    columns = (
        "accommodation.user_id",
        "accommodation.created_by",
        "assignment.created_by",
        "regrade.actor_id",
    )

    def move(self, guest: User, user: User) -> int:
        """Nobody gives a guest more time, but the rows must not point at one who is gone."""
        mine = db.session.scalars(select(Accommodation).where(Accommodation.user_id == guest.id)).all()
        for accommodation in mine:
            accommodation.user_id = user.id
        for column in (Accommodation.created_by, Assignment.created_by, Regrade.actor_id):
            db.session.execute(update(column.class_).where(column == guest.id).values({column.key: user.id}))
        return len(mine)

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        mine = db.session.scalars(
            select(Accommodation).where(Accommodation.user_id == user.id).order_by(Accommodation.id)
        )
        return [
            {
                "course": accommodation.course_id,
                "quiz": accommodation.quiz_id,
                "extra_time_percent": accommodation.extra_time_percent,
                "extra_attempts": accommodation.extra_attempts,
                "later_hours": accommodation.later_hours,
                "reason": accommodation.reason,
                "from": _iso(accommodation.created_at),
                "until": _iso(accommodation.ended_at),
            }
            for accommodation in mine
        ]

    def remove(self, ids: Sequence[int]) -> None:
        db.session.execute(delete(Accommodation).where(Accommodation.user_id.in_(ids)))
        super().remove(ids)

    def fates(self, user: User) -> list[Fate]:
        return [Fate(_("accommodations with their reasons"), counted(Accommodation.user_id == user.id))]

    def erase(self, user: User) -> None:
        """The reason for an accommodation may tell of somebody's health."""
        db.session.execute(delete(Accommodation).where(Accommodation.user_id == user.id))
        gave = select(AuditEntry.subject).where(AuditEntry.actor_id == user.id, AuditEntry.subject.like("assignment:%"))
        given = [int(subject.partition(":")[2]) for subject in db.session.scalars(gave.distinct())]
        db.session.execute(
            update(TimeGift)
            .where(TimeGift.assignment_id.in_(given), TimeGift.by_name == user.name)
            .values(by_name=name_of_erased(user))
        )


class GradeNotes(PersonalData):
    """What a person was told of changes to their results, and what they themselves changed of others'."""

    name = "changed_results"
    columns = ("grade_note.user_id", "grade_change.actor_id")

    def move(self, guest: User, user: User) -> int:
        moved = db.session.execute(
            update(GradeNote).where(GradeNote.user_id == guest.id).values(user_id=user.id).returning(GradeNote.id)
        ).all()
        user.has_notes = user.has_notes or guest.has_notes
        db.session.execute(update(RecordedChange).where(RecordedChange.actor_id == guest.id).values(actor_id=user.id))
        return len(moved)

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        return [
            {
                "course": note.row.course_id,
                "quiz": note.row.quiz_id,
                "why": note.row.change.reason,
                "when": _iso(note.row.change.at),
                "percent_before": note.row.percent_before if note.tells_result else None,
                "percent_after": note.row.percent_after if note.tells_result else None,
                "seen_at": _iso(note.row.seen_at),
            }
            for note in notes.of(user, now)
        ]

    def fates(self, user: User) -> list[Fate]:
        return [Fate(_("notes of changed results"), counted(GradeNote.user_id == user.id))]

    def erase(self, user: User) -> None:
        db.session.execute(delete(GradeNote).where(GradeNote.user_id == user.id))


class Marks(PersonalData):
    """The points and comments that a person gave to the answers of others. Those outlive them: grades rest on them."""

    name = "marks_given"
    columns = ("mark.marker_id",)
    is_result = True

    def move(self, guest: User, user: User) -> int:
        """Nobody lets a guest grade, but no row may point at one who is gone."""
        db.session.execute(update(GivenMark).where(GivenMark.marker_id == guest.id).values(marker_id=user.id))
        return 0

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        given = db.session.scalars(select(GivenMark).where(GivenMark.marker_id == user.id).order_by(GivenMark.id))
        return [
            {"question": mark.slot.question_id, "points": mark.points, "comment": mark.comment, "at": _iso(mark.at)}
            for mark in given
        ]

    def fates(self, user: User) -> list[Fate]:
        why = _("Kept without a name, because the grades of others rest on them.")
        return [Fate(_("points given to written answers"), counted(GivenMark.marker_id == user.id), False, why)]


def _take_names_of_files(slots: Select[tuple[int]]) -> None:
    """Leaves of each file that was an answer to these slots that there was one, and how long it was."""
    rows: list[Slot | Step] = [
        *db.session.scalars(select(Slot).where(Slot.id.in_(slots), cast(Slot.response, Text).like('%"file"%'))),
        *db.session.scalars(select(Step).where(Step.slot_id.in_(slots), cast(Step.response, Text).like('%"file"%'))),
    ]
    for row in rows:
        file = handed_file(row.response)
        if file is not None:
            ending = file.name.rpartition(".")[2]
            nameless = replace(file, name=f"file.{ending}", digest="")
            row.response = {**(row.response or {}), "file": nameless.as_response()}
    db.session.flush()


def _score(attempt: Attempt, now: datetime, standing: Standing) -> dict[str, Any]:
    """The score, once its learner may see it."""
    if not attempt_state.is_released(attempt, now, standing):
        return {}
    return {
        "score": attempt.score,
        "max_score": attempt.max_score,
        "percent": attempt.percent,
        "passed": attempt.passed,
        "late_penalty": attempt.late_penalty,
    }


def _standing(standings: Mapping[tuple[str, str], Standing], attempt: Attempt) -> Standing:
    """How the person stands to the quiz of an attempt; `standings` go by course and quiz."""
    return standings.get((attempt.course_id, attempt.quiz_behind), eligibility.NO_STANDING)


def _answer(slot: Slot, released: bool, marked: Mapping[int, Marking]) -> dict[str, Any]:
    """The latest answer, and what was answered before; what it is worth once its learner may see that."""
    question = question_of(slot.revision, slot.order_seed)
    marking = marked.get(slot.id) if released else None
    kind = questions.type_of(question)
    history = [
        {
            "at": _iso(step.at),
            "what": step.action,
            **({"answer": kind.describe(question, step.response)} if step.action == StepAction.ANSWER else {}),
            **({"fraction": step.fraction} if released and step.fraction is not None else {}),
        }
        for step in slot.steps
        if released or step.action == StepAction.ANSWER
    ]
    file = handed_file(slot.response) if kind.takes_file(question) else None
    return {
        "position": slot.position,
        "question": slot.question_id,
        "answer": kind.describe(question, slot.response),
        **({"file": file.as_response()} if file is not None else {}),
        "marked_to_look_at_again": slot.flagged,
        "points": slot.points,
        **({"fraction": slot.fraction} if released else {}),
        **({"criteria": list(marking.points), "comments": list(marking.comments)} if marking is not None else {}),
        "certainty": slot.certainty,
        "answered_at": _iso(slot.answered_at),
        "seconds": slot.seconds,
        "history": history,
    }


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
