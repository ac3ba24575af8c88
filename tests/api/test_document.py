"""The OpenAPI document says what there is, and what there is does what it says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.accounts.models import TokenScope
from webapp.api.document import _AUDIENCES
from webapp.api.routes import operations
from webapp.web import access

BASE = "/api/v1"


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get(f"{BASE}/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json  # type: ignore[assignment]
    return told


def routes(app: Flask) -> dict[tuple[str, str], str]:
    """(method, path as the document writes it) → endpoint, of all addresses for programs but that of the document."""
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(BASE))): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.endpoint != "api.document"
    }


def test_it_names_every_route_and_no_other(app: Flask, document: dict[str, Any]) -> None:
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == set(routes(app))


def test_it_says_of_each_route_who_may_ask_and_with_which_scope(app: Flask, document: dict[str, Any]) -> None:
    for (method, path), endpoint in routes(app).items():
        said = document["paths"][path][method.lower()]
        operation = operations[said["operationId"]]
        assert endpoint == f"api.{operation.name}"
        audience = access.audience_of(app, endpoint)
        assert audience == operation.audience
        assert _AUDIENCES[str(audience)] in said["description"]
        (security,) = said["security"]
        assert security == {"token": [operation.scope] if operation.scope else []}
        assert said["summary"]


def test_every_scope_is_of_use(app: Flask) -> None:
    assert {operation.scope for operation in operations.values()} - {None} == set(TokenScope)


def test_every_reference_leads_somewhere_and_nothing_is_left_over(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    referred = set(re.findall(r'"#/components/(\w+/\w+)"', text))
    there = {f"{kind}/{name}" for kind in ("schemas", "responses") for name in document["components"][kind]}
    assert referred == there


def test_every_path_says_what_stands_in_it(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for said in methods.values():
            parts = [each["name"] for each in said["parameters"] if each["in"] == "path"]
            assert parts == re.findall(r"{(\w+)}", path)


def test_a_list_says_how_it_goes_on(document: dict[str, Any]) -> None:
    said = document["paths"]["/courses/{course}/quizzes"]["get"]
    query = {each["name"]: each["schema"] for each in said["parameters"] if each["in"] == "query"}
    assert query["limit"] == {
        "type": "integer", "minimum": 1, "maximum": 200, "default": 50, "description": "items of a page",
    }  # fmt: skip
    assert query["cursor"]["type"] == "string"


def test_it_is_the_same_for_everybody_and_knows_where_the_server_lies(client: FlaskClient, document: Any) -> None:
    assert document["servers"] == [{"url": BASE}]
    assert client.get(f"{BASE}/openapi.json").headers["Cache-Control"] == "public, max-age=300"
