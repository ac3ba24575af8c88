from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, wrong_answer
from webapp.database import db
from webapp.quizzes import selection, service
from webapp.quizzes.models import Attempt
from webapp.quizzes.starting import NotOffered


def quiz(desk: Desk, quiz_id: str) -> Any:
    return desk.course.quiz(quiz_id)


def test_a_double_click_on_start_opens_one_paper(desk: Desk) -> None:
    first = desk.start("final")
    assert desk.start("final") == first
    assert db.session.query(Attempt).count() == 1


def test_the_database_allows_one_open_attempt_of_a_quiz(desk: Desk, clock: Clock) -> None:
    """Whatever the timing: a second open attempt is refused, and the first one is given."""
    from webapp.quizzes import starting

    first = desk.start("final", seed=1)
    second = Attempt(
        course_id="tea-and-bread",
        user_id=desk.user_id,
        quiz_id="final",
        kind="final",
        seed=2,
        policy=first.policy,
        drawn_from={},
    )
    paper = selection.draw(quiz(desk, "final"), desk.course, 2, {})
    assert starting._store(second, paper, clock()) == first
    db.session.commit()
    assert db.session.query(Attempt).count() == 1


def test_attempts_run_out(desk: Desk, clock: Clock) -> None:
    assert service.offer(desk.user, quiz(desk, "final"), desk.course, clock()).left == 2
    for left in (1, 0):
        desk.take("final")
        assert service.offer(desk.user, quiz(desk, "final"), desk.course, clock()).left == left
    with pytest.raises(NotOffered) as refused:
        desk.start("final")
    assert refused.value.refusal.reason == "used-up"


def test_starting_again_after_the_time_was_up_hands_in_the_old_one(desk: Desk, clock: Clock) -> None:
    first = desk.start("final")
    clock.advance(hours=1)
    second = desk.start("final")
    assert (first.state, first.submitted_by, second.state, second.number) == ("submitted", "deadline", "open", 2)


def test_the_same_seed_gives_the_same_paper_to_two_people(desk: Desk, another_desk: Callable[[], Desk]) -> None:
    def paper(attempt: Attempt) -> list[tuple[str, int]]:
        return [(slot.question_id, slot.order_seed) for slot in attempt.slots]

    mine, theirs = desk.start("final", seed=42), another_desk().start("final", seed=42)
    assert paper(mine) == paper(theirs)


def test_a_paper_can_be_rebuilt_from_what_the_attempt_keeps(desk: Desk) -> None:
    desk.take("final")
    desk.take("tea")
    attempt = desk.start("final")
    rebuilt = selection.draw(quiz(desk, "final"), desk.course, attempt.seed, attempt.drawn_from["seen"])
    assert [(d.question.id, d.order_seed) for d in rebuilt] == [(s.question_id, s.order_seed) for s in attempt.slots]
    assert attempt.drawn_from["edition"] == desk.course.digest


def test_a_retake_brings_unseen_questions_first(desk: Desk) -> None:
    """Tea has seven questions for papers of three: the third paper repeats two of them at most."""
    first, second = desk.take("tea"), desk.take("tea")
    seen = {slot.question_id for slot in first.slots}
    again = seen & {slot.question_id for slot in second.slots}
    # Two questions ask to apply something, and five don't: nothing has to come back yet.
    assert not again
    counts = service.times_seen(desk.user_id, "tea-and-bread")
    assert set(counts.values()) == {1}


def test_offers_of_all_quizzes_agree_with_each_one(desk: Desk, clock: Clock) -> None:
    desk.take("bread")
    desk.start("final")
    for offered in service.offers(desk.user, desk.course, clock()):
        assert offered == service.offer(desk.user, offered.quiz, desk.course, clock())


def test_a_visitor_is_offered_everything(desk: Desk, clock: Clock) -> None:
    offered = service.offers(None, desk.course, clock())
    assert [o.quiz.id for o in offered] == ["before", "tea", "bread", "every-type", "final"]
    assert all(o.may_start and o.score.attempts == 0 for o in offered)


def test_the_score_goes_by_the_way_of_the_quiz(desk: Desk, clock: Clock) -> None:
    """Bread counts the last attempt, the final the best one."""
    for quiz_id, expected in (("bread", 0.0), ("final", 100.0)):
        desk.take(quiz_id)
        desk.take(quiz_id, right=lambda slot: False)
        assert service.offer(desk.user, quiz(desk, quiz_id), desk.course, clock()).score.percent == expected
        result = service.result_for(desk.user, quiz(desk, quiz_id))
        assert (result.attempts, result.percent, result.passed) == (2, expected, expected == 100.0)


# --- practice --------------------------------------------------------------------------------------------------------


def test_practice_is_a_paper_of_ones_own_mistakes(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("every-type", right=lambda slot: slot.position > 3)
    practice = service.practise(desk.user, attempt, desk.course, clock())
    assert practice is not None
    assert {slot.question_id for slot in practice.slots} == {"tea-choice", "tea-multiple", "tea-true-false"}
    assert (practice.kind, practice.deadline) == ("practice", None)


def test_practice_counts_for_nothing(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("final", right=lambda slot: False)
    practice = service.practise(desk.user, attempt, desk.course, clock())
    assert practice is not None
    desk.answer_all(practice)
    desk.submit(practice)
    assert (practice.score, practice.percent) == (None, None)
    offered = service.offer(desk.user, quiz(desk, "final"), desk.course, clock())
    assert (offered.left, offered.used, offered.score.percent) == (1, 1, 0.0)


def test_practising_the_same_mistakes_twice_goes_on_with_one_paper(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("bread", right=lambda slot: False)
    first = service.practise(desk.user, attempt, desk.course, clock())
    assert service.practise(desk.user, attempt, desk.course, clock()) == first
    other = desk.take("bread", right=lambda slot: slot.position > 1)
    second = service.practise(desk.user, other, desk.course, clock())
    assert first is not None
    assert second is not None
    assert (first.state, second.state, len(second.slots)) == ("submitted", "open", 1)


def test_practice_can_be_practised_again(desk: Desk, clock: Clock) -> None:
    attempt = desk.take("bread", right=lambda slot: False)
    practice = service.practise(desk.user, attempt, desk.course, clock())
    assert practice is not None
    desk.answer(practice, 1, wrong_answer(practice.slots[0]))
    desk.submit(practice)
    again = service.practise(desk.user, practice, desk.course, clock())
    assert again is not None
    assert again.quiz_id == "practice:bread"
    assert len(again.slots) == 3


def test_without_mistakes_there_is_nothing_to_practise(desk: Desk, clock: Clock) -> None:
    assert service.practise(desk.user, desk.take("bread"), desk.course, clock()) is None
