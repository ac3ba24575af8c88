"""Two courses on one database whose quizzes, questions, lessons and files have the same ids: what happened in the one
is neither shown nor touched by the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.exceptions import NotFound

from tests.conftest import TINY, Clock
from tests.quizzes.conftest import Desk
from webapp.accounts import personal_data, teaching
from webapp.accounts import service as accounts
from webapp.accounts.models import Cohort, User
from webapp.classes import accommodations, assignments, cohorts, given_time, grade_changes, joining, live, regrades
from webapp.classes import attempts as class_attempts
from webapp.classes.assignments import Rules
from webapp.content.course.course import Course
from webapp.content.folder_store import CourseStore
from webapp.database import db
from webapp.editor import history, impact, removals
from webapp.editor import retention as editor_retention
from webapp.editor.bank.figures import question_figures
from webapp.lessons import service as lessons
from webapp.progress import service as progress
from webapp.progress import standing
from webapp.progress.work import work_of
from webapp.quizzes import eligibility, expiry, interventions, service
from webapp.quizzes.grade_changes import notes, policies
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Attempt, Regrade, Slot
from webapp.quizzes.regrade import preview
from webapp.quizzes.regrade.policies import POLICIES
from webapp.reports import demo_class, desk, gradebook, learners, scope
from webapp.reports.exports.responses import response_table
from webapp.reports.scores import gradebook_table, quiz_columns, score_rows
from webapp.reports.statistics import answers, attention, items
from webapp.review import service as review

QUIZ, QUESTION, LESSON, FILE = "every-type", "tea-choice", "tea", "1-tea/questions.yaml"
THERE = "tea-there"


class School:
    """One teacher with a class in each of two courses, and Ada, who is in both classes. `here` and `there` are the
    courses; they differ in their id, their title and the key of one question."""

    def __init__(self, app: Flask, folder: Path, clock: Clock, make_user: Callable[..., int]) -> None:
        self.app, self.folder, self.clock = app, folder, clock
        self.store = CourseStore(folder)
        self.teacher_id = make_user("instructor", name="Tess Teacher")
        self.admin_id = make_user("admin", name="Adam Admin")
        self.ada_id, self.bo_id = make_user(name="Ada"), make_user(name="Bo")
        self.class_ids: dict[str, int] = {}
        for course in (self.here, self.there):
            cohort = cohorts.create("11b", course.id, by=self.teacher, now=clock())
            joining.join(cohort, self.ada, clock())
            self.class_ids[course.id] = cohort.id
        db.session.commit()

    @property
    def here(self) -> Course:
        return self.app.extensions["courses"].only.current()

    @property
    def there(self) -> Course:
        return self.store.current()

    @property
    def teacher(self) -> User:
        return db.session.get_one(User, self.teacher_id)

    @property
    def admin(self) -> User:
        return db.session.get_one(User, self.admin_id)

    @property
    def ada(self) -> User:
        return db.session.get_one(User, self.ada_id)

    def class_in(self, course: Course) -> Cohort:
        return db.session.get_one(Cohort, self.class_ids[course.id])

    def desk(self, course: Course, user_id: int | None = None) -> Desk:
        return Desk(user_id or self.ada_id, course, self.clock)

    def take(self, course: Course, quiz_id: str = QUIZ, *, right: bool = True, user_id: int | None = None) -> Attempt:
        return self.desk(course, user_id).take(quiz_id, lambda slot: right)

    def mend(self, old: str, new: str, file: str = FILE) -> None:
        """An edit of a file of the course there."""
        path = self.folder / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))


@pytest.fixture
def school(app: Flask, db_session: Any, tmp_path: Path, clock: Clock, make_user: Callable[..., int]) -> School:
    folder = tmp_path / "there"
    shutil.copytree(TINY, folder)
    course_file = folder / "course.yaml"
    course_file.write_text(course_file.read_text().replace("id: tea-and-bread", f"id: {THERE}", 1))
    questions = folder / FILE
    moved = questions.read_text().replace("Leaving it in the air, key: true,", "Leaving it in the air,", 1)
    questions.write_text(moved.replace("Heating it at once,", "Heating it at once, key: true,", 1))
    made = School(app, folder, clock, make_user)
    assert made.here.question(QUESTION) != made.there.question(QUESTION)
    assert {quiz.id for quiz in made.here.quizzes} == {quiz.id for quiz in made.there.quizzes}
    return made


def quiz_of(course: Course, quiz_id: str = QUIZ) -> Any:
    quiz = course.quiz(quiz_id)
    assert quiz is not None
    return quiz


def test_gradebook_statistics_and_exports_are_of_one_course(school: School) -> None:
    school.take(school.here, right=True)
    school.clock.advance(days=1)
    for _turn in range(2):
        school.take(school.there, right=False)
    for course, percent, times in ((school.here, 100.0, 1), (school.there, 0.0, 2)):
        columns = quiz_columns(course)
        for people in (
            scope.everybody(course.id),
            scope.population(school.teacher, course.id),
            scope.population(school.teacher, course.id, cohort_id=school.class_ids[course.id]),
        ):
            assert [(row.quiz, row.percent, row.attempts) for row in score_rows(people, columns)] == [
                (QUIZ, percent, times)
            ]
            table = gradebook_table(people, columns)
            at = [column.name for column in table.columns].index(QUIZ)
            assert [row[at] for row in table.rows if row[1] == "Ada"] == [percent]
            (shown,) = [each for each in gradebook.page(people, columns).items if each.name == "Ada"]
            assert shown.scores[QUIZ].percent == percent
            assert next(each for each in gradebook.spreads(people, columns) if each.quiz.id == QUIZ).mean == percent
            assert len(list(response_table(people, columns).rows)) == 9 * times
            assert desk.handed_in(people) == times
            report = items.quiz_report(people, QUIZ, answers.ALL)
            assert (report.figures.n, report.figures.mean) == (times, percent)
            assert items.quiz_report(people, QUIZ).figures.n == 1
            assert answers.counts_by_quiz(people) == {QUIZ: 1}
            assert items.facilities(people, answers.ALL)[QUESTION] == items.Facility(times, percent)
            (use,) = items.uses(people, QUESTION, answers.ALL)
            assert (use.n, use.facility) == (times, percent)
            asked = course.question(QUESTION)
            assert asked is not None
            one = items.question_report(people, asked, QUIZ, answers.ALL)
            assert sum(share.n for share in (*one.shares, *one.rest)) == times
            assert question_figures(people, course)[QUESTION].answered == 1
        dossier = learners.dossier(school.ada, course, columns, scope.classes_of(school.teacher, course.id))
        assert [(each.score.percent, len(each.attempts)) for each in dossier.quizzes if each.attempts] == [
            (percent, times)
        ]


def test_a_quiz_that_only_the_other_course_ever_had_has_no_column(school: School) -> None:
    school.mend("id: bread\n    title: Bread quiz", "id: rolls\n    title: Rolls", "course.yaml")
    school.take(school.there, "rolls")
    assert "rolls" in {column.id for column in quiz_columns(school.there)}
    assert "rolls" not in {column.id for column in quiz_columns(school.here)}


def test_attempts_are_offered_and_counted_by_course(school: School) -> None:
    for _turn in range(3):
        school.take(school.here, "bread")
    now = school.clock()
    assert service.offer(school.ada, quiz_of(school.here, "bread"), school.here, now).left == 0
    there = service.offer(school.ada, quiz_of(school.there, "bread"), school.there, now)
    assert (there.left, there.attempts, there.score.attempts) == (3, (), 0)
    assert all(not offered.attempts for offered in service.offers(school.ada, school.there, now))
    assert service.times_seen(school.ada_id, THERE) == {}
    assert service.result_for(school.ada, quiz_of(school.there, "bread")).attempts == 0
    one, other = school.desk(school.here).start("tea"), school.desk(school.there).start("tea")
    assert one.id != other.id
    assert (one.number, other.number, other.course_id) == (1, 1, THERE)
    assert school.desk(school.here).start("tea").id == one.id
    service.void(one)
    db.session.commit()
    interventions.on([one.id])
    assert school.desk(school.there).start("tea").id == other.id


def test_practice_of_mistakes_stays_in_its_course(school: School) -> None:
    wrong = [school.take(course, right=False) for course in (school.here, school.there)]
    made = [
        service.practise(school.ada, attempt, course, school.clock())
        for attempt, course in zip(wrong, (school.here, school.there), strict=True)
    ]
    assert [each.course_id for each in made if each] == [school.here.id, THERE]
    assert made[0] is not made[1]


def test_what_a_class_is_set_holds_in_its_course(school: School) -> None:
    now = school.clock()
    rules = Rules(attempts=1, access_code="rye", feedback_at=now + timedelta(days=2), time_limit=7)
    assignments.assign(school.class_in(school.there), "bread", rules, by=school.teacher, now=now)
    db.session.commit()
    here, there = quiz_of(school.here, "bread"), quiz_of(school.there, "bread")
    assert service.offer(school.ada, here, school.here, now).terms.assignment is None
    assert service.offer(school.ada, there, school.there, now).terms.needs_code
    bo = db.session.get_one(User, school.bo_id)
    assert service.offer(bo, here, school.here, now).refusal is None
    assert service.offer(bo, there, school.there, now).refusal == eligibility.Refusal("set", rules.feedback_at)
    assert eligibility.assignments_of(school.ada_id, school.here.id) == []
    attempt = school.take(school.here, "bread")
    assert service.is_released(attempt, now)
    assert work_of(school.ada, school.here, now).score(here).percent == 100.0
    assert standing.standing(school.ada, school.here, now).scores["bread"].percent == 100.0
    accommodations.grant(
        school.class_in(school.there), person=school.ada, quiz_id=None, extra_time_percent=50, extra_attempts=1,
        later_hours=0, reason="ill", by=school.teacher, now=now,
    )  # fmt: skip
    db.session.commit()
    limits = [
        service.offer(school.ada, quiz_of(c, "final"), c, now).terms.time_limit for c in (school.here, school.there)
    ]
    assert limits == [20, 20], "another class's assignments are not there, and what one grants holds under its own"
    assert service.offer(school.ada, there, school.there, now).terms.time_limit == 10.5
    given = accommodations.of_cohort(school.class_in(school.here), by=school.admin)
    assert given == []


def test_what_nobody_knows_who_granted_holds_in_its_course(school: School) -> None:
    from webapp.quizzes.models import Accommodation

    db.session.add(Accommodation(course_id=THERE, user_id=school.ada_id, extra_attempts=2, created_at=school.clock()))
    db.session.commit()
    left = [
        service.offer(school.ada, quiz_of(course, "bread"), course, school.clock()).left
        for course in (school.here, school.there)
    ]
    assert left == [3, 5]
    attempt = school.desk(school.here).start("final")
    assert attempt.deadline == attempt.started_at + timedelta(minutes=20)
    assert accommodations.of_cohort(school.class_in(school.here), by=school.admin) == []
    assert len(accommodations.of_cohort(school.class_in(school.there), by=school.admin)) == 1


def test_questions_kept_for_an_exam_are_released_by_classes_of_their_course(school: School) -> None:
    kept, file = "mixed-true-false", "mixed/questions.yaml"
    school.mend(f"  - id: {kept}\n", f"  - id: {kept}\n    use: exam\n", file)
    school.mend("  - id: final\n", "  - id: final\n    open_to: assigned\n", "course.yaml")
    now = school.clock()
    assert eligibility.kept_questions(school.there, now) == {kept}
    over = Rules(feedback_at=now - timedelta(days=1))
    assignments.assign(school.class_in(school.here), "final", over, by=school.teacher, now=now)
    assert eligibility.kept_questions(school.there, now) == {kept}
    assignments.assign(school.class_in(school.there), "final", over, by=school.teacher, now=now)
    assert eligibility.kept_questions(school.there, now) == frozenset()


def test_review_plans_by_course(school: School) -> None:
    school.take(school.here)
    now = school.clock.advance(days=400)
    assert review.plan(school.ada, school.there, now).cards == ()
    assert review.waiting(school.ada, school.there, now) == 0
    assert review.next_slot(school.ada, school.there, now) is None
    due = {card.question_id: card for card in review.plan(school.ada, school.here, now).cards}
    assert len(due) == 9
    slot = review.next_slot(school.ada, school.here, now)
    assert slot is not None
    assert slot.attempt.course_id == school.here.id
    school.take(school.there, right=False)
    later = {card.question_id: card for card in review.plan(school.ada, school.here, now).cards}
    assert later == due
    assert {card.reviews for card in review.plan(school.ada, school.there, now).cards} == {1}
    # A round in each, open at the same time.
    now = school.clock.advance(days=40)
    asked = [review.next_slot(school.ada, course, now) for course in (school.here, school.there)]
    assert [slot.attempt.course_id for slot in asked if slot] == [school.here.id, THERE]


def test_an_open_paper_holds_back_the_questions_of_its_course_only(school: School) -> None:
    school.take(school.here)
    school.desk(school.there).start(QUIZ)
    now = school.clock.advance(days=400)
    assert review.waiting(school.ada, school.here, now) > 0
    assert not review.is_held(school.ada, QUESTION, school.here, now)
    assert review.is_held(school.ada, QUESTION, school.there, now)


def test_sure_but_wrong_is_of_one_course(school: School) -> None:
    desk_there = school.desk(school.there)
    attempt = desk_there.start("tea")
    for slot in list(attempt.slots):
        desk_there.answer(attempt, slot.position, None)
    from tests.quizzes.conftest import wrong_answer

    for slot in list(attempt.slots):
        desk_there.answer(attempt, slot.position, wrong_answer(slot), certainty=3)
    desk_there.submit(attempt)
    asked = [slot.question_id for slot in attempt.slots]
    assert review.sure_but_wrong(school.ada, THERE, asked) == set(asked)
    assert review.sure_but_wrong(school.ada, school.here.id, asked) == set()


def test_progress_is_of_one_course(school: School) -> None:
    school.take(school.here, "tea")
    school.take(school.here, "before")
    now = school.clock()
    assert work_of(school.ada, school.there, now).attempts == ()
    there = standing.standing(school.ada, school.there, now)
    assert (there.scores, there.open_attempt) == ({}, None)
    assert standing.standing(school.ada, school.here, now).scores["tea"].percent == 100.0
    assert not any(state.attempts for state in there.states.values())
    school.desk(school.here).start("bread")
    assert standing.standing(school.ada, school.there, now).open_attempt is None
    nothing = progress.overview(db.session.get_one(User, school.bo_id), school.there, now)
    assert progress.overview(school.ada, school.there, now) == nothing


def test_lessons_and_their_checks_are_of_one_course(school: School) -> None:
    now = school.clock()
    here, there = (course.lesson(LESSON) for course in (school.here, school.there))
    assert here is not None
    assert there is not None
    assert (here.course_id, there.course_id) == (school.here.id, THERE)
    lessons.note_reading(school.ada, here, here.sections[0].id, "", now)
    check = here.checks[0]
    view = lessons.open_check(here, check.id)
    from webapp import questions

    kind = questions.type_of(check.question)
    key = kind.key(check.question)
    done = replace(view, response=key, grade=kind.grade(check.question, key))
    lessons.keep_check(school.ada, here, done, now)
    db.session.commit()
    assert lessons.progress_of(school.ada, [here])[LESSON].sections_read == 1
    assert not lessons.progress_of(school.ada, [there])[LESSON].is_begun
    assert lessons.last_place(school.ada, school.here) == LESSON
    assert lessons.last_place(school.ada, school.there) is None
    assert set(lessons.done_checks(school.ada, here)) == {check.id}
    assert lessons.done_checks(school.ada, there) == {}
    lessons.note_reading(school.ada, there, there.sections[1].id, "", now)
    lessons.keep_check(school.ada, there, done, now)
    db.session.commit()
    assert lessons.progress_of(school.ada, [here])[LESSON].place == here.sections[0].id
    assert lessons.progress_of(school.ada, [there])[LESSON].read == {there.sections[1].id}


def test_a_regrade_grades_one_course(school: School) -> None:
    school.take(school.here)
    school.take(school.there)
    school.mend("Heating it at once, key: true,", "Heating it at once,")
    school.mend("Leaving it in the air,", "Leaving it in the air, key: true,")
    assert preview.outdated(school.here) == {}
    assert preview.outdated(school.there) == {QUESTION: 1}
    states = [preview.standing(QUESTION, course) for course in (school.here, school.there)]
    assert [(state.graded, state.outdated) for state in states if state] == [(1, 0), (1, 1)]
    assert states[1] is not None
    looked_at = preview.forecast(states[1], POLICIES[0])
    assert (looked_at.affected, looked_at.scored, looked_at.mean_before) == (1, 1, 100.0)
    there = regrades.begin(
        QUESTION, school.there, policy=POLICIES[0], reason="key", by=school.teacher, now=school.clock()
    )
    assert there.cohorts == [school.class_ids[THERE]]
    # Two at once would undo each other, but not in two courses.
    here = regrades.begin(QUESTION, school.here, policy=POLICIES[2], reason="key", by=school.admin, now=school.clock())
    db.session.commit()
    for begun in (there, here):
        while regrades.advance(begun, by=school.teacher, now=school.clock()).is_running:
            pass
    db.session.commit()
    fractions = dict(
        db.session.execute(select(Attempt.course_id, Slot.fraction).join(Slot).where(Slot.question_id == QUESTION))
        .tuples()
        .all()
    )
    assert fractions == {school.here.id: 1.0, THERE: 0.0}
    assert [each.id for each in regrades.latest(THERE)] == [there.id]
    with pytest.raises(NotFound):
        regrades.regrade_by_id(there.id, school.here.id)
    (change,) = db.session.scalars(select(RecordedChange)).all()
    assert change.course_id == THERE
    assert grade_changes.visible(school.admin, school.here.id).items == []
    assert [each.id for each in grade_changes.visible(school.teacher, THERE).items] == [change.id]
    with pytest.raises(NotFound):
        grade_changes.change_for(school.admin, change.id, school.here.id)
    (note,) = notes.of(school.ada, school.clock())
    assert note.row.course_id == THERE
    mine = {each.course_id: each for each in db.session.scalars(select(Attempt))}
    assert notes.unseen(school.ada, school.clock(), school.here.id) == []
    assert len(notes.unseen(school.ada, school.clock(), THERE, attempt=mine[THERE])) == 1
    undone = regrades.undo(there, reason="no", by=school.teacher, now=school.clock())
    while regrades.advance(undone, by=school.teacher, now=school.clock()).is_running:
        pass
    assert db.session.scalar(select(func.count()).select_from(Regrade)) == 3


def test_a_question_that_was_taken_out_is_remembered_by_the_course_that_showed_it(school: School) -> None:
    school.take(school.there)
    assert items.latest_shown(THERE, QUESTION) == school.there.question(QUESTION)
    assert items.latest_shown(school.here.id, QUESTION) is None


def test_rules_are_decided_by_course(school: School) -> None:
    school.take(school.here, right=False)
    school.take(school.there, right=False)
    school.mend("  pass_mark: 60\n", "  pass_mark: 0\n", "course.yaml")
    assert policies.undecided(school.here, school.admin) == []
    assert QUIZ in {each.quiz.id for each in policies.undecided(school.there, school.admin)}
    quiz = quiz_of(school.there)
    assert len(policies.forecast(quiz, school.teacher).differences) == 1
    done = policies.apply(quiz, reason="easier", by=school.teacher, now=school.clock())
    db.session.commit()
    assert done.value == 1
    passed = dict(db.session.execute(select(Attempt.course_id, Attempt.passed)).tuples().all())
    assert passed == {school.here.id: False, THERE: True}
    assert done.change is not None
    assert done.change.course_id == THERE
    policies.undo(done.change, reason="no", by=school.teacher, now=school.clock())
    assert not any(db.session.scalars(select(Attempt.passed)))
    policies.leave(quiz, reason="stays", by=school.admin, now=school.clock())
    assert QUIZ not in {each.quiz.id for each in policies.undecided(school.there, school.admin)}


def test_an_act_on_an_attempt_touches_its_course(school: School) -> None:
    here, there = school.take(school.here), school.take(school.there, right=False)
    now = school.clock()
    class_attempts.reset(there, reason="again", by=school.teacher, now=now)
    db.session.commit()
    assert here.is_submitted
    assert interventions.resets(school.ada_id, quiz_of(school.here)) == []
    assert len(interventions.resets(school.ada_id, quiz_of(school.there))) == 1
    (change,) = db.session.scalars(select(RecordedChange)).all()
    assert (change.course_id, change.cohort_id) == (THERE, school.class_ids[THERE])


def test_who_teaches_in_one_course_sees_nothing_of_the_other(school: School, make_user: Callable[..., int]) -> None:
    other = db.session.get_one(User, make_user("instructor", name="Otto"))
    cohorts.add_instructor(school.class_in(school.there), other, by=school.teacher, now=school.clock())
    db.session.commit()
    here, there = school.take(school.here), school.take(school.there)
    assert teaching.may_see(other, school.ada_id, THERE)
    assert not teaching.may_see(other, school.ada_id, school.here.id)
    assert service.attempt_seen_by(other, there.id).id == there.id
    assert service.may_act_on(other, there)
    assert not service.may_act_on(other, here)
    with pytest.raises(NotFound):
        service.attempt_seen_by(other, here.id)
    with pytest.raises(NotFound):
        class_attempts.attempt_taught(other, here.id)
    with pytest.raises(NotFound):
        scope.learner_in(other, school.ada_id, school.here.id)
    assert scope.population(other, school.here.id).is_empty_handed


def test_classes_are_listed_by_course_and_joined_by_their_code(school: School) -> None:
    for course in (school.here, school.there):
        assert [each.cohort.id for each in cohorts.taught_by(school.teacher, course.id)] == [
            school.class_ids[course.id]
        ]
        assert [each.id for each in scope.classes_of(school.admin, course.id)] == [school.class_ids[course.id]]
    with pytest.raises(NotFound):
        cohorts.cohort_for(school.admin, school.class_ids[THERE], school.here.id)
    with pytest.raises(NotFound):
        scope.population(school.admin, school.here.id, cohort_id=school.class_ids[THERE])
    with pytest.raises(cohorts.NameTaken):
        cohorts.create("11B", THERE, by=school.teacher, now=school.clock())
    for course in (school.here, school.there):
        found = joining.by_code(school.class_in(course).join_code)
        assert found is not None
        assert found.course_id == course.id
    assert len(joining.classes_of(school.ada)) == 2


def test_the_live_view_shows_the_papers_of_its_course(school: School) -> None:
    for course in (school.here, school.there):
        assignments.assign(school.class_in(course), QUIZ, Rules(), by=school.teacher, now=school.clock())
    db.session.commit()
    school.take(school.there)
    (seen,) = live.view(school.class_in(school.here), QUIZ, school.clock()).sittings
    assert (seen.state, seen.attempt_id) == (live.NOT_STARTED, None)
    attempt = school.desk(school.here).start(QUIZ)
    sittings = [
        live.view(school.class_in(course), QUIZ, school.clock()).sittings for course in (school.here, school.there)
    ]
    assert sittings[0][0].attempt_id == attempt.id
    assert sittings[1][0].attempt_id != attempt.id


def test_an_incident_gives_time_to_the_class_it_met(school: School) -> None:
    now = school.clock()
    for course in (school.here, school.there):
        assignments.assign(school.class_in(course), "final", Rules(time_limit=30), by=school.teacher, now=now)
    db.session.commit()
    here, there = (school.desk(course).start("final") for course in (school.here, school.there))
    assert there.assignment is not None
    given_time.give_minutes(there.assignment, 10, by=school.teacher, now=school.clock())
    db.session.commit()
    assert (here.given_seconds, there.given_seconds) == (0, 600)


def test_the_history_of_a_file_is_of_one_course(school: School) -> None:
    now = school.clock()
    stores = {school.here.id: school.app.extensions["courses"].only, THERE: school.store}
    for course_id, store in stores.items():
        history.notice(store, [FILE], now)
        assert history.unnoticed(store, [FILE]) == [], course_id
    db.session.commit()
    found = {course_id: history.latest(course_id, FILE) for course_id in stores}
    mine, theirs = found[school.here.id], found[THERE]
    assert mine is not None
    assert theirs is not None
    assert mine.digest != theirs.digest
    assert (mine.origin, theirs.origin) == (history.FOUND, history.FOUND)
    assert [each.id for each in history.versions(THERE, FILE).items] == [theirs.id]
    assert history.before(theirs) is None
    assert history.text_of(school.here.id, FILE, theirs.digest) is None
    with pytest.raises(NotFound):
        history.version(school.here.id, theirs.id)


def test_old_editions_go_by_file_and_course(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    from webapp.editor.models import ContentVersion

    settings = school.app.config["SETTINGS"]
    monkeypatch.setitem(school.app.config, "SETTINGS", replace(settings, keep_editions=1))
    for course_id in (school.here.id, THERE, THERE):
        db.session.add(
            ContentVersion(
                course_id=course_id, path=FILE, digest="d", text="", author_name="", origin="disk", at=school.clock()
            )
        )
    db.session.flush()
    stale = editor_retention.stale(school.clock())
    assert stale is not None
    gone = db.session.scalars(stale).all()
    assert [db.session.get_one(ContentVersion, id).course_id for id in gone] == [THERE]


def test_what_an_edit_means_is_told_of_its_course(school: School) -> None:
    school.take(school.there)
    assert impact.usage(school.here.id, QUESTION) == impact.Usage()
    assert impact.usage(THERE, QUESTION).graded == 1
    assignments.assign(school.class_in(school.there), "bread", Rules(), by=school.teacher, now=school.clock())
    fewer = {
        course.id: replace(course, quizzes=tuple(q for q in course.quizzes if q.id not in (QUIZ, "bread")))
        for course in (school.here, school.there)
    }
    with school.app.test_request_context():
        assert removals.removals(school.here, fewer[school.here.id]) == []
        assert {each.id for each in removals.removals(school.there, fewer[THERE])} == {QUIZ, "bread"}


def test_what_deserves_attention_is_of_one_course(school: School) -> None:
    school.take(school.there)
    lesson = school.here.lesson(LESSON)
    assert lesson is not None
    now = school.clock.advance(days=20)
    found = attention.attention(scope.everybody(THERE), school.there, quiz_columns(school.there), now)
    assert [each.learner.name for each in found.stopped] == ["Ada"]
    assert attention.stopped(scope.everybody(school.here.id), quiz_columns(school.here), now) == []
    lessons.note_reading(school.ada, lesson, lesson.sections[0].id, "", now)
    assert len(attention.stopped(scope.everybody(THERE), quiz_columns(school.there), now)) == 1


def test_made_up_classes_are_added_by_course_and_removed_together(school: School) -> None:
    for course in (school.here, school.there):
        first = next(demo_class.add(course, school.clock()))
        courses = db.session.scalars(select(Attempt.course_id).where(Attempt.user_id == first.id))
        assert set(courses) <= {course.id}
    demos = db.session.scalars(select(Cohort.course_id).where(Cohort.demo)).all()
    assert sorted(demos) == sorted([school.here.id, THERE])
    assert demo_class.remove().learners == 2


def test_what_is_overdue_is_handed_in_in_every_course(school: School) -> None:
    made = [school.desk(course).start("final") for course in (school.here, school.there)]
    school.clock.advance(hours=2)
    school.app.config["CLOCK"] = school.clock
    expiry.hand_in_aside()
    assert [db.session.get_one(Attempt, each.id).is_submitted for each in made] == [True, True]


def test_a_persons_data_are_of_all_courses(school: School) -> None:
    school.take(school.here)
    school.take(school.there)
    kinds = {kind.name: kind for kind in personal_data.all_kinds()}
    now = school.clock()
    exported = kinds["attempts"].export(school.ada, now)
    assert [(each["course"], each["quiz"]) for each in exported] == [(school.here.id, QUIZ), (THERE, QUIZ)]
    assert {each["course"] for each in kinds["review"].export(school.ada, now)} == {school.here.id, THERE}
    kinds["review"].erase(school.ada)
    assert kinds["review"].export(school.ada, now) == []


def test_a_guest_brings_along_what_was_done_in_each_course(school: School) -> None:
    guest = accounts.create_guest(now=school.clock())
    db.session.commit()
    guest_id = guest.id
    school.take(school.here, "bread", right=False)
    school.take(school.there, "bread", right=True, user_id=guest_id)
    school.take(school.here, "bread", right=True, user_id=guest_id)
    for kind in personal_data.all_kinds():
        kind.move(guest, school.ada)
    db.session.commit()
    numbers = db.session.execute(
        select(Attempt.course_id, Attempt.number).where(Attempt.user_id == school.ada_id).order_by(Attempt.id)
    )
    assert sorted(map(tuple, numbers)) == [(school.here.id, 1), (school.here.id, 2), (THERE, 1)]
    (change,) = db.session.scalars(select(RecordedChange)).all()
    assert change.course_id == school.here.id, "there, nothing stood before that could change"
    cards = review.plan(school.ada, school.there, school.clock()).cards
    assert len(cards) == 3
