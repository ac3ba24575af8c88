"""What the pages of reports have in common: the blueprint, the filters in an address, figures that are up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts.sessions import current_person
from webapp.quizzes import service as quizzes
from webapp.reports import scope
from webapp.reports.kept import NotCounted
from webapp.reports.scope import Population
from webapp.reports.scores import PASSED, QuizColumn, quiz_columns
from webapp.web.current import course, now

bp = Blueprint("reports", __name__)


@dataclass(frozen=True)
class Filters:
    """What an address asks for: `cohort`, `quiz`, `q`, `passed`, `guests`. The same on a page and in its exports."""

    population: Population
    columns: list[QuizColumn]
    quiz: QuizColumn | None
    passed: str

    @property
    def arguments(self) -> dict[str, Any]:
        """The filters as arguments of an address; what is not set is left out."""
        chosen = self.population.chosen
        return {
            name: value
            for name, value in {
                "cohort": chosen.id if chosen else None,
                "quiz": self.quiz.id if self.quiz else None,
                "q": self.population.search or None,
                "passed": self.passed or None,
                "guests": "1" if self.population.guests else None,
            }.items()
            if value is not None
        }

    @property
    def are_set(self) -> bool:
        return bool(self.arguments)


def population() -> Population:
    """The learners that this request may be about, narrowed by `cohort`, `q` and `guests`; 404 for another's class."""
    cohort_id = request.args.get("cohort", "")
    if cohort_id and not (cohort_id.isascii() and cohort_id.isdigit() and len(cohort_id) < 19):
        abort(404)
    return scope.population(
        current_person(),
        course().id,
        cohort_id=int(cohort_id) if cohort_id else None,
        guests=request.args.get("guests") == "1",
        search=request.args.get("q", ""),
    )


def filters(*, graded_only: bool = False) -> Filters:
    """The filters of this request; 404 for a class or quiz that isn't there."""
    people = population()
    columns = quiz_columns(course(), graded_only=graded_only)
    quiz_id = request.args.get("quiz", "")
    quiz = next((column for column in columns if column.id == quiz_id), None)
    if quiz_id and quiz is None:
        abort(404)
    passed = request.args.get("passed", "")
    return Filters(people, [quiz] if quiz else columns, quiz, passed if passed in PASSED else "")


def bring_up_to_date() -> None:
    """Lets a report count what is overdue. Costs one short query when nothing is."""
    quizzes.bring_up_to_date(now())


@bp.errorhandler(NotCounted)
def being_counted(counting: NotCounted) -> ResponseReturnValue:
    """Instead of a page whose figures are counted for the first time: how far that is. It looks again by itself."""
    return render_template("reports/counting.html", counting=counting), 200, {"Refresh": "5"}
