"""The kinds of value a question's YAML may hold. Every scalar of a file arrives as the text its author wrote
(`true`, `1.10`, `NO`); these types read it as what the field needs and say in plain words what was expected.

In the JSON Schema, `format` tells how a text is shown to learners: `markdown` (blocks), `markdown-inline`, or `text`
for words without marks. A text without it is not shown, or is a name.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

from webapp.questions.numbers import Unreadable, read_number

_YES_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
_SLUG_RE = re.compile(_SLUG)
_SECTION = r"^[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)?$"
_SECTION_RE = re.compile(_SECTION)

# A person writes `text: 1.67` without quotes and means the text; an editor's check must let it pass.
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}


def _flag(value: object) -> object:
    if isinstance(value, str) and value.strip().lower() in _YES_NO:
        return _YES_NO[value.strip().lower()]
    if isinstance(value, bool):
        return value
    raise PydanticCustomError("true_or_false", "expected true or false")


def _number(value: object) -> Decimal:
    if isinstance(value, Decimal) or (isinstance(value, int | float) and not isinstance(value, bool)):
        value = str(value)
    if isinstance(value, str):
        with suppress(Unreadable):
            return read_number(value)
    raise PydanticCustomError("number", "expected a number, such as 1.67 or 1,670,000")


def _positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise PydanticCustomError("positive", "expected a number above 0")
    return value


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise PydanticCustomError("not_negative", "expected 0 or a number above it")
    return value


def _slug(value: str) -> str:
    if len(value) > 80 or not _SLUG_RE.match(value):
        raise PydanticCustomError(
            "slug", "expected small letters, digits and single hyphens, at most 80, like patent-ratio"
        )
    return value


def _section(value: str) -> str:
    if len(value) > 161 or not _SECTION_RE.match(value):
        raise PydanticCustomError(
            "section", "expected the id of a section, like patents, or of a pillar and a section, like research/patents"
        )
    return value


Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Number = Annotated[Decimal, BeforeValidator(_number), WithJsonSchema({"type": ["number", "string"]})]
PositiveNumber = Annotated[Number, AfterValidator(_positive)]
Points = Annotated[
    float,
    BeforeValidator(lambda value: float(_positive(_number(value)))),
    WithJsonSchema({"type": ["number", "string"]}),
]
PointsOrNone = Annotated[
    float,
    BeforeValidator(lambda value: float(_not_negative(_number(value)))),
    WithJsonSchema({"type": ["number", "string"]}),
]
Size = Annotated[Number, AfterValidator(_not_negative)]
Slug = Annotated[
    str, AfterValidator(_slug), WithJsonSchema({"type": ["string", "number"], "pattern": _SLUG, "maxLength": 80})
]
SectionRef = Annotated[str, AfterValidator(_section), WithJsonSchema({"type": "string", "pattern": _SECTION})]
Plain = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), WithJsonSchema(_SCALAR)]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), WithJsonSchema({**_SCALAR, "format": "text"})
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    WithJsonSchema({**_SCALAR, "format": "markdown-inline"}),
]
Title = Annotated[
    str, StringConstraints(strip_whitespace=True), WithJsonSchema({**_SCALAR, "format": "markdown-inline"})
]
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), WithJsonSchema({**_SCALAR, "format": "markdown"})
]
Note = Annotated[str, StringConstraints(strip_whitespace=True), WithJsonSchema({**_SCALAR, "format": "markdown"})]


@dataclass(frozen=True)
class Count:
    """How many things a list or a mapping may have. Counted only when each of them is sound by itself."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._counted, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        made = handler(schema)
        things = "Items" if made.get("type") == "array" else "Properties"
        return {**made, f"min{things}": self.least, f"max{things}": self.most}

    def _counted(self, things: Any) -> Any:
        if len(things) < self.least:
            raise PydanticCustomError("too_few", "expected {least} or more", {"least": self.least})
        if len(things) > self.most:
            raise PydanticCustomError("too_many", "expected {most} at most", {"most": self.most})
        return things


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "minimum": self.least, "maximum": self.most}

    def _read(self, value: object) -> int:
        text = str(value).strip()
        if isinstance(value, bool) or not re.fullmatch("[0-9]{1,9}", text) or not self.least <= int(text) <= self.most:
            bounds = {"least": self.least, "most": self.most}
            raise PydanticCustomError("whole", "expected a whole number from {least} to {most}", bounds)
        return int(text)


class Piece(BaseModel):
    """A part of a question: never changes, and refuses keys it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
