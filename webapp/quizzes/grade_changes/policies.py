"""The rules of a quiz and what is recorded under others: which attempt counts, and the pass mark.

An attempt keeps the rules it was recorded under (`Attempt.keep`, `Attempt.pass_mark`). An edit of the quiz, in the
browser or in its file, holds for those who begin afterwards; what is recorded stays until somebody decides otherwise:
`apply` brings it under the rules of the file, `leave` says that it stays. Both are for the learners the decider may
see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from webapp.accounts import teaching
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.course.quiz import Quiz, Score
from webapp.database import db, pieces
from webapp.quizzes import scores
from webapp.quizzes.grade_changes.changes import (
    Decision,
    Done,
    NotUndone,
    carry_out,
    is_undone,
    keep,
)
from webapp.quizzes.grade_changes.forecast import ChangeForecast, Scope, compare, pictures
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptState, ChangeKind

Rules = tuple[Score, float]
"""Which attempt counts, and the pass mark in percent."""


@dataclass(frozen=True)
class Undecided:
    """A quiz whose file says other rules than those under which results are recorded."""

    quiz: Quiz
    #: the rules results stand under, with how many attempts handed in, the most frequent first
    recorded: tuple[tuple[Rules, int], ...]

    @property
    def of_file(self) -> Rules:
        return rules_of_file(self.quiz)


def rules_of_file(quiz: Quiz) -> Rules:
    return quiz.policy.score, quiz.policy.pass_mark


def undecided(course: Course, user: User) -> list[Undecided]:
    """The quizzes that `user` has something to decide about. One query, and two for each quiz with other rules."""
    quizzes = [quiz for quiz in course.quizzes if quiz.policy.graded]
    if not quizzes:
        return []
    # Each condition is a range of the index, and so is none at all.
    differing = [
        and_(Attempt.course_id == course.id, Attempt.quiz_id == quiz.id, condition)
        for quiz in quizzes
        for condition in _differs(rules_of_file(quiz))
    ]
    found = set(db.session.scalars(select(Attempt.quiz_id).where(or_(*differing)).distinct()))
    waiting = [state for quiz in quizzes if quiz.id in found and (state := undecided_at(quiz, user)) is not None]
    return [state for state in waiting if not _is_left(state.quiz, user)]


def _differs(rules: Rules) -> tuple[ColumnElement[bool], ...]:
    way, mark = rules
    return (
        Attempt.keep < way,
        Attempt.keep > way,
        and_(Attempt.keep == way, Attempt.pass_mark < mark),
        and_(Attempt.keep == way, Attempt.pass_mark > mark),
    )


def undecided_at(quiz: Quiz, user: User) -> Undecided | None:
    """How results at one quiz stand, of the learners `user` may see; None when all stand under the file's rules."""
    rows = db.session.execute(
        select(Attempt.keep, Attempt.pass_mark, func.count())
        .where(
            *_scope(quiz.course_id, quiz.id, user), Attempt.state == AttemptState.SUBMITTED, Attempt.keep.is_not(None)
        )
        .group_by(Attempt.keep, Attempt.pass_mark)
        .order_by(func.count().desc())
    )
    recorded = tuple(((way, mark), count) for way, mark, count in rows if way is not None and mark is not None)
    if all(rules == rules_of_file(quiz) for rules, _count in recorded):
        return None
    return Undecided(quiz, recorded)


def _is_left(quiz: Quiz, user: User) -> bool:
    """Whether it was decided, by this person or one who decides for all, that results stay under other rules."""
    owners = teaching.owners_of(quiz.course_id)
    latest = db.session.scalars(
        select(RecordedChange)
        .outerjoin(User, User.id == RecordedChange.actor_id)
        .where(
            RecordedChange.course_id == quiz.course_id,
            RecordedChange.quiz_id == quiz.id,
            RecordedChange.kind.in_((ChangeKind.POLICY, ChangeKind.POLICY_LEFT)),
            or_(
                RecordedChange.actor_id == user.id,
                User.role == "admin",
                RecordedChange.actor_id.in_(owners),
            ),
        )
        .order_by(RecordedChange.id.desc())
        .limit(1)
    ).first()
    return latest is not None and latest.kind == ChangeKind.POLICY_LEFT and latest.after == _row(rules_of_file(quiz))


def _scope(course_id: str, quiz_id: str, user: User) -> Scope:
    """The attempts at a quiz of those whom `user` may see, never their own; all for an admin, and all but their own
    for an owner of the course: what touches the classes of others is theirs to decide."""
    at_quiz = [Attempt.course_id == course_id, Attempt.quiz_id == quiz_id]
    if user.is_admin:
        return at_quiz
    if teaching.oversees(user, course_id):
        return [*at_quiz, Attempt.user_id != user.id]
    return [*at_quiz, Attempt.user_id.in_(teaching.learners_of(user, course_id)), Attempt.user_id != user.id]


def forecast(quiz: Quiz, user: User) -> ChangeForecast:
    """What bringing recorded results under the rules of the file would change. Two queries; changes nothing."""
    scope = _scope(quiz.course_id, quiz.id, user)
    return compare(pictures(scope), pictures(scope, rules=rules_of_file(quiz)))


