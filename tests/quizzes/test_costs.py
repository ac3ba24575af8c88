"""What a page may cost, counted."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.conftest import ROOT, Clock
from tests.quizzes.conftest import Paper, fields_of, right_answer
from webapp.database import db
from webapp.quizzes.models import Accommodation, Assignment


def answer_data(paper: Paper, position: int, action: str) -> dict[str, Any]:
    slot = paper.slot(position)
    fields = dict(fields_of(slot, right_answer(slot)).items(multi=True))
    return {**fields, "csrf_token": paper.token, "sequence": str(slot.sequence), "action": action}


@pytest.mark.parametrize("json", [False, True])
def test_answering_a_question_takes_six_statements_and_one_commit(
    app: Flask, paper: Paper, count_queries: Any, json: bool
) -> None:
    paper.start("bread")
    headers = {"Accept": "application/json"} if json else {}
    data = answer_data(paper, 1, "next")
    with count_queries(app) as counted:
        response = paper.client.post(f"{paper.path}/questions/1", data=data, headers=headers)
    assert response.status_code in (200, 303)
    assert paper.slot(1).response is not None
    assert counted.count <= 6, "\n".join(counted.statements)
    assert counted.commits == 1


def test_so_it_does_with_a_deadline_an_assignment_and_an_accommodation(
    app: Flask, paper: Paper, learner: int, set_up_class: Callable[..., int], clock: Clock, count_queries: Any
) -> None:
    cohort = set_up_class([learner])
    db.session.add(Assignment(cohort_id=cohort, quiz_id="final", time_limit=30, created_at=clock()))
    db.session.add(Accommodation(course_id="tea-and-bread", user_id=learner, extra_time_percent=25, created_at=clock()))
    db.session.commit()
    paper.start("final")
    data = answer_data(paper, 2, "next")
    with count_queries(app) as counted:
        assert paper.client.post(f"{paper.path}/questions/2", data=data).status_code == 303
    assert counted.count <= 6, "\n".join(counted.statements)
    assert counted.commits == 1


def test_a_question_page_takes_as_many_statements_for_a_long_paper_as_for_a_short_one(
    app: Flask, paper: Paper, count_queries: Any
) -> None:
    counts = []
    for quiz_id in ("bread", "every-type"):
        paper.start(quiz_id)
        with count_queries(app) as counted:
            assert paper.get(1).status_code == 200
        counts.append(counted.count)
        assert counted.count <= 6, "\n".join(counted.statements)
    assert counts[0] == counts[1]


def test_handing_in_takes_as_many_statements_for_a_long_paper_as_for_a_short_one(
    app: Flask, paper: Paper, count_queries: Any
) -> None:
    counts = []
    for quiz_id in ("bread", "every-type"):
        paper.start(quiz_id)
        for position in (1, 2, 3):
            paper.send(position, right_answer(paper.slot(position)))
        with count_queries(app) as counted:
            assert paper.submit().status_code == 303
        counts.append(counted.count)
        assert counted.commits == 1
    assert counts[0] == counts[1] <= 10


def test_the_list_and_the_result_take_no_more_with_more_in_them(app: Flask, paper: Paper, count_queries: Any) -> None:
    results, lists = [], []
    for quiz_id in ("bread", "every-type"):
        paper.start(quiz_id)
        paper.submit()
        with count_queries(app) as counted:
            assert paper.client.get(f"{paper.path}/result").status_code == 200
        results.append(counted.count)
        with count_queries(app) as counted:
            assert paper.client.get("/quizzes").status_code == 200
        lists.append(counted.count)
    assert results[0] == results[1] <= 16
    assert lists[0] == lists[1] <= 5


def test_the_scripts_of_a_quiz_weigh_less_than_ten_kilobytes_over_the_wire() -> None:
    scripts = ROOT / "webapp" / "static" / "js"
    names = ("quiz", "keys", "save", "clock")
    weights = {name: len(gzip.compress((scripts / f"{name}.js").read_bytes())) for name in names}
    assert sum(weights.values()) < 10 * 1024, weights
