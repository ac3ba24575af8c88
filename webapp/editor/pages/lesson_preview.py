"""A lesson that is not saved yet, as its readers will meet it."""

from __future__ import annotations

from dataclasses import replace

from flask import render_template

from webapp.content.lessons.lesson import Lesson
from webapp.lessons import service as lessons
from webapp.web.current import course


def lesson_preview(lesson: Lesson) -> str:
    """The page of a lesson in the place that it has, or will have when it is published."""
    stop = lessons.Stop(lesson)
    if course().drafts.find("lesson", lesson.id) is None:
        stop = replace(lessons.stop_of(course(), lesson.id), lesson=lesson)
    cited = lessons.sources(course(), lesson)
    return render_template(
        "editor/lesson_preview.html",
        stop=stop,
        lesson=lesson,
        before=None,
        after=None,
        cited=cited,
        numbers={source.fact.id: source.number for source in cited},
        firmness=lessons.firmness_counts(cited),
        progress=lessons.progress_of(None, [lesson])[lesson.id],
        checks={check.id: lessons.open_check(lesson, check.id) for check in lesson.checks},
        pretest=None,
        quiz=None,
    )
