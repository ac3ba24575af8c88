"""A questions file: YAML text → questions, or everything that is wrong with them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Annotated, Any, Union

from pydantic import Field, TypeAdapter, ValidationError

from webapp.content import markdown
from webapp.content.draft_flag import is_draft
from webapp.content.media.names import stands_alone
from webapp.content.problems import MOST_TOLD, Location, Problem, Problems, did_you_mean, listed
from webapp.content.questions.material_lists import LIST as MATERIALS
from webapp.content.questions.material_lists import FoundMaterials, read_materials, unknown_materials
from webapp.content.references import needed, refused_link, refused_picture
from webapp.content.yaml import schema_errors
from webapp.content.yaml.source import Document, parse_yaml
from webapp.questions import TYPES, fill_in, parse, type_of
from webapp.questions.contract import Question
from webapp.questions.flaws import ValuePath
from webapp.questions.shown import shown_in
from webapp.questions.variants import PARAMETERS

_LINK_SIGNS = ("](", "]:", "][", "<")
#: how often a file is read without the items that break its YAML; of a large one less, as each time takes its time
_MOST_RECOVERIES, _READ_AGAIN = 20, 2_000_000
#: problems of one file; whoever has so many mends the first and looks again
_MOST_PROBLEMS = 5 * MOST_TOLD


_NONE_SHARED = FoundMaterials()


@dataclass(frozen=True, slots=True)
class Mention:
    """A `section:` or `term:` link, or a picture, in a text of a question: which question of the file, where in it, and
    the link."""

    number: int
    path: ValuePath
    href: str


@dataclass(slots=True)
class QuestionFile:
    """What reading one questions file gave. `places` has the place of each question in the file's list.

    `questions` are those that are published; the drafts of the file stand in `drafts`, whose `problems` keep none of
    them from being there and all of them from being published."""

    path: str
    pillar: str
    text: str
    questions: tuple[Question, ...] = ()
    places: tuple[int, ...] = ()
    mentions: tuple[Mention, ...] = ()
    shared: FoundMaterials = _NONE_SHARED
    """The material that several questions share. A part with drafts has none of its own: it is the file's."""
    shared_mentions: tuple[Mention, ...] = ()
    """The links and pictures of the material; `number` counts the materials."""
    broken: Mapping[str, int] = field(default_factory=dict)
    """Ids of questions that have problems, with their places: they exist, so nothing else need complain."""
    loose: tuple[tuple[int, Mapping[str, Any]], ...] = ()
    """What the file says of those questions, with their places, so that the facts they name can be checked as well."""
    problems: tuple[Problem, ...] = ()
    drafts: QuestionFile | None = None
    """The drafts of the file, or None where it has none. A draft has an id and a type at least."""
    plain: list[dict[str, Any]] | None = None
    """The mappings as read, kept until the cache has written them; only for a file without problems."""
    _document: Document | None = None

    def locate(self, number: int, path: ValuePath = (), *, key: bool = False, needle: str = "") -> Location:
        """Where a value of the question at a place of the list stands."""
        return self._locate(("questions", number, *path), key=key, needle=needle)

    def locate_material(self, number: int, path: ValuePath = (), *, needle: str = "") -> Location:
        """Where a value of one of its materials stands."""
        return self._locate((MATERIALS, self.shared.places[number], *path), needle=needle)

    def _locate(self, path: ValuePath, *, key: bool = False, needle: str = "") -> Location:
        if self._document is None:
            try:
                self._document = parse_yaml(self.text, self.path)
            except Problems:
                self._document = Document("", self.path, None)
        return self._document.locate(path, key=key, needle=needle)


@cache
def adapter() -> TypeAdapter[list[Question]]:
    """Validates a whole list of questions at once, in compiled code."""
    union = Union[tuple(kind.Schema for kind in TYPES.values())]  # type: ignore[valid-type]  # noqa: UP007
    return TypeAdapter(list[Annotated[union, Field(discriminator="type")]])  # type: ignore[valid-type]


@cache
def _schema(kind: str) -> dict[str, Any]:
    schema = TYPES[kind].Schema.model_json_schema()
    schema.get("properties", {}).pop("pillar", None)
    return schema


