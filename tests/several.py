"""Small courses, as many as a test wants, in one folder."""

from __future__ import annotations

from pathlib import Path


def write_course(folder: Path, course_id: str, *, title: str = "", questions: int = 2) -> Path:
    """A course of one pillar. All its ids begin with its own, so that no two courses share any."""
    pillar = f"{course_id}-one"
    (folder / "one").mkdir(parents=True)
    (folder / "course.yaml").write_text(
        f"id: {course_id}\ntitle: {title or f'All about {course_id}'}\nsubtitle: In short\npillars:\n"
        f"  - {{id: {pillar}, folder: one, title: First steps}}\nquizzes:\n"
        f"  - {{id: {course_id}-quiz, title: Quiz of {course_id}, pillar: {pillar}, draw: [{{count: {questions}}}]}}\n"
    )
    (folder / "one" / "lesson.md").write_text(
        f"---\ntitle: Steps in {course_id}\nhook: Why?\n---\n\n## Begin {{#begin}}\n\nSome words. "
        f"See [how it goes on](section:{pillar}/go-on).\n\n## Go on {{#go-on}}\n\nMore words.\n"
    )
    texts = [
        f"  - id: {course_id}-{number}\n    type: true_false\n    level: recall\n    difficulty: easy\n"
        f"    stem: Is {number} a number, in {course_id}?\n    explanation: It is.\n    answer: true\n"
        for number in range(questions)
    ]
    (folder / "one" / "questions.yaml").write_text("questions:\n" + "".join(texts))
    return folder


def write_several(folder: Path, *course_ids: str) -> Path:
    """A folder with these courses, each in a folder with its name."""
    for course_id in course_ids:
        write_course(folder / course_id, course_id)
    return folder
