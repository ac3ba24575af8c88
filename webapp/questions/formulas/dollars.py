r"""Which dollars mean a formula, and the rules of the Markdown parser that read it.

A formula is `$…$` within a line or `$$…$$`, which is drawn larger on a line of its own. Courses write of money as well,
so a dollar begins a formula only where all of this holds, and is a dollar everywhere else:

- no letter, digit or dollar stands right before it (`US$100` is money), and no space right after it (`$ 5` is);
- the next dollar closes it: one with no space right before it and no digit right after it (`$5 and $10` is money);
- what begins with a digit and has a word in it is no formula (`$5 or 10$` is money), unless it also has one of
  \ ^ _ = { };
- neither dollar has a backslash before it: `\$` is always a dollar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from webapp.questions.formulas.mathml import BadFormula, mathml

#: lines that are looked through for the end of `$$`
_MOST_LINES = 60

_INLINE = re.compile(r"\$(?P<body>(?:[^$\\]|\\.)++)\$(?!\d)", re.DOTALL)
_DISPLAYED = re.compile(r"\$\$(?P<body>(?:[^$\\]|\\.)++)\$\$(?!\$)", re.DOTALL)
_WORD_OF_TEXT = re.compile(r"(?<![^\W_])[^\W\d_]{2,}")
_FORMULA_SIGN = re.compile(r"[\\^_={}]")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class WrittenFormula:
    """A formula in a text: its LaTeX, as it is written with its dollars, and where that begins."""

    latex: str
    source: str
    start: int


def at(text: str, start: int) -> WrittenFormula | None:
    """The formula that begins with the dollar at `start`; None where that is a dollar."""
    before = text[start - 1 : start]
    if before == "$" or before.isalnum():
        return None
    displayed = text.startswith("$$", start)
    match = (_DISPLAYED if displayed else _INLINE).match(text, start)
    if match is None:
        return None
    body = match["body"]
    if _BLANK_LINE.search(body) or not body.strip():
        return None
    if not displayed and (body[0].isspace() or body[-1].isspace() or _is_money(body)):
        return None
    return WrittenFormula(body.strip(), match[0], start)


def _is_money(body: str) -> bool:
    return body[0].isdigit() and not _FORMULA_SIGN.search(body) and bool(_WORD_OF_TEXT.search(body))


def written_in(text: str) -> Iterator[WrittenFormula]:
    """The formulas of a text, whatever its other marks mean."""
    place = text.find("$")
    while place >= 0:
        backslashes = place - len(text[:place].rstrip("\\"))
        found = None if backslashes % 2 else at(text, place)
        if found is not None:
            yield found
        place = text.find("$", place + (len(found.source) if found else 1))


def add_formulas(markdown: MarkdownIt) -> MarkdownIt:
    """The parser, that now reads formulas: as tokens `formula`, and `formula_block` where `$$` begins a line."""
    markdown.inline.ruler.before("escape", "formula", _within_line)
    markdown.block.ruler.before(
        "fence", "formula_block", _on_lines, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    markdown.add_render_rule("formula", _write)
    markdown.add_render_rule("formula_block", _write_block)
    return markdown


def _within_line(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = at(state.src, state.pos)
    if found is None or state.pos + len(found.source) > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.meta = found.latex, {"source": found.source}
        token.markup = "$$" if found.source.startswith("$$") else "$"
    state.pos += len(found.source)
    return True


def _on_lines(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    if state.is_code_block(first):
        return False
    opening = state.src[state.bMarks[first] + state.tShift[first] : state.eMarks[first]]
    if not opening.startswith("$$") or "$$" in opening[2:].rstrip().removesuffix("$$"):
        return False
    lines, number = [opening.rstrip()], first
    while not (number > first and "$$" in lines[-1]) and not (number == first and lines[0][2:].endswith("$$")):
        number += 1
        if number >= min(end, first + _MOST_LINES) or state.isEmpty(number) or state.sCount[number] < state.blkIndent:
            return False
        lines.append(state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip())
    found = at("\n".join(lines), 0)
    if found is None or len(found.source) != sum(map(len, lines)) + len(lines) - 1:
        return False
    if not silent:
        token = state.push("formula_block", "math", 0)
        token.content, token.markup, token.map, token.block = found.latex, "$$", [first, number + 1], True
        token.meta = {"source": found.source}
    state.line = number + 1
    return True


def _write(renderer: object, tokens: list[Token], index: int, options: object, env: object) -> str:
    token = tokens[index]
    try:
        return mathml(token.content, displayed=token.markup == "$$")
    except BadFormula:
        # `bank check` has said so; whoever previews a draft sees what is written.
        return f"<code>{escape(token.meta['source'])}</code>"


def _write_block(renderer: object, tokens: list[Token], index: int, options: object, env: object) -> str:
    return f"<p>{_write(renderer, tokens, index, options, env)}</p>\n"