class QuestionReader:
    """Reads the questions of one document, one by one, and collects what is wrong with them."""

    def __init__(self, document: Document, pillar: str) -> None:
        self.document, self.pillar = document, pillar
        self.problems: list[Problem] = []
        self._has_dollars = "$" in document.text

    def note(
        self, path: ValuePath, message: str, expected: str = "", suggestion: str = "", *, key: bool = False
    ) -> None:
        self.problems.append(self.document.problem(path, message, expected, suggestion, key=key))

    def read(self, base: ValuePath, values: Any) -> Question | None:
        """The question in the mapping that stands at `base`; None when it has not the right form, and unread when so
        much is wrong already that no more is told."""
        if len(self.problems) >= _MOST_PROBLEMS:
            return None
        if not isinstance(values, dict):
            said = "the list item is empty" if values is None else "the list item is not a question"
            self.note(base, said, "expected keys such as `id:`, `type:` and `stem:`", "delete the item, or fill it in")
            return None
        kind = values.get("type")
        if not isinstance(kind, str) or kind not in TYPES:
            said = f"the question type `{kind}` is not known" if kind else "the key `type` is missing"
            if kind is None and (near := _misspelt_type(values)):
                self.note((*base, near), f"unknown key `{near}`", "", "did you mean `type`?", key=True)
                return None
            self.note((*base, "type"), said, f"expected one of {listed(TYPES)}", did_you_mean(str(kind or ""), TYPES))
            return None
        try:
            question = parse(values)
        except ValidationError as error:
            self.problems.extend(schema_errors.explain(error, self.document, base, values, _schema(kind)))
            self.check_rest(values, error, base)
            return None
        question = question.model_copy(update={"pillar": self.pillar})
        self.check(question, base)
        return question

    def check_rest(self, values: dict[str, Any], error: ValidationError, base: ValuePath) -> None:
        """Where nothing but unknown keys keeps a question from its form, checks it without them."""
        places = {details["loc"] for details in error.errors() if details["type"] == "extra_forbidden"}
        if len(places) == error.error_count() and all(len(place) == 1 for place in places):
            known = {key: value for key, value in values.items() if (key,) not in places}
            with contextlib.suppress(ValidationError):
                self.check(parse(known), base)

    def check(self, question: Question, base: ValuePath) -> None:
        """Notes what is wrong with a question beyond its form."""
        for flaw in type_of(question).check(question):
            self.note((*base, *flaw.path), flaw.message, "", flaw.suggestion, key=flaw.on_key)
        if self._has_dollars:
            self.check_formulas(question, base)

    def check_formulas(self, question: Question, base: ValuePath) -> None:
        """Notes each formula that cannot be shown."""
        for shown in shown_in(question):
            if shown.is_markdown and len(self.problems) < _MOST_PROBLEMS:
                for formula in markdown.unreadable(shown.text):
                    place = self.document.locate((*base, *shown.path), needle=formula.source)
                    self.problems.append(Problem(place, *formula.problem))

    def check_links(self, values: Any, base: ValuePath) -> Iterator[tuple[ValuePath, markdown.Link]]:
        """The links of a question into the course and its pictures, with the path of each text; notes those that
        cannot be used."""
        said_here = values.get("template", values) if isinstance(values, dict) else values
        for path, text in texts_of(said_here):
            for link in markdown.links(text) if any(sign in text for sign in _LINK_SIGNS) else ():
                if link.kind in ("section", "term"):
                    yield path, link
                elif link.kind not in ("web", "language"):
                    said = _refused_picture(text, link) if link.kind == "picture" else refused_link(link.href)
                    if said is None:
                        yield path, link
                    else:
                        place = self.document.locate((*base, *path), needle=link.href)
                        self.problems.append(Problem(place, *said))


def _refused_picture(text: str, link: markdown.Link) -> tuple[str, str, str] | None:
    said = refused_picture(link.href, link.alt, link.title)
    if said is None and not stands_alone(text, link.href):
        expected = f"expected it in round brackets behind the words, as in ![…]({link.href})"
        return f"the name `{link.href}` does not stand where the picture does", expected, ""
    return said


