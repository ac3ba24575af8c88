"""Footnotes of a lesson: [^name] in the text, and [^name]: with the note anywhere below. They stand at the end of it.

Only lessons have them: on a page of questions, each text would number its own from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin


def add_notes(parser: MarkdownIt) -> MarkdownIt:
    """The parser, that now reads footnotes."""
    parser.use(footnote_plugin, inline=False)
    rules: dict[str, Callable[..., str]] = {
        "footnote_ref": _write_mark,
        "footnote_block_open": lambda *_: '<hr><ol class="notes">\n',
        "footnote_block_close": lambda *_: "</ol>\n",
        "footnote_open": lambda _, tokens, index, *rest: f'<li id="note-{_number(tokens[index])}">',
        "footnote_close": lambda *_: "</li>\n",
        "footnote_anchor": _write_way_back,
    }
    for kind, write in rules.items():
        parser.add_render_rule(kind, write)
    return parser


def unused(env: dict[str, Any]) -> Iterator[str]:
    """The names of notes that no text leads to: nobody would read them."""
    for name, number in env.get("footnotes", {}).get("refs", {}).items():
        if number < 0:
            yield name.removeprefix(":")


def _number(token: Any) -> int:
    number: int = token.meta["id"]
    return number + 1


def _place(token: Any) -> str:
    """The id of the mark of a note: a note may have several."""
    number, again = _number(token), token.meta["subId"]
    return f"note-{number}-mark" + (f"-{again + 1}" if again else "")


def _write_mark(renderer: object, tokens: Any, index: int, options: object, env: object) -> str:
    number = _number(tokens[index])
    return (
        f'<sup class="note" id="{_place(tokens[index])}">'
        f'<a href="#note-{number}" aria-label="Note {number}">{number}</a>'
        "</sup>"
    )


def _write_way_back(renderer: object, tokens: Any, index: int, options: object, env: object) -> str:
    number = _number(tokens[index])
    return f' <a href="#{_place(tokens[index])}" aria-label="Back to note {number}">↩</a>'
