"""The front matter of a lesson: title, hook, terms and the rest, in YAML between two lines `---`."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from webapp.content.draft_flag import is_draft
from webapp.content.lessons.lesson import Head
from webapp.content.lessons.lesson_context import Manuscript, finder
from webapp.content.problems import Location, Problems
from webapp.content.yaml import schema_errors
from webapp.content.yaml.source import Document, parse_yaml
from webapp.questions.flaws import ValuePath


def read_head(page: Manuscript) -> Head | None:
    """The front matter of a lesson, or None with its problems reported. Leaves the body in `page.lines`."""
    lines = page.lines
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)
    if lines[0].rstrip() != "---" or not end:
        missing = "the first line is not `---`" if lines[0].rstrip() != "---" else "the second `---` is missing"
        page.report(
            Location(page.path),
            f"the lesson has no front matter: {missing}",
            "expected title, hook and the rest between two lines `---` at the top",
            "look at the top of another lesson",
        )
        page.lines = lines
        return None
    page.found.body_line = end + 2
    page.lines = lines[end + 1 :]
    try:
        document = parse_yaml("\n".join(lines[1:end]) + "\n", page.path, first_line=2)
    except Problems as problems:
        page.found.problems.extend(problems)
        return None
    page.found.head = document
    values = document.values
    if not isinstance(values, dict):
        page.report(Location(page.path, 2), "the front matter is empty", "expected at least `title:` and `hook:`")
        return None
    page.found.is_draft = is_draft(values)
    try:
        head = Head.model_validate(page.translated(values, _is_shown))
    except ValidationError as error:
        schema = Head.model_json_schema()
        page.found.problems.extend(schema_errors.explain(error, document, (), values, schema))
        return None
    _check_head(page, head, document)
    return head


def _is_shown(path: ValuePath) -> bool:
    """Whether learners read what stands at a path of the front matter."""
    return path[0] in {"title", "hook", "summary", "remember"} or (path[0] == "terms" and path[-1] != "id")


def _check_head(page: Manuscript, head: Head, document: Document) -> None:
    if head.pillar and head.pillar != page.lesson_id:
        page.found.problems.append(
            document.problem(
                ("pillar",),
                f"the pillar is `{head.pillar}`",
                f"expected `{page.lesson_id}`: the course file gives this folder to it",
                f"write `pillar: {page.lesson_id}`, or move the file",
            )
        )
    seen: set[str] = set()
    for number, term in enumerate(head.terms):
        if term.id in seen:
            page.found.problems.append(
                document.problem(
                    ("terms", number, "id"),
                    f"the term `{term.id}` stands here a second time",
                    "expected each id once",
                    "delete one of the two or give it another id",
                )
            )
        seen.add(term.id)
    for name in ("summary", "remember", "hook"):
        texts = getattr(head, name)
        for number, line in enumerate([texts] if isinstance(texts, str) else texts):
            path: tuple[str | int, ...] = (name,) if isinstance(texts, str) else (name, number)
            page.check_text(line, document, path)
    for number, term in enumerate(head.terms):
        page.check_text(term.definition, document, ("terms", number, "definition"))

    for where, text in _head_texts(head):
        page.passage(text, finder(document, where))


def _head_texts(head: Head) -> Iterator[tuple[ValuePath, str]]:
    yield ("title",), head.title
    yield ("hook",), head.hook
    for number, term in enumerate(head.terms):
        yield ("terms", number, "definition"), term.definition
    for name in ("summary", "remember"):
        for number, line in enumerate(getattr(head, name)):
            yield (name, number), line
