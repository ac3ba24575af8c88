"""Saving a question, a quiz or a material that was edited: into its file as it is now, with what it means for those
who met it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.course.revision import tied
from webapp.content.folder_store import Conflict, CourseStore
from webapp.content.problems import Problems
from webapp.editor import drafts, edit_session, file_saving, impact, item_merging, saving
from webapp.editor.drafts import ItemPlace
from webapp.editor.edit_session import EditSession
from webapp.editor.item_merging import Merging
from webapp.editor.yaml_roundtrip import items


@dataclass(frozen=True, slots=True)
class SavedItem:
    """What was saved: its id, and what that means."""

    item_id: str
    meaning: impact.Meaning
    is_draft: bool = False
    is_published: bool = False
    """Whether learners meet it from now on, and did not before."""
    merging: Merging = field(default_factory=Merging)
    """What others had saved meanwhile, and is kept beside it."""


class NotReady(Exception):
    """Form and YAML say different things, or something has to be mended first."""


class ItemUnconfirmed(Exception):
    """What saving means has not been confirmed yet. Holds `meaning`, and what was taken in of others, in `merging`."""

    def __init__(self, meaning: impact.Meaning, merging: Merging) -> None:
        super().__init__("the change touches those who met the question")
        self.meaning, self.merging = meaning, merging


def save(
    store: CourseStore,
    course: Course,
    session: EditSession,
    *,
    user: User,
    now: datetime,
    confirmed: str = "",
    over: str | None = None,
    take_theirs: bool = False,
    said: str = "",
    reason: str = "",
) -> SavedItem:
    """Writes what is edited into its file and records it. Flushes.

    What somebody else has saved since the item was opened stays: other fields than those that were changed here are
    taken in (`item_merging`). `confirmed` is the seal of a text whose meaning was confirmed; `over` the digest of a
    file version whose words may go where both changed a field or, with `take_theirs`, stay; `said` what the author
    wrote about the change. Raises NotReady, ItemUnconfirmed, and what saving.save does; after a Conflict the session
    has the place as it is now.
    """
    if session.reconciled.both or not session.trial.is_fine:
        raise NotReady
    place = session.place
    merging = _merged(store, course, session, over, take_theirs)
    # What is new goes to the end of the file as it is now, whatever else was changed there.
    expected = place.digest
    meaning = _meaning(course, session)
    if meaning and confirmed != session.seal:
        raise ItemUnconfirmed(meaning, merging)
    text = edit_session.completed(session, course)
    item_id = items.mapping_text(text)["id"]
    try:
        saving.save(
            store,
            [saving.FileChange(place.path, place.with_item(text), expected)],
            user=user,
            now=now,
            action=f"{place.kind}.{_act(session)}",
            subject=item_id,
            note="\n".join(meaning.sentences),
            said=said,
            reason=reason,
        )
    except Conflict as conflict:
        session.place = _as_it_is_now(store, place, conflict)
        raise
    return SavedItem(item_id, meaning, session.is_draft, session.waits and not session.is_draft, merging)


def _merged(store: CourseStore, course: Course, session: EditSession, over: str | None, take_theirs: bool) -> Merging:
    """What others saved since the item was opened, taken in. Raises Conflict where somebody has to choose first."""
    place = session.place
    if session.is_new or session.opened_digest == place.digest:
        return Merging()
    if over is not None and over != place.digest:
        raise Conflict(place.file_text, place.digest)
    if over is not None and not take_theirs:
        item_merging.take_up(session)
        return Merging()
    merging = item_merging.merge(store, course, session, "theirs" if take_theirs and over else "mine")
    if merging is None or (merging.clashes and over is None):
        raise Conflict(place.file_text, place.digest)
    item_merging.take_up(session)
    return merging


def _meaning(course: Course, session: EditSession) -> impact.Meaning:
    """What saving this would mean for learners."""
    place, question = session.place, session.trial.question
    if place.kind == "material":
        # Of each question that is shown with it.
        found = file_saving.meanings_of(course, session.trial.course)
        said = tuple(f"{name}: {sentence}" for name, meaning in found for sentence in meaning.sentences)
        return impact.Meaning(said)
    if place.kind != "question" or question is None or session.is_draft:
        return impact.Meaning(())
    old = course.question(place.item.id) if place.item is not None else None
    if old is not None:
        return impact.meaning(course.id, old, tied(question, course.media))
    draft = course.drafts.find("question", place.item.id) if place.item is not None else None
    # It may have been published once, and answered then.
    before = impact.meaning(course.id, draft.question, question) if draft and draft.question else impact.Meaning(())
    new = impact.publishing(session.trial.course, {question.id}) if session.trial.course else impact.Meaning(())
    return impact.Meaning((*new.sentences, *before.sentences), before.key_moves, before.used)


def _act(session: EditSession) -> str:
    if session.is_new:
        return "drafted" if session.is_draft else "added"
    if session.waits != session.is_draft:
        return "unpublished" if session.is_draft else "published"
    return "saved"


def _as_it_is_now(store: CourseStore, place: ItemPlace, conflict: Conflict) -> ItemPlace:
    """The same place in the file as somebody else has just saved it."""
    try:
        return drafts.place_of(store, place.kind, place.path, place.item.id if place.item else None)
    except (KeyError, Problems):
        return ItemPlace(place.kind, place.path, conflict.current_text, conflict.current_digest)
