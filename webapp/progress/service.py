"""What a learner sees of their own work: how each pillar stands, what is weak, how sure they are, and what to do next.

Scores come from `quizzes.scores`, as those of the gradebook do, so that both show the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import null, select
from sqlalchemy.orm import joinedload

from webapp.accounts.models import User
from webapp.content.course import Course, Pillar
from webapp.content.facts import Fact
from webapp.content.quiz import Quiz
from webapp.database import db
from webapp.lessons import service as lessons
from webapp.lessons.service import NextStep, PillarState, Standing
from webapp.progress import calibration, mastery
from webapp.progress.calibration import Calibration
from webapp.progress.mastery import Answer, Mastery, PillarMastery, State
from webapp.questions.base import Question
from webapp.quizzes import results, scores, states
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.scores import QuizScore

# ---------------------------------------------------------------------- what was done


@dataclass(frozen=True)
class Work:
    """All of a person's attempts whose results they may see, the latest first, and every answer in them."""

    attempts: tuple[Attempt, ...]
    answers: tuple[Answer, ...]

    def of(self, quiz: Quiz) -> list[Attempt]:
        """The attempts at a quiz, the latest first; practice is not among them."""
        return [attempt for attempt in self.attempts if attempt.quiz_id == quiz.id]

    def score(self, quiz: Quiz) -> QuizScore:
        """The score that counts at a quiz, by its way of keeping score."""
        return scores.quiz_score(self.of(quiz), quiz.policy.score, quiz.policy.pass_mark)


def work_of(user: User, now: datetime) -> Work:
    """What a person did, in two queries. Void attempts, and results that wait for their date, are not in it."""
    wanted = (
        select(Attempt)
        .options(joinedload(Attempt.assignment))
        .where(Attempt.user_id == user.id, Attempt.state != "void")
        .order_by(Attempt.number.desc())
    )
    attempts = {
        attempt.id: attempt
        for attempt in db.session.scalars(wanted)
        if attempt.kind == states.REVIEW or states.is_released(attempt, now)
    }
    if not attempts:
        return Work((), ())
    rows = db.session.execute(
        select(
            Slot.attempt_id,
            Slot.question_id,
            Slot.fraction,
            Slot.certainty,
            Slot.answered_at,
            Slot.response.is_not(null()).label("answered"),
        )
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(Attempt.user_id == user.id, Attempt.state != "void", Slot.fraction.is_not(None))
        .order_by(Slot.id)
    )
    answers = [answer for row in rows if (answer := _answer(row, attempts.get(row.attempt_id))) is not None]
    return Work(tuple(attempts.values()), tuple(answers))


def _answer(row: Any, attempt: Attempt | None) -> Answer | None:
    if attempt is None or attempt.kind == "pretest":
        return None
    if attempt.kind == states.REVIEW and not row.answered:
        return None  # it was asked on a day that ended before it was answered
    at = row.answered_at or attempt.submitted_at or attempt.started_at
    return Answer(
        row.question_id, attempt.kind, row.fraction, at, bool(row.answered), row.certainty, attempt_id=row.attempt_id
    )


def mastery_of(course: Course, work: Work) -> Mastery:
    """How far the person is, by the rule in `mastery`."""
    _none, final = lessons.quizzes_of(course, None)
    passed = bool(final is not None and work.score(final).passed)
    return mastery.mastery(course, work.answers, final_passed=passed)


def pillars_filled(user: User, course: Course, now: datetime) -> Mapping[str, float]:
    """pillar id → how full it is, 0 to 1, where 1 is mastered; for home. Two queries."""
    return _filled(mastery_of(course, work_of(user, now)))


def _filled(known: Mastery) -> dict[str, float]:
    return {id: pillar.filled for id, pillar in known.pillars.items()}


# ---------------------------------------------------------------------- what the page shows


@dataclass(frozen=True)
class WeakFact:
    """A fact that isn't right yet: where a lesson says it, (lesson id, anchor), and how many questions it missed."""

    fact: Fact
    taught: tuple[str, str] | None
    missed: int


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
    place: results.Place | None
    facts: tuple[WeakFact, ...]


@dataclass(frozen=True)
class Overview:
    """All that the progress page shows."""

    standing: Standing
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
    work = work_of(user, now)
    known = mastery_of(course, work)
    standing = lessons.standing(user, course, now, mastery=_filled(known))
    _none, final = lessons.quizzes_of(course, None)
    final_passed = bool(final is not None and work.score(final).passed)
    mistakes = {answer.attempt_id for answer in work.answers if not answer.right}
    pillars = tuple(
        _pillar(course, pillar, standing.states[pillar.id], known.pillars[pillar.id], work, mistakes, final_passed)
        for pillar in course.pillars
    )
    others = [quiz for quiz in course.quizzes if quiz.pillar is None and quiz.policy.graded and quiz.kind != "pretest"]
    return Overview(
        standing=standing,
        step=lessons.next_step(course, standing, lessons.last_place(user, course)),
        mastery=known,
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
    known: PillarMastery,
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
        mastery=known,
        quiz=quiz,
        score=score,
        latest=latest,
        weak=tuple(_weak(course, fact.id, len(fact.missed)) for fact in known.weak if fact.id in course.facts),
        step=pillar_step(reading, known, quiz, score, to_practise, final_passed),
    )


def pillar_step(
    reading: PillarState,
    known: PillarMastery,
    quiz: Quiz | None,
    score: QuizScore,
    to_practise: Attempt | None,
    final_passed: bool,
) -> PillarStep:
    """The next step in one pillar: read it, take its quiz, practise what went wrong, and let time do the rest.

    `to_practise` is the latest attempt at its quiz, if something in it went wrong.
    """
    if known.state is State.CONFIRMED:
        return PillarStep("done")
    if not reading.is_read and not score.attempts:
        return PillarStep("read-on" if reading.sections_read else "read")
    if quiz is not None and not score.attempts:
        return PillarStep("quiz", quiz)
    if known.state is State.MASTERED:
        return PillarStep("done" if final_passed else "final")
    if to_practise is not None and known.weak:
        return PillarStep("practise", quiz, to_practise)
    if quiz is not None and (not score.passed or known.count(State.NOT_STARTED)):
        return PillarStep("again", quiz)
    return PillarStep("review")


def _weak(course: Course, fact_id: str, missed: int) -> WeakFact:
    return WeakFact(course.facts[fact_id], course.where_taught(fact_id), missed)


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
