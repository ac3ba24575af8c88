"""Which failures are the database being out of reach for a while: not a defect, and nothing that was typed is lost."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.database import Gone, Unavailable

#: seconds after which it makes sense to try again
TRY_AGAIN = 5

_SQLITE = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "full disk",
    sqlite3.SQLITE_IOERR: "input or output fails",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_PERM: "read-only",
    sqlite3.SQLITE_CANTOPEN: "can't be opened",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_PROTOCOL: "locked",
}
#: PostgreSQL's state for writing where nothing may be written
_READ_ONLY = "25006"


def reason(error: BaseException | None) -> str | None:
    """Why the database can't be used, in a word or two; None for any other failure."""
    if isinstance(error, Gone):
        return "moved, deleted or replaced"
    if isinstance(error, Unavailable | PoolTimeout):
        return "locked"
    if isinstance(error, sqlite3.Error):
        return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return reason(error.orig)
    if getattr(error.orig, "sqlstate", None) == _READ_ONLY:
        return "read-only"
    return "out of reach" if isinstance(error, OperationalError) or error.connection_invalidated else None
