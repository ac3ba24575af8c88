"""A lesson while it is edited in the browser: its front matter as a form, its text, and what is wrong with it. Made
from what a page sent, so the server keeps nothing between two requests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from webapp.content.course.course import Course
from webapp.content.folder_store import CourseStore
from webapp.content.lessons.lesson_files import LessonFile, read_lesson
from webapp.content.lint.run import lint_lesson
from webapp.content.problems import Location, Problem, Problems
from webapp.content.yaml.source import with_line_feeds
from webapp.editor import publishing, saving
from webapp.editor.forms import chosen, lesson_shape
from webapp.editor.forms.buttons import after_action
from webapp.editor.forms.item_forms import Group
from webapp.editor.forms.merging import canonical, merged
from webapp.editor.yaml_roundtrip import edit, items
from webapp.editor.yaml_roundtrip.nodes import path_at
from webapp.questions.flaws import ValuePath

_FRONT = re.compile(r"(---[^\S\n]*\n)(.*?)^((?:---|\.\.\.)[^\S\n]*(?:\n|\Z))", re.DOTALL | re.MULTILINE)
"""The front matter with the lines around it, as `webapp.content.lessons.front_matter` finds it."""


class NoFrontMatter(Exception):
    """A file that begins with no front matter, so that there is nothing to make fields of."""


@dataclass(frozen=True, slots=True)
class Front:
    """The head of a lesson's file: the YAML, and the lines before and after it."""

    before: str
    yaml: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.yaml + self.after

    @property
    def body_line(self) -> int:
        """The line of the file on which the text begins."""
        return self.text.count("\n") + (1 if self.text.endswith("\n") else 2)

    def values(self) -> dict[str, Any]:
        """What the front matter says. Raises Problems."""
        return items.mapping_text(self.yaml) if self.yaml.strip() else {}

    def saying(self, values: dict[str, Any]) -> Front:
        """The same with other values; what says the same stays byte for byte. Raises Problems."""
        yaml = edit.revise(self.yaml, values)
        return Front(self.before, yaml + ("" if yaml.endswith("\n") or not yaml else "\n"), self.after)

    def with_body(self, body: str) -> str:
        """The whole file with this text below the front matter."""
        return self.text + ("\n" if body and not self.text.endswith("\n") else "") + body


def cut(text: str) -> tuple[Front, str]:
    """The front matter of a file and the text below it. Raises NoFrontMatter."""
    found = _FRONT.match(text)
    if found is None:
        raise NoFrontMatter
    return Front(found[1], found[2], found[3]), text[found.end() :]


@dataclass(frozen=True, slots=True)
class EditedLesson:
    """Which lesson is edited, and where it lies."""

    path: str
    lesson_id: str
    kind: str = "lesson"


@dataclass(frozen=True, slots=True)
class LessonRemark:
    """Something to mend: in a field of the form (`field` is its id, `label` its name), on a line of the text (from 1),
    or elsewhere. `words` are those of the form; without them those of the problem count."""

    problem: Problem | None = None
    words: str = ""
    field: str = ""
    label: str = ""
    line: int = 0
    elsewhere: Location | None = None

    @property
    def is_error(self) -> bool:
        return self.problem is None or self.problem.severity == "error"


@dataclass
class LessonSession:
    """What the page shows. `front` is the front matter as it was opened, `edited` as the form has it now."""

    place: EditedLesson
    front: Front
    edited: Front
    body: str
    digest: str
    form: Group
    focus: str = ""
    is_renewed: bool = False
    """The form has other rows than the page that was sent."""
    remarks: list[LessonRemark] = field(default_factory=list)
    type_name: str = ""
    """The templates of forms ask for the type of a question; a lesson has none."""

    @property
    def text(self) -> str:
        """The whole file as it would be saved."""
        return self.edited.with_body(self.body)

    @property
    def seal(self) -> str:
        """Stands for exactly this text: a confirmation counts for what was on the page and nothing else."""
        return saving.seal(self.text)

    @property
    def errors(self) -> list[LessonRemark]:
        return [remark for remark in self.remarks if remark.is_error]

    @property
    def findings(self) -> list[LessonRemark]:
        """What the lint says: worth mending, and no hindrance."""
        return [remark for remark in self.remarks if not remark.is_error]

    def flag(self, draft: bool) -> None:
        """Makes it a draft, or what is published."""
        self.edited, self.body = cut(publishing.flagged_lesson(self.text, draft))

    def read(self, course: Course) -> LessonFile:
        """The lesson as it would be read, with the line of each of its blocks."""
        facts = course.facts if course.ledger else None
        return read_lesson(self.text, self.place.path, self.place.lesson_id, facts, lined=True)


