"""Downloads read while they are sent, and keep nobody waiting meanwhile."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pyarrow.parquet
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.accounts import rows as rows_of
from tests.clients import within_course
from tests.conftest import Clock
from webapp.audit.service import record
from webapp.database import db
from webapp.ui.spreadsheets import Kind, cell_text

#: what a column of Parquet holds, by its type there
KINDS: dict[str, Kind] = {"string": "text", "double": "number", "int64": "integer", "bool": "boolean"}


@pytest.mark.parametrize(
    "path", ["/instructor/scores.csv", "/instructor/gradebook.csv", "/instructor/responses.csv", "/admin/audit.csv"]
)
def test_a_download_that_is_under_way_lets_others_write(
    app: Flask, client: FlaskClient, make_user: Callable[..., int], sign_in: Any, clock: Clock, path: str
) -> None:
    sign_in(client, make_user("admin"))
    learner = make_user(name="Bo Learner")
    with app.app_context():
        rows_of.attempt(learner, "tea", 1, clock())
        record("command line", "test", "nothing", now=clock())
        db.session.commit()
    cookie = client.get_cookie("session")
    assert cookie is not None
    # As a server asks, which reads on when the view has returned; a test's client holds its request open meanwhile.
    environ = EnvironBuilder(within_course(app, path), headers={"Cookie": f"session={cookie.value}"}).get_environ()
    pieces, status, _headers = run_wsgi_app(app.wsgi_app, environ, buffered=False)
    assert status == "200 OK"
    try:
        rows = iter(pieces)
        next(rows)  # the header
        next(rows)
        file = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, timeout=0.1, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
    finally:
        for _piece in pieces:
            pass


@pytest.mark.parametrize("name", ["scores", "gradebook", "responses"])
def test_a_table_as_parquet_says_what_its_csv_says(
    app: Flask, client: FlaskClient, make_user: Callable[..., int], sign_in: Any, clock: Clock, name: str
) -> None:
    sign_in(client, make_user("admin"))
    learner = make_user(name="Bo Learner")
    with app.app_context():
        rows_of.attempt(learner, "tea", 1, clock())
        db.session.commit()
    page = client.get(within_course(app, "/instructor/gradebook"))
    assert f"/instructor/{name}.parquet" in page.text
    parquet = client.get(within_course(app, f"/instructor/{name}.parquet"))
    assert parquet.status_code == 200
    assert parquet.headers["Content-Disposition"].endswith(".parquet")
    assert "no-store" in parquet.headers["Cache-Control"]
    found = pyarrow.parquet.read_table(io.BytesIO(parquet.data))
    head, *rows = csv.reader(io.StringIO(client.get(within_course(app, f"/instructor/{name}.csv")).text))
    assert found.column_names == head
    assert rows
    kinds = {each.name: str(each.type) for each in found.schema}
    written = [
        [cell_text(value, "time" if kinds[column].startswith("timestamp") else KINDS[kinds[column]])
         for column, value in row.items()]
        for row in found.to_pylist()
    ]  # fmt: skip
    assert written == rows


def test_where_parquet_cannot_be_written_it_is_not_offered(
    app: Flask, client: FlaskClient, make_user: Callable[..., int], sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.ui.downloads.parquet_is_there", lambda: False)
    sign_in(client, make_user("admin"))
    assert ".parquet" not in client.get(within_course(app, "/instructor/gradebook")).text
    assert client.get(within_course(app, "/instructor/scores.parquet")).status_code == 404


def test_a_failed_statement_is_logged_without_what_it_carried(app: Flask, db_session: Any) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    with pytest.raises(OperationalError) as caught:
        db_session.execute(text("SELECT * FROM nowhere WHERE email = :email"), {"email": "ada@example.org"})
    assert "ada@example.org" not in str(caught.value)
