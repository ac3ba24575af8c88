"""Every question of the course that ships, through its type: what an example can't foresee."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml
from werkzeug.datastructures import MultiDict

from webapp.questions import grade, load, parse, type_of
from webapp.questions.contract import Question

from .conftest import ask, review
from .test_contract import fields_of, strictly_parsed

ROOT = Path(__file__).parent.parent.parent


def questions() -> list[Question]:
    files = [*ROOT.glob("question_bank/*/questions.yaml"), *ROOT.glob("tests/banks/*/*/questions.yaml")]
    return [
        parse(values)
        for file in sorted(files)
        for values in yaml.load(file.read_text(encoding="utf-8"), yaml.CBaseLoader)["questions"] or ()
    ]


ALL = questions()


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.id)
def test_it_is_asked_answered_graded_and_reviewed(question: Question) -> None:
    kind = type_of(question)
    assert list(kind.check(question)) == []
    assert load(question.model_dump(mode="json")) == question
    order = kind.order(question, 11)
    key = kind.key(question)
    assert grade(question, key).fraction == 1
    assert kind.malformed(question, key) is None
    assert kind.describe(question, key)
    strictly_parsed(ask(question, order))
    strictly_parsed(ask(question, order, response=key, state="closed"))
    strictly_parsed(review(question, order, key))
    strictly_parsed(review(question, order, None))
    sent = fields_of(kind.form(question, order, response=key, prefix="q"))
    assert kind.form(question, order, formdata=MultiDict(sent), prefix="q").response() == key
    assert kind.carry(question, question, key) == key


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.id)
def test_it_can_be_answered_wrongly(question: Question) -> None:
    kind = type_of(question)
    for seed in range(20):
        answer = kind.wrong(question, random.Random(seed))
        assert kind.malformed(question, answer) is None
        assert grade(question, answer).fraction == 0
        assert grade(question, kind.wrong(question, random.Random(seed), 0.9)).fraction < 1