def path_of(course: Course, lesson_id: str) -> str | None:
    """The file of a lesson, published or not."""
    for file in course.lesson_files:
        if file.lesson is not None and file.lesson.id == lesson_id:
            return file.path
    draft = course.drafts.find("lesson", lesson_id)
    return draft.place.file if draft is not None else None


def opened(store: CourseStore, course: Course, place: EditedLesson, text: str, digest: str) -> LessonSession:
    """The session as it begins. Raises NoFrontMatter, and Problems where the front matter can't be read."""
    front, body = cut(text)
    try:
        values = front.values()
    except Problems as problems:
        raise Problems([_in_file(problem, place.path) for problem in problems]) from None
    form = Group(lesson_shape.of_lesson(), values=values)
    session = LessonSession(place, front, front, body, digest, form)
    _judge(store, course, session)
    return session


def resumed(store: CourseStore, course: Course, place: EditedLesson, sent: MultiDict[str, str]) -> LessonSession:
    """The session after a page was sent: the form written into the front matter, a button of a list pressed, all of it
    judged. Raises BadRequest for what no page of ours has sent."""
    if not {"front", "text", "digest"} <= set(sent):
        raise BadRequest
    try:
        front, rest = cut(with_line_feeds(sent["front"]))
        known = front.values()
    except (NoFrontMatter, Problems):
        raise BadRequest from None
    if rest:
        raise BadRequest
    shape = lesson_shape.of_lesson()
    form = Group(shape, formdata=sent)
    pressed = after_action(form, sent.get("action", ""))
    if pressed is not None:
        form = pressed[0]
    raw = form.raw()
    if chosen.give_ids(raw.get("terms"), "term", "term-{}"):
        form = Group(shape, values=raw)
    given = form.values()
    edited = front if given == canonical(shape, known) else front.saying(merged(shape, known, given))
    session = LessonSession(place, front, edited, with_line_feeds(sent["text"]), sent["digest"], form)
    session.focus = pressed[1] if pressed is not None else ""
    session.is_renewed = pressed is not None
    _judge(store, course, session)
    return session


def _in_file(problem: Problem, path: str) -> Problem:
    """A problem of the YAML where it stands in the file, below the line that begins the front matter."""
    return replace(problem, location=Location(path, problem.location.line + 1, problem.location.column))


def _judge(store: CourseStore, course: Course, session: LessonSession) -> None:
    """Tries the lesson in the whole course, and says what is wrong at the field or line that it is about."""
    told = _tell_mistakes(session)
    path = session.place.path
    there, found = saving.trial(store, {path: session.text})
    fresh = saving.new_problems(store, found)
    problems = [problem for problem in found if problem.location.file == path or problem in fresh]
    if there is not None:
        drafts = [draft for draft in there.drafts.all if draft.place.file == path]
        problems += [problem for draft in drafts for problem in draft.open_ends]
        problems += lint_lesson(there, path)
    # What does not fit the schema is told once, in the words of the form.
    left = [each for each in problems if not (told and each.severity == "error" and _in_front(session, each))]
    session.remarks += [_remark(session, problem) for problem in left]
    session.remarks.sort(key=lambda each: (not each.is_error, each.elsewhere is not None, each.line))


def _tell_mistakes(session: LessonSession) -> bool:
    """Says at each field what is wrong with what is filled in there; whether that was all, and there was something."""
    told = []
    for path, words in lesson_shape.mistakes(session.edited.values()):
        name = session.form.complain(path, words) if words else ""
        if name:
            session.remarks.append(LessonRemark(words=words, field=name, label=_label(session, path)))
        told.append(bool(name))
    return bool(told) and all(told)


def _in_front(session: LessonSession, problem: Problem) -> bool:
    return problem.location.file == session.place.path and problem.location.line < session.edited.body_line


def _path(session: LessonSession, problem: Problem) -> ValuePath:
    return path_at(session.edited.yaml, problem.location.line - 1, problem.location.column)


def _remark(session: LessonSession, problem: Problem) -> LessonRemark:
    if problem.location.file != session.place.path:
        return LessonRemark(problem, elsewhere=problem.location)
    if not _in_front(session, problem):
        return LessonRemark(problem, line=problem.location.line - session.edited.body_line + 1)
    path = _path(session, problem)
    part = session.form.parts.get(str(path[0])) if path else None
    if part is None:
        # No field shows it: the text of the file does.
        return LessonRemark(problem, elsewhere=problem.location)
    name = str(getattr(part, "id", ""))
    if problem.severity == "error":
        words = problem.message[:1].upper() + problem.message[1:] + "."
        name = session.form.complain(path, words) or name
    return LessonRemark(problem, field=name, label=_label(session, path))


def _label(session: LessonSession, path: ValuePath) -> str:
    """What the form calls the part that a path leads to."""
    shape = session.form.shape.field(str(path[0])) if path else None
    return str(shape.label) if shape is not None else ""
