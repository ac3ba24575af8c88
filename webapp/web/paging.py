"""Long lists a page at a time, from a query or a list; `ui.pagination` draws the way to the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import Row, Select, func, select

from webapp.database import db

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class PageOf(Generic[T]):
    """One page of a list, and where in it that is. Iterating goes over the page; a page without items is false."""

    items: Sequence[T]
    #: which page, from 1
    number: int
    #: how many pages there are, at least 1
    pages: int
    #: how many items there are on all pages
    total: int

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def of(self, items: Sequence[S]) -> PageOf[S]:
        """The same page of something else, such as of what was looked up for each item."""
        return PageOf(items, self.number, self.pages, self.total)


def page_asked() -> int:
    """The page that the address of this request asks for, in `page`; 1 when it says none or nonsense."""
    return request.args.get("page", 1, type=int)


def page_of_list(everything: Sequence[T], number: int, size: int) -> PageOf[T]:
    """Page `number` of a list; beyond either end, the nearest page there is."""
    number, pages = _within(number, len(everything), size)
    return PageOf(everything[(number - 1) * size : number * size], number, pages, len(everything))


def page_of(query: Select[tuple[T]], number: int, size: int) -> PageOf[T]:
    """The same of a query for one thing, which must be ordered: two statements."""
    total, number, pages = _counted(query, number, size)
    return PageOf(db.session.scalars(_cut(query, number, size)).all(), number, pages, total)


def page_of_rows(query: Select[Any], number: int, size: int) -> PageOf[Row[Any]]:
    """The same of a query for several things, as rows."""
    total, number, pages = _counted(query, number, size)
    return PageOf(db.session.execute(_cut(query, number, size)).all(), number, pages, total)


def _counted(query: Select[Any], number: int, size: int) -> tuple[int, int, int]:
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return total, *_within(number, total, size)


def _within(number: int, total: int, size: int) -> tuple[int, int]:
    """The page that is there for the one asked for, and how many there are."""
    pages = max(1, -(-total // size))
    return min(max(1, number), pages), pages


def _cut(query: Select[Any], number: int, size: int) -> Select[Any]:
    return query.limit(size).offset((number - 1) * size)
