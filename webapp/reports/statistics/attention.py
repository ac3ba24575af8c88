"""What deserves attention first, each with its reason: keys, distractors, facts, learners, questions.

The rules, which the page says in the same words:

- A key is suspicious when who does well in the rest of the test does worse here (a discrimination index below 0), or
  when the weakest third choose a wrong answer more often than the strongest third choose the right one.
- A distractor that nobody picks in so many answers helps nobody to decide; a fact is hard when its questions earn less
  than 40 percent on average. Nothing is said of less than 30 answers.
- A learner stopped when they did something in the last 90 days, nothing in the last 14, and haven't passed every quiz
  that counts.
- A question is never drawn when no quiz's rules match it, or when it never was in many attempts at a quiz that may.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Text, cast, func, select

from webapp import questions
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.ledger import Fact
from webapp.database import db
from webapp.lessons.models import Reading
from webapp.questions.contract import Question
from webapp.quizzes import revisions
from webapp.quizzes.models import Attempt, QuestionRevision, Slot
from webapp.quizzes.vocabulary import AttemptState
from webapp.reports.scope import Population
from webapp.reports.scores import KINDS, LearnerScores, QuizColumn, learner_scores
from webapp.reports.statistics import answers, choices, items
from webapp.reports.statistics.choices import Share
from webapp.reports.statistics.figures import LEAST, QuestionFigures
from webapp.reports.statistics.items import Facility

#: a fact whose questions earn less than this on average (percent)
HARD = 40.0
STOPPED_AFTER, GONE_AFTER = timedelta(days=14), timedelta(days=90)
#: a list longer than this is not read
AT_MOST = 50


@dataclass(frozen=True)
class SuspiciousKey:
    question: Question
    quiz_id: str
    figures: QuestionFigures
    #: the wrong answer that tempts, and the right one; None for types without choices
    tempting: Share | None
    key: Share | None


@dataclass(frozen=True)
class IdleDistractors:
    question: Question
    n: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class HardFact:
    fact: Fact
    n: int
    percent: float
    questions: tuple[str, ...]
    taught: tuple[str, str] | None


@dataclass(frozen=True)
class Stopped:
    learner: LearnerScores
    #: the last thing they did
    at: datetime
    #: quizzes that count: passed, and how many there are
    passed: int
    quizzes: int


@dataclass(frozen=True)
class NeverDrawn:
    question: Question
    #: whether any quiz's rules match it
    matched: bool


@dataclass(frozen=True)
class Attention:
    """All findings, the gravest kind first; in each the gravest first."""

    keys: tuple[SuspiciousKey, ...]
    distractors: tuple[IdleDistractors, ...]
    facts: tuple[HardFact, ...]
    stopped: tuple[Stopped, ...]
    never_drawn: tuple[NeverDrawn, ...]

    @property
    def count(self) -> int:
        return sum(len(kind) for kind in (self.keys, self.distractors, self.facts, self.stopped, self.never_drawn))


@dataclass(frozen=True)
class KeyFound:
    """A `SuspiciousKey`, with the id of its question."""

    question_id: str
    quiz_id: str
    figures: QuestionFigures
    tempting: Share | None
    key: Share | None


@dataclass(frozen=True)
class Findings:
    """The same in what can be kept: ids for questions, facts and people, who may change meanwhile."""

    keys: tuple[KeyFound, ...]
    #: (question id, answers, labels)
    distractors: tuple[tuple[str, int, tuple[str, ...]], ...]
    #: (fact id, answers, percent, ids of its questions)
    facts: tuple[tuple[str, int, float, tuple[str, ...]], ...]
    #: (user id, the last thing they did)
    stopped: tuple[tuple[int, datetime], ...]
    #: (question id, whether any quiz's rules match it)
    never_drawn: tuple[tuple[str, bool], ...]

    @classmethod
    def of(cls, found: Attention) -> Findings:
        return cls(
            tuple(
                KeyFound(each.question.id, each.quiz_id, each.figures, each.tempting, each.key) for each in found.keys
            ),
            tuple((each.question.id, each.n, each.labels) for each in found.distractors),
            tuple((each.fact.id, each.n, each.percent, each.questions) for each in found.facts),
            tuple((each.learner.user_id, each.at) for each in found.stopped),
            tuple((each.question.id, each.matched) for each in found.never_drawn),
        )

    def shown(self, population: Population, course: Course, columns: Sequence[QuizColumn]) -> Attention:
        """What was found, with questions, facts and people as they are now; what is gone is left out. One query."""
        has, facts = {question.id: question for question in course.questions}, course.facts
        return Attention(
            tuple(
                SuspiciousKey(has[each.question_id], each.quiz_id, each.figures, each.tempting, each.key)
                for each in self.keys
                if each.question_id in has
            ),
            tuple(IdleDistractors(has[id], n, labels) for id, n, labels in self.distractors if id in has),
            tuple(
                HardFact(facts[name], n, percent, ids, course.where_taught(name))
                for name, n, percent, ids in self.facts
                if name in facts
            ),
            tuple(_unfinished(dict(self.stopped), population, columns)),
            tuple(NeverDrawn(has[id], matched) for id, matched in self.never_drawn if id in has),
        )


def attention(
    population: Population,
    course: Course,
    columns: Sequence[QuizColumn],
    now: datetime,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> Attention:
    """Everything that deserves attention, on first attempts. `told` is told how many parts are done, of how many: one
    for each quiz, and one for all the rest."""
    parts = len(columns) + 1
    return Attention(
        keys=tuple(suspicious_keys(population, course, columns, lambda done: told(done, parts))),
        distractors=tuple(idle_distractors(population, course)),
        facts=tuple(hard_facts(course, items.facilities(population))),
        stopped=tuple(stopped(population, columns, now)),
        never_drawn=tuple(never_drawn(course)),
    )


def suspicious_keys(
    population: Population,
    course: Course,
    columns: Sequence[QuizColumn],
    told: Callable[[int], None] = lambda _done: None,
) -> list[SuspiciousKey]:
    """The questions whose key should be looked at, the worst first; each in the quiz where it does worst.

    `told` is told how many quizzes have been looked at.
    """
    worst: dict[str, SuspiciousKey] = {}
    # Nothing is said of few attempts, and of a class most quizzes have few.
    attempts = answers.counts_by_quiz(population) if population.is_part else None
    for done, column in enumerate(columns):
        told(done)
        if attempts is not None and attempts.get(column.id, 0) < LEAST:
            continue
        report = items.quiz_report(population, column.id)
        for name, figures in report.questions.items():
            question = course.question(name)
            # An index this low is the sign of both rules, so the choices are looked at only then.
            low = figures.enough and figures.discrimination is not None and figures.discrimination < 15
            if question is None or question.retired or not low:
                continue
            suspicion = _suspicion(population, question, column.id, figures)
            before = worst.get(name)
            if suspicion and (before is None or _index(suspicion) < _index(before)):
                worst[name] = suspicion
    return sorted(worst.values(), key=_index)[:AT_MOST]


def _index(suspicion: SuspiciousKey) -> float:
    return suspicion.figures.discrimination or 0.0


def _suspicion(
    population: Population, question: Question, quiz_id: str, figures: QuestionFigures
) -> SuspiciousKey | None:
    chosen = answers.attempts(population, quiz_id)
    shares, _rest = choices.shares_of(question, choices.picks(chosen, question.id))
    key = max((share for share in shares if share.is_key), key=lambda share: share.upper or 0.0, default=None)
    wrong = [share for share in shares if not share.is_key and share.lower is not None]
    tempting = max(wrong, key=lambda share: share.lower or 0.0, default=None)
    single = questions.type_of(question).picks_one
    crossed = (
        single
        and key is not None
        and tempting is not None
        and key.upper is not None
        and (tempting.lower or 0.0) > key.upper
    )
    if (figures.discrimination or 0.0) >= 0 and not crossed:
        return None
    return SuspiciousKey(question, quiz_id, figures, tempting if single else None, key if single else None)


def idle_distractors(population: Population, course: Course) -> list[IdleDistractors]:
    """Wrong options that nobody picked in 30 or more first answers; of questions with options only."""
    wanted = select(Slot.question_id, Slot.digest, cast(Slot.response, Text)).where(
        Slot.attempt_id.in_(answers.attempts(population)), Slot.response.is_not(None)
    )
    counted: Counter[tuple[str, str, str]] = Counter()
    optional = {
        question.id
        for question in course.questions
        if any(options.answers_stem for options in questions.type_of(question).option_lists(question))
    }
    for chunk in answers.narrow(wanted):
        counted.update(row for row in chunk if row[0] in optional)
    n: Counter[str] = Counter()
    picked: dict[str, set[str]] = {}
    for (name, digest, response), times in counted.items():
        shown = revisions.shown_as(digest)
        if shown is None:
            continue
        kind = questions.type_of(shown)
        labels = {choice.id: choice.label for choice in kind.choices(shown)}
        n[name] += times
        picked.setdefault(name, set()).update(
            labels[id] for id in kind.classify(shown, json.loads(response)) if id in labels
        )
    flawed = []
    for name, times in n.items():
        question = course.question(name)
        if times < LEAST or question is None or question.retired:
            continue
        idle = [
            choice.label
            for choice in questions.type_of(question).choices(question)
            if choice.fraction <= 0 and choice.label not in picked[name]
        ]
        if idle:
            flawed.append(IdleDistractors(question, times, tuple(idle)))
    return sorted(flawed, key=lambda each: (-len(each.labels), -each.n))[:AT_MOST]


def hard_facts(course: Course, answered: Mapping[str, Facility]) -> list[HardFact]:
    """Facts that few get right, the hardest first."""
    asking: dict[str, list[str]] = {}
    for question in course.questions:
        for name in question.facts:
            if question.id in answered and name in course.facts:
                asking.setdefault(name, []).append(question.id)
    hard = []
    for name, ids in asking.items():
        n = sum(answered[id].n for id in ids)
        percent = sum(answered[id].n * answered[id].percent for id in ids) / n
        if n >= LEAST and percent < HARD:
            hard.append(HardFact(course.facts[name], n, percent, tuple(ids), course.where_taught(name)))
    return sorted(hard, key=lambda each: each.percent)[:AT_MOST]


def stopped(population: Population, columns: Sequence[QuizColumn], now: datetime) -> list[Stopped]:
    """Learners who began and haven't been seen for two weeks, the most recent first: two queries."""
    attempted = [Attempt.course_id == population.course_id, Attempt.kind.in_(KINDS), Attempt.state != AttemptState.VOID]
    has_read = [Reading.course_id == population.course_id]
    if population.is_part:
        attempted.append(Attempt.user_id.in_(population.takers()))
        has_read.append(Reading.user_id.in_(population.takers()))
    tried = (
        select(Attempt.user_id, func.max(Attempt.active_at).label("at"))
        .where(*attempted)
        .group_by(Attempt.user_id)
        .subquery()
    )
    read = (
        select(Reading.user_id, func.max(Reading.read_at).label("at"))
        .where(*has_read)
        .group_by(Reading.user_id)
        .subquery()
    )
    rows = db.session.execute(
        select(User.id, tried.c.at, read.c.at)
        .outerjoin(tried, tried.c.user_id == User.id)
        .outerjoin(read, read.c.user_id == User.id)
        .where(population.learners())
    )
    seen = {id: max(times) for id, *both in rows if (times := [at for at in both if at is not None])}
    away = {id: at for id, at in seen.items() if now - GONE_AFTER <= at < now - STOPPED_AFTER}
    if not away:
        return []
    latest = sorted(away, key=lambda id: away[id], reverse=True)[: 4 * AT_MOST]
    return _unfinished({id: away[id] for id in latest}, population, columns)


