"""What is known of a language by its code."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError


@lru_cache(maxsize=256)
def direction(language: str) -> str:
    """From which side a language is written, `ltr` or `rtl`, as Unicode's locales (CLDR) have it."""
    try:
        return str(Locale.parse(language, sep="-").text_direction)
    except (ValueError, UnknownLocaleError):
        return "ltr"
