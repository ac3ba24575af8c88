"""Regrading on the real tables: what it changes, what it leaves alone, and that nothing of it depends on luck."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock
from tests.quizzes.conftest import Desk
from webapp import questions
from webapp.content.course import revision
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes import results, service
from webapp.quizzes.models import Attempt, Regrade, Slot, Step
from webapp.quizzes.regrade.policies import NotPossible
from webapp.quizzes.regrade.preview import forecast, outdated, standing
from webapp.quizzes.regrade.run import advance, begin, undo

QUESTION = "tea-choice"


@pytest.fixture
def mend(app: Flask, bank: Path) -> Callable[..., Course]:
    """Edits the tea questions on disk, as an instructor would, and gives the course as it is then."""

    def edit(old: str, new: str) -> Course:
        path = bank / "1-tea" / "questions.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        mended: Course = app.extensions["courses"].only.current()
        return mended

    return edit


@pytest.fixture
def move_key(mend: Callable[..., Course]) -> Callable[[], Course]:
    """The key of tea-choice moves from b (the air) to c (heating)."""

    def move() -> Course:
        mend("Leaving it in the air, key: true,", "Leaving it in the air,")
        return mend("Heating it at once,", "Heating it at once, key: true,")

    return move


@pytest.fixture
def sit(another_desk: Callable[[], Desk]) -> Callable[..., Attempt]:
    """One learner takes the paper with every type, and answers the first question with an option; the rest is right."""

    def take(option: str | None) -> Attempt:
        desk = another_desk()
        attempt = desk.start("every-type")
        desk.answer_all(attempt)
        desk.answer(attempt, 1, {"option": option} if option else None)
        return desk.submit(attempt)

    return take


def run(regrade: Regrade, clock: Clock, batch: int = 2) -> Regrade:
    """Drives a regrade to its end, a transaction for each batch, as its page does."""
    regrade_id = regrade.id
    db.session.commit()
    while advance(regrade_id, clock(), batch=batch).state != "done":
        db.session.commit()
    db.session.commit()
    return db.session.get_one(Regrade, regrade_id)


def slot_of(attempt: Attempt) -> Slot:
    found = db.session.scalar(select(Slot).where(Slot.attempt_id == attempt.id, Slot.question_id == QUESTION))
    assert found is not None
    return found


def picture() -> list[Any]:
    """All that regrading may touch, but for the times."""
    steps = db.session.execute(
        select(Step.slot_id, Step.sequence, Step.action, Step.fraction, Step.digest).order_by(
            Step.slot_id, Step.sequence
        )
    ).all()
    slots = db.session.execute(select(Slot.id, Slot.sequence, Slot.fraction, Slot.graded_by).order_by(Slot.id)).all()
    attempts = db.session.execute(
        select(Attempt.id, Attempt.score, Attempt.percent, Attempt.passed).order_by(Attempt.id)
    ).all()
    return [*map(tuple, steps), *map(tuple, slots), *map(tuple, attempts)]


def test_an_unchanged_question_has_nothing_to_regrade(sit: Any, course: Course) -> None:
    sit("b")
    state = standing(QUESTION, course)
    assert state is not None
    assert (state.graded, state.outdated) == (1, 0)
    assert outdated(course) == {}


def test_the_dry_run_says_who_gains_who_loses_and_changes_nothing(sit: Any, move_key: Any) -> None:
    loses, gains, keeps = sit("b"), sit("c"), sit("a")
    course = move_key()
    before = picture()
    state = standing(QUESTION, course)
    assert state is not None
    assert state.outdated == 3
    seen = forecast(state, "recompute")
    assert (seen.affected, seen.up, seen.down, seen.same) == (3, 1, 1, 1)
    assert [(d.attempt_id, d.before, d.after) for d in seen.differences] == [(loses.id, 1, 0), (gains.id, 0, 1)]
    # 16 points; the first question is worth 1. 15/16 = 93.75 %.
    assert (seen.differences[0].percent_before, seen.differences[0].percent_after) == (100.0, 93.75)
    assert seen.mean_before == seen.mean_after == 95.83
    assert picture() == before
    assert keeps.percent == 93.75


def test_the_commit_does_what_the_dry_run_said(sit: Any, move_key: Any, clock: Clock) -> None:
    attempts = [sit(option) for option in ("b", "c", "a", None, "c")]
    course = move_key()
    state = standing(QUESTION, course)
    assert state is not None
    seen = forecast(state, "recompute")
    regrade = run(begin(QUESTION, course, policy="recompute", reason="Key was wrong.", actor=None, now=clock()), clock)
    assert (regrade.up, regrade.down, regrade.total, regrade.done) == (seen.up, seen.down, 5, 5)
    for difference in seen.differences:
        assert db.session.get_one(Attempt, difference.attempt_id).percent == difference.percent_after
    assert [slot_of(attempt).fraction for attempt in attempts] == [0, 1, 0, 0, 1]
    after = standing(QUESTION, course)
    assert after is not None
    assert after.outdated == 0
    assert outdated(course) == {}


def test_steps_are_added_and_none_is_replaced(sit: Any, move_key: Any, clock: Clock) -> None:
    attempt = sit("b")
    old = [(step.id, step.fraction) for step in slot_of(attempt).steps]
    course = move_key()
    regrade = run(begin(QUESTION, course, policy="recompute", reason="", actor=None, now=clock()), clock)
    slot = slot_of(attempt)
    assert [(step.id, step.fraction) for step in slot.steps[: len(old)]] == old
    added = slot.steps[-1]
    assert (added.action, added.fraction, added.regrade_id) == ("regrade", 0.0, regrade.id)
    assert added.digest == slot.graded_by == revision.digest(course.question(QUESTION))
    assert added.sequence == slot.sequence


def test_never_lower_leaves_nobody_worse_off(sit: Any, move_key: Any, clock: Clock) -> None:
    had, gains = sit("b"), sit("c")
    run(begin(QUESTION, move_key(), policy="never-lower", reason="", actor=None, now=clock()), clock)
    assert slot_of(had).fraction == slot_of(gains).fraction == 1
    assert had.percent == gains.percent == 100


def test_full_marks_go_to_everybody_also_without_an_answer(sit: Any, course: Course, clock: Clock) -> None:
    attempts = [sit(option) for option in ("a", "b", None)]
    regrade = run(begin(QUESTION, course, policy="full-marks", reason="", actor=None, now=clock()), clock)
    assert [slot_of(attempt).fraction for attempt in attempts] == [1, 1, 1]
    assert regrade.up == 2
    assert len(slot_of(attempts[1]).steps) == 2, "who has full marks by the same key needs no new step"


def test_an_undone_regrade_leaves_the_grades_that_were_there(sit: Any, move_key: Any, clock: Clock) -> None:
    attempts = [sit(option) for option in ("b", "c", "a")]
    before = [(slot_of(a).fraction, slot_of(a).graded_by, a.score, a.percent, a.passed) for a in attempts]
    course = move_key()
    regrade = run(begin(QUESTION, course, policy="recompute", reason="", actor=None, now=clock()), clock)
    undone = run(undo(regrade, reason="The key was right after all.", actor=None, now=clock()), clock)
    assert [(slot_of(a).fraction, slot_of(a).graded_by, a.score, a.percent, a.passed) for a in attempts] == before
    assert [step.action for step in slot_of(attempts[0]).steps][-2:] == ["regrade", "regrade"]
    assert (undone.policy, undone.undoes, undone.total) == ("undo", regrade.id, 3)
    again = run(undo(undone, reason="", actor=None, now=clock()), clock)
    assert [slot_of(attempt).fraction for attempt in attempts] == [0, 1, 0]
    assert again.undoes == undone.id


def test_only_the_latest_regrade_can_be_undone(sit: Any, move_key: Any, clock: Clock) -> None:
    sit("b")
    course = move_key()
    first = run(begin(QUESTION, course, policy="recompute", reason="", actor=None, now=clock()), clock)
    run(begin(QUESTION, course, policy="full-marks", reason="", actor=None, now=clock()), clock)
    with pytest.raises(NotPossible, match="not-latest"):
        undo(first, reason="", actor=None, now=clock())


def test_a_run_killed_in_the_middle_ends_like_one_that_was_not(sit: Any, move_key: Any, clock: Clock) -> None:
    for option in ("b", "c", "a", "c", "b", None, "c"):
        sit(option)
    course = move_key()
    regrade = begin(QUESTION, course, policy="recompute", reason="", actor=None, now=clock())
    db.session.commit()
    regrade_id = regrade.id

    tables = (Slot.__table__, Attempt.__table__, Regrade.__table__)

    def rows() -> dict[Any, list[dict[str, Any]]]:
        return {
            table: [dict(row._mapping) for row in db.session.execute(select(table))]
            for table in (Step.__table__, *tables)
        }

    def restore(kept: dict[Any, list[dict[str, Any]]]) -> None:
        db.session.remove()
        with db.engine.begin() as connection:
            connection.execute(Step.__table__.delete())
            connection.execute(Step.__table__.insert(), kept[Step.__table__])
            for table in tables:
                for row in kept[table]:
                    connection.execute(table.update().where(table.c.id == row["id"]).values(**row))

    start = rows()
    while advance(regrade_id, clock(), batch=2).state != "done":
        db.session.commit()
    db.session.commit()
    whole = picture()
    counts = db.session.execute(select(Regrade.up, Regrade.down, Regrade.done, Regrade.total)).one()

    restore(start)
    for _ in range(2):
        advance(regrade_id, clock(), batch=2)
        db.session.commit()
    advance(regrade_id, clock(), batch=2)
    db.session.rollback()  # the process dies before the third batch is committed
    db.session.remove()
    clock.advance(hours=1)
    while advance(regrade_id, clock(), batch=3).state != "done":
        db.session.commit()
    db.session.commit()
    assert picture() == whole
    assert db.session.execute(select(Regrade.up, Regrade.down, Regrade.done, Regrade.total)).one() == counts


def test_a_second_regrade_of_a_question_waits_for_the_first(sit: Any, move_key: Any, clock: Clock) -> None:
    sit("b")
    course = move_key()
    begin(QUESTION, course, policy="recompute", reason="", actor=None, now=clock())
    with pytest.raises(NotPossible, match="running"):
        begin(QUESTION, course, policy="full-marks", reason="", actor=None, now=clock())


def test_attempts_that_were_reset_stay_as_they_are(sit: Any, move_key: Any, clock: Clock) -> None:
    attempt = sit("c")
    service.void(attempt)
    db.session.commit()
    course = move_key()
    state = standing(QUESTION, course)
    assert state is not None
    assert state.graded == 0
    run(begin(QUESTION, course, policy="recompute", reason="", actor=None, now=clock()), clock)
    assert slot_of(attempt).fraction == 0


def test_what_was_checked_in_an_attempt_under_way_counts_anew_when_it_is_handed_in(
    desk: Desk, move_key: Any, clock: Clock
) -> None:
    attempt, slot = paper_with_question(desk)
    desk.answer(attempt, slot.position, {"option": "c"})
    service.check(desk.slot(attempt, slot.position), clock())
    db.session.commit()
    run(begin(QUESTION, move_key(), policy="recompute", reason="", actor=None, now=clock()), clock)
    assert attempt.state == "open"
    assert attempt.score is None
    assert slot_of(attempt).fraction == 1
    desk.submit(attempt)
    assert attempt.score == slot.points


def paper_with_question(desk: Desk) -> tuple[Attempt, Slot]:
    """A paper of the tea quiz, which checks single questions, that has the question on it."""
    for seed in range(50):
        attempt = desk.start("tea", seed=seed)
        for slot in attempt.slots:
            if slot.question_id == QUESTION:
                return attempt, slot
        service.void(attempt)
    raise AssertionError("no paper has the question")


def test_an_answer_follows_its_option_when_options_move(sit: Any, mend: Any, clock: Clock) -> None:
    right = sit("b")
    course = mend(
        "      - {text: Boiling it in water, feedback: Water comes later. First the leaf has to change.}\n", ""
    )
    regrade = run(begin(QUESTION, course, policy="recompute", reason="", actor=None, now=clock()), clock)
    assert slot_of(right).fraction == 1, "b is a now, and the same option"
    assert (regrade.up, regrade.down) == (0, 0)


def test_late_work_keeps_its_penalty_in_a_regrade(sit: Any, move_key: Any, clock: Clock) -> None:
    attempt = sit("b")
    attempt.late_penalty = 0.5
    db.session.commit()
    run(begin(QUESTION, move_key(), policy="recompute", reason="", actor=None, now=clock()), clock)
    assert (attempt.score, attempt.percent) == (7.5, 46.88)


def test_a_question_of_another_type_can_only_be_given_away(sit: Any, mend: Any, clock: Clock) -> None:
    sit("b")
    mend(
        "type: choice\n    level: understand\n    difficulty: easy",
        "type: multiple\n    level: understand\n    difficulty: easy",
    )
    course = mend("Boiling it in water, feedback", "Boiling it in water, key: true, feedback")
    state = standing(QUESTION, course)
    assert state is not None
    for policy in ("recompute", "never-lower"):
        with pytest.raises(NotPossible, match="type-changed"):
            begin(QUESTION, course, policy=policy, reason="", actor=None, now=clock())
        with pytest.raises(NotPossible, match="type-changed"):
            forecast(state, policy)
    assert forecast(state, "full-marks").up == 0


def test_the_result_tells_the_learner_what_changed_and_why(sit: Any, move_key: Any, clock: Clock) -> None:
    attempt = sit("c")
    course = move_key()
    run(begin(QUESTION, course, policy="recompute", reason="The key was wrong.", actor=None, now=clock()), clock)
    looked_at = next(
        r for r in results.reviews(attempt, service.slots_of(attempt, revisions=True), course) if r.changes
    )
    change = looked_at.changes[0]
    assert (change.before, change.after, change.reason) == (0.0, 1.0, "The key was wrong.")
    assert looked_at.grade.fraction == 1
    assert looked_at.shown is not None
    assert looked_at.shown != looked_at.question
    assert questions.grade(looked_at.question, looked_at.response).fraction == 1
