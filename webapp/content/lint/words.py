"""The words of a text that carry its meaning."""

from __future__ import annotations

import re

from webapp.questions.text import plain

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_COMMON_TEXT = """
    about above after again against article author because before being below between called could course different
    during example following further having however itself likely might other others people question rather reading
    right should since source states statement still their there these those though through under until using which
    while whose without would wrong years
"""
_COMMON = frozenset(_COMMON_TEXT.split())


def roots_of(text: str) -> dict[str, str]:
    """The words that carry meaning, by what is left without their endings."""
    roots = {}
    for word in WORD.findall(plain(text).lower()):
        if len(word) >= 5 and word not in _COMMON:
            root = re.sub(r"(?:ations?|ings?|ed|ies|es|s|ly)$", "", word)[:10]
            if len(root) >= 4:
                roots[root] = word
    return roots