def _unfinished(away: Mapping[int, datetime], population: Population, columns: Sequence[QuizColumn]) -> list[Stopped]:
    """Those of these people (id → the last thing they did) who haven't passed every quiz that counts: one query."""
    if not away:
        return []
    counting = [column for column in columns if column.graded]
    unfinished = []
    for learner in learner_scores(population, counting, only=list(away)):
        passed = sum(bool(score.passed) for score in learner.scores.values())
        if passed < len(counting):
            unfinished.append(Stopped(learner, away[learner.user_id], passed, len(counting)))
    return sorted(unfinished, key=lambda each: each.at, reverse=True)[:AT_MOST]


def never_drawn(course: Course) -> list[NeverDrawn]:
    """Questions in use that never come up: those no rule matches first. Two short queries, over everybody."""
    pools = [(quiz, course.pool(quiz)) for quiz in course.quizzes]
    matched = {question.id for _quiz, pool in pools for question in pool}
    unmatched = [NeverDrawn(q, False) for q in course.questions if not q.retired and q.id not in matched]
    # Each question is looked for until one paper has it, instead of going through all papers.
    on_paper = (
        select(Slot.id)
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(Slot.question_id == QuestionRevision.question_id, Attempt.course_id == course.id)
    )
    drawn = set(db.session.scalars(select(QuestionRevision.question_id).where(on_paper.exists())))
    taken = dict(
        db.session.execute(
            select(Attempt.quiz_id, func.count())
            .where(Attempt.course_id == course.id, Attempt.state == AttemptState.SUBMITTED)
            .group_by(Attempt.quiz_id)
        )
        .tuples()
        .all()
    )
    unlucky: dict[str, NeverDrawn] = {}
    for quiz, pool in pools:
        # After so many papers, each question would have come up some times if all were drawn alike.
        if taken.get(quiz.id, 0) * quiz.size >= LEAST * max(1, len(pool)):
            unlucky |= {q.id: NeverDrawn(q, True) for q in pool if q.id not in drawn}
    return [*unmatched, *unlucky.values()][:AT_MOST]
