"""A recorded result changes in the open: each way to change one × forecast, outcome, audit entry, note and way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock
from tests.quizzes.conftest import Desk
from webapp.accounts import service as accounts
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, User
from webapp.audit.models import AuditEntry
from webapp.classes import accommodations, assignments, attempts
from webapp.classes.assignments import Rules
from webapp.content.course.course import Course
from webapp.database import db
from webapp.progress import standing
from webapp.progress.work import work_of
from webapp.quizzes import service
from webapp.quizzes.grade_changes import notes, overrides, policies
from webapp.quizzes.grade_changes.changes import NotDecided, NotUndone
from webapp.quizzes.grade_changes.forecast import ChangeForecast
from webapp.quizzes.grade_changes.models import GradeNote, RecordedChange
from webapp.quizzes.models import Attempt, Slot, Step
from webapp.quizzes.regrade import preview, run
from webapp.quizzes.vocabulary import LatePolicy
from webapp.reports import scope
from webapp.reports.scores import gradebook_table, quiz_columns, score_rows

#: the last line of the quiz with every type: nine questions in a fixed order, worth 1 2 1 2 1 2 2 3 2 points
UNSHUFFLED = "    shuffle_questions: false\n"
WHY = "As agreed in the staff meeting."


class School:
    """An instructor with a class of three on a course whose files can be edited, by the services."""

    def __init__(self, app: Flask, bank: Path, clock: Clock) -> None:
        self.app, self.bank, self.clock = app, bank, clock
        teacher = self._person("Tess", "instructor")
        cohort = Cohort(course_id="tea-and-bread", name="11b", join_code="code", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=teacher))
        self.teacher_id, self.cohort_id = teacher, cohort.id
        self.ids = {name: self._person(name) for name in ("Ada", "Bo", "Cy")}
        for user_id in self.ids.values():
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=user_id, joined_at=clock()))
        db.session.commit()

    def _person(self, name: str, role: str = "learner") -> int:
        return accounts.create_user(
            name=name, username=name.lower(), password="correct horse battery", role=role, now=self.clock()
        ).id

    @property
    def course(self) -> Course:
        return self.app.extensions["courses"].only.current()

    @property
    def teacher(self) -> User:
        return db.session.get_one(User, self.teacher_id)

    @property
    def cohort(self) -> Cohort:
        return db.session.get_one(Cohort, self.cohort_id)

    def user(self, name: str) -> User:
        return db.session.get_one(User, self.ids[name])

    def take(self, name: str, quiz_id: str, right: int) -> Attempt:
        """Somebody hands in a paper with so many of its questions right."""
        return Desk(self.ids[name], self.course, self.clock).take(quiz_id, lambda slot: slot.position <= right)

    def edit(self, old: str, new: str, file: str = "course.yaml") -> None:
        """An edit of a file, as by git."""
        path = self.bank / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    def figures(self, name: str, quiz_id: str) -> tuple[float | None, bool | None]:
        """The result as the gradebook, its exports and the learner's pages show it; they have to agree."""
        user, quiz = self.user(name), self.course.quiz(quiz_id)
        people, columns = scope.everybody("tea-and-bread"), quiz_columns(self.course)
        (row,) = [row for row in score_rows(people, columns) if (row.learner, row.quiz) == (name.lower(), quiz_id)]
        said = {(row.percent, row.passed)}
        if quiz is not None:
            recorded = service.result_for(user, quiz)
            offered = service.offer(user, quiz, self.course, self.clock()).score
            work = work_of(user, self.course, self.clock()).score(quiz)
            home = standing.standing(user, self.course, self.clock(), mastery={}).scores[quiz_id]
            said |= {(each.percent, each.passed) for each in (recorded, offered, work, home)}
        assert len(said) == 1, said
        return said.pop()

    def notes(self, name: str) -> list[GradeNote]:
        return [note.row for note in notes.unseen(self.user(name), self.clock(), self.course.id)]

    def check(self, seen: ChangeForecast, quiz_id: str) -> None:
        """The forecast is the outcome, the log has it with before and after, and whom it touches has a note."""
        change = db.session.scalars(select(RecordedChange).order_by(RecordedChange.id.desc()).limit(1)).one()
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "grades.changed").order_by(AuditEntry.id.desc()).limit(1)
        ).one()
        assert (change.touched, change.gained, change.lost) == (
            len(seen.differences), seen.newly_passed, seen.newly_failed,
        )  # fmt: skip
        assert entry.details["change"] == change.id
        assert {(each["user"], each["from"], each["to"]) for each in entry.details["results"]} == {
            (each.user_id, each.percent_before, each.percent_after) for each in seen.differences
        }
        assert {"before", "after"} <= set(entry.details)
        assert entry.reason == change.reason
        names = {user_id: name for name, user_id in self.ids.items()}
        for each in seen.differences:
            name = names[each.user_id]
            if each.attempt_id is None or each.quiz_id == quiz_id:
                told = self.notes(name)[0]
                assert (told.change_id, told.percent_before, told.percent_after) == (
                    change.id, each.percent_before, each.percent_after,
                )  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def school(
    request: pytest.FixtureRequest, make_app: Callable[..., Flask], bank: Path, clock: Clock
) -> Iterator[School]:
    url = request.getfixturevalue("postgres")() if request.param == "postgresql" else ""
    app = make_app(database_url=url)
    with app.app_context():
        yield School(app, bank, clock)


