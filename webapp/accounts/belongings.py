"""What else belongs to a person. Rooms above this one say so here, because accounts does not know them.

A room that keeps rows of a person registers one `Belonging` in its `belongings.py`: how they move from a guest to an
account, what of them a person takes away as their own data, and what goes when the person goes. A test walks every
foreign key to the user table and finds it spoken for.
"""

from __future__ import annotations

from typing import Any, ClassVar

from webapp.accounts.models import User


class Belonging:
    """One kind of thing people have. Every method flushes at most."""

    #: the heading in one's own data
    name: ClassVar[str]
    #: the columns that say whose it is, as "table.column"
    columns: ClassVar[tuple[str, ...]]

    def move(self, guest: User, user: User) -> int:
        """Gives what the guest has to the user, and leaves nothing of the guest's; says how many things moved."""
        return 0

    def export(self, user: User) -> Any:
        """The person's own data of this kind: JSON-able, and readable by that person."""
        return []

    def erase(self, user: User) -> None:
        """Removes what would say who the person was, or is of use only to them. Results stay, for statistics."""


_registered: dict[str, Belonging] = {}


def belonging(kind: type[Belonging]) -> type[Belonging]:
    """Registers a kind of belonging."""
    _registered[kind.name] = kind()
    return kind


def belongings() -> list[Belonging]:
    """All registered kinds, in the order in which the rooms were loaded."""
    return list(_registered.values())
