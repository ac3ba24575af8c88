"""How the questions of the bank do, over the learners whom one may see."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select

from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes.models import Attempt
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Population
from webapp.reports.statistics import items


@dataclass(frozen=True, slots=True)
class BankFigures:
    """How a question did: answers in first attempts, and percents where there are thirty or more."""

    answered: int
    facility: float | None
    discrimination: float | None


@dataclass(slots=True)
class _KeptFigures:
    key: object = None
    figures: dict[str, BankFigures] = field(default_factory=dict)


_kept: dict[object, _KeptFigures] = {}


def question_figures(people: Population, course: Course) -> dict[str, BankFigures]:
    """The figures of every question that was answered, over the learners one may see. Worked out anew only when an
    attempt was handed in or regraded meanwhile; then in one pass over the answers."""
    who = (people.course_id, people.everyone, people.chosen, tuple(each.id for each in people.classes), people.guests)
    totals = select(
        func.count(Attempt.id), func.max(Attempt.submitted_at), func.sum(Attempt.score), func.max(Attempt.id)
    ).where(Attempt.course_id == people.course_id, Attempt.state == AttemptState.SUBMITTED)
    key = tuple(db.session.execute(totals).one())
    kept = _kept.get(who)
    if kept is not None and kept.key == key:
        return kept.figures
    figures: dict[str, BankFigures] = {}
    if key[0]:
        best: dict[str, tuple[int, float]] = {}
        for quiz in course.quizzes:
            for name, item in items.quiz_report(people, quiz.id).questions.items():
                if item.enough and item.discrimination is not None and item.n > best.get(name, (0, 0.0))[0]:
                    best[name] = (item.n, item.discrimination)
        for name, facility in items.facilities(people).items():
            percent = facility.percent if facility.enough else None
            figures[name] = BankFigures(facility.n, percent, best[name][1] if name in best else None)
    if len(_kept) > 50:
        _kept.clear()
    _kept[who] = _KeptFigures(key, figures)
    return figures
