"""What a course is called, its parts and their order, changed in the browser: pillars, lessons around them, quizzes.

Each change rewrites the lines of course.yaml that it is about and no others, and is saved in one step with the files
that it adds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from webapp.content.course.course import Course
from webapp.content.course.course_file import MIXED
from webapp.content.file_names import COURSE_FILE, LESSON_FILE
from webapp.content.folder_store import CourseStore
from webapp.content.yaml.schema_errors import SLUG
from webapp.database import db
from webapp.editor import saving, starters
from webapp.editor.yaml_roundtrip import edit, emit, items
from webapp.lessons.models import CheckAnswer, Place, Reading
from webapp.quizzes.models import Attempt, Slot
from webapp.quizzes.vocabulary import AttemptState

#: the lessons before and after the pillars
Around = Literal["opening", "closing"]
AROUND: tuple[Around, ...] = ("opening", "closing")
#: what the course itself calls something by, so that no pillar can be called so
_RESERVED = (*AROUND, MIXED)
LONGEST_TITLE, LONGEST_ID = 200, 60
#: what a course says of itself where it is listed and on its home, by the keys of course.yaml
WORDS = ("title", "subtitle", "summary")
LONGEST_WORDS = 1000


class StructureRefused(Exception):
    """Why it can't be. Holds `errors`: (field of the form, words)."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__("; ".join(words for _field, words in errors))
        self.errors = errors


class PillarInUse(Exception):
    """Something is recorded for the pillar, or needs it. Holds `sentences`."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True, slots=True)
class CoursePart:
    """A pillar or a quiz in the order of course.yaml. `is_draft`: learners don't meet it yet."""

    id: str
    title: str
    short: str = ""
    lesson_path: str = ""
    questions: int = 0
    is_draft: bool = False


@dataclass(frozen=True)
class Structure:
    """What course.yaml says of the parts of the course, and the digest of the file that said it."""

    text: str
    digest: str
    pillars: tuple[CoursePart, ...]
    quizzes: tuple[CoursePart, ...]
    #: the files of the lessons around the pillars, "" where there is none
    around: dict[Around, str]
    #: what the course says of itself, by the keys in WORDS
    words: dict[str, str]


def read(store: CourseStore, course: Course) -> Structure:
    """The parts as the file has them now. Raises Problems when it is no YAML."""
    text, digest = store.read(COURSE_FILE)
    values = edit.values_of(text)
    return Structure(
        text,
        digest,
        tuple(_pillar(course, item) for item in items.items(text, "pillars", COURSE_FILE) if item.id),
        tuple(_quiz(course, item) for item in items.items(text, "quizzes", COURSE_FILE) if item.id),
        {name: _text(values, name) for name in AROUND},
        {name: _text(values, name).strip() for name in WORDS},
    )


def _pillar(course: Course, item: items.FileItem) -> CoursePart:
    folder = _text(item.values, "folder").removeprefix("./").rstrip("/")
    known = [*course.files, *course.drafts.files]
    number = sum(len(file.questions) for file in known if file.pillar == item.id)
    waits = any(pillar.id == item.id for pillar in course.drafts.pillars)
    title, short = _text(item.values, "title"), _text(item.values, "short")
    return CoursePart(item.id, title, short, f"{folder}/{LESSON_FILE}", number, waits)


def _quiz(course: Course, item: items.FileItem) -> CoursePart:
    return CoursePart(item.id, _text(item.values, "title") or item.id, is_draft=course.quiz(item.id) is None)


def _text(values: Any, name: str) -> str:
    said = values.get(name) if isinstance(values, dict) else None
    return said if isinstance(said, str) else ""


# ------------------------------------------------------------------ what is added


def add_pillar(
    store: CourseStore, structure: Structure, title: str, short: str, pillar_id: str, *, user: Any, now: datetime
) -> str:
    """Adds a pillar at the end, with its folder and a lesson that is a draft, so that it waits; gives the path of the
    lesson. Flushes. Raises StructureRefused, and what saving.save raises."""
    name = _name_of(structure, title, short, pillar_id)
    folder = _new_folder(store, f"{len(structure.pillars) + 1}-{name}")
    try:
        lesson = f"{folder}/{LESSON_FILE}"
        entry = {"id": name, "folder": folder, "title": title} | ({"short": short} if short else {})
        changes = [
            saving.FileChange(lesson, starter_lesson(title, name), ""),
            saving.FileChange(COURSE_FILE, _appended(structure.text, "pillars", entry), structure.digest),
        ]
        saving.save(store, changes, user=user, now=now, action="pillar.added", subject=name)
    except BaseException:
        store.remove_folder(folder)
        raise
    return lesson


