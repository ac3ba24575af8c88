"""What a learner can be said to know, fact by fact and pillar by pillar, and by which rule. Pure.

What counts is answers: in quizzes, in the final, in practice and in reviews. A pretest doesn't count, because it asks
before the lesson has answered; reading doesn't either, and neither do the checks inside a lesson. Of each question its
latest answer is looked at, with the fraction it earns now, so that a regrade changes the state and a void attempt
leaves no trace.

A fact is
- not started while no question that cites it was answered,
- learning while the latest answer to any of those questions isn't fully right,
- practised when the latest answer to each of them is right,
- mastered when, besides, two right answers since the last one that wasn't lie at least twelve hours (`SPACING`) apart:
  with a night in between, what is in short-term memory is gone (Cepeda et al. 2006, doi:10.1037/0033-2909.132.3.354),
- confirmed when it is mastered and one of those right answers was given in the mixed final.

A pillar is as far as four in five (`ENOUGH`) of its facts are: practised, or mastered. It is confirmed when it is
mastered and the final is passed. Its facts are those its lesson teaches and a question in use asks for. In a course
without a ledger each question takes the place of a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import takewhile

from webapp.content.course.course import Course
from webapp.quizzes.vocabulary import AttemptKind

SPACING = timedelta(hours=12)
#: the share of a pillar's facts that makes a state that of the pillar
ENOUGH = 0.8


class State(IntEnum):
    """How far somebody is with a fact or a pillar; a higher one includes the lower ones."""

    NOT_STARTED = 0
    LEARNING = 1
    PRACTISED = 2
    MASTERED = 3
    CONFIRMED = 4

    @property
    def word(self) -> str:
        """As in classes and keys: not-started, learning, practised, mastered, confirmed."""
        return self.name.lower().replace("_", "-")


#: how full a fact is drawn in each state, 0 to 1
FILLED = {
    State.NOT_STARTED: 0.0,
    State.LEARNING: 0.25,
    State.PRACTISED: 0.6,
    State.MASTERED: 1.0,
    State.CONFIRMED: 1.0,
}


@dataclass(frozen=True)
class Answer:
    """One answer to one question, as graded now. `response` tells whether anything was answered at all."""

    question_id: str
    #: of the attempt: quiz, final, practice or review
    kind: AttemptKind
    #: 0 to 1
    fraction: float
    at: datetime
    response: bool = True
    #: a `Certainty`
    certainty: int | None = None
    attempt_id: int = 0

    @property
    def right(self) -> bool:
        return self.fraction >= 1


@dataclass(frozen=True)
class FactMastery:
    """How far somebody is with one fact (or, without a ledger, one question)."""

    id: str
    state: State
    #: the questions whose latest answer isn't right, the one answered last first
    missed: tuple[str, ...] = ()
    last_at: datetime | None = None


@dataclass(frozen=True)
class PillarMastery:
    """How far somebody is with one pillar."""

    state: State
    facts: tuple[FactMastery, ...]

    def count(self, state: State) -> int:
        """How many of the facts are in this state."""
        return sum(fact.state is state for fact in self.facts)

    def reached(self, state: State) -> int:
        """How many of the facts are in this state or a higher one."""
        return sum(fact.state >= state for fact in self.facts)

    @property
    def weak(self) -> tuple[FactMastery, ...]:
        """The facts that are being learnt still, those missed last first."""
        learning = [fact for fact in self.facts if fact.state is State.LEARNING]
        return tuple(sorted(learning, key=lambda fact: fact.last_at.timestamp() if fact.last_at else 0, reverse=True))

    @property
    def filled(self) -> float:
        """How full the pillar is drawn, 0 to 1: 1 when, and only when, it is mastered."""
        if self.state >= State.MASTERED:
            return 1.0
        if not self.facts:
            return 0.0
        return min(0.99, round(sum(FILLED[fact.state] for fact in self.facts) / len(self.facts), 4))


@dataclass(frozen=True)
class Mastery:
    """All of it: every fact that is asked for, and the pillars by id."""

    facts: Mapping[str, FactMastery]
    pillars: Mapping[str, PillarMastery]


def mastery(course: Course, answers: Iterable[Answer], *, final_passed: bool = False) -> Mastery:
    """How far somebody with these answers is; `final_passed` says whether they passed the mixed final."""
    by_question: dict[str, list[Answer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question_id, []).append(answer)
    facts = {
        id: fact_mastery(id, [answer for question_id in question_ids for answer in by_question.get(question_id, ())])
        for id, question_ids in course.questions_by_fact.items()
    }
    home = course.fact_lessons
    pillars = {}
    for pillar in course.pillars:
        own = tuple(fact for id, fact in facts.items() if home.get(id) == pillar.id)
        pillars[pillar.id] = PillarMastery(_state_of_pillar(own, final_passed), own)
    return Mastery(facts, pillars)


def fact_mastery(id: str, answers: Iterable[Answer]) -> FactMastery:
    """The state of one fact from all answers to the questions that cite it."""
    in_order = sorted(answers, key=lambda answer: answer.at)
    if not in_order:
        return FactMastery(id, State.NOT_STARTED)
    latest = {answer.question_id: answer for answer in in_order}
    missed = sorted((a for a in latest.values() if not a.right), key=lambda a: a.at, reverse=True)
    last_at = in_order[-1].at
    if missed:
        return FactMastery(id, State.LEARNING, tuple(answer.question_id for answer in missed), last_at)
    run = list(takewhile(lambda answer: answer.right, reversed(in_order)))
    if run[0].at - run[-1].at < SPACING:
        return FactMastery(id, State.PRACTISED, (), last_at)
    in_final = any(answer.kind == AttemptKind.FINAL for answer in run)
    return FactMastery(id, State.CONFIRMED if in_final else State.MASTERED, (), last_at)


def _state_of_pillar(facts: Sequence[FactMastery], final_passed: bool) -> State:
    def enough(state: State) -> bool:
        return sum(fact.state >= state for fact in facts) >= ENOUGH * len(facts)

    if not any(fact.state for fact in facts):
        return State.NOT_STARTED
    if enough(State.MASTERED):
        return State.CONFIRMED if final_passed else State.MASTERED
    return State.PRACTISED if enough(State.PRACTISED) else State.LEARNING
