from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.classes.conftest import Browser
from webapp.accounts.codes import shown_code
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.database import db


def code_of(app: Flask, cohort_id: int) -> str:
    with app.app_context():
        return db.session.get_one(Cohort, cohort_id).join_code


def members_of(app: Flask, cohort_id: int) -> set[int]:
    with app.app_context():
        in_it = db.select(CohortMember.user_id).where(
            CohortMember.cohort_id == cohort_id, CohortMember.left_at.is_(None)
        )
        return set(db.session.scalars(in_it))


def test_a_new_class_is_listed_and_shows_its_code_and_link(app: Flask, irene: Browser, a_class: int) -> None:
    assert "Economics 11b" in irene.get("/instructor/cohorts").text
    page = irene.get(f"/instructor/cohorts/{a_class}").text
    code = code_of(app, a_class)
    assert shown_code(code) in page
    assert f"/join/{code}" in page


def test_two_classes_have_two_names(irene: Browser, a_class: int) -> None:
    again = irene.post("/instructor/cohorts/new", {"name": "economics 11B"})
    assert again.status_code == 422
    assert "Another class has this name" in again.text
    assert 'value="economics 11B"' in again.text


def test_codes_hold_nothing_that_is_confused_when_read_out(app: Flask, irene: Browser, a_class: int) -> None:
    for _ in range(20):
        irene.post(f"/instructor/cohorts/{a_class}/code", {"do": "renew"})
        assert re.fullmatch(r"[2-9A-HJKMNP-Z]{8}", code_of(app, a_class))


PAGES = ["", "/roster", "/roster.csv", "/assignments", "/assignments/tea", "/accommodations", "/live", "/live/tea"]
ACTS = ["/name", "/archive", "/restore", "/code", "/instructors", "/instructors/1/remove", "/members/1/remove",
        "/members/1/link", "/roster", "/roster/confirm", "/roster/links", "/roster/links.csv", "/assignments/tea",
        "/assignments/tea/withdraw", "/accommodations", "/accommodations/1/end"]  # fmt: skip


def test_an_instructor_sees_and_changes_only_their_own_classes(
    app: Flask, carl: Browser, adam: Browser, a_class: int, log: Any
) -> None:
    before = log()
    assert "Economics 11b" not in carl.get("/instructor/cohorts").text
    for path in PAGES:
        assert carl.get(f"/instructor/cohorts/{a_class}{path}").status_code == 404, path
        assert adam.get(f"/instructor/cohorts/{a_class}{path}").status_code in (200, 302), path
    for path in ACTS:
        assert carl.post(f"/instructor/cohorts/{a_class}{path}").status_code == 404, path
    assert log() == before
    assert "Economics 11b" in adam.get("/instructor/cohorts").text


def test_a_learner_finds_the_desk_closed(ada: Browser, a_class: int) -> None:
    for path in ("/instructor/cohorts", f"/instructor/cohorts/{a_class}"):
        assert ada.get(path).status_code == 403


def test_a_second_instructor_teaches_as_the_first_does(irene: Browser, carl: Browser, a_class: int, log: Any) -> None:
    added = irene.post(f"/instructor/cohorts/{a_class}/instructors", {"login": "Carl"})
    assert added.status_code == 303
    assert carl.get(f"/instructor/cohorts/{a_class}").status_code == 200
    removed = carl.post(f"/instructor/cohorts/{a_class}/instructors/{irene.user_id}/remove")
    assert removed.status_code == 303
    assert irene.get(f"/instructor/cohorts/{a_class}").status_code == 404
    assert [action for action, _s, _r in log()][-2:] == ["cohort.instructor_added", "cohort.instructor_removed"]


def test_the_last_instructor_stays(app: Flask, irene: Browser, a_class: int) -> None:
    irene.post(f"/instructor/cohorts/{a_class}/instructors/{irene.user_id}/remove")
    assert irene.get(f"/instructor/cohorts/{a_class}").status_code == 200


@pytest.mark.parametrize("login", ["ada", "nobody", ""])
def test_only_instructors_are_added_and_nobody_learns_who_has_an_account(
    irene: Browser, ada: Browser, a_class: int, login: str
) -> None:
    refused = irene.post(f"/instructor/cohorts/{a_class}/instructors", {"login": login})
    assert refused.status_code == 422
    if login:
        assert "There is no instructor with this name" in refused.text


