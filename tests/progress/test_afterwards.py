"""What a result leads to: the next thing, what would have helped, and what the paper changed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.clients import within
from tests.conftest import Clock
from tests.quizzes.conftest import Desk, Paper
from webapp.content.course.course import Course
from webapp.database import db
from webapp.progress import afterwards
from webapp.quizzes import results, service
from webapp.quizzes.models import Attempt
from webapp.review.service import SITTING


def after(desk: Desk, attempt: Attempt, course: Course, clock: Clock) -> afterwards.Afterwards:
    return afterwards.afterwards(desk.user, attempt, [slot.question_id for slot in attempt.slots], course, clock())


def page_of(as_person: Any, attempt: Attempt) -> str:
    address, user_id = f"/attempts/{attempt.id}/result", attempt.user_id
    db.session.rollback()  # what was looked at here must not keep the page from writing
    page = as_person(user_id).get(address)
    assert page.status_code == 200
    return page.text


def filled_buttons(page: str) -> list[str]:
    main = page.split('<main id="main"')[1].split("</main>")[0]
    return [
        re.sub(r"<[^>]+>|\s+", " ", words).strip()
        for words in re.findall(r'class="button button-primary[^"]*"[^>]*>(.*?)</(?:a|button)>', main, re.S)
    ]


def test_passing_a_pillars_quiz_leads_to_the_next_lesson(
    desk: Desk, course: Course, clock: Clock, as_person: Any
) -> None:
    attempt = desk.take("tea")
    assert attempt.passed
    step = after(desk, attempt, course, clock).step
    assert (step.kind, step.pillar.id if step.pillar else None) == ("read", "bread")
    (button,) = filled_buttons(page_of(as_person, attempt))
    assert re.fullmatch(r"Next: .*Baking bread.* – 3 minutes", button)


def test_after_a_miss_what_would_have_helped_comes_first_and_then_practice(
    desk: Desk, course: Course, clock: Clock, as_person: Any
) -> None:
    attempt = desk.take("bread", right=lambda slot: False)
    assert attempt.passed is False
    page = page_of(as_person, attempt)
    (button,) = filled_buttons(page)
    assert button.startswith("Read it again:")
    assert "This would have helped most" in page
    assert "Practise these again" in page


def test_what_would_have_helped_most_is_what_most_missed_questions_rest_on(desk: Desk, course: Course) -> None:
    attempt = desk.take("every-type", right=lambda slot: slot.position % 2 == 0)
    reviews = results.reviews(attempt, service.slots_of(attempt, revisions=True), course)
    helpful = results.most_helpful(reviews, course)
    assert helpful is not None
    missed = [fact for each in reviews if each.grade.fraction < 1 for fact in each.question.facts]
    assert helpful.missed == max(missed.count(fact) for fact in missed)
    assert helpful.fact is not None
    assert missed.count(helpful.fact.id) == helpful.missed
    assert course.lesson(helpful.place.lesson_id) is not None


def test_nothing_would_have_helped_where_nothing_was_missed(desk: Desk, course: Course) -> None:
    attempt = desk.take("bread")
    reviews = results.reviews(attempt, service.slots_of(attempt, revisions=True), course)
    assert results.most_helpful(reviews, course) is None


def test_a_result_says_how_many_facts_were_practised_before_and_are_now(
    desk: Desk, course: Course, clock: Clock
) -> None:
    first = desk.take("tea")
    (growth,) = after(desk, first, course, clock).growth
    assert growth.pillar.id == "tea"
    assert growth.practised_before == 0
    assert 0 < growth.practised <= growth.facts
    clock.advance(days=1)
    second = desk.take("tea")
    (later,) = after(desk, second, course, clock).growth
    assert later.practised_before == growth.practised
    assert later.mastered_before == 0
    assert later.mastered > 0


def test_a_pretest_grows_nothing(desk: Desk, course: Course, clock: Clock) -> None:
    assert after(desk, desk.take("before"), course, clock).growth == ()


def test_what_comes_back_is_told_for_another_sitting(desk: Desk, course: Course, clock: Clock) -> None:
    attempt = desk.take("tea")
    told = after(desk, attempt, course, clock)
    assert told.planned == len(attempt.slots)
    assert told.first_back is not None
    assert told.first_back >= clock() + SITTING - timedelta(seconds=1)


def test_a_paper_of_several_pillars_is_scored_pillar_by_pillar_and_the_parts_make_the_whole(
    desk: Desk, course: Course
) -> None:
    attempt = desk.take("final", right=lambda slot: slot.position % 2 == 0)
    reviews = results.reviews(attempt, service.slots_of(attempt, revisions=True), course)
    parts = results.by_pillar(reviews, course)
    assert [part.pillar.id if part.pillar else None for part in parts] == ["tea", "bread", None]
    assert round(sum(part.points for part in parts), 2) == attempt.score
    assert sum(part.max_points for part in parts) == attempt.max_score
    assert sum(part.questions for part in parts) == len(attempt.slots)


def test_a_paper_of_one_pillar_has_no_parts(desk: Desk, course: Course) -> None:
    attempt = desk.take("bread")
    reviews = results.reviews(attempt, service.slots_of(attempt, revisions=True), course)
    assert results.by_pillar(reviews, course) == []


def test_open_practice_waits_and_takes_the_place_of_nothing(
    app: Flask, desk: Desk, course: Course, clock: Clock, as_person: Any
) -> None:
    attempt = desk.take("tea", right=lambda slot: False)
    practice = service.practise(desk.user, attempt, course, clock())
    assert practice is not None
    db.session.commit()
    home = as_person(desk.user_id).get("/").text
    assert "A quiz is open" not in home
    assert f'href="{within(f"/attempts/{practice.id}")}"' in home
    assert "Practice is open: " in home


def test_every_question_of_a_result_can_be_jumped_to_and_right_ones_are_folded(desk: Desk, as_person: Any) -> None:
    attempt = desk.take("bread", right=lambda slot: slot.position != 2)
    page = page_of(as_person, attempt)
    for position in (1, 2, 3):
        assert f'href="#review-{position}"' in page
        folded = re.search(rf'<details class="quiz-review" id="review-{position}"([^>]*)>', page)
        assert folded is not None
        assert ("open" in folded[1]) is (position == 2)


def test_a_guest_is_offered_to_keep_the_result(client: FlaskClient) -> None:
    paper = Paper(client)
    paper.start("bread")
    paper.submit()
    assert "Create an account" in client.get(f"{paper.path}/result").text


def test_whoever_has_an_account_is_not(desk: Desk, as_person: Any) -> None:
    assert "Create an account" not in page_of(as_person, desk.take("bread"))
