"""What a form is made of: one shape for each field, group and list of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _

Kind = Literal[
    "line", "prose", "inline", "number", "id", "flag", "choice", "choices", "words", "group", "list", "table", "fixed"
]


@dataclass(frozen=True, slots=True)
class Shape:
    """One field. `label` is what it is called and `help` says in a sentence what belongs there; `default` is what an
    absent one means, as text. A list or table has the shape of its `item`, a group has `fields`."""

    name: str
    kind: Kind
    label: Any
    help: str = ""
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    fields: tuple[Shape, ...] = ()
    item: Shape | None = None
    least: int = 0
    most: int = 100
    expert: bool = False
    """Folded away at first."""
    variant: str = ""
    """Of which kind of group the field is, for groups that come in kinds: `A menu`, `A word`. "" when of all."""
    blank: Any = ""
    """What to call a choice that is left open; "" when one has to be made."""
    suggest: str = ""
    """What is suggested while typing, by the name of the field that says so."""
    shorthand: str = ""
    """Of a group that may be written as a bare text: the field which that text is."""

    @property
    def says_more(self) -> bool:
        """Whether the help tells more than the label does."""
        words = str(_(self.help) if self.help else "").casefold().rstrip(".").removeprefix("the ").removeprefix("its ")
        return bool(words) and words != str(self.label).casefold()

    def field(self, name: str) -> Shape | None:
        return next((field for field in self.fields if field.name == name), None)