# --- the rules of a quiz ---------------------------------------------------------------------------------------------


@pytest.fixture
def edited(school: School) -> School:
    """Ada has 100 and then 38 at a quiz where the last attempt counts and 60 passes; Bo 69; then the file says the best
    counts and 80 passes. (S1 of the instructors: best to last and another pass mark changed 12 of 30 results silently.)
    """
    school.edit(UNSHUFFLED, UNSHUFFLED + "    score: last\n")
    for right in (9, 4):
        school.take("Ada", "every-type", right)
    school.take("Bo", "every-type", 7)
    school.edit(UNSHUFFLED + "    score: last\n", UNSHUFFLED + "    score: best\n    pass_mark: 80\n")
    return school


def test_an_edit_of_the_rules_changes_nothing_that_is_recorded(edited: School) -> None:
    assert edited.course.quiz("every-type").policy.pass_mark == 80
    assert edited.figures("Ada", "every-type") == (37.5, False)
    assert edited.figures("Bo", "every-type") == (68.75, True)


def test_who_has_begun_goes_on_by_the_rules_they_began_under_and_who_begins_has_the_new_ones(edited: School) -> None:
    again, first = edited.take("Bo", "every-type", 7), edited.take("Cy", "every-type", 7)
    assert (again.keep, again.mark, again.passed) == ("last", 60, True)
    assert (first.keep, first.mark, first.passed) == ("best", 80, False)
    assert edited.figures("Bo", "every-type") == (68.75, True)
    assert edited.figures("Cy", "every-type") == (68.75, False)
    quiz = edited.course.quiz("every-type")
    assert service.offer(edited.user("Bo"), quiz, edited.course, edited.clock()).rules == ("last", 60)
    assert service.offer(None, quiz, edited.course, edited.clock()).rules == ("best", 80)


def test_the_desk_says_that_the_file_and_what_is_recorded_differ(edited: School) -> None:
    (state,) = policies.undecided(edited.course, edited.teacher)
    assert (state.quiz.id, state.of_file, state.recorded) == ("every-type", ("best", 80), ((("last", 60), 3),))


def test_the_rules_applied_do_what_the_forecast_said(edited: School) -> None:
    quiz = edited.course.quiz("every-type")
    seen = policies.forecast(quiz, edited.teacher)
    assert [(d.user_id, d.percent_before, d.percent_after, d.passed_after) for d in seen.differences] == [
        (edited.ids["Bo"], 68.75, 68.75, False),
        (edited.ids["Ada"], 37.5, 100.0, True),
    ]
    assert (seen.newly_passed, seen.newly_failed) == (1, 1)
    with pytest.raises(NotDecided) as refused:
        policies.apply(quiz, reason=" ", by=edited.teacher, now=edited.clock())
    assert refused.value.forecast == seen
    assert edited.figures("Ada", "every-type") == (37.5, False)
    done = policies.apply(quiz, reason=WHY, by=edited.teacher, now=edited.clock(), seen=seen.seal)
    db.session.commit()
    assert done.forecast == seen
    assert edited.figures("Ada", "every-type") == (100.0, True)
    assert edited.figures("Bo", "every-type") == (68.75, False)
    edited.check(seen, "every-type")
    assert edited.notes("Cy") == []
    assert policies.undecided(edited.course, edited.teacher) == []


