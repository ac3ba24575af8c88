"""Questions files that were read before, so that a start need not parse YAML again.

An entry is named by the hash of the file's bytes, of the pillar and of the code that reads it; it holds JSON, nothing
that could run. What is read back passes through the same schemas as a file does, and only the checks that go beyond
the schemas are skipped, because an entry is written only for a file that passed them. An entry that is damaged, in
whichever way, is as good as none. Catalogues of translations have entries beside them
(`content.translations.catalogue_cache`).
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import pydantic
import yaml
from pydantic import Field, TypeAdapter

from webapp import content, questions
from webapp.content.questions.material_lists import FoundMaterials
from webapp.content.questions.question_files import Mention, QuestionFile, adapter
from webapp.content.whole_files import write_whole
from webapp.questions.contract import Question
from webapp.questions.materials import Material

KEEP_DAYS = 30


@cache
def code_version() -> str:
    """A hash of the code that reads and checks questions: with other rules, old entries no longer count."""
    libraries = f"{pydantic.VERSION} {yaml.__version__} {version('math-core')} {version('babel')}"
    hashed = sha256(libraries.encode())
    for package in (questions, content):
        for folder in package.__path__:
            for path in sorted(Path(folder).rglob("*.py")):
                hashed.update(path.read_bytes())
    return hashed.hexdigest()


_Links = list[tuple[Annotated[int, Field(ge=0)], tuple[int | str, ...], str]]


@cache
def _head() -> TypeAdapter[tuple[_Links, tuple[tuple[int, Material], ...], _Links]]:
    """What stands before the questions: their links, the materials with their places, and the links of these."""
    return TypeAdapter(tuple[_Links, tuple[tuple[int, Material], ...], _Links])


def _mentions_of(links: _Links, number_of: int) -> tuple[Mention, ...]:
    """Links as they were kept, into things that number so many. Raises ValueError."""
    found = tuple(Mention(number, where, href) for number, where, href in links)
    if any(link.number >= number_of for link in found):
        raise ValueError("a link of nothing")
    return found


def _part(
    path: str, pillar: str, text: str, found: Sequence[Question], links: Sequence[Mention], draft: bool
) -> QuestionFile:
    """The drafts of a file, or what is none. The numbers of `links` are places in the file."""
    places = [place for place, question in enumerate(found) if question.draft is draft]
    numbers = {place: number for number, place in enumerate(places)}
    mentions = tuple(Mention(numbers[link.number], link.path, link.href) for link in links if link.number in numbers)
    return QuestionFile(path, pillar, text, tuple(found[place] for place in places), tuple(places), mentions)


class Cache:
    """A folder of entries. It may be deleted at any time, and several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, digest: str, pillar: str) -> Path:
        """Where the entry of a file with this hash is or would be."""
        name = sha256(f"{digest} {pillar} {code_version()}".encode()).hexdigest()
        return self.folder / f"{name}.json"

    def get(self, path: str, pillar: str, digest: str, text: str) -> QuestionFile | None:
        """The questions of a file with this hash, or None."""
        try:
            head, body = self.whole(self.entry(digest, pillar)).split(b"\n", 1)
            found = adapter().validate_json(body)
            of_questions, read, of_materials = _head().validate_json(head)
            links = _mentions_of(of_questions, len(found))
            links_of_materials = _mentions_of(of_materials, len(read))
        except (OSError, ValueError):
            return None
        materials = tuple(material for _, material in read)
        names = frozenset(material.id for material in materials)
        shared = FoundMaterials(materials, tuple(place for place, _ in read), names)
        found = list(shared.given_to(found))
        made, drafts = (_part(path, pillar, text, found, links, draft) for draft in (False, True))
        made.shared, made.shared_mentions = shared, links_of_materials
        made.drafts = drafts if drafts.questions else None
        return made

    def put(self, file: QuestionFile, digest: str) -> None:
        """Keeps a file that has no problems. A full disk or a folder that cannot be written is not an error."""
        if file.plain is None:
            return
        parts = [file] if file.drafts is None else [file, file.drafts]
        links = [[part.places[each.number], each.path, each.href] for part in parts for each in part.mentions]
        read = [material.model_dump(mode="json") for material in file.shared.materials]
        of_materials = [[each.number, each.path, each.href] for each in file.shared_mentions]
        head = json.dumps([links, list(zip(file.shared.places, read, strict=True)), of_materials]).encode()
        body = json.dumps(file.plain, separators=(",", ":"), ensure_ascii=False).encode()
        file.plain = None
        self.keep(self.entry(digest, file.pillar), head + b"\n" + body)

    def whole(self, entry: Path) -> bytes:
        """What an entry holds. Raises OSError, and ValueError for one that is damaged."""
        checksum, rest = entry.read_bytes().split(b"\n", 1)
        if sha256(rest).hexdigest().encode() != checksum:
            raise ValueError("damaged")
        return rest

    def keep(self, entry: Path, rest: bytes) -> None:
        """Writes an entry. A full disk or a folder that cannot be written is not an error."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(entry, sha256(rest).hexdigest().encode() + b"\n" + rest)

    def forget_old(self, now: float | None = None) -> None:
        """Deletes entries nobody wrote for thirty days."""
        limit = (time.time() if now is None else now) - KEEP_DAYS * 86_400
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.suffix in (".json", ".new") and path.stat().st_mtime < limit:
                    path.unlink(missing_ok=True)
