"""Quizzes: what is drawn, and by which rules it is taken and scored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, field_validator

from webapp.content.frozen import Frozen, Slug, Text
from webapp.questions.contract import Difficulty, Level, Question
from webapp.questions.fields import Flag

Kind = Literal["pretest", "quiz", "final"]
OpenTo = Literal["everybody", "assigned"]
Score = Literal["best", "last", "first", "mean"]
Feedback = Literal["at-once", "after-submission"] | AwareDatetime


class DrawRule(Frozen):
    """So many questions out of those that fit. What a rule leaves out, it does not restrict; a question fits the tags
    when it has one of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    count: Annotated[int, Field(ge=1, le=1000, description="how many questions are drawn")]
    from_: Annotated[tuple[Slug, ...], Field(alias="from", description="ids of pillars, or mixed")] = ()
    tags: tuple[Slug, ...] = ()
    levels: tuple[Level, ...] = ()
    difficulties: tuple[Difficulty, ...] = ()
    types: tuple[str, ...] = ()
    questions: Annotated[tuple[Slug, ...], Field(description="ids, when only these are meant")] = ()

    def matches(self, question: Question) -> bool:
        """Whether the rule may draw the question. Retired questions are never drawn."""
        return (
            not question.retired
            and (not self.questions or question.id in self.questions)
            and (not self.from_ or question.pillar in self.from_)
            and (not self.levels or question.level in self.levels)
            and (not self.difficulties or question.difficulty in self.difficulties)
            and (not self.types or question.type in self.types)
            and (not self.tags or not set(self.tags).isdisjoint(question.tags))
        )


class Policy(Frozen):
    """How a quiz is taken and scored. `time_limit` is in minutes and `pass_mark` in percent; None is no limit."""

    time_limit: Annotated[int, Field(ge=1, le=10_000, description="minutes")] | None = None
    attempts: Annotated[int, Field(ge=1, le=1000)] | None = None
    pass_mark: Annotated[float, Field(ge=0, le=100, description="percent")] = 70.0
    score: Score = "best"
    feedback: Feedback = "after-submission"
    shuffle_questions: bool = True
    graded: bool = True
    certainty: bool = False


class PolicyGiven(Frozen):
    """The keys of a policy as a file gives them; what it leaves out comes from the defaults."""

    time_limit: Annotated[int, Field(ge=1, le=10_000, description="minutes")] | None = None
    attempts: Annotated[int, Field(ge=1, le=1000, description="how often it may be taken")] | None = None
    pass_mark: Annotated[float, Field(ge=0, le=100, description="percent")] = 70.0
    score: Annotated[Score, Field(description="which attempt counts")] = "best"
    feedback: Annotated[str, Field(description="at-once, after-submission or a date and time")] = "after-submission"
    shuffle_questions: bool = True
    graded: bool = True
    certainty: Annotated[bool, Field(description="whether learners say how sure they are")] = False

    @field_validator("feedback")
    @classmethod
    def _is_a_word_or_a_time(cls, value: str) -> str:
        if value not in ("at-once", "after-submission"):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                moment = None
            if moment is None or moment.tzinfo is None:
                raise ValueError(
                    f"`feedback` is `{value[:40]}`; expected `at-once`, `after-submission` or a date with its time and "
                    "zone, as in 2026-12-01T12:00Z"
                )
        return value

    def given(self) -> dict[str, Any]:
        """The keys of a policy that the file has."""
        return {name: getattr(self, name) for name in Policy.model_fields if name in self.model_fields_set}


class QuizEntry(PolicyGiven):
    """A quiz in course.yaml."""

    id: Annotated[Slug, Field(description="a short id, unique among the quizzes")]
    title: Text
    kind: Annotated[Kind, Field(description="pretest, quiz or final")] = "quiz"
    pillar: Annotated[Slug, Field(description="the pillar it belongs to; none for the whole course")] | None = None
    summary: str = ""
    open_to: Annotated[OpenTo, Field(description="who may take it: everybody, or assigned for those it is set to")] = (
        "everybody"
    )
    draw: Annotated[tuple[DrawRule, ...], Field(min_length=1, description="rules, each with a count")]
    draft: Annotated[Flag, Field(description="seen by staff only, until it is published")] = False

    def quiz(self, defaults: PolicyGiven, course_id: str) -> Quiz:
        given = self.given()
        if self.kind == "pretest":
            # A pretest is there to look ahead; it counts only where the quiz itself says so.
            given.setdefault("graded", False)
        policy = Policy.model_validate(defaults.given() | given)
        draw = tuple(
            rule if rule.from_ or rule.questions or self.pillar is None
            else rule.model_copy(update={"from_": (self.pillar,)})
            for rule in self.draw
        )  # fmt: skip
        return Quiz(
            id=self.id,
            course_id=course_id,
            title=self.title,
            kind=self.kind,
            pillar=self.pillar,
            summary=self.summary,
            open_to=self.open_to,
            draw=draw,
            policy=policy,
        )


class Quiz(Frozen):
    """A quiz of the course `course_id`: only together with it does its id say which quiz is meant."""

    id: str
    course_id: str
    title: str
    kind: Kind
    pillar: str | None
    summary: str
    draw: tuple[DrawRule, ...]
    policy: Policy
    open_to: OpenTo = "everybody"

    @property
    def size(self) -> int:
        """How many questions a paper has."""
        return sum(rule.count for rule in self.draw)

    @property
    def is_exam(self) -> bool:
        """Whether it may draw questions that are kept for exams: it is taken by assignment only, and is no pretest."""
        return self.open_to == "assigned" and self.kind != "pretest"

    def draws(self, question: Question) -> bool:
        """Whether any rule may draw the question, as long as those kept for exams are not released."""
        return (self.is_exam or question.use != "exam") and any(rule.matches(question) for rule in self.draw)


def shortfall(rules: Sequence[DrawRule], questions: Iterable[Question]) -> list[int]:
    """For each rule, how many of its questions are missing when the rules share the questions as well as they can.

    Questions that the same rules match are alike, so this is a flow between rules and groups of questions (Ford and
    Fulkerson 1956), small however large the bank.
    """
    groups: dict[tuple[int, ...], int] = {}
    for question in questions:
        fits = tuple(number for number, rule in enumerate(rules) if rule.matches(question))
        if fits:
            groups[fits] = groups.get(fits, 0) + 1
    used: dict[tuple[int, tuple[int, ...]], int] = {}
    left = dict(groups)

    def serve(rule: int, seen: set[tuple[int, ...]]) -> bool:
        for group in groups:
            if rule not in group or group in seen:
                continue
            seen.add(group)
            if left[group]:
                left[group] -= 1
                used[rule, group] = used.get((rule, group), 0) + 1
                return True
            for other in group:
                if other != rule and used.get((other, group), 0) and serve(other, seen):
                    used[other, group] -= 1
                    used[rule, group] = used.get((rule, group), 0) + 1
                    return True
        return False

    missing = []
    for number, rule in enumerate(rules):
        served = 0
        while served < rule.count and serve(number, set()):
            served += 1
        missing.append(rule.count - served)
    return missing
