"""Canvas (its classic quizzes, New Quizzes and banks) and Common Cartridge, which pack QTI 1.2, and such files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname
from typing import ClassVar

from lxml import etree

from webapp.interchange.archive import SafeZip
from webapp.interchange.contract import MOST_ITEMS, FileFormat, ForeignItem, ForeignQuestions, UnreadableQuestions
from webapp.interchange.decoding import starts_of_text
from webapp.interchange.losses import Loss
from webapp.interchange.packages import is_package, peeked
from webapp.interchange.pictures import Pictures
from webapp.interchange.qti1_reading import read_item1
from webapp.interchange.qti_texts import FilesBeside, words_in
from webapp.interchange.xml import line_of_element, parsed

_BESIDE = "non_cc_assessments/"


class CanvasQuestions(FileFormat):
    """QTI 1.2."""

    name: ClassVar[str] = "canvas"
    title: ClassVar[str] = "Canvas and Common Cartridge (QTI 1.2)"
    endings: ClassVar[tuple[str, ...]] = (".imscc", ".zip", ".xml")
    writes: ClassVar[bool] = False

    def fits(self, raw: bytes) -> bool:
        if is_package(raw):
            found = peeked(raw)
            return b"questestinterop" in found or b"imsqti_xmlv1p2" in found or b"imsccv1p" in found
        return "<questestinterop" in starts_of_text(raw)

    def read(self, raw: bytes, name: str) -> ForeignQuestions:
        pictures = Pictures()
        losses: list[Loss] = []
        if is_package(raw):
            items = list(_of_cartridge(SafeZip(raw), pictures, losses))
        else:
            root = parsed(raw)
            _without_namespaces(root)
            if root.tag != "questestinterop":
                raise UnreadableQuestions(f"This is no QTI 1.2: it begins with <{str(root.tag)[:60]}>.")
            items = list(_of_file(root, "", pictures, {}))
        if len(items) > MOST_ITEMS:
            raise UnreadableQuestions(f"The file has more than {MOST_ITEMS:,} questions.")
        if not items:
            raise UnreadableQuestions("There is no question in the file.")
        return ForeignQuestions(tuple(items), pictures.media, "UTF-8", tuple(losses))


def _of_cartridge(files: SafeZip, pictures: Pictures, losses: list[Loss]) -> Iterator[ForeignItem]:
    beside = {path.rpartition("/")[2].partition(".")[0] for path in files.paths if _BESIDE in path}
    for path in files.paths:
        if not path.lower().endswith((".xml", ".qti", ".dat")):
            continue
        if path.rpartition("/")[2] == "assessment_qti.xml" and dirname(path).rpartition("/")[2] in beside:
            # Canvas writes a quiz twice: for others, and for itself with all that it knows.
            losses.append(Loss("written-twice", path))
            continue
        try:
            root = parsed(files.read(path))
        except UnreadableQuestions as refused:
            if path.endswith(".qti"):
                yield ForeignItem(path, "file", path[:80], path[:80], losses=[Loss("broken", str(refused))])
            continue
        _without_namespaces(root)
        if root.tag == "questestinterop":
            yield from _of_file(root, path, pictures, FilesBeside(files, dirname(path)))


def _of_file(root: etree._Element, path: str, pictures: Pictures, files: Mapping[str, bytes]) -> Iterator[ForeignItem]:
    for node in root.iter("item", "selection_ordering", "bankentry_item"):
        place = f"{path}, line {line_of_element(node)}".removeprefix(", ")
        if node.tag == "item":
            yield read_item1(node, place, pictures, files)
        elif node.tag == "bankentry_item" or node.find(".//sourcebank_ref") is not None:
            named = node.find(".//sourcebank_ref")
            bank = words_in(named) if named is not None else node.get("sourcebank_ref", "")
            yield ForeignItem(
                place, "draw from a bank", bank[:80], bank[:80], losses=[Loss("bank-reference", f"the bank {bank}")]
            )


def _without_namespaces(root: etree._Element) -> None:
    for node in root.iter(etree.Element):
        node.tag = str(node.tag).rpartition("}")[2]


FORMAT = CanvasQuestions()
