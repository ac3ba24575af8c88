"""Any order of acts by learners, a guest and an instructor: no early key, no limit exceeded, no answer lost, and every
result what the log says.

`ORDERS=2000 pytest tests/quizzes/test_any_order.py` tries more.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from tests.apps import Workshop
from tests.conftest import START, Clock
from tests.quizzes.conftest import right_answer, wrong_answer
from webapp.accounts import service as people
from webapp.accounts.models import Cohort, CohortInstructor, User
from webapp.classes import accommodations, assignments, attempts, joining
from webapp.classes.assignments import Rules
from webapp.database import db
from webapp.quizzes import attempt_state, service
from webapp.quizzes.attempt_state import Closed, Saved
from webapp.quizzes.grade_changes import overrides
from webapp.quizzes.grade_changes.changes import NotUndone
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Assignment, Attempt, Slot, Step
from webapp.quizzes.starting import NotOffered, WrongCode
from webapp.quizzes.vocabulary import AttemptKind, AttemptState, StepAction
from webapp.review import service as reviews

LEARNERS = ("ada", "ben")
PEOPLE = (*LEARNERS, "guest")
CLASSES = ("one", "two")
QUIZZES = ("bread", "tea")
CODE = "rye"
ORDERS = int(os.environ.get("ORDERS", "20"))


@dataclass
class SetQuiz:
    """A quiz as a class is set it, as the test knows it."""

    rules: Rules
    #: the most attempts that were ever allowed; None is without limit
    most: int | None
    runs: bool = True


@dataclass
class Known:
    """What the test knows to have happened, by itself: nothing here is read from the application."""

    ids: dict[str, int] = field(default_factory=dict)
    #: classes that a person ever was in
    part: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in PEOPLE})
    inside: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in PEOPLE})
    set_: dict[tuple[str, str], SetQuiz] = field(default_factory=dict)
    #: (attempt, position) → the answers that were acknowledged, in order
    answers: dict[tuple[int, int], list[Any]] = field(default_factory=dict)
    #: the most attempts more that a person was ever allowed
    more: dict[str, int] = field(default_factory=dict)
    #: slot → the share that an instructor gave its answer, as long as that stands
    overruled: dict[int, float] = field(default_factory=dict)


def machine(app: Flask, workshop: Workshop, clock: Clock) -> type[RuleBasedStateMachine]:
    database = app.config["SETTINGS"].data / "webapp.sqlite3"

    class Acts(RuleBasedStateMachine):
        known: Known

        @initialize()
        def begin(self) -> None:
            with app.app_context():
                db.engine.dispose()
            for end in ("", "-wal", "-shm"):
                database.with_name(database.name + end).unlink(missing_ok=True)
            shutil.copyfile(workshop.empty_database(), database)
            clock.set(START)
            self.known = Known()
            with app.app_context():
                for name in (*LEARNERS, "irene"):
                    role = "instructor" if name == "irene" else "learner"
                    user = people.create_user(
                        name=name, username=name, password="correct horse battery", role=role, now=clock()
                    )
                    self.known.ids[name] = user.id
                for name in CLASSES:
                    cohort = Cohort(course_id="tea-and-bread", name=name, join_code=name, created_at=clock())
                    db.session.add(cohort)
                    db.session.flush()
                    db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=self.known.ids["irene"]))
                    self.known.ids[name] = cohort.id
                self.known.ids["guest"] = people.create_guest(now=clock()).id
                db.session.commit()

        # --- parts of acts

        def person(self, name: str) -> User:
            return db.session.get_one(User, self.known.ids[name])

        def course(self) -> Any:
            return app.extensions["courses"].only.current()

        def open_slot(self, name: str, at: int) -> Slot | None:
            mine = (
                select(Slot)
                .join(Slot.attempt)
                .where(
                    Attempt.user_id == self.known.ids[name],
                    Attempt.state == AttemptState.OPEN,
                    Attempt.kind != AttemptKind.REVIEW,
                )
            )
            slots = db.session.scalars(mine.order_by(Slot.id)).all()
            if not slots:
                return None
            slot = slots[at % len(slots)]
            return service.slot_for(self.person(name), slot.attempt_id, slot.position)

        def keeps(self, name: str, quiz_id: str) -> list[SetQuiz]:
            """The classes' rules that concern somebody without any assignment of their own, and those with."""
            return [
                each
                for (class_name, set_quiz), each in self.known.set_.items()
                if set_quiz == quiz_id and each.runs and class_name in self.known.part[name]
            ]

        # --- acts

        @rule(name=st.sampled_from(PEOPLE), quiz=st.sampled_from(QUIZZES), code=st.sampled_from([None, CODE]))
        def start(self, name: str, quiz: str, code: str | None) -> None:
            with app.app_context():
                running = service.offer(self.person(name), self.course().quiz(quiz), self.course(), clock()).open
                before = running.id if running is not None and not service.is_over(running, clock()) else None
                try:
                    attempt = service.start(
                        self.person(name), self.course().quiz(quiz), self.course(), clock(), access_code=code
                    )
                except (NotOffered, WrongCode):
                    db.session.commit()
                    return
                if before is None:
                    mine = self.keeps(name, quiz)
                    others = [s for (_c, q), s in self.known.set_.items() if q == quiz and s.runs and s not in mine]
                    now = clock()
                    if mine:
                        assert attempt.assignment_id is not None
                        assert any(
                            (s.rules.opens_at is None or s.rules.opens_at <= now)
                            and (s.rules.access_code is None or code == CODE)
                            for s in mine
                        ), "begun before it opens, or without its code"
                    for each in others if not mine else ():
                        assert each.rules.opens_at is None or each.rules.opens_at <= now
                        assert each.rules.feedback_at is None or each.rules.feedback_at <= now
                        guarded = each.rules.access_code is not None or each.rules.attempts is not None
                        assert each.rules.feedback_at is not None or not guarded
                else:
                    assert attempt.id == before
                db.session.commit()

        @rule(name=st.sampled_from(PEOPLE), at=st.integers(0, 5), right=st.booleans(), stale=st.booleans())
        def answer(self, name: str, at: int, right: bool, stale: bool) -> None:
            with app.app_context():
                slot = self.open_slot(name, at)
                if slot is None:
                    return
                response = right_answer(slot) if right else wrong_answer(slot)
                sequence = slot.sequence - 1 if stale else slot.sequence
                outcome = service.answer(
                    slot, sequence=sequence, response=response, certainty=None, seconds=1, now=clock()
                )
                if isinstance(outcome, Saved) and outcome.new:
                    self.known.answers.setdefault((slot.attempt_id, slot.position), []).append(response)
                if isinstance(outcome, Closed):
                    service.expire(slot.attempt, clock())
                db.session.commit()

        @rule(name=st.sampled_from(PEOPLE), at=st.integers(0, 5))
        def check(self, name: str, at: int) -> None:
            with app.app_context():
                slot = self.open_slot(name, at)
                if slot is not None:
                    before = slot.graded_at
                    service.check(slot, clock())
                    if slot.graded_at is not None and before is None:
                        self.must_be_shown(name, slot.attempt)
                    db.session.commit()

        @rule(name=st.sampled_from(PEOPLE), at=st.integers(0, 5))
        def hand_in(self, name: str, at: int) -> None:
            with app.app_context():
                slot = self.open_slot(name, at)
                if slot is not None:
                    service.submit(slot.attempt, clock())
                    db.session.commit()

        @rule(name=st.sampled_from(LEARNERS), to=st.sampled_from(CLASSES))
        def join(self, name: str, to: str) -> None:
            with app.app_context():
                joining.join(db.session.get_one(Cohort, self.known.ids[to]), self.person(name), clock())
                db.session.commit()
            self.known.part[name].add(to)
            self.known.inside[name].add(to)

        @precondition(lambda self: any(self.known.inside[name] for name in LEARNERS))
        @rule(data=st.data())
        def leave(self, data: Any) -> None:
            pairs = sorted((name, to) for name in LEARNERS for to in self.known.inside[name])
            name, to = data.draw(st.sampled_from(pairs))
            with app.app_context():
                joining.leave(self.known.ids[to], self.person(name), clock())
                db.session.commit()
            self.known.inside[name].discard(to)

        @rule(name=st.sampled_from(LEARNERS))
        def merge(self, name: str) -> None:
            """The guest signs in as a learner, and another guest comes."""
            with app.app_context():
                people.merge(self.person("guest"), self.person(name))
                self.known.ids["guest"] = people.create_guest(now=clock()).id
                db.session.commit()

        @rule(name=st.sampled_from(PEOPLE), quiz=st.sampled_from(QUIZZES), code=st.sampled_from([None, CODE]))
        def take(self, name: str, quiz: str, code: str | None) -> None:
            """Several acts in a row that people mostly do in a row."""
            self.start(name, quiz, code)
            self.answer(name, 0, right=False, stale=False)
            self.hand_in(name, 0)
            self.wait(60)

        @rule(name=st.sampled_from(LEARNERS))
        def bring(self, name: str) -> None:
            """What H3 did: taken as a guest, and brought along."""
            self.take("guest", "bread", None)
            self.merge(name)

        @rule(
            to=st.sampled_from(CLASSES),
            quiz=st.sampled_from(QUIZZES),
            opens=st.sampled_from([None, 1, 3]),
            feedback=st.sampled_from([None, 2, 5]),
            attempts=st.sampled_from([None, 1, 2]),
            code=st.sampled_from([None, CODE]),
        )
        def assign(
            self, to: str, quiz: str, opens: int | None, feedback: int | None, attempts: int | None, code: str | None
        ) -> None:
            rules = Rules(opens_at=_in(opens), feedback_at=_in(feedback), attempts=attempts, access_code=code)
            with app.app_context():
                cohort = db.session.get_one(Cohort, self.known.ids[to])
                assignments.assign(cohort, quiz, rules, by=self.person("irene"), now=clock())
                db.session.commit()
            before = self.known.set_.get((to, quiz))
            limit = attempts if attempts is not None else {"bread": 3, "tea": None}[quiz]
            most = (
                limit if before is None else None if None in (before.most, limit) else max(before.most or 0, limit or 0)
            )
            self.known.set_[to, quiz] = SetQuiz(rules, most)

        @precondition(lambda self: any(each.runs for each in self.known.set_.values()))
        @rule(data=st.data())
        def withdraw(self, data: Any) -> None:
            to, quiz = data.draw(st.sampled_from(sorted(key for key, each in self.known.set_.items() if each.runs)))
            with app.app_context():
                cohort = db.session.get_one(Cohort, self.known.ids[to])
                assignments.withdraw(cohort, quiz, by=self.person("irene"), now=clock())
                db.session.commit()
            self.known.set_[to, quiz].runs = False

        @rule(minutes=st.sampled_from([5, 60, 200]))
        def wait(self, minutes: int) -> None:
            clock.advance(minutes=minutes)

        @rule(name=st.sampled_from(PEOPLE), at=st.integers(0, 3))
        def practise(self, name: str, at: int) -> None:
            with app.app_context():
                handed_in = db.session.scalars(
                    select(Attempt).where(
                        Attempt.user_id == self.known.ids[name],
                        Attempt.state == AttemptState.SUBMITTED,
                        Attempt.kind == AttemptKind.QUIZ,
                    )
                ).all()
                if handed_in:
                    source = handed_in[at % len(handed_in)]
                    if service.is_released(source, clock()):
                        service.practise(self.person(name), source, self.course(), clock())
                        db.session.commit()

        @rule(name=st.sampled_from(PEOPLE))
        def review(self, name: str) -> None:
            with app.app_context():
                slot = reviews.next_slot(self.person(name), self.course(), clock())
                if slot is None:
                    return
                mine = (
                    select(Attempt)
                    .join(Attempt.slots)
                    .where(
                        Attempt.user_id == self.known.ids[name],
                        Attempt.kind == AttemptKind.QUIZ,
                        Attempt.state == AttemptState.SUBMITTED,
                        Slot.question_id == slot.question_id,
                    )
                )
                for attempt in db.session.scalars(mine).unique():
                    self.must_be_shown(name, attempt)
                reviews.answer(slot, right_answer(slot), sequence=0, certainty=None, seconds=1, now=clock())
                db.session.commit()

        def handed_in(self, name: str, at: int) -> Attempt | None:
            mine = select(Attempt).where(
                Attempt.user_id == self.known.ids[name],
                Attempt.state == AttemptState.SUBMITTED,
                Attempt.kind == AttemptKind.QUIZ,
                Attempt.score.is_not(None),
            )
            found = db.session.scalars(mine.order_by(Attempt.id)).all()
            return found[at % len(found)] if found else None

        @rule(name=st.sampled_from(PEOPLE), at=st.integers(0, 5), share=st.sampled_from([0, 1]))
        def overrule(self, name: str, at: int, share: int) -> None:
            with app.app_context():
                attempt = self.handed_in(name, at)
                if attempt is None:
                    return
                slot = overrides.graded_slot(attempt, 1)
                points = Decimal(repr(slot.points)) * share
                overrides.override(slot, points, reason="So be it.", by=self.person("irene"), now=clock())
                db.session.commit()
                self.known.overruled[slot.id] = float(share)

        @rule(at=st.integers(0, 5))
        def take_back(self, at: int) -> None:
            with app.app_context():
                changes = db.session.scalars(
                    select(RecordedChange).where(RecordedChange.slot_id.is_not(None)).order_by(RecordedChange.id)
                ).all()
                if not changes:
                    return
                change = changes[at % len(changes)]
                slot_id = change.slot_id
                try:
                    overrides.take_back(change, reason="No.", by=self.person("irene"), now=clock())
                except NotUndone:
                    db.session.rollback()
                    return
                db.session.commit()
                assert slot_id in self.known.overruled, "taken back twice"
                del self.known.overruled[slot_id]

        @rule(name=st.sampled_from(PEOPLE), at=st.integers(0, 5))
        def reset(self, name: str, at: int) -> None:
            with app.app_context():
                attempt = self.handed_in(name, at)
                if attempt is not None:
                    attempts.reset(attempt, reason="Ill.", by=self.person("irene"), now=clock())
                    db.session.commit()

        @rule(name=st.sampled_from(LEARNERS), to=st.sampled_from(CLASSES), extra=st.sampled_from([0, 1]))
        def accommodate(self, name: str, to: str, extra: int) -> None:
            with app.app_context():
                accommodations.grant(
                    db.session.get_one(Cohort, self.known.ids[to]), person=self.person(name), quiz_id=None,
                    extra_time_percent=25, extra_attempts=extra, later_hours=0, reason="So agreed.",
                    by=self.person("irene"), now=clock(),
                )  # fmt: skip
                db.session.commit()
            self.known.more[name] = max(extra, self.known.more.get(name, 0))

        # --- what holds after each of them

        def must_be_shown(self, name: str, attempt: Attempt) -> None:
            """Fails where the keys of an attempt have a date that is still to come, by the test's own reckoning."""
            under = None
            if attempt.assignment_id is not None:
                assignment = db.session.get_one(Assignment, attempt.assignment_id)
                under = next(c for c in CLASSES if self.known.ids[c] == assignment.cohort_id)
            for (class_name, quiz), each in self.known.set_.items():
                if quiz != attempt.quiz_behind or not each.runs:
                    continue
                free = under is None or not self.known.set_[under, quiz].runs
                if class_name in self.known.part[name] or class_name == under or free:
                    for date in (each.rules.feedback_at, each.rules.opens_at):
                        assert date is None or date <= clock(), (name, attempt.quiz_id, class_name, each)

        @invariant()
        def no_key_comes_before_its_date(self) -> None:
            with app.app_context():
                for name in PEOPLE:
                    mine = select(Attempt).where(Attempt.user_id == self.known.ids[name])
                    for attempt in db.session.scalars(mine.where(Attempt.kind != AttemptKind.REVIEW)):
                        if attempt.is_submitted and attempt_state.is_released(attempt, clock()):
                            self.must_be_shown(name, attempt)

        @invariant()
        def no_limit_is_exceeded(self) -> None:
            with app.app_context():
                made = db.session.execute(
                    select(Attempt.user_id, Attempt.assignment_id, Attempt.quiz_id, func.count())
                    .where(
                        Attempt.state != AttemptState.VOID,
                        Attempt.set_aside.is_(None),
                        Attempt.kind == AttemptKind.QUIZ,
                    )
                    .group_by(Attempt.user_id, Attempt.assignment_id, Attempt.quiz_id)
                ).all()
                names = {self.known.ids[name]: name for name in PEOPLE}
                for user_id, assignment_id, quiz, count in made:
                    most = 3 if quiz == "bread" else None
                    if assignment_id is not None:
                        cohort_id = db.session.get_one(Assignment, assignment_id).cohort_id
                        class_name = next(c for c in CLASSES if self.known.ids[c] == cohort_id)
                        most = self.known.set_[class_name, quiz].most
                    more = self.known.more.get(names.get(user_id, ""), 0)
                    assert most is None or count <= most + more, (quiz, assignment_id, count)

        @invariant()
        def every_result_is_what_the_log_says(self) -> None:
            """Counted anew from the steps, the points of the questions, and nothing else."""
            with app.app_context():
                shares: dict[int, float] = {}
                log = select(Step.slot_id, Step.fraction).where(Step.fraction.is_not(None))
                for slot_id, fraction in db.session.execute(log.order_by(Step.slot_id, Step.sequence)):
                    shares[slot_id] = fraction
                papers: dict[int, Decimal] = {}
                for slot in db.session.scalars(select(Slot)):
                    assert slot.fraction == shares.get(slot.id)
                    assert slot.overruled is (slot.id in self.known.overruled)
                    if slot.overruled:
                        assert slot.fraction == self.known.overruled[slot.id]
                    worth = Decimal(repr(slot.points)) * Decimal(repr(shares.get(slot.id, 0.0)))
                    papers[slot.attempt_id] = papers.get(slot.attempt_id, Decimal(0)) + worth
                for attempt in db.session.scalars(select(Attempt).where(Attempt.kind == AttemptKind.QUIZ)):
                    if attempt.score is None:
                        continue
                    assert attempt.late_penalty == 0
                    assert attempt.score == float(papers[attempt.id].quantize(Decimal("0.000001"), ROUND_HALF_UP))
                    percent = Decimal(repr(attempt.score)) * 100 / Decimal(repr(attempt.max_score))
                    assert attempt.percent == float(percent.quantize(Decimal("0.01"), ROUND_HALF_UP))
                for name in LEARNERS:
                    for quiz in QUIZZES:
                        self.the_score_is_that_of_what_counts(name, quiz)

        def the_score_is_that_of_what_counts(self, name: str, quiz: str) -> None:
            classes = [c for c in CLASSES if c in self.known.part[name] and (c, quiz) in self.known.set_]
            setters = {self.known.ids[c] for c in classes if self.known.set_[c, quiz].runs}
            made = db.session.execute(
                select(Attempt.percent, Attempt.number, Assignment.cohort_id)
                .outerjoin(Assignment, Assignment.id == Attempt.assignment_id)
                .where(
                    Attempt.user_id == self.known.ids[name],
                    Attempt.quiz_id == quiz,
                    Attempt.kind == AttemptKind.QUIZ,
                    Attempt.state == AttemptState.SUBMITTED,
                    Attempt.set_aside.is_(None),
                )
            ).all()
            counting = [
                (number, percent)
                for percent, number, under in made
                if percent is not None and (not setters or under in setters)
            ]
            # The course says that the last attempt at this one counts, and of the other the best.
            kept = max(counting)[1] if quiz == "bread" and counting else max((p for _, p in counting), default=None)
            found = service.result_for(self.person(name), self.course().quiz(quiz))
            assert found.percent == kept, (name, quiz, counting)

        @invariant()
        def every_acknowledged_answer_is_there_once(self) -> None:
            with app.app_context():
                steps: dict[tuple[int, int], list[Any]] = {}
                kept = (
                    select(Slot.attempt_id, Slot.position, Step.response)
                    .join(Step, Step.slot_id == Slot.id)
                    .join(Attempt, Attempt.id == Slot.attempt_id)
                    .where(Step.action == StepAction.ANSWER, Attempt.kind != AttemptKind.REVIEW)
                    .order_by(Step.slot_id, Step.sequence)
                )
                for attempt_id, position, response in db.session.execute(kept):
                    steps.setdefault((attempt_id, position), []).append(response)
                assert steps == self.known.answers
                for (attempt_id, position), responses in self.known.answers.items():
                    slot = db.session.scalar(
                        select(Slot).where(Slot.attempt_id == attempt_id, Slot.position == position)
                    )
                    assert slot is not None
                    assert slot.response == responses[-1]

    def _in(hours: int | None) -> datetime | None:
        return None if hours is None else clock() + timedelta(hours=hours)

    return Acts


@pytest.mark.long
def test_in_any_order_no_key_comes_early_no_limit_is_exceeded_and_no_answer_is_lost(
    app: Flask, workshop: Workshop, clock: Clock
) -> None:
    run_state_machine_as_test(
        machine(app, workshop, clock),
        settings=settings(
            max_examples=ORDERS,
            stateful_step_count=25,
            derandomize=True,
            # Not shrunk: a failure is told in the time a success takes.
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
