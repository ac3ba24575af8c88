"""A name that is not the site's gets no page, and no link that is handed on is built from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from webapp.config import BadSetting, Settings

HOSTS = ("quiz.example.org", "other.example.org:8443")


@pytest.mark.parametrize(
    "host", ["evil.example", "quiz.example.org.evil.example", "", "127.0.0.1", "a b", "evil:99999999"]
)
def test_a_name_that_is_not_the_sites_gets_a_sentence_and_no_page(make_app: Callable[..., Flask], host: str) -> None:
    """L6: any Host was believed."""
    client = make_app(hosts=HOSTS).test_client()
    answer = client.get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert "quiz.example.org" in answer.text
    assert "<form" not in answer.text


@pytest.mark.parametrize("host", ["quiz.example.org", "QUIZ.example.org:8000", "other.example.org"])
def test_the_sites_own_names_are_served(make_app: Callable[..., Flask], host: str) -> None:
    assert make_app(hosts=HOSTS).test_client().get("/sign-in", headers={"Host": host}).status_code == 200


def test_a_probe_may_ask_by_number(make_app: Callable[..., Flask]) -> None:
    client = make_app(hosts=HOSTS).test_client()
    for path in ("/healthz", "/health/live", "/health/ready"):
        assert client.get(path, headers={"Host": "10.0.0.7"}).status_code == 200, path


def test_a_host_that_a_proxy_passes_on_is_judged_too(make_app: Callable[..., Flask]) -> None:
    client = make_app(hosts=HOSTS, proxies=1).test_client()
    headers = {"Host": "quiz.example.org", "X-Forwarded-Host": "evil.example"}
    assert client.get("/sign-in", headers=headers).status_code == 400


def test_links_are_built_from_the_first_name(
    make_app: Callable[..., Flask], make_user: Any, sign_in: Any, post: Any
) -> None:
    app = make_app(hosts=("quiz.example.org", "localhost"))
    ada, admin = make_user(app=app), make_user(role="admin", app=app)
    client = sign_in(app.test_client(), admin)
    page = post(client, f"/admin/people/{ada}/link", page=f"/admin/people/{ada}")
    assert "http://quiz.example.org/reset/" in page.text
    assert "localhost" not in page.text


def test_a_server_that_everybody_reaches_needs_a_name(settings: Settings) -> None:
    bank = {"WEBAPP_BANK": str(settings.bank)}
    assert Settings.from_environ(bank).trusted_hosts == ()
    assert Settings.from_environ(bank | {"WEBAPP_HOST": "quiz.example.org"}).trusted_hosts == ("quiz.example.org",)
    for host in ("0.0.0.0", "::"):
        with pytest.raises(BadSetting, match="WEBAPP_HOSTS"):
            Settings.from_environ(bank | {"WEBAPP_HOST": host})
        named = Settings.from_environ(bank | {"WEBAPP_HOST": host, "WEBAPP_HOSTS": "Quiz.example.org, b.example:81"})
        assert named.trusted_hosts == ("quiz.example.org", "b.example:81")
    for bad in ("https://quiz.example.org", "a/b", "*.example.org", ".example.org", "a b"):
        with pytest.raises(BadSetting, match="WEBAPP_HOSTS"):
            Settings.from_environ(bank | {"WEBAPP_HOSTS": bad})
    assert replace(settings, host="::1").trusted_hosts == ()
