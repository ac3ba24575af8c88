"""A list takes nobody's account: who has one is asked, and until then the class sees nothing of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.classes.conftest import Browser
from tests.classes.test_roster import Import, lines_of
from tests.conftest import Clock, token_of
from webapp.accounts.models import CohortMember, Invitation, User
from webapp.database import db


@pytest.fixture
def importing(irene: Browser, a_class: int) -> Import:
    return Import(irene, a_class)


@pytest.fixture
def bea(make_user: Any, browse: Any) -> Browser:
    """A learner whose logins the operator gave."""
    return browse(make_user(name="Bea Bold", username="bea", email="bea@example.org", origin="cli"))


LIST = "name,e-mail\nBeatrice B.,bea@example.org\n"


def in_class(app: Flask, cohort_id: int, user_id: int) -> bool:
    with app.app_context():
        membership = db.session.get(CohortMember, (cohort_id, user_id))
        return membership is not None and membership.left_at is None


def is_invited(app: Flask, cohort_id: int, user_id: int) -> bool:
    with app.app_context():
        return db.session.get(Invitation, (cohort_id, user_id)) is not None


def test_a_roster_puts_nobodys_account_into_a_class_and_shows_nothing_of_it(
    app: Flask, importing: Import, irene: Browser, bea: Browser, a_class: int, at_work: Any
) -> None:
    """H4: with somebody's login on a list, any instructor read and reset their work."""
    with at_work(bea.user_id) as desk:
        attempt_id = desk.take("bread").id
    page = importing.dry_run(LIST)
    assert lines_of(page)[0][1] == "Invited"
    assert "when they say yes" in lines_of(page)[0][2]
    assert "1 with an account is invited" in importing.confirm(page).text
    assert not in_class(app, a_class, bea.user_id)
    assert irene.get(f"/instructor/learners/{bea.user_id}").status_code == 404
    assert irene.get(f"/instructor/attempts/{attempt_id}").status_code == 404
    assert irene.get(f"/attempts/{attempt_id}/result").status_code == 404
    assert "bea" not in irene.get(f"/instructor/cohorts/{a_class}").text.lower()
    waiting = irene.get(f"/instructor/cohorts/{a_class}/roster").text
    assert "Beatrice B." in waiting, "what the list said, and no more"
    assert "Bea Bold" not in waiting


def test_the_person_is_asked_on_the_home_page_and_is_in_the_class_when_they_say_yes(
    app: Flask, importing: Import, irene: Browser, bea: Browser, a_class: int
) -> None:
    importing.run(LIST)
    assert "You are invited to Economics 11b" in bea.get("/").text
    assert "Irene Instructor put you on the list" in bea.get("/join").text
    assert bea.post(f"/invitations/{a_class}/accept").status_code == 303
    assert in_class(app, a_class, bea.user_id)
    assert not is_invited(app, a_class, bea.user_id)
    assert "You are invited" not in bea.get("/").text
    assert irene.get(f"/instructor/learners/{bea.user_id}").status_code == 200
    with app.app_context():
        assert db.session.get_one(User, bea.user_id).name == "Bea Bold", "the account stays its person's"
    assert lines_of(importing.dry_run(LIST))[0][1] == "Kept"


def test_who_says_no_is_not_asked_again_by_another_list(
    app: Flask, importing: Import, irene: Browser, bea: Browser, a_class: int
) -> None:
    importing.run(LIST)
    assert bea.post(f"/invitations/{a_class}/decline").status_code == 303
    assert not in_class(app, a_class, bea.user_id)
    assert "You are invited" not in bea.get("/").text
    kept = lines_of(importing.dry_run(LIST))[0]
    assert kept[1] == "Kept"
    assert "said no" in kept[2]
    assert irene.post(f"/instructor/cohorts/{a_class}/invitations/{bea.user_id}/withdraw").status_code == 404


