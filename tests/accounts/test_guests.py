"""Guests: made when they start something, and nothing of theirs is lost when they get an account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.accounts.rows import attempt, card, place, reading
from tests.accounts.test_sign_in import PASSWORD, who
from webapp.accounts import service, sessions
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.database import db
from webapp.lessons.models import Place, Reading
from webapp.quizzes.models import Attempt, Step
from webapp.review.models import Card
from webapp.web import access

GOOD = {"name": "Ada Lovelace", "login": "ada", "password": "teal bicycle moon"}


@pytest.fixture
def guest(app: Flask, client: FlaskClient, clock: Any, sign_in: Any) -> int:
    """A guest with an attempt, signed in to `client`."""
    with app.app_context():
        user = service.create_guest(now=clock())
        attempt(user.id, "tea", 1, clock())
        db.session.add_all(
            [
                reading(user.id, "tea", "water", clock()),
                place(user.id, "tea", "water", clock()),
                card(user.id, "tea-water", clock()),
            ]
        )
        db.session.commit()
        user_id = user.id
    sign_in(client, user_id)
    return user_id


def owners(kind: Any) -> set[int]:
    return set(db.session.scalars(select(kind.user_id)))


def test_signing_up_keeps_what_the_guest_did(app: Flask, client: FlaskClient, guest: int, post: Any) -> None:
    assert "comes along" in client.get("/sign-up").text
    assert post(client, "/sign-up", GOOD).status_code == 303
    assert who(client) == "Ada Lovelace"
    with app.app_context():
        user = service.find("ada")
        assert user is not None
        assert (user.id, user.role, user.origin) == (guest, "learner", "signup")
        assert db.session.scalar(select(func.count()).select_from(User)) == 1
        for kind in (Attempt, Reading, Place, Card):
            assert owners(kind) == {guest}


def test_a_refused_sign_up_leaves_the_guest_a_guest(
    app: Flask, client: FlaskClient, guest: int, make_user: Any, post: Any
) -> None:
    make_user(username="ada")
    assert post(client, "/sign-up", GOOD).status_code == 422
    with app.app_context():
        user = db.session.get_one(User, guest)
        assert (user.role, user.name, user.username) == ("guest", "", None)


def test_the_cookie_of_the_guest_is_worth_nothing_after_the_sign_up(
    app: Flask, client: FlaskClient, guest: int, sign_in: Any, post: Any
) -> None:
    copy = sign_in(app.test_client(), guest)
    post(client, "/sign-up", GOOD)
    assert who(copy) is None


def test_signing_in_brings_what_the_guest_did(
    app: Flask, client: FlaskClient, guest: int, make_user: Any, post: Any
) -> None:
    ada = make_user(username="ada", name="Ada")
    assert post(client, "/sign-in", {"login": "ada", "password": PASSWORD}).status_code == 303
    assert "in your account now" in client.get("/account").text
    with app.app_context():
        assert db.session.get(User, guest) is None
        for kind in (Attempt, Reading, Place, Card):
            assert owners(kind) == {ada}
        assert set(db.session.scalars(select(Step.actor_id))) == {ada}


def test_a_wrong_password_moves_nothing(app: Flask, client: FlaskClient, guest: int, make_user: Any, post: Any) -> None:
    make_user(username="ada")
    assert post(client, "/sign-in", {"login": "ada", "password": "a wrong one"}).status_code == 401
    with app.app_context():
        assert owners(Attempt) == {guest}


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
def test_the_work_of_another_guest_can_be_left_behind(
    app: Flask, client: FlaskClient, guest: int, make_user: Any, post: Any, path: str
) -> None:
    ada = make_user(username="ada-2")
    data = {**GOOD, "discard_guest": "y"}
    if path == "/sign-in":
        data |= {"login": "ada-2", "password": PASSWORD}
    assert post(client, path, data).status_code == 303
    with app.app_context():
        assert owners(Attempt) == {guest}
        assert ada not in owners(Reading)
        assert db.session.get_one(User, guest).is_guest


def test_attempts_of_both_are_numbered_through(app: Flask, clock: Any, make_user: Any) -> None:
    ada = make_user(username="ada")
    with app.app_context():
        guest = service.create_guest(now=clock())
        for number in (1, 2):
            attempt(ada, "tea", number, clock.advance(hours=1))
        for number in (1, 2):
            attempt(guest.id, "tea", number, clock.advance(hours=1))
        attempt(guest.id, "bread", 1, clock())
        db.session.commit()
        assert service.merge(guest, db.session.get_one(User, ada)) == 3
        db.session.commit()
        numbers = db.session.execute(
            select(Attempt.quiz_id, Attempt.number, Attempt.started_at)
            .where(Attempt.user_id == ada)
            .order_by(Attempt.quiz_id, Attempt.number)
        ).all()
        assert [(quiz, number) for quiz, number, _at in numbers] == [("bread", 1), *(("tea", n) for n in (1, 2, 3, 4))]
        assert [at for _quiz, _number, at in numbers[1:]] == sorted(at for _quiz, _number, at in numbers[1:])


def merged(app: Flask, ada: int, *rows: Any) -> None:
    """Merges a guest, who has the rows made by the given functions of the guest's id, into ada."""
    with app.app_context():
        guest = service.create_guest(now=datetime.fromisoformat("2026-03-02T09:00:00+00:00"))
        for row in rows:
            db.session.add(row(guest.id))
        db.session.commit()
        service.merge(guest, db.session.get_one(User, ada))
        db.session.commit()