def test_a_forecast_that_moved_is_looked_at_again(edited: School) -> None:
    quiz = edited.course.quiz("every-type")
    seen = policies.forecast(quiz, edited.teacher)
    edited.take("Bo", "every-type", 0)
    with pytest.raises(NotDecided):
        policies.apply(quiz, reason=WHY, by=edited.teacher, now=edited.clock(), seen=seen.seal)


def test_rules_that_were_applied_are_taken_back_but_not_what_was_decided_since(edited: School) -> None:
    quiz = edited.course.quiz("every-type")
    first = policies.apply(quiz, reason=WHY, by=edited.teacher, now=edited.clock()).change
    assert first is not None
    back = policies.undo(first, reason="Too strict.", by=edited.teacher, now=edited.clock())
    db.session.commit()
    assert edited.figures("Ada", "every-type") == (37.5, False)
    assert edited.figures("Bo", "every-type") == (68.75, True)
    edited.check(back.forecast, "every-type")
    with pytest.raises(NotUndone):
        policies.undo(first, reason="Again.", by=edited.teacher, now=edited.clock())
    second = policies.apply(quiz, reason=WHY, by=edited.teacher, now=edited.clock()).change
    assert second is not None
    edited.edit("pass_mark: 80", "pass_mark: 50")
    policies.apply(edited.course.quiz("every-type"), reason=WHY, by=edited.teacher, now=edited.clock())
    with pytest.raises(NotUndone):
        policies.undo(second, reason="Late.", by=edited.teacher, now=edited.clock())
    assert edited.figures("Bo", "every-type") == (68.75, True)


def test_it_can_be_decided_that_what_is_recorded_stays(edited: School) -> None:
    policies.leave(
        edited.course.quiz("every-type"), reason="Holds from next year on.", by=edited.teacher, now=edited.clock()
    )
    db.session.commit()
    assert policies.undecided(edited.course, edited.teacher) == []
    assert edited.figures("Ada", "every-type") == (37.5, False)
    edited.edit("pass_mark: 80", "pass_mark: 90")
    assert len(policies.undecided(edited.course, edited.teacher)) == 1, "that was not decided about"


def test_an_instructor_decides_for_their_own_learners_only(edited: School) -> None:
    edited.edit("    score: best\n    pass_mark: 80\n", "")
    stranger = Desk(edited._person("Zoe"), edited.course, edited.clock)
    stranger.take("every-type", lambda slot: slot.position <= 7)
    edited.edit(UNSHUFFLED, UNSHUFFLED + "    score: best\n    pass_mark: 80\n")
    quiz = edited.course.quiz("every-type")
    policies.apply(quiz, reason=WHY, by=edited.teacher, now=edited.clock())
    db.session.commit()
    assert service.result_for(stranger.user, quiz).passed is True


def test_a_quiz_that_counts_no_more_keeps_its_column_in_the_gradebook(school: School) -> None:
    school.take("Ada", "bread", 3)
    school.edit("    score: last\n", "    score: last\n    graded: false\n")
    heads = [
        column.name for column in gradebook_table(scope.everybody("tea-and-bread"), quiz_columns(school.course)).columns
    ]
    assert "bread" in heads
    assert school.figures("Ada", "bread") == (100.0, True)


# --- one answer ------------------------------------------------------------------------------------------------------


def slot_of(attempt: Attempt, position: int) -> Slot:
    return db.session.scalars(select(Slot).where(Slot.attempt_id == attempt.id, Slot.position == position)).one()


def test_one_answer_is_overruled_and_told_with_the_reason(school: School) -> None:
    attempt = school.take("Ada", "every-type", 8)
    slot = overrides.graded_slot(attempt, 9)
    before = school.figures("Ada", "every-type")
    steps = [(step.id, step.fraction) for step in slot.steps]
    seen = overrides.forecast(slot, Decimal(1))
    assert school.figures("Ada", "every-type") == before, "a forecast changes nothing"
    slot = overrides.graded_slot(attempt, 9)
    assert [(step.id, step.fraction) for step in slot.steps] == steps
    done = overrides.override(slot, Decimal(1), reason="Also right.", by=school.teacher, now=school.clock())
    db.session.commit()
    assert done.forecast == seen
    assert school.figures("Ada", "every-type") == (seen.differences[0].percent_after, True)
    slot = slot_of(attempt, 9)
    assert [(step.id, step.fraction) for step in slot.steps[:-1]] == steps
    assert slot.steps[-1].action == "override"
    assert slot.overruled
    school.check(seen, "every-type")
    assert school.notes("Ada")[0].change.reason == "Also right."


