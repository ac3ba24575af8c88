"""The pieces of a question, whatever its type, and the lists of options among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from webapp.content.problems import ValuePath
from webapp.questions.contract import Question
from webapp.questions.text import plain


@dataclass(frozen=True)
class Menu:
    """Options to choose from, wherever a question has them: `before` is the text they complete or answer."""

    path: ValuePath
    before: str
    options: Sequence[Any]

    @cached_property
    def texts(self) -> list[str]:
        """The options in plain words."""
        return [plain(option.text) for option in self.options]

    @property
    def keys(self) -> list[int]:
        return [place for place, option in enumerate(self.options) if option.key]

    @property
    def single(self) -> int | None:
        """The place of the key, where there is exactly one."""
        return self.keys[0] if len(self.keys) == 1 else None

    def at(self, place: int, *more: str) -> ValuePath:
        return (*self.path, place, *more)


def parts_of(value: object, path: ValuePath = ()) -> Iterator[tuple[ValuePath, Any]]:
    """The pieces of a question, at any depth, with their paths."""
    if isinstance(value, BaseModel):
        yield path, value
        for name in type(value).model_fields:
            yield from parts_of(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from parts_of(item, (*path, place))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from parts_of(item, (*path, name))


def menus(question: Question, parts: Iterable[tuple[ValuePath, Any]] | None = None) -> Iterator[Menu]:
    """Every list of options in a question of any type. `parts` are its pieces, where they are known already."""
    for path, part in parts_of(question) if parts is None else parts:
        options = getattr(part, "options", None) if "options" in type(part).model_fields else None
        if isinstance(options, tuple) and options and hasattr(options[0], "key"):
            before = question.stem
            if path and hasattr(question, "text"):
                before = str(question.text).split(f"[[{path[-1]}]]")[0]
            yield Menu((*path, "options"), before, options)
