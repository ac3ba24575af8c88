"""A server that starts again does no more than it needs, and is warm when the first visitor comes."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from tests.conftest import ROOT, TINY
from webapp.commands import serve
from webapp.database import db
from webapp.web import current

#: what only few ask for, each a part of a start that one would feel
LEFT_OUT = ("alembic", "charset_normalizer", "email_validator", "webauthn")

_PROGRAM = """
import sys
from pathlib import Path
from webapp import create_app
from webapp.commands import serve
from webapp.config import Settings
settings = Settings(data=Path(sys.argv[1]), bank=Path(sys.argv[2]), secret_key="k" * 32)
app = create_app(settings)
with app.app_context():
    serve.prepare()
    serve.show_first_page(app, settings)
print("imported:", *sys.modules)
"""


@pytest.mark.long
def test_a_second_start_imports_nothing_that_only_few_ask_for(tmp_path: Path) -> None:
    for turn in (1, 2):
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(tmp_path / "data"), str(TINY)],
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        imported = done.stdout.rpartition("imported:")[2].split()
        assert "webapp.editor.pages" in imported
        if turn == 2:
            assert sorted(set(LEFT_OUT) & set(imported)) == []


def test_what_the_first_page_needs_is_made_before_anybody_comes(
    own_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with own_app.app_context(), caplog.at_level(logging.INFO):
        serve.show_first_page(own_app, current.settings())
        db.session.remove()
    assert not caplog.records
    cache = own_app.jinja_env.cache
    assert cache is not None
    warm = len(cache)
    assert warm > 0
    written: list[str] = []
    with own_app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: written.append(told[2]))
    assert own_app.test_client().get("/").status_code == 200
    assert len(cache) == warm
    assert not [statement for statement in written if statement.startswith(("INSERT", "UPDATE"))]


def test_a_home_page_that_fails_is_told_and_hinders_no_start(own_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    own_app.view_functions["home.home"] = lambda: 1 / 0
    with own_app.app_context():
        serve.show_first_page(own_app, current.settings())
    assert "could not be made" in caplog.text


def test_the_collector_works_again_once_the_server_does() -> None:
    gc.disable()
    try:
        serve.keep_for_good()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()
