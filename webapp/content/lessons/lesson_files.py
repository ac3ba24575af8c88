"""Reads a lesson file: front matter, then Markdown, split into sections and blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from markdown_it.token import Token

from webapp.content import markdown
from webapp.content.ledger import Fact
from webapp.content.lessons import notes
from webapp.content.lessons.citations import PARSER, Citations
from webapp.content.lessons.front_matter import read_head
from webapp.content.lessons.lesson import Block, Head, Lesson, Prose, Section, reading_minutes
from webapp.content.lessons.lesson_blocks import BLOCKS, Fences
from webapp.content.lessons.lesson_context import LessonFile, Manuscript, Passage, Translate
from webapp.content.problems import Location, did_you_mean
from webapp.content.yaml import schema_errors
from webapp.questions import text as plain_text

__all__ = ["LessonFile", "Passage", "read_lesson"]

#: characters of a lesson: an hour of reading has some 70,000, and this many take a second or two to read
LONGEST_LESSON = 500_000
_HEADING_ID = re.compile(r"\s*\{#([^}]*)\}\s*$")
_SLUG = re.compile(schema_errors.SLUG)
#: what stands in a line and is no word of it
_SILENT = frozenset({"cite", "image"})


def read_lesson(
    text: str,
    path: str,
    lesson_id: str,
    facts: Mapping[str, Fact] | None,
    translate: Translate | None = None,
    *,
    lined: bool = False,
) -> LessonFile:
    """Reads a lesson. `facts` are the ledger's (None: there is no ledger, and citations are not checked); `translate`
    gives its words in another language: its title, blocks of text and figures, not its checks. `lined` is for a preview
    beside the text: its blocks then say in `data-line` on which line of the file they begin."""
    page = Manuscript(text, path, lesson_id, facts, translate)
    if not text.strip():
        said = "the lesson is empty"
        page.report(Location(path), said, "expected front matter between two lines `---`, then text")
        return page.found
    if len(text) > LONGEST_LESSON:
        said = f"the lesson has {len(text):,} characters"
        page.report(Location(path), said, f"expected at most {LONGEST_LESSON:,}", "make several lessons of it")
        return page.found
    head = read_head(page)
    page.terms = {term.id: term for term in head.terms} if head else None
    body = _Body(page, lined=lined)
    body.read()
    if head is not None:
        page.found.lesson = body.lesson(head)
    return page.found


class _Body:
    """The Markdown of one lesson."""

    def __init__(self, page: Manuscript, *, lined: bool = False) -> None:
        self.page, self.lined = page, lined
        self.citations = Citations(page.facts)
        self.fences = Fences(page, self.citations)
        self.lead: list[Block] = []
        self.lead_words = 0
        self.sections: list[Section] = []

    def read(self) -> None:
        env: dict[str, Any] = {"lesson": self.page.lesson_id, "links": [], "translate": self.page.translate}
        tokens = PARSER.parse("\n".join(self.page.lines), env)
        for block, link in env["links"]:
            self.page.check_link(link, partial(self.page.place, block, link.href))
        for name in notes.unused(env):
            written = f"[^{name}]:"
            number = next((number for number, line in enumerate(self.page.lines) if written in line), 0)
            self.page.report(
                Location(self.page.path, self.page.found.body_line + number),
                f"nothing leads to the note `{name}`",
                f"expected [^{name}] in the text",
                "add it, or take the note out",
            )
        for block, formula in markdown.unreadable_in(tokens):
            self.page.report(partial(self.page.place, block, formula.source), *formula.problem)
        self.split(tokens)

    def split(self, tokens: list[Token]) -> None:
        """Makes the lead and a section of what stands below each heading of the second level."""
        ids: dict[str, int] = {}
        start = 0
        title: tuple[str, str] | None = None

        def close(end: int) -> None:
            blocks, words = self.blocks(tokens[start:end])
            if title is None:
                self.lead.extend(blocks)
                self.lead_words = words
            else:
                self.sections.append(Section(title[0], title[1], tuple(blocks), words))

        for index, token in enumerate(tokens):
            if token.type != "heading_open":
                continue
            name = self.heading_id(tokens[index + 1], token)
            if token.tag == "h1":
                self.page.report(
                    self.page.place(token),
                    "a heading with one # is the title of the page",
                    "expected ## for a section and ### inside it",
                    "add a #, or write the title in the front matter",
                )
            if token.tag in ("h1", "h2") and token.level == 0:
                close(index)
                text = words_of(tokens[index + 1])
                name = name or _slug(text) or f"section-{len(self.sections) + 1}"
                if name in ids:
                    self.page.report(
                        self.page.place(token),
                        f"the section id `{name}` is used a second time",
                        f"it is already on line {ids[name]}",
                        "give one of the two another {#id}",
                    )
                ids[name] = self.page.place(token).line
                self.page.found.lines[name] = ids[name]
                title = (name, text)
                start = index + 3
            elif name:
                token.attrs["id"] = name
        close(len(tokens))

    def heading_id(self, inline: Token, heading: Token) -> str:
        children = inline.children or []
        last = children[-1] if children else None
        if last is None or last.type != "text":
            return ""
        match = _HEADING_ID.search(last.content)
        if match is None:
            return ""
        last.content = last.content[: match.start()]
        if not _SLUG.match(match[1]) or match[1].startswith(("fact-", "term-", "source-", "figure-", "note-")):
            self.page.report(
                self.page.place(heading, "{#"),
                f"`{match[1]}` cannot be the id of a section",
                "expected small letters, digits and single hyphens; fact-, term-, source-, figure- and note- are taken",
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
                facts = self.citations.in_prose(run, self.know)
                if self.lined:
                    self.say_lines(run)
                html = markdown.clean(PARSER.renderer.render(run, PARSER.options, {}), lined=self.lined)
                blocks.append(Prose(html.strip(), facts))
                run.clear()

        for token in tokens:
            info = token.info.strip() if token.type == "fence" else ""
            if info in BLOCKS and token.level == 0:
                close()
                block = self.fences.block(token)
                if block is not None:
                    self.page.found.lines[block.id] = self.page.place(token).line
                    blocks.append(block)
                continue
            if info:
                self.fences.refuse(token, info)
            if token.type == "inline":
                words += len(words_of(token).split())
                self.page.passage(token.content, partial(self.page.place, token))
            run.append(token)
        close()
        return blocks, words

    def say_lines(self, tokens: list[Token]) -> None:
        """Has each block that gets a tag of its own say where it begins."""
        for token in tokens:
            if token.map and not token.hidden and (token.nesting == 1 or token.type in ("fence", "code_block")):
                token.attrs["data-line"] = str(self.page.place(token).line)

    def know(self, name: str, token: Token, written: str) -> bool:
        if not _SLUG.match(name):
            if not self.page.is_told_enough:
                self.page.report(
                    partial(self.page.place, token, written),
                    f"`{written}` is not a citation",
                    "expected [@id], or [@one-id; @another-id]",
                    did_you_mean(name, self.page.facts or ()),
                )
            return False
        return self.page.know_fact(name, lambda: self.page.place(token, f"@{name}"))

    def lesson(self, head: Head) -> Lesson:
        words = self.lead_words + sum(section.words for section in self.sections)
        blocks = (*self.lead, *(block for section in self.sections for block in section.blocks))
        return Lesson(
            id=self.page.lesson_id,
            title=head.title,
            hook=head.hook,
            minutes=head.minutes or reading_minutes(words, blocks),
            lead=tuple(self.lead),
            sections=tuple(self.sections),
            terms=head.terms,
            summary=head.summary,
            remember=head.remember,
            numbers=head.numbers,
            accept=head.accept,
            words=words,
            path=self.page.path,
            cited=tuple(self.citations.numbers),
            anchors=self.citations.anchors,
        )


def words_of(inline: Token) -> str:
    """The plain text of an inline token."""
    return plain_text.words_of([child for child in inline.children or () if child.type not in _SILENT]).strip()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
