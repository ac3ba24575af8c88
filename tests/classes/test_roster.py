from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.classes.conftest import Browser
from tests.conftest import token_of
from webapp.accounts.models import CohortMember, User
from webapp.database import db

LIST = "name,e-mail,user name\nBea Bold,bea@example.org,\nCyd Calm,,cyd\n"


class Import:
    """The two steps of an import, as a browser takes them."""

    def __init__(self, browser: Browser, cohort_id: int) -> None:
        self.browser, self.path = browser, f"/instructor/cohorts/{cohort_id}/roster"

    def dry_run(self, text: str) -> str:
        return self.browser.post(self.path, {"text": text}, page=self.path).text

    def upload(self, data: bytes, **fields: str) -> str:
        sent = {"file": (io.BytesIO(data), "list.csv"), **fields}
        return self.browser.post(self.path, sent, page=self.path, content_type="multipart/form-data").text

    def confirm(self, page: str) -> Any:
        carried = re.search(r'name="carried"[^>]*value="([^"]+)"', page)
        assert carried
        data = {"carried": carried.group(1), "csrf_token": token_of(page)}
        return self.browser.client.post(self.path + "/confirm", data=data)

    def run(self, text: str) -> str:
        response = self.confirm(self.dry_run(text))
        assert response.status_code == 200
        return response.text


@pytest.fixture
def importing(irene: Browser, a_class: int) -> Import:
    return Import(irene, a_class)


