"""Publishing what is not published yet: many drafts in one save, or none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.content.course.unpublished import Unpublished
from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problem
from webapp.editor import drafts, impact, saving, starters
from webapp.editor.yaml_roundtrip import items


class LookedAway(Exception):
    """The course has changed since the list was shown, so what would be published was not seen."""


class PublishingUnconfirmed(Exception):
    """What publishing means has not been confirmed yet. Holds `meaning`."""

    def __init__(self, meaning: impact.Meaning) -> None:
        super().__init__("quizzes under way draw what would be published")
        self.meaning = meaning


@dataclass(frozen=True, slots=True)
class Published:
    """How many drafts were published, and of which files."""

    number: int
    paths: tuple[str, ...]


def name_of(draft: Unpublished) -> str:
    """The name by which a draft is chosen on a page."""
    return f"{draft.kind}:{draft.id}"


def publishable(course: Course) -> list[Unpublished]:
    """The drafts that one can choose: what only waits for its pillar comes with it."""
    return [draft for draft in course.drafts.all if draft.is_draft]


def publish(
    store: CourseStore,
    course: Course,
    chosen: Sequence[Unpublished],
    *,
    seen: str,
    user: User,
    now: datetime,
    confirmed: bool = False,
) -> Published:
    """Takes the mark out of all that is chosen, in one save, and records it with a note for each file. Flushes.

    `seen` is the digest of the course whose drafts were looked at. Raises LookedAway, PublishingUnconfirmed, Problems
    for a file that can't be read, and what saving.save raises; then nothing is written.
    """
    if seen != course.digest:
        raise LookedAway
    texts: dict[str, tuple[str, str]] = {}
    for draft in _last_first(chosen):
        path = draft.place.file
        text, digest = texts.get(path) or saving.current(store, path)
        texts[path] = _without_mark(text, draft), digest
    changes = [saving.FileChange(path, text, digest) for path, (text, digest) in sorted(texts.items())]
    there, _problems = saving.trial(store, {change.path: change.text for change in changes})
    if there is not None and (left := [draft for draft in chosen if there.drafts.find(draft.kind, draft.id)]):
        # A mark that stands where it is not looked for, within { } for instance.
        said = "the mark `draft: true` could not be taken out"
        raise saving.Refused(tuple(Problem(draft.place, f"{name_of(draft)}: {said}") for draft in left))
    if there is not None and not confirmed:
        new = {question.id for question in there.questions} - {question.id for question in course.questions}
        if meaning := impact.publishing(there, new):
            raise PublishingUnconfirmed(meaning)
    names = ", ".join(name_of(draft).replace(":", " ") for draft in chosen)
    saving.save(
        store,
        changes,
        user=user,
        now=now,
        action="drafts.published",
        subject=course.id,
        note=f"Published: {names}",
        published=[name_of(draft) for draft in chosen],
    )
    return Published(len(chosen), tuple(sorted(texts)))


def _last_first(chosen: Sequence[Unpublished]) -> list[Unpublished]:
    """From the end of each file to its beginning, so that lines before a change stay where they are."""
    return sorted(chosen, key=lambda draft: (draft.place.file, draft.place.line), reverse=True)


def _without_mark(text: str, draft: Unpublished) -> str:
    if draft.kind == "lesson":
        return flagged_lesson(text, False)
    if draft.kind == "check":
        return _check_without_mark(text, draft)
    list_name = drafts.LIST_OF[draft.kind]
    item = items.find(text, list_name, draft.id, draft.place.file)
    return text if item is None else items.replaced(text, item, starters.flagged(item.text, False))


def _check_without_mark(text: str, draft: Unpublished) -> str:
    """A lesson without the mark of one of its checks: the first that stands at the check's place or after it."""
    lines = text.split("\n")
    for number in range(draft.place.line - 1, len(lines)):
        if lines[number].lstrip().startswith("```"):
            break
        if _is_mark(lines[number]):
            return "\n".join(lines[:number] + lines[number + 1 :])
    return text


def flagged_lesson(text: str, draft: bool) -> str:
    """The text of a lesson as a draft, or as what is published: with its mark as the first line of its front matter, or
    without. Where there is no front matter, nothing is changed."""
    lines = text.split("\n")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)
    if lines[0].rstrip() != "---" or not end:
        return text
    head = [line for line in lines[1:end] if not line.startswith("draft:")]
    return "\n".join([lines[0], *(["draft: true"] if draft else []), *head, *lines[end:]])


def _is_mark(line: str) -> bool:
    return line.lstrip().startswith("draft:")
