"""course.yaml: its parts, read one by one so that a slip in one leaves the others."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from webapp.content.course.quiz import PolicyGiven, QuizEntry
from webapp.content.draft_flag import is_draft
from webapp.content.file_names import COURSE_FILE
from webapp.content.frozen import Frozen, Slug, Text
from webapp.content.problems import Problem, Problems
from webapp.content.yaml import schema_errors
from webapp.content.yaml.repeated_ids import repeated_ids
from webapp.content.yaml.source import Document, parse_yaml
from webapp.questions.fields import Flag
from webapp.questions.flaws import ValuePath

#: where a file may lie that the course is made from: a folder beside the course's own
BESIDE = "../seeds/"

MIXED = "mixed"
"""The pillar id of questions that tie several pillars together."""


class PillarEntry(Frozen):
    """A pillar in course.yaml."""

    id: Annotated[Slug, Field(description="a short id")]
    folder: Annotated[Text, Field(description="the folder of its lesson and questions")]
    title: Text
    short: Annotated[str, Field(description="a short title for narrow places")] = ""


class CourseRules(Frozen):
    """Rules that a course has set itself; `webapp bank lint` holds them. A new course has none of them."""

    fact_for_each_question: Annotated[
        Flag, Field(description="each question names the facts of the ledger that it asks for, and each fact is asked")
    ] = False
    source_for_each_number: Annotated[
        Flag, Field(description="each number comes from the ledger, a sum, or is said to be an example")
    ] = False
    section_for_each_question: Annotated[
        Flag, Field(description="each question names the section of a lesson to read again")
    ] = False


class CourseHead(Frozen):
    """course.yaml without its quizzes."""

    id: Annotated[Slug, Field(description="a short id of the course")]
    title: Text
    subtitle: str = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$", description="a code such as en")] = "en"
    summary: str = ""
    ledger: Annotated[str, Field(description="the file of facts")] = ""
    opening: Annotated[str, Field(description="a lesson before the pillars")] = ""
    closing: Annotated[str, Field(description="a lesson after the pillars")] = ""
    pillars: Annotated[tuple[PillarEntry, ...], Field(min_length=1)]
    mixed: Annotated[str, Field(description="questions that tie pillars together")] = ""
    accept: Annotated[dict[str, Text], Field(description="findings of the lint that are accepted")] = {}
    rules: Annotated[CourseRules, Field(description="rules of this course's own, each on or off")] = CourseRules()
    defaults: PolicyGiven = PolicyGiven()


class WholeCourseFile(CourseHead):
    """course.yaml, whole: for its JSON Schema."""

    model_config = ConfigDict(title="Course")

    quizzes: tuple[QuizEntry, ...] = ()


class CourseFile:
    """What course.yaml says, as far as it has the right form; what has not is in `problems`.

    `head` is None when anything but the quizzes is wrong. Pillars and quizzes come with their place in the file.
    """

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document, self.problems = document, problems
        self.head: CourseHead | None = None
        self.pillars: list[tuple[int, PillarEntry]] = []
        self.quizzes: list[tuple[int, QuizEntry]] = []
        #: the drafts among the quizzes: those that are whole, and what the file says of the others
        self.draft_quizzes: list[tuple[int, QuizEntry]] = []
        self.unfinished_quizzes: list[tuple[int, dict[str, Any]]] = []
        #: what keeps drafts of the file from being published
        self.open_ends: list[Problem] = []

    @property
    def values(self) -> dict[str, Any]:
        values: dict[str, Any] = self.document.values
        return values

    @property
    def pillar_ids(self) -> list[str]:
        return [pillar.id for _, pillar in self.pillars]

    @property
    def defaults(self) -> PolicyGiven:
        return self.head.defaults if self.head else PolicyGiven()

    def note(self, path: ValuePath, message: str, expected: str = "", suggestion: str = "") -> None:
        self.problems.append(self.document.problem(path, message, expected, suggestion))

    def read(self) -> None:
        values = {key: value for key, value in self.values.items() if key != "quizzes"}
        try:
            self.head = CourseHead.model_validate(values)
        except ValidationError as error:
            schema = CourseHead.model_json_schema()
            schema["properties"]["quizzes"] = {}
            self.problems.extend(schema_errors.explain(error, self.document, (), values, schema))
        self.pillars = self.each("pillars", PillarEntry, report=False)
        self.quizzes = self.each("quizzes", QuizEntry, report=True)
        self.problems.extend(repeated_ids(self.pillar_ids, self.document, ("pillars",)))
        self.read_drafts()
        for number, pillar in self.pillars:
            if pillar.id in (MIXED, "opening", "closing"):
                said = f"a pillar cannot be called `{pillar.id}`"
                self.note(("pillars", number, "id"), said, "expected another id: the course uses this one itself")

    def read_drafts(self) -> None:
        """Takes the drafts out of `quizzes`, and reads those that are not whole."""
        items = self.values.get("quizzes")
        for number, item in enumerate(items if isinstance(items, list) else ()):
            if not _is_kept_as_draft(item):
                continue
            try:
                self.draft_quizzes.append((number, QuizEntry.model_validate(item)))
            except ValidationError as error:
                schema = QuizEntry.model_json_schema()
                self.open_ends.extend(schema_errors.explain(error, self.document, ("quizzes", number), item, schema))
                self.unfinished_quizzes.append((number, item))
        ids = {number: quiz.id for number, quiz in (*self.quizzes, *self.draft_quizzes)}
        ids.update((number, item["id"]) for number, item in self.unfinished_quizzes)
        self.problems.extend(repeated_ids(ids, self.document, ("quizzes",)))

    def only_drafts(self, waiting: Collection[str] = ()) -> CourseFile:
        """The same file with its whole drafts for its quizzes, and the quizzes of the pillars that are waiting with
        them. What is wrong with them is added to the open ends."""
        other = CourseFile(self.document, self.open_ends)
        other.head, other.pillars = self.head, self.pillars
        other.quizzes = [*self.draft_quizzes, *(each for each in self.quizzes if each[1].pillar in waiting)]
        return other

    def each(self, name: str, model: type[Any], *, report: bool) -> list[tuple[int, Any]]:
        items = self.values.get(name)
        if not isinstance(items, list):
            if report and items is not None:
                self.note((name,), f"`{name}` is not a list", "expected items that begin with `- `")
            return []
        made = []
        for number, item in enumerate(items):
            if model is QuizEntry and _is_kept_as_draft(item):
                continue
            try:
                made.append((number, model.model_validate(item)))
            except ValidationError as error:
                if report:
                    schema = model.model_json_schema()
                    self.problems.extend(schema_errors.explain(error, self.document, (name, number), item, schema))
        return made

    def inside(self, path: ValuePath, value: object, ending: str = "") -> str | None:
        """A path that the file gives, without `./` and a slash at its end; None, and a problem, if it leads out of the
        course folder or to a file of another kind."""
        if not isinstance(value, str) or not value:
            return None
        value = value.removeprefix("./").rstrip("/")
        if not is_inside(value):
            said = f"the path `{value[:60]}` leads out of the course folder"
            self.note(path, said, "expected a path inside it, with / between folders")
            return None
        return value if self.has_ending(path, value, ending) else None

    def ledger(self) -> str | None:
        """The path of the ledger: in the course folder, or in the folder of its source beside it (`../seeds/`)."""
        value = self.values.get("ledger")
        if not isinstance(value, str) or not value:
            return None
        if value.startswith("/") or "\\" in value or ":" in value or "\0" in value:
            said = "the path of the ledger is not relative"
            self.note(("ledger",), said, "expected a path from the course folder, such as ../seeds/facts.yaml")
            return None
        # Whoever may edit course.yaml may then read and write the ledger: it must not be any file of the machine.
        value = value.removeprefix("./")
        if not self.has_ending(("ledger",), value, ".yaml"):
            return None
        if not is_inside(value.removeprefix(BESIDE)):
            said = "the path of the ledger leads out of the course folder"
            self.note(("ledger",), said, "expected a path inside it, or one that begins with ../seeds/")
            return None
        return value

    def has_ending(self, path: ValuePath, value: str, ending: str) -> bool:
        if ending and not value.endswith(ending):
            self.note(
                path, f"`{value[-60:]}` is not a file of the right kind", f"expected a name that ends in {ending}"
            )
            return False
        return True


def read_course_file(text: str, problems: list[Problem]) -> CourseFile | None:
    """course.yaml, or None when it is no YAML at all. Problems are added to the list."""
    try:
        document = parse_yaml(text, COURSE_FILE)
    except Problems as found:
        problems.extend(found)
        return None
    file = CourseFile(document, problems)
    if not isinstance(document.values, dict):
        said = "the course file is empty" if document.values is None else "the course file is a list"
        file.note((), said, "expected keys such as `title:` and `pillars:`")
        return None
    file.read()
    return file


def _is_kept_as_draft(item: Any) -> bool:
    """Whether a quiz is a draft and can be told from the others, however much of it is missing."""
    name = item.get("id") if is_draft(item) else None
    return isinstance(name, str) and re.fullmatch(schema_errors.SLUG, name) is not None


_INSIDE = re.compile(r"^(?!/)(?!.*(?:^|/)\.\.(?:/|$))[^\\:\x00]+$")


def is_inside(path: str) -> bool:
    """Whether a path stays within the course folder."""
    return bool(_INSIDE.match(path))
