"""Files of questions that somebody sends in the browser: kept until they say what of it is wanted, imported as one
change, and taken back as one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, select

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.folder_store import CourseStore, NotPartOfCourse
from webapp.content.problems import Problems
from webapp.database import db
from webapp.editor import file_saving, history, media_files, question_choices, question_import, saving
from webapp.editor.models import QuestionImport
from webapp.interchange import recognised
from webapp.interchange.contract import within_bounds
from webapp.interchange.plan import ItemFate, PlannedQuestion, QuestionPlan, planned, present_questions

#: for how long a file waits, and how long an import can be looked at and taken back
KEPT_FOR, TOLD_FOR = timedelta(days=1), timedelta(days=30)
#: how many files of one person wait
MOST_WAITING = 3
#: losses of one import that are kept to be looked at after it
_MOST_LOSSES = 2_000


class NotThere(Exception):
    """The file does not wait any more, the import is told of no more, or it is somebody else's."""


class PlanOutdated(Exception):
    """The course is not what it was when the plan was shown, or the import is not as it was left."""


class NothingChosen(Exception):
    """No question is to be imported."""


class ImportUnconfirmed(file_saving.FileUnconfirmed):
    """What it means for those who answered has not been confirmed yet. `seal` stands for exactly this change."""

    def __init__(self, meanings: file_saving.Meanings, seal: str) -> None:
        super().__init__(meanings)
        self.seal = seal


# --- what waits ------------------------------------------------------------------------------------------------------


def received(course: Course, raw: bytes, name: str, *, format_name: str, into: str | None) -> QuestionImport:
    """A file that somebody sent, which can be read; not kept yet. `format_name` may be empty, for what the file looks
    like. Raises UnreadableQuestions and NoSuchChoice."""
    within_bounds(raw)
    target = question_choices.target(course, into)
    format_ = question_choices.format_named(format_name) if format_name else recognised(raw, name)
    sent = QuestionImport(
        course_id=course.id, name=name[-200:], format=format_.name, into=target, content=raw, left_out=[], files=[],
        pictures=[], losses=[], added=0, updated=0,
    )  # fmt: skip
    plan_of(course, sent, raw)
    return sent


def keep(sent: QuestionImport, *, user: User, now: datetime) -> None:
    """Keeps a file until its sender has seen what would become of it, in place of the oldest where too many of theirs
    wait; flushes."""
    theirs = select(QuestionImport.id).where(QuestionImport.user_id == user.id, QuestionImport.imported_at.is_(None))
    older = db.session.scalars(theirs.order_by(QuestionImport.id.desc()).offset(MOST_WAITING - 1)).all()
    db.session.execute(delete(QuestionImport).where(QuestionImport.id.in_(older)))
    sent.user_id, sent.sent_at = user.id, now
    db.session.add(sent)
    db.session.flush()


def found(course_id: str, import_id: int, user: User, now: datetime) -> QuestionImport:
    """A file that this person sent, or an import into the course, whoever made it. Raises NotThere."""
    sent = db.session.get(QuestionImport, import_id)
    if sent is None or sent.course_id != course_id:
        raise NotThere
    if sent.imported_at is None and (sent.user_id != user.id or sent.sent_at < now - KEPT_FOR):
        raise NotThere
    return sent


def latest(course_id: str, now: datetime) -> Sequence[tuple[QuestionImport, str]]:
    """The last imports into a course, each with who made it; the newest first."""
    wanted = (
        select(QuestionImport, User.name)
        .join(User, User.id == QuestionImport.user_id)
        .where(QuestionImport.course_id == course_id, QuestionImport.imported_at > now - TOLD_FOR)
        .order_by(QuestionImport.imported_at.desc())
        .limit(10)
    )
    return list(db.session.execute(wanted).tuples())


def forget(sent: QuestionImport) -> None:
    """Removes what waits; flushes."""
    db.session.delete(sent)
    db.session.flush()


# --- the plan --------------------------------------------------------------------------------------------------------


def plan_of(course: Course, sent: QuestionImport, raw: bytes) -> QuestionPlan:
    """What the import of a file would do to the course as it is. Raises UnreadableQuestions."""
    format_ = question_choices.format_named(sent.format)
    read = format_.read(raw, sent.name)
    return planned(
        read, format_, sent.name, present=present_questions(course), into=sent.into, language=course.language
    )


def seal_of(plan: QuestionPlan) -> str:
    """Stands for exactly what a plan would do."""
    stated = [[item.fate, item.path, item.line.id, item.values, item.before] for item in plan.items]
    return sha256(json.dumps(stated, sort_keys=True, default=str).encode()).hexdigest()[:32]


