"""Markdown as safe HTML, for texts of questions and for lessons.

Whoever writes the course may paste from anywhere, so no text is trusted: raw HTML is shown as text, only https links
and the course's own `section:` and `term:` links lead anywhere, pictures are those of the folder `media` or become
their description, and what comes out is cleaned once more against a list of allowed tags. Formulas become MathML, and
code gets its colours by classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from typing import Any, Literal

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from webapp.content import code
from webapp.content.languages import direction
from webapp.content.media.names import LISTENING, is_address
from webapp.questions.formulas import mathml
from webapp.questions.formulas.mathml import BadFormula
from webapp.questions.text import with_signs

_TARGET = re.compile(r"^(section|term):([a-z0-9-]+)(?:/([a-z0-9-]+))?$")
_LANGUAGE = re.compile(r"^lang:([a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3})$")
_WITH_ITS_MARK = re.compile(r"<math>[^<]*(?:<(?!/math>)[^<]*)*</math>[.,;:!?)\]%…]+")
_SCHEME = re.compile(r"^https://[^\s/?#]+", re.IGNORECASE)

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul", *mathml.ELEMENTS,
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "data-fact", "aria-label", "rel", "title"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "h6": {"id"},
    "img": {"alt", "src", "title"},
    "li": {"id"},
    "ol": {"start"},
    "p": {"id"},
    "pre": {"tabindex"},
    "span": {"dir", "id", "lang"},
    "sup": {"id"},
    "td": {"id"},
    "th": {"id", "scope"},
    **mathml.ATTRIBUTES,
}
_CLASSES = {
    "a": {"term"},
    "span": {*code.CLASSES, "formula-word"},
    "ol": {"notes"},
    "sup": {"cite", "note"},
    "td": {"align-center", "align-left", "align-right"},
    "th": {"align-center", "align-left", "align-right"},
    **mathml.CLASSES,
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link or picture as the author wrote it, and what kind of thing it leads to."""

    kind: Literal["web", "section", "term", "language", "picture", "refused"]
    href: str
    lesson: str | None = None
    name: str = ""
    alt: str = ""
    title: str = ""
    """Of a picture: its words for those who don't see it, and what stands in quotes behind its name."""


def classify(href: str) -> Link:
    """What a link's address is. Of `section:research/patents` the lesson is research and the name patents; a
    target without a slash has no lesson. `lang:es` leads nowhere: it says in which language the words are."""
    if match := _TARGET.match(href):
        kind: Literal["section", "term"] = "section" if match[1] == "section" else "term"
        first, second = match[2], match[3]
        return Link(kind, href, first, second) if second else Link(kind, href, None, first)
    if match := _LANGUAGE.match(href):
        return Link("language", href, name=match[1])
    if is_address(href):
        return Link("picture", href)
    if _SCHEME.match(href):
        return Link("web", href)
    return Link("refused", href)


def address(link: Link, here: str | None = None) -> str:
    """Where a link of the course leads, seen from the lesson `here` (None: from anywhere else)."""
    if link.lesson is None:
        if link.kind == "term":
            return f"#term-{link.name}"
        return f"#{link.name}" if here else f"/lessons/{link.name}"
    anchor = f"term-{link.name}" if link.kind == "term" else link.name
    return f"#{anchor}" if link.lesson == here else f"/lessons/{link.lesson}#{anchor}"


def _resolve_links(state: StateCore) -> None:
    """Gives each link its address or takes it out, turns pictures from elsewhere into their description, and leaves in
    `env["links"]` what it met: (block, link as written). The others have their name, or the pinned one, for an
    address: where they lie is for the page to say."""
    here = state.env.get("lesson")
    for block in state.tokens:
        if block.type in ("th_open", "td_open") and (style := block.attrs.pop("style", None)):
            # The parser writes the alignment as a style, which the content security policy forbids.
            block.attrs["class"] = f"align-{str(style).removeprefix('text-align:')}"
        if block.type != "inline" or not block.children:
            continue
        found: list[tuple[Token, Link]] = state.env.setdefault("links", [])
        kept: list[Token] = []
        open_links: list[bool] = []
        inner: list[str] = []
        for token in block.children:
            if token.type == "link_open":
                link = classify(str(token.attrs.get("href", "")))
                found.append((block, link))
                usable = link.kind in ("web", "section", "term", "language")
                if link.kind == "term" and link.lesson is None and not here:
                    usable = False
                open_links.append(usable)
                inner.append("span" if link.kind == "language" else "a")
                if not usable:
                    continue
                if link.kind == "language":
                    token.tag, token.attrs = "span", {"lang": link.name, "dir": direction(link.name)}
                elif link.kind == "web":
                    token.attrs["rel"] = "noopener noreferrer"
                else:
                    token.attrs["href"] = address(link, here)
                    if link.kind == "term":
                        token.attrs["class"] = "term"
            elif token.type == "link_close":
                token.tag = inner.pop() if inner else token.tag
                if open_links and not open_links.pop():
                    continue
            elif token.type == "image":
                source, title = str(token.attrs.get("src", "")), str(token.attrs.pop("title", ""))
                found.append((block, Link("picture", source, alt=_alt(token), title=title)))
                if not is_address(source):
                    words = Token("text", "", 0)
                    words.content = token.content
                    token = words
                elif title == LISTENING:
                    token.attrs["title"] = LISTENING
            kept.append(token)
        block.children = kept


def _alt(image: Token) -> str:
    return "".join(child.content for child in image.children or ())


