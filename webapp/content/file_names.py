"""What the files of a course are called."""

from __future__ import annotations

#: in the folder of the course
COURSE_FILE = "course.yaml"
#: in the folder of each pillar
LESSON_FILE = "lesson.md"
#: in the folder of each pillar; where a pillar has several questions files, the first is usually called so
QUESTIONS_FILE = "questions.yaml"
