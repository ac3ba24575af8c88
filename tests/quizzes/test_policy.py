"""What an attempt keeps of its quiz, and the words that are stored."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from enum import Enum

import pytest
from sqlalchemy import String, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import InstrumentedAttribute

from tests.quizzes.conftest import Desk
from webapp.content.course.quiz import Policy
from webapp.database import db
from webapp.quizzes import vocabulary
from webapp.quizzes.models import Assignment, Attempt, Regrade, Step
from webapp.quizzes.policy import AttemptPolicy
from webapp.quizzes.vocabulary import AttemptKind, AttemptState, Certainty, FeedbackTime


def test_every_rule_of_a_quiz_is_kept_with_the_attempt(desk: Desk) -> None:
    quiz = desk.course.quiz("bread")
    assert quiz is not None
    assert set(Policy.model_fields) <= {field.name for field in fields(AttemptPolicy)}
    kept = AttemptPolicy.of(quiz, 12)
    assert (kept.title, kept.pillar, kept.time_limit) == (quiz.title, quiz.pillar, 12)
    for name in set(Policy.model_fields) - {"time_limit"}:
        assert getattr(kept, name) == getattr(quiz.policy, name)


def test_an_old_row_that_lacks_keys_has_the_defaults_of_a_quiz() -> None:
    assert AttemptPolicy.from_row({"title": "Tea", "no longer known": 1}) == AttemptPolicy(title="Tea")
    for name, field in Policy.model_fields.items():
        assert getattr(AttemptPolicy.from_row({}), name) == field.default


@pytest.mark.parametrize(
    ("stored", "feedback"),
    [
        ("at-once", FeedbackTime.AT_ONCE),
        ("after-submission", FeedbackTime.AFTER_SUBMISSION),
        ("2026-12-01T12:00:00Z", datetime(2026, 12, 1, 12, tzinfo=UTC)),
        ("2026-12-01T12:00:00+00:00", datetime(2026, 12, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_policy_comes_back_from_json_as_it_was(stored: str, feedback: FeedbackTime | datetime) -> None:
    policy = AttemptPolicy.from_row({"title": "Tea", "feedback": stored})
    assert policy.feedback == feedback
    assert AttemptPolicy.from_row(json.loads(json.dumps(policy.as_row()))) == policy


def test_a_policy_is_stored_as_plain_json(desk: Desk) -> None:
    attempt = desk.start("bread")
    stored = json.loads(db.session.scalar(text("SELECT policy FROM attempt")))
    assert (stored["title"], stored["feedback"], stored["questions"]) == (
        "Bread quiz",
        "after-submission",
        len(attempt.slots),
    )
    attempt.policy = replace(attempt.policy, graded=False)
    db.session.commit()
    assert db.session.scalars(select(Attempt.policy)).one() == attempt.policy
    assert not attempt.policy.graded


def test_stored_words_are_those_of_rows_written_before() -> None:
    """Renaming a member is free; changing what it is stored as needs a migration."""
    assert {name: [str(word.value) for word in words] for name, words in _words().items()} == {
        "AttemptState": ["open", "submitted", "void"],
        "AttemptKind": ["pretest", "quiz", "final", "practice", "review"],
        "SubmittedBy": ["learner", "deadline", "instructor"],
        "SetAside": ["beyond-limit", "not-assigned"],
        "NoteKind": ["focus", "left", "taken-over"],
        "SessionRule": ["any", "consent", "noted"],
        "StepAction": ["answer", "grade", "regrade", "override"],
        "ChangeKind": [
            "key",
            "policy",
            "policy-left",
            "dates",
            "accommodation",
            "override",
            "reset",
            "marked",
            "incident",
            "merge",
            "removal",
        ],
        "FeedbackTime": ["at-once", "after-submission"],
        "LatePolicy": ["accept", "penalty", "refuse"],
        "RegradePolicy": ["recompute", "never-lower", "full-marks", "undo"],
        "RegradeState": ["running", "done"],
        "Certainty": ["1", "2", "3"],
    }


def _words() -> dict[str, type[Enum]]:
    return {
        name: thing
        for name, thing in vars(vocabulary).items()
        if isinstance(thing, type) and issubclass(thing, Enum) and thing.__module__ == vocabulary.__name__
    }


def test_a_word_comes_back_as_its_type_and_a_misspelt_one_is_refused(desk: Desk) -> None:
    attempt = desk.start("bread")
    db.session.expire_all()
    assert (type(attempt.state), type(attempt.kind)) == (AttemptState, AttemptKind)
    with pytest.raises(StatementError, match="submited"):
        db.session.scalars(select(Attempt).where(Attempt.state == "submited")).all()


@pytest.mark.parametrize(
    "column",
    [Attempt.kind, Attempt.state, Attempt.submitted_by, Step.action, Assignment.late_policy, Regrade.policy],
    ids=str,
)
def test_a_column_of_words_has_room_for_each_of_them(column: InstrumentedAttribute[str]) -> None:
    type_ = column.type
    assert isinstance(type_, String)
    assert max(len(word.value) for word in type_.enum_class) <= type_.length


def test_a_certainty_that_is_none_says_nothing() -> None:
    assert [Certainty.read(number) for number in (1, 3, 0, 4, None)] == [
        Certainty.GUESS,
        Certainty.SURE,
        None,
        None,
        None,
    ]
