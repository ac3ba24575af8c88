"""Handing in a file as an answer, taking it back, and reading it.

A file and a text of one answer are kept apart from each other: a page that sends a text says nothing of the file, and
the other way round. Each is refused where that same part was changed meanwhile, and neither can undo the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import undefer

from webapp import questions
from webapp.database import db
from webapp.questions import Response
from webapp.questions.responses import HandedFile, handed_file, passage
from webapp.quizzes import answering
from webapp.quizzes.answer_files.kinds import FileKind, FileRefused, Why, clean_name, kind_of
from webapp.quizzes.answer_files.models import AnswerFile
from webapp.quizzes.attempt_state import Closed, Saved, Stale
from webapp.quizzes.models import Attempt, Slot, Step
from webapp.quizzes.revisions import question_of
from webapp.quizzes.vocabulary import StepAction

#: bytes of all files of an attempt, and of a person
MOST_OF_ATTEMPT, MOST_OF_PERSON = 40 * 1024 * 1024, 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileSent:
    """A file as it was sent, known for what it is."""

    raw: bytes
    name: str
    kind: FileKind
    digest: str

    @classmethod
    def read(cls, raw: bytes, called: str) -> FileSent:
        """Raises FileRefused."""
        kind = kind_of(raw)
        return cls(raw, clean_name(called, kind), kind, sha256(raw).hexdigest())


def takes_file(slot: Slot) -> bool:
    """Whether the answer to a slot may be a file."""
    question = question_of(slot.revision, slot.order_seed)
    return questions.type_of(question).takes_file(question)


def hand_in(slot: Slot, sent: FileSent, *, replaces: int, now: datetime) -> Saved | Stale | Closed:
    """Keeps a file as the answer to a slot, or as part of it; flushes. `slot` comes from `service.slot_for`, which
    locks it. `replaces` is the id of the file that the sender's page showed, 0 for none: where another is there by now,
    it is Stale, and nothing changes. The same file again is the same answer. Raises FileRefused beyond the quotas.
    """
    closed = answering.why_closed(slot, now)
    if closed is not None:
        return closed
    before = handed_file(slot.response)
    if before is not None and (before.digest, before.name) == (sent.digest, sent.name):
        return Saved(slot.sequence, slot.answered_at, new=False)
    if replaces != (before.id if before is not None else 0):
        return Stale(slot, slot.response, None)
    _check_quotas(slot, len(sent.raw))
    _remove(slot)
    row = AnswerFile(
        slot_id=slot.id,
        name=sent.name,
        mimetype=sent.kind.mimetype,
        size=len(sent.raw),
        digest=sent.digest,
        content=sent.raw,
        at=now,
    )
    db.session.add(row)
    db.session.flush()
    handed = HandedFile(row.id, sent.name, len(sent.raw), sent.digest, now.isoformat())
    return _answer(slot, {**(slot.response or {}), "file": handed.as_response()}, now)


def take_back(slot: Slot, *, taken: int, now: datetime) -> Saved | Stale | Closed:
    """Removes the file `taken` from the answer to a slot, for good; what was written stays. Flushes."""
    closed = answering.why_closed(slot, now)
    if closed is not None:
        return closed
    before = handed_file(slot.response)
    if before is None:
        return Saved(slot.sequence, slot.answered_at, new=False)
    if before.id != taken:
        return Stale(slot, slot.response, None)
    _remove(slot)
    return _answer(slot, {name: part for name, part in (slot.response or {}).items() if name != "file"} or None, now)


def beside_file(slot: Slot, response: Response | None) -> Response | None:
    """What was written, with the file that was handed in: a form that sends a text can't carry it."""
    before = handed_file(slot.response)
    return response if before is None else {**(response or {}), "file": before.as_response()}


def sequence_of_text(slot: Slot, sequence: int) -> int:
    """The sequence of a page that sends a text: the slot's own where since that page only the file was changed."""
    if sequence == slot.sequence:
        return sequence
    steps = db.session.scalars(
        select(Step).where(Step.slot_id == slot.id, Step.sequence >= sequence).order_by(Step.sequence)
    ).all()
    texts = {(passage(step.response, "text"), step.certainty) for step in steps}
    if sequence == 0:
        texts.add((None, None))
    elif not steps or steps[0].sequence != sequence:
        return sequence
    only_files = len(texts) == 1 and all(step.action == StepAction.ANSWER for step in steps)
    return slot.sequence if only_files else sequence


def file_of(attempt: Attempt, position: int) -> AnswerFile | None:
    """The file that was handed in at a place of a paper, with its content."""
    return db.session.scalar(
        select(AnswerFile)
        .join(Slot, Slot.id == AnswerFile.slot_id)
        .options(undefer(AnswerFile.content))
        .where(Slot.attempt_id == attempt.id, Slot.position == position)
    )


def _answer(slot: Slot, response: Response | None, now: datetime) -> Saved | Stale | Closed:
    return answering.answer(
        slot, sequence=slot.sequence, response=response, certainty=slot.certainty, seconds=0, now=now
    )


def _remove(slot: Slot) -> None:
    db.session.execute(delete(AnswerFile).where(AnswerFile.slot_id == slot.id))


def _check_quotas(slot: Slot, size: int) -> None:
    """Raises FileRefused where the others of the attempt, or of the person, leave no room."""
    here = case((Slot.attempt_id == slot.attempt_id, AnswerFile.size), else_=0)
    of_attempt, of_person = db.session.execute(
        select(func.coalesce(func.sum(here), 0), func.coalesce(func.sum(AnswerFile.size), 0))
        .join(Slot, Slot.id == AnswerFile.slot_id)
        .join(Attempt, Attempt.id == Slot.attempt_id)
        .where(Attempt.user_id == slot.attempt.user_id, Slot.id != slot.id)
    ).one()
    if of_attempt + size > MOST_OF_ATTEMPT or of_person + size > MOST_OF_PERSON:
        raise FileRefused(Why.QUOTA)
