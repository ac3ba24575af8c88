"""What a learner sees of their own work: how each pillar stands, what is weak, how sure they are, and what to do next.

Scores come from `quizzes.scores`, as those of the gradebook do, so that both show the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from webapp.accounts.models import User
from webapp.content.course.course import Course, Pillar
from webapp.content.course.quiz import Quiz
from webapp.content.ledger import Fact
from webapp.lessons import service as lessons
from webapp.progress import calibration
from webapp.progress import standing as standings
from webapp.progress.calibration import Calibration
from webapp.progress.mastery import Answer, Mastery, PillarMastery, State
from webapp.progress.standing import CourseStanding, NextStep, PillarState
from webapp.progress.work import Work, filled, mastery_of, work_of
from webapp.questions.contract import Question
from webapp.quizzes import results, scores
from webapp.quizzes.models import Attempt
from webapp.quizzes.scores import QuizScore


@dataclass(frozen=True)
class WeakFact:
    """A fact that isn't right yet: where a lesson says it, (lesson id, anchor), and how many questions it missed."""

    fact: Fact
    taught: tuple[str, str] | None
    missed: int
    #: the papers in which those were answered last
    papers: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class PillarStep:
    """What to do next in one pillar; `attempt` is the one whose mistakes are to be practised."""

    kind: Literal["read", "read-on", "quiz", "practise", "again", "final", "review", "done"]
    quiz: Quiz | None = None
    attempt: Attempt | None = None


@dataclass(frozen=True)
class PillarView:
    """One pillar on the progress page."""

    pillar: Pillar
    #: what was read
    reading: PillarState
    mastery: PillarMastery
    quiz: Quiz | None
    score: QuizScore
    latest: Attempt | None
    weak: tuple[WeakFact, ...]
    step: PillarStep


@dataclass(frozen=True)
class Misled:
    """A question whose latest answer was given as sure and isn't right."""

    question: Question
    at: datetime
    #: where a lesson deals with it
    place: results.LessonPlace | None
    facts: tuple[WeakFact, ...]


@dataclass(frozen=True)
class Overview:
    """All that the progress page shows."""

    standing: CourseStanding
    step: NextStep
    mastery: Mastery
    pillars: tuple[PillarView, ...]
    #: quizzes of the whole course, with their scores and latest attempts
    others: tuple[tuple[Quiz, QuizScore, Attempt | None], ...]
    calibration: Calibration
    misled: tuple[Misled, ...]
    answers: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read and nothing was handed in."""
        return not self.answers and not any(progress.is_begun for progress in self.standing.progress.values())

    def reached(self, state: State) -> int:
        """How many facts of the course are in this state or a higher one."""
        return sum(fact.state >= state for fact in self.mastery.facts.values())


def overview(user: User, course: Course, now: datetime) -> Overview:
    """How a person stands, in all. At most seven queries, whatever they did."""
    work = work_of(user, course, now)
    mastery = mastery_of(course, work)
    standing = standings.standing(user, course, now, mastery=filled(mastery))
    _none, final = lessons.quizzes_of(course, None)
    final_passed = bool(final is not None and work.score(final).passed)
    mistakes = {answer.attempt_id for answer in work.answers if not answer.right}
    pillars = tuple(
        _pillar(course, pillar, standing.states[pillar.id], mastery.pillars[pillar.id], work, mistakes, final_passed)
        for pillar in course.pillars
    )
    others = [quiz for quiz in course.quizzes if quiz.pillar is None and quiz.policy.graded and quiz.kind != "pretest"]
    return Overview(
        standing=standing,
        step=standings.next_step(course, standing, lessons.last_place(user, course)),
        mastery=mastery,
        pillars=pillars,
        others=tuple((quiz, work.score(quiz), next(iter(work.of(quiz)), None)) for quiz in others),
        calibration=calibration.calibration(work.answers),
        misled=_misled(course, work.answers),
        answers=sum(answer.response for answer in work.answers),
    )


def _pillar(
    course: Course,
    pillar: Pillar,
    reading: PillarState,
    mastery: PillarMastery,
    work: Work,
    mistakes: set[int],
    final_passed: bool,
) -> PillarView:
    _pretest, quiz = lessons.quizzes_of(course, pillar.id)
    latest = next(iter(work.of(quiz)), None) if quiz else None
    score = work.score(quiz) if quiz else scores.NOTHING
    to_practise = latest if latest is not None and latest.id in mistakes else None
    return PillarView(
        pillar=pillar,
        reading=reading,
        mastery=mastery,
        quiz=quiz,
        score=score,
        latest=latest,
        weak=tuple(
            _weak(course, fact.id, len(fact.missed), _papers(work, fact.missed))
            for fact in mastery.weak
            if fact.id in course.facts
        ),
        step=pillar_step(reading, mastery, quiz, score, to_practise, final_passed),
    )


def pillar_step(
    reading: PillarState,
    mastery: PillarMastery,
    quiz: Quiz | None,
    score: QuizScore,
    to_practise: Attempt | None,
    final_passed: bool,
) -> PillarStep:
    """The next step in one pillar: read it, take its quiz, practise what went wrong, and let time do the rest.

    `to_practise` is the latest attempt at its quiz, if something in it went wrong.
    """
    if mastery.state is State.CONFIRMED:
        return PillarStep("done")
    if not reading.is_read and not score.attempts:
        return PillarStep("read-on" if reading.sections_read else "read")
    if quiz is not None and not score.attempts:
        return PillarStep("quiz", quiz)
    if mastery.state is State.MASTERED:
        return PillarStep("done" if final_passed else "final")
    if to_practise is not None and mastery.weak:
        return PillarStep("practise", quiz, to_practise)
    if quiz is not None and (not score.passed or mastery.count(State.NOT_STARTED)):
        return PillarStep("again", quiz)
    return PillarStep("review")


def _weak(course: Course, fact_id: str, missed: int, papers: tuple[Attempt, ...] = ()) -> WeakFact:
    return WeakFact(course.facts[fact_id], course.where_taught(fact_id), missed, papers)


def _papers(work: Work, question_ids: Sequence[str]) -> tuple[Attempt, ...]:
    """The papers in which these questions were answered last, each once; reviews have no page to look at."""
    named = {work.answered_last_in.get(id) for id in question_ids}
    return tuple(attempt for attempt in work.attempts if attempt.id in named and not attempt.is_review)


def _misled(course: Course, answers: Sequence[Answer]) -> tuple[Misled, ...]:
    """What was answered as sure and wrong, and is still in use."""
    return tuple(
        Misled(
            question,
            answer.at,
            results.section_of(question, course),
            tuple(_weak(course, id, 1) for id in _first(question.facts, course)),
        )
        for answer in calibration.sure_but_wrong(answers)
        if (question := course.question(answer.question_id)) is not None and not question.retired
    )


def _first(fact_ids: Iterable[str], course: Course) -> list[str]:
    return [id for id in fact_ids if id in course.facts][:2]
