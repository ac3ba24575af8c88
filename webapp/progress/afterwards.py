"""What comes after a paper that was handed in: the next thing to do, and what the paper changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from webapp.accounts.models import User
from webapp.content.course.course import Course, Pillar
from webapp.lessons import service as lessons
from webapp.progress import mastery as masteries
from webapp.progress import standing as standings
from webapp.progress.mastery import State
from webapp.progress.standing import CourseStanding, NextStep
from webapp.progress.work import Work, filled, mastery_of, work_of
from webapp.quizzes.models import Attempt
from webapp.review import service as review


@dataclass(frozen=True)
class Growth:
    """How far a pillar is with a paper, and was without it. All but `facts` count facts."""

    pillar: Pillar
    facts: int
    practised_before: int
    practised: int
    mastered_before: int
    mastered: int


@dataclass(frozen=True)
class Afterwards:
    """What follows a paper."""

    step: NextStep
    #: the pillars it asks about, in the order of the course; pretests grow nothing
    growth: tuple[Growth, ...]
    #: questions of the paper that come back in the review, and when the first of them does
    planned: int
    first_back: datetime | None


def afterwards(
    user: User, attempt: Attempt, question_ids: Collection[str], course: Course, now: datetime
) -> Afterwards:
    """What follows a paper of a person's own whose result they see: at most eight queries, whatever they did."""
    work = work_of(user, course, now)
    after = mastery_of(course, work)
    plan = review.plan(user, course, now)
    standing = standings.standing(user, course, now, mastery=filled(after), due=plan.waiting)
    growth: tuple[Growth, ...] = ()
    if not attempt.is_pretest:
        before = mastery_of(course, _without(work, attempt))
        growth = tuple(_growth(pillar, before, after) for pillar in _pillars_of(question_ids, course))
    cards = [card for card in plan.cards if card.question_id in question_ids]
    return Afterwards(
        step=step_after(attempt, course, standing, lessons.last_place(user, course)),
        growth=growth,
        planned=len(cards),
        first_back=min((review.called_back(card) for card in cards), default=None),
    )


def step_after(attempt: Attempt, course: Course, standing: CourseStanding, last_lesson: str | None) -> NextStep:
    """The next thing after a paper: the lesson that follows its pillar, if it is unread, else as on home.

    Nobody is sent to the review by the paper they have just handed in: it comes back when it is due.
    """
    pillars = list(course.pillars)
    here = next((index for index, pillar in enumerate(pillars) if pillar.id == attempt.policy.pillar), None)
    if here is not None:
        for pillar in pillars[here + 1 :]:
            state = standing.states[pillar.id]
            if pillar.lesson and not state.is_read and not state.passed:
                return NextStep("read", pillar, pillar.lesson, minutes=state.minutes_left)
    return standings.next_step(course, standing, last_lesson, reviews=False)


def _without(work: Work, attempt: Attempt) -> Work:
    """The same work as if this paper had never been."""
    return Work(
        tuple(each for each in work.attempts if each.id != attempt.id),
        tuple(answer for answer in work.answers if answer.attempt_id != attempt.id),
        work.counting - {attempt.id},
    )


def _pillars_of(question_ids: Collection[str], course: Course) -> list[Pillar]:
    """The pillars that teach what the questions ask for."""
    asked = {id for id, questions in course.questions_by_fact.items() if not set(questions).isdisjoint(question_ids)}
    home = course.fact_lessons
    named = {home[id] for id in asked if id in home}
    return [pillar for pillar in course.pillars if pillar.id in named]


def _growth(pillar: Pillar, before: masteries.Mastery, after: masteries.Mastery) -> Growth:
    was, is_now = before.pillars[pillar.id], after.pillars[pillar.id]
    return Growth(
        pillar,
        facts=len(is_now.facts),
        practised_before=was.reached(State.PRACTISED),
        practised=is_now.reached(State.PRACTISED),
        mastered_before=was.reached(State.MASTERED),
        mastered=is_now.reached(State.MASTERED),
    )
