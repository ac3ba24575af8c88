"""What is brought in or taken out, where to, and in which format: what the commands and the pages share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from webapp.content.course.course import Course
from webapp.editor.drafts import question_files
from webapp.interchange import all_formats
from webapp.interchange.contract import FileFormat
from webapp.questions.contract import Question


class NoSuchChoice(Exception):
    """What was chosen is not there: a sentence says what there is."""


def format_named(name: str) -> FileFormat:
    """The format that a name stands for. Raises NoSuchChoice."""
    known = all_formats()
    if name not in known:
        raise NoSuchChoice(f"There is no format {name!r}; there are {', '.join(known)}.")
    return known[name]


def usual_target(course: Course) -> str | None:
    """The file that new questions go to when nobody says which: that of mixed questions, else the only one; None where
    it has to be said."""
    known = question_files(course)
    for path, pillar in known:
        if pillar == "mixed":
            return path
    return known[0][0] if len(known) == 1 else None


def target(course: Course, into: str | None) -> str:
    """The file that new questions go to: the one that is named, else the usual one. Raises NoSuchChoice."""
    paths = [path for path, _pillar in question_files(course)]
    if into is not None:
        wanted = into.removeprefix("./").replace("\\", "/")
        if wanted not in paths:
            raise NoSuchChoice(f"The course has no questions file {into!r}; there are {', '.join(paths)}.")
        return wanted
    usual = usual_target(course)
    if usual is None:
        raise NoSuchChoice(f"Say where they belong: --into, with one of {', '.join(paths)}.")
    return usual


def chosen(
    course: Course, *, quizzes: Sequence[str] = (), ids: Sequence[str] = (), pillars: Sequence[str] = ()
) -> list[Question]:
    """The questions of these pillars, those that these quizzes may draw, and those of these ids, each once; all of the
    course where none is named. Never those that are retired or not published. Raises NoSuchChoice."""
    wanted: dict[str, Question] = {}
    for pillar_id in pillars:
        names = [*(pillar.id for pillar in course.pillars), *(["mixed"] if course.mixed else [])]
        if pillar_id not in names:
            raise NoSuchChoice(f"There is no pillar {pillar_id!r}; there are {', '.join(names)}.")
        wanted.update({question.id: question for question in course.questions if question.pillar == pillar_id})
    for quiz_id in quizzes:
        quiz = course.quiz(quiz_id)
        if quiz is None:
            raise NoSuchChoice(f"There is no quiz {quiz_id!r}; there are {', '.join(q.id for q in course.quizzes)}.")
        wanted.update({question.id: question for question in course.pool(quiz)})
    for question_id in ids:
        question = course.question(question_id)
        if question is None:
            raise NoSuchChoice(f"There is no question {question_id!r}.")
        wanted[question_id] = question
    found = list(wanted.values()) if quizzes or ids or pillars else list(course.questions)
    found = [question for question in found if not question.retired]
    if not found:
        raise NoSuchChoice("There is no question to write.")
    return found


class FolderMedia(Mapping[str, bytes]):
    """The pictures and recordings of a course by name, each read from its folder when it is asked for."""

    def __init__(self, folder: Path, course: Course) -> None:
        self._folder, self._names = folder, course.media

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return (self._folder / name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names
