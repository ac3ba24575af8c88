"""The review plan of a person: learning from answers, what is due, and asking it.

Everything here takes the person and the time, flushes, and leaves the commit to the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, null, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from webapp.accounts import course_roles
from webapp.accounts.models import User
from webapp.accounts.service import preference
from webapp.content.course.course import Course
from webapp.database import db
from webapp.questions import Response
from webapp.quizzes import attempt_state, eligibility
from webapp.quizzes import service as quizzes
from webapp.quizzes.attempt_state import Closed
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.vocabulary import AttemptKind, AttemptState, Certainty
from webapp.review import rounds, scheduling
from webapp.review.models import Card
from webapp.review.scheduling import Memory
from webapp.web import timezones

#: how many answers a day a person can choose to be asked for; the first is not the default, see `PREFERENCES`
CAPS = (10, 20, 30, 50)
#: Home and the navigation call nobody back to what they answered in the same sitting. The scheduler's first steps are
#: minutes long; whoever stays on the review page gets them all the same.
SITTING = timedelta(hours=4)
#: days that the outlook covers
OUTLOOK = 7
#: the kinds of papers that make cards
_LEARNT_FROM = (AttemptKind.QUIZ, AttemptKind.FINAL, AttemptKind.PRACTICE)


# ---------------------------------------------------------------------- learning from answers


def learn(attempt: Attempt, slots: Sequence[Slot]) -> None:
    """Brings the plan up to date with a paper that is being handed in (a listener of `quizzes.handing_in`).

    A pretest makes no cards: nobody had a chance to learn what it asks. Answers of a round were learnt from one by one.
    While the feedback of a paper waits for its date, so do its questions, because a review shows the answer.
    """
    if attempt.kind in _LEARNT_FROM and attempt.submitted_at is not None:
        not_before = attempt_state.feedback_at(attempt, attempt.submitted_at)
        remember(attempt.user_id, attempt.course_id, slots, not_before=not_before)


def remember(user_id: int, course_id: str, slots: Iterable[Slot], *, not_before: datetime | None = None) -> None:
    """Makes or updates the cards of graded slots of one course: two statements, whatever their number. Flushes."""
    graded = [(slot, slot.graded_at) for slot in slots if slot.graded_at is not None]
    if not graded:
        return
    question_ids = {slot.question_id for slot, _at in graded}
    key = ("user_id", "course_id", "question_id")
    columns = [column for column in Card.__table__.columns if column.name not in key]
    memories = {
        row.question_id: Memory(**{column.name: getattr(row, column.name) for column in columns})
        for row in db.session.execute(
            select(Card.__table__).where(
                Card.user_id == user_id, Card.course_id == course_id, Card.question_id.in_(question_ids)
            )
        )
    }
    for slot, graded_at in graded:
        rated = scheduling.rating(slot.fraction or 0.0, slot.certainty)
        memories[slot.question_id] = scheduling.remembered(memories.get(slot.question_id), rated, graded_at)
    rows = []
    for question_id in sorted(question_ids):
        row = {"user_id": user_id, "course_id": course_id, "question_id": question_id, **asdict(memories[question_id])}
        rows.append(row | {"due": max(row["due"], not_before)} if not_before else row)
    # Another request may make the same card at the same moment; the later answer then stands.
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(Card)
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=list(key),
            set_={column.name: insert.excluded[column.name] for column in columns},
        ),
        rows,
    )


# ---------------------------------------------------------------------- what is due


@dataclass(frozen=True)
class Planned:
    """One question of the plan."""

    question_id: str
    due: datetime
    last_review: datetime | None
    reviews: int
    course_id: str

    def rested(self, now: datetime) -> bool:
        """Whether it was last answered in an earlier sitting."""
        return self.last_review is None or now - self.last_review >= SITTING


@dataclass(frozen=True)
class ReviewPlan:
    """A person's plan at a moment. Questions that left the course, are retired or kept for exams are not in it."""

    now: datetime
    #: all that is planned, the soonest first
    cards: tuple[Planned, ...]
    #: answers given in reviews today, a day that begins at four in the morning where the person is
    done: int
    #: answers a day, at most
    cap: int
    #: on whose clock its days begin; None where nobody knows
    zone: str | None = None

    @property
    def due(self) -> tuple[Planned, ...]:
        """Everything that is due, in the order in which it came due."""
        return tuple(card for card in self.cards if card.due <= self.now)

    @property
    def left(self) -> int:
        """Answers left for today."""
        return max(0, self.cap - self.done)

    @property
    def today(self) -> int:
        """How many questions would be asked now."""
        return min(len(self.due), self.left)

    @property
    def waiting(self) -> int:
        """How many of them were last answered in an earlier sitting: what home and the navigation tell."""
        return min(sum(card.rested(self.now) for card in self.due), self.left)

    @property
    def next_due(self) -> datetime | None:
        """When the next question comes due that is not due yet."""
        return next((card.due for card in self.cards if card.due > self.now), None)

    def outlook(self) -> list[tuple[datetime, int]]:
        """For today and the days after it, on the person's clock: its start, and how many questions come due in it.

        What is due already counts today.
        """
        first = timezones.learning_day(self.now, self.zone)
        days = [timezones.days_after(first, number, self.zone) for number in range(OUTLOOK + 1)]
        return [(day, sum(day <= max(card.due, self.now) < end for card in self.cards)) for day, end in pairwise(days)]


