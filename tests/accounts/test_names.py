"""Names come out safe to show, and the same name is the same however it was typed."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.time_limits import CROWDED
from webapp.accounts import names, passwords


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
