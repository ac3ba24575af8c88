"""What a text of one file leans on in another: a section, a term, a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from webapp.content.media.names import DECORATIVE, LISTENING, Medium, is_name, is_recording
from webapp.content.problems import Location

NOWHERE = Location("")


@dataclass(frozen=True, slots=True)
class Reference:
    """A section, a term or a picture that has to exist. `lesson` is where it is looked for, `written` what the author
    wrote."""

    kind: Literal["section", "term", "picture"]
    lesson: str
    name: str
    written: str
    location: Location = NOWHERE


def refused_link(href: str) -> tuple[str, str, str]:
    """What is wrong with a link that leads nowhere good, what was expected, a suggestion."""
    shown = href if len(href) <= 60 else href[:57] + "…"
    suggestion = ""
    if href.startswith("http://"):
        suggestion = f"write https://{href.removeprefix('http://')[:57]}"
    elif href.startswith("#"):
        suggestion = f"write section:{href[1:58]}"
    return f"the link `{shown}` cannot be used", "expected https://…, section:…, term:… or lang:…", suggestion


def refused_picture(name: str, alt: str, title: str) -> tuple[str, str, str] | None:
    """What is wrong with a picture as it is written, what was expected, a suggestion; None when nothing is."""
    shown = name if len(name) <= 60 else name[:57] + "…"
    if not is_name(name):
        file = PurePosixPath(name.partition("#")[0].partition("?")[0]).name
        near = f"media/{file}"
        return (
            f"the picture `{shown}` cannot be shown",
            "expected the name of a file in the folder `media`, such as media/leaf.png",
            f"put the file there and write {near}" if is_name(near) else "put the file there",
        )
    known = LISTENING if is_recording(name) else DECORATIVE
    if title and title != known:
        said = "words in quotes behind the name of a picture or recording are shown to few"
        return said, f'expected nothing there, or "{known}"', "write them below it, or between the square brackets"
    if is_recording(name):
        if alt.strip() and not _FILE_NAME.fullmatch(alt.strip()):
            return None
        return (
            f"the recording `{shown}` has no title",
            f"expected one between the square brackets, as in ![Two people at a market]({shown})",
            "",
        )
    words = alt.strip()
    if title and words:
        return (
            "the picture is called decorative and has words for those who don’t see it",
            "expected one of the two",
            f'take out "{DECORATIVE}", or the words between the square brackets',
        )
    if not words and not title:
        return (
            f"the picture `{shown}` has no words for those who don’t see it",
            f"expected them between the square brackets, as in ![Three leaves on a twig]({shown})",
            f'if it says nothing that the text does not, write ![]({shown} "{DECORATIVE}")',
        )
    if _FILE_NAME.fullmatch(words):
        said = "the words of the picture are the name of a file"
        return said, "expected what is seen on it, for those who don’t see it", ""
    return None


def needed(name: str, title: str) -> tuple[str, ...]:
    """The files that a picture or recording in a text needs: itself and, for a recording, its words."""
    if not is_recording(name) or title == LISTENING:
        return (name,)
    return name, Medium(name, "", 0, 0).captions


_FILE_NAME = re.compile(
    r"\S*\.(?:png|jpe?g|webp|gif|svg|heic|mp3|m4a|ogg|wav|mp4)|(?:IMG|DSC|DSCN|PXL)[_-]?\d+", re.IGNORECASE
)