#: question id, when it is due, its last review, answers so far, and answers given today
_CardRow = tuple[str, datetime, datetime | None, int, int]


def plan(user: User, course: Course, now: datetime) -> ReviewPlan:
    """The whole plan: one query."""
    rows = db.session.execute(_cards(due=False), _asked(user, course, now)).all()
    return _plan(user, course, now, rows)


def courses_of(user: User) -> set[str]:
    """The ids of the courses of which a person has anything planned: one query."""
    return set(db.session.scalars(select(Card.course_id).where(Card.user_id == user.id).distinct()))


def together(plans: Sequence[ReviewPlan], user: User, now: datetime) -> ReviewPlan:
    """The plans of several courses as one: what is done today, and how much of it there may be, is the person's."""
    if len(plans) == 1:
        return plans[0]
    cards = sorted((card for plan in plans for card in plan.cards), key=lambda card: card.due)
    done = max((plan.done for plan in plans), default=0)
    return ReviewPlan(now, tuple(cards), done, cap_of(user), timezones.of_person(user))


def waiting(user: User, course: Course, now: datetime) -> int:
    """How many questions of earlier sittings are due and fit into today: one query over what is due."""
    rows = db.session.execute(_cards(due=True), _asked(user, course, now)).all()
    return _plan(user, course, now, rows).waiting


def _plan(user: User, course: Course, now: datetime, rows: Sequence[Row[_CardRow]]) -> ReviewPlan:
    kept = eligibility.kept_questions(course, now) if rows else frozenset()
    cards = tuple(
        Planned(row.question_id, row.due, row.last_review, row.reviews, course.id)
        for row in rows
        if (question := course.question(row.question_id)) is not None
        and not question.retired
        and question.id not in kept
    )
    return ReviewPlan(now, cards, rows[0].done if rows else 0, cap_of(user), timezones.of_person(user))


def _asked(user: User, course: Course, now: datetime) -> dict[str, Any]:
    day = timezones.learning_day(now, timezones.of_person(user))
    return {"user_id": user.id, "course_id": course.id, "now": now, "day": day}


@cache
def _cards(*, due: bool) -> Select[_CardRow]:
    """The cards of a course that may be shown (those that are due, or all), the soonest first, each with the number of
    answers given today, in any course: how many a day is the person's choice.

    A question on a paper that is open, or whose feedback an instructor holds back, is not shown: its review would give
    the answer away.
    """
    done = (
        select(func.count())
        .select_from(Slot)
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(
            Attempt.user_id == bindparam("user_id"),
            Attempt.kind == AttemptKind.REVIEW,
            Attempt.state != AttemptState.VOID,
            Slot.response.is_not(null()),
            Slot.answered_at >= bindparam("day"),
        )
    )
    cards = (
        select(Card.question_id, Card.due, Card.last_review, Card.reviews, done.scalar_subquery().label("done"))
        .where(
            Card.user_id == bindparam("user_id"),
            Card.course_id == bindparam("course_id"),
            Card.question_id.not_in(_held()),
        )
        .order_by(Card.due, Card.question_id)
    )
    return cards.where(Card.due <= bindparam("now")) if due else cards