def test_who_left_the_class_is_asked_before_a_list_brings_them_back(
    app: Flask, importing: Import, bea: Browser, a_class: int, enrol: Any
) -> None:
    enrol(a_class, bea.user_id)
    bea.post(f"/classes/{a_class}/leave")
    importing.run(LIST)
    assert not in_class(app, a_class, bea.user_id)
    bea.post(f"/invitations/{a_class}/accept")
    assert in_class(app, a_class, bea.user_id)


def test_an_admin_vouches_and_an_instructor_does_not(
    app: Flask, importing: Import, irene: Browser, adam: Browser, bea: Browser, a_class: int, log: Any
) -> None:
    importing.run(LIST)
    path = f"/instructor/cohorts/{a_class}/invitations/{bea.user_id}/vouch"
    assert irene.post(path).status_code == 403
    assert not in_class(app, a_class, bea.user_id)
    assert adam.post(path).status_code == 303
    assert in_class(app, a_class, bea.user_id)
    assert ("invitation.vouched", f"user:{bea.user_id}", "") in log()


def test_an_invitation_can_be_taken_back_and_answered_by_its_person_only(
    app: Flask, importing: Import, irene: Browser, ada: Browser, bea: Browser, a_class: int, log: Any
) -> None:
    importing.run(LIST)
    assert ada.post(f"/invitations/{a_class}/accept").status_code == 404
    assert ada.post(f"/invitations/{a_class}/decline").status_code == 404
    assert irene.post(f"/instructor/cohorts/{a_class}/invitations/{bea.user_id}/withdraw").status_code == 303
    assert bea.post(f"/invitations/{a_class}/accept").status_code == 404
    assert ("invitation.withdrawn", f"user:{bea.user_id}", "") in log()


def test_signing_up_with_a_classmates_address_makes_nobody_that_classmate(
    app: Flask, importing: Import, irene: Browser, make_user: Any, a_class: int, clock: Clock, log: Any
) -> None:
    """M6: the roster took whoever had typed the address first."""
    mallory = make_user(name="Bea Bold", username="mallory", email="bea@example.org")
    page = importing.dry_run(LIST)
    line, what, why = lines_of(page)[0]
    assert what == "Please check"
    assert "by themselves" in why, "and since when"
    assert "3/2/26" in why or "2026" in why, why
    importing.confirm(page)
    assert not in_class(app, a_class, mallory)
    assert not is_invited(app, a_class, mallory), "without a word of the instructor nothing is done"
    page = importing.dry_run(LIST)
    path = f"/instructor/cohorts/{a_class}/roster"
    carried = re.search(r'name="carried"[^>]*value="([^"]+)"', page)
    assert carried
    data = {"carried": carried.group(1), "csrf_token": token_of(page), "confirmed": [str(line), "99", "x"]}
    assert irene.client.post(path + "/confirm", data=data).status_code == 200
    assert is_invited(app, a_class, mallory)
    assert not in_class(app, a_class, mallory)


def test_a_login_is_vouched_for_until_its_person_types_another(
    app: Flask, importing: Import, bea: Browser, clock: Clock
) -> None:
    with app.app_context():
        person = db.session.get_one(User, bea.user_id)
        assert person.email_verified_at is not None
        assert person.username_given_at is not None
    fields = {"name": "Bea Bold", "username": "anna", "email": "bea@example.org", "locale": ""}
    assert bea.post("/account", fields).status_code == 303
    with app.app_context():
        person = db.session.get_one(User, bea.user_id)
        assert person.email_verified_at is not None
        assert person.username_given_at is None
    assert lines_of(importing.dry_run("name,user name\nAnna,anna\n"))[0][1] == "Please check"


def test_the_home_page_takes_one_query_more_for_people_with_an_account_and_none_for_guests(
    app: Flask, bea: Browser, count_queries: Any
) -> None:
    with count_queries(app) as nobody:
        app.test_client().get("/")
    assert not any("invitation" in statement for statement in nobody.statements)
    with count_queries(app) as somebody:
        bea.get("/")
    assert sum("invitation" in statement for statement in somebody.statements) == 1
