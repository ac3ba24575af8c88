"""A course folder with a made-up second language: every text gets a letter in front, so that a page shows which are
translated."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from webapp.content.course.loading import load_course
from webapp.content.translating import parts_of, updated


def translate(folder: Path, word: Callable[[str], str] = lambda text: f"Ü {text}") -> None:
    """Writes a German catalogue for each part of the course, with a translation for every text."""

    def fill(match: re.Match[str]) -> str:
        written = "".join(re.findall(r'"(.*)"', match[1]))
        return f'msgid "{written}"\nmsgstr "{word(written)}"\n'

    course = load_course(folder)
    for part, texts in parts_of(course).items():
        head, _, rest = updated(texts, "de", part, None).partition("\n\n")
        file = folder / "translations" / "de" / f"{part}.po"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(head + "\n\n" + re.sub(r'msgid ((?:".*"\n)+)msgstr ""\n', fill, rest), encoding="utf-8")
