"""What every part of a course is made of: objects that never change, and the words they hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from webapp.content.yaml import schema_errors

Slug = Annotated[str, StringConstraints(pattern=schema_errors.SLUG, max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Frozen(BaseModel):
    """A part of a course: read once, never changed, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
