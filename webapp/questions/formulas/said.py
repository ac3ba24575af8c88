"""Formulas as words on one line, for menus, CSV cells and statistics."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

from webapp.questions.formulas.mathml import LENGTH, BadFormula, mathml


@lru_cache(maxsize=4096)
def words(latex: str) -> str:
    r"""A formula on one line for menus and tables: `\frac{1}{2} m v^2` is `1/2 mv²`. One that cannot be read stays as
    it is written."""
    try:
        made = mathml(latex)
    except BadFormula:
        return latex
    return read_out(made) or latex


def read_out(made: str) -> str:
    """A formula that is MathML already, on one line."""
    reader = _Reader()
    reader.feed(made)
    reader.close()
    return " ".join("".join(reader.open[0].parts).split())


_RAISED = str.maketrans("0123456789+-−=()nix", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣ")
_LOWERED = str.maketrans("0123456789+-−=()aeioxnmkt", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢₒₓₙₘₖₜ")
_SPACED = frozenset("+−=<>≤≥≠≈≡∼≅∝→⇌⟶⇒⇔↔∈×·±∪∩")


def raised(text: str) -> str:
    """A text as an exponent: in raised signs where there are such, else behind ^."""
    return _shifted(text, "^", _RAISED)


def lowered(text: str) -> str:
    """A text as an index: in lowered signs where there are such, else behind _."""
    return _shifted(text, "_", _LOWERED)


def _shifted(text: str, sign: str, signs: dict[int, int]) -> str:
    text = text.strip()
    if text in ("′", "″", "‴", "∘", "°"):
        return "°" if text == "∘" else text
    if text and all(ord(letter) in signs for letter in text):
        return text.translate(signs)
    return sign + (text if len(text) == 1 else f"({text})") if text else ""


def _grouped(text: str) -> str:
    """A part of a fraction, in brackets where its end would not be seen."""
    text = text.strip()
    return text if re.fullmatch(r"\d*[.,]?\d*|\w[²³]?|\([^()]*\)", text) else f"({text})"


@dataclass(slots=True)
class _Element:
    name: str
    parts: list[str]
    is_accent: bool = False
    is_close: bool = False
    """Whether nothing stands between a sign and its neighbours, as in an exponent."""


class _Reader(HTMLParser):
    """Puts MathML into words, from the inside out."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [_Element("math", [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "mspace":
            # Some stand only between two signs, without a width.
            width = LENGTH.fullmatch(given.get("width") or "")
            self.open[-1].parts.append(" " if width and float(width[1] or 0) >= 0.16 else "")
            return
        is_close = given.get("lspace") == given.get("rspace") == "0"
        self.open.append(_Element(tag, [], "accent" in given or "accentunder" in given, is_close))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "mspace":
            closed = self.open.pop()
            self.open[-1].parts.append(_said(closed))

    def handle_data(self, data: str) -> None:
        # Letters in a mathematical alphabet are said as the letters that they are.
        plain = (unicodedata.normalize("NFKC", sign) if "\U0001d400" <= sign <= "\U0001d7ff" else sign for sign in data)
        self.open[-1].parts.append("".join(plain))


def _said(element: _Element) -> str:
    name, parts = element.name, element.parts
    if name == "mo":
        sign = "".join(parts)
        return f" {sign} " if sign in _SPACED and not element.is_close else _UNSEEN.get(sign, sign)
    if name == "mfrac" and len(parts) == 2:
        # Between blanks: what follows is not under the line.
        return f" {_grouped(parts[0])}/{_grouped(parts[1])} "
    if name == "msqrt":
        return f"√{_grouped(''.join(parts))}"
    if name == "mroot" and len(parts) == 2:
        return f"{raised(parts[1])}√{_grouped(parts[0])}"
    if name in ("msup", "msub") and len(parts) == 2:
        return parts[0] + (raised if name == "msup" else lowered)(parts[1])
    if name in ("msubsup", "munderover") and len(parts) == 3:
        return parts[0] + lowered(parts[1]) + raised(parts[2]) + (" " if name == "munderover" else "")
    if name in ("mover", "munder") and len(parts) == 2:
        if element.is_accent:
            return parts[0] + _ACCENTS.get(parts[1].strip(), parts[1].strip())
        shifted = (raised if name == "mover" else lowered)(parts[1])
        return f"{parts[0].rstrip()}{shifted} "
    if name == "mtd":
        return "".join(parts).strip()
    if name == "mtr":
        return " ".join(filter(None, parts))
    if name == "mtable":
        return "; ".join(parts)
    return "".join(parts)


# Signs that are drawn over a letter, as they are written behind it; math-core has an overline for a low line.
_ACCENTS = dict(zip("ˆ˜¯˙¨→ˇ\u0332", "\u0302\u0303\u0304\u0307\u0308\u20d7\u030c\u0305", strict=True))
# "sin of x", "times", "and" and "plus", where nothing is drawn.
_UNSEEN = {"\u2061": " ", "\u2062": "", "\u2063": "", "\u2064": ""}
