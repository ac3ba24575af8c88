"""A question or a quiz that somebody else saved while one was editing it: what they changed is taken in, field by
field, and what both changed is left to the one who comes second."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.content.course.course import Course
from webapp.content.folder_store import CourseStore
from webapp.editor import edit_session, field_changes, three_way
from webapp.editor.edit_session import EditSession
from webapp.editor.field_changes import FieldChange
from webapp.editor.yaml_roundtrip import items


@dataclass(frozen=True, slots=True)
class ClashingField:
    """A field that two people changed, in words: as it was opened, as it is in the file now, and one's own."""

    label: str
    opened: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class Merging:
    """What two people made of one item. `taken` is what the other one changed and one's own text has now; of the fields
    in `clashes`, `theirs` is what the other one changed and `mine` what one's own would change of that."""

    taken: tuple[FieldChange, ...] = ()
    clashes: tuple[ClashingField, ...] = ()
    theirs: tuple[FieldChange, ...] = ()
    mine: tuple[FieldChange, ...] = ()
    beside: bool = False
    """Only other parts of the file have changed."""


def merge(store: CourseStore, course: Course, session: EditSession, prefer: three_way.Side = "mine") -> Merging | None:
    """Takes what is in the file by now into what is written, and tells what that was. Of a field that both changed, the
    text gets the words of the side that is preferred.

    None, and nothing is changed, where it can't be done by field: the item is not there any more, or what both made
    together would not be whole.
    """
    place = session.place
    if place.item is None or place.broken or session.is_gone:
        return None
    opened, there, mine = items.tidy(session.opened), items.tidy(place.item.text), session.text
    if there == opened:
        return Merging(beside=True)
    joined = three_way.joined(opened, there, mine, prefer)
    if joined is None:
        return None
    if joined.text != mine:
        edit_session.rewrite(store, course, session, joined.text)
        if not session.trial.is_fine:
            edit_session.rewrite(store, course, session, mine)
            return None
    theirs = field_changes.changes(place.kind, opened, there)
    return Merging(
        tuple(change for change in theirs if change.name not in joined.clashes),
        _clashing(session, opened, there, mine, joined.clashes),
        tuple(change for change in theirs if change.name in joined.clashes),
        tuple(field_changes.changes(place.kind, there, mine, joined.clashes)),
    )


def take_up(session: EditSession) -> None:
    """Makes the file as it is now what the session began with: what is in it has been seen."""
    session.opened = session.now_text or ""
    session.opened_digest = session.place.digest


def _clashing(
    session: EditSession, opened: str, there: str, mine: str, names: tuple[str, ...]
) -> tuple[ClashingField, ...]:
    kind = session.place.kind
    three = (field_changes.stated(kind, text, names) for text in (there, opened, mine))
    return tuple(ClashingField(label, was, now, own) for (label, now), (_l, was), (_m, own) in zip(*three, strict=True))
