"""Typed words for programs that compare by XML Schema's regular expressions: what a course takes for the same, spelled
out. Capitals, accents, hyphens, double spaces and signs at the ends count there unless a pattern says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from webapp.questions.inputs.patterns import Alternatives, PatternError, Repeat, Sequence, Tree, tree_of
from webapp.questions.inputs.phrases import folded, tidied, unaccented

#: the signs that may stand for others: of Latin scripts, and what programs for letters make of hyphens and quotes
_ALPHABET = [chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x1E00, 0x1F00),
                                    *range(0x2010, 0x2016), *range(0x2018, 0x201F), 0x2212,
                                    0x202F, 0x2009)]  # fmt: skip
#: a sign of another script: what takes it takes everything but what it names
_FOREIGN = "中"
_ENDS, _ENDS_OF_WORDS = " .,;:!?…\"'()[]¿¡“”„«»‘’", "-‐‑‒–—−"
_SPECIAL = set("\\[]^-")
#: letters that some write as one sign
_JOINED = {"ss": "ßẞ", "ae": "æÆ", "oe": "œŒ"}
#: characters of a pattern: a longer one is no help to anybody
LONGEST_PATTERN = 20_000
#: what our own patterns mean by themselves and XML Schema doesn't know
_OWN = re.compile(r"\(\?:|[*+?}]\?|\\[^.\\?*+{}()\[\]|^-]|[$^]")


@lru_cache(maxsize=2_000)
def pattern_of_text(text: str, *, case: bool, accents: bool) -> str:
    """A regular expression for all that is taken for a text. Empty where there is none that is short enough."""
    words = folded(tidied(text, accents=accents), case=case)
    made, at = [], 0
    while at < len(words):
        pair = words[at : at + 2]
        if pair in _JOINED and not case and not accents:
            both = "".join(_class_of(sign, case, accents) for sign in pair)
            made.append(f"({both}|[{_JOINED[pair]}])")
            at += 2
        elif words[at] == " ":
            made.append(f"[\\s{_escaped(_ENDS_OF_WORDS)}]+")
            at += 1
        else:
            made.append(_class_of(words[at], case, accents))
            at += 1
    return _within_ends("".join(made), _ENDS + _ENDS_OF_WORDS) if made else ""


@lru_cache(maxsize=2_000)
def pattern_of_pattern(pattern: str, *, case: bool, accents: bool) -> str:
    """A regular expression for all that a pattern of a course takes. Empty where there is none."""
    try:
        tree = tree_of(pattern if accents else unaccented(pattern))
        return _within_ends(_spelled(tree, case, accents), _ENDS)
    except (PatternError, re.error):
        return ""


def is_plain(pattern: str) -> bool:
    """Whether a pattern of a course means the same in XML Schema, letter by letter."""
    return _OWN.search(pattern) is None


def _within_ends(inside: str, ends: str) -> str:
    around = f"[\\s{_escaped(ends)}]*"
    made = f"{around}({inside}){around}"
    return made if len(made) <= LONGEST_PATTERN else ""


def _spelled(tree: Tree, case: bool, accents: bool) -> str:
    if isinstance(tree, str):
        return _of_atom(tree, case, accents)
    if isinstance(tree, Sequence):
        return "".join(_spelled(part, case, accents) for part in tree.parts)
    if isinstance(tree, Alternatives):
        return "(" + "|".join(_spelled(branch, case, accents) for branch in tree.branches) + ")"
    assert isinstance(tree, Repeat)
    inside = f"({_spelled(tree.part, case, accents)})"
    many = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((tree.least, tree.most))
    if many is None:
        most = "" if tree.most is None else str(tree.most)
        many = f"{{{tree.least}}}" if tree.most == tree.least else f"{{{tree.least},{most}}}"
    return inside + many


@lru_cache(maxsize=2_000)
def _of_atom(atom: str, case: bool, accents: bool) -> str:
    """A class of all signs that become one which the atom takes."""
    taken = re.compile(atom, (re.NOFLAG if case else re.IGNORECASE) | re.DOTALL)
    signs = [sign for sign in _ALPHABET if taken.fullmatch(_tidy(sign, accents))]
    if not taken.fullmatch(_FOREIGN):
        return _class(signs) if signs else "[^\\s\\S]"
    others = [sign for sign in _ALPHABET if sign not in signs]
    return _class(others, "^") if others else "."


@lru_cache(maxsize=2_000)
def _class_of(letter: str, case: bool, accents: bool) -> str:
    same = [sign for sign in _ALPHABET if folded(_tidy(sign, accents), case=case) == letter]
    return _class(sorted({letter, *same}))


@lru_cache(maxsize=2_000)
def _tidy(sign: str, accents: bool) -> str:
    """A sign as it is compared; those that are dropped at the ends stay what they are."""
    made = tidied(f"x{sign}x", accents=accents)[1:-1]
    return made if len(made) == 1 else sign


def _class(signs: Iterable[str], start: str = "") -> str:
    codes = sorted(map(ord, signs))
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    pieces: list[str] = []
    for first, last in runs:
        if last - first < 3:
            pieces.extend(_escaped(chr(code)) for code in range(first, last + 1))
        else:
            pieces.append(f"{_escaped(chr(first))}-{_escaped(chr(last))}")
    return f"[{start}{''.join(pieces)}]"


def _escaped(signs: str) -> str:
    return "".join(f"\\{sign}" if sign in _SPECIAL else sign for sign in signs)
