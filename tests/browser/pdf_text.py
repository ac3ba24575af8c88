"""The words on the pages of a PDF that Chromium printed. It reads what Chromium writes, and is no reader of PDFs."""

from __future__ import annotations

import re
import unicodedata
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)> Tj|\[((?:<[0-9A-Fa-f]+>|[-\d.\s])+)\] ?TJ|(T[dm*])\b")


def plain(text: str) -> str:
    """Without white space, and with letters for ligatures."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def pages(pdf: bytes) -> list[str]:
    """The text of each page, without white space: a PDF has glyphs at places, and no words."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    return [_text(body, objects) for body in objects.values() if re.search(rb"/Type /Page\b", body)]


def _text(page: bytes, objects: dict[int, bytes]) -> str:
    fonts = {
        name.decode(): _letters(objects[int(number)], objects)
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", page)
    }
    found = re.search(rb"/Contents (\d+) 0 R", page)
    assert found
    letters: dict[int, str] = {}
    written: list[str] = []
    for font, one, several, _moved in _SHOWN.findall(_stream(objects[int(found[1])])):
        if font:
            letters = fonts[font.decode()]
        for glyphs in re.findall(rb"[0-9A-Fa-f]+", one) if one else re.findall(rb"<([0-9A-Fa-f]+)>", several):
            codes = (int(glyphs[at : at + 4], 16) for at in range(0, len(glyphs), 4))
            written.extend(letters.get(code, "?") for code in codes)
    return plain("".join(written))


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _letters(font: bytes, objects: dict[int, bytes]) -> dict[int, str]:
    """Which letters the glyphs of a font stand for."""
    found = re.search(rb"/ToUnicode (\d+) 0 R", font)
    if not found:
        return {}
    table = _stream(objects[int(found[1])])
    letters: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for glyph, text in re.findall(rb"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>", block):
            letters[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in re.findall(rb"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>", block):
            for place in range(int(last, 16) - int(first, 16) + 1):
                letters[int(first, 16) + place] = chr(int(text, 16) + place)
    return letters
