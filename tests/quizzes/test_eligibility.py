"""Assigned means assigned: what a class sets holds at every door, for whoever comes, at every moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, token_of
from tests.quizzes.conftest import Desk, Paper, at, right_answer, wrong_answer
from webapp.accounts import service as people
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.classes import joining
from webapp.content.course import revision
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.problems import Problems
from webapp.database import db
from webapp.quizzes import eligibility, selection, service
from webapp.quizzes.models import Assignment, Attempt, Slot
from webapp.quizzes.starting import NotOffered, WrongCode
from webapp.quizzes.vocabulary import SetAside
from webapp.review import rounds
from webapp.review import service as reviews

#: the moments of an exam that opens at ten, closes at twelve and is talked over at six in the evening
MOMENTS = {"before": at(9, 30), "open": at(10, 30), "closed": at(13), "after": at(18, 30)}
SITUATIONS = ("visitor", "guest", "other", "member", "left", "rejoined", "two", "merged")


@dataclass
class Scene:
    """A class that is set the bread quiz, and people who come to it from everywhere."""

    app: Flask
    clock: Clock
    make_user: Callable[..., int]
    sign_in: Any
    classes: dict[str, int] = field(default_factory=dict)

    def set_up(self, name: str, **rules: Any) -> int:
        """A class with the bread quiz by these rules; its id."""
        with self.app.app_context():
            cohort = Cohort(course_id="tea-and-bread", name=name, join_code=name, created_at=self.clock())
            db.session.add(cohort)
            db.session.flush()
            db.session.add(Assignment(cohort_id=cohort.id, quiz_id="bread", created_at=self.clock(), **rules))
            self.classes[name] = cohort.id
            db.session.commit()
            return cohort.id

    def set_the_exam(self) -> None:
        exam = {"opens_at": at(10), "closes_at": at(12), "feedback_at": at(18)}
        self.set_up("Class A", **exam, access_code="rye", attempts=1)
        self.set_up("Class B", opens_at=at(10), closes_at=at(12))

    def act(self, name: str, user_id: int, *, leaves: bool = False) -> None:
        with self.app.app_context():
            cohort = db.session.get_one(Cohort, self.classes[name])
            if leaves:
                joining.leave(cohort.id, db.session.get_one(User, user_id), self.clock())
            else:
                joining.join(cohort, db.session.get_one(User, user_id), self.clock())
            db.session.commit()

    def person(self, situation: str, *, took_it: bool) -> FlaskClient:
        """A browser of somebody in this situation, as of five past nine; `took_it`: freely, at nine, all wrong."""
        client = self.app.test_client()
        user_id = 0
        if situation not in ("visitor", "guest", "merged"):
            user_id = self.make_user()
            self.sign_in(client, user_id)
        if situation == "guest" and not took_it:
            Paper(client).start("tea")
        if took_it or situation == "merged":
            paper = Paper(client)
            assert paper.start("bread").status_code == 303
            for position in (1, 2, 3):
                paper.send(position, wrong_answer(paper.slot(position)))
            paper.submit()
        self.clock.set(at(9, 5))
        self.set_the_exam()
        if situation == "merged":
            user_id = self.make_user()
            self.act("Class A", user_id)
            with self.app.app_context():
                guest_id = db.session.scalars(select(User.id).where(User.role == "guest")).one()
                people.merge(db.session.get_one(User, guest_id), db.session.get_one(User, user_id))
                db.session.commit()
            self.sign_in(client, user_id)
        if situation in ("member", "left", "rejoined", "two"):
            self.act("Class A", user_id)
        if situation in ("left", "rejoined"):
            self.act("Class A", user_id, leaves=True)
        if situation == "rejoined":
            self.act("Class A", user_id)
        if situation == "two":
            self.act("Class B", user_id)
        return client


@pytest.fixture
def scene(app: Flask, clock: Clock, make_user: Callable[..., int], sign_in: Any) -> Scene:
    return Scene(app, clock, make_user, sign_in)


# --- starting --------------------------------------------------------------------------------------------------------


def expected_start(situation: str, moment: str) -> str:
    if situation in ("visitor", "guest", "other"):
        return "free" if moment == "after" else "kept"
    if moment == "open":
        return "free" if situation == "two" else "code"
    return "not-open" if moment == "before" else "closed"


SAYS = {"kept": "This quiz is for a class", "not-open": "It opens", "closed": "It closed"}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_set_quiz_is_begun_by_the_rules_of_the_class_or_not_at_all(
    scene: Scene, clock: Clock, situation: str, moment: str
) -> None:
    client = scene.person(situation, took_it=False)
    clock.set(MOMENTS[moment])
    token = token_of(client.get("/quizzes/every-type").text)
    expected = expected_start(situation, moment)
    page, listed = client.get("/quizzes/bread"), client.get("/quizzes").text
    begun = client.post("/quizzes/bread/attempts", data={"csrf_token": token})
    if expected in SAYS:
        assert SAYS[expected] in page.text
        assert "/quizzes/bread/attempts" not in page.text, "no button that leads nowhere"
        assert begun.status_code == 409
        coded = client.post("/quizzes/bread/attempts", data={"csrf_token": token, "access_code": "rye"})
        assert coded.status_code in (400, 409), "400: becoming a guest made the token another"
        if expected == "kept":
            assert "open to all from" in page.text
            assert "It is set to a class" in listed
        return
    if expected == "code":
        assert begun.status_code == 422
        begun = client.post("/quizzes/bread/attempts", data={"csrf_token": token, "access_code": "rye"})
    assert begun.status_code == 303


# --- keys ------------------------------------------------------------------------------------------------------------


def doors_with_keys(client: FlaskClient, app: Flask, attempt_id: int, clock: Clock) -> set[str]:
    """Every way on which this browser gets to the keys of an attempt."""
    doors = set()
    path = f"/attempts/{attempt_id}"
    page = client.get(f"{path}/result").text
    assert "Handed in" in page
    if 'id="review-' in page:
        doors.add("result")
    with app.app_context():
        attempt = db.session.get_one(Attempt, attempt_id)
        plan = reviews.plan(attempt.user, app.extensions["courses"].only.current(), clock())
        if {card.question_id for card in plan.cards} & {slot.question_id for slot in attempt.slots}:
            doors.add("review")
    token = token_of(client.get("/quizzes/every-type").text)
    practice = client.post(f"{path}/practice", data={"csrf_token": token})
    if practice.status_code == 303 and "/result" not in practice.location:
        doors.add("practice")
    assert client.get(f"{path}/paper").json == {"pages": {}}
    if re.search(r"\b0 ?%|Done|Not passed yet", client.get("/quizzes/bread").text):
        doors.add("score")
    return doors


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("situation", [each for each in SITUATIONS if each != "visitor"])
def test_the_keys_of_a_set_quiz_come_to_nobody_before_their_date(
    scene: Scene, app: Flask, clock: Clock, situation: str, moment: str
) -> None:
    client = scene.person(situation, took_it=True)
    with app.app_context():
        attempt_id = db.session.scalar(select(Attempt.id).where(Attempt.quiz_id == "bread"))
        assert attempt_id is not None
    clock.set(MOMENTS[moment])
    doors = doors_with_keys(client, app, attempt_id, clock)
    if moment == "after":
        assert doors >= {"result", "practice", "review"}
    else:
        assert doors == set()


def test_who_is_in_two_classes_waits_for_the_later_of_their_dates(scene: Scene, app: Flask, clock: Clock) -> None:
    client = scene.person("two", took_it=False)
    clock.set(at(10, 30))
    paper = Paper(client)
    assert paper.start("bread").status_code == 303, "under the rules of class B, which asks for no code"
    paper.submit()
    assert doors_with_keys(client, app, paper.attempt_id, clock) == set()
    again = client.post("/quizzes/bread/attempts", data={"csrf_token": paper.token, "access_code": "rye"})
    assert again.status_code == 303
    with app.app_context():
        under = list(db.session.scalars(select(Attempt.assignment_id).order_by(Attempt.id)))
        assert len(set(under)) == 2, "each class has its own attempt"


def test_a_practice_paper_that_is_open_tells_no_key_once_the_quiz_is_set(
    desk: Desk, set_up_class: Callable[..., int], clock: Clock, sign_in: Any, app: Flask
) -> None:
    source = desk.take("bread", right=lambda slot: False)
    practice = service.practise(desk.user, source, desk.course, clock())
    assert practice is not None
    desk.answer(practice, 1, wrong_answer(practice.slots[0]))
    desk.answer(practice, 2, wrong_answer(practice.slots[1]))
    service.check(desk.slot(practice, 1), clock())
    cohort = set_up_class([desk.user_id])
    db.session.add(Assignment(cohort_id=cohort, quiz_id="bread", feedback_at=at(18), created_at=clock()))
    db.session.commit()
    service.check(desk.slot(practice, 2), clock())
    assert desk.slot(practice, 2).graded_at is None
    db.session.commit()
    page = sign_in(app.test_client(), desk.user_id).get(f"/attempts/{practice.id}/questions/1").text
    assert "quiz-why" not in page


def test_a_question_of_a_round_that_is_part_of_a_held_paper_shows_nothing(
    desk: Desk, set_up_class: Callable[..., int], clock: Clock, app: Flask, sign_in: Any
) -> None:
    attempt = desk.take("bread", right=lambda slot: False)
    question = desk.course.question(attempt.slots[0].question_id)
    assert question is not None
    asked = rounds.ask(desk.user, question, desk.course, clock())
    reviews.answer(asked, right_answer(asked), sequence=0, certainty=None, seconds=0, now=clock())
    cohort = set_up_class([desk.user_id])
    db.session.add(Assignment(cohort_id=cohort, quiz_id="bread", feedback_at=at(18), created_at=clock()))
    address = f"/review/{asked.attempt_id}/{asked.position}"
    db.session.commit()
    client = sign_in(app.test_client(), desk.user_id)
    assert client.get(address).status_code == 302
    clock.set(at(18, 30))
    assert client.get(address).status_code == 200


# --- by assignment only ----------------------------------------------------------------------------------------------


def assigned_only(course: Course, quiz_id: str = "bread") -> Course:
    """The course with this quiz by assignment only."""
    quizzes = [q.model_copy(update={"open_to": "assigned"}) if q.id == quiz_id else q for q in course.quizzes]
    return replace(course, quizzes=tuple(quizzes))


def test_a_quiz_by_assignment_only_is_nobodys_without_one(
    desk: Desk, another_desk: Callable[[], Desk], set_up_class: Callable[..., int], clock: Clock
) -> None:
    stranger = another_desk()
    for person in (desk, stranger):
        person.course = assigned_only(person.course)
    assert service.offer(None, desk.course.quiz("bread"), desk.course, clock()).refusal.reason == "by-assignment"
    cohort = set_up_class([desk.user_id])
    db.session.add(Assignment(cohort_id=cohort, quiz_id="bread", created_at=clock()))
    db.session.commit()
    assert desk.start("bread").is_open
    with pytest.raises(NotOffered) as refused:
        stranger.start("bread")
    assert refused.value.refusal.reason == "by-assignment"


def test_who_may_take_a_quiz_is_said_in_course_yaml(bank: Any, app: Flask) -> None:
    course_file = bank / "course.yaml"
    text = course_file.read_text().replace("title: Bread quiz", "title: Bread quiz\n    open_to: assigned")
    course_file.write_text(text)
    course = app.extensions["courses"].only.current()
    assert (course.quiz("bread").open_to, course.quiz("tea").open_to) == ("assigned", "everybody")
    page = app.test_client().get("/quizzes/bread").text
    assert "It is taken by those whose class it is set to." in page


# --- what keeps a quiz from others -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "until"),
    [
        ({}, None),
        ({"closes_at": at(12), "due_at": at(11), "time_limit": 20}, None),
        ({"opens_at": at(10)}, at(10)),
        ({"access_code": "rye"}, eligibility.NEVER),
        ({"attempts": 1}, eligibility.NEVER),
        ({"access_code": "rye", "closes_at": at(12)}, at(12)),
        ({"attempts": 1, "due_at": at(11), "late_policy": "refuse"}, at(11)),
        ({"feedback_at": at(18)}, at(18)),
        ({"access_code": "rye", "closes_at": at(12), "feedback_at": at(18)}, at(18)),
        ({"opens_at": at(20), "feedback_at": at(18)}, at(20)),
    ],
)
def test_a_class_keeps_a_quiz_to_itself_as_long_as_its_rules_need_it(
    desk: Desk, set_up_class: Callable[..., int], clock: Clock, rules: dict[str, Any], until: datetime | None
) -> None:
    cohort = set_up_class([])
    assignment = Assignment(
        cohort_id=cohort, quiz_id="bread", created_at=clock(), **({"late_policy": "accept"} | rules)
    )
    db.session.add(assignment)
    db.session.commit()
    assert eligibility.kept_until(assignment) == until
    refusal = service.offer(desk.user, desk.course.quiz("bread"), desk.course, clock()).refusal
    assert (refusal is None) == (until is None)
    if refusal is not None:
        assert (refusal.reason, refusal.at) == ("set", None if until == eligibility.NEVER else until)
    assignment.withdrawn_at = clock()
    db.session.commit()
    assert service.offer(desk.user, desk.course.quiz("bread"), desk.course, clock()).refusal is None


# --- leaving and merging ---------------------------------------------------------------------------------------------


def test_leaving_and_coming_back_gives_no_attempt_and_no_key(
    desk: Desk, set_up_class: Callable[..., int], clock: Clock
) -> None:
    """H2: leave, take it again without its code and with its key at once, come back with 100 %."""
    cohort = db.session.get_one(Cohort, set_up_class([desk.user_id]))
    db.session.add(
        Assignment(
            cohort_id=cohort.id, quiz_id="bread", attempts=1, access_code="rye", feedback_at=at(18), created_at=clock()
        )
    )
    db.session.commit()
    first = desk.start("bread", access_code="rye")
    desk.submit(first)
    joining.leave(cohort.id, desk.user, clock())
    db.session.commit()
    assert joining.classes_of(desk.user) == []
    with pytest.raises(NotOffered):
        desk.start("bread")
    assert not service.is_released(first, clock())
    db.session.add(Assignment(cohort_id=cohort.id, quiz_id="tea", access_code="leaf", created_at=clock()))
    db.session.commit()
    with pytest.raises(WrongCode):
        desk.start("tea")
    joining.join(cohort, desk.user, clock())
    db.session.commit()
    assert db.session.get_one(CohortMember, (cohort.id, desk.user_id)).left_at is None
    with pytest.raises(NotOffered):
        desk.start("bread", access_code="rye")


def test_guests_bring_no_attempts_beyond_the_limit_of_the_quiz(
    desk: Desk, another_desk: Callable[[], Desk], clock: Clock
) -> None:
    """H3: three attempts of one, as guests who became one account, and the best counted."""
    quiz = desk.course.quiz("final")
    desk.take("final", right=lambda slot: False)
    for _round in range(3):
        guest = Desk(people.create_guest(now=clock()).id, desk.course, clock)
        guest.take("final")
        people.merge(guest.user, desk.user)
        db.session.commit()
    attempts = db.session.scalars(select(Attempt).where(Attempt.user_id == desk.user_id).order_by(Attempt.number)).all()
    assert [attempt.set_aside for attempt in attempts] == [None, None, SetAside.BEYOND_LIMIT, SetAside.BEYOND_LIMIT]
    assert all(attempt.percent is not None for attempt in attempts), "nothing is taken away"
    offered = service.offer(desk.user, quiz, desk.course, clock())
    assert (offered.left, offered.score.attempts) == (0, 2)
    assert service.result_for(desk.user, quiz).attempts == 2


def test_what_counts_beside_an_assignment_is_told_apart(
    desk: Desk, set_up_class: Callable[..., int], clock: Clock
) -> None:
    desk.take("bread")
    cohort = set_up_class([desk.user_id])
    db.session.add(Assignment(cohort_id=cohort, quiz_id="bread", created_at=clock()))
    db.session.commit()
    desk.take("bread", right=lambda slot: False)
    quiz = desk.course.quiz("bread")
    offered = service.offer(desk.user, quiz, desk.course, clock())
    assert (offered.score.attempts, offered.score.percent) == (1, 0.0)
    assert service.result_for(desk.user, quiz) == offered.score


# --- questions kept for exams ----------------------------------------------------------------------------------------


def with_exam_questions(course: Course, *ids: str, assigned: str = "") -> Course:
    questions = tuple(q.model_copy(update={"use": "exam"}) if q.id in ids else q for q in course.questions)
    course = replace(course, questions=questions)
    return assigned_only(course, assigned) if assigned else course


def test_a_question_for_exams_is_drawn_by_exams_only(course: Course) -> None:
    ids = [question.id for question in course.questions if question.pillar == "bread"][:3]
    course = with_exam_questions(course, *ids, assigned="final")
    quiz, final, before = course.quiz("bread"), course.quiz("final"), course.quiz("before")
    for seed in range(60):
        for open_quiz in (quiz, before):
            drawn = {d.question.id for d in selection.draw(open_quiz, course, seed, {}, kept=ids)}
            assert not drawn & set(ids)
    drawn = [{d.question.id for d in selection.draw(final, course, seed, {}, kept=ids)} for seed in range(20)]
    assert any(paper & set(ids) for paper in drawn)
    assert any({d.question.id for d in selection.draw(quiz, course, seed, {})} & set(ids) for seed in range(60))
    pretest = before.model_copy(update={"open_to": "assigned"})
    assert not any(pretest.draws(question) for question in course.questions if question.use == "exam")


def test_questions_for_exams_are_released_by_the_dates_of_all_classes(
    desk: Desk, set_up_class: Callable[..., int], clock: Clock
) -> None:
    course = with_exam_questions(desk.course, "bread-cloze", assigned="every-type")
    kept = {"bread-cloze"}
    assert eligibility.kept_questions(desk.course, clock()) == frozenset(), "no question of this course is for exams"
    assert eligibility.kept_questions(course, clock()) == kept, "never set, never released"
    assignments = [
        Assignment(cohort_id=set_up_class([], name=f"C{n}"), quiz_id="every-type", created_at=clock()) for n in (1, 2)
    ]
    db.session.add_all(assignments)
    db.session.commit()
    assert eligibility.kept_questions(course, clock()) == kept, "without a date"
    assignments[0].feedback_at = at(8)
    assignments[1].feedback_at = at(18)
    db.session.commit()
    assert eligibility.kept_questions(course, clock()) == kept, "one class is not done yet"
    assert eligibility.kept_questions(course, at(18)) == frozenset()


def test_a_question_for_exams_comes_up_neither_in_practice_nor_in_reviews(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("bread", right=lambda slot: False)
    ids = [slot.question_id for slot in attempt.slots]
    clock.advance(days=1)
    course = with_exam_questions(desk.course, ids[0])
    assert {card.question_id for card in reviews.plan(desk.user, desk.course, clock()).cards} == set(ids)
    assert {card.question_id for card in reviews.plan(desk.user, course, clock()).cards} == set(ids[1:])
    practice = service.practise(desk.user, attempt, course, clock())
    assert practice is not None
    assert {slot.question_id for slot in practice.slots} == set(ids[1:])
    assert reviews.is_held(desk.user, ids[0], course, clock())


def test_an_open_quiz_that_would_need_questions_for_exams_is_a_problem_of_the_course(bank: Any) -> None:
    questions = bank / "2-bread" / "questions.yaml"
    text = questions.read_text()
    for name in ("cloze", "matching"):
        text = text.replace(f"type: {name}", f"type: {name}\n    use: exam")
    questions.write_text(text)
    with pytest.raises(Problems) as found:
        load_course(bank)
    assert "draw" in str(found.value)


def test_a_check_in_a_lesson_is_for_everybody(bank: Any) -> None:
    lesson = next(bank.glob("1-tea/*.md"))
    lesson.write_text(lesson.read_text().replace("```check\n", "```check\nuse: exam\n", 1))
    with pytest.raises(Problems, match="for everybody"):
        load_course(bank)


def test_what_a_question_is_for_is_no_new_question(course: Course) -> None:
    question = course.questions[0]
    assert revision.digest(question) == revision.digest(question.model_copy(update={"use": "exam"}))


def test_steps_and_slots_of_what_does_not_count_are_kept(desk: Desk, clock: Clock) -> None:
    guest = Desk(people.create_guest(now=clock()).id, desk.course, clock)
    for _round in range(2):
        desk.take("final")
    taken = guest.take("final")
    people.merge(guest.user, desk.user)
    db.session.commit()
    assert taken.set_aside == SetAside.BEYOND_LIMIT
    slots = db.session.scalars(select(Slot).where(Slot.attempt_id == taken.id)).all()
    assert all(slot.response is not None and slot.fraction == 1 for slot in slots)
