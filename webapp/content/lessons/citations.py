"""Citations in a lesson: [@id; @id] becomes numbers, and the paragraph that cites a fact first gets its anchor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from webapp.content import markdown
from webapp.content.ledger import Fact
from webapp.content.lessons.notes import add_notes

_CITATION = re.compile(r"\[(@[^\[\]\n;]*(?:;\s*@[^\[\]\n;]*)*)\]")


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


_HEADING_ID = re.compile(r"\s*\{#[^}]*\}\s*$")


def _translate(state: StateCore) -> None:
    """The core rule for lessons in a second language: each block of words is replaced by its translation, before its
    marks are read. The id of a heading is no part of its words."""
    translate = state.env.get("translate")
    if translate is None:
        return
    for token in state.tokens:
        if token.type != "inline" or not token.content.strip():
            continue
        mark = _HEADING_ID.search(token.content)
        words, rest = (token.content[: mark.start()], mark[0]) if mark else (token.content, "")
        translated = translate(words)
        if translated is not None:
            token.content = translated + rest


def _parser() -> MarkdownIt:
    parser = add_notes(markdown.parser())
    parser.core.ruler.after("block", "translate", _translate)
    parser.inline.ruler.before("link", "cite", _cite)
    parser.add_render_rule("cite", _write_citation)
    return parser


PARSER = _parser()
"""Markdown with citations and footnotes. Used by all threads: it keeps nothing between two texts."""


class Citations:
    """The facts cited so far in one lesson: their numbers, by first use, and the anchors where each is taught."""

    def __init__(self, facts: Mapping[str, Fact] | None) -> None:
        self.facts = facts
        self.numbers: dict[str, int] = {}
        self.anchors: dict[str, str] = {}

    def in_prose(self, tokens: list[Token], know: Callable[[str, Token, str], bool]) -> tuple[str, ...]:
        """Numbers the citations of a run of blocks and sets the anchors of facts that are new; gives the ids of its
        facts. `know` is asked about each (id, block, text as written) and reports those that do not exist."""
        cited: dict[str, None] = {}
        for index, token in enumerate(tokens):
            if token.type != "inline":
                continue
            fresh: list[str] = []
            for child in token.children or ():
                if child.type != "cite":
                    continue
                known = [name for name in child.meta["ids"] if know(name, token, child.content)]
                sources = []
                for name in known:
                    cited[name] = None
                    number = self.numbers.setdefault(name, len(self.numbers) + 1)
                    sources.append((name, number, self.facts[name].claim if self.facts else name))
                    if not self.anchors.get(name, "").startswith("fact-"):
                        self.anchors[name] = f"fact-{name}"
                        fresh.append(name)
                child.meta["sources"] = sources
            _anchor(tokens, index, fresh)
        return tuple(cited)

    def in_figure(self, names: Iterable[str], figure_id: str) -> None:
        """Counts the facts of a figure; prose that cites one of them, even later, is the better place to teach it."""
        for name in names:
            self.numbers.setdefault(name, len(self.numbers) + 1)
            self.anchors.setdefault(name, figure_id)


def _anchor(tokens: list[Token], index: int, fresh: list[str]) -> None:
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
