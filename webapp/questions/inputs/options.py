"""Things in a row: their ids, their order on a paper, and how they are found again in a later revision."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Protocol, TypeVar

from pydantic import Field

from webapp.questions.contract import Flaw
from webapp.questions.fields import Flag, Line, Note, Piece, Slug
from webapp.questions.text import plain


class Option(Piece):
    """One of several answers to choose from."""

    id: Slug | None = Field(default=None, description="A name that stays when options change places; else a, b, c …")
    text: Line = Field(description="What the learner reads.")
    key: Flag = Field(default=False, description="Whether it is right.")
    feedback: Note = Field(default="", description="What its choice tells: the error behind it, or why it is right.")
    fixed: Flag = Field(default=False, description="Whether it keeps its place when the others are shuffled.")


class Named(Protocol):
    """Anything with an optional id of its own."""

    @property
    def id(self) -> str | None: ...


T = TypeVar("T", bound=Named)


def letter(place: int) -> str:
    """The id of the thing at a place, from 0: a, b, … z, aa, ab, …"""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(97 + rest) + text
    return text


def identified(things: Sequence[T]) -> dict[str, T]:
    """The things by id, in the order of the file: their own id, else the letter of their place."""
    return {thing.id or letter(place): thing for place, thing in enumerate(things)}


def clashing(things: Sequence[Named], path: str) -> Iterable[Flaw]:
    """A flaw at each id that another thing has already, by name or by place."""
    seen: set[str] = set()
    for place, thing in enumerate(things):
        name = thing.id or letter(place)
        if name in seen:
            yield Flaw(
                (path, place, "id") if thing.id else (path, place),
                f"two {path} have the id `{name}`",
                "give each its own id (without one, the letter of its place counts: a, b, c)",
            )
        seen.add(name)


def shuffled(ids: Sequence[str], seed: int, salt: str, fixed: Collection[str] = ()) -> list[str]:
    """The ids in an order that depends on the seed, the salt and the number of ids alone; `fixed` ones stay put.

    Sorted by a hash of the places, not by `random`, whose shuffle may differ between versions of Python: a paper
    must come out the same years later. The ids themselves don't enter, so the order tells nothing about the key.
    """
    free = [place for place, name in enumerate(ids) if name not in fixed]
    mixed = sorted(free, key=lambda place: sha256(f"{seed}/{salt}/{place}".encode()).digest())
    result = list(ids)
    for target, source in zip(free, mixed, strict=True):
        result[target] = ids[source]
    return result


def arranged(ids: Sequence[str], wanted: Sequence[str] | None, otherwise: Sequence[str] | None = None) -> list[str]:
    """All of `ids`, once each: those in `wanted` in its order, then the rest in the order of `otherwise` or `ids`."""
    known = set(ids)
    first = [name for name in dict.fromkeys(wanted or ()) if name in known]
    return first + [name for name in (otherwise or ids) if name not in set(first)]


def followed(old: Mapping[str, T], new: Mapping[str, T], text: Callable[[T], str]) -> dict[str, str]:
    """Which id of `new` each id of `old` became: by the id its author gave, then by the same text, then by the
    same place. Things that both have a name of their own are never matched by place alone.
    """
    found: dict[str, str] = {name: name for name, thing in old.items() if thing.id and name in new and new[name].id}
    taken = set(found.values())
    texts: dict[str, str] = {}
    for name, thing in new.items():
        if name not in taken:
            texts.setdefault(plain(text(thing)).casefold(), name)
    for name, thing in old.items():
        same = texts.get(plain(text(thing)).casefold())
        if name not in found and same is not None and same not in taken:
            found[name] = same
            taken.add(same)
    for (name, thing), (other, successor) in zip(old.items(), new.items(), strict=False):
        if name not in found and other not in taken and not (thing.id and successor.id):
            found[name] = other
            taken.add(other)
    return found


def token_of(name: str | None, names: Sequence[str]) -> str | None:
    """The value that stands for an id in HTML: its place on the paper, from 1, which tells nothing about the file."""
    return str(names.index(name) + 1) if name in names else None


def place_of(token: object, names: Sequence[str]) -> str | None:
    """The id behind a value that came back; None when it is none of ours."""
    places = {str(place): name for place, name in enumerate(names, 1)}
    return places.get(token) if isinstance(token, str) else None
