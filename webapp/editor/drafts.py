"""A question, a quiz or a material while somebody writes it: two views of the same item (a form and its YAML), what is
wrong with it, and where it goes in its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import ValidationError

from webapp import questions
from webapp.content.course.course import Course
from webapp.content.file_names import QUESTIONS_FILE
from webapp.content.folder_store import CourseStore
from webapp.content.lint.run import lint_question
from webapp.content.problems import Location, Problem, Problems
from webapp.content.questions.material_lists import LIST as MATERIALS
from webapp.editor import saving
from webapp.editor.forms import form_schema
from webapp.editor.forms.merging import canonical, merged
from webapp.editor.forms.shapes import Shape
from webapp.editor.yaml_roundtrip import edit, items
from webapp.editor.yaml_roundtrip.nodes import path_at
from webapp.questions import TYPES
from webapp.questions.contract import Question
from webapp.questions.materials import Material

ItemKind = Literal["question", "quiz", "material"]
LIST_OF: dict[str, str] = {"question": "questions", "quiz": "quizzes", "material": MATERIALS}


@dataclass(slots=True)
class Remark:
    """Something to mend in an item, at its place in the item's text (line and column from 1), or elsewhere."""

    problem: Problem
    line: int = 1
    column: int = 1
    path: tuple[str | int, ...] = ()
    elsewhere: Location | None = None

    @property
    def is_error(self) -> bool:
        return self.problem.severity == "error"


@dataclass(frozen=True)
class ItemPlace:
    """Where an item stands: the file as it is now, and the item in it (None for one that is being written)."""

    kind: ItemKind
    path: str
    file_text: str
    digest: str
    item: items.FileItem | None = None
    broken: tuple[Problem, ...] = ()
    """What keeps the file from being read, so that nothing can be put into it."""

    @property
    def list_name(self) -> str:
        return LIST_OF[self.kind]

    def with_item(self, text: str) -> str:
        """The file with this text for the item."""
        if self.item is None:
            return items.appended(self.file_text, self.list_name, text)
        return items.replaced(self.file_text, self.item, text)


def place_of(
    store: CourseStore, kind: ItemKind, path: str, item_id: str | None = None, *, broken: bool = False
) -> ItemPlace:
    """Where an item stands, or is to stand, in the file as it is on disk. A file that is not there yet is empty.

    Raises KeyError when there is no such item, and Problems when the file is no YAML; with `broken` the latter is noted
    in the place instead, for who has written something that must not be lost."""
    text, digest = saving.current(store, path)
    try:
        here = items.items(text, LIST_OF[kind], path)
    except Problems as problems:
        if not broken:
            raise
        return ItemPlace(kind, path, text, digest, broken=problems.problems)
    item = next((item for item in here if item.id == item_id), None) if item_id is not None else None
    if item_id is not None and item is None:
        raise KeyError(item_id)
    return ItemPlace(kind, path, text, digest, item)


def file_of(course: Course, question_id: str) -> str | None:
    """The file in which a question stands, published or not."""
    for file in course.files:
        if any(question.id == question_id for question in file.questions):
            return file.path
    draft = course.drafts.find("question", question_id)
    return draft.place.file if draft is not None else None


def question_files(course: Course) -> list[tuple[str, str]]:
    """(path, pillar id) of the files that questions may be written to; each pillar has one at least."""
    found = list(dict.fromkeys((file.path, file.pillar) for file in (*course.files, *course.drafts.files)))
    have = {pillar for _, pillar in found}
    folders = [(pillar.id, pillar.folder) for pillar in course.pillars]
    folders += [(pillar.id, pillar.folder) for pillar in course.drafts.pillars]
    found += [(f"{folder}/{QUESTIONS_FILE}", name) for name, folder in folders if name not in have]
    order = {pillar.id: pillar.number for pillar in course.pillars}
    return sorted(found, key=lambda each: (order.get(each[1], 99), each[0]))


def shape_of(kind: ItemKind, values: Any, otherwise: Shape | None = None) -> Shape | None:
    """The shape of an item; `otherwise` for a question whose type is not known."""
    if kind == "quiz":
        return form_schema.of_quiz()
    if kind == "material":
        return form_schema.of_material()
    name = values.get("type") if isinstance(values, dict) else None
    return form_schema.of_type(name) if isinstance(name, str) and name in TYPES else otherwise


@dataclass
class Reconciled:
    """The two views made one. `text` is the YAML, which is the truth; `from_form` and `from_yaml` tell which of the
    two had been changed, and `broken` what keeps the YAML from being read."""

    text: str
    from_form: bool = False
    from_yaml: bool = False
    broken: tuple[Problem, ...] = ()

    @property
    def both(self) -> bool:
        return self.from_form and self.from_yaml