def lines_of(page: str) -> list[tuple[int, str, str]]:
    """(line, what, why) of a dry run."""
    rows = re.findall(r'<th scope="row" class="numeric">(\d+)</th>(.*?)</tr>', page, re.DOTALL)
    found = []
    for number, rest in rows:
        cells = [" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in re.findall(r"<td.*?</td>", rest, re.DOTALL)]
        found.append((int(number), cells[0], cells[-1]))
    return found


def everything(app: Flask) -> list[Any]:
    with app.app_context():
        people = db.session.execute(select(User.id, User.name, User.username, User.email, User.role).order_by(User.id))
        memberships = db.session.execute(
            select(CohortMember.cohort_id, CohortMember.user_id, CohortMember.found).order_by(CohortMember.user_id)
        )
        return [*map(tuple, people), *map(tuple, memberships)]


def test_the_dry_run_says_line_by_line_what_would_happen_and_does_nothing(
    app: Flask, importing: Import, ada: Browser, carl: Browser
) -> None:
    before = everything(app)
    page = importing.dry_run(
        LIST + "Ada L.,,ada\nCarl,,carl\n,x@example.org,\nDee,not-an-address,\nBea again,BEA@example.org,\n"
        "=cmd(),f@example.org,\nEve,,\nFay,,f!\n‮​,g@example.org,\n" + "G" * 121 + ",h@example.org,\n"
    )
    assert [(line, what) for line, what, _why in lines_of(page)] == [
        (2, "New"), (3, "New"), (4, "Please check"), (5, "Refused"), (6, "Refused"), (7, "Refused"), (8, "Refused"),
        (9, "Refused"), (10, "Refused"), (11, "Refused"), (12, "Refused"), (13, "Refused"),
    ]  # fmt: skip
    why = {line: reason for line, _what, reason in lines_of(page)}
    for line, words in {
        5: "instructor", 6: "no name", 7: "no e-mail address", 8: "as in line 2", 9: "formula", 10: "sign in with",
        11: "can’t be a user name", 12: "no letter", 13: "too long",
    }.items():  # fmt: skip
        assert words in why[line], (line, why[line])
    assert everything(app) == before


def test_confirming_does_what_was_shown_and_gives_each_new_person_a_link(
    app: Flask, importing: Import, a_class: int, log: Any
) -> None:
    page = importing.run(LIST)
    links = re.findall(r"http://localhost(/reset/[\w-]+)", page)
    assert len(links) == 2
    visitor = Browser(app.test_client(), 0)
    assert visitor.post(links[0], {"password": "sunday morning fog"}, page=links[0]).status_code == 303
    with app.app_context():
        bea = db.session.scalars(select(User).where(User.email == "bea@example.org")).one()
        assert (bea.name, bea.role, bea.origin) == ("Bea Bold", "learner", "roster")
        assert bea.password_hash
        cyd = db.session.scalars(select(User).where(User.username == "cyd")).one()
        assert cyd.password_hash is None
        assert [cohort.id for cohort in cyd.cohorts] == [a_class]
    assert ("roster.imported", f"cohort:{a_class}", "") in log()


def test_the_same_list_again_changes_nothing(app: Flask, importing: Import) -> None:
    importing.run(LIST)
    before = everything(app)
    page = importing.dry_run(LIST)
    assert [what for _line, what, _why in lines_of(page)] == ["Kept", "Kept"]
    assert "There is nothing to do" in page
    importing.confirm(page)
    assert everything(app) == before


def test_sending_the_confirmation_twice_imports_once(app: Flask, importing: Import) -> None:
    page = importing.dry_run(LIST)
    assert importing.confirm(page).status_code == 200
    before = everything(app)
    again = importing.confirm(page)
    assert again.status_code == 409
    assert "Nothing was imported" in again.text
    assert everything(app) == before


def test_what_changed_since_the_dry_run_is_shown_before_anything_is_done(
    app: Flask, importing: Import, make_user: Any
) -> None:
    page = importing.dry_run(LIST)
    make_user(username="cyd", name="Somebody Else")
    before = everything(app)
    answer = importing.confirm(page)
    assert answer.status_code == 409
    assert [what for _line, what, _why in lines_of(answer.text)] == ["New", "Please check"]
    assert everything(app) == before
    assert importing.confirm(answer.text).status_code == 200


def test_a_list_that_was_tampered_with_is_not_imported(app: Flask, importing: Import, carl: Browser) -> None:
    page = importing.dry_run(LIST)
    before = everything(app)
    carried = re.search(r'name="carried"[^>]*value="([^"]+)"', page)
    assert carried
    for value in (carried.group(1)[:-4] + "AAAA", "", "x.y"):
        data = {"carried": value, "csrf_token": token_of(page)}
        assert importing.browser.client.post(importing.path + "/confirm", data=data).status_code == 303
    assert everything(app) == before


def test_a_corrected_name_is_changed_and_a_login_that_is_used_is_not(app: Flask, importing: Import) -> None:
    importing.run(LIST)
    page = importing.dry_run("name,e-mail,user name\nBea Brave,bea@example.org,bea\nCyd Calm,cyd@example.org,cyd\n")
    assert [what for _line, what, _why in lines_of(page)] == ["Changed", "Changed"]
    importing.confirm(page)
    with app.app_context():
        bea = db.session.scalars(select(User).where(User.username == "bea")).one()
        assert (bea.name, bea.email) == ("Bea Brave", "bea@example.org")
    page = importing.dry_run("name,e-mail,user name\nBea Brave,bea@example.org,other.name\n")
    assert lines_of(page)[0][1] == "Kept"
    assert "stays as it is" in lines_of(page)[0][2]


def test_an_address_and_a_user_name_of_two_people_are_refused(importing: Import, make_user: Any) -> None:
    make_user(username="one", email="one@example.org")
    make_user(username="two")
    page = importing.dry_run("name,e-mail,user name\nWho,one@example.org,two\n")
    assert lines_of(page)[0][1:] == (
        "Refused",
        "The e-mail address belongs to one account and the user name to another.",
    )


def test_a_nasty_upload_is_read_and_shown_harmless(importing: Import) -> None:
    data = "Nachname;Vorname;E-Mail\r\nMüller;<script>alert(1)</script>;m@example.org\r\n".encode("cp1252")
    page = importing.upload(data)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Müller" in page
    assert "Read as cp1252" in page


def test_a_file_that_cannot_be_used_says_so_beside_the_field(importing: Import) -> None:
    page = importing.upload(b"PK\x03\x04\x00\x00")
    assert "This is an Excel file" in page
    assert "Please choose a file" in importing.dry_run("  ")


def test_the_links_are_downloaded_as_they_were_shown(importing: Import) -> None:
    page = importing.run(LIST)
    carried = re.search(r'name="carried"[^>]*value="([^"]+)"', page)
    assert carried
    data = {"carried": carried.group(1), "csrf_token": token_of(page)}
    file = importing.browser.client.post(importing.path + "/links.csv", data=data)
    rows = list(csv.DictReader(io.StringIO(file.text.lstrip("\ufeff"))))
    assert [row["name"] for row in rows] == ["Bea Bold", "Cyd Calm"]
    assert {row["link"] for row in rows} == set(re.findall(r"http://localhost/reset/[\w-]+", page))
    assert file.headers["Cache-Control"] == "no-store"


def test_new_links_end_earlier_ones_and_go_only_to_those_without_a_password(
    app: Flask, importing: Import, ada: Browser
) -> None:
    first = re.findall(r"http://localhost(/reset/[\w-]+)", importing.run(LIST + "Ada,,ada\n"))
    again = importing.browser.post(importing.path + "/links").text
    second = re.findall(r"http://localhost(/reset/[\w-]+)", again)
    assert len(first) == len(second) == 2
    assert [app.test_client().get(link).status_code for link in (*first, *second)] == [404, 404, 200, 200]


def test_the_export_can_be_imported_again_and_runs_nothing_in_a_spreadsheet(
    app: Flask, importing: Import, a_class: int, enrol: Any, make_user: Any
) -> None:
    importing.run(LIST)
    enrol(a_class, make_user(name="-Dash Person", username="dash"))
    file = importing.browser.get(f"/instructor/cohorts/{a_class}/roster.csv")
    rows = list(csv.reader(io.StringIO(file.text.lstrip("\ufeff"))))
    assert rows[0] == ["name", "username", "email"]
    assert ["'-Dash Person", "dash", ""] in rows
    page = importing.dry_run(file.text)
    assert {what for _line, what, _why in lines_of(page)} <= {"Kept", "Changed"}


def test_a_long_list_begins_with_what_is_refused(importing: Import) -> None:
    """Refusals stood at the foot of 2,012 rows."""
    people = [f"Learner {n},l{n}@example.org,l{n}" for n in range(40)]
    page = importing.dry_run(
        "\n".join(["name,e-mail,user name", *people, ",nobody@example.org,", "Again,l1@example.org,x"])
    )
    lines = lines_of(page)
    assert [(number, what) for number, what, _why in lines[:3]] == [(42, "Refused"), (43, "Refused"), (2, "New")]
    assert len(lines) == 42, "and each line is there once"
    assert page.index("Please look at these") < page.index("The other lines")


@pytest.mark.long
def test_five_thousand_lines_take_few_statements(app: Flask, importing: Import, count_queries: Any) -> None:
    text = "name,e-mail\n" + "".join(f"Learner {n},l{n}@example.org\n" for n in range(5_000))
    page = importing.dry_run(text)
    assert "Import exactly this" in page
    with count_queries(app) as counted:
        response = importing.confirm(page)
    assert response.status_code == 200
    assert response.text.count("/reset/") == 5_000
    assert counted.count < 120, counted.statements[50]


def test_what_one_page_carries_is_no_use_on_another(importing: Import) -> None:
    def carried(page: str) -> str:
        found = re.search(r'name="carried"[^>]*value="([^"]+)"', page)
        assert found
        return found.group(1)

    dry_run = importing.dry_run(LIST)
    links = importing.confirm(dry_run).text
    for path, wrong in (("/confirm", carried(links)), ("/links.csv", carried(dry_run))):
        response = importing.browser.post(importing.path + path, {"carried": wrong}, page=importing.path)
        assert response.status_code == 303, path