@pytest.mark.parametrize("points", ["-0.01", "99"])
def test_points_beyond_the_question_are_refused(school: School, points: str) -> None:
    attempt = school.take("Ada", "bread", 2)
    with pytest.raises(overrides.OutOfRange):
        overrides.override(
            overrides.graded_slot(attempt, 3), Decimal(points), reason="x", by=school.teacher, now=school.clock()
        )


def regraded(school: School, question_id: str) -> None:
    regrade = run.begin(
        question_id, school.course, policy="full-marks", reason="Ambiguous.", actor=school.teacher, now=school.clock()
    )
    regrade_id = regrade.id
    db.session.commit()
    while run.advance(regrade_id, school.clock()).state != "done":
        db.session.commit()
    db.session.commit()


def test_an_override_stands_whatever_is_regraded_until_it_is_taken_back(school: School) -> None:
    attempt = school.take("Ada", "every-type", 8)
    slot = overrides.graded_slot(attempt, 9)
    question_id, most = slot.question_id, slot.points
    first = overrides.override(slot, Decimal("0.5"), reason="Half.", by=school.teacher, now=school.clock())
    regraded(school, question_id)
    assert slot_of(attempt, 9).fraction == pytest.approx(0.5 / most, abs=1e-6)
    assert first.change is not None
    back = overrides.take_back(first.change, reason="Not so.", by=school.teacher, now=school.clock())
    db.session.commit()
    slot = slot_of(attempt, 9)
    assert (slot.fraction, slot.overruled) == (0.0, False)
    assert [step.action for step in slot.steps][-2:] == ["override", "override"], "taking back appends"
    school.check(back.forecast, "every-type")
    regraded(school, question_id)
    assert slot_of(attempt, 9).fraction == 1.0, "from now on it is regraded as the others are"
    with pytest.raises(NotUndone):
        overrides.take_back(first.change, reason="Again.", by=school.teacher, now=school.clock())


def test_an_earlier_override_is_not_taken_back_over_a_later_one(school: School) -> None:
    attempt = school.take("Ada", "bread", 2)
    first = overrides.override(
        overrides.graded_slot(attempt, 3), Decimal("0.5"), reason="Half.", by=school.teacher, now=school.clock()
    ).change
    overrides.override(
        overrides.graded_slot(attempt, 3), Decimal(1), reason="All.", by=school.teacher, now=school.clock()
    )
    assert first is not None
    with pytest.raises(NotUndone):
        overrides.take_back(first, reason="x", by=school.teacher, now=school.clock())


# --- the key ---------------------------------------------------------------------------------------------------------


def test_a_regrade_tells_whose_result_it_changed_and_so_does_its_undoing(school: School) -> None:
    attempt = school.take("Ada", "every-type", 8)
    school.take("Bo", "every-type", 9)
    question_id = slot_of(attempt, 9).question_id
    state = preview.standing(question_id, school.course)
    assert state is not None
    expected = preview.forecast(state, "full-marks").differences
    regraded(school, question_id)
    (told,) = school.notes("Ada")
    assert [(told.percent_before, told.percent_after)] == [(d.percent_before, d.percent_after) for d in expected]
    assert (told.change.kind, told.change.reason) == ("key", "Ambiguous.")
    assert school.notes("Bo") == []
    latest = preview.standing(question_id, school.course)
    assert latest is not None
    assert latest.latest is not None
    undoing = run.undo(latest.latest, reason="Clear after all.", actor=school.teacher, now=school.clock())
    while run.advance(undoing.id, school.clock()).state != "done":
        db.session.commit()
    db.session.commit()
    assert school.notes("Ada")[0].change.undoes == told.change_id
    assert (school.notes("Ada")[0].percent_before, school.notes("Ada")[0].percent_after) == (
        told.percent_after, told.percent_before,
    )  # fmt: skip


# --- dates and accommodations ----------------------------------------------------------------------------------------


