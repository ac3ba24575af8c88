"""A lesson file: front matter, then Markdown with cited facts, terms, figures and questions to check oneself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from pydantic import Field, ValidationError

from webapp.content import markdown, schema_errors
from webapp.content.facts import Fact, Frozen, Slug, Text
from webapp.content.figures import KINDS, Figure
from webapp.content.problems import Location, Problem, Problems, did_you_mean, listed, nearest_word
from webapp.content.question_files import QuestionReader, texts_of
from webapp.content.references import PICTURE, Reference, refused_link
from webapp.content.source import Document, parse_yaml
from webapp.questions.base import Question

WORDS_PER_MINUTE = 200
"""The pace of careful reading of a text one learns from; a usual round figure."""


class Term(Frozen):
    """A word of the field, explained."""

    id: Slug
    term: Text
    definition: Text


class Head(Frozen):
    """The front matter."""

    title: Annotated[Text, Field(description="the title of the lesson")]
    pillar: Annotated[str, Field(description="the id of the pillar")] = ""
    hook: Annotated[Text, Field(description="one question the reader will care about")]
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    terms: tuple[Term, ...] = ()
    summary: Annotated[tuple[Text, ...], Field(description="a few short lines, as a list")] = ()
    remember: Annotated[tuple[Text, ...], Field(description="what to remember, as a list")] = ()
    numbers: dict[str, Text] = {}
    accept: dict[str, Text] = {}


@dataclass(frozen=True, slots=True)
class Prose:
    """A run of paragraphs, lists and tables as safe HTML, and the facts it cites."""

    html: str
    facts: tuple[str, ...] = ()
    what: Literal["prose"] = "prose"


@dataclass(frozen=True, slots=True)
class Check:
    """A question inside a lesson; it counts for nothing."""

    question: Question
    id: str
    what: Literal["check"] = "check"


Block = Prose | Figure | Check


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading. `minutes` is 1 or more."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    words: int

    @property
    def minutes(self) -> int:
        return reading_minutes(self.words)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as it is read. `path` is relative to the course folder; `cited` has the ids of its facts by first use,
    so that the number of a citation is the fact's place in it."""

    id: str
    title: str
    hook: str
    minutes: int
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]
    terms: tuple[Term, ...]
    summary: tuple[str, ...]
    remember: tuple[str, ...]
    numbers: Mapping[str, str]
    accept: Mapping[str, str]
    words: int
    path: str
    cited: tuple[str, ...]
    anchors: Mapping[str, str]
    """Where each cited fact is taught: the fact's id → the id of the paragraph or figure."""

    def section(self, section_id: str) -> Section | None:
        return next((section for section in self.sections if section.id == section_id), None)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, in the order of reading."""
        return (*self.lead, *(block for section in self.sections for block in section.blocks))

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Check))

    def check(self, check_id: str) -> Check | None:
        return next((check for check in self.checks if check.id == check_id), None)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a lesson as its author wrote it, and a way to find words in it."""

    text: str
    locate: Callable[[str], Location]


@dataclass(slots=True)
class LessonFile:
    """What reading one lesson file gave: the lesson as far as it could be made, what is wrong, what it leans on."""

    path: str
    lesson: Lesson | None
    problems: list[Problem] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    body_line: int = 1
    head: Document | None = None
    passages: list[Passage] = field(default_factory=list)
    """The texts of the lesson, for the lint."""
    documents: dict[str, Document] = field(default_factory=dict)
    """The YAML of each check by its id."""


def reading_minutes(words: int) -> int:
    return max(1, round(words / WORDS_PER_MINUTE))


def read_lesson(text: str, path: str, lesson_id: str, facts: Mapping[str, Fact] | None) -> LessonFile:
    """Reads a lesson. `facts` are the ledger's (None: there is no ledger, and citations are not checked)."""
    found = LessonFile(path, None)
    reader = _Reader(text, path, lesson_id, facts, found)
    try:
        reader.read()
    except Problems as problems:
        found.problems.extend(problems)
    return found


_HEADING_ID = re.compile(r"\s*\{#([^}]*)\}\s*$")
_CITATION = re.compile(r"\[(@[^\[\]\n;]*(?:;\s*@[^\[\]\n;]*)*)\]")
_SLUG = re.compile(schema_errors.SLUG)


