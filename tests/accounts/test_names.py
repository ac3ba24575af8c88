"""Names come out safe to show, and the same name is the same however it was typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from tests.conftest import Clock
from tests.time_limits import CROWDED
from webapp.accounts import names, passwords, service
from webapp.accounts.models import User
from webapp.accounts.service import create_user
from webapp.database import db


def test_control_and_direction_marks_are_stripped() -> None:
    assert names.clean_name("A\u202eda\u0000 \u2066Love\u200blace\x1b[31m\ufeff") == "Ada Lovelace[31m"


def test_line_ends_and_tabs_become_single_spaces() -> None:
    assert names.clean_name("  Ada\r\n\tKing \u2028\u00a0 Lovelace ") == "Ada King Lovelace"


def test_markup_stays_as_typed_because_templates_escape_it() -> None:
    assert names.clean_name("<b>Ada</b>") == "<b>Ada</b>"


def test_the_invisible_joiners_that_languages_need_stay() -> None:
    assert names.clean_name("نیم\u200cفاصله") == "نیم\u200cفاصله"


def test_marks_cannot_be_piled_up_over_other_lines() -> None:
    assert len(names.clean_name("A" + "\u0335\u0336\u0337\u0338" * 30)) <= 4


def test_a_name_is_at_most_120_characters() -> None:
    assert len(names.clean_name("a" * 500)) == 120


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u202e", "---", "\u0301\u0301", "😀"])
def test_a_name_without_letter_or_digit_is_none(text: str) -> None:
    assert names.clean_name(text) == ""


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = names.clean_name(text)
    assert names.clean_name(once) == once
    assert len(once) <= 120
    assert not any(ord(char) < 32 for char in once)


@given(st.text(max_size=100))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert names.fold(names.fold(text)) == names.fold(text)


@pytest.mark.parametrize("typed", ["ADA", " ada ", "Ada", "ａｄａ"])
def test_a_user_name_is_the_same_in_every_case_and_width(typed: str) -> None:
    assert names.fold_login(typed) == "ada"


def test_invisible_marks_do_not_make_another_user_name() -> None:
    assert names.fold("a\u200bd\u202ea\x00") == "ada"


def test_an_address_is_the_same_in_every_case() -> None:
    assert names.fold_login(" Ada@Example.ORG ") == names.email_of("ada@example.org") == "ada@example.org"


@pytest.mark.parametrize("text", ["ada", "ada.lovelace", "a-1", "Åsa", "محمد", "李雷", "x_y"])
def test_user_names_of_all_languages_are_fine(app: Flask, text: str) -> None:
    with app.test_request_context():
        assert names.username_problem(text) is None


@pytest.mark.parametrize(
    "text", ["a", "a" * 61, "a b", ".ada", "ada-", "a<b", "ada@home", "a\nb c", "аda", "..", "__", "\u202e\u200b"]
)
def test_user_names_that_could_deceive_or_break_are_refused(app: Flask, text: str) -> None:
    with app.test_request_context():
        assert names.username_problem(text) is not None


def test_marks_without_end_cost_nothing() -> None:
    """Ordering combining marks takes a time that grows with the square of their number: what is too long is cut."""
    import time

    marks = "a" + "\u0316\u0301" * 65_000
    began = time.process_time()
    names.fold_login(marks)
    names.fold_login(f"{marks}@example.org")
    names.clean_name(marks)
    passwords.normal(marks)
    assert time.process_time() - began < 1 * CROWDED


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_names_stand_where_people_look_for_them(
    kind: str, request: pytest.FixtureRequest, make_app: Callable[..., Flask], clock: Clock
) -> None:
    """Çelik and Ørsted stood after Zimmermann."""
    app = make_app(database_url=request.getfixturevalue("postgres")()) if kind == "postgresql" else make_app()
    wanted = ["Anders", "Çelik", "Cem", "émile", "Eva", "Łukasz", "Olga", "Ørsted", "Zimmermann"]
    with app.app_context():
        for number, name in enumerate(reversed(wanted[1:])):
            create_user(name=name, username=f"user-{number}", now=clock())
        rows = [{"name": wanted[0], "role": "learner", "created_at": clock(), "preferences": {}, "origin": "roster"}]
        db.session.execute(insert(User), rows)  # as a roster does
        db.session.commit()
        assert list(db.session.scalars(select(User.name).order_by(User.name_order))) == wanted


@pytest.mark.parametrize(("name", "order"), [("Straße", "strasse"), ("Æsop", "aesop"), ("İnci", "inci")])
def test_a_name_is_ordered_without_case_and_marks(name: str, order: str) -> None:
    assert names.name_order(name) == order


def test_whoever_is_renamed_or_deleted_is_where_the_new_name_belongs(app: Flask, clock: Clock) -> None:
    with app.app_context():
        person = create_user(name="Zoë", username="zoe", now=clock())
        service.rename(person, "Éva")
        db.session.commit()
        assert person.name_order == "eva"
        service.delete_account(person, now=clock())
        db.session.commit()
        assert person.name_order == names.name_order(person.name)


def test_a_letter_that_becomes_many_leaves_an_order_that_fits() -> None:
    assert len(names.name_order("\ufdfa" * 120)) == 120
