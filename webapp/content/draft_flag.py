"""`draft: true`: what says so is seen by staff only, until the line is taken out."""

from __future__ import annotations

from typing import Any

_YES = frozenset({"true", "yes", "on"})


def is_draft(values: Any) -> bool:
    """Whether a mapping of a file, whose scalars are the texts its author wrote, says that it is a draft."""
    said = values.get("draft") if isinstance(values, dict) else None
    return said is True or (isinstance(said, str) and said.strip().lower() in _YES)
