"""Things in a row, options above all: their ids, their order on a paper, and how they are found again in a later
revision."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Protocol, TypeVar

from pydantic import Field

from webapp.questions.fields import Flag, Line, Note, Piece, Slug
from webapp.questions.flaws import Flaw, ValuePath, duplicated
from webapp.questions.text import plain


class Option(Piece):
    """One of several answers to choose from."""

    id: Slug | None = Field(default=None, description="A name that stays when options change places; else a, b, c …")
    text: Line = Field(description="What the learner reads.")
    key: Flag = Field(default=False, description="Whether it is right.")
    feedback: Note = Field(default="", description="What its choice tells: the error behind it, or why it is right.")
    fixed: Flag = Field(default=False, description="Whether it keeps its place when the others are shuffled.")


@dataclass(frozen=True)
class OptionList:
    """Options to choose from, at `path` in a question: `before` is the text that they answer or complete."""

    path: ValuePath
    before: str
    options: Sequence[Option]
    answers_stem: bool = True
    """Whether they answer the question as a whole, and not a part of it."""

    @cached_property
    def texts(self) -> list[str]:
        """The options in plain words."""
        return [plain(option.text) for option in self.options]

    @cached_property
    def keys(self) -> list[int]:
        """The places of the options that are right."""
        return [place for place, option in enumerate(self.options) if option.key]

    @property
    def only_key(self) -> int | None:
        """The place of the key, where there is exactly one."""
        return self.keys[0] if len(self.keys) == 1 else None

    def at(self, place: int, *more: str) -> ValuePath:
        """The way to the option at a place, or to something in it."""
        return (*self.path, place, *more)

    def stated(self) -> Iterable[tuple[ValuePath, str]]:
        """The texts of the keys, with their paths."""
        for place in self.keys:
            yield self.at(place, "text"), self.options[place].text

    def unexplained(self) -> Iterable[Flaw]:
        """A flaw at each wrong option without feedback."""
        for place, option in enumerate(self.options):
            if not option.key and not option.feedback:
                suggestion = "say what whoever chooses it gets wrong"
                yield Flaw(self.at(place), "the wrong option has no feedback", suggestion)


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


def one_key(options: Iterable[Option], path: ValuePath) -> Iterable[Flaw]:
    """A flaw unless exactly one option is the key."""
    keys = [place for place, option in enumerate(options) if option.key]
    if not keys:
        yield Flaw(path, "no option is the key", "mark the right one with `key: true`")
    for place in keys[1:]:
        yield Flaw((*path, place, "key"), "a second option is the key", "mark one only, or use `type: multiple`")


def same_options(options: Iterable[Option], path: ValuePath) -> Iterable[Flaw]:
    """A flaw at each option whose text stood before."""
    return duplicated(
        {(*path, place, "text"): plain(option.text) for place, option in enumerate(options)}, "the option"
    )


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


def followed(
    old: Mapping[str, T], new: Mapping[str, T], text: Callable[[T], str], *, by_place: bool = True
) -> dict[str, str]:
    """Which id of `new` each id of `old` became: by the id its author gave, then by the same text, then (unless
    `by_place` is false) by the same place. Things that both have a name of their own are never matched by place alone.
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
    for (name, thing), (other, successor) in zip(old.items(), new.items(), strict=False) if by_place else ():
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