def test_a_section_read_twice_counts_from_the_first_time(app: Flask, clock: Any, make_user: Any) -> None:
    ada = make_user()
    with app.app_context():
        db.session.add(reading(ada, "tea", "water", clock()))
        db.session.commit()
    earlier = clock() - timedelta(days=1)
    merged(app, ada, lambda g: reading(g, "tea", "water", earlier), lambda g: reading(g, "tea", "leaf", clock()))
    with app.app_context():
        assert dict(db.session.execute(select(Reading.section_id, Reading.read_at)).tuples().all()) == {
            "water": earlier,
            "leaf": clock(),
        }


@pytest.mark.parametrize(("hours", "section"), [(-1, "water"), (1, "leaf")])
def test_of_two_places_in_a_lesson_the_later_one_stays(
    app: Flask, clock: Any, make_user: Any, hours: int, section: str
) -> None:
    ada = make_user()
    with app.app_context():
        db.session.add(place(ada, "tea", "water", clock()))
        db.session.commit()
    merged(app, ada, lambda g: place(g, "tea", "leaf", clock() + timedelta(hours=hours)))
    with app.app_context():
        assert db.session.scalars(select(Place.section_id)).all() == [section]
        assert owners(Place) == {ada}


@pytest.mark.parametrize(("hours", "reviews"), [(-1, 3), (1, 7)])
def test_of_two_cards_for_a_question_the_one_reviewed_last_stays(
    app: Flask, clock: Any, make_user: Any, hours: int, reviews: int
) -> None:
    ada = make_user()
    with app.app_context():
        db.session.add(card(ada, "tea-water", clock(), reviews=3))
        db.session.commit()
    merged(app, ada, lambda g: card(g, "tea-water", clock() + timedelta(hours=hours), reviews=7))
    with app.app_context():
        assert db.session.scalars(select(Card.reviews)).all() == [reviews]
        assert owners(Card) == {ada}


def test_a_class_both_are_in_is_one(app: Flask, clock: Any, make_user: Any) -> None:
    ada = make_user()
    with app.app_context():
        cohort = Cohort(course_id="tea-and-bread", name="Evening class", join_code="abc", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        cohort_id = cohort.id
        db.session.add(CohortMember(cohort_id=cohort_id, user_id=ada, joined_at=clock()))
        db.session.commit()
    merged(app, ada, lambda g: CohortMember(cohort_id=cohort_id, user_id=g, joined_at=clock()))
    with app.app_context():
        assert owners(CohortMember) == {ada}


def test_only_guests_are_merged_and_upgraded(app: Flask, clock: Any, make_user: Any) -> None:
    one, other = make_user(), make_user()
    with app.app_context():
        with pytest.raises(ValueError, match="guest"):
            service.merge(db.session.get_one(User, one), db.session.get_one(User, other))
        with pytest.raises(ValueError, match="guest"):
            service.upgrade_guest(
                db.session.get_one(User, one), name="X1", username="x1", password_hash="", now=clock()
            )


# --- becoming a guest ------------------------------------------------------------------------------------------------


def add_door(app: Flask) -> None:
    """A page where participants start something, as the quizzes have."""

    @app.route("/door", methods=["GET", "POST"])
    @access.open_to(access.PARTICIPANT)
    def door() -> str:
        user = sessions.participant()
        db.session.commit()
        return f"{user.role} {user.id}"


@pytest.mark.usefixtures("own_app")
def test_starting_something_makes_a_guest_for_thirty_days(app: Flask, client: FlaskClient, post: Any) -> None:
    add_door(app)
    first = post(client, "/door", page="/sign-in")
    assert first.text.startswith("guest ")
    assert "Expires" in first.headers["Set-Cookie"]
    assert "Max-Age=2592000" in first.headers["Set-Cookie"]
    assert post(client, "/door", page="/sign-in").text == first.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.usefixtures("own_app")
def test_looking_makes_no_guest(app: Flask, client: FlaskClient) -> None:
    add_door(app)
    page = client.get("/door")
    assert page.status_code == 303
    assert page.location == "/sign-in?next=/door"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0


@pytest.mark.usefixtures("own_app")
def test_without_guests_starting_something_leads_to_sign_in(make_app: Any, post: Any) -> None:
    app = make_app(guests=False)
    add_door(app)
    page = post(app.test_client(), "/door", page="/sign-in")
    assert page.status_code == 401
    assert 'name="kept"' in page.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0


@pytest.mark.usefixtures("own_app")
def test_becoming_a_guest_changes_the_token_and_a_form_open_in_another_tab_is_sent_again_with_one_button(
    app: Flask, client: FlaskClient, post: Any
) -> None:
    from tests.conftest import token_of

    add_door(app)
    other_tab = token_of(client.get("/sign-in").text)
    made = post(client, "/door", page="/sign-in")
    kept = client.post("/door", data={"csrf_token": other_tab, "typed": "an answer"})
    assert kept.status_code == 400
    assert 'value="an answer"' in kept.text
    assert client.post("/door", data={"csrf_token": token_of(kept.text)}).text == made.text


def test_a_guest_can_take_their_data_and_be_forgotten(app: Flask, client: FlaskClient, guest: int, post: Any) -> None:
    assert client.get("/account").location == "/sign-in?next=/account"
    assert "/account/delete" in client.get("/sign-in").text
    assert client.get("/account/data").json["attempts"][0]["quiz"] == "tea"  # type: ignore[index]
    assert post(client, "/account/delete").status_code == 303
    with app.app_context():
        assert db.session.get_one(User, guest).deleted_at is not None
        assert owners(Attempt) == {guest}
    assert client.get("/account/data").status_code == 303