def reconcile(
    base: str, typed: str, given: Any, shape: Shape, *, prefer: Literal["form", "yaml"] | None = None
) -> Reconciled:
    """What is meant by a page that was sent: `base` is the YAML as both views last agreed on it, `typed` the YAML as
    it came back, `given` what the form says now. When both were changed and neither is preferred, the YAML is kept
    and `both` is true."""
    base, typed = items.tidy(base), items.tidy(typed)
    try:
        known = items.mapping_text(base) if base else {}
        agreed = base
    except Problems:
        # No page of ours says so: it holds what could be read. There is nothing in it to keep.
        known, agreed = {}, ""
    from_yaml = typed != base
    from_form = given != canonical(shape, known)
    if from_form and (not from_yaml or prefer == "form"):
        return Reconciled(edit.revise(agreed, merged(shape, known, given)), True, from_yaml and prefer is None)
    try:
        if typed:
            items.mapping_text(typed)
    except Problems as problems:
        return Reconciled(typed, from_form and prefer is None, from_yaml, problems.problems)
    return Reconciled(typed, from_form and prefer is None, from_yaml)


@dataclass
class Trial:
    """What became of an item when it was tried in its file and in the whole course."""

    remarks: list[Remark] = field(default_factory=list)
    question: Question | None = None
    material: Material | None = None
    course: Course | None = None
    file_text: str = ""

    @cached_property
    def errors(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.is_error]

    @cached_property
    def findings(self) -> list[Remark]:
        """What the lint says: worth mending, and no hindrance."""
        return [remark for remark in self.remarks if not remark.is_error]

    @property
    def is_fine(self) -> bool:
        return not self.errors


def tried(store: CourseStore, place: ItemPlace, text: str, pillar: str = "") -> Trial:
    """What is wrong with an item, alone and within the whole course; and the question, when it can be read at all."""
    text = items.tidy(text)
    try:
        values = items.mapping_text(text)
    except Problems as unreadable:
        remarks = [Remark(problem, problem.location.line, problem.location.column) for problem in unreadable]
        return Trial(remarks)
    question = readable(values, pillar) if place.kind == "question" else None
    material = readable_material(values) if place.kind == "material" else None
    if place.broken:
        return Trial([Remark(problem, elsewhere=problem.location) for problem in place.broken], question, material)
    file_text = place.with_item(text)
    try:
        now = items.items(file_text, place.list_name)
    except Problems as broken:
        return Trial([_remark(problem, place, None, text) for problem in broken], question, material, None, file_text)
    item = now[_number(place, now)] if now else None
    course, found = saving.trial(store, {place.path: file_text})
    fresh = saving.new_problems(store, found)
    inside = [problem for problem in found if _is_inside(problem, place.path, item)]
    problems = [*inside, *(problem for problem in fresh if problem not in inside)]
    name = values.get("id")
    if course is not None and isinstance(name, str):
        draft = course.drafts.find(place.kind, name) if place.kind != "material" else None
        if draft is not None:
            problems += draft.open_ends
            question = draft.question or question
        elif place.kind == "question":
            question = course.question(name) or question
            problems += lint_question(course, name)
        elif place.kind == "material" and name in course.materials:
            material = course.materials[name][1]
    remarks = [_remark(problem, place, item, text) for problem in problems]
    return Trial(sorted(remarks, key=_order), question, material, course, file_text)


def _order(remark: Remark) -> tuple[bool, bool, int, int]:
    return not remark.is_error, remark.elsewhere is not None, remark.line, remark.column


def _number(place: ItemPlace, now: list[items.FileItem]) -> int:
    if place.item is None:
        return len(now) - 1
    return next((number for number, item in enumerate(now) if item.start == place.item.start), len(now) - 1)


def _is_inside(problem: Problem, path: str, item: items.FileItem | None) -> bool:
    location = problem.location
    return item is not None and location.file == path and item.first_line <= location.line <= item.last_line


def _remark(problem: Problem, place: ItemPlace, item: items.FileItem | None, text: str) -> Remark:
    if item is None or not _is_inside(problem, place.path, item):
        return Remark(problem, elsewhere=problem.location)
    line = problem.location.line - item.first_line + 1
    column = max(problem.location.column - item.column, 1)
    return Remark(problem, line, column, path_at(text, line, column))


def readable(values: Any, pillar: str) -> Question | None:
    """The question, when it has the right form: enough to preview it, whatever else may be wrong."""
    try:
        question = questions.parse(values)
    except ValidationError:
        return None
    if any(True for _flaw in questions.type_of(question).check(question)):
        return None
    return question.model_copy(update={"pillar": pillar})


def readable_material(values: Any) -> Material | None:
    """The material, when it has the right form."""
    try:
        return Material.model_validate(values)
    except ValidationError:
        return None