def choose(sent: QuestionImport, shown: Sequence[PlannedQuestion], ticked: Collection[str]) -> None:
    """Notes which of the questions that were shown are wanted; what was said of others stays. Flushes."""
    ids = {item.line.id for item in shown}
    sent.left_out = sorted({name for name in sent.left_out if name not in ids} | (ids - set(ticked)))
    db.session.flush()


def chosen(sent: QuestionImport, plan: QuestionPlan) -> QuestionPlan:
    """The plan for what is wanted of it."""
    left_out = set(sent.left_out)
    return plan.only({item.line.id for item in plan.writes if item.line.id not in left_out})


# --- the change, and its undoing -------------------------------------------------------------------------------------


def carry_out(
    store: CourseStore,
    course: Course,
    sent: QuestionImport,
    plan: QuestionPlan,
    *,
    user: User,
    now: datetime,
    confirmed: str = "",
) -> None:
    """Imports what is wanted of a plan that was made for this edition of the course, as one change; flushes.

    Raises NothingChosen, PlanOutdated, ImportUnconfirmed unless `confirmed` is its seal, Problems, and what saving.save
    raises; nothing is changed then.
    """
    wanted = chosen(sent, plan)
    if not wanted.writes:
        raise NothingChosen
    store.hold()
    if store.current().digest != course.digest or store.problems is not None:
        raise PlanOutdated
    number = len(wanted.writes)
    said = ngettext("%(num)d question from %(name)s", "%(num)d questions from %(name)s", number, name=sent.name)
    with _writable(), question_import.with_pictures(store, wanted) as pictures:
        changes = question_import.changes(store, wanted)
        after = _save(
            store, course, changes, action="questions.imported", subject=sent.name, said=said, origin=history.BROWSER,
            user=user, now=now, confirmed=confirmed, beside=pictures,
        )  # fmt: skip
    sent.files = [[change.path, change.expected, after[change.path]] for change in changes]
    sent.pictures = pictures
    sent.losses = [
        [item.line.id, loss.code, loss.was] for item in wanted.writes for loss in item.line.losses
    ][:_MOST_LOSSES]  # fmt: skip
    sent.added, sent.updated = (wanted.fates[fate] for fate in (ItemFate.NEW, ItemFate.UPDATED))
    sent.content, sent.left_out, sent.imported_at = None, [], now
    db.session.flush()


def take_back(
    store: CourseStore,
    course: Course,
    sent: QuestionImport,
    *,
    user: User,
    now: datetime,
    confirmed: str = "",
    reason: str = "",
) -> None:
    """Makes the files what they were before an import, as one change, and removes its pictures where nothing else shows
    them; flushes. Raises PlanOutdated where something was changed in these files since, NotThere where nobody has kept
    what they were, ImportUnconfirmed unless `confirmed` is its seal, and what saving.save raises."""
    if sent.imported_at is None or sent.taken_back_at is not None:
        raise PlanOutdated
    store.hold()
    changes = []
    for path, before, after in sent.files:
        try:
            if saving.current(store, path)[1] != after:
                raise PlanOutdated
        except (Problems, NotPartOfCourse):
            raise PlanOutdated from None
        text = saving.text_under(store, path, before)
        if text is None:
            raise NotThere
        changes.append(saving.FileChange(path, text, after))
    said = _("Taken back: the import of %(name)s", name=sent.name)
    _save(
        store, course, changes, action="questions.taken_back", subject=sent.name, said=said, origin=history.RESTORE,
        user=user, now=now, confirmed=confirmed, reason=reason,
    )  # fmt: skip
    for name in sent.pictures:
        with contextlib.suppress(media_files.InUse, NotPartOfCourse, FileNotFoundError, saving.ReadOnly):
            media_files.remove(store, name, user=user, now=now)
    sent.taken_back_at = now
    db.session.flush()


def _save(
    store: CourseStore,
    course: Course,
    changes: list[saving.FileChange],
    *,
    action: str,
    subject: str,
    said: str,
    origin: str,
    user: User,
    now: datetime,
    confirmed: str,
    reason: str = "",
    beside: Sequence[str] = (),
) -> dict[str, str]:
    """Saves all of it at once, if what it means for those who answered is confirmed."""
    there, problems = saving.trial(store, {change.path: change.text for change in changes})
    if there is None:
        raise saving.Refused(problems)
    meanings = file_saving.meanings_of(course, there)
    seal = saving.seal("\0".join(f"{change.path}\0{change.expected}\0{change.text}" for change in changes))
    if meanings and confirmed != seal:
        raise ImportUnconfirmed(meanings, seal)
    note = "\n".join([said, *(f"{name}: {words}" for name, meaning in meanings for words in meaning.sentences)])
    return saving.save(
        store, changes, user=user, now=now, action=action, subject=subject, note=note, origin=origin, reason=reason,
        beside=beside,
    )  # fmt: skip


@contextlib.contextmanager
def _writable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise saving.ReadOnly(error.strerror or str(error)) from error