# --- joining ---------------------------------------------------------------------------------------------------------


def test_a_learner_joins_by_code_however_it_is_typed(app: Flask, ada: Browser, a_class: int) -> None:
    code = code_of(app, a_class)
    joined = ada.post("/join", {"code": f" {code[:4].lower()} - {code[4:].lower()} "})
    assert joined.status_code == 303
    assert members_of(app, a_class) == {ada.user_id}
    assert "Economics 11b" in ada.get("/join").text


def test_a_learner_joins_by_link_with_one_button(app: Flask, ada: Browser, a_class: int) -> None:
    link = f"/join/{code_of(app, a_class)}"
    page = ada.get(link)
    assert "Economics 11b" in page.text
    assert members_of(app, a_class) == set(), "looking is not joining"
    assert ada.post(link, page=link).status_code == 303
    assert members_of(app, a_class) == {ada.user_id}


def test_a_visitor_is_led_to_an_account_and_back_and_learns_nothing(app: Flask, a_class: int) -> None:
    code = code_of(app, a_class)
    for link in (f"/join/{code}", "/join/ZZZZ2222"):
        page = app.test_client().get(link)
        assert page.status_code == 200
        assert "Economics" not in page.text
        assert f"/sign-up?next={link}" in page.text
        assert f"/sign-in?next={link}" in page.text


def test_signing_up_goes_on_to_the_class(app: Flask, a_class: int) -> None:
    link = f"/join/{code_of(app, a_class)}"
    visitor = Browser(app.test_client(), 0)
    signed_up = visitor.post(
        f"/sign-up?next={link}",
        {"name": "Newt New", "login": "newt", "password": "a quiet evening walk", "next": link},
        page=f"/sign-up?next={link}",
    )
    assert signed_up.status_code == 303
    assert signed_up.location == link


def test_a_closed_old_or_archived_code_lets_nobody_in(app: Flask, irene: Browser, ada: Browser, a_class: int) -> None:
    old = code_of(app, a_class)
    irene.post(f"/instructor/cohorts/{a_class}/code", {"do": "renew"})
    assert ada.get(f"/join/{old}").status_code == 404
    code = code_of(app, a_class)
    irene.post(f"/instructor/cohorts/{a_class}/code", {"do": "close"})
    assert ada.post("/join", {"code": code}).status_code == 422
    assert ada.post(f"/join/{code}").status_code == 404
    irene.post(f"/instructor/cohorts/{a_class}/code", {"do": "open"})
    irene.post(f"/instructor/cohorts/{a_class}/archive")
    assert ada.get(f"/join/{code}").status_code == 404
    irene.post(f"/instructor/cohorts/{a_class}/restore")
    assert ada.get(f"/join/{code}").status_code == 404, "taken up again, the code stays closed"
    assert members_of(app, a_class) == set()


def test_guessing_codes_ends_after_twenty(make_app: Any, make_user: Any, sign_in: Any) -> None:
    app = make_app(limits=True)
    guesser = Browser(sign_in(app.test_client(), make_user(app=app)), 0)
    answers = [guesser.post("/join", {"code": f"WRNG{n:04}"}, page="/account").status_code for n in range(21)]
    assert answers == [422] * 20 + [429]
    assert guesser.get("/join/ABCD2345").status_code == 429


def test_leaving_keeps_the_work_and_ends_what_the_instructor_sees(
    app: Flask, irene: Browser, ada: Browser, a_class: int, enrol: Any
) -> None:
    enrol(a_class, ada.user_id)
    assert ada.post(f"/classes/{a_class}/leave").status_code == 303
    assert members_of(app, a_class) == set()
    assert ada.post(f"/classes/{a_class}/leave").status_code == 404


def test_an_instructor_is_no_learner_of_their_own_class(app: Flask, irene: Browser, a_class: int) -> None:
    irene.post("/join", {"code": code_of(app, a_class)})
    assert members_of(app, a_class) == set()


