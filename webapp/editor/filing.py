"""Where questions stand and whether they are in use: retiring one, taking it out, and moving it to another file."""

from __future__ import annotations

from datetime import datetime

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.folder_store import CourseStore
from webapp.editor import drafts, saving
from webapp.editor.drafts import ItemPlace
from webapp.editor.yaml_roundtrip import edit, items


def where(store: CourseStore, course: Course, question_id: str) -> ItemPlace:
    """Where a question stands. Raises KeyError, and Problems when its file can't be read."""
    path = drafts.file_of(course, question_id)
    if path is None:
        raise KeyError(question_id)
    return drafts.place_of(store, "question", path, question_id)


def retire(
    store: CourseStore,
    place: ItemPlace,
    *,
    retired: bool,
    digest: str,
    user: User,
    now: datetime,
    reason: str = "",
) -> None:
    """Takes a question out of use, or back into it, in the file with this digest. Flushes.

    Raises what saving.save raises.
    """
    item = _item(place)
    values = dict(item.values)
    values.pop("retired", None)
    if retired:
        values["retired"] = "true"
    change = saving.FileChange(place.path, place.with_item(edit.revise(item.text, values)), digest or place.digest)
    action = "question.retired" if retired else "question.unretired"
    saving.save(store, [change], user=user, now=now, action=action, subject=item.id, reason=reason)


def take_out(store: CourseStore, place: ItemPlace, *, digest: str, user: User, now: datetime, reason: str = "") -> None:
    """Takes a question out of the course, in the file with this digest. What was answered stays, and so does its
    history, from which it can be brought back. Flushes.

    Raises what saving.save raises: ReasonNeeded for one that is drawn by quizzes under way.
    """
    item = _item(place)
    change = saving.FileChange(
        place.path, items.removed(place.file_text, place.list_name, item.id), digest or place.digest
    )
    saving.save(store, [change], user=user, now=now, action="question.removed", subject=item.id, reason=reason)


def move(
    store: CourseStore,
    course: Course,
    place: ItemPlace,
    there: ItemPlace,
    *,
    digest: str,
    user: User,
    now: datetime,
) -> None:
    """Moves a question from its file, which has this digest, to the end of another. Flushes.

    Raises what saving.save raises.
    """
    item = _item(place)
    pillars = dict(drafts.question_files(course))
    values = dict(item.values)
    section = values.get("section")
    if section and "/" not in section and place.path in pillars and pillars[place.path] != pillars[there.path]:
        # A section without its lesson means one of the pillar that the question leaves.
        values["section"] = f"{pillars[place.path]}/{section}"
    changes = [
        saving.FileChange(there.path, there.with_item(edit.revise(item.text, values)), there.digest),
        saving.FileChange(place.path, items.removed(place.file_text, place.list_name, item.id), digest or place.digest),
    ]
    saving.save(store, changes, user=user, now=now, action="question.moved", subject=item.id, to=there.path)


def _item(place: ItemPlace) -> items.FileItem:
    assert place.item is not None, "a question that stands nowhere can't be moved"
    return place.item
