"""Texts of other programs as the Markdown of a course: HTML, plain text, and Markdown of another kind.

Written here and not with a library, because what is lost has to be said, because formulas, sub- and superscript are
written as only courses write them, and because a file that nests ten thousand tags must not end the program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any, Literal

from markdown_it import MarkdownIt

from webapp.content import markdown
from webapp.interchange.losses import LeftOut, Loss
from webapp.interchange.pictures import Pictures
from webapp.questions.formulas.dollars import written_in

#: characters of one text, and what it may have of signs that parsers take long over: far more than any question has
LONGEST_TEXT = 100_000
MOST_TAGS, MOST_MARKS, MOST_FORMULAS = 5_000, 3_000, 300
#: signs that begin a tag after the end of the last one: the parser looks from each of them to the end of the text
MOST_NEVER_CLOSED = 200

_SIGNS = re.compile(r"[\\`*_\[\]<~^]")
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]{1,32};)")
_LINE_START = re.compile(
    r"^([ \t]*)(>|#{1,6}(?=\s|$)|[-+](?=\s|$)|=+(?=[ \t]*$)|-{2,}(?=[ \t]*$)|\d{1,9}[.)](?=\s|$))", re.MULTILINE
)
_WITHIN_WORD = re.compile(r"(?<=[^\W_])\\_(?=[^\W_])")
# None of them goes beyond the sign that could begin another, so that looking for them takes no longer than the text.
_FORMULA = re.compile(
    r"\\\((?P<inline>(?:[^\\]|\\[^()])+?)\\\)"
    r"|\\\[(?P<block>(?:[^\\]|\\[^\[\]])+?)\\\]"
    r"|\$\$(?P<dollars>[^$]+)\$\$"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]+);")

_BLOCKS = {"p", "div", "section", "article", "center", "figure", "figcaption", "dl", "dt", "dd", "address", "form"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "cite": "*", "dfn": "*", "var": "*", "sub": "~", "sup": "^",
          "code": "`", "tt": "`", "kbd": "`", "samp": "`"}  # fmt: skip
_LOOKS = {"u", "s", "strike", "del", "ins", "font", "big", "small", "mark", "center"}
_EMBEDDED = {"audio", "video", "iframe", "object", "embed", "svg", "canvas", "math", "applet"}
_UNSEEN = {"script", "style", "head", "title", "template", "noscript"}
_VOID = {"br", "img", "hr", "input", "meta", "link", "wbr", "source", "col", "embed", "track", "area", "base", "param"}
_COLOURED = re.compile(r"(?:^|;)\s*(?:background-)?color\s*:\s*(?!inherit|initial|transparent|#000|black|rgb\(0)", re.I)
_STRUCK = re.compile(r"text-decoration[a-z-]*\s*:\s*[^;]*(?:underline|line-through)", re.I)
_DEEPEST = 60
#: what no text file can hold, and what stands for gaps on the way
_NEVER = dict.fromkeys([*range(9), 0xB, 0xC, *range(0xE, 0x20), 0x7F, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])


@dataclass
class TextReader:
    """Reads the texts of one item; what is lost and which pictures are shown gathers in `losses` and `used`."""

    pictures: Pictures
    losses: list[Loss] = field(default_factory=list)
    used: list[str] = field(default_factory=list)

    def from_html(self, html: str, files: Mapping[str, bytes] | None = None, *, line: bool = False) -> str:
        """HTML as Markdown; as one `line` without blocks where asked for."""
        reader = _HtmlReader(self, files or {}, one_line=line)
        if html.count("<") > MOST_TAGS:
            raise LeftOut("broken", f"a text of {html.count('<'):,} tags")
        if (never := html.count("<", html.rfind(">") + 1)) > MOST_NEVER_CLOSED:
            raise LeftOut("broken", f"a text of {never:,} tags that never end")
        reader.feed(_bounded(html))
        reader.close()
        return reader.markdown()

    def from_plain(self, text: str, *, line: bool = False) -> str:
        """Plain text as Markdown that shows it; its line ends stay breaks between words."""
        made = self.escaped(_bounded(text))
        return _start_escaped(" ".join(made.split())) if line else _tidy(made)

    def from_auto(self, text: str, files: Mapping[str, bytes] | None = None, *, line: bool = False) -> str:
        """Text that may have tags in it or none, as Moodle's own format has."""
        if _TAG.search(text):
            return self.from_html(text.replace("\r\n", "\n"), files, line=line)
        return self.from_plain(text, line=line)

    def from_markdown(self, text: str, files: Mapping[str, bytes] | None = None, *, line: bool = False) -> str:
        """Markdown that may have HTML in it."""
        marks = sum(map(text.count, "[*_`!<"))
        if marks > MOST_MARKS:
            raise LeftOut("broken", f"a text of {marks:,} signs of Markdown")
        return self.from_html(_foreign().render(_bounded(text)), files, line=line)

    def escaped(self, text: str) -> str:
        """Words as they have to stand in Markdown; formulas between their signs become those of a course."""
        parts: list[str] = []
        at = 0
        for number, match in enumerate(_FORMULA.finditer(text), 1):
            if number > MOST_FORMULAS:
                raise LeftOut("broken", f"a text of more than {MOST_FORMULAS} formulas")
            parts.append(escaped(text[at : match.start()]))
            parts.append(self._formula(match))
            at = match.end()
        return "".join([*parts, escaped(text[at:])])

    def _formula(self, match: re.Match[str]) -> str:
        latex = " ".join((match["inline"] or match["block"] or match["dollars"] or "").split())
        made = f"${latex}$" if match["inline"] else f"$${latex}$$"
        # What follows could make another formula of it, or money.
        readable = latex and "$" not in latex and not next(markdown.unreadable(made), None)
        if readable and markdown_formulas(made):
            return made
        self.losses.append(Loss("math", match[0]))
        return escaped(match[0])

    def lost(self, code: str, was: str) -> None:
        """Notes a loss, once."""
        loss = Loss(code, was)
        if loss not in self.losses:
            self.losses.append(loss)


