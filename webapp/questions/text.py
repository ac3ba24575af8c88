"""Markdown as plain text, for places that take no markup: labels of menus, CSV cells, statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

from webapp.questions.formulas.dollars import add_formulas
from webapp.questions.formulas.said import lowered, raised, words


def with_signs(markdown: MarkdownIt) -> MarkdownIt:
    """The parser, that now also reads what sciences write: `$x$`, H~2~O and 10^6^."""
    return add_formulas(markdown).use(sub_plugin).use(superscript_plugin)


@cache
def _markdown() -> MarkdownIt:
    return with_signs(MarkdownIt("commonmark", {"html": False}).enable("table"))


_SHIFTED: dict[str, Callable[[str], str]] = {"sub_open": lowered, "sup_open": raised}


def words_of(tokens: list[Token]) -> str:
    """The words of tokens of Markdown; those of each block end with a line break."""
    parts = []
    shifted: Callable[[str], str] | None = None
    for token in tokens:
        if token.type == "inline":
            parts.append(words_of(token.children or []) + "\n")
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type in ("formula", "formula_block"):
            parts.append(words(token.content) + ("\n" if token.block else ""))
        elif token.type in _SHIFTED:
            shifted = _SHIFTED[token.type]
        else:
            parts.append(shifted(token.content) if shifted else token.content)
            shifted = None
    return "".join(parts)


_as_written: ContextVar[bool] = ContextVar("formulas_as_written", default=False)


@contextmanager
def formulas_as_written() -> Iterator[None]:
    """Within it, plain words have formulas as `$x^2$`: for tables that a program reads on, where a sign that only looks
    alike would be another answer."""
    before = _as_written.set(True)
    try:
        yield
    finally:
        _as_written.reset(before)


def plain(text: str) -> str:
    """The words of a Markdown text on one line, without its marks: `**NOT** a [link](x)` is `NOT a link`, and `$x^2$`
    is x²."""
    return text if text.isalnum() else _plain(text, _as_written.get())


@lru_cache(maxsize=20_000)
def _plain(text: str, as_written: bool) -> str:
    tokens = _markdown().parse(text)
    if as_written:
        for token in (each for block in tokens for each in (block, *(block.children or ()))):
            if token.type in ("formula", "formula_block"):
                token.type, token.content = "text", token.meta["source"] + ("\n" if token.block else "")
    return " ".join(words_of(tokens).split())
