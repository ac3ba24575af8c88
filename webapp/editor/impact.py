"""Where a question is in use, and what a change of it means for those who answered it: in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from webapp import questions
from webapp.accounts.models import Cohort
from webapp.content.course import revision
from webapp.content.course.course import Course
from webapp.database import db
from webapp.editor.forms.labels import LABELS
from webapp.questions.contract import Question
from webapp.quizzes import eligibility
from webapp.quizzes.models import Assignment, Attempt, Slot
from webapp.quizzes.vocabulary import AttemptState
from webapp.web.localisation import in_quotes

#: variants that are compared; more would make whoever saves a question wait
_VARIANTS = 20
_NEVER_SHOWN = {"accept", "draft", "numbers", "pillar", "source", "template"}


@dataclass(frozen=True, slots=True)
class Usage:
    """How often a question was put before somebody: in attempts handed in (and so graded), and in open ones."""

    graded: int = 0
    quizzes: int = 0
    open: int = 0

    def __bool__(self) -> bool:
        return bool(self.graded or self.open)


def usage(course_id: str, question_id: str, *, other_than: str | None = None) -> Usage:
    """The use of a course's question: one query. With `other_than`, only of revisions that are not this one."""
    wanted = (
        select(Attempt.state, Attempt.quiz_id, func.count())
        .join(Slot, Slot.attempt_id == Attempt.id)
        .where(Attempt.course_id == course_id, Slot.question_id == question_id, Attempt.state != AttemptState.VOID)
        .group_by(Attempt.state, Attempt.quiz_id)
    )
    if other_than is not None:
        wanted = wanted.where(Slot.digest != other_than)
    rows = [(state, quiz, count) for state, quiz, count in db.session.execute(wanted)]
    graded = [(quiz, count) for state, quiz, count in rows if state == AttemptState.SUBMITTED]
    return Usage(
        sum(count for _quiz, count in graded),
        len({quiz for quiz, _count in graded}),
        sum(count for state, _quiz, count in rows if state == AttemptState.OPEN),
    )


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a change means. `sentences` are for people; `key_moves` tells that a regrade may be due."""

    sentences: tuple[str, ...]
    key_moves: bool = False
    used: Usage = Usage()

    def __bool__(self) -> bool:
        return bool(self.sentences)


def meaning(course_id: str, old: Question, new: Question) -> Meaning:
    """What replacing a course's question by another revision means for those who met it; empty when nobody did, or when
    nothing of what learners see or are graded by changes."""
    same = revision.digest(old) == revision.digest(new)
    if same and old.retired == new.retired:
        return Meaning(())
    used = usage(course_id, old.id, other_than=None if same else revision.digest(new))
    if not used:
        return Meaning(())
    moved, said = _key(old, new)
    sentences = list(said)
    if old.id != new.id:
        sentences.append(
            _(
                "It gets another id, so it counts as another question: answers to %(old)s stay with the old one.",
                old=old.id,
            )
        )
    if not moved and not same:
        changed = _changed(old, new)
        sentences.append(_("What changes: %(fields)s. The right answer stays.", fields=", ".join(changed)))
    if new.retired and not old.retired:
        sentences.append(_("It is no longer drawn for new papers."))
    if old.retired and not new.retired:
        sentences.append(_("It can be drawn for new papers again."))
    if used.graded and not same:
        attempts = ngettext("%(num)s attempt", "%(num)s attempts", used.graded)
        in_quizzes = ngettext("%(num)s quiz", "%(num)s quizzes", used.quizzes)
        sentences.append(
            _("%(attempts)s in %(quizzes)s were graded against the old one, and keep their grades until you regrade.",
              attempts=attempts, quizzes=in_quizzes)
            if moved
            else _("%(attempts)s in %(quizzes)s keep the wording they had.", attempts=attempts, quizzes=in_quizzes)
        )  # fmt: skip
    if used.open:
        sentences.append(
            ngettext(
                "%(num)s attempt is in progress and goes on with the paper it was given.",
                "%(num)s attempts are in progress and go on with the papers they were given.",
                used.open,
            )
        )
    return Meaning(tuple(sentences), moved, used)


def publishing(course: Course, names: Collection[str]) -> Meaning:
    """What publishing questions means for quizzes under way. `course` is as it will be, `names` are those questions."""
    new = [question for question in course.questions if question.id in names and not question.retired]
    drawing = [quiz for quiz in course.quizzes if any(quiz.draws(question) for question in new)]
    if not drawing:
        return Meaning(())
    ids = [quiz.id for quiz in drawing]
    running: dict[str, int] = dict(
        db.session.execute(
            select(Attempt.quiz_id, func.count())
            .where(Attempt.course_id == course.id, Attempt.quiz_id.in_(ids), Attempt.state == AttemptState.OPEN)
            .group_by(Attempt.quiz_id)
        )
        .tuples()
        .all()
    )
    is_set = set(db.session.scalars(in_force(course.id).with_only_columns(Assignment.quiz_id).distinct()))
    touched = [quiz.title for quiz in drawing if quiz.id in running or quiz.id in is_set]
    if not touched:
        return Meaning(())
    sentences = [_("New papers of these quizzes, which are under way, may draw it: %(quizzes)s.",
                   quizzes=", ".join(touched))]  # fmt: skip
    if count := sum(running.values()):
        sentences.append(
            ngettext(
                "%(num)s attempt is in progress and goes on with the paper it was given.",
                "%(num)s attempts are in progress and go on with the papers they were given.",
                count,
            )
        )
    return Meaning(tuple(sentences))


def in_force(course_id: str) -> Any:
    """The assignments of a course that stand."""
    return (
        select(Assignment)
        .join(Cohort, Cohort.id == Assignment.cohort_id)
        .where(Cohort.course_id == course_id, eligibility.is_running())
    )


def _key(old: Question, new: Question) -> tuple[bool, list[str]]:
    """Whether an answer that was right is so no longer, and how to say it."""
    if old.type != new.type:
        return True, [_("The question changes its type, so old answers can't be read as new ones.")]
    if (old.template is None) is not (new.template is None):
        return True, [_("Its values begin or cease to be drawn, so old answers can't be read as new ones.")]
    kind = questions.type_of(new)
    if kind.rubric(new) is not None:
        # There is no key: people grade by the criteria that the learner's own version has.
        return False, []
    for seed in range(_VARIANTS if new.template is not None else 1):
        # Of a question with parameters some variants may keep their key, and others not.
        shown = questions.variant(old, seed)
        mended = questions.variant(new, seed, shown)
        before, after = kind.key(shown), kind.key(mended)
        if kind.grade(mended, questions.carry(shown, mended, before)).fraction < 1:
            break
    else:
        return False, []
    old, new = shown, mended
    was, now = _named(old, before), _named(new, after)
    if was == now:
        return True, [_("What counts as right changes; the best answer stays %(answer)s.", answer=now)]
    return True, [_("The key moves from %(was)s to %(now)s.", was=was, now=now)]


def _named(question: Question, key: dict[str, Any]) -> str:
    """A right answer, as one would name it: `B (“a cat”)`, or in words."""
    kind = questions.type_of(question)
    words = kind.describe(question, key)
    words = words if len(words) <= 90 else words[:87] + "…"
    picked = kind.classify(question, key) if kind.picks_one else []
    if picked and len(picked[0]) <= 2 and picked[0].isalpha():
        return f"{picked[0].upper()} ({in_quotes(words)})"
    return in_quotes(words)


def _changed(old: Question, new: Question) -> list[str]:
    one = old.model_dump(mode="json", exclude=_NEVER_SHOWN)
    other = new.model_dump(mode="json", exclude=_NEVER_SHOWN)
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return [str(LABELS.get(name, name)) for name in names]
