"""Carrying out the plan of an import: the questions into their files, byte for byte where nothing changes, and the
pictures into `media/`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.content.folder_store import CourseStore
from webapp.content.media.pictures import UnusableFile
from webapp.content.problems import Location, Problem, Problems
from webapp.editor import saving
from webapp.editor.yaml_roundtrip import edit, emit, items
from webapp.interchange.plan import ItemFate, QuestionPlan

#: the piece of its hash behind the name that a picture was sent under; the store puts it there anew
_HASH = re.compile(r"-[0-9a-f]{8}(?=\.[a-z0-9]+$)")


@dataclass(frozen=True, slots=True)
class ImportedFiles:
    """What was written: paths of questions files, and names of pictures that were not there before."""

    paths: tuple[str, ...]
    pictures: tuple[str, ...]


def changes(store: CourseStore, plan: QuestionPlan) -> list[saving.FileChange]:
    """The files of questions as the plan has them, for `saving.save`. Raises Problems for a file that is no YAML."""
    by_path: dict[str, list[int]] = {}
    for number, item in enumerate(plan.items):
        if item.fate in (ItemFate.NEW, ItemFate.UPDATED):
            by_path.setdefault(item.path, []).append(number)
    made = []
    for path, numbers in by_path.items():
        text, digest = saving.current(store, path)
        planned = [plan.items[number] for number in numbers]
        updates = {item.line.id: item.values for item in planned if item.fate is ItemFate.UPDATED}
        there = items.items(text, "questions", path) if updates else []
        for old in reversed(there):
            if (values := updates.get(old.id)) is not None:
                text = items.replaced(text, old, edit.revise(old.text, values))
        new = [
            emit.mapping(item.values, 0) for item in planned if item.fate is ItemFate.NEW and item.values is not None
        ]
        made.append(saving.FileChange(path, items.appended_all(text, "questions", new), digest))
    return made


@contextlib.contextmanager
def with_pictures(store: CourseStore, plan: QuestionPlan) -> Iterator[list[str]]:
    """Puts the pictures of a plan into the course, and gives the names of those that were not there before; where what
    is done with them fails, they are taken out again. Raises Problems for one that can't be used, and OSError."""
    added: list[str] = []
    try:
        for name, raw in plan.pictures.items():
            is_there = (store.bank / name).exists()
            medium = store.add_medium(raw, _HASH.sub("", name))
            if not is_there:
                added.append(medium.name)
        yield added
    except BaseException as error:
        for name in added:
            with contextlib.suppress(OSError):
                store.remove_medium(name)
        if isinstance(error, UnusableFile):
            raise Problems([Problem(Location("media"), error.message, error.expected, error.suggestion)]) from error
        raise


def put(store: CourseStore, plan: QuestionPlan) -> ImportedFiles:
    """Writes what the plan says into the folder of a course. Nothing is written where the course would not load with
    it, or where a picture can't be used: Problems are raised then. Raises Conflict and OSError as the store does; what
    was written by then is taken back."""
    with with_pictures(store, plan) as pictures:
        wanted = changes(store, plan)
        store.trial({change.path: change.text for change in wanted})
        _write(store, wanted)
    return ImportedFiles(tuple(change.path for change in wanted), tuple(pictures))


def _write(store: CourseStore, wanted: list[saving.FileChange]) -> None:
    written: list[tuple[saving.FileChange, str, str]] = []
    try:
        for change in wanted:
            before = store.read(change.path)[0] if change.expected else ""
            written.append((change, before, store.save(change.path, change.text, change.expected)))
    except BaseException:
        for change, before, digest in reversed(written):
            with contextlib.suppress(OSError):
                if change.expected:
                    store.save(change.path, before, digest)
                else:
                    store.take_back(change.path)
        raise
