"""What the two versions of QTI have in common as formats of files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname, normpath
from typing import ClassVar

from lxml import etree

from webapp.interchange.archive import SafeZip
from webapp.interchange.contract import (
    MOST_ITEMS,
    FileFormat,
    ForeignItem,
    ForeignQuestions,
    UnreadableQuestions,
    WrittenQuestions,
)
from webapp.interchange.decoding import starts_of_text
from webapp.interchange.losses import Loss
from webapp.interchange.packages import ZIP, is_package, peeked
from webapp.interchange.pictures import Pictures
from webapp.interchange.qti_names import QtiVersion, undressed
from webapp.interchange.qti_package import written_package
from webapp.interchange.qti_reading import read_item
from webapp.interchange.qti_texts import FilesBeside, path_of
from webapp.interchange.xml import parsed
from webapp.questions.contract import Question


class QtiFormat(FileFormat):
    """A version of QTI: an item alone, or a package of items and tests."""

    endings: ClassVar[tuple[str, ...]] = (".zip", ".xml")
    version: ClassVar[QtiVersion]
    item_shape: ClassVar[re.Pattern[str]]
    """How an item begins."""
    package_shape: ClassVar[re.Pattern[bytes]]
    """What the list of a package says of an item."""

    def fits(self, raw: bytes) -> bool:
        if is_package(raw):
            return self.package_shape.search(peeked(raw)) is not None
        return self.item_shape.search(starts_of_text(raw)) is not None

    def read(self, raw: bytes, name: str) -> ForeignQuestions:
        pictures = Pictures()
        if raw.startswith(ZIP):
            items = list(_of_package(SafeZip(raw), pictures))
        else:
            root = parsed(raw)
            undressed(root)
            if root.tag == "assessmentTest":
                raise UnreadableQuestions("The file is a test, and its questions lie in files beside it: send the zip.")
            if root.tag != "assessmentItem":
                raise UnreadableQuestions(f"This is no QTI: it begins with <{str(root.tag)[:60]}>.")
            items = [read_item(root, "line 1", pictures, {})]
        if not items:
            raise UnreadableQuestions("There is no question in the package.")
        return ForeignQuestions(tuple(items), pictures.media, "UTF-8")

    def write(
        self, questions: Sequence[Question], media: Mapping[str, bytes], language: str = "en"
    ) -> WrittenQuestions:
        return written_package(questions, media, language, self.version)


def _of_package(files: SafeZip, pictures: Pictures) -> Iterator[ForeignItem]:
    """The items of a package: those of its list in their order, then others that lie in it, then those that a test
    names and that are not there."""
    tags = _described(files)
    known = set(files.paths)
    paths = dict.fromkeys(path for path in tags if path in known)
    paths.update(dict.fromkeys(path for path in files.paths if path.lower().endswith(".xml")))
    wanted: dict[str, None] = dict.fromkeys(tags)
    met = 0
    for path in paths:
        if path.rpartition("/")[2] == "imsmanifest.xml":
            continue
        try:
            root = parsed(files.read(path))
        except UnreadableQuestions as refused:
            if path in tags:
                met += 1
                yield _broken(path, str(refused))
            continue
        undressed(root)
        if root.tag == "assessmentTest":
            refs = (path_of(each.get("href", "")) for each in root.iter("assessmentItemRef"))
            wanted.update(dict.fromkeys(normpath(f"{dirname(path)}/{each}").lstrip("/") for each in refs))
        elif root.tag == "assessmentItem":
            met += 1
            if met > MOST_ITEMS:
                raise UnreadableQuestions(f"The package has more than {MOST_ITEMS:,} questions.")
            yield read_item(root, path, pictures, FilesBeside(files, dirname(path)), tags.get(path, ()))
    for path in list(wanted)[:MOST_ITEMS]:
        if path not in known:
            yield _broken(path, f"{path}, which is not in the package")


def _broken(path: str, why: str) -> ForeignItem:
    return ForeignItem(path, "item", path[:80], path[:80], losses=[Loss("broken", why)])


def _described(files: SafeZip) -> dict[str, list[str]]:
    """The items that the list of a package names, with the words that describe each."""
    manifests = [path for path in files.paths if path.rpartition("/")[2] == "imsmanifest.xml"]
    if not manifests:
        return {}
    path = min(manifests, key=len)
    found: dict[str, list[str]] = {}
    root = parsed(files.read(path))
    for resource in root.iter("{*}resource"):
        if "_item_" not in resource.get("type", "") or not resource.get("href"):
            continue
        where = normpath(f"{dirname(path)}/{path_of(resource.get('href', ''))}").lstrip("/")
        words = ("".join(map(str, each.itertext())).strip() for each in _keywords(resource))
        found[where] = [word for word in words if word][:50]
    return found


def _keywords(resource: etree._Element) -> Iterator[etree._Element]:
    for keyword in resource.iter("{*}keyword"):
        yield from keyword.iter("{*}string", "{*}langstring")
