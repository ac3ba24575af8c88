"""The pictures of a foreign file, on their way into the folder `media/`."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from webapp.content.media.pictures import UnusableFile
from webapp.content.media.sent import received
from webapp.interchange.losses import Loss

#: what stands for words where the file has none: the course refuses a picture that says nothing to those who don't
#: see it, and what is on it nobody knows here
WITHOUT_WORDS = "A picture without a description"
_DATA = re.compile(r"data:image/[a-z+.-]{1,20};base64,", re.IGNORECASE)
_FILE_NAME = re.compile(r"\S*\.[A-Za-z]{2,5}|(?:IMG|DSC|DSCN|PXL)[_-]?\d+", re.IGNORECASE)
#: pictures of one file, and bytes of all of them
MOST_PICTURES, MOST_BYTES = 2_000, 100_000_000


class Pictures:
    """Collects the pictures that texts show, each content once, under the name that it has in the course."""

    def __init__(self) -> None:
        self.media: dict[str, bytes] = {}
        self._taken: dict[int, dict[str, str]] = {}
        self._bytes = 0

    def placed(self, raw: bytes, called: str) -> str:
        """The name of a picture in the course. Raises UnusableFile."""
        if len(self.media) >= MOST_PICTURES or self._bytes + len(raw) > MOST_BYTES:
            raise UnusableFile("there are too many pictures in one file")
        medium = received(raw, called)
        if medium.name not in self.media:
            self.media[medium.name] = raw
            self._bytes += len(raw)
        return medium.name

    def shown(
        self, address: str, words: str, files: Mapping[str, bytes], losses: list[Loss], used: list[str]
    ) -> tuple[str, str, str]:
        """What becomes of `<img src=address alt=words>`: ("picture", name, words), ("link", address, words) or
        ("words", "", words). `files` are those that lie beside the text, by name."""
        words = " ".join(words.split())
        raw, called = self._found(address, files)
        if raw is None:
            if address.lower().startswith("https://"):
                losses.append(Loss("picture-remote", address))
                return "link", address, words or address
            losses.append(Loss("picture-missing", called or address))
            return "words", "", words or called
        try:
            name = self.placed(raw, called)
        except UnusableFile as refused:
            losses.append(Loss("picture-unusable", f"{called}, {refused.message}"))
            return "words", "", words or called
        used.append(name)
        if not words or _FILE_NAME.fullmatch(words):
            losses.append(Loss("picture-words", called))
            words = WITHOUT_WORDS
        return "picture", name, words

    @staticmethod
    def _found(address: str, files: Mapping[str, bytes]) -> tuple[bytes | None, str]:
        if match := _DATA.match(address):
            return decoded(address[match.end() :]), "picture.png"
        path = unquote(address.partition("?")[0].replace("@@PLUGINFILE@@", "").lstrip("/"))
        called = PurePosixPath(path).name
        return files.get(path, files.get(called)), called


def decoded(text: str) -> bytes | None:
    """The bytes in base64; None where it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None
