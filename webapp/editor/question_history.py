"""The history of one question, read out of that of its files: each save in which it changed, by whom and how; also of
one that was moved to another file or taken out.

A version of a file is looked through for the question only where it differs from the next one at the question's place,
so a long history costs little more than reading it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from sqlalchemy import select

from webapp.content.file_names import COURSE_FILE
from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problems
from webapp.database import db
from webapp.editor import drafts, git_history
from webapp.editor.models import ContentVersion
from webapp.editor.yaml_roundtrip import items

#: versions of a file that are looked through, the newest first
LOOKED_THROUGH = 300
#: versions of all files that are looked through for questions that are gone
LOOKED_FOR_GONE = 600

Act = Literal["first", "changed", "moved", "taken out", "brought back"]
_ID = re.compile(r"^( *)(?:- +|  )id: *['\"]?([a-z0-9][a-z0-9-]*)['\"]?[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileState:
    """A version of a file, as far as it is about one question: what was saved when by whom, and the question's text in
    it; None where it was not there."""

    id: str
    path: str
    at: datetime
    author_name: str
    note: str
    origin: str
    item: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionVersion:
    """A save in which a question changed. `text` is what it was from then on, or what it had been when it was taken
    out, and `before` what it had been; None where it was not there, or nobody knows."""

    state: FileState
    act: Act
    text: str
    before: str | None

    @property
    def id(self) -> str:
        return self.state.id

    @property
    def path(self) -> str:
        return self.state.path


@dataclass(frozen=True, slots=True)
class GoneQuestion:
    """A question that is not in the course any more, with the file in which it stood."""

    id: str
    path: str


def versions(store: CourseStore, question_id: str) -> list[QuestionVersion]:
    """The saves in which a question changed, the newest first."""
    paths = _paths(store, question_id)
    saves = _by_save(store, paths, [_states(store, path, question_id) for path in paths])
    found: list[QuestionVersion] = []
    texts: dict[str, str | None] = {}
    now: tuple[str, str] | None = None
    before: str | None = None
    for save in saves:
        texts |= {state.path: state.item for state in save}
        # Where it moved to was written now. A file that was deleted is not written any more, and may still say it.
        arrived = [(each.path, each.item) for each in save if each.item and (now is None or each.path != now[0])]
        here = texts.get(now[0]) if now is not None else None
        then = arrived[0] if arrived else (now[0], here) if now is not None and here is not None else None
        if then != now:
            state = next((each for each in save if then is not None and each.path == then[0]), save[0])
            found.append(_version(state, now, then, before))
        before = then[1] if then is not None else before
        now = then
    return found[::-1]


def _version(
    state: FileState, now: tuple[str, str] | None, then: tuple[str, str] | None, before: str | None
) -> QuestionVersion:
    if then is None:
        return QuestionVersion(state, "taken out", before or "", before)
    if now is None:
        return QuestionVersion(state, "first" if before is None else "brought back", then[1], before)
    return QuestionVersion(state, "changed" if now[0] == then[0] else "moved", then[1], before)


def gone(store: CourseStore) -> list[GoneQuestion]:
    """The questions that stood in a file of the course once and are in none now, the latest first."""
    course = store.current()
    there = {question.id for question in course.questions}
    there |= {draft.id for draft in course.drafts.of_kind("question")}
    found: dict[str, GoneQuestion] = {}
    for path, text in _all_texts(store):
        named = _ID.findall(text)
        # Options have ids as well, and stand further in than the question that has them.
        margin = min((len(spaces) for spaces, _name in named), default=0)
        for spaces, name in named:
            if len(spaces) == margin and name not in there and name not in found:
                found[name] = GoneQuestion(name, path)
    return list(found.values())


# ---------------------------------------------------------------------- files


def _is_about_questions(path: str) -> bool:
    return path.endswith((".yaml", ".yml")) and path != COURSE_FILE


def _paths(store: CourseStore, question_id: str) -> list[str]:
    """The files in which a question stands or may have stood."""
    if store.repository is not None:
        paths: Iterable[str] = store.repository.paths_with(question_id)
    else:
        named = ContentVersion.text.contains(question_id, autoescape=True)
        paths = db.session.scalars(
            select(ContentVersion.path).where(ContentVersion.course_id == store.id, named).distinct()
        )
    stands = drafts.file_of(store.current(), question_id)
    return [
        path for path in dict.fromkeys((*([stands] if stands else []), *sorted(paths))) if _is_about_questions(path)
    ]


def _states(store: CourseStore, path: str, question_id: str) -> list[FileState]:
    """The versions of a file, the newest first, each with the question as it was in it. What can't be read is left
    out."""
    found: list[FileState] = []
    newer: str | None = None
    place: _Place | None = None
    for state, text in _texts(store, path):
        try:
            place = _place(text, question_id, newer, place)
        except Problems:
            continue
        newer = text
        item = place.text if place is not None else None
        # Its own id, which the history of the file says, need not be told here.
        note = "\n\n".join(part for part in state.note.split("\n\n") if part != question_id)
        found.append(FileState(state.id, path, state.at, state.author_name, note, state.origin, item))
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a question stands in a text: its lines from `first`, counted from 0, and the line on which the next one
    begins, or None for the last."""

    text: str
    first: int
    following: int | None


