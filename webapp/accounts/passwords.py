"""Keeping and checking passwords: argon2, the same work whether the person exists or not."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

#: OWASP's minimum for Argon2id (19 MiB, 2 passes, 1 lane): about 30 ms, so that a class can sign in at once on a small
#: machine, and eight at a time take 150 MB. Raise it and everybody is rehashed at their next sign-in.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))

LONGEST = 200


@dataclass(frozen=True)
class PasswordCheck:
    """Whether a password was right, and the hash to keep from now on when the kept one is out of date."""

    right: bool
    rehash: str | None = None


def normal(password: str) -> str:
    """The same password from every keyboard: one Unicode form (NFKC), as NIST SP 800-63B advises.

    What is far too long for a password is cut first, so that nobody can make its ordering take a minute; it remains too
    long to be one.
    """
    return unicodedata.normalize("NFKC", password[: LONGEST * 4])


def hash_password(password: str) -> str:
    """A salted Argon2id hash. Takes tens of milliseconds: don't hold a transaction meanwhile."""
    return _hasher.hash(normal(password))


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")


def check(password_hash: str | None, password: str) -> PasswordCheck:
    """Compares, always with the work of one hash: without a hash it is compared with nobody's, and wrong."""
    typed = normal(password)
    try:
        right, rehash = _hasher.verify_and_update(typed, password_hash or _nobodys_hash())
    except UnknownHashError:
        right, rehash = False, None
        _hasher.verify(typed, _nobodys_hash())
    if password_hash is None or not right or len(typed) > LONGEST:
        return PasswordCheck(False)
    return PasswordCheck(True, rehash)