def test_taking_somebody_out_keeps_their_attempts(
    app: Flask, irene: Browser, ada: Browser, at_work: Any, a_class: int, enrol: Any, log: Any
) -> None:
    enrol(a_class, ada.user_id)
    with at_work(ada.user_id) as desk:
        attempt_id = desk.take("bread").id
    removed = irene.post(f"/instructor/cohorts/{a_class}/members/{ada.user_id}/remove")
    assert removed.status_code == 303
    assert members_of(app, a_class) == set()
    assert ada.get(f"/attempts/{attempt_id}/result").status_code == 200
    assert log()[-1][0] == "cohort.member_removed"


# --- passwords -------------------------------------------------------------------------------------------------------


def test_a_link_sets_the_first_password_of_an_account_that_a_roster_of_the_class_made(
    app: Flask, irene: Browser, a_class: int, enrol: Any, make_user: Any, log: Any
) -> None:
    bea = make_user(name="Bea Bold", username="bea", password=None)
    enrol(a_class, bea, made_here=True)
    path = f"/instructor/cohorts/{a_class}/members/{bea}/link"
    page = irene.post(path)
    link = re.search(r'value="http://localhost(/reset/[^"]+)"', page.text)
    assert link
    assert page.headers["Cache-Control"] == "no-store"
    visitor = Browser(app.test_client(), 0)
    done = visitor.post(link.group(1), {"password": "a new and longer one"}, page=link.group(1))
    assert done.status_code == 303
    assert app.test_client().get(link.group(1)).status_code == 404, "it works once"
    assert ("person.link_made", f"user:{bea}", "") in log()
    assert irene.post(path).status_code == 303, "with a password it is its person's"


def test_who_joins_by_the_code_gives_nobody_a_way_into_their_account(
    app: Flask, irene: Browser, adam: Browser, ada: Browser, a_class: int, enrol: Any, make_user: Any, log: Any
) -> None:
    """M2: an instructor made a link for such a learner, and took the account over. Now only an admin can."""
    ada.post("/join", {"code": code_of(app, a_class)})
    without = make_user(name="Cyd Calm", username="cyd", password=None)
    enrol(a_class, without)
    before = log()
    for user_id in (ada.user_id, without):
        path = f"/instructor/cohorts/{a_class}/members/{user_id}/link"
        assert irene.post(path).status_code == 303
        assert "/reset/" not in irene.get(f"/instructor/cohorts/{a_class}").text
    assert "reset" not in irene.post(f"/instructor/cohorts/{a_class}/roster/links").text.partition("<main")[2]
    assert [entry for entry in log()[len(before) :] if entry[0] == "person.link_made"] == []
    assert "/reset/" in adam.post(f"/instructor/cohorts/{a_class}/members/{ada.user_id}/link").text


def test_no_link_is_made_for_colleagues_or_strangers(
    app: Flask, irene: Browser, carl: Browser, ada: Browser, a_class: int, enrol: Any
) -> None:
    enrol(a_class, carl.user_id)
    assert irene.post(f"/instructor/cohorts/{a_class}/members/{carl.user_id}/link").status_code == 303
    assert irene.post(f"/instructor/cohorts/{a_class}/members/{ada.user_id}/link").status_code == 404


# --- cheap at any size -----------------------------------------------------------------------------------------------


def test_the_page_of_a_large_class_takes_as_many_queries_as_that_of_a_small_one(
    app: Flask, irene: Browser, a_class: int, enrol: Any, clock: Any, count_queries: Any
) -> None:
    with app.app_context():
        people = [
            User(name=f"Learner {n:04}", username=f"l{n}", role="learner", stamp="0", created_at=clock(),
                 origin="roster", preferences={})
            for n in range(250)
        ]  # fmt: skip
        db.session.add_all(people)
        db.session.commit()
        ids = [person.id for person in people]
    enrol(a_class, *ids[:3])
    with count_queries(app) as few:
        irene.get(f"/instructor/cohorts/{a_class}")
    enrol(a_class, *ids[3:])
    with count_queries(app) as many:
        page = irene.get(f"/instructor/cohorts/{a_class}")
    assert many.count == few.count <= 7
    assert "Page 1 of 3" in page.text
    assert "Learner 0249" in irene.get(f"/instructor/cohorts/{a_class}?q=0249").text
