"""Every address that gives a CSV, filled with what a spreadsheet would run: no cell of it runs, however it is cut."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, token_of
from tests.quizzes.conftest import Desk, wrong_answer
from webapp.accounts.models import Cohort, CohortInstructor, CohortMember, User
from webapp.audit.service import record
from webapp.database import db
from webapp.web.current import COURSE

#: each has "1+1" in it, by which a test knows that it is in the file
HOSTILE = [
    "=1+1",
    "@SUM(1+1)",
    ";=1+1",
    "x;=1+1",
    "|=cmd|'/c calc'!1+1",
    "\t=1+1",
    "x\n=1+1",
    ' "=1+1"',
    'x;"=1+1"',
    "\u200b=1+1",
    "x; \u00ad=1+1",
    "＝1+1",
    "＋1+1",
    "；=1+1",
    "x|−1+1",
]

#: how a spreadsheet may cut a line: by the comma, or by what it was told or takes for the separator
SEPARATORS = [",", ";", "\t", "|"]


def runs(cell: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula; written apart from the app's own rule."""
    seen = cell
    while seen and (unicodedata.category(seen[0]) in ("Cc", "Cf") or seen[0].isspace()):
        seen = seen[1:]
    if re.fullmatch(r"[-+−]?[\d.,]+(e[-+]?\d+)? ?%?", seen, re.IGNORECASE):
        return False
    return unicodedata.normalize("NFKC", seen)[:1] in {"=", "+", "-", "@", "\u2212"}


def cells(text: str, separator: str) -> list[str]:
    """The cells of a file as somebody's spreadsheet cuts them: lines within quotes, too, which some end there."""
    file = text.lstrip("\ufeff")
    parsed = [cell for row in csv.reader(io.StringIO(file, newline=""), delimiter=separator) for cell in row]
    by_line = [cell for line in file.splitlines() for cell in line.split(separator)]
    return [*parsed, *(cell.strip('"') for cell in by_line)]


@pytest.fixture
def hostile_class(app: Flask, make_user: Callable[..., int], clock: Clock, teacher: int) -> int:
    """A class of which everything that people write is hostile; its id."""
    people = [make_user(username=f"learner{number}") for number in range(len(HOSTILE))]
    with app.app_context():
        course = app.extensions["courses"].only.current()
        cohort = Cohort(course_id="tea-and-bread", name="x;=1+1", join_code="HOSTILE1", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortInstructor(cohort_id=cohort.id, user_id=teacher))
        for number, (user_id, text) in enumerate(zip(people, HOSTILE, strict=True)):
            user = db.session.get_one(User, user_id)
            user.name, user.username, user.email = text, f"{text}{number}", f"{text}{number}@example.org"
            user.origin, user.password_hash = "roster", None
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=user_id, joined_at=clock(), made_here=True))
            record(user, "=1+1", text, now=clock(), reason=text, told=text)
            db.session.commit()
            desk = Desk(user_id, course, clock)
            attempt = desk.start("every-type", seed=number)
            for slot in list(attempt.slots):
                written = slot.revision.body["type"] == "short_text"
                desk.answer(attempt, slot.position, {"text": text} if written else wrong_answer(slot))
            desk.submit(attempt)
        db.session.commit()
        return cohort.id


def links_file(client: FlaskClient, cohort_id: int) -> Any:
    """The file of first links, from the page that shows them."""
    path = f"/instructor/cohorts/{cohort_id}/roster"
    page = client.post(f"{path}/links", data={"csrf_token": token_of(client.get(path).text)}).text
    carried = re.search(r'name="carried"[^>]*value="([^"]+)"', page)
    assert carried is not None, page
    return client.post(f"{path}/links.csv", data={"carried": carried[1], "csrf_token": token_of(page)})


#: rule of the address → its files, each to be read before the next, because they are streamed
ADDRESSES: dict[str, Callable[[FlaskClient, int], Any]] = {
    "/instructor/<any(scores, gradebook, responses):name>.<any(csv, xlsx, parquet):form>": lambda client, cohort_id: (
        client.get(f"/instructor/{name}.csv?cohort={cohort_id}") for name in ("scores", "gradebook", "responses")
    ),
    "/admin/audit.<any(csv, xlsx):form>": lambda client, _: [client.get("/admin/audit.csv")],
    "/instructor/cohorts/<int:cohort_id>/roster.csv": lambda client, cohort_id: [
        client.get(f"/instructor/cohorts/{cohort_id}/roster.csv")
    ],
    "/instructor/cohorts/<int:cohort_id>/roster/links.csv": lambda client, cohort_id: [links_file(client, cohort_id)],
}


def test_every_csv_address_of_the_app_is_tried_here(app: Flask) -> None:
    assert {rule.rule.removeprefix(COURSE) for rule in app.url_map.iter_rules() if "csv" in rule.rule} == set(ADDRESSES)


@pytest.mark.long
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_cell_of_a_csv_runs_in_a_spreadsheet(
    app: Flask, hostile_class: int, admin: int, as_person: Any, address: str
) -> None:
    for response in ADDRESSES[address](as_person(admin), hostile_class):
        assert response.status_code == 200
        assert response.mimetype == "text/csv"
        assert response.text.count("1+1") >= len(HOSTILE), "the hostile text is in the file"
        for separator in SEPARATORS:
            assert [cell for cell in cells(response.text, separator) if runs(cell)] == [], repr(separator)


def test_the_test_itself_knows_what_runs() -> None:
    assert all(any(runs(cell) for cut in SEPARATORS for cell in cells(f"a,{text}", cut)) for text in HOSTILE[:4])
    assert not any(runs(text) for text in ("'=1+1", "Ada", "-5", "+3 %", "a=1"))
