"""The texts of a course that learners read, part by part: what there is to translate.

A text is looked up by what it says, as in gettext, and never by its place. So one set of keys serves every language:
a translation can't change which answer is right, and a text that was changed is shown as its author wrote it until
somebody has translated it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from webapp.content.ledger import Ledger
from webapp.questions.contract import Question, ValuePath
from webapp.questions.variants import said_at, words_drawn

#: the part that has the titles and summaries of the course and its quizzes, and the one that has the facts
COURSE, LEDGER = "course", "ledger"


def normal(text: str) -> str:
    """A text as it is looked up: however its lines are broken, it says the same."""
    return " ".join(text.split())


@cache
def _schema(kind: type[Question]) -> dict[str, Any]:
    return kind.model_json_schema()


def of_question(question: Question) -> Iterator[str]:
    """What a learner reads of a question, before and after it is graded, in the order of its fields. Its schema says
    which texts are shown: an accepted answer is, as the review shows it, and patterns are not. Those of a question with
    parameters are given with their formulas, which a translation keeps, and after them the words that are drawn."""
    schema = _schema(type(question))
    for path, text in _shown(question, schema, schema.get("$defs", {}), ()):
        yield text if question.template is None else said_at(question.template, path, text).strip()
    if question.template is not None:
        yield from words_drawn(question.template)


def _shown(
    value: Any, schema: dict[str, Any], definitions: dict[str, Any], path: ValuePath
) -> Iterator[tuple[ValuePath, str]]:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        for variant in schema["anyOf"]:
            yield from _shown(value, variant, definitions, path)
    elif isinstance(value, BaseModel):
        fields = schema.get("properties", {})
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            yield from _shown(getattr(value, name), fields.get(key, {}), definitions, (*path, key))
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _shown(item, schema.get("items", {}), definitions, (*path, place))
    elif isinstance(value, dict):
        # Where the keys are names, their pattern stands before the schema of the values.
        patterns = list(schema.get("patternProperties", {}).values())
        each = patterns[0] if patterns else schema.get("additionalProperties", {})
        for name, item in value.items():
            yield from _shown(item, each, definitions, (*path, name))
    elif isinstance(value, str) and value and schema.get("format") in {"markdown", "markdown-inline", "text"}:
        yield path, value


def of_ledger(ledger: Ledger) -> Iterator[str]:
    """The claims and notes of the facts, and what is said of where they were looked up."""
    if ledger.source.summary:
        yield ledger.source.summary
    for fact in ledger.facts:
        yield fact.claim
        if fact.note:
            yield fact.note
        if fact.looked_up is not None:
            yield fact.looked_up.name
            yield fact.looked_up.date


__all__ = ["COURSE", "LEDGER", "normal", "of_ledger", "of_question"]
