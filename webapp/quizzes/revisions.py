"""What was shown is kept: each revision of a question is stored the first time it is put before a learner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite

from webapp import questions
from webapp.content.course import revision
from webapp.database import db
from webapp.questions.contract import Question
from webapp.questions.variants import BadTemplate, places_drawn
from webapp.quizzes.models import Attempt, QuestionRevision, Slot

#: parsed questions by digest; a revision never changes, so an entry is never wrong
_parsed: dict[str, Question] = {}
_PARSED_AT_MOST = 5_000
#: variants of questions with parameters by digest and seed, from which they follow
_variants: dict[tuple[str, int], Question] = {}
#: the same by digest and the places of their values: no two papers have a seed in common, but many the values
_by_values: dict[tuple[str, tuple[int, ...]], Question] = {}


def keep(shown: Iterable[Question], now: datetime) -> dict[str, str]:
    """Stores the revisions that are not there yet; returns question id → digest."""
    by_digest = {revision.digest(question): question for question in shown}
    known = set(db.session.scalars(select(QuestionRevision.digest).where(QuestionRevision.digest.in_(by_digest))))
    missing = [
        {
            "digest": digest,
            "question_id": question.id,
            "body": revision.body(question),
            "first_seen_at": now,
        }
        # Always in the same order, so that two people who start together can't wait for each other.
        for digest, question in sorted(by_digest.items())
        if digest not in known
    ]
    if missing:
        # Somebody else may store the same revision at the same moment, and that is the same row.
        dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
        db.session.execute(dialect.insert(QuestionRevision).on_conflict_do_nothing(), missing)
    return {question.id: digest for digest, question in by_digest.items()}


def shown_in(course_id: str, question_id: str) -> Select[tuple[str]]:
    """The digests of the revisions of a question that a course put before anybody."""
    return (
        select(Slot.digest)
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(Attempt.course_id == course_id, Slot.question_id == question_id)
    )


def shown_as(digest: str, order_seed: int | None = None) -> Question | None:
    """The question as it was shown under a digest, like `question_of`; None where none is kept. It is read once, and
    not for each of a million answers to it; so is what makes a variant, which is remembered by its values alone: no
    two of a million papers have the same seed."""
    return shown_alike(digest, order_seed)[0]


def shown_alike(digest: str, order_seed: int | None = None) -> tuple[Question | None, tuple[int, ...] | None]:
    """The question as `shown_as` gives it, and the places of the values that were drawn: papers that agree in both
    digest and places show the very same. No places where the seed gave way to another, which papers don't share."""
    question = _parsed.get(digest)
    if question is None:
        revision_row = db.session.get(QuestionRevision, digest)
        if revision_row is None:
            return None, None
        question = question_of(revision_row)
    if order_seed is None or question.template is None:
        return question, ()
    return _of_values(digest, question, order_seed)


def question_of(
    revision_row: QuestionRevision, order_seed: int | None = None, shown: Question | None = None
) -> Question:
    """The question exactly as it was shown in the slot with this seed. Of a question with parameters the revision is
    the template, and without a seed it is read as its specimen, which has the ids of all its variants. Where another
    revision was `shown` in the slot, its values are kept."""
    question = _parsed.get(revision_row.digest)
    if question is None:
        if len(_parsed) >= _PARSED_AT_MOST:
            _parsed.clear()
        question = _parsed[revision_row.digest] = questions.load(revision_row.body)
    if order_seed is None or question.template is None:
        return question
    if shown is not None:
        return questions.variant(question, order_seed, shown)
    return _variant(revision_row.digest, question, order_seed)


def _variant(digest: str, question: Question, order_seed: int) -> Question:
    found = _variants.get((digest, order_seed))
    if found is None:
        if len(_variants) >= _PARSED_AT_MOST:
            _variants.clear()
        found = _variants[digest, order_seed] = _of_values(digest, question, order_seed)[0]
    return found


def _of_values(digest: str, question: Question, order_seed: int) -> tuple[Question, tuple[int, ...] | None]:
    try:
        places = places_drawn(question.template or {}, order_seed)
        key = digest, places
        found = _by_values.get(key)
        if found is None:
            if len(_by_values) >= _PARSED_AT_MOST:
                _by_values.clear()
            found = _by_values[key] = questions.draw_variant(question, order_seed)[0]
    except (BadTemplate, ValidationError):
        # What gives way to another seed is no matter of the values.
        return questions.variant(question, order_seed), None
    return found, places
