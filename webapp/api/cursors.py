"""Long lists a page at a time: where the next page begins, as a text that only this server makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from webapp.web.problem_details import ApiProblem

T = TypeVar("T")

#: characters of a cursor
LONGEST = 400


@dataclass(frozen=True)
class ListPiece(Generic[T]):
    """A piece of a list, and the cursor of the next; None at the end."""

    items: Sequence[T]
    next: str | None


def made(of: str, place: Sequence[Any]) -> str:
    """The cursor of what comes after a place in a list; `of` names the list, so that it goes with no other."""
    return str(_signer().dumps([of, *place]))


def read(of: str, cursor: str | None, length: int = 1) -> list[int | str] | None:
    """The place that a cursor holds; None for none. Raises ApiProblem (400) for one that is not of this list."""
    if cursor is None:
        return None
    try:
        name, *place = _signer().loads(cursor)
    except (BadData, ValueError, TypeError):
        name, place = None, []
    if name != of or len(place) != length:
        raise ApiProblem(400, "cursor-invalid", "Begin again without one: this is the cursor of another list, or none.")
    found: list[int | str] = place
    return found


def piece_of(
    of: str, everything: Sequence[T], name: Callable[[T], Any], cursor: str | None, limit: int
) -> ListPiece[T]:
    """A piece of a list that is there as a whole, after the one that the cursor names; where that one has gone
    meanwhile, from where it stood."""
    place = read(of, cursor, 2)
    start = 0
    if place is not None:
        last, stood = place
        names = [name(each) for each in everything]
        start = names.index(last) + 1 if last in names else int(stood)
    items = everything[start : start + limit]
    more = start + limit < len(everything)
    return ListPiece(items, made(of, [name(items[-1]), start + limit - 1]) if more and items else None)


def after_of(of: str, cursor: str | None) -> int:
    """The number of the row after which a list goes on that is ordered by numbers; 0 at its beginning."""
    place = read(of, cursor)
    return int(place[0]) if place is not None else 0


def piece_of_rows(of: str, rows: Sequence[T], number: Callable[[T], int], limit: int) -> ListPiece[T]:
    """A piece of such a list, of which one row more than `limit` was asked for."""
    items = rows[:limit]
    return ListPiece(items, made(of, [number(items[-1])]) if len(rows) > limit else None)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="api cursor")