@pytest.fixture
def late(school: School) -> School:
    """Ada and Bo handed in an hour late, where lateness costs 20 percent a day; Cy in time."""
    rules = Rules(due_at=school.clock(), late_policy=LatePolicy.PENALTY, late_percent=20)
    assignments.assign(school.cohort, "every-type", rules, by=school.teacher, now=school.clock())
    school.take("Cy", "every-type", 9)
    school.clock.advance(hours=1)
    school.take("Ada", "every-type", 9)
    school.take("Bo", "every-type", 7)
    return school


def test_other_dates_change_late_results_for_a_reason_and_back(late: School) -> None:
    assert late.figures("Ada", "every-type") == (80.0, True)
    now = late.clock()
    later = Rules(due_at=now, late_policy=LatePolicy.PENALTY, late_percent=20)
    with pytest.raises(NotDecided) as refused:
        assignments.assign(late.cohort, "every-type", later, by=late.teacher, now=now)
    seen = refused.value.forecast
    assert late.figures("Ada", "every-type") == (80.0, True), "nothing is changed without a reason"
    assert assignments.of_cohort(late.cohort)["every-type"].due_at < now
    assert [d.user_id for d in seen.differences] == [late.ids["Bo"], late.ids["Ada"]]
    assignments.assign(late.cohort, "every-type", later, by=late.teacher, now=now, reason=WHY, seen=seen.seal)
    db.session.commit()
    assert late.figures("Ada", "every-type") == (100.0, True)
    assert late.figures("Bo", "every-type") == (68.75, True)
    late.check(seen, "every-type")
    change = db.session.scalars(select(RecordedChange)).one()
    assignments.undo(change, reason="It was announced.", by=late.teacher, now=now)
    db.session.commit()
    assert late.figures("Ada", "every-type") == (80.0, True)
    assert late.notes("Ada")[0].change.undoes == change.id
    with pytest.raises(NotUndone):
        assignments.undo(change, reason="Twice.", by=late.teacher, now=now)


def test_dates_that_were_changed_again_are_not_taken_back(late: School) -> None:
    now = late.clock()
    for percent in (10, 5):
        due = assignments.of_cohort(late.cohort)["every-type"].due_at
        rules = Rules(due_at=due, late_policy=LatePolicy.PENALTY, late_percent=percent)
        assignments.assign(late.cohort, "every-type", rules, by=late.teacher, now=now, reason=WHY)
    first = db.session.scalars(select(RecordedChange).order_by(RecordedChange.id)).first()
    assert first is not None
    with pytest.raises(NotUndone):
        assignments.undo(first, reason="x", by=late.teacher, now=now)
    assert late.figures("Ada", "every-type") == (95.0, True)


def test_withdrawing_an_assignment_says_whose_results_that_changes(late: School) -> None:
    with pytest.raises(NotDecided) as refused:
        assignments.withdraw(late.cohort, "every-type", by=late.teacher, now=late.clock())
    seen = refused.value.forecast
    assignments.withdraw(late.cohort, "every-type", by=late.teacher, now=late.clock(), reason=WHY, seen=seen.seal)
    db.session.commit()
    assert late.figures("Ada", "every-type") == (100.0, True)
    late.check(seen, "every-type")


def test_an_accommodation_and_its_end_say_whose_results_they_change(late: School) -> None:
    grant: dict[str, Any] = {
        "person": late.user("Ada"), "quiz_id": "every-type", "extra_time_percent": 0, "extra_attempts": 0,
        "later_hours": 48, "by": late.teacher, "now": late.clock(),
    }  # fmt: skip
    with pytest.raises(NotDecided) as refused:
        accommodations.grant(late.cohort, reason="", **grant)
    seen = refused.value.forecast
    assert [(d.user_id, d.percent_before, d.percent_after) for d in seen.differences] == [(late.ids["Ada"], 80, 100)]
    grant |= {"person": late.user("Ada"), "by": late.teacher}
    accommodations.grant(late.cohort, reason="Was ill.", seen=seen.seal, **grant)
    db.session.commit()
    assert late.figures("Ada", "every-type") == (100.0, True)
    late.check(seen, "every-type")
    ((granted, _person),) = accommodations.of_cohort(late.cohort, by=late.teacher)
    with pytest.raises(NotDecided):
        accommodations.end(late.cohort, granted.id, by=late.teacher, now=late.clock())
    accommodations.end(late.cohort, granted.id, by=late.teacher, now=late.clock(), reason="Came too early.")
    db.session.commit()
    assert late.figures("Ada", "every-type") == (80.0, True)


# --- resets, and joining of accounts ---------------------------------------------------------------------------------


