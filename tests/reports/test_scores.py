"""scores.csv: its shape, whose it is, and that it needs no more memory for more learners."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.conftest import Clock
from tests.reports.conftest import fill
from webapp.accounts import service as accounts
from webapp.accounts.models import User
from webapp.content.course.course import Course
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.reports import scope
from webapp.reports.scores import quiz_columns, score_rows, score_table
from webapp.ui.spreadsheets import csv_lines

HEADER = "learner,name,cohort,quiz,attempts,score,max_score,percent,passed,submitted_at,email,apart,pending"


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_row_per_learner_and_quiz_in_plain_numbers(
    make_user: Any, make_class: Any, take: Any, teacher: int, as_person: Any
) -> None:
    ada = make_user(name="Ada Learner", username="ada")
    make_class("Tea people", [ada], [teacher])
    take(ada, "tea", right=2)
    take(ada, "tea", right=3)
    take(ada, "before")
    response = as_person(teacher).get("/instructor/scores.csv")
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    assert response.text.splitlines()[0] == HEADER
    pretest, tea = read(response.text)
    assert tea["learner"] == "ada"
    assert tea["cohort"] == "Tea people"
    assert (tea["quiz"], tea["attempts"], tea["percent"], tea["passed"]) == ("tea", "2", "100", "true")
    assert tea["submitted_at"].endswith("Z")
    assert tea["score"] == tea["max_score"]
    assert (pretest["quiz"], pretest["percent"], pretest["passed"]) == ("before", "", "")


def test_an_instructor_takes_away_their_own_classes_only_and_an_admin_all(
    make_user: Any, make_class: Any, take: Any, teacher: int, admin: int, as_person: Any
) -> None:
    mine, theirs, nobodys = make_user(username="mine"), make_user(username="theirs"), make_user(username="nobodys")
    own = make_class("Own", [mine], [teacher])
    other = make_class("Other", [theirs, mine])
    for user_id in (mine, theirs, nobodys):
        take(user_id, "tea", right=1)
    client = as_person(teacher)
    rows = read(client.get("/instructor/scores.csv").text)
    assert [row["learner"] for row in rows] == ["mine"]
    # Not even the name of the other class that the learner is in.
    assert [row["cohort"] for row in rows] == ["Own"]
    assert client.get(f"/instructor/scores.csv?cohort={other}").status_code == 404
    assert len(read(client.get(f"/instructor/scores.csv?cohort={own}").text)) == 1
    everything = read(as_person(admin).get("/instructor/scores.csv").text)
    assert {row["learner"] for row in everything} == {"mine", "theirs", "nobodys"}
    assert next(row for row in everything if row["learner"] == "mine")["cohort"] == "Other; Own"


def test_filters_narrow_the_rows_and_unknown_ones_are_not_found(
    make_user: Any, make_class: Any, take: Any, admin: int, as_person: Any
) -> None:
    ada = make_user(username="ada")
    take(ada, "tea", right=3)
    take(ada, "bread", right=0)
    client = as_person(admin)
    assert [row["quiz"] for row in read(client.get("/instructor/scores.csv?quiz=bread").text)] == ["bread"]
    assert client.get("/instructor/scores.csv?quiz=nothing").status_code == 404
    assert client.get("/instructor/scores.csv?cohort=999").status_code == 404
    assert client.get("/instructor/scores.csv?cohort=x").status_code == 404
    assert read(client.get("/instructor/scores.csv?q=nobody").text) == []


def test_names_that_look_like_formulas_cannot_run(make_user: Any, take: Any, admin: int, as_person: Any) -> None:
    ada = make_user(name="=HYPERLINK(1)", username="ada")
    take(ada, "tea")
    row = read(as_person(admin).get("/instructor/scores.csv").text)[0]
    assert row["name"] == "'=HYPERLINK(1)"


def test_guests_come_only_when_asked_for_and_the_deleted_never(
    app: Flask, make_user: Any, take: Any, admin: int, as_person: Any, clock: Clock
) -> None:
    gone = make_user(username="gone")
    take(gone, "tea")
    with app.app_context():
        guest = accounts.create_guest(now=clock()).id
        db.session.commit()
    take(guest, "tea")
    with app.app_context():
        accounts.delete_account(db.session.get_one(User, gone), now=clock())
        db.session.commit()
    client = as_person(admin)
    assert read(client.get("/instructor/scores.csv").text) == []
    assert [row["learner"] for row in read(client.get("/instructor/scores.csv?guests=1").text)] == [f"guest-{guest}"]


def test_what_is_overdue_is_handed_in_before_it_is_counted(
    app: Flask, make_user: Any, course: Course, admin: int, as_person: Any, clock: Clock
) -> None:
    ada = make_user(username="ada")
    quiz = course.quiz("final")
    assert quiz is not None
    with app.app_context():
        quizzes.start(db.session.get_one(User, ada), quiz, course, clock())
        db.session.commit()
    client = as_person(admin)
    assert read(client.get("/instructor/scores.csv").text) == []
    clock.advance(hours=1)
    client = as_person(admin)
    row = read(client.get("/instructor/scores.csv").text)[0]
    assert (row["quiz"], row["percent"], row["passed"]) == ("final", "0", "false")
    assert row["submitted_at"] == "2026-03-02T09:20:00Z"


def test_a_void_attempt_counts_for_nothing(app: Flask, make_user: Any, take: Any, admin: int, as_person: Any) -> None:
    from webapp.quizzes.models import Attempt

    ada = make_user(username="ada")
    attempt_id = take(ada, "tea", right=3)
    with app.app_context():
        quizzes.void(db.session.get_one(Attempt, attempt_id))
        db.session.commit()
    assert read(as_person(admin).get("/instructor/scores.csv").text) == []


def test_a_quiz_that_left_the_course_keeps_its_scores(app: Flask, make_user: Any, take: Any, course: Course) -> None:
    ada = make_user(username="ada")
    take(ada, "tea", right=3)
    with app.app_context():
        db.session.execute(db.text("UPDATE attempt SET quiz_id = 'old-quiz'"))
        db.session.commit()
        columns = quiz_columns(course)
        assert columns[-1].id == "old-quiz"
        assert [row.percent for row in score_rows(scope.everybody("tea-and-bread"), columns)] == [100.0]


@pytest.mark.long
def test_the_export_is_streamed_in_constant_memory(db_session: Any, course: Course, clock: Clock) -> None:
    """Five times the learners must not take more than a little more memory."""

    def peak() -> tuple[int, int]:
        db.session.expunge_all()
        lines = csv_lines(score_table(scope.everybody("tea-and-bread"), quiz_columns(course)))
        next(lines)
        tracemalloc.start()
        size = sum(len(line) for line in lines)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, most

    fill(1_000, clock())
    peak()
    small, before = peak()
    fill(4_000, clock())
    large, after = peak()
    assert large > 4 * small
    assert after < 2 * before


def test_the_command_writes_the_same_rows_as_the_page(
    app: Flask, settings: Any, make_user: Any, make_class: Any, take: Any, admin: int, as_person: Any,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from webapp import commands

    ada, bo = make_user(name="Ada Ł", username="ada"), make_user(username="bo")
    make_class("One", [ada])
    take(ada, "tea", right=2)
    take(bo, "tea", right=1)
    monkeypatch.setattr("webapp.create_app", lambda: app)
    page = as_person(admin).get("/instructor/scores.csv").text

    def run(*words: str) -> Any:
        result = CliRunner().invoke(commands.group, ["scores", "export", *words])
        assert result.exit_code == 0, result.output
        return result

    assert run().stdout_bytes.decode() == page
    assert [row["learner"] for row in read(run("--cohort", "One").stdout_bytes.decode())] == ["ada"]
    assert read(run("--quiz", "bread").stdout_bytes.decode()) == []
    out = tmp_path / "scores.csv"
    run("--output", str(out))
    assert out.read_bytes().decode() == page
    assert CliRunner().invoke(commands.group, ["scores", "export", "--cohort", "Nobody"]).exit_code == 1
    assert "there are before, tea" in CliRunner().invoke(commands.group, ["scores", "export", "--quiz", "x"]).output


def test_made_up_learners_are_not_mixed_into_real_results(
    make_user: Any, make_class: Any, take: Any, admin: int, teacher: int, as_person: Any
) -> None:
    made_up = make_user(username="made-up", origin="demo")
    demo = make_class("Demo class", [made_up], [teacher], demo=True)
    take(made_up, "tea")
    client: Callable[..., Any] = as_person(admin).get
    assert len(read(client("/instructor/scores.csv").text)) == 1, "as long as there is nobody else"
    ada = make_user(username="ada")
    make_class("Real", [ada], [teacher])
    take(ada, "tea")
    for who in (admin, teacher):
        assert [row["learner"] for row in read(as_person(who).get("/instructor/scores.csv").text)] == ["ada"]
        only = as_person(who).get(f"/instructor/scores.csv?cohort={demo}").text
        assert [row["learner"] for row in read(only)] == ["made-up"]