def apply(quiz: Quiz, *, reason: str, by: User, now: datetime, seen: str | None = None) -> Done[int]:
    """Brings what is recorded under the rules of the file, open attempts included; the number of attempts. Flushes.

    Raises NotDecided like `changes.carry_out`.
    """
    rules, scope = rules_of_file(quiz), _scope(quiz.course_id, quiz.id, by)
    moved = _other_rules(scope, rules)
    decision = Decision(
        kind=ChangeKind.POLICY,
        subject=f"quiz:{quiz.id}",
        reason=reason,
        by=by,
        now=now,
        course_id=quiz.course_id,
        quiz_id=quiz.id,
        before={"rules": [_row(was) for was in moved], "attempts": list(moved.values())},
        after=_row(rules),
        seen=seen,
    )
    done = carry_out(lambda: _set(moved, rules), scope, decision)
    if done.change is None and moved:
        # Nobody's figures change, but the rules do: that is a decision, too.
        return Done(done.value, done.forecast, keep(decision, done.forecast))
    return done


def leave(quiz: Quiz, *, reason: str, by: User, now: datetime) -> RecordedChange:
    """Decides that what is recorded stays under its rules, and those of the file hold for who begins. Flushes."""
    state = undecided_at(quiz, by)
    return keep(
        Decision(
            kind=ChangeKind.POLICY_LEFT,
            subject=f"quiz:{quiz.id}",
            reason=reason,
            by=by,
            now=now,
            course_id=quiz.course_id,
            quiz_id=quiz.id,
            before={"rules": [_row(rules) for rules, _count in state.recorded] if state is not None else []},
            after=_row(rules_of_file(quiz)),
        ),
        ChangeForecast(()),
    )


def undo(change: RecordedChange, *, reason: str, by: User, now: datetime, seen: str | None = None) -> Done[int]:
    """Brings what a change moved back under the rules it had, but for what was changed again since. Flushes.

    Raises NotUndone, and NotDecided like `apply`.
    """
    if change.kind != ChangeKind.POLICY or change.quiz_id is None or is_undone(change):
        raise NotUndone
    scope = _scope(change.course_id, change.quiz_id, by)
    rules_now = _rules(change.after)
    moved: dict[Rules, list[int]] = {}
    for row, ids in zip(change.before["rules"], change.before["attempts"], strict=True):
        stands: list[int] = []
        for piece in pieces(ids):
            stands += db.session.scalars(
                select(Attempt.id).where(
                    Attempt.id.in_(piece), Attempt.keep == rules_now[0], Attempt.pass_mark == rules_now[1], *scope
                )
            )
        if stands:
            moved[_rules(row)] = stands
    if not moved:
        raise NotUndone

    def back() -> int:
        return sum(_set({rules_now: ids}, rules) for rules, ids in moved.items())

    decision = Decision(
        kind=ChangeKind.POLICY,
        subject=change.subject,
        reason=reason,
        by=by,
        now=now,
        course_id=change.course_id,
        quiz_id=change.quiz_id,
        undoes=change.id,
        before={"rules": [_row(rules_now)], "attempts": [[id for ids in moved.values() for id in ids]]},
        after=_row(next(iter(moved))),
        seen=seen,
    )
    done = carry_out(back, scope, decision)
    return done if done.change is not None else Done(done.value, done.forecast, keep(decision, done.forecast))


def _other_rules(scope: Scope, rules: Rules) -> dict[Rules, list[int]]:
    """The attempts in the scope that count by other rules than these, by their rules."""
    moved: dict[Rules, list[int]] = {}
    for id, way, mark in db.session.execute(
        select(Attempt.id, Attempt.keep, Attempt.pass_mark)
        .where(*scope, Attempt.keep.is_not(None), Attempt.state != AttemptState.VOID)
        .order_by(Attempt.id)
    ):
        if (way, mark) != rules:
            moved.setdefault((way, mark), []).append(id)
    return moved


def _set(moved: dict[Rules, list[int]], rules: Rules) -> int:
    """Sets the rules of attempts, and whether each passed by them; how many there are."""
    way, mark = rules
    for ids in moved.values():
        for piece in pieces(ids):
            percents = select(Attempt.id, Attempt.percent).where(Attempt.id.in_(piece), Attempt.percent.is_not(None))
            passed: dict[bool, list[int]] = {True: [], False: []}
            for id, percent in db.session.execute(percents):
                passed[scores.is_pass(percent or 0.0, mark)].append(id)
            db.session.execute(_update(piece).values(keep=way, pass_mark=mark))
            for verdict, those in passed.items():
                if those:
                    db.session.execute(_update(those).values(passed=verdict))
    db.session.expire_all()
    return sum(map(len, moved.values()))


def _update(ids: Sequence[int]) -> Any:
    return update(Attempt).where(Attempt.id.in_(ids)).execution_options(synchronize_session=False)


def _row(rules: Rules) -> dict[str, Any]:
    return {"score": rules[0], "pass_mark": rules[1]}


def _rules(row: dict[str, Any]) -> Rules:
    return row["score"], row["pass_mark"]