def _name_of(structure: Structure, title: str, short: str, given: str) -> str:
    """The id of a new pillar: the one that is given, else one made from the title."""
    errors = list(_wrong_titles(title, short))
    taken = [*(pillar.id for pillar in structure.pillars), *_RESERVED]
    if given:
        if not re.fullmatch(SLUG, given) or len(given) > LONGEST_ID:
            said = _("At most %(number)s small letters (a to z) and digits, with hyphens between.", number=LONGEST_ID)
            errors.append(("id", said))
        elif given in taken:
            errors.append(("id", _("Something is called so already. Choose another one.")))
    name = given or starters.suggested_id(title, "", taken)[:LONGEST_ID].strip("-")
    if not name and not errors:
        errors.append(("id", _("No id can be made from this title. Write one: small letters (a to z) and digits.")))
    if errors:
        raise StructureRefused(*errors)
    return name


def _wrong_titles(title: str, short: str) -> list[tuple[str, str]]:
    errors = []
    if not title:
        errors.append(("title", _("Write a title.")))
    for name, words in (("title", title), ("short", short)):
        if len(words) > LONGEST_TITLE:
            errors.append((name, _("At most %(number)s characters.", number=LONGEST_TITLE)))
    return errors


def _new_folder(store: CourseStore, name: str) -> str:
    """Makes a folder of this name, with a number behind it where there is one already."""
    number, free = 2, name
    while True:
        try:
            store.add_folder(free)
        except FileExistsError:
            free, number = f"{name}-{number}", number + 1
        except OSError as error:
            raise saving.ReadOnly(error.strerror or str(error)) from error
        else:
            return free


def _appended(text: str, key: str, entry: dict[str, str]) -> str:
    """The file with one more item, written as the last one is."""
    there = items.items(text, key)
    is_short = bool(there) and there[-1].text.startswith("{")
    return items.appended(text, key, emit.flow(entry) if is_short else emit.mapping(entry, 0))


def starter_lesson(title: str, pillar: str) -> str:
    """The text that a new lesson begins with, as a draft."""
    head = {"draft": "true", "title": title} | ({"pillar": pillar} if pillar not in AROUND else {})
    head["hook"] = _("What will readers know afterwards that they don’t know now?")
    return (
        f"---\n{emit.mapping(head, 0).rstrip()}\n---\n{_('Say in a few sentences what this is about.')}\n\n"
        f"## {_('The first section')} {{#first}}\n\n{_('Write here what readers are to learn.')}\n"
    )


def add_around(store: CourseStore, structure: Structure, which: Around, *, user: Any, now: datetime) -> str:
    """Begins the lesson before or after the pillars, as a draft; gives its path. Flushes.

    Raises StructureRefused where there is one, and what saving.save raises."""
    if structure.around[which]:
        raise StructureRefused(("text", _("It is there already.")))
    path, number = f"{which}.md", 2
    while (store.bank / path).exists():
        path, number = f"{which}-{number}.md", number + 1
    title = _("Welcome") if which == "opening" else _("Looking back")
    changes = [
        saving.FileChange(path, starter_lesson(title, which), ""),
        saving.FileChange(COURSE_FILE, _with_key(structure.text, which, path), structure.digest),
    ]
    saving.save(store, changes, user=user, now=now, action="lesson.added", subject=which)
    return path


def _with_key(text: str, key: str, value: str) -> str:
    """The file with one more key, before the pillars; at its end where that would change anything else."""
    values = edit.values_of(text)
    ordered: dict[str, Any] = {}
    for name, said in values.items():
        if name == "pillars":
            ordered[key] = value
        ordered[name] = said
    made = edit.revise(text, ordered)
    lines = made.split("\n")
    line = f"{key}: {value}"
    if line in lines:
        lines.remove(line)
        if "\n".join(lines) == text:
            return made
    return f"{text.rstrip()}\n{line}\n"


# ------------------------------------------------------------------ what is changed


def rename_course(store: CourseStore, structure: Structure, words: dict[str, str], *, user: Any, now: datetime) -> None:
    """Gives the course another title, subtitle and summary. Flushes. Raises StructureRefused, and what saving.save
    raises."""
    errors = [] if words["title"] else [("title", _("Write a title."))]
    for name in WORDS:
        most = LONGEST_WORDS if name == "summary" else LONGEST_TITLE
        if len(words[name]) > most:
            errors.append((name, _("At most %(number)s characters.", number=most)))
    if errors:
        raise StructureRefused(*errors)
    if words == structure.words:
        return
    values: dict[str, Any] = {}
    for name, said in edit.values_of(structure.text).items():
        if name not in WORDS:
            values[name] = said
        elif name == "title":
            values |= {word: words[word] for word in WORDS if words[word]}
    text = edit.revise(structure.text, values)
    _save(store, structure, text, "course.renamed", words["title"], user=user, now=now)


