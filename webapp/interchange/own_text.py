"""Texts of a course for other programs: as HTML with formulas in LaTeX, or as plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape, unescape
from pathlib import PurePosixPath
from typing import Any, TypeVar

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from webapp.content import markdown
from webapp.content.media.names import is_recording, named
from webapp.interchange.losses import LeftOut, Loss, ReportLine
from webapp.questions.contract import Question
from webapp.questions.text import formulas_as_written, plain, with_signs

Written = TypeVar("Written")

_TAGS = {"a", "blockquote", "br", "code", "em", "hr", "img", "li", "ol", "p", "pre", "strong", "sub", "sup", "table",
         "tbody", "td", "th", "thead", "tr", "ul"}  # fmt: skip
_TAG, _ANY_TAG = re.compile(r"<([a-z0-9]+)"), re.compile(r"</?[a-z][^<>]*>")
#: stands for where pictures lie until the HTML is clean
_ELSEWHERE = "https://pictures.invalid/"
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}}


@cache
def _parser() -> MarkdownIt:
    made = with_signs(MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table"))
    made = made.disable(["heading", "lheading"])
    made.validateLink = lambda url: True  # type: ignore[method-assign]
    made.add_render_rule("formula", _as_latex)
    made.add_render_rule("formula_block", _as_latex)
    return made


def _as_latex(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    latex = escape(token.content, quote=False)
    return f"\\[{latex}\\]" if token.markup == "$$" else f"\\({latex}\\)"


@dataclass
class TextWriter:
    """Writes the texts of one question. `media` has the pictures that may go along; without it their words stand in
    their place. What is lost gathers in `losses`, and which pictures are shown in `used`: name in the file → name in
    the course."""

    media: Mapping[str, bytes] | None = None
    losses: list[Loss] = field(default_factory=list)
    used: dict[str, str] = field(default_factory=dict)
    after_stem: str = ""
    """What is to stand behind the stem, in Markdown."""

    def lost(self, code: str, was: str) -> None:
        """Notes a loss, once."""
        if (loss := Loss(code, was)) not in self.losses:
            self.losses.append(loss)

    def html(self, text: str, *, line: bool = False) -> str:
        """Markdown as HTML; one paragraph stands without its tags."""
        if not text:
            return ""
        parser = _parser()
        tokens = parser.parseInline(text) if line else parser.parse(text)
        for block in tokens:
            self._prepare(block.children or [])
        made = nh3.clean(
            parser.renderer.render(tokens, parser.options, {}),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes={"https"},
            link_rel=None,
        ).strip()
        made = made.replace(_ELSEWHERE, "@@PLUGINFILE@@/")
        if made.startswith("<p>") and made.endswith("</p>") and made.count("<p>") == 1:
            return made[3:-4]
        return made

    def plain(self, text: str) -> str:
        """Markdown as words on one line; formulas are in LaTeX between dollars."""
        with formulas_as_written():
            return plain(text)

    def words(self, text: str) -> str:
        """Markdown as plain words on their lines, formulas in LaTeX between their signs; how it looked is lost."""
        made = self.html(text)
        for tag in dict.fromkeys(_TAG.findall(made)):
            if tag not in ("p", "br"):
                self.lost("html", f"<{tag}>")
        lines = re.sub(r"</p>|<br>|</li>|</tr>", "\n", made.replace("\n", " "))
        return "\n".join(" ".join(each.split()) for each in unescape(_ANY_TAG.sub("", lines)).split("\n")).strip()

    def _prepare(self, tokens: list[Token]) -> None:
        """Takes out links that lead nowhere outside the course, and gives pictures the addresses that they have."""
        shut: list[bool] = []
        for token in tokens:
            if token.type == "link_open":
                href = str(token.attrs.get("href", ""))
                leads = markdown.classify(href).kind == "web"
                if not leads:
                    if not href.startswith("lang:"):
                        self.lost("link", href)
                    _hide(token)
                shut.append(not leads)
            elif token.type == "link_close":
                if shut and shut.pop():
                    _hide(token)
            elif token.type == "image":
                self._place(token)

    def _place(self, token: Token) -> None:
        medium = named(str(token.attrs.get("src", "")), {})
        words = "".join(child.content for child in token.children or ())
        name = medium.name if medium else str(token.attrs.get("src", "")).partition("#")[0]
        if self.media is None or name not in self.media or is_recording(name):
            self.lost("recording-out" if is_recording(name) else "picture-out", name)
            token.type, token.content = "text", words
            return
        file = PurePosixPath(name).name
        self.used[file] = name
        token.attrs["src"] = f"{_ELSEWHERE}{file}"


def _hide(token: Token) -> None:
    token.type, token.tag, token.content, token.nesting = "text", "", "", 0


#: what an export keeps of what a question says beside its task
def note_filing(question: Question, writer: TextWriter, keeps: frozenset[str]) -> None:
    """Notes what is lost of what every question has; `keeps` names the fields that the format has a place for."""
    if question.template is not None:
        writer.lost("parameters", "values that differ from paper to paper")
    if (question.facts or question.section) and "facts" not in keeps:
        writer.lost("filing", "facts and section")
    if question.hints and "hints" not in keeps:
        writer.lost("hints", f"{len(question.hints)} hints" if len(question.hints) > 1 else "a hint")
    if question.points != 1 and "points" not in keeps:
        writer.lost("points", f"{question.points:g} points")
    if (question.level != "recall" or question.difficulty != "medium" or question.tags) and "tags" not in keeps:
        writer.lost("filing", "level, difficulty and tags")
    if not question.shuffle and "shuffle" not in keeps:
        writer.lost("shuffle", "parts keep their order")
    if question.use == "exam":
        writer.lost("exam", "kept for exams")


def stem_of(question: Question, writer: TextWriter) -> str:
    """What is asked, in Markdown, with the material that it asks about before it."""
    if question.shown_with is None:
        return question.stem
    writer.lost("material", question.shown_with.id)
    return f"{question.shown_with.text}\n\n{question.stem}"


def tags_of(question: Question) -> list[str]:
    """Level, difficulty and tags as tags."""
    return [f"level:{question.level}", f"difficulty:{question.difficulty}", *question.tags]


def write_each(
    questions: Sequence[Question], write: Callable[[Question, TextWriter], Written]
) -> tuple[list[Written], tuple[ReportLine, ...]]:
    """What became of each question that can be said in a format, and a line of the report for each. `write` raises
    LeftOut for one that can't."""
    written: list[Written] = []
    lines: list[ReportLine] = []
    for place, question in enumerate(questions, 1):
        writer = TextWriter()
        try:
            written.append(write(question, writer))
        except LeftOut as out:
            writer.losses.append(out.loss)
        lines.append(line_of(question, place, writer.losses))
    return written, tuple(lines)


def line_of(question: Question, place: int, losses: Sequence[Loss]) -> ReportLine:
    """The line of a question in the report of an export."""
    return ReportLine(
        f"question {place}", plain(question.stem)[:80], question.type, tuple(dict.fromkeys(losses)), "", question.id
    )
