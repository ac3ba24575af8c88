"""Time given to everybody at work at what a class was set: some minutes for all, or what an incident took from them.

It comes on top of whatever else holds for an attempt (`Attempt.given_seconds`), so accommodations, extensions and
later changes of dates go on counting. Where somebody's new end lies beyond a date of the assignment that is still to
come, the date moves along, for those who have not started. All in one transaction, recorded, and to be undone.

Whose time ran out in an incident has a recorded result, which goes when they go on: so an incident, and taking its time
back, are changes of recorded results like others (`quizzes.grade_changes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.classes.assignments import at_quiz, decision_on
from webapp.database import db, pieces
from webapp.quizzes import attempt_state, handing_in
from webapp.quizzes.grade_changes.changes import NotUndone, carry_out, is_undone, trial
from webapp.quizzes.grade_changes.forecast import ChangeForecast, Scope
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Assignment, Attempt, TimeGift, TimeGiftShare
from webapp.quizzes.terms import Allowance, allowances_at, closing, deadline_under
from webapp.quizzes.vocabulary import AttemptState, ChangeKind, SubmittedBy

#: an incident is at most so long
LONGEST = timedelta(hours=24)
#: the most minutes that one click gives
MOST_MINUTES = 240

#: what becomes of one who was in an incident: goes on; is opened again; has seen the result; began another attempt
Fate = Literal["runs", "reopens", "seen", "another"]


class Overlaps(ValueError):
    """Time of this span was given back already."""


@dataclass(frozen=True)
class Lost:
    """What an incident took from one attempt, and what becomes of it."""

    attempt: Attempt
    seconds: int
    fate: Fate
    #: when it ends then; None where nothing is given
    until: datetime | None

    @property
    def name(self) -> str:
        return self.attempt.user.name


def give_minutes(assignment: Assignment, minutes: int, *, by: User, now: datetime) -> TimeGift:
    """Lets every attempt under way run so many minutes longer; those without a limit are left alone. Flushes."""
    allowances = allowances_at(assignment)
    ends = []
    for attempt in _locked(assignment, Attempt.state == AttemptState.OPEN):
        before = deadline_under(attempt, assignment, _of(allowances, attempt))
        if before is not None and not handing_in.is_past(before, now):
            ends.append((attempt, before, before + timedelta(minutes=minutes)))
    gift = _new(assignment, minutes * 60, by=by, now=now)
    _apply(gift, assignment, ends, allowances, now)
    _record("assignment.minutes_given", gift, assignment, by=by, now=now, minutes=minutes, attempts=len(ends))
    return gift


def forecast(assignment: Assignment, began: datetime, ended: datetime, now: datetime) -> list[Lost]:
    """Who was at work at any moment of the span, what it took from each, and what giving it back would do; by name.

    Those who handed in by themselves don't stand in it: they were done.
    """
    allowances = allowances_at(assignment)
    concerned = or_(
        Attempt.state == AttemptState.OPEN,
        and_(
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.submitted_by == SubmittedBy.DEADLINE,
            Attempt.submitted_at > began,
        ),
    )
    found = _locked(assignment, concerned & (Attempt.started_at < ended))
    elsewhere = _open_elsewhere(assignment, found)
    lost = []
    for attempt in found:
        end = attempt.submitted_at or deadline_under(attempt, assignment, _of(allowances, attempt))
        if end is None:
            continue
        seconds = int((min(end, ended) - max(attempt.started_at, began)).total_seconds())
        if seconds <= 0:
            continue
        fate: Fate = "runs" if attempt.is_open else "reopens"
        if attempt.is_submitted and attempt_state.is_released(attempt, now):
            fate = "seen"
        elif attempt.is_submitted and attempt.user_id in elsewhere:
            fate = "another"
        until = max(end, now) + timedelta(seconds=seconds) if fate in ("runs", "reopens") else None
        lost.append(Lost(attempt, seconds, fate, until))
    return sorted(lost, key=lambda each: (each.name.casefold(), each.attempt.id))


def results_forecast(assignment: Assignment, began: datetime, ended: datetime, now: datetime) -> ChangeForecast:
    """Whose recorded results giving the time back would change.

    Needs a writing transaction, which it leaves as it was.
    """
    return trial(lambda: _give_back(assignment, began, ended, "", None, now), _touched_by(assignment))


def give_back(
    assignment: Assignment,
    began: datetime,
    ended: datetime,
    *,
    reason: str,
    by: User,
    now: datetime,
    seen: str | None = None,
) -> TimeGift:
    """Does what the forecasts say. Flushes.

    Raises Overlaps when an incident at that time was dealt with already, and NotDecided (see `changes.carry_out`) when
    it opens attempts that have a recorded result, and there is no reason or another forecast was seen.
    """
    if any(gift.began_at and gift.ended_at and gift.began_at < ended and began < gift.ended_at
           for gift in gifts(assignment) if gift.undone_at is None):  # fmt: skip
        raise Overlaps
    decision = decision_on(assignment, ChangeKind.INCIDENT, reason, by, now, seen, after=_row(began, ended))
    done = carry_out(lambda: _give_back(assignment, began, ended, reason, by, now), _touched_by(assignment), decision)
    if done.change is not None:
        done.change.after = {**done.change.after, "gift": done.value.id}
        db.session.flush()
    return done.value


def _give_back(
    assignment: Assignment, began: datetime, ended: datetime, reason: str, by: User | None, now: datetime
) -> TimeGift:
    lost = [each for each in forecast(assignment, began, ended, now) if each.until is not None]
    for each in lost:
        if each.fate == "reopens":
            handing_in.reopen(each.attempt)
    gift = _new(assignment, max((each.seconds for each in lost), default=0), by=by, now=now)
    gift.began_at, gift.ended_at, gift.reason = began, ended, reason
    ends = [
        (each.attempt, each.until - timedelta(seconds=each.seconds), each.until)
        for each in lost
        if each.until is not None
    ]
    reopened = {each.attempt.id for each in lost if each.fate == "reopens"}
    _apply(gift, assignment, ends, allowances_at(assignment), now, reopened)
    if by is not None:
        _record(
            "assignment.incident", gift, assignment, by=by, now=now,
            began_at=began.isoformat(), ended_at=ended.isoformat(), attempts=len(lost), reopened=len(reopened),
        )  # fmt: skip
    return gift


def take_back(gift: TimeGift, *, reason: str = "", by: User, now: datetime, seen: str | None = None) -> int:
    """Takes given time back, as far as it is not used; returns from how many attempts. Flushes.

    Dates that were moved go back unless somebody has set others since. Attempts that were opened again and whose time
    is over with it are handed in with the answers they have. Raises NotUndone when it was taken back already, and
    NotDecided when recorded results change by it and there is no reason or another forecast was seen.
    """
    if gift.undone_at is not None:
        raise NotUndone
    assignment = db.session.get_one(Assignment, gift.assignment_id)
    row = _row(gift.began_at, gift.ended_at) if gift.began_at and gift.ended_at else {"seconds": gift.seconds}
    decision = decision_on(assignment, ChangeKind.INCIDENT, reason, by, now, seen, before=row, undoes=_change_of(gift))

    def act() -> int:
        taken = _take_back(gift, assignment, by=by, now=now)
        for share in gift.shares:
            attempt = share.attempt
            if share.reopened and attempt.is_open and attempt.deadline is not None and attempt.deadline <= now:
                handing_in.submit(attempt, now, SubmittedBy.DEADLINE)
        return taken

    return carry_out(act, _touched_by(assignment), decision).value


def undo_change(change: RecordedChange, *, reason: str, by: User, now: datetime, seen: str | None = None) -> int:
    """The same, for the record of what an incident changed. Raises NotUndone and NotDecided."""
    gift = db.session.get(TimeGift, change.after.get("gift", 0))
    if change.kind != ChangeKind.INCIDENT or gift is None or is_undone(change):
        raise NotUndone
    return take_back(gift, reason=reason, by=by, now=now, seen=seen)


def _change_of(gift: TimeGift) -> RecordedChange | None:
    """The change of recorded results that came of a gift."""
    if gift.began_at is None:
        return None
    of_assignment = select(RecordedChange).where(
        RecordedChange.kind == ChangeKind.INCIDENT,
        RecordedChange.subject == f"assignment:{gift.assignment_id}",
        RecordedChange.undoes.is_(None),
    )
    return next((change for change in db.session.scalars(of_assignment) if change.after.get("gift") == gift.id), None)


def _touched_by(assignment: Assignment) -> Scope:
    takers = select(Attempt.user_id).where(Attempt.assignment_id == assignment.id)
    return [*at_quiz(assignment), Attempt.user_id.in_(takers)]


def _row(began: datetime, ended: datetime) -> dict[str, Any]:
    return {"began_at": began.isoformat(), "ended_at": ended.isoformat()}


def _take_back(gift: TimeGift, assignment: Assignment, *, by: User, now: datetime) -> int:
    shares = {share.attempt_id: share for share in gift.shares}
    allowances = allowances_at(assignment)
    running = _locked(assignment, Attempt.state == AttemptState.OPEN)
    ends = {}
    for attempt in running:
        end = deadline_under(attempt, assignment, _of(allowances, attempt))
        if end is not None and attempt.id in shares:
            ends[attempt.id] = max(end - timedelta(seconds=shares[attempt.id].seconds), min(end, now))
    for name, (before, after) in gift.dates.items():
        if getattr(assignment, name) == datetime.fromisoformat(after):
            setattr(assignment, name, datetime.fromisoformat(before))
    for attempt in running:
        _end_at(attempt, assignment, _of(allowances, attempt), ends.get(attempt.id))
    gift.undone_at = now
    db.session.flush()
    _record("assignment.given_time_undone", gift, assignment, by=by, now=now, attempts=len(ends))
    return len(ends)


def gifts(assignment: Assignment) -> Sequence[TimeGift]:
    """What was given, the latest first."""
    query = select(TimeGift).where(TimeGift.assignment_id == assignment.id)
    return db.session.scalars(query.order_by(TimeGift.id.desc()).limit(50)).all()


def _new(assignment: Assignment, seconds: int, *, by: User | None, now: datetime) -> TimeGift:
    by_name = by.name[:120] if by is not None else ""
    gift = TimeGift(assignment_id=assignment.id, seconds=seconds, by_name=by_name, at=now, dates={}, reason="")
    db.session.add(gift)
    return gift


def _locked(assignment: Assignment, which: object) -> Sequence[Attempt]:
    return db.session.scalars(
        select(Attempt)
        .options(joinedload(Attempt.user), joinedload(Attempt.assignment))
        .where(Attempt.assignment_id == assignment.id, which)  # type: ignore[arg-type]  # a condition
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
    ).all()


def _open_elsewhere(assignment: Assignment, attempts: Iterable[Attempt]) -> set[int]:
    """Those of the learners who have an attempt at the quiz under way."""
    people = [attempt.user_id for attempt in attempts if attempt.is_submitted]
    return {
        user_id
        for piece in pieces(people)
        for user_id in db.session.scalars(
            select(Attempt.user_id).where(
                *at_quiz(assignment), Attempt.state == AttemptState.OPEN, Attempt.user_id.in_(piece)
            )
        )
    }


def _of(allowances: dict[int, Allowance], attempt: Attempt) -> Allowance:
    return allowances.get(attempt.user_id, Allowance())


def _apply(
    gift: TimeGift,
    assignment: Assignment,
    ends: Sequence[tuple[Attempt, datetime, datetime]],
    allowances: dict[int, Allowance],
    now: datetime,
    reopened: Iterable[int] = (),
) -> None:
    """Gives each attempt its new end: (attempt, end before, end now)."""
    cut = any(
        end > closes
        for attempt, _before, end in ends
        if (closes := closing(assignment, _of(allowances, attempt))) is not None
    )
    moved = {}
    if cut:
        for name in ("due_at", "closes_at"):
            date = getattr(assignment, name)
            if date is not None and date > now:
                later = date + timedelta(seconds=gift.seconds)
                moved[name] = [date.isoformat(), later.isoformat()]
                setattr(assignment, name, later)
    gift.dates = moved
    given = {attempt.id: (end - before, end) for attempt, before, end in ends}
    gift.shares = [
        TimeGiftShare(attempt_id=id, seconds=int(span.total_seconds()), reopened=id in set(reopened))
        for id, (span, _end) in given.items()
    ]
    for attempt, _before, end in ends:
        _end_at(attempt, assignment, _of(allowances, attempt), end)
    if moved:
        for attempt in _locked(assignment, Attempt.state == AttemptState.OPEN):
            if attempt.id not in given:
                _end_at(attempt, assignment, _of(allowances, attempt), None)
    db.session.flush()


def _end_at(attempt: Attempt, assignment: Assignment, allowance: Allowance, end: datetime | None) -> None:
    """Lets an attempt end then, whatever its dates have become; with no end, by what holds now."""
    if end is not None:
        attempt.given_seconds = 0
        by_rules = deadline_under(attempt, assignment, allowance)
        attempt.given_seconds = max(0, round((end - by_rules).total_seconds())) if by_rules is not None else 0
    attempt.deadline = deadline_under(attempt, assignment, allowance)


def _record(action: str, gift: TimeGift, assignment: Assignment, *, by: User, now: datetime, **details: Any) -> None:
    record(
        by,
        action,
        f"assignment:{assignment.id}",
        now=now,
        cohort_id=assignment.cohort_id,
        course_id=assignment.cohort.course_id,
        reason=gift.reason,
        quiz=assignment.quiz_id,
        gift=gift.id,
        dates=gift.dates,
        **details,
    )
