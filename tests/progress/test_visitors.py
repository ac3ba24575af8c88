"""Somebody who has not begun sees what the pages of their own work will show, not a closed door."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.clients import within
from tests.ui.html import problems


@pytest.mark.parametrize("path", ["/progress", "/review"])
def test_a_visitor_is_told_what_the_page_will_show(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "To the course" in page.text
    whole = within(path) if path == "/progress" else path
    assert f"/sign-in?next={whole}" in page.text.replace("%2F", "/")
    assert problems(page.text) == []
