"""What is taken out of use while it is in use: quizzes with results or set to a class, questions on papers.

Results stay: an attempt keeps its questions, its policy and its title, and the gradebook its column. But whoever takes
something out says why, and it is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from webapp.accounts.models import Cohort, User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.editor import impact
from webapp.quizzes.grade_changes import changes
from webapp.quizzes.grade_changes.changes import Decision
from webapp.quizzes.grade_changes.forecast import ChangeForecast
from webapp.quizzes.models import Assignment, Attempt
from webapp.quizzes.vocabulary import AttemptState, ChangeKind


class ReasonNeeded(Exception):
    """Something in use would be taken out, and no reason is given. Holds `removals`; nothing is written."""

    def __init__(self, removals: Sequence[Removal]) -> None:
        super().__init__(f"{len(removals)} in use would be taken out")
        self.removals = tuple(removals)


@dataclass(frozen=True, slots=True)
class Removal:
    """A quiz or question that goes while it is in use. `sentences` say by number and name who has to do with it."""

    #: quiz or question
    kind: str
    id: str
    title: str
    sentences: tuple[str, ...]


def removals(before: Course, after: Course) -> list[Removal]:
    """What the one edition of the course has in use and the other has no more, or has retired."""
    gone = [quiz for quiz in before.quizzes if after.quiz(quiz.id) is None]
    found = [removal for quiz in gone if (removal := _of_quiz(before.id, quiz.id, quiz.title)) is not None]
    out = [
        question
        for question in before.questions
        if not question.retired and ((there := after.question(question.id)) is None or there.retired)
    ]
    if not out:
        return found
    assigned = set(db.session.scalars(impact.in_force(before.id).with_only_columns(Assignment.quiz_id).distinct()))
    in_force = [quiz for quiz in before.quizzes if quiz.id in assigned]
    for question in out:
        titles = [quiz.title for quiz in in_force if quiz.draws(question)]
        sentences = _of_question(before.id, question.id, titles, is_gone=after.question(question.id) is None)
        if sentences:
            found.append(Removal("question", question.id, question.id, sentences))
    return found


def _of_quiz(course_id: str, quiz_id: str, title: str) -> Removal | None:
    in_use = (Attempt.course_id == course_id, Attempt.quiz_id == quiz_id, Attempt.state != AttemptState.VOID)
    counts: dict[str, int] = dict(
        db.session.execute(select(Attempt.state, func.count()).where(*in_use).group_by(Attempt.state)).tuples().all()
    )
    learners = db.session.scalar(select(func.count(Attempt.user_id.distinct())).where(*in_use))
    classes = list(
        db.session.scalars(
            impact.in_force(course_id)
            .with_only_columns(Cohort.name)
            .where(Assignment.quiz_id == quiz_id)
            .order_by(Cohort.name)
        )
    )
    if not counts and not classes:
        return None
    sentences = []
    if done := counts.get(AttemptState.SUBMITTED, 0):
        attempts = ngettext("%(num)s attempt", "%(num)s attempts", done)
        people = ngettext("%(num)s learner", "%(num)s learners", learners or 0)
        sentences.append(
            _("%(attempts)s of %(people)s are recorded. They stay, in the gradebook and for the learners.",
              attempts=attempts, people=people)
        )  # fmt: skip
    if running := counts.get(AttemptState.OPEN, 0):
        sentences.append(
            ngettext(
                "%(num)s attempt is in progress and goes on.", "%(num)s attempts are in progress and go on.", running
            )
        )
    if classes:
        sentences.append(_("It is set to: %(classes)s. They can’t begin it any more.", classes=_listed(classes)))
    return Removal("quiz", quiz_id, title, tuple(sentences))


def _of_question(course_id: str, question_id: str, titles: Sequence[str], *, is_gone: bool) -> tuple[str, ...]:
    used = impact.usage(course_id, question_id)
    sentences = []
    if titles:
        sentences.append(_("Quizzes that are set to a class draw it: %(quizzes)s.", quizzes=_listed(titles)))
    if used.open:
        sentences.append(
            ngettext(
                "It is on the paper of %(num)s attempt in progress, and stays there.",
                "It is on the papers of %(num)s attempts in progress, and stays there.",
                used.open,
            )
        )
    if used.graded and (sentences or is_gone):
        sentences.append(
            ngettext(
                "%(num)s answer is graded, and keeps its grade.",
                "%(num)s answers are graded, and keep their grades.",
                used.graded,
            )
        )
    return tuple(sentences)


def _listed(names: Iterable[str], at_most: int = 10) -> str:
    names = list(names)
    more = len(names) - at_most
    return ", ".join(names[:at_most]) + (f", … (+{more})" if more > 0 else "")


def check(found: Sequence[Removal], reason: str) -> None:
    """Raises ReasonNeeded where something in use would go for no reason."""
    if found and not reason.strip():
        raise ReasonNeeded(found)


def keep(course_id: str, found: Sequence[Removal], *, reason: str, user: Any, now: datetime) -> None:
    """Records what was taken out, and why: each as a decision that changed no result. Flushes."""
    if not isinstance(user, User):
        return
    for removal in found:
        changes.keep(
            Decision(
                kind=ChangeKind.REMOVAL,
                subject=f"{removal.kind}:{removal.id}",
                reason=reason,
                by=user,
                now=now,
                course_id=course_id,
                quiz_id=removal.id if removal.kind == "quiz" else None,
                before={"title": removal.title, "in_use": list(removal.sentences)},
                after={},
            ),
            ChangeForecast(()),
        )
