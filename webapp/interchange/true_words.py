"""The two words of a statement to be judged, in the languages that are known."""

from __future__ import annotations

_WORDS = {
    "en": ("True", "False"),
    "de": ("Richtig", "Falsch"),
    "es": ("Verdadero", "Falso"),
    "fr": ("Vrai", "Faux"),
    "it": ("Vero", "Falso"),
    "pt": ("Verdadeiro", "Falso"),
    "nl": ("Waar", "Onwaar"),
    "ar": ("صحيح", "خطأ"),
}
_OTHERS = {("wahr", "falsch"), ("juist", "onjuist"), ("correct", "incorrect"), ("t", "f"), ("right", "wrong")}
_PAIRS = {(true.casefold(), false.casefold()) for true, false in _WORDS.values()} | _OTHERS


def true_words(language: str) -> tuple[str, str]:
    """The word for true and the one for false."""
    return _WORDS.get(language.partition("-")[0], _WORDS["en"])


def is_true_false(one: str, other: str) -> bool | None:
    """Whether two options are the two words: True where the first means true, False where the second does, None where
    they are others."""
    first, second = (word.strip(" .").casefold() for word in (one, other))
    if (first, second) in _PAIRS:
        return True
    return False if (second, first) in _PAIRS else None
