"""How texts of a course name a picture, a sound or a video, and the pin that ties the name to one content of it.

An author writes `![Three leaves](media/leaf.png)`. The name stands for whatever the file holds today; a question that
was answered must go on to show what it showed then. So the texts of questions are pinned when the course is loaded,
`media/leaf.png#<hash>-<width>x<height>`: the pin is part of the revision that is kept, another content makes another
revision, and a page knows the size of the picture without looking for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

FOLDER = "media"
#: what an author writes; the ending is checked against the content
NAME = r"media/[A-Za-z0-9][A-Za-z0-9_-]{0,79}\.[A-Za-z0-9]{2,5}"
PIN = r"#[0-9a-f]{64}-[0-9]{1,5}x[0-9]{1,5}"
#: the title that says of a picture without words that it means nothing
DECORATIVE = "decorative"
#: the title that says of a recording that to hear it is what is asked, so that its words stand nowhere
LISTENING = "listening"
#: how sound ends, and sound and video together
SOUND = frozenset({"mp3", "m4a", "ogg", "wav"})
RECORDINGS = SOUND | {"mp4"}
CAPTIONS = ".vtt"

_NAME = re.compile(NAME)
_ADDRESS = re.compile(rf"({NAME})(?:#([0-9a-f]{{64}})-([0-9]{{1,5}})x([0-9]{{1,5}}))?")
_WRITTEN = re.compile(rf"\]\(({NAME})(?=[\s)])")
_PINNED = re.compile(rf"\]\(({NAME})({PIN})(?=[\s)])")


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture or a recording of a course. `name` is relative to the course folder, `digest` the SHA-256 of the file
    in hex; width and height are in pixels, as it is seen (a photograph may lie on its side in the file), and 0 for
    sound."""

    name: str
    digest: str
    width: int
    height: int

    @property
    def ending(self) -> str:
        """How its address ends: `png`, `jpg`, `mp3` …"""
        return self.name.rpartition(".")[2].lower().replace("jpeg", "jpg")

    @property
    def captions(self) -> str:
        """The name of the file with its words, for a recording."""
        return f"{self.name.rpartition('.')[0]}{CAPTIONS}"


def is_name(written: str) -> bool:
    """Whether a picture could be called so."""
    return _NAME.fullmatch(written) is not None


def is_recording(name: str) -> bool:
    """Whether a name is one of sound or video."""
    return name.partition("#")[0].rpartition(".")[2].lower() in RECORDINGS


def is_address(written: str) -> bool:
    """Whether this is the name of a picture, pinned or not."""
    return _ADDRESS.fullmatch(written) is not None


def named(address: str, pictures: Mapping[str, Medium]) -> Medium | None:
    """The picture that an address in a text means: the one of its pin, else the one that has the name today."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return None
    if match[2] is None:
        return pictures.get(match[1])
    return Medium(match[1], match[2], int(match[3]), int(match[4]))


def stands_alone(text: str, name: str) -> bool:
    """Whether the text names the picture where it shows it, and not in a list of addresses at its end."""
    return any(match[1] == name for match in _WRITTEN.finditer(text))


def pinned(text: str, pictures: Mapping[str, Medium]) -> str:
    """The text with the pin behind the name of each picture that exists."""

    def with_pin(match: re.Match[str]) -> str:
        picture = pictures.get(match[1])
        if picture is None:
            return match[0]
        return f"{match[0]}#{picture.digest}-{picture.width}x{picture.height}"

    return _WRITTEN.sub(with_pin, text)


def unpinned(text: str) -> str:
    """The text as its author wrote it."""
    return _PINNED.sub(r"](\1", text) if "](media/" in text else text


def pinned_like(text: str, other: str) -> str:
    """The text with the pins that another one, which it is a translation of, has behind the same names."""
    pins = dict(_PINNED.findall(other)) if "](media/" in other else {}
    return _WRITTEN.sub(lambda match: match[0] + pins.get(match[1], ""), text) if pins else text
