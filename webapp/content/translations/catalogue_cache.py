"""Catalogues that were read before, so that a start need not parse PO again: entries among those of questions files."""

from __future__ import annotations

from functools import cache

from pydantic import TypeAdapter

from webapp.content.questions.question_cache import Cache
from webapp.content.translations.catalogues import CatalogueFile, read_catalogue


@cache
def _adapter() -> TypeAdapter[CatalogueFile]:
    return TypeAdapter(CatalogueFile)


def kept_catalogue(kept: Cache | None, path: str, language: str, digest: str, text: str) -> CatalogueFile:
    """The translations of a PO file with this hash and text; it is parsed only if `kept` has none of it, or a damaged
    one. Raises Problems, and then keeps nothing."""
    if kept is None:
        return read_catalogue(text, path, language)
    entry = kept.entry(digest, f"{language} {path}")
    try:
        return _adapter().validate_json(kept.whole(entry))
    except (OSError, ValueError):
        found = read_catalogue(text, path, language)
    kept.keep(entry, _adapter().dump_json(found))
    return found
