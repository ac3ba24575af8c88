"""Flaws of lessons: numbers without a source, HTML that is shown as text."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.content.course.course import Course
from webapp.content.lessons.lesson_files import LessonFile
from webapp.content.lint.numbers import known_numbers
from webapp.content.lint.questions import html_in
from webapp.content.lint.rules import HERE, accepted
from webapp.content.numbers import declared, unused, without_source
from webapp.content.problems import Problem


def lint_lessons(course: Course) -> Iterator[Problem]:
    """The findings about lessons, without those that their front matter accepts."""
    for file in course.lesson_files:
        yield from lint_file(course, file)


def lint_file(course: Course, file: LessonFile) -> Iterator[Problem]:
    """The findings about one lesson, without those that its front matter accepts; none where it can't be read."""
    lesson, head = file.lesson, file.head
    if lesson is not None and head is not None:
        found = list(_findings(course, file))
        yield from accepted(lesson.accept, found, lambda code: head.locate(("accept", code), key=True))


def _findings(course: Course, file: LessonFile) -> Iterator[Problem]:
    lesson, head = file.lesson, file.head
    if lesson is None or head is None:
        return
    known = known_numbers(course, lesson.id)
    if course.rules.source_for_each_number:
        for passage in file.passages:
            for number in without_source(passage.text, known):
                yield Problem(
                    passage.locate(number.text),
                    f"the number {number.text} has no source",
                    "",
                    f'cite a fact that has it, or add `numbers: {{"{number.text}": "= …"}}` or `"example: why"`',
                    "warning",
                    "number-without-source",
                    HERE,
                )
    for passage in file.passages:
        if tag := html_in(passage.text):
            yield Problem(
                passage.locate(tag),
                f"{tag} is shown to learners as it stands",
                "",
                "write **bold**, *italic* or `code` instead",
                "warning",
                "html-shown",
                HERE,
            )
    for key, message, suggestion in declared(lesson.numbers)[1]:
        place = head.locate(("numbers", key), key=True)
        yield Problem(place, message, "", suggestion, "warning", "number-wrong", HERE)
    texts = [passage.text for passage in file.passages]
    texts.extend(check.question.model_dump_json() for check in lesson.checks)
    for key in unused(lesson.numbers, texts):
        place = head.locate(("numbers", key), key=True)
        message = f"the number {key} is not in the lesson"
        yield Problem(place, message, "", "delete the line", "warning", "number-unused", HERE)
