"""What can be written into fields that name something of the course."""

from __future__ import annotations

from typing import Any

from webapp.content.course.course import Course
from webapp.content.course.course_file import MIXED
from webapp.editor.bank.index import index_of
from webapp.questions.text import plain


def suggestions(course: Course, pillar: str = "", path: str = "") -> dict[str, list[tuple[str, str]]]:
    """(word, what it stands for) by the name of the field. Sections of the question's own pillar need no lesson;
    its material stands in its own file."""
    sections = [
        (section.id if lesson.id == pillar else f"{lesson.id}/{section.id}", f"{lesson.title}: {section.title}")
        for lesson in (*course.lessons.values(), *(file.lesson for file in course.drafts.lesson_files))
        if lesson is not None
        for section in lesson.sections
    ]
    pillars: list[tuple[Any, Any]] = [(pillar.id, pillar.title) for pillar in course.pillars]
    pillars += [(pillar.id, pillar.title) for pillar in course.drafts.pillars]
    return {
        "facts": [(fact.id, fact.claim) for fact in course.facts.values()],
        "section": sections,
        "material": [
            (material.id, plain(material.title) or material.id)
            for file, material in course.materials.values()
            if file.path == path
        ],
        "tags": [(tag, "") for tag in index_of(course).tags],
        "pillar": pillars,
        "from": [*pillars, *([(MIXED, MIXED)] if course.mixed else [])],
    }
