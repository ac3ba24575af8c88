"""Makes the list of what is not published of a course, each with what is open about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from webapp.content.course.course_file import CourseFile
from webapp.content.course.quiz import Quiz
from webapp.content.course.unpublished import Drafts, Unpublished, UnpublishedPillar, shared_out
from webapp.content.lessons.lesson_context import LessonFile
from webapp.content.problems import Location, Problem
from webapp.content.questions.question_files import QuestionFile


def find_drafts(
    course: CourseFile,
    only_drafts: CourseFile,
    quizzes: tuple[Quiz, ...],
    lessons: Mapping[str, LessonFile],
    waiting: Collection[str],
    files: Sequence[QuestionFile],
    open_ends: Sequence[Problem],
) -> Drafts:
    """The drafts of a course whose files were read. `quizzes` are those of `only_drafts`, `files` what is unseen of the
    questions files."""
    found = [
        *_lessons(lessons, waiting),
        *_checks(lessons, waiting),
        *(draft for file in files for draft in _questions(file)),
        *_quizzes(course, only_drafts),
    ]
    shared = shared_out(open_ends, [(draft.place, f"{draft.kind}:{draft.id}") for draft in found])
    return Drafts(
        tuple(replace(draft, open_ends=_notes(shared.get(f"{draft.kind}:{draft.id}", ()))) for draft in found),
        tuple(
            UnpublishedPillar(pillar.id, pillar.title, pillar.folder.removeprefix("./").rstrip("/"))
            for _, pillar in course.pillars
            if pillar.id in waiting
        ),
        quizzes,
        tuple(files),
        tuple(file for name, file in lessons.items() if name in waiting),
    )


def _notes(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(replace(problem, severity="note") for problem in problems)


def _lessons(lessons: Mapping[str, LessonFile], waiting: Collection[str]) -> Iterator[Unpublished]:
    for name, file in lessons.items():
        if name in waiting:
            said = file.head.values if file.head is not None else {}
            yield Unpublished("lesson", name, _text(said, "title"), name, Location(file.path))


def _checks(lessons: Mapping[str, LessonFile], waiting: Collection[str]) -> Iterator[Unpublished]:
    for name, file in lessons.items():
        for check in file.draft_checks:
            title = _text(check.document.values, "stem")
            place = check.document.locate(())
            yield Unpublished("check", check.id, title, name, place, question=check.question)


def _questions(file: QuestionFile) -> Iterator[Unpublished]:
    for question, place in zip(file.questions, file.places, strict=True):
        yield Unpublished(
            "question",
            question.id,
            question.stem,
            file.pillar,
            file.locate(place),
            is_draft=question.draft,
            question=question,
        )
    for place, said in file.loose:
        yield Unpublished("question", str(said.get("id")), _text(said, "stem"), file.pillar, file.locate(place))


def _quizzes(course: CourseFile, only_drafts: CourseFile) -> Iterator[Unpublished]:
    own = {number for number, _ in course.draft_quizzes}
    for number, entry in only_drafts.quizzes:
        place = course.document.locate(("quizzes", number))
        yield Unpublished("quiz", entry.id, entry.title, entry.pillar or "", place, is_draft=number in own)
    for number, said in course.unfinished_quizzes:
        place = course.document.locate(("quizzes", number))
        yield Unpublished("quiz", said["id"], _text(said, "title"), _text(said, "pillar"), place)


def _text(values: Any, name: str) -> str:
    said = values.get(name) if isinstance(values, dict) else None
    return said if isinstance(said, str) else ""