def _bounded(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise LeftOut("broken", f"a text of {len(text):,} characters")
    return text.translate(_NEVER)


def markdown_formulas(text: str) -> list[str]:
    """The formulas that the course finds in a text."""
    return [found.latex for found in written_in(text)]


def escaped(text: str) -> str:
    """Plain words as Markdown that shows them and nothing else."""
    if text.isalnum():
        return text
    made = _SIGNS.sub(lambda match: "\\" + match[0], text)
    made = _WITHIN_WORD.sub("_", made).replace("$", "\\$")
    return _ENTITY.sub(r"\\&", made)


def _start_escaped(text: str) -> str:
    """Markdown whose lines begin nothing: no list, no quotation, no heading."""

    def mark(match: re.Match[str]) -> str:
        sign = match[2]
        return match[1] + (f"\\{sign}" if not sign[0].isdigit() else f"{sign[:-1]}\\{sign[-1]}")

    return _LINE_START.sub(mark, text)


def _tidy(text: str) -> str:
    lines = [" ".join(line.split(" ")).rstrip() if line.endswith(" ") else line for line in text.split("\n")]
    made = _start_escaped("\n".join(line.strip() for line in lines))
    return re.sub(r"\n{3,}", "\n\n", made).strip()


@cache
def _foreign() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True, "maxNesting": 20}).enable("table")


@dataclass
class _Frame:
    """An element that is open: what it writes around what stands in it."""

    tag: str
    kind: Literal[
        "root", "mark", "link", "block", "list", "item", "quote", "pre", "cell", "row", "table", "skip", "none"
    ]
    parts: list[str] = field(default_factory=list)
    href: str = ""
    number: int = 0
    rows: list[list[str]] = field(default_factory=list)


