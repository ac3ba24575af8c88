"""A program of somebody else reads the OpenAPI document and asks what it says, well and badly: what comes back is what
the document says, and never an error of the server."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings

from tests.api.test_results import class_of_three  # noqa: F401 - a fixture

schemathesis = pytest.importorskip("schemathesis", reason="the test extra brings it")

#: what of an address is there, for half of the requests
THERE = {"course": "tea-and-bread", "class_id": 1, "attempt_id": 1, "question_id": "tea-choice"}
EXAMPLES = 15


@pytest.mark.long
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_schemathesis_finds_nothing(
    app: Flask,
    program: Any,
    teacher: int,
    class_of_three: list[int],  # noqa: F811
    mode: str,
) -> None:
    # Its client for WSGI reads no brotli.
    headers = {"Authorization": f"Bearer {program(teacher).token}", "Accept-Encoding": "identity"}
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    chance = random.Random(1)
    asked: set[str] = set()
    for found in document.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            if mode == "positive":
                case.query.pop("cursor", None)  # no program makes one up
            if mode == "positive" and chance.random() < 0.7:
                case.path_parameters |= {name: THERE[name] for name in case.path_parameters}
            answer = case.call_and_validate(headers=headers)
            asked.add(f"{case.operation.path} {answer.status_code}")

        ask()
    assert {line.rpartition(" ")[0] for line in asked if line.endswith(" 200")} >= (
        {operation.ok().path for operation in document.get_all_operations()} if mode == "positive" else set()
    )
    assert not [line for line in asked if int(line[-3:]) >= 500]
