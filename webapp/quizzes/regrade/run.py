"""Regrading: after a key is mended, finished answers are graded again, by steps that are added and never replace.

A regrade walks the graded slots of one question in the order of their ids, in batches; each batch is one transaction
that also moves the regrade's cursor. So a run that is killed goes on where it was, and ends with the same rows as one
that was not. What it does to one slot depends on that slot alone:

- `recompute`: the answer is graded by the current revision.
- `never-lower`: the same, but nobody loses.
- `full-marks`: every answer, and every missing one, earns all.
- `undo`: what an earlier regrade changed gets the grade it had before.

Void attempts are left alone. Answers that were checked in an attempt still under way are graded again, too, because
handing in doesn't grade them a second time; what is not graded yet is graded by the revision it shows, when it is
handed in, and stands as "left" on the regrade page from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db, pieces
from webapp.quizzes import revisions, scores
from webapp.quizzes.grade_changes.changes import tell
from webapp.quizzes.grade_changes.forecast import ChangeForecast, ResultChange
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Attempt, QuestionRevision, Regrade, Slot, Step
from webapp.quizzes.regrade.policies import (
    POLICIES,
    Graded,
    NotPossible,
    by_policy,
    check_possible,
    graded_after,
    graded_slots,
)
from webapp.quizzes.regrade.preview import mark_of, standing
from webapp.quizzes.vocabulary import AttemptState, ChangeKind, RegradePolicy, RegradeState, StepAction

#: slots per transaction: some tenths of a second, so that an answer that waits for the lock does not wait long
BATCH = 500


def begin(
    question_id: str,
    course: Course,
    *,
    policy: RegradePolicy,
    reason: str,
    actor: User | None,
    now: datetime,
    cohorts: Sequence[int] | None = None,
) -> Regrade:
    """A new regrade, flushed, with nothing done yet: `advance` does it. With `cohorts`, only in their reach.

    Raises NotPossible: "running" when another one of this question is, "gone" or "type-changed" when answers can't be
    graded by what is in the course now (full marks can be given all the same).
    """
    state = standing(question_id, course, cohorts)
    if state is None or policy not in POLICIES:
        raise NotPossible("gone")
    if state.running is not None:
        raise NotPossible("running")
    check_possible(course.id, question_id, state.question, policy)
    if state.question is not None:
        revisions.keep([state.question], now)
    return _store(course.id, question_id, state.digest, policy, None, reason, actor, now, state.graded, cohorts)


def undo(regrade: Regrade, *, reason: str, actor: User | None, now: datetime) -> Regrade:
    """A regrade that gives back what the latest one of a question changed; also one that undoes an undoing."""
    later = db.session.scalars(
        select(Regrade).where(
            Regrade.course_id == regrade.course_id,
            Regrade.question_id == regrade.question_id,
            Regrade.id > regrade.id,
        )
    )
    if any(_overlap(regrade, each) for each in later) or regrade.state != RegradeState.DONE:
        raise NotPossible("not-latest")
    total = db.session.scalar(select(func.count()).select_from(Step).where(Step.regrade_id == regrade.id)) or 0
    return _store(
        regrade.course_id, regrade.question_id, regrade.digest, RegradePolicy.UNDO, regrade.id, reason, actor, now,
        total, regrade.cohorts,
    )  # fmt: skip


def _overlap(one: Regrade, other: Regrade) -> bool:
    """Whether two regrades may have graded the same answer."""
    return one.cohorts is None or other.cohorts is None or not set(one.cohorts).isdisjoint(other.cohorts)


def _store(
    course_id: str,
    question_id: str,
    digest: str,
    policy: RegradePolicy,
    undoes: int | None,
    reason: str,
    actor: User | None,
    now: datetime,
    total: int,
    cohorts: Sequence[int] | None,
) -> Regrade:
    regrade = Regrade(
        course_id=course_id,
        question_id=question_id,
        digest=digest,
        policy=policy,
        undoes=undoes,
        cohorts=None if cohorts is None else sorted(cohorts),
        reason=reason,
        actor_id=actor.id if actor else None,
        created_at=now,
        state=RegradeState.RUNNING,
        cursor=0,
        total=total,
        done=0,
        up=0,
        down=0,
    )
    db.session.add(regrade)
    db.session.flush()
    return regrade


def advance(regrade_id: int, now: datetime, *, batch: int = BATCH) -> Regrade:
    """Does the next batch of a regrade, flushed: the caller commits, and calls again until `state` is "done".

    The regrade's row is locked first, so that two pages that drive the same regrade take turns.
    """
    regrade = db.session.scalars(
        select(Regrade).where(Regrade.id == regrade_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if regrade.state == RegradeState.DONE:
        return regrade
    if regrade.policy == RegradePolicy.UNDO:
        slots, grades = _next_undone(regrade, batch)
    else:
        slots, grades = _next_regraded(regrade, batch)
    regrade.done += len(slots)
    _write(regrade, slots, grades, now)
    if len(slots) < batch:
        regrade.state = RegradeState.DONE
        regrade.finished_at = now
        regrade.total = regrade.done
    db.session.flush()
    return regrade


#: the grade a slot gets: fraction and the revision it went by (None: the one shown); None leaves the slot as it is
_Grade = tuple[float, str | None] | None


def _next_regraded(regrade: Regrade, batch: int) -> tuple[list[Graded], list[_Grade]]:
    slots = graded_after(
        regrade.course_id, regrade.question_id, regrade.cursor, batch, cohorts=regrade.cohorts, lock=True
    )
    if slots:
        regrade.cursor = slots[-1].id
    revision = db.session.get_one(QuestionRevision, regrade.digest)
    fraction_of = by_policy(revisions.question_of(revision), regrade.digest, regrade.policy)
    grades: list[_Grade] = []
    for slot in slots:
        fraction = fraction_of(slot)
        same = fraction == slot.fraction and (slot.graded_by or slot.digest) == regrade.digest
        grades.append(None if same else (fraction, regrade.digest if regrade.digest != slot.digest else None))
    return slots, grades


def _next_undone(regrade: Regrade, batch: int) -> tuple[list[Graded], list[_Grade]]:
    """The slots that the undone regrade changed, and the grades they had before it.

    A slot that was graded again in between by something else keeps its grade.
    """
    query = (
        graded_slots(Step.id)
        .join(Step, Step.slot_id == Slot.id)
        .where(Step.regrade_id == regrade.undoes, Step.id > regrade.cursor)
    )
    query = query.with_for_update(of=(Attempt, Slot))
    rows = db.session.execute(query.order_by(Step.id).limit(batch)).all()
    slots = [Graded(*row[:-1]) for row in rows]
    if rows:
        regrade.cursor = rows[-1][-1]
    logs: dict[int, list[Any]] = {}
    steps = (
        select(Step.slot_id, Step.fraction, Step.digest, Step.regrade_id)
        .where(Step.slot_id.in_([slot.id for slot in slots]), Step.fraction.is_not(None))
        .order_by(Step.slot_id, Step.sequence)
    )
    for step in db.session.execute(steps):
        logs.setdefault(step.slot_id, []).append(step)
    grades: list[_Grade] = []
    for slot in slots:
        log = logs[slot.id]
        if log[-1].regrade_id != regrade.undoes or len(log) < 2:
            grades.append(None)
        else:
            grades.append((log[-2].fraction, log[-2].digest))
    return slots, grades


def _write(regrade: Regrade, slots: Sequence[Graded], grades: Sequence[_Grade], now: datetime) -> None:
    """Adds the steps, brings the slots up to date with them, and the scores of their attempts."""
    changes = [(slot, grade) for slot, grade in zip(slots, grades, strict=True) if grade is not None]
    if not changes:
        return
    db.session.execute(
        insert(Step),
        [
            {
                "slot_id": slot.id,
                "sequence": slot.sequence + 1,
                "action": StepAction.REGRADE,
                "response": slot.response,
                "certainty": slot.certainty,
                "fraction": fraction,
                "digest": by,
                "regrade_id": regrade.id,
                "actor_id": regrade.actor_id,
                "at": now,
            }
            for slot, (fraction, by) in changes
        ],
    )
    db.session.connection().execute(
        update(Slot.__table__)  # type: ignore[arg-type]
        .where(Slot.__table__.c.id == bindparam("slot"))
        .values(
            sequence=bindparam("now_sequence"),
            fraction=bindparam("now_fraction"),
            graded_by=bindparam("now_by"),
            graded_at=bindparam("now_at"),
        ),
        [
            {
                "slot": slot.id,
                "now_sequence": slot.sequence + 1,
                "now_fraction": fraction,
                "now_by": by,
                "now_at": now,
            }
            for slot, (fraction, by) in changes
        ],
    )
    regrade.up += sum(1 for slot, (fraction, _by) in changes if fraction > slot.fraction)
    regrade.down += sum(1 for slot, (fraction, _by) in changes if fraction < slot.fraction)
    differences = rescore_all({slot.attempt_id for slot, (fraction, _by) in changes if fraction != slot.fraction})
    if differences:
        _tell(regrade, ChangeForecast.of(differences))
    # The session still holds these rows as they were before.
    db.session.flush()
    db.session.expire_all()


def _tell(regrade: Regrade, forecast: ChangeForecast) -> None:
    """Adds what a batch did to the record of the regrade, with a note to each learner whose result it changed."""
    change = db.session.scalar(select(RecordedChange).where(RecordedChange.regrade_id == regrade.id))
    if change is None:
        undone = select(RecordedChange.id).where(RecordedChange.regrade_id == regrade.undoes)
        change = RecordedChange(
            kind=ChangeKind.KEY,
            subject=f"question:{regrade.question_id}"[:200],
            course_id=regrade.course_id,
            before={},
            after={"revision": regrade.digest, "policy": regrade.policy},
            reason=regrade.reason,
            actor_id=regrade.actor_id,
            at=regrade.created_at,
            undoes=db.session.scalar(undone) if regrade.undoes is not None else None,
            regrade_id=regrade.id,
            touched=0,
            gained=0,
            lost=0,
        )
        db.session.add(change)
        db.session.flush()
    change.touched += len(forecast.differences)
    change.gained += forecast.newly_passed
    change.lost += forecast.newly_failed
    tell(change, forecast.differences)


def rescore_all(attempt_ids: Iterable[int]) -> list[ResultChange]:
    """Brings score, percent and pass of many attempts up to date with their slots; late penalties stay as they are.

    Attempts without a score (open ones, pretests, practice) are left alone. Gives those whose figures change.
    """
    changed = []
    for ids in pieces(sorted(attempt_ids)):
        attempts = db.session.execute(
            select(
                Attempt.id, Attempt.user_id, Attempt.quiz_id, Attempt.max_score, Attempt.late_penalty, Attempt.percent,
                Attempt.passed, Attempt.pass_mark, Attempt.policy,
            ).where(Attempt.id.in_(ids), Attempt.state == AttemptState.SUBMITTED, Attempt.score.is_not(None))
        ).all()  # fmt: skip
        papers: dict[int, list[Any]] = {attempt.id: [] for attempt in attempts}
        for slot in db.session.execute(
            select(Slot.attempt_id, Slot.points, Slot.fraction).where(Slot.attempt_id.in_(papers))
        ):
            papers[slot.attempt_id].append(slot)
        values = []
        for attempt in attempts:
            score = scores.points(papers[attempt.id], attempt.late_penalty)
            percent = scores.percent_of(score, attempt.max_score)
            passed = scores.is_pass(percent, mark_of(attempt))
            if (percent, passed) != (attempt.percent, attempt.passed):
                was = attempt.percent, attempt.passed
                changed.append(
                    ResultChange(attempt.user_id, attempt.quiz_id, attempt.id, was[0], percent, was[1], passed)
                )
            values.append({"attempt": attempt.id, "now_score": score, "now_percent": percent, "now_passed": passed})
        if values:
            table = Attempt.__table__
            db.session.connection().execute(
                update(table)  # type: ignore[arg-type]
                .where(table.c.id == bindparam("attempt"))
                .values(score=bindparam("now_score"), percent=bindparam("now_percent"), passed=bindparam("now_passed")),
                values,
            )
    return changed
