"""Being sure and being right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.progress.calibration import calibration, sure_but_wrong
from webapp.progress.mastery import Answer
from webapp.quizzes.vocabulary import AttemptKind, Certainty

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def answers(certainty: int | None, right: int, wrong: int) -> list[Answer]:
    fractions = [1.0] * right + [0.0] * wrong
    return [
        Answer(f"q{n}", AttemptKind.QUIZ, fraction, START, certainty=certainty) for n, fraction in enumerate(fractions)
    ]


def test_each_level_counts_its_answers_and_how_many_were_right() -> None:
    found = calibration(
        answers(Certainty.GUESS, 1, 3)
        + answers(Certainty.UNSURE, 2, 2)
        + answers(Certainty.SURE, 5, 0)
        + answers(None, 9, 9)
    )
    assert [(level.answers, level.right, level.share) for level in found.levels] == [
        (4, 1, 25.0),
        (4, 2, 50.0),
        (5, 5, 100.0),
    ]
    assert found.answers == 13


def test_partly_right_is_not_right_and_a_blank_says_nothing() -> None:
    partly = Answer("a", AttemptKind.QUIZ, 0.9, START, certainty=Certainty.SURE)
    blank = Answer("b", AttemptKind.QUIZ, 0.0, START, response=False, certainty=Certainty.SURE)
    assert calibration([partly, blank]).levels[2].share == 0


def test_a_level_without_answers_has_no_share() -> None:
    assert [level.share for level in calibration([]).levels] == [None, None, None]


@pytest.mark.parametrize(
    ("guess", "sure", "verdict"),
    [
        ((0, 0), (4, 0), "few"),
        ((1, 9), (9, 1), "fits"),
        ((1, 9), (7, 3), "overconfident"),
        ((8, 2), (10, 0), "underconfident"),
        ((9, 1), (5, 5), "upside-down"),
        ((4, 0), (9, 1), "fits"),
    ],
)
def test_the_levels_together_say_one_thing(guess: tuple[int, int], sure: tuple[int, int], verdict: str) -> None:
    assert calibration(answers(Certainty.GUESS, *guess) + answers(Certainty.SURE, *sure)).verdict == verdict


def test_what_was_sure_and_wrong_is_told_until_it_is_put_right() -> None:
    first = Answer("a", AttemptKind.QUIZ, 0.0, START, certainty=Certainty.SURE)
    later = Answer("b", AttemptKind.QUIZ, 0.5, START + timedelta(hours=1), certainty=Certainty.SURE)
    mended = Answer("a", AttemptKind.REVIEW, 1.0, START + timedelta(hours=2), certainty=Certainty.UNSURE)
    assert [answer.question_id for answer in sure_but_wrong([first, later])] == ["b", "a"]
    assert [answer.question_id for answer in sure_but_wrong([mended, first, later])] == ["b"]