def _cite(state: StateInline, silent: bool) -> bool:
    """The inline rule for [@id; @id]."""
    if state.src[state.pos : state.pos + 2] != "[@":
        return False
    match = _CITATION.match(state.src, state.pos)
    if match is None or state.src[match.end() : match.end() + 1] == "(":
        return False
    if not silent:
        # The number stands close to the word before it, whatever blank the author left, so that no line begins with it.
        state.pending = state.pending.rstrip(" ")
        if not state.pending and state.tokens and state.tokens[-1].type == "softbreak":
            state.tokens.pop()
        token = state.push("cite", "", 0)
        token.meta = {"ids": [part.strip().removeprefix("@").strip() for part in match[1].split(";")]}
        token.content = match[0]
    state.pos = match.end()
    return True


def _write_citation(renderer: RendererProtocol, tokens: Any, index: int, options: Any, env: Any) -> str:
    return "".join(
        f'<sup class="cite"><a href="#source-{markdown.attribute(name)}" data-fact="{markdown.attribute(name)}" '
        f'aria-label="Source {number}: {markdown.attribute(claim)}">{number}</a></sup>'
        for name, number, claim in tokens[index].meta.get("sources", ())
    )


def _parser() -> MarkdownIt:
    parser = markdown.parser()
    parser.inline.ruler.before("link", "cite", _cite)
    parser.add_render_rule("cite", _write_citation)
    return parser


_PARSER = _parser()


