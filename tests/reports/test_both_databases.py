"""The reports say the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from webapp.accounts import service as accounts
from webapp.database import db
from webapp.reports import demo_class, gradebook, scope
from webapp.reports.exports.responses import response_table
from webapp.reports.scores import gradebook_table, quiz_columns, score_table
from webapp.reports.statistics import answers, attention, items
from webapp.ui.spreadsheets import csv_lines

PAGES = (
    "/instructor", "/instructor/gradebook", "/instructor/gradebook?sort=tea&dir=desc",
    "/instructor/gradebook?q=a&sort=learner",
    "/instructor/gradebook/distribution", "/instructor/statistics", "/instructor/statistics/tea?which=all",
    "/instructor/questions/tea-choice?which=last", "/instructor/attention", "/instructor/coverage", "/admin/audit?q=x",
    "/instructor/scores.csv", "/instructor/responses.xlsx", "/admin/audit.csv",
)  # fmt: skip
#: what the made-up class takes: enough for every figure, and half of what the course has
TAKEN = ("before", "tea", "bread")


def said(app: Flask, clock: Clock, sign_in: Any) -> dict[str, Any]:
    """All that reports say of the made-up class."""
    course = app.extensions["courses"].only.current()
    with app.app_context():
        boss = accounts.create_user(name="Boss", username="boss", role="admin", now=clock()).id
        db.session.commit()
        taken = replace(course, quizzes=tuple(quiz for quiz in course.quizzes if quiz.id in TAKEN))
        for _user in demo_class.add(taken, clock()):
            db.session.commit()
        everybody, columns = scope.everybody("tea-and-bread"), quiz_columns(course)
        report = items.quiz_report(everybody, "tea", answers.ALL)
        question = course.question("tea-choice")
        found: dict[str, Any] = {
            "scores": "".join(csv_lines(score_table(everybody, columns))),
            "gradebook": "".join(csv_lines(gradebook_table(everybody, columns))),
            "answers": "".join(csv_lines(response_table(everybody, columns))),
            "spreads": gradebook.spreads(everybody, columns),
            "quiz": report.figures,
            "questions": report.questions,
            "shares": items.question_report(everybody, question, "tea", answers.ALL).shares,
            "facilities": {
                name: (each.n, round(each.percent, 6)) for name, each in items.facilities(everybody).items()
            },
            "stopped": [each.learner for each in attention.stopped(everybody, columns, clock())],
            "idle": attention.idle_distractors(everybody, course),
        }
    client = sign_in(app.test_client(), boss)
    found["pages"] = [client.get(path).status_code for path in PAGES]
    with app.app_context():
        found["removed"] = demo_class.remove()
        db.session.commit()
    return found


@pytest.mark.postgres
def test_the_reports_say_the_same_on_both_databases(
    make_app: Callable[..., Flask], postgres: Callable[[], str], clock: Clock, sign_in: Any
) -> None:
    one = said(make_app(), clock, sign_in)
    other = said(make_app(database_url=postgres()), clock, sign_in)
    assert one["stopped"]
    assert one["pages"] == [200] * len(PAGES)
    for name, value in one.items():
        assert other[name] == value, name