def test_a_reset_that_changes_the_result_is_forecast_and_told(school: School) -> None:
    school.take("Ada", "bread", 3)
    second = school.take("Ada", "bread", 0)
    with pytest.raises(NotDecided) as refused:
        attempts.reset(second, reason=WHY, by=school.teacher, now=school.clock(), seen="")
    seen = refused.value.forecast
    assert [(d.percent_before, d.percent_after) for d in seen.differences] == [(0.0, 100.0)]
    assert school.figures("Ada", "bread") == (0.0, False)
    attempts.reset(second, reason=WHY, by=school.teacher, now=school.clock(), seen=seen.seal)
    db.session.commit()
    assert school.figures("Ada", "bread") == (100.0, True)
    school.check(seen, "bread")


def test_joining_a_guest_to_an_account_tells_whose_result_that_changes(school: School) -> None:
    school.take("Ada", "bread", 3)
    guest = accounts.create_guest(now=school.clock())
    db.session.commit()
    Desk(guest.id, school.course, school.clock).take("bread", lambda slot: False)
    accounts.merge(db.session.get_one(User, guest.id), school.user("Ada"))
    db.session.commit()
    assert school.figures("Ada", "bread") == (0.0, False), "the quiz is set to no class, and the last attempt counts"
    (change,) = db.session.scalars(select(RecordedChange)).all()
    assert (change.kind, change.touched) == ("merge", 1)
    (note,) = school.notes("Ada")
    assert (note.change_id, note.percent_before, note.percent_after) == (change.id, 100.0, 0.0)


def test_what_a_guest_did_at_a_quiz_that_is_set_changes_no_result_when_it_joins(school: School) -> None:
    assignments.assign(school.cohort, "bread", Rules(), by=school.teacher, now=school.clock())
    db.session.commit()
    school.take("Ada", "bread", 3)
    guest = accounts.create_guest(now=school.clock())
    db.session.commit()
    Desk(guest.id, school.course, school.clock).take("bread", lambda slot: False)
    accounts.merge(db.session.get_one(User, guest.id), school.user("Ada"))
    db.session.commit()
    assert school.figures("Ada", "bread") == (100.0, True)
    assert db.session.scalars(select(RecordedChange)).all() == []
    assert school.notes("Ada") == []


# --- the notes -------------------------------------------------------------------------------------------------------


def test_a_note_waits_as_long_as_the_result_it_tells_of(school: School) -> None:
    feedback = school.clock.at.replace(hour=18)
    rules = Rules(feedback_at=feedback)
    assignments.assign(school.cohort, "bread", rules, by=school.teacher, now=school.clock())
    attempt = school.take("Ada", "bread", 2)
    points = Decimal(str(slot_of(attempt, 3).points))
    overrides.override(
        overrides.graded_slot(attempt, 3), points, reason="Right.", by=school.teacher, now=school.clock()
    )
    db.session.commit()
    assert school.notes("Ada") == []
    school.clock.set(feedback)
    assert [row.percent_after for row in school.notes("Ada")] == [100.0]


def test_a_note_that_was_seen_is_put_away_by_its_own_learner_only(school: School) -> None:
    attempt = school.take("Ada", "bread", 2)
    overrides.override(
        overrides.graded_slot(attempt, 3), Decimal(1), reason="Right.", by=school.teacher, now=school.clock()
    )
    db.session.commit()
    (row,) = school.notes("Ada")
    assert notes.see(school.user("Bo"), [row.id], school.clock()) == 0
    assert notes.see(school.user("Ada"), [row.id], school.clock()) == 1
    db.session.commit()
    assert school.notes("Ada") == []
    assert db.session.get_one(GradeNote, row.id).seen_at == school.clock()


def test_steps_of_overrides_are_never_changed_by_a_later_change(school: School) -> None:
    attempt = school.take("Ada", "every-type", 8)
    overrides.override(
        overrides.graded_slot(attempt, 9), Decimal(1), reason="Right.", by=school.teacher, now=school.clock()
    )
    kept = [(step.id, step.sequence, step.fraction) for step in db.session.scalars(select(Step).order_by(Step.id))]
    regraded(school, slot_of(attempt, 1).question_id)
    after = [(step.id, step.sequence, step.fraction) for step in db.session.scalars(select(Step).order_by(Step.id))]
    assert after[: len(kept)] == kept
