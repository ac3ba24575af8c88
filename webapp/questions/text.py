"""Markdown as plain text, for places that take no markup: labels of menus, CSV cells, statistics."""

from __future__ import annotations

from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _words(tokens: list[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type == "inline":
            parts.append(_words(token.children or []) + "\n")
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        else:
            parts.append(token.content)
    return "".join(parts)


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """The words of a Markdown text on one line, without its marks: `**NOT** a [link](x)` is `NOT a link`."""
    if text.isalnum():
        return text
    return " ".join(_words(_markdown().parse(text)).split())