class _Reader:
    """Reads one lesson file from top to bottom."""

    def __init__(
        self, text: str, path: str, lesson_id: str, facts: Mapping[str, Fact] | None, found: LessonFile
    ) -> None:
        self.text, self.path, self.lesson_id, self.facts, self.found = text, path, lesson_id, facts, found
        self.numbers: dict[str, int] = {}
        self.anchors: dict[str, str] = {}
        self.figures = 0
        self.checks = 0
        self.lines: list[str] = []
        self.terms: dict[str, Term] = {}
        self.looked: dict[tuple[int, str], int] = {}

    # ------------------------------------------------------------------ reporting

    def report(self, location: Location, message: str, expected: str = "", suggestion: str = "") -> None:
        self.found.problems.append(Problem(location, message, expected, suggestion))

    def place(self, token: Token, needle: str = "") -> Location:
        """Where a block stands, or the next place of `needle` in it that was not asked for yet."""
        first, last = token.map or (0, len(self.lines) if needle else 1)
        if needle:
            key = (first, needle)
            block = "\n".join(self.lines[first:last])
            at = block.find(needle, self.looked.get(key, -1) + 1)
            if at < 0:
                at = block.find(needle)
            if at >= 0:
                self.looked[key] = at
                line = block.count("\n", 0, at)
                return Location(self.path, self.found.body_line + first + line, at - block.rfind("\n", 0, at))
        return Location(self.path, self.found.body_line + first, 1)

    # ------------------------------------------------------------------ the file

    def read(self) -> None:
        if not self.text.strip():
            self.report(
                Location(self.path), "the lesson is empty", "expected front matter between two lines `---`, then text"
            )
            return
        head = self.read_head()
        self.terms = {term.id: term for term in head.terms} if head else {}
        tokens = self.parse_body()
        lead, sections = self.split(tokens)
        if head is None:
            return
        self.found.lesson = self.assemble(head, lead, sections)

    def read_head(self) -> Head | None:
        lines = self.text.split("\n")
        end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)
        if lines[0].rstrip() != "---" or not end:
            missing = "the first line is not `---`" if lines[0].rstrip() != "---" else "the second `---` is missing"
            self.report(
                Location(self.path),
                f"the lesson has no front matter: {missing}",
                "expected title, hook and the rest between two lines `---` at the top",
                "look at the top of another lesson",
            )
            self.lines = lines
            return None
        self.found.body_line = end + 2
        self.lines = lines[end + 1 :]
        try:
            document = parse_yaml("\n".join(lines[1:end]) + "\n", self.path, first_line=2)
        except Problems as problems:
            self.found.problems.extend(problems)
            return None
        self.found.head = document
        values = document.values
        if not isinstance(values, dict):
            self.report(Location(self.path, 2), "the front matter is empty", "expected at least `title:` and `hook:`")
            return None
        try:
            head = Head.model_validate(values)
        except ValidationError as error:
            schema = Head.model_json_schema()
            self.found.problems.extend(schema_errors.explain(error, document, (), values, schema))
            return None
        self.check_head(head, document)
        return head

    def check_head(self, head: Head, document: Document) -> None:
        if head.pillar and head.pillar != self.lesson_id:
            self.found.problems.append(
                document.problem(
                    ("pillar",),
                    f"the pillar is `{head.pillar}`",
                    f"expected `{self.lesson_id}`: the course file gives this folder to it",
                    f"write `pillar: {self.lesson_id}`, or move the file",
                )
            )
        seen: set[str] = set()
        for number, term in enumerate(head.terms):
            if term.id in seen:
                self.found.problems.append(
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
                self.check_links(line, document, path)
        for number, term in enumerate(head.terms):
            self.check_links(term.definition, document, ("terms", number, "definition"))

        for where, text in _head_texts(head):
            self.found.passages.append(Passage(text, _document_finder(document, where)))

    def check_links(self, text: str, document: Document, path: tuple[str | int, ...]) -> None:
        for link in markdown.links(text):
            self.check_link(link, document.locate(path, needle=link.href))

    def parse_body(self) -> list[Token]:
        markup = "\n".join(self.lines)
        env: dict[str, Any] = {"lesson": self.lesson_id, "links": []}
        tokens = _PARSER.parse(markup, env)
        for block, link in env["links"]:
            self.check_link(link, self.place(block, link.href))
        return tokens

    def check_link(self, link: markdown.Link, location: Location) -> None:
        if link.kind == "picture":
            self.report(location, *PICTURE)
        elif link.kind == "refused":
            self.report(location, *refused_link(link.href))
        elif link.kind == "term" and link.lesson in (None, self.lesson_id):
            if link.name not in self.terms:
                self.report(
                    location,
                    f"the term `{link.name}` is not explained in this lesson",
                    f"expected one of {listed(self.terms)}" if self.terms else "expected a term of the front matter",
                    did_you_mean(link.name, self.terms) or f"add it under `terms:` with `id: {link.name}`",
                )
        elif link.kind in ("term", "section"):
            kind: Literal["term", "section"] = "term" if link.kind == "term" else "section"
            lesson = self.lesson_id if link.lesson is None else link.lesson
            self.found.references.append(Reference(kind, lesson, link.name, link.href, location))

    # ------------------------------------------------------------------ the parts

    def split(self, tokens: list[Token]) -> tuple[list[Block], list[Section]]:
        lead: list[Block] = []
        sections: list[Section] = []
        ids: dict[str, int] = {}
        start = 0
        title: tuple[str, str] | None = None
        words = 0
        self.lead_words = 0

        def close(end: int) -> None:
            nonlocal words
            blocks, words = self.blocks(tokens[start:end])
            if title is None:
                lead.extend(blocks)
                self.lead_words = words
            else:
                sections.append(Section(title[0], title[1], tuple(blocks), words))

        for index, token in enumerate(tokens):
            if token.type != "heading_open":
                continue
            name = self.heading_id(tokens[index + 1], token)
            if token.tag == "h1":
                self.report(
                    self.place(token),
                    "a heading with one # is the title of the page",
                    "expected ## for a section and ### inside it",
                    "add a #, or write the title in the front matter",
                )
            if token.tag in ("h1", "h2") and token.level == 0:
                close(index)
                text = _words(tokens[index + 1])
                name = name or _slug(text) or f"section-{len(sections) + 1}"
                if name in ids:
                    self.report(
                        self.place(token),
                        f"the section id `{name}` is used a second time",
                        f"it is already on line {ids[name]}",
                        "give one of the two another {#id}",
                    )
                ids[name] = self.place(token).line
                title = (name, text)
                start = index + 3
            elif name:
                token.attrs["id"] = name
        close(len(tokens))
        return lead, sections

    def heading_id(self, inline: Token, heading: Token) -> str:
        children = inline.children or []
        last = children[-1] if children else None
        if last is None or last.type != "text":
            return ""
        match = _HEADING_ID.search(last.content)
        if match is None:
            return ""
        last.content = last.content[: match.start()]
        if not _SLUG.match(match[1]) or match[1].startswith(("fact-", "term-", "source-", "figure-")):
            self.report(
                self.place(heading, "{#"),
                f"`{match[1]}` cannot be the id of a section",
                "expected small letters, digits and single hyphens; fact-, term-, source- and figure- are taken",
                f"write {{#{_slug(match[1]) or 'a-name'}}}",
            )
            return ""
        return match[1]

    def blocks(self, tokens: list[Token]) -> tuple[list[Block], int]:
        blocks: list[Block] = []
        run: list[Token] = []
        words = 0

        def close() -> None:
            if run:
                facts = self.cite(run)
                html = markdown.clean(_PARSER.renderer.render(run, _PARSER.options, {}))
                blocks.append(Prose(html.strip(), facts))
                run.clear()

        for token in tokens:
            info = token.info.strip() if token.type == "fence" else ""
            if info in ("figure", "check") and token.level == 0:
                close()
                block = self.figure(token) if info == "figure" else self.check(token)
                if block is not None:
                    blocks.append(block)
                continue
            if info:
                self.check_fence(token, info)
            if token.type == "inline":
                words += len(_words(token).split())
                self.found.passages.append(Passage(token.content, _finder(self, token)))
            run.append(token)
        close()
        return blocks, words

    def check_fence(self, token: Token, info: str) -> None:
        if info in ("figure", "check"):
            self.report(
                self.place(token),
                f"the {info} block stands inside a list or a quotation",
                "expected it at the left margin",
                "move it out",
            )
        elif (meant := nearest_word(info.split()[0], ("figure", "check"))) or info.split()[0] in ("yaml", "yml"):
            self.report(
                self.place(token),
                f"a block of the kind `{info}` is not known",
                "expected ```figure or ```check",
                f"did you mean `{meant}`?" if meant else "",
            )

    def cite(self, tokens: list[Token]) -> tuple[str, ...]:
        """Numbers the citations of a run of blocks and puts each fact's anchor on the block that cites it first."""
        cited: dict[str, None] = {}
        for index, token in enumerate(tokens):
            if token.type != "inline":
                continue
            fresh: list[str] = []
            for child in token.children or ():
                if child.type != "cite":
                    continue
                known = [name for name in child.meta["ids"] if self.know(name, token, child.content)]
                sources = []
                for name in known:
                    cited[name] = None
                    number = self.numbers.setdefault(name, len(self.numbers) + 1)
                    sources.append((name, number, self.facts[name].claim if self.facts else name))
                    if not self.anchors.get(name, "").startswith("fact-"):
                        self.anchors[name] = f"fact-{name}"
                        fresh.append(name)
                child.meta["sources"] = sources
            self.anchor(tokens, index, fresh)
        return tuple(cited)

    def anchor(self, tokens: list[Token], index: int, fresh: list[str]) -> None:
        opening = tokens[index - 1] if index else None
        if fresh and opening is not None and opening.hidden and index > 1:
            # The paragraph of a tight list has no tag of its own; its list item takes the anchor.
            opening = tokens[index - 2]
        if fresh and opening is not None and opening.nesting == 1 and not opening.hidden and "id" not in opening.attrs:
            opening.attrs["id"] = f"fact-{fresh.pop(0)}"
        inline = tokens[index]
        for name in fresh:
            start, end = Token("span_open", "span", 1), Token("span_close", "span", -1)
            start.attrs["id"] = f"fact-{name}"
            inline.children = [start, end, *(inline.children or [])]

    def know(self, name: str, token: Token, written: str) -> bool:
        if not _SLUG.match(name):
            self.report(
                self.place(token, written),
                f"`{written}` is not a citation",
                "expected [@id], or [@one-id; @another-id]",
                did_you_mean(name, self.facts or ()),
            )
            return False
        return self.know_fact(name, lambda: self.place(token, f"@{name}"))

    def know_fact(self, name: str, locate: Any) -> bool:
        if self.facts is not None and name not in self.facts:
            self.report(
                locate(),
                f"the fact `{name}` is not in the ledger",
                "expected the id of one of its facts",
                did_you_mean(name, self.facts),
            )
            return False
        return True

    def fence(self, token: Token) -> Document | None:
        """The YAML of a figure or check block."""
        first, last = token.map or (0, 1)
        if last > len(self.lines) or not self.lines[last - 1].lstrip().startswith(token.markup) or last - first < 2:
            said = f"the {token.info.strip()} block is not closed"
            self.report(self.place(token), said, f"expected {token.markup} at its end")
            return None
        try:
            document = parse_yaml(token.content, self.path, first_line=self.found.body_line + first + 1)
        except Problems as problems:
            self.found.problems.extend(problems)
            return None
        if not isinstance(document.values, dict):
            said = f"the {token.info.strip()} block is empty or a list"
            self.report(self.place(token), said, "expected keys such as `title:`")
            return None
        return document

    def figure(self, token: Token) -> Figure | None:
        document = self.fence(token)
        if document is None:
            return None
        values = document.values
        kind = values.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            said = f"the kind of figure `{kind}` is not known" if "kind" in values else "the key `kind` is missing"
            self.found.problems.append(
                document.problem(
                    ("kind",), said, f"expected one of {listed(KINDS)}", did_you_mean(str(kind or ""), KINDS)
                )
            )
            return None
        model = KINDS[kind]
        given = [key for key in ("id", "what") if key in values]
        for key in given:
            self.found.problems.append(
                document.problem((key,), f"unknown key `{key}`", "figures are numbered", "delete it", key=True)
            )
        try:
            figure = model.model_validate({key: value for key, value in values.items() if key not in given})
        except ValidationError as error:
            schema = model.model_json_schema()
            self.found.problems.extend(schema_errors.explain(error, document, (), values, schema))
            return None
        for path, text in texts_of(values):
            if path[0] not in ("kind", "facts") and path[-1] not in ("fact", "when", "emphasis", "kind"):
                self.found.passages.append(Passage(text, _document_finder(document, path)))
        self.figures += 1
        figure = figure.model_copy(update={"id": f"figure-{self.figures}"})
        for name in figure.cited:
            if self.know_fact(name, lambda name=name: document.locate((), needle=name)):
                self.numbers.setdefault(name, len(self.numbers) + 1)
                self.anchors.setdefault(name, figure.id)
        return figure

    def check(self, token: Token) -> Check | None:
        document = self.fence(token)
        if document is None:
            return None
        self.checks += 1
        name = f"{self.lesson_id}-check-{self.checks}"
        reader = QuestionReader(document, self.lesson_id)
        values = dict(document.values)
        if "points" in values:
            self.found.problems.append(
                document.problem(("points",), "a check counts for nothing", "expected no `points`", "delete the line",
                                 key=True)
            )  # fmt: skip
            del values["points"]
        name = str(values.setdefault("id", name))
        question = reader.read((), values)
        if question is None:
            self.found.problems.extend(reader.problems)
            return None
        for number, fact in enumerate(question.facts):
            self.know_fact(fact, lambda number=number: document.locate(("facts", number)))
        for path, link in reader.check_links(document.values, ()):
            self.check_link(link, document.locate(path, needle=link.href))
        self.found.problems.extend(reader.problems)
        if question.section:
            lesson, _, section = question.section.rpartition("/")
            self.found.references.append(
                Reference("section", lesson or self.lesson_id, section, question.section, document.locate(("section",)))
            )
        self.found.documents[name] = document
        return Check(question, name)

    def assemble(self, head: Head, lead: list[Block], sections: list[Section]) -> Lesson:
        words = self.lead_words + sum(section.words for section in sections)
        return Lesson(
            id=self.lesson_id,
            title=head.title,
            hook=head.hook,
            minutes=head.minutes or reading_minutes(words),
            lead=tuple(lead),
            sections=tuple(sections),
            terms=head.terms,
            summary=head.summary,
            remember=head.remember,
            numbers=head.numbers,
            accept=head.accept,
            words=words,
            path=self.path,
            cited=tuple(self.numbers),
            anchors=self.anchors,
        )


def _words(inline: Token) -> str:
    """The plain text of an inline token."""
    parts = []
    for child in inline.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts).strip()


def _finder(reader: _Reader, token: Token) -> Callable[[str], Location]:
    return lambda needle: reader.place(token, needle)


def _document_finder(document: Document, path: tuple[str | int, ...]) -> Callable[[str], Location]:
    return lambda needle: document.locate(path, needle=needle)


def _head_texts(head: Head) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("title",), head.title
    yield ("hook",), head.hook
    for number, term in enumerate(head.terms):
        yield ("terms", number, "definition"), term.definition
    for name in ("summary", "remember"):
        for number, line in enumerate(getattr(head, name)):
            yield (name, number), line


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
