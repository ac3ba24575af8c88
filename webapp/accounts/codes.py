"""Join codes: made, as they are kept, and as people read them."""

from __future__ import annotations

import secrets

from webapp.accounts import names

#: letters and digits that nobody confuses when reading a code out or from a board
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 8


def new_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def plain_code(code: str) -> str:
    """A code as it is kept. Case, spaces and hyphens don't matter."""
    return "".join(char for char in names.fold(code).upper() if char.isalnum())[:16]


def shown_code(code: str) -> str:
    """A code as people read it: two groups of four."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"
