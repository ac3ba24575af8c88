"""What a text of one file leans on in another: a section, a term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from webapp.content.problems import Location

NOWHERE = Location("")


@dataclass(frozen=True, slots=True)
class Reference:
    """A section or a term that has to exist. `lesson` is where it is looked for, `written` what the author wrote."""

    kind: Literal["section", "term"]
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
    return f"the link `{shown}` cannot be used", "expected https://…, section:… or term:…", suggestion


PICTURE = (
    "pictures cannot be shown yet",
    "expected text, or a figure block in a lesson",
    "describe it in words, or draw it with a ```figure block",
)
