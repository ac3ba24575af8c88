"""How a question stands after its key was mended, and what a regrade would do: the dry run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select

from webapp.content.course import revision
from webapp.content.course.course import Course
from webapp.database import db, pieces
from webapp.questions import type_of
from webapp.questions.contract import Question
from webapp.quizzes import revisions, scores
from webapp.quizzes.models import Attempt, QuestionRevision, Regrade, Slot
from webapp.quizzes.regrade.policies import all_graded, by_machine, by_policy, check_possible, within
from webapp.quizzes.vocabulary import AttemptState, RegradePolicy, RegradeState


@dataclass(frozen=True)
class QuestionRegrading:
    """How one question stands: its current revision, and how many answers were graded by another."""

    course_id: str
    question_id: str
    #: as it is in the course; None when it was taken out
    question: Question | None
    #: of the current revision; for one that was taken out, of the latest that was shown
    digest: str
    #: graded answers
    graded: int
    #: of these, graded by another revision than the current one
    outdated: int
    #: answers in attempts under way, on another revision and not graded yet
    under_way: int
    regrades: tuple[Regrade, ...]

    @property
    def running(self) -> Regrade | None:
        return next((regrade for regrade in self.regrades if regrade.state == RegradeState.RUNNING), None)

    @property
    def latest(self) -> Regrade | None:
        """The regrade that can be undone: the last one."""
        return self.regrades[0] if self.regrades and self.regrades[0].state == RegradeState.DONE else None


@dataclass(frozen=True)
class Difference:
    """What a regrade would do to one attempt that it changes. Percents are None where the attempt has no score."""

    attempt_id: int
    user_id: int
    quiz_id: str
    number: int
    before: float
    after: float
    percent_before: float | None
    percent_after: float | None
    passed_before: bool | None
    passed_after: bool | None


@dataclass(frozen=True)
class Forecast:
    """What a regrade would do, without doing it. `mean_*` are over the scored attempts among those looked at."""

    policy: RegradePolicy
    digest: str
    #: graded answers it looks at
    affected: int
    up: int
    down: int
    #: answers whose revision, but not grade, changes
    same: int
    #: attempts that pass now and did not, and the other way round
    newly_passed: int
    newly_failed: int
    scored: int
    mean_before: float | None
    mean_after: float | None
    #: the attempts that change, those that lose first, then by how much
    differences: tuple[Difference, ...]


# --- how a question stands -------------------------------------------------------------------------------------------


def standing(question_id: str, course: Course, cohorts: Sequence[int] | None = None) -> QuestionRegrading | None:
    """How a question stands; None when neither the course nor any paper knows it. Three queries.

    With `cohorts`, the answers in the reach of these classes are counted, without it everybody's.
    """
    question = course.question(question_id)
    if question is not None:
        digest = revision.digest(question)
    else:
        latest = (
            select(QuestionRevision.digest)
            .where(QuestionRevision.digest.in_(revisions.shown_in(course.id, question_id)))
            .order_by(QuestionRevision.first_seen_at.desc(), QuestionRevision.digest)
        )
        shown_last = db.session.scalar(latest.limit(1))
        if shown_last is None:
            return None
        digest = shown_last
    by = func.coalesce(Slot.graded_by, Slot.digest)
    counted = db.session.execute(
        select(
            func.count().filter(Slot.graded_at.is_not(None), Slot.overruled.is_(False)),
            func.count().filter(Slot.graded_at.is_not(None), Slot.overruled.is_(False), by != digest),
            func.count().filter(Slot.graded_at.is_(None), Slot.digest != digest, Attempt.state == AttemptState.OPEN),
        )
        .select_from(Slot)
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(
            Slot.question_id == question_id,
            Attempt.course_id == course.id,
            Attempt.state != AttemptState.VOID,
            within(cohorts),
            by_machine(),
        )
    ).one()
    regrades = db.session.scalars(
        select(Regrade)
        .where(Regrade.course_id == course.id, Regrade.question_id == question_id)
        .order_by(Regrade.id.desc())
    ).all()
    graded, outdated, under_way = counted
    return QuestionRegrading(course.id, question_id, question, digest, graded, outdated, under_way, tuple(regrades))


def outdated(course: Course, cohorts: Sequence[int] | None = None) -> dict[str, int]:
    """question id → how many answers were graded by another revision than the current one; one query.

    Only questions of the course with at least one such answer are in it, and none of those that people grade.
    """
    by = func.coalesce(Slot.graded_by, Slot.digest)
    rows = db.session.execute(
        select(Slot.question_id, by, func.count())
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(
            Attempt.course_id == course.id,
            Attempt.state != AttemptState.VOID,
            Slot.graded_at.is_not(None),
            Slot.overruled.is_(False),
            within(cohorts),
        )
        .group_by(Slot.question_id, by)
    )
    counts: dict[str, int] = {}
    for question_id, digest, count in rows:
        question = course.question(question_id)
        if question is None or type_of(question).rubric(question) is not None:
            continue
        if revision.digest(question) != digest:
            counts[question_id] = counts.get(question_id, 0) + count
    return counts


# --- the dry run -----------------------------------------------------------------------------------------------------


def forecast(state: QuestionRegrading, policy: RegradePolicy, cohorts: Sequence[int] | None = None) -> Forecast:
    """What a regrade with this policy would do. Reads every graded answer to the question; changes nothing.

    Raises NotPossible like `begin`.
    """
    check_possible(state.course_id, state.question_id, state.question, policy)
    regrade_fraction = by_policy(state.question, state.digest, policy)
    changed: dict[int, tuple[float, float]] = {}
    affected = up = down = same = 0
    for slot in all_graded(state.course_id, state.question_id, cohorts):
        after = regrade_fraction(slot)
        if after == slot.fraction and (slot.graded_by or slot.digest) == state.digest:
            continue
        affected += 1
        up += after > slot.fraction
        down += after < slot.fraction
        same += after == slot.fraction
        if after != slot.fraction:
            changed[slot.id] = (slot.fraction, after)
    differences = tuple(_differences(state.question_id, changed))
    scored, total = db.session.execute(
        select(func.count(Attempt.percent), func.sum(Attempt.percent)).where(
            Attempt.id.in_(
                select(Slot.attempt_id).where(Slot.question_id == state.question_id, Slot.graded_at.is_not(None))
            ),
            Attempt.course_id == state.course_id,
            Attempt.state != AttemptState.VOID,
            within(cohorts),
        )
    ).one()
    gain = sum((d.percent_after or 0) - (d.percent_before or 0) for d in differences if d.percent_before is not None)
    return Forecast(
        policy=policy,
        digest=state.digest,
        affected=affected,
        up=up,
        down=down,
        same=same,
        newly_passed=sum(1 for d in differences if d.passed_after and d.passed_before is False),
        newly_failed=sum(1 for d in differences if d.passed_before and d.passed_after is False),
        scored=scored,
        mean_before=scores.rounded(total / scored) if scored else None,
        mean_after=scores.rounded((total + gain) / scored) if scored else None,
        differences=differences,
    )


def _differences(question_id: str, changed: dict[int, tuple[float, float]]) -> Iterator[Difference]:
    """The attempts whose slots change: those that lose first, then the largest change."""
    differences = []
    for ids in pieces(sorted(changed)):
        attempts = {
            row.id: row
            for row in db.session.execute(
                select(
                    Attempt.id, Attempt.user_id, Attempt.quiz_id, Attempt.number, Attempt.state, Attempt.percent,
                    Attempt.passed, Attempt.max_score, Attempt.late_penalty, Attempt.pass_mark,
                    Attempt.policy,
                ).where(Attempt.id.in_(select(Slot.attempt_id).where(Slot.id.in_(ids))))
            )
        }  # fmt: skip
        papers: dict[int, list[Any]] = {}
        mine: dict[int, tuple[float, float]] = {}
        for slot in db.session.execute(
            select(Slot.id, Slot.attempt_id, Slot.points, Slot.fraction).where(Slot.attempt_id.in_(attempts))
        ):
            fraction = slot.fraction
            if slot.id in changed:
                mine[slot.attempt_id] = changed[slot.id]
                fraction = changed[slot.id][1]
            papers.setdefault(slot.attempt_id, []).append(_Paid(slot.points, fraction))
        for attempt in attempts.values():
            before, after = mine[attempt.id]
            percent = passed = None
            if attempt.percent is not None:
                percent = scores.percent_of(scores.points(papers[attempt.id], attempt.late_penalty), attempt.max_score)
                passed = scores.is_pass(percent, mark_of(attempt))
            differences.append(
                Difference(
                    attempt.id, attempt.user_id, attempt.quiz_id, attempt.number, before, after,
                    attempt.percent, percent, attempt.passed, passed,
                )
            )  # fmt: skip
    yield from sorted(differences, key=lambda d: (d.after >= d.before, -abs(d.after - d.before), d.attempt_id))


def mark_of(attempt: Any) -> float:
    """The pass mark, in percent, under which a row with these columns of Attempt is recorded."""
    mark: float = attempt.policy.pass_mark if attempt.pass_mark is None else attempt.pass_mark
    return mark


class _Paid(NamedTuple):
    points: float
    fraction: float | None