def read_questions(text: str, path: str, pillar: str) -> QuestionFile:
    """Reads a questions file. A question that breaks the YAML is left out and the rest is read, so that one slip
    does not hide the others; problems are in the result."""
    problems: list[Problem] = []
    document: Document | None = None
    remaining = text
    for _ in range(min(_MOST_RECOVERIES, max(2, _READ_AGAIN // max(1, len(text))))):
        try:
            document = parse_yaml(remaining, path)
            break
        except Problems as found:
            problems.extend(found)
            if len(problems) >= MOST_TOLD:
                break
            shorter = _without_item(remaining, [problem.location.line for problem in found])
            if shorter is None:
                break
            remaining = shorter
    if document is None:
        return QuestionFile(path, pillar, text, problems=tuple(problems))
    result = _read_document(document, path, pillar, text, whole=not problems)
    if problems:
        # Ids in the part that could not be read are not known; whoever refers to them is given the benefit.
        broken = dict.fromkeys(re.findall(r"\bid:\s*['\"]?([a-z0-9-]+)", text), 0)
        result.broken = {**broken, **result.broken}
        result.problems = (*problems, *result.problems)
        result.plain = None
        result._document = document
        if result.drafts is not None:
            result.drafts._document = document
    return result


def _read_document(document: Document, path: str, pillar: str, text: str, *, whole: bool) -> QuestionFile:
    """The file in a document; of one that is not `whole`, materials may be in the part that could not be read."""
    result = QuestionFile(path, pillar, text)
    reader = QuestionReader(document, pillar)
    items = _items(document.values, reader)
    if items is None:
        result.problems = tuple(reader.problems)
        return result
    unfinished = {place for place, item in enumerate(items) if _is_kept_as_draft(item)}
    result.shared = read_materials(document)
    reader.problems.extend(result.shared.problems)
    result.shared_mentions = _mentions_of_materials(document, result.shared, reader)
    published = [place for place in range(len(items)) if place not in unfinished]
    if whole:
        reader.problems.extend(unknown_materials(document, items, published, result.shared.names))
    _read_items(result, items, published, reader)
    result.questions = result.shared.given_to(result.questions)
    if unfinished:
        result.drafts = QuestionFile(path, pillar, text)
        drafts = QuestionReader(document, pillar)
        if whole:
            drafts.problems.extend(unknown_materials(document, items, sorted(unfinished), result.shared.names))
        _read_items(result.drafts, items, sorted(unfinished), drafts)
        result.drafts.questions = result.shared.given_to(result.drafts.questions)
    troubled = bool(result.problems or (result.drafts and result.drafts.problems))
    if troubled:
        result._document = document
        if result.drafts is not None:
            result.drafts._document = document
    else:
        result.plain = items
    return result


def _mentions_of_materials(document: Document, found: FoundMaterials, reader: QuestionReader) -> tuple[Mention, ...]:
    items = (document.values or {}).get(MATERIALS) or []
    return tuple(
        Mention(number, where, href)
        for number, place in enumerate(found.places)
        for where, link in reader.check_links(items[place], (MATERIALS, place))
        for href in (needed(link.href, link.title) if link.kind == "picture" else (link.href,))
    )


def _is_kept_as_draft(item: Any) -> bool:
    """Whether an item is a draft and can be told from the others, however much of it is missing."""
    if not is_draft(item):
        return False
    name, kind = item.get("id"), item.get("type")
    return isinstance(name, str) and bool(_ID.fullmatch(name)) and isinstance(kind, str) and kind in TYPES


def _read_items(result: QuestionFile, items: list[Any], places: Sequence[int], reader: QuestionReader) -> None:
    """Fills `result` with the questions at these places of the list."""
    chosen = [items[place] for place in places]
    questions = _read_at_once(chosen, reader)
    for place, item in zip(places, chosen, strict=True):
        items[place] = item  # a question with parameters as it was filled in, which is what the cache keeps
    if questions is None:
        pairs = [(place, reader.read(("questions", place), item)) for place, item in zip(places, chosen, strict=True)]
        missed = [
            (place, item)
            for (place, question), item in zip(pairs, chosen, strict=True)
            if question is None and isinstance(item, dict)
        ]
        result.broken = {item["id"]: place for place, item in missed if isinstance(item.get("id"), str)}
        result.loose = tuple(missed)
        questions = [question for _, question in pairs if question is not None]
        places = [place for place, question in pairs if question is not None]
    else:
        for place, question in zip(places, questions, strict=True):
            reader.check(question, ("questions", place))
    result.questions, result.places = tuple(questions), tuple(places)
    if any(sign in result.text for sign in _LINK_SIGNS):
        result.mentions = tuple(
            Mention(number, where, href)
            for number, place in enumerate(places)
            for where, link in reader.check_links(items[place], ("questions", place))
            for href in (needed(link.href, link.title) if link.kind == "picture" else (link.href,))
        )
    result.problems = tuple(reader.problems)


def _items(values: Any, reader: QuestionReader) -> list[Any] | None:
    example = "begin the file with a line `questions:` and put each question below it, beginning with `  - id:`"
    if values is None:
        return []
    if not isinstance(values, dict):
        said = "the file begins with a list" if isinstance(values, list) else "the file is not a list of questions"
        reader.note((), said, "expected the key `questions:` first", example)
        return None
    for key in islice(values, MOST_TOLD):
        if key not in ("questions", MATERIALS):
            meant = did_you_mean(key, ("questions", MATERIALS))
            expected = f"expected only `questions:` and `{MATERIALS}:`"
            reader.note((key,), f"unknown key `{key}`", expected, meant, key=True)
    items = values.get("questions")
    if items is None:
        if "questions" not in values and MATERIALS not in values and not reader.problems:
            reader.note((), "the key `questions` is missing", "", example)
        return []
    if not isinstance(items, list):
        reader.note(("questions",), "`questions` is not a list", "expected items that begin with `- `", example)
        return None
    return items


def _read_at_once(items: list[Any], reader: QuestionReader) -> list[Question] | None:
    """All questions in one call of the validator, or None when any of them has not the right form."""
    templates: dict[int, Any] = {}
    for place, item in enumerate(items):
        if not isinstance(item, dict) or not _SET_BY_US.isdisjoint(item):
            return None
        if item.get(PARAMETERS):
            if not isinstance(item.get("type"), str) or item["type"] not in TYPES:
                return None
            templates[place] = item
    try:
        for place, template in templates.items():
            items[place] = {**fill_in(template), "template": template}
        for item in items:
            item["pillar"] = reader.pillar
        return adapter().validate_python(items)
    except ValidationError:
        for place, template in templates.items():
            items[place] = template
        for item in items:
            item.pop("pillar", None)
        return None


def unused_materials(files: Iterable[QuestionFile], named: Collection[str | None]) -> list[Problem]:
    """A warning for each material of these files that is not named."""
    return [
        Problem(
            file.locate_material(number, ("id",)),
            f"no question shows the material `{material.id}`",
            "",
            f"write `material: {material.id}` into those that ask about it, or take it out",
            "warning",
        )
        for file in files
        for number, material in enumerate(file.shared.materials)
        if material.id not in named
    ]


def texts_of(values: Any, path: ValuePath = ()) -> Iterator[tuple[ValuePath, str]]:
    """Every text among plain values, with its path."""
    if isinstance(values, str):
        yield path, values
    elif isinstance(values, dict):
        for key, value in values.items():
            yield from texts_of(value, (*path, key))
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from texts_of(value, (*path, number))


def _misspelt_type(values: Mapping[str, Any]) -> str | None:
    """The key that has the name of a type for its value and nearly the name `type`."""
    for key, value in values.items():
        if isinstance(value, str) and value in TYPES and did_you_mean(key, ("type",)):
            return key
    return None


_SET_BY_US = frozenset({"pillar", "template", "shown_with"})
_ID = re.compile(schema_errors.SLUG)
_ITEM = re.compile(r"^(\s*)-(\s|$)")


def _without_item(text: str, lines: Sequence[int]) -> str | None:
    """The text with the list item around the first of these lines blanked, so that all others keep their places;
    None when there is no such item."""
    rows = text.split("\n")
    starts = [number for number, row in enumerate(rows) if _ITEM.match(row)]
    if not starts:
        return None
    margin = min(len(rows[number]) - len(rows[number].lstrip()) for number in starts)
    starts = [number for number in starts if len(rows[number]) - len(rows[number].lstrip()) == margin]
    for line in lines:
        start = max((number for number in starts if number < line), default=None)
        if start is None:
            continue
        end = min((number for number in starts if number > start), default=len(rows))
        rows[start:end] = [""] * (end - start)
        return "\n".join(rows)
    return None
