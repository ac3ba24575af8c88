from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock
from webapp.accounts.models import User
from webapp.accounts.service import create_user
from webapp.database import NAMED_IN_A_QUERY, InNameOrder, _without_marks, db, name_order, pieces


def test_long_lists_are_cut_into_pieces_that_a_query_can_name_and_none_is_lost() -> None:
    for length in (0, 1, NAMED_IN_A_QUERY, NAMED_IN_A_QUERY + 1, 5 * NAMED_IN_A_QUERY - 1):
        values = list(range(length))
        cut = list(pieces(values))
        assert [value for piece in cut for value in piece] == values
        assert all(0 < len(piece) <= NAMED_IN_A_QUERY for piece in cut)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_names_stand_where_people_look_for_them(
    kind: str, request: pytest.FixtureRequest, make_app: Callable[..., Flask], clock: Clock
) -> None:
    """Çelik and Ørsted stood after Zimmermann."""
    app = make_app(database_url=request.getfixturevalue("postgres")()) if kind == "postgresql" else make_app()
    wanted = ["Anders", "Çelik", "Cem", "émile", "Eva", "Łukasz", "Olga", "Ørsted", "Zimmermann"]
    with app.app_context():
        for number, name in enumerate(reversed(wanted)):
            create_user(name=name, username=f"user-{number}", now=clock())
        db.session.commit()
        assert list(db.session.scalars(select(User.name).order_by(InNameOrder(User.name)))) == wanted


@pytest.mark.parametrize(("name", "order"), [("Straße", "strasse"), ("Æsop", "aesop"), ("İnci", "inci"), (None, None)])
def test_a_name_is_ordered_without_case_and_marks(name: str | None, order: str | None) -> None:
    assert name_order(name) == order


def test_the_quick_way_to_order_a_name_is_the_thorough_one() -> None:
    for code in range(0x20, 0x2FFF):
        for name in (chr(code), f"A{chr(code)}\u0301z"):
            assert name_order(name) == _without_marks(name.casefold()), name
