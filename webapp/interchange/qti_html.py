"""Texts of a course as the XHTML that QTI allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from webapp.interchange.own_text import TextWriter

_BLOCKS = {"p", "div", "ul", "ol", "pre", "blockquote", "table", "hr"}
#: the folder of a package where pictures lie, seen from its items
PICTURES = "../media/"
_KEPT = {"a": ("href",), "img": ("src", "alt"), "gap": ("number",), "th": ("scope",)}


class QtiText:
    """Puts texts into elements; which pictures they show gathers in the writer's `used`."""

    def __init__(self, writer: TextWriter) -> None:
        self.writer = writer

    def fill(self, node: etree._Element, text: str, *, line: bool = False) -> etree._Element:
        """Appends a text to what a node holds, where words may stand beside blocks."""
        put(node, _pieces(self.writer.html(text, line=line)))
        return node

    def blocks(self, node: etree._Element, text: str) -> None:
        """Appends a text as blocks alone."""
        put(node, in_blocks(_pieces(self.writer.html(text))))

    def gaps(self, node: etree._Element, marked: str, gaps: Mapping[int, list[etree._Element | str]]) -> None:
        """Appends a text as blocks, with each `<gap number="…">` of its HTML as what it stands for."""
        pieces = in_blocks(_pieces(marked))
        put(node, pieces)
        for gap in list(node.iter("gap")):
            parent, tail = gap.getparent(), gap.tail or ""
            assert parent is not None
            at = parent.index(gap)
            parent.remove(gap)
            last: etree._Element | None = None
            for piece in [*gaps[int(gap.get("number", "0"))], tail]:
                if isinstance(piece, str):
                    _append_text(parent, last if last is not None else (parent[at - 1] if at else None), piece)
                else:
                    parent.insert(at, piece)
                    last, at = piece, at + 1


def _append_text(parent: etree._Element, before: etree._Element | None, text: str) -> None:
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text


def put(node: etree._Element, pieces: Iterable[etree._Element | str]) -> None:
    """Appends words and elements to a node."""
    for piece in pieces:
        if isinstance(piece, str):
            _append_text(node, node[-1] if len(node) else None, piece)
        else:
            node.append(piece)


def _pieces(html: str) -> list[etree._Element | str]:
    """HTML as elements and the words between them; each element without what follows it."""
    if not html:
        return []
    if "<" not in html and "&" not in html:
        return [html]
    found: list[etree._Element | str] = []
    for piece in lxml_html.fragments_fromstring(html):
        if isinstance(piece, str):
            found.append(piece)
            continue
        tail, piece.tail = piece.tail, None
        found.append(_copied(piece))
        if tail:
            found.append(tail)
    return found


def _copied(node: Any) -> etree._Element:
    tag = str(node.tag)
    made = etree.Element(tag)
    for name in _KEPT.get(tag, ()):
        if (value := node.get(name)) is not None:
            made.set(name, value.replace("@@PLUGINFILE@@/", PICTURES))
    made.text = node.text
    for child in node:
        inner = _copied(child)
        inner.tail = child.tail
        made.append(inner)
    return made


def in_blocks(pieces: Iterable[etree._Element | str]) -> list[etree._Element | str]:
    """Pieces whose words stand in paragraphs."""
    made: list[etree._Element | str] = []
    paragraph: etree._Element | None = None
    for piece in pieces:
        if not isinstance(piece, str) and piece.tag in _BLOCKS:
            made.append(piece)
            paragraph = None
            continue
        if isinstance(piece, str) and not piece.strip() and paragraph is None:
            continue
        if paragraph is None:
            paragraph = etree.Element("p")
            made.append(paragraph)
        put(paragraph, [piece])
    return made
