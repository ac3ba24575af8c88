"""The texts of an item of QTI as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from posixpath import normpath
from urllib.parse import unquote

from lxml import etree

from webapp.interchange.archive import SafeZip
from webapp.interchange.contract import UnreadableQuestions
from webapp.interchange.foreign_text import TextReader

#: what stands in a text and belongs to the task, not to its words
_TASKS = ("feedbackInline", "feedbackBlock", "rubricBlock", "templateInline", "templateBlock", "stylesheet")


class FilesBeside(Mapping[str, bytes]):
    """The files of a package as an item names them, read when they are asked for. What can't be read is not there."""

    def __init__(self, files: SafeZip, folder: str) -> None:
        self.files, self.folder = files, folder

    def __getitem__(self, address: str) -> bytes:
        for path in (normpath(f"{self.folder}/{address}").lstrip("/"), address, self.files.by_name.get(address, "")):
            try:
                return self.files.read(path)
            except (KeyError, UnreadableQuestions):
                continue
        raise KeyError(address)

    def __iter__(self) -> Iterator[str]:
        return iter(self.files.paths)

    def __len__(self) -> int:
        return len(self.files.paths)


class QtiTexts:
    """Reads the texts of one item; `files` are those beside it."""

    def __init__(self, reader: TextReader, files: Mapping[str, bytes]) -> None:
        self.reader, self.files = reader, files

    def of(self, node: etree._Element | None, *, line: bool = False) -> str:
        """What stands in a node, as Markdown."""
        if node is None:
            return ""
        return self.reader.from_html(inner_html(node), self.files, line=line)

    def html(self, html: str) -> str:
        """HTML as Markdown."""
        return self.reader.from_html(html, self.files)


def inner_html(node: etree._Element) -> str:
    """What stands in a node as HTML, without what is no text."""
    parts = [escape(node.text or "", quote=False)]
    for child in node:
        if isinstance(child.tag, str):
            parts.append(_outer_html(child))
        parts.append(escape(child.tail or "", quote=False))
    return "".join(parts)


def _outer_html(node: etree._Element) -> str:
    tag = str(node.tag)
    if tag == "rubricBlock" and "candidate" in node.get("view", ""):
        return f"<div>{inner_html(node)}</div>"
    if tag in _TASKS or tag.endswith("Interaction"):
        return ""
    if tag == "math":
        latex = node.find(".//math-annotation[@encoding='application/x-tex']")
        return f"\\({escape(latex.text, quote=False)}\\)" if latex is not None and latex.text else "<math></math>"
    if tag == "object" and node.get("type", "image/").startswith("image/"):
        words = " ".join("".join(map(str, node.itertext())).split())
        return f'<img src="{escape(node.get("data", ""))}" alt="{escape(words)}">'
    if tag == "img":
        return f'<img src="{escape(node.get("src", ""))}" alt="{escape(node.get("alt", ""))}">'
    if tag in ("prompt", "contentBody"):
        return f"<div>{inner_html(node)}</div>"
    attributes = "".join(
        f' {name}="{escape(node.get(name, ""))}"' for name in ("href", "src", "start", "style") if node.get(name)
    )
    if tag in ("br", "hr"):
        return f"<{tag}>"
    return f"<{tag}{attributes}>{inner_html(node)}</{tag}>"


def words_in(node: etree._Element) -> str:
    """All words in a node."""
    return " ".join("".join(map(str, node.itertext())).split())


def path_of(address: str) -> str:
    """A path as a package writes it."""
    return unquote(address).replace("\\", "/")