@cache
def _held() -> Select[tuple[str]]:
    """The ids of the questions on papers that are open, or whose keys are kept back."""
    papers = select(Attempt.id).where(
        Attempt.user_id == bindparam("user_id"),
        Attempt.course_id == bindparam("course_id"),
        Attempt.kind != AttemptKind.REVIEW,
        or_(
            Attempt.state == AttemptState.OPEN,
            and_(Attempt.state == AttemptState.SUBMITTED, eligibility.keys_kept(bindparam("now"))),
        ),
    )
    return select(Slot.question_id).where(Slot.attempt_id.in_(papers))


def called_back(card: Planned) -> datetime:
    """When home and the navigation call somebody back to a question: when it is due, and not in the same sitting."""
    return card.due if card.last_review is None else max(card.due, card.last_review + SITTING)


def is_held(user: User, question_id: str, course: Course, now: datetime) -> bool:
    """Whether a question that was asked already may not be shown now: its key is kept back, or it is for exams."""
    if question_id in eligibility.kept_questions(course, now):
        return True
    held = _held().where(Slot.question_id == question_id).limit(1)
    return db.session.scalar(held, _asked(user, course, now)) is not None


def cap_of(user: User) -> int:
    """How many answers a day the person wants to be asked for."""
    chosen = preference(user, "review_cap")
    return chosen if chosen in CAPS else CAPS[1]


# ---------------------------------------------------------------------- asking


def next_slot(user: User, course: Course, now: datetime) -> Slot | None:
    """The question to answer next, put before the person; None when nothing is due or the day's share is done.

    What was answered as sure and wrong comes first, then what has been due longest. Raises NotOffered where the course
    lets nothing be begun.
    """
    refused = eligibility.refused_by_course(course_roles.access_of(user, course.id))
    if refused is not None:
        raise quizzes.NotOffered(refused)
    at_hand = plan(user, course, now)
    if not at_hand.today:
        return None
    due = [card.question_id for card in at_hand.due]
    misled = sure_but_wrong(user, course.id, due)
    first = next((question_id for question_id in due if question_id in misled), due[0])
    question = course.question(first)
    assert question is not None
    return rounds.ask(user, question, course, now)


def sure_but_wrong(user: User, course_id: str, question_ids: Sequence[str]) -> set[str]:
    """Those of a course's questions whose latest answer was given as sure and isn't right; regrades count. One
    query."""
    answers = db.session.execute(
        select(Slot.question_id, Slot.certainty, Slot.fraction)
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(
            Attempt.user_id == user.id,
            Attempt.course_id == course_id,
            Attempt.state != AttemptState.VOID,
            Attempt.kind != AttemptKind.PRETEST,
            Slot.question_id.in_(question_ids),
            Slot.fraction.is_not(None),
            Slot.response.is_not(null()),
        )
        .order_by(Slot.answered_at, Slot.id)
    )
    latest = {row.question_id: row.certainty == Certainty.SURE and row.fraction < 1 for row in answers}
    return {question_id for question_id, misled in latest.items() if misled}


def slot_for(user: User, attempt_id: int, position: int) -> Slot:
    """One question of a round of the person's own, locked for a change. Raises NotFound."""
    return quizzes.slot_for(user, attempt_id, position, review=True)


def answer(
    slot: Slot, response: Response | None, *, sequence: int, certainty: int | None, seconds: int, now: datetime
) -> Closed | None:
    """Takes an answer (None: "I don't know"), grades it and decides when the question comes back. Flushes.

    Closed when this question was answered before, or its day is over; then nothing changes.
    """
    # An empty answer is an answer here; a question that nobody answered stays None.
    outcome = quizzes.answer(
        slot, sequence=sequence, response=response or {}, certainty=certainty, seconds=seconds, now=now
    )
    if isinstance(outcome, Closed):
        return outcome
    if isinstance(outcome, quizzes.Stale):
        return Closed("checked")
    quizzes.check(slot, now)
    remember(slot.attempt.user_id, slot.attempt.course_id, [slot])
    return None