def _head_rows(state: StateCore) -> None:
    """In a table whose corner is empty, the first cell of each row heads the row, and the corner heads nothing."""
    first = crossed = False
    for number, token in enumerate(state.tokens):
        if token.type == "table_open":
            crossed = False
        elif token.type == "tr_open":
            first = True
        elif token.type in ("th_open", "td_open"):
            closing = state.tokens[number + 2]
            if token.type == "th_open" and first and not state.tokens[number + 1].content.strip():
                crossed = True
                token.tag = closing.tag = "td"
            elif token.type == "td_open" and first and crossed:
                token.tag = closing.tag = "th"
                token.attrs["scope"] = "row"
            first = False


def parser() -> MarkdownIt:
    """CommonMark with tables, formulas, sub- and superscript, and without raw HTML."""
    options = {"html": False, "typographer": False, "maxNesting": 20, "highlight": code.coloured}
    markdown = with_signs(MarkdownIt("commonmark", options).enable("table"))
    # Every address is let through here so that a refused one can be reported; `_resolve_links` decides.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    markdown.core.ruler.after("inline", "resolve_links", _resolve_links)
    markdown.core.ruler.after("resolve_links", "head_rows", _head_rows)
    markdown.add_render_rule("fence", _write_code)
    markdown.add_render_rule("code_block", _write_code)
    return markdown


def _write_code(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Code may be wider than a phone: it scrolls by itself, also with the keyboard."""
    write = RendererHTML.fence if tokens[index].type == "fence" else RendererHTML.code_block
    return write(renderer, tokens, index, options, env).replace("<pre>", '<pre tabindex="0">', 1)


@cache
def _for_texts() -> MarkdownIt:
    # A heading in a question would break the order of headings of the page it stands on.
    return parser().disable(["heading", "lheading"])


def clean(html: str, *, lined: bool = False) -> str:
    """The HTML without anything that is not on the list of allowed tags, attributes and classes. `lined` lets its tags
    say where in the text they come from."""
    attributes = _ATTRIBUTES | {"*": {"data-line"}} if lined else _ATTRIBUTES
    safe = nh3.clean(
        html, tags=_TAGS, attributes=attributes, allowed_classes=_CLASSES, url_schemes={"https"}, link_rel=None
    )
    # A line may end between a formula and the comma behind it, for browsers: they are kept together.
    return _WITH_ITS_MARK.sub(r'<span class="formula-word">\g<0></span>', safe)


@lru_cache(maxsize=8192)
def render(text: str) -> str:
    """Markdown as safe HTML in blocks (paragraphs, lists, tables)."""
    return clean(_for_texts().render(_safe(text)))


@lru_cache(maxsize=16384)
def render_inline(text: str) -> str:
    """Markdown of one line as safe HTML without a paragraph around it."""
    return clean(_for_texts().renderInline(_safe(text)))


def links(text: str) -> Iterator[Link]:
    """The links and pictures of a text, as written."""
    if "](" not in text and "<" not in text and "]:" not in text and "][" not in text:
        return
    env: dict[str, list[tuple[Token, Link]]] = {}
    _for_texts().parse(_safe(text), env)
    for _, link in env.get("links", ()):
        yield link


@dataclass(frozen=True, slots=True)
class UnreadableFormula:
    """A formula that cannot be shown: as it is written, and why."""

    source: str
    reason: str

    @property
    def problem(self) -> tuple[str, str, str]:
        """What is wrong, what was expected, a suggestion."""
        shown = self.source if len(self.source) <= 60 else self.source[:57] + "…"
        shown = " ".join(shown.split())
        return f"the formula `{shown}` cannot be read: {self.reason}", "expected LaTeX", self._mend

    @property
    def _mend(self) -> str:
        r"""What to write instead; where nothing is known of the mistake, the dollars may be money."""
        return next(
            (mend for sign, mend in _MENDS.items() if sign in self.source or sign in self.reason),
            "write \\$ for a dollar sign",
        )


#: what stands in a formula that cannot be read, or in the reason → how to mend it
_MENDS = {
    r"\ce{": r"write the reaction in letters: `2\mathrm{H_2} + \mathrm{O_2} \rightarrow 2\mathrm{H_2O}`",
    r"\href": "take it out: links stand outside formulas, as [words](https://…)",
    r"\url": "take it out: links stand outside formulas, as [words](https://…)",
    "one's own": "write out what the command stands for",
    "is the most": "make two formulas of it",
    "too large": "make two formulas of it",
    "inside each other": "take braces away, or give a part of it a name in a formula of its own",
    "closing": "close each { with }, and each \\left with \\right",
    "colours": "take the colour out",
    "Unknown command": r"look for its spelling; words stand in \text{…}, units in \mathrm{…}",
}


def unreadable_in(tokens: Iterable[Token]) -> Iterator[tuple[Token, UnreadableFormula]]:
    """The formulas among tokens that cannot be shown, each with its block."""
    for block in tokens:
        for token in (block, *(block.children or ())):
            if token.type in ("formula", "formula_block"):
                try:
                    mathml.mathml(token.content, displayed=token.markup == "$$")
                except BadFormula as error:
                    yield block, UnreadableFormula(token.meta["source"], str(error))


def unreadable(text: str) -> Iterator[UnreadableFormula]:
    """The formulas of a text that cannot be shown."""
    if text.count("$") > 1:
        for _, formula in unreadable_in(_for_texts().parse(_safe(text))):
            yield formula


def _safe(text: str) -> str:
    """The text without lone surrogates, which no encoder takes."""
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def attribute(text: str) -> str:
    """A text as the value of an HTML attribute."""
    return escape(text, quote=True)