def remove_quiz(
    store: CourseStore, structure: Structure, quiz_id: str, *, user: Any, now: datetime, reason: str = ""
) -> None:
    """Takes a quiz out of the course; results of it stay. Flushes.

    Raises KeyError, and what saving.save raises: ReasonNeeded for one that is in use."""
    _item(structure, "quizzes", quiz_id)
    text = items.removed(structure.text, "quizzes", quiz_id)
    _save(store, structure, text, "quiz.removed", quiz_id, user=user, now=now, reason=reason)


def rename_pillar(
    store: CourseStore, structure: Structure, pillar_id: str, title: str, short: str, *, user: Any, now: datetime
) -> None:
    """Gives a pillar another title. Flushes. Raises KeyError, StructureRefused, and what saving.save raises."""
    item = _item(structure, "pillars", pillar_id)
    if errors := _wrong_titles(title, short):
        raise StructureRefused(*errors)
    values = dict(item.values)
    values["title"] = title
    if short:
        values["short"] = short
    else:
        values.pop("short", None)
    text = items.replaced(structure.text, item, edit.revise(item.text, values))
    _save(store, structure, text, "pillar.renamed", pillar_id, user=user, now=now)


def move(
    store: CourseStore,
    structure: Structure,
    key: Literal["pillars", "quizzes"],
    item_id: str,
    by: int,
    *,
    user: Any,
    now: datetime,
) -> None:
    """Moves a pillar or a quiz one up (-1) or down (1). Flushes. Raises KeyError, and what saving.save raises."""
    text = items.moved(structure.text, key, item_id, by)
    if text != structure.text:
        _save(store, structure, text, f"{'pillar' if key == 'pillars' else 'quiz'}.moved", item_id, user=user, now=now)


def remove_pillar(
    store: CourseStore,
    course: Course,
    structure: Structure,
    pillar_id: str,
    *,
    user: Any,
    now: datetime,
    reason: str = "",
) -> None:
    """Takes a pillar out of the course; its folder stays on the server. Flushes.

    Raises KeyError, PillarInUse, and what saving.save raises."""
    _item(structure, "pillars", pillar_id)
    if sentences := [*recorded(course, pillar_id), *_needed(course, structure, pillar_id)]:
        raise PillarInUse(sentences)
    text = items.removed(structure.text, "pillars", pillar_id)
    _save(store, structure, text, "pillar.removed", pillar_id, user=user, now=now, reason=reason)


def recorded(course: Course, pillar_id: str) -> list[str]:
    """What people did with a pillar, in sentences; empty when nobody did anything."""
    people: set[int] = set()
    for table in (Reading, Place, CheckAnswer):
        here = (table.course_id == course.id, table.lesson_id == pillar_id)
        people.update(db.session.scalars(select(table.user_id).where(*here).distinct()))
    files = [*course.files, *course.drafts.files]
    ids = [question.id for file in files if file.pillar == pillar_id for question in file.questions]
    answered = db.session.scalar(
        select(func.count(Slot.attempt_id.distinct()))
        .join(Attempt, Slot.attempt_id == Attempt.id)
        .where(Attempt.course_id == course.id, Slot.question_id.in_(ids), Attempt.state != AttemptState.VOID)
    )
    said = []
    if people:
        said.append(
            ngettext("%(num)s person has read in its lesson.", "%(num)s people have read in its lesson.", len(people))
        )
    if answered:
        said.append(
            ngettext(
                "Its questions are on the paper of %(num)s attempt.",
                "Its questions are on the papers of %(num)s attempts.",
                answered,
            )
        )
    return said


def _needed(course: Course, structure: Structure, pillar_id: str) -> list[str]:
    """What of the course would not be whole without a pillar."""
    if len(structure.pillars) == 1:
        return [_("It is the only one, and a course has one at least.")]
    quizzes = [
        quiz.title
        for quiz in (*course.quizzes, *course.drafts.quizzes)
        if quiz.pillar == pillar_id or any(pillar_id in rule.from_ for rule in quiz.draw)
    ]
    facts = [fact.id for fact in course.facts.values() if fact.section == pillar_id]
    said = []
    if quizzes:
        said.append(
            _("Quizzes belong to it or draw from it: %(quizzes)s. Change them first.", quizzes=", ".join(quizzes[:10]))
        )
    if facts:
        shown = ", ".join(facts[:10]) + (" …" if len(facts) > 10 else "")
        said.append(_("Facts of the ledger belong to it: %(facts)s. Change them first.", facts=shown))
    return said


def _item(structure: Structure, key: str, item_id: str) -> items.FileItem:
    item = items.find(structure.text, key, item_id)
    if item is None:
        raise KeyError(item_id)
    return item


def _save(
    store: CourseStore,
    structure: Structure,
    text: str,
    action: str,
    subject: str,
    *,
    user: Any,
    now: datetime,
    reason: str = "",
) -> None:
    change = saving.FileChange(COURSE_FILE, text, structure.digest)
    saving.save(store, [change], user=user, now=now, action=action, subject=subject, reason=reason)
