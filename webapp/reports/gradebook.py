"""The gradebook: a page of learners by quizzes, and how the scores of each quiz are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from webapp.accounts.models import User
from webapp.database import db
from webapp.reports.scope import Population
from webapp.reports.scores import LearnerScores, QuizColumn, fits, learner_scores
from webapp.reports.statistics import distributions
from webapp.web.paging import PageOf, page_of, page_of_list

PAGE = 50
#: what can be sorted by besides a quiz's id
BY_NAME, BY_LOGIN, BY_CLASS = "name", "learner", "cohort"
#: bins of ten percent each; the last one holds 100, too
BINS = 10


@dataclass(frozen=True)
class Spread:
    """The scores that count at one quiz. Percents, 0 to 100."""

    quiz: QuizColumn
    n: int
    mean: float | None
    median: float | None
    passed: int
    #: how many learners in each ten percent
    bins: tuple[int, ...]


def page(
    population: Population,
    columns: Sequence[QuizColumn],
    *,
    sort: str = BY_NAME,
    backwards: bool = False,
    passed: str = "",
    number: int = 1,
    size: int = PAGE,
) -> PageOf[LearnerScores]:
    """One page of the gradebook. By name or login it costs three queries whatever the number of learners.

    Sorted by a score, or filtered by passing, every learner has to be looked at, in one streamed query. Those without
    a score come last, whichever way it is sorted.
    """
    if not looks_at_everybody(sort, passed):
        by_login = sort == BY_LOGIN
        ids = page_of(_ids(population, by_login, backwards), number, size)
        shown = learner_scores(population, columns, only=ids.items, backwards=backwards, by_login=by_login)
        return ids.of(list(shown) if ids else [])
    return page_of_list(_everybody(population, columns, sort, backwards, passed), number, size)


def looks_at_everybody(sort: str, passed: str) -> bool:
    """Whether a page in this order, so filtered, takes more than a look at those on it."""
    return bool(passed) or sort not in (BY_NAME, BY_LOGIN)


def order(
    population: Population, columns: Sequence[QuizColumn], *, sort: str, backwards: bool, passed: str
) -> list[int]:
    """The ids of all learners that fit, in an order for which every one has to be looked at."""
    return [each.user_id for each in _everybody(population, columns, sort, backwards, passed)]


def page_in(
    population: Population, columns: Sequence[QuizColumn], ids: Sequence[int], *, number: int = 1, size: int = PAGE
) -> PageOf[LearnerScores]:
    """One page of the gradebook in this order, with the scores as they are now: two queries. Of the people the order
    was made of, those who are not in the population any more, or don't fit its search, are left out."""
    if population.search:
        found = set(db.session.scalars(select(User.id).where(population.learners())))
        ids = [id for id in ids if id in found]
    asked = page_of_list(ids, number, size)
    scores = {each.user_id: each for each in learner_scores(population, columns, only=asked.items)} if asked else {}
    return asked.of([scores[id] for id in asked.items if id in scores])


def _everybody(
    population: Population, columns: Sequence[QuizColumn], sort: str, backwards: bool, passed: str
) -> list[LearnerScores]:
    everybody = [each for each in learner_scores(population, columns) if fits(each, passed)]
    if sort == BY_CLASS:
        everybody.sort(key=lambda each: each.cohort.casefold(), reverse=backwards)
    elif sort == BY_LOGIN:
        everybody.sort(key=lambda each: each.login.casefold(), reverse=backwards)
    elif sort == BY_NAME:
        everybody = everybody[::-1] if backwards else everybody
    else:
        everybody = _by_score(everybody, sort, backwards)
    return everybody


def _ids(population: Population, by_login: bool, backwards: bool) -> Select[tuple[int]]:
    """The ids of the learners, in the order of the gradebook."""
    first = func.lower(func.coalesce(User.username, User.email, "")) if by_login else User.name_order
    order = [column.desc() if backwards else column for column in (first, User.id)]
    return select(User.id).where(population.learners()).order_by(*order)


def _by_score(everybody: Sequence[LearnerScores], quiz_id: str, backwards: bool) -> list[LearnerScores]:
    def percent(each: LearnerScores) -> float:
        score = each.scores.get(quiz_id)
        return -1.0 if score is None or score.percent is None else score.percent

    scored = sorted((each for each in everybody if percent(each) >= 0), key=percent, reverse=backwards)
    return scored + [each for each in everybody if percent(each) < 0]


def spreads(population: Population, columns: Sequence[QuizColumn], *, passed: str = "") -> list[Spread]:
    """How the scores of each quiz that counts are spread over the learners; one streamed query."""
    counting = [column for column in columns if column.graded]
    percents: Mapping[str, Counter[float]] = {column.id: Counter() for column in counting}
    passes: Counter[str] = Counter()
    for learner in learner_scores(population, counting):
        if fits(learner, passed):
            for quiz_id, score in learner.scores.items():
                if score.percent is not None:
                    percents[quiz_id][score.percent] += 1
                    passes[quiz_id] += bool(score.passed)
    return [_spread(column, percents[column.id], passes[column.id]) for column in counting]


def _spread(column: QuizColumn, percents: Counter[float], passes: int) -> Spread:
    return Spread(
        quiz=column,
        n=distributions.count(percents),
        mean=distributions.mean(percents),
        median=distributions.median(percents),
        passed=passes,
        bins=tuple(binned(percents)),
    )


def binned(percents: Mapping[float, int]) -> list[int]:
    """How many lie in each ten percent: 0 up to 10, 10 up to 20, … 90 to 100."""
    bins = [0] * BINS
    for percent, times in percents.items():
        bins[min(int(max(percent, 0.0) // (100 / BINS)), BINS - 1)] += times
    return bins