def _place(text: str, question_id: str, newer: str | None, known: _Place | None) -> _Place | None:
    """Where a question stands in a version, if it stands there; `known` is where it does in the next newer one."""
    if question_id not in text:
        return None
    if newer is not None and known is not None:
        lines, after = text.split("\n"), newer.split("\n")
        same = next((n for n, (one, other) in enumerate(zip(lines, after, strict=False)) if one != other), None)
        if same is None:
            same = min(len(lines), len(after))
        if known.following is not None and known.following < same:
            return known
        # From here on both are the same, to the end.
        shift = len(lines) - len(after)
        if known.first + shift >= 0 and lines[known.first + shift :] == after[known.first :] and known.first > 0:
            following = known.following + shift if known.following is not None else None
            return _Place(known.text, known.first + shift, following)
    found = items.items(text, drafts.LIST_OF["question"])
    number = next((number for number, item in enumerate(found) if item.id == question_id), None)
    if number is None:
        return None
    item = found[number]
    following = found[number + 1].first_line - 1 if number + 1 < len(found) else None
    return _Place(item.text, item.first_line - 1, following)


def _by_save(store: CourseStore, paths: Sequence[str], files: Sequence[Sequence[FileState]]) -> list[list[FileState]]:
    """The versions of several files, those of one save together, the oldest first."""
    states = [state for each in files for state in each]
    if store.repository is not None:
        order = {commit: -place for place, commit in enumerate(store.repository.commits_of(paths))}
        states.sort(key=lambda state: order.get(state.id, -len(order)))
        return [list(save) for _commit, save in groupby(states, key=lambda state: state.id)]
    saves: list[list[FileState]] = []
    for state in sorted(states, key=lambda state: int(state.id)):
        # What was found on disk is recorded at the time of the save before which it was found, and is none of it.
        last = saves[-1] if saves else []
        if last and _who(last[0]) == _who(state) and state.path not in {each.path for each in last}:
            last.append(state)
        else:
            saves.append([state])
    return saves


def _who(state: FileState) -> tuple[datetime, str, str]:
    return state.at, state.origin, state.author_name


def _texts(store: CourseStore, path: str) -> Iterator[tuple[FileState, str]]:
    """The versions of a file with their texts, the newest first. A file that is not there any more ends with an empty
    one."""
    if store.repository is not None:
        for commit, raw in store.repository.versions_of(path, LOOKED_THROUGH):
            state = FileState(commit.id, path, commit.at, commit.author, commit.message, "commit")
            yield state, git_history.decoded(raw) if raw is not None else ""
        return
    of_file = (ContentVersion.course_id == store.id, ContentVersion.path == path)
    query = select(ContentVersion).where(*of_file).order_by(ContentVersion.id.desc())
    for row in db.session.scalars(query.limit(LOOKED_THROUGH).execution_options(yield_per=20)):
        yield FileState(str(row.id), path, row.at, row.author_name, row.note, row.origin), row.text


def _all_texts(store: CourseStore) -> Iterator[tuple[str, str]]:
    """The paths and texts of versions of all files that may have questions, the newest first."""
    if (repository := store.repository) is not None:
        for path in repository.paths_with("questions:"):
            if _is_about_questions(path):
                for _commit, raw in repository.versions_of(path, LOOKED_THROUGH):
                    yield path, git_history.decoded(raw) if raw is not None else ""
        return
    with_questions = (ContentVersion.course_id == store.id, ContentVersion.text.contains("questions:"))
    query = select(ContentVersion.path, ContentVersion.text).where(*with_questions)
    query = query.order_by(ContentVersion.id.desc()).limit(LOOKED_FOR_GONE)
    for row in db.session.execute(query.execution_options(yield_per=20)):
        if _is_about_questions(row.path):
            yield row.path, row.text
