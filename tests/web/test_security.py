"""What every response promises to whoever receives it, and what no request gets past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient


def session_cookie(response: Any) -> str:
    """The cookie of a visitor, which holds what their forms' tokens are made from."""
    names = ("visit=", "__Host-visit=")
    return next(value for value in response.headers.getlist("Set-Cookie") if value.startswith(names))


def test_a_session_that_began_by_https_is_never_sent_in_the_clear(client: FlaskClient) -> None:
    cookie = session_cookie(client.get("/sign-in", base_url="https://localhost"))
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_proxy_that_is_trusted_says_whether_it_was_https(make_app: Callable[..., Flask]) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "quiz.example"}
    behind, alone = make_app(proxies=1).test_client(), make_app().test_client()
    assert "; Secure" in session_cookie(behind.get("/sign-in", headers=headers))
    assert "; Secure" not in session_cookie(alone.get("/sign-in", headers=headers)), "nobody vouches for the header"


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30, "٣", "1_0", "+1"])
def test_no_number_in_an_address_is_too_large_for_the_database(client: FlaskClient, number: Any) -> None:
    assert client.get(f"/attempts/{number}/result").status_code == 404


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing-here", "/sw.js", "/manifest.webmanifest", "/healthz"])
def test_every_response_says_what_may_run_and_that_nobody_frames_it(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.postgres
def test_a_nul_breaks_no_page_on_a_database_that_has_none(
    postgres: Callable[[], str], make_app: Callable[..., Flask], make_user: Callable[..., int], sign_in: Any, post: Any
) -> None:
    app = make_app(database_url=postgres())
    client = sign_in(app.test_client(), make_user(role="admin", app=app))
    form = {"name": "A\x00B class"}
    made = post(client, "/instructor/cohorts/new", form)
    assert made.status_code == 303
    for path in (
        f"{made.location}/live/tea%00/rows",
        f"{made.location}?q=%00",
        "/admin/audit?q=a%00&action=%00",
        "/admin/people?q=%00a",
        "/instructor/bank/history?path=%00",
        "/instructor/questions/%00/regrade",
        "/instructor/gradebook?q=a%00b",
    ):
        assert client.get(path).status_code in {200, 404}, path
    code = {"zone": "UTC", "late_policy": "accept", "access_code": "a\x00b"}
    assert post(client, f"{made.location}/assignments/tea", code).status_code == 303
