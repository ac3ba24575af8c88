"""Shared material: a passage, a picture or a table that several questions ask about."""

from __future__ import annotations

from pydantic import Field

from webapp.questions.fields import Piece, Prose, Slug, Title


class Material(Piece):
    """What stands above each question that names it, and stays the same for all of them."""

    id: Slug = Field(description="The material's name: unique in the course. Questions name it by `material:`.")
    title: Title = Field(default="", description="What it is, in a few words.")
    text: Prose = Field(description="The passage, picture or table itself.")
