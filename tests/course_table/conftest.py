"""Two servers on one database, SQLite or PostgreSQL, that share no folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TINY
from tests.course_table.servers import AppOnTable, app_on_table


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("postgres")
        return make()
    return f"sqlite:///{tmp_path / 'shared.sqlite3'}"


@pytest.fixture
def empty(database: str, tmp_path: Path) -> Iterator[tuple[AppOnTable, AppOnTable]]:
    """No course is in the database yet."""
    made = (app_on_table(tmp_path / "one", database, TINY), app_on_table(tmp_path / "other", database, TINY))
    yield made
    for server in made:
        server.close()


@pytest.fixture
def servers(empty: tuple[AppOnTable, AppOnTable], bank: Any) -> tuple[AppOnTable, AppOnTable]:
    """The tiny course is in the database."""
    empty[0].put(bank)
    return empty
