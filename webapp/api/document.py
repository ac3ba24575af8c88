"""The OpenAPI 3.1 document: made from the operations and their models, so that it says what is checked and answered."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from flask import Response, url_for
from pydantic.json_schema import models_json_schema

from webapp.api.routes import Operation, bp, operations
from webapp.api.schemas import ApiProblemDetails
from webapp.web import access, prefix
from webapp.web.problem_details import MIMETYPE

#: the edition of the API, which changes with the address
EDITION = "1"
_SCHEMAS = "#/components/schemas/{model}"
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")
#: statuses of problems that every operation may answer with
_PROBLEMS = {
    "400": "The query can't be read, or the cursor can't be used.",
    "401": "No token, or none that works.",
    "403": "The person may not, or the token is not for this.",
    "404": "There is no such thing, or not for this person.",
    "413": "Too much was sent.",
    "429": "Asked too often; Retry-After says how many seconds to wait.",
    "500": "Something went wrong here.",
    "503": "The database or the course can't be used at the moment; nothing was done.",
}
_AUDIENCES = {
    access.LEARNER: "everybody with an account",
    access.AUTHOR: "authors of the course",
    access.TEACHER: "teachers of the course",
}


@bp.get("/openapi.json")
@access.open_to(access.ANYONE)
def document() -> Response:
    """The document, the same for everybody but for where this server lies."""
    body = {**_described(), "servers": [{"url": f"{prefix.root()}{_base()}"}]}
    response = Response(json.dumps(body, ensure_ascii=False) + "\n", mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _base() -> str:
    return url_for("api.document").removeprefix(prefix.root()).removesuffix("/openapi.json")


@cache
def _described() -> dict[str, Any]:
    """All of it but the server."""
    used = [(each.answers, "serialization") for each in operations.values()]
    asked = [(each.asks, "validation") for each in operations.values()]
    refs, definitions = models_json_schema(
        [*dict.fromkeys([*used, *asked]), (ApiProblemDetails, "serialization")],  # type: ignore[list-item]
        ref_template=_SCHEMAS,
    )
    schemas = definitions.get("$defs", {})
    paths: dict[str, Any] = {}
    for operation in operations.values():
        of_query = refs[operation.asks, "validation"]["$ref"].rpartition("/")[2]
        answer = refs[operation.answers, "serialization"]
        said = _operation(operation, schemas[of_query].get("properties", {}), answer)
        paths.setdefault(_PART.sub(r"{\2}", operation.rule), {})[operation.method.lower()] = said
    queries = {refs[each.asks, "validation"]["$ref"].rpartition("/")[2] for each in operations.values()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Courses, questions, classes and results",
            "version": EDITION,
            "description": "What a program reads in the name of a person, with a token that they made.",
        },
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in queries},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                status: {
                    "description": why,
                    "content": {MIMETYPE: {"schema": {"$ref": _SCHEMAS.format(model="ApiProblemDetails")}}},
                }
                for status, why in _PROBLEMS.items()
            },
        },
    }


def _operation(operation: Operation, query: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    scope = f"scope `{operation.scope}`" if operation.scope is not None else "any token"
    return {
        "operationId": operation.name,
        "summary": operation.summary.partition("\n")[0],
        "description": f"For {_AUDIENCES[operation.audience]}, with {scope}.",
        "security": [{"token": [str(operation.scope)] if operation.scope is not None else []}],
        "parameters": [
            *(_path_part(kind, name) for kind, name in _PART.findall(operation.rule)),
            *(_query_part(name, schema) for name, schema in query.items()),
        ],
        "responses": {
            "200": {"description": "What was asked for.", "content": {"application/json": {"schema": answer}}},
            "304": {"description": "It has not changed since the answer whose ETag came in If-None-Match."},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _PROBLEMS},
        },
    }


def _path_part(kind: str, name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if kind == "int":
        schema = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_part(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A part of the query. One that may be left out has no null: that is no text of an address."""
    choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    plain = {key: value for key, value in schema.items() if key not in {"anyOf", "title", "default"}}
    if schema.get("default") is not None:
        plain["default"] = schema["default"]
    for each in choices:
        plain |= each
    return {"name": name, "in": "query", "required": False, "schema": plain}
