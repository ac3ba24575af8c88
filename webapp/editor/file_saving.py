"""Saving a whole file of the course that was edited as text, and taking one back to an earlier version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.folder_store import Conflict, CourseStore
from webapp.editor import history, impact, saving
from webapp.editor.git_history import CommittedVersion
from webapp.editor.models import ContentVersion

Meanings = Sequence[tuple[str, impact.Meaning]]
"""What a change means, by the id of each question that it touches."""


class FileUnconfirmed(Exception):
    """What saving means has not been confirmed yet. Holds `meanings`."""

    def __init__(self, meanings: Meanings) -> None:
        super().__init__("the change touches those who met questions of the file")
        self.meanings = meanings


def save(
    store: CourseStore,
    course: Course,
    path: str,
    text: str,
    digest: str,
    *,
    user: User,
    now: datetime,
    confirmed: str = "",
    said: str = "",
    reason: str = "",
) -> None:
    """Writes the text over the version of the file with this digest and records it. Flushes.

    `confirmed` is the seal of a text whose meaning was confirmed, `said` what its author wrote about the change. Raises
    FileUnconfirmed, and what saving.save raises.
    """
    there, problems = saving.trial(store, {path: text})
    if saving.new_problems(store, problems):
        raise saving.Refused(problems)
    text_now, digest_now = saving.current(store, path)
    if digest_now != digest:
        raise Conflict(text_now, digest_now)
    meanings = meanings_of(course, there)
    if meanings and confirmed != saving.seal(text):
        raise FileUnconfirmed(meanings)
    note = "\n".join(f"{name}: {sentence}" for name, meaning in meanings for sentence in meaning.sentences)
    change = saving.FileChange(path, text, digest)
    saving.save(
        store, [change], user=user, now=now, action="file.saved", subject=path, note=note, said=said, reason=reason
    )


def meanings_of(course: Course, there: Course | None) -> Meanings:
    """What another edition of the course means for every question that is in use."""
    if there is None:
        return []
    meanings = []
    for question in course.questions:
        new = there.question(question.id)
        if new is None or new is question or new == question:
            continue
        if meaning := impact.meaning(course.id, question, new):
            meanings.append((question.id, meaning))
    drafted = {draft.id for draft in course.drafts.of_kind("question")}
    for question in there.questions:
        if question.id in drafted and (meaning := impact.publishing(there, {question.id})):
            meanings.append((question.id, meaning))
    return meanings


def restore(
    store: CourseStore,
    version: ContentVersion | CommittedVersion,
    digest: str,
    *,
    note: str,
    user: User,
    now: datetime,
    reason: str = "",
) -> None:
    """Makes a file what it was in a version, over the one with this digest; that one stays in the history. Flushes.

    Raises what saving.save raises.
    """
    saving.save(
        store,
        [saving.FileChange(version.path, version.text, digest)],
        user=user,
        now=now,
        action="file.restored",
        subject=version.path,
        origin=history.RESTORE,
        note=note,
        reason=reason,
        version=version.id,
    )
