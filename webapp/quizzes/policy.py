"""By which rules an attempt is taken: what it keeps of its quiz as it was at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Dialect
from sqlalchemy.types import TypeDecorator

from webapp.content.course.quiz import Quiz, Score
from webapp.quizzes.vocabulary import FeedbackTime


@dataclass(frozen=True, kw_only=True)
class AttemptPolicy:
    """Title and policy of a quiz as they were when the attempt began; a change of the quiz leaves them as they are.

    What a row lacks has the default that a quiz has.
    """

    title: str = ""
    #: id of the quiz's pillar; None for the whole course
    pillar: str | None = None
    #: minutes, as assigned; None is no limit
    time_limit: int | None = None
    attempts: int | None = None
    #: percent
    pass_mark: float = 70.0
    #: which attempt counts
    score: Score = "best"
    feedback: FeedbackTime | datetime = FeedbackTime.AFTER_SUBMISSION
    shuffle_questions: bool = True
    graded: bool = True
    #: whether learners are asked how sure they are
    certainty: bool = False
    #: how many questions the paper has
    questions: int = 0

    @classmethod
    def of(cls, quiz: Quiz, time_limit: int | None) -> AttemptPolicy:
        """What an attempt keeps of a quiz, with `time_limit` as assigned (minutes)."""
        return cls.from_row(
            quiz.policy.model_dump() | {"title": quiz.title, "pillar": quiz.pillar, "time_limit": time_limit}
        )

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> AttemptPolicy:
        """As it is stored. Keys that are missing have their defaults; unknown ones are passed over."""
        values = {field.name: row[field.name] for field in fields(cls) if field.name in row}
        if "feedback" in values:
            values["feedback"] = feedback_time(values["feedback"])
        return cls(**values)

    def as_row(self) -> dict[str, Any]:
        """As it is to be stored: what JSON can hold."""
        feedback = self.feedback
        return asdict(self) | {
            "feedback": feedback.isoformat() if isinstance(feedback, datetime) else feedback.value,
        }


def feedback_time(value: str | datetime) -> FeedbackTime | datetime:
    """When feedback comes, from how a quiz or a row says it: one of the words, or a date and time in ISO 8601."""
    if isinstance(value, datetime):
        return value
    try:
        return FeedbackTime(value)
    except ValueError:
        return datetime.fromisoformat(value)


class PolicyColumn(TypeDecorator[AttemptPolicy]):
    """An AttemptPolicy, stored as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: AttemptPolicy | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else value.as_row()

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> AttemptPolicy | None:
        return None if value is None else AttemptPolicy.from_row(value)