class _HtmlReader(HTMLParser):
    def __init__(self, reader: TextReader, files: Mapping[str, bytes], *, one_line: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.reader, self.files, self.one_line = reader, files, one_line
        self.stack = [_Frame("", "root")]

    # ------------------------------------------------------------------ what the parser meets

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if self._skipping:
            if tag not in _VOID and len(self.stack) < _DEEPEST:
                self._open(_Frame(tag, "skip"))
            return
        if tag == "br":
            self._write(" " if self._in("cell") or self.one_line else "\\\n")
        elif tag == "hr":
            self._block_write("---")
        elif tag == "img":
            self._picture(values)
        elif tag in _EMBEDDED:
            self.reader.lost("embedded", f"<{tag}> {values.get('src') or values.get('data') or ''}".strip())
            if tag not in _VOID:
                self._open(_Frame(tag, "skip"))
        elif tag in _UNSEEN:
            self._open(_Frame(tag, "skip"))
        elif tag not in _VOID:
            self._close_implied(tag)
            if len(self.stack) < _DEEPEST:
                self._open(self._frame(tag, values))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        for depth in range(len(self.stack) - 1, 0, -1):
            if self.stack[depth].tag == tag:
                while len(self.stack) > depth:
                    self._close()
                return

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        if self._in("pre"):
            self.stack[-1].parts.append(data)
        elif self.stack[-1].tag in ("code", "tt", "kbd", "samp"):
            self.stack[-1].parts.append(" ".join(data.split()))
        else:
            words = self.reader.escaped(re.sub(r"[ \t\r\n\f\u200b]+", " ", data))
            self._write(_start_escaped(words) if self._at_start else words)

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Passes over `<![if !supportLists]>` and the like, which programs for letters leave behind."""
        end = self.rawdata.find(">", i)
        return end + 1 if end >= 0 else -1

    # ------------------------------------------------------------------ frames

    @property
    def _skipping(self) -> bool:
        return self.stack[-1].kind == "skip"

    @property
    def _at_start(self) -> bool:
        """Whether a line begins here, so that signs could begin a list or the like."""
        for frame in reversed(self.stack):
            if frame.parts and (last := frame.parts[-1]):
                return last.endswith("\n")
            if frame.kind not in ("none", "mark", "link"):
                return True
        return True

    def _in(self, kind: str) -> bool:
        return any(frame.kind == kind for frame in self.stack)

    def _frame(self, tag: str, values: Mapping[str, str]) -> _Frame:
        style = values.get("style", "")
        if tag in _LOOKS or _COLOURED.search(style) or _STRUCK.search(style):
            self.reader.lost("html", f"<{tag}>" if tag in _LOOKS else style)
        if tag in _MARKS:
            # Marks of one kind inside each other are one mark.
            again = any(_MARKS.get(frame.tag) == _MARKS[tag] and frame.kind == "mark" for frame in self.stack)
            return _Frame(tag, "none" if again else "mark")
        if tag == "a" and not self._in("link"):
            return _Frame(tag, "link", href=values.get("href", "").strip())
        if tag in ("ul", "ol"):
            start = values.get("start", "1")
            return _Frame(
                tag, "list", number=int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
            )
        kinds: dict[str, Any] = {"li": "item", "blockquote": "quote", "pre": "pre", "td": "cell", "th": "cell",
                                 "tr": "row", "table": "table"}  # fmt: skip
        if tag in kinds:
            return _Frame(tag, kinds[tag])
        return _Frame(tag, "block" if tag in _BLOCKS | _HEADINGS else "none")

    def _close_implied(self, tag: str) -> None:
        """Elements that end where the next one of their kind begins."""
        ends = {"p": ("p",), "li": ("li",), "td": ("td", "th"), "th": ("td", "th"), "tr": ("tr", "td", "th")}
        while len(self.stack) > 1 and self.stack[-1].tag in ends.get(tag, ()):
            self._close()

    def _open(self, frame: _Frame) -> None:
        self.stack.append(frame)

    def _write(self, text: str) -> None:
        self.stack[-1].parts.append(text)

    def _block_write(self, text: str) -> None:
        self._write(" " if self.one_line and not text else f" {text} " if self.one_line else f"\n\n{text}\n\n")

    def _close(self) -> None:
        frame = self.stack.pop()
        above = self.stack[-1]
        text = "".join(frame.parts)
        if frame.kind == "none":
            above.parts.append(text)
        elif frame.kind == "mark":
            above.parts.append(_marked(text, _MARKS[frame.tag]))
        elif frame.kind == "link":
            above.parts.append(self._linked(text, frame.href))
        elif frame.kind == "cell":
            self._cell(text)
        elif frame.kind == "row":
            pass
        elif frame.kind == "table":
            self._block_write(self._table(frame))
        elif frame.kind == "pre":
            self._block_write(f"```\n{text.strip(chr(10))}\n```" if not self.one_line else _marked(text, "`"))
        elif frame.kind == "item":
            owner = next((each for each in reversed(self.stack) if each.kind == "list"), None)
            if owner is None or self.one_line:
                self._block_write(_paragraphs(text))
            else:
                sign = "- " if owner.tag == "ul" else f"{owner.number}. "
                owner.number += 1
                body = _paragraphs(text).replace("\n", "\n" + " " * len(sign))
                owner.parts.append(f"\n{sign}{body}\n")
        elif frame.kind == "list":
            inner = re.sub(r"\n{2,}(?=(?:-|\d+\.) )", "\n", text.strip("\n"))
            self._block_write(inner)
        elif frame.kind == "quote":
            self._block_write(_paragraphs(text) if self.one_line else "> " + _paragraphs(text).replace("\n", "\n> "))
        elif frame.kind == "block":
            self._block_write(_marked(text.strip(), "**") if frame.tag in _HEADINGS else text)

    def _cell(self, text: str) -> None:
        table = next((frame for frame in reversed(self.stack) if frame.kind == "table"), None)
        if table is None:
            self._block_write(text)
            return
        row = next((frame for frame in reversed(self.stack) if frame.kind == "row"), None)
        if row is None or not table.rows or row.number == 0:
            table.rows.append([])
            if row is not None:
                row.number = 1
        table.rows[-1].append(" ".join(text.split()).replace("|", "\\|"))

    @staticmethod
    def _table(frame: _Frame) -> str:
        if not frame.rows:
            return "".join(frame.parts)
        width = max(len(row) for row in frame.rows)
        rows = [[*row, *[""] * (width - len(row))] for row in frame.rows]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])

    def _linked(self, text: str, href: str) -> str:
        words = " ".join(text.split())
        if not words or not href or href.startswith("#"):
            return text
        if markdown.classify(href).kind != "web" or re.search(r"[\s<>()\\]", href) or "![" in words:
            self.reader.lost("link", href)
            return text
        return f"[{words}]({href})"

    def _picture(self, values: Mapping[str, str]) -> None:
        address = values.get("src", "").strip()
        if not address:
            return
        kind, where, words = self.reader.pictures.shown(
            address, values.get("alt", ""), self.files, self.reader.losses, self.reader.used
        )
        words = escaped(words)
        if kind == "picture":
            self._write(f"![{words}]({where})")
        elif kind == "link" and not re.search(r"[\s<>()\\]", where) and not self._in("link"):
            self._write(f"[{words}]({where})")
        else:
            self._write(words)

    # ------------------------------------------------------------------ the result

    def markdown(self) -> str:
        while len(self.stack) > 1:
            self._close()
        text = "".join(self.stack[0].parts)
        if self.one_line:
            return " ".join(text.replace("\\\n", " ").split())
        return _paragraphs(text)


def _paragraphs(text: str) -> str:
    """Blocks apart by one blank line, without spaces at the ends of lines; what stands between them begins nothing."""
    lines = []
    fenced = False
    for line in text.split("\n"):
        fenced = fenced != line.lstrip().startswith("```")
        lines.append(line if fenced else line.rstrip())
    made = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    made = re.sub(r"(?:\\\n){3,}", "\\\\\n\\\\\n", made)
    made = re.sub(r"(?:\\\n\s*)+(?=\n|$)", "", made)
    first, rest = made[:1], made[1:]
    return (first.lstrip() + rest).strip()


def _marked(text: str, sign: str) -> str:
    """Words between signs, with the spaces at their ends outside; nothing where there are no words."""
    body = text.strip()
    if not body or "\n\n" in body:
        return text
    if sign == "`":
        ticks = "`" * (max((len(run) for run in re.findall("`+", body)), default=0) + 1)
        return f"{ticks} {body} {ticks}" if body.startswith("`") or body.endswith("`") else f"{ticks}{body}{ticks}"
    if sign in "~^":
        body = re.sub(r"(?<!\\)\s", lambda _: "\\ ", body)
    before = text[: len(text) - len(text.lstrip())]
    after = text[len(text.rstrip()) :]
    return f"{before}{sign}{body}{sign}{after}"
