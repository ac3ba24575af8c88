"""A provider that others wrote signs people in, in a process of its own; and what was meddled with on the way opens
nothing."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select, update

from tests.accounts.test_single_sign_on import BACK, make_account, way_there
from tests.conftest import TINY
from tests.identity_provider import SECRET, address_in
from tests.oracles.conftest import HERE
from tests.servers import Server
from webapp.accounts.models import Session, User
from webapp.accounts.single_sign_on.models import Identity
from webapp.database import db
from webapp.identity_providers import IdentityProvider

pytestmark = [pytest.mark.server, pytest.mark.long]

WAY_BACK = f"http://localhost{BACK}"


class _Stop(HTTPRedirectHandler):
    """Goes on until the way leads back to the app."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if newurl.startswith(WAY_BACK):
            raise _Back(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Back(Exception):
    @property
    def answer(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(str(self)).query).items()}


class Person:
    """Somebody with a browser that the provider knows again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []
        # Not through a proxy of the environment: it is this machine.
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()), _Stop())

    def goes_to(self, address: str) -> dict[str, str]:
        """What the provider sends back, once the person has typed their name and agreed."""
        self.asked = []
        data = None
        try:
            for _page in range(4):
                with self.opener.open(address, data=data, timeout=20) as response:
                    page, at = response.read().decode(), response.url
                form = re.search(r'<form[^>]*action="([^"]+)"', page)
                prompt = re.search(r'name="prompt" value="(\w+)"', page)
                assert form, page[:2000]
                assert prompt, page[:2000]
                self.asked.append(prompt[1])
                address = urljoin(at, unescape(form[1]))
                data = urlencode({"prompt": prompt[1], "login": self.name, "password": "any"}).encode()
        except _Back as back:
            return back.answer
        raise AssertionError("the provider asks on and on")


@dataclass
class School:
    """The provider."""

    address: str
    process: subprocess.Popen[str]

    def settings(self, **more: Any) -> IdentityProvider:
        told = {
            "name": "school", "title": "School", "issuer": self.address, "client_id": "quiz", "client_secret": SECRET,
            "signup": True, "plain_http": True,
        }  # fmt: skip
        return IdentityProvider(**{**told, **more})

    def rotate(self) -> None:
        """Gives the provider another key in place of the one it has."""
        assert self.process.stdin
        self.process.stdin.write("rotate\n")
        self.process.stdin.flush()
        said(self.process, "rotated")


def said(process: subprocess.Popen[str], beginning: str) -> str:
    """The next line that begins so; the provider also says what it thinks of settings that nobody changed."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith(beginning):
            return line
    raise AssertionError("the provider ended")


@pytest.fixture(scope="module")
def school(modules: Path) -> Iterator[School]:
    with provider(modules, WAY_BACK) as there:
        yield there


@contextmanager
def provider(modules: Path, way_back: str) -> Iterator[School]:
    """The provider, with clients that come back at an address."""
    if not (modules / "oidc-provider").is_dir():
        pytest.fail("oidc-provider is not installed: run `make oracles`.")
    told = {"redirect_uris": [way_back], "grant_types": ["authorization_code"], "response_types": ["code"]}
    clients = [
        {"client_id": "quiz", "client_secret": SECRET} | told,
        {"client_id": "another site", "client_secret": SECRET} | told,
        {"client_id": "public", "token_endpoint_auth_method": "none"} | told,
    ]
    process = subprocess.Popen(
        ["node", "openid_provider.mjs", json.dumps(clients)],
        cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        yield School(f"http://127.0.0.1:{said(process, 'port ').split()[1]}", process)
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=20)
        finally:
            process.kill()
            process.stdout.close()


@pytest.fixture
def app_at(make_app: Any, clock: Any, school: School) -> Callable[..., Flask]:
    """The app on the true time, which is the provider's, too."""
    clock.set(datetime.now(UTC))
    return lambda **more: make_app(oidc=(school.settings(**more),))


@pytest.fixture
def app(app_at: Callable[..., Flask]) -> Flask:
    return app_at()


def number_of(app: Flask, kind: Any) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(kind)) or 0


def changed(address: str, **changes: str | None) -> str:
    """An address with other parameters."""
    parts = urlsplit(address)
    fields: dict[str, str | None] = {name: values[0] for name, values in parse_qs(parts.query).items()}
    told = {name: value for name, value in (fields | changes).items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(told)))


def enter_first(client: FlaskClient, person: Person) -> None:
    page = client.get(BACK, query_string=person.goes_to(way_there(client)))
    assert f"{person.name} of the school" in page.text
    assert make_account(client, page).status_code == 303


def test_people_come_in_and_come_again(app: Flask, client: FlaskClient, school: School) -> None:
    ada = Person("ada")
    enter_first(client, ada)
    assert ada.asked == ["login", "consent"]
    other = app.test_client()
    again = other.get(BACK, query_string=ada.goes_to(way_there(other, next="/review")))
    assert (again.status_code, again.location) == (303, "/review")
    assert ada.asked == [], "the provider knows its browser"
    with app.app_context():
        identity = db.session.scalars(select(Identity)).one()
        assert (identity.issuer, identity.subject) == (school.address, "ada")
    assert number_of(app, User) == 1


def test_a_public_client_comes_in_by_pkce_alone(app_at: Callable[..., Flask]) -> None:
    app = app_at(client_id="public", client_secret="")
    enter_first(app.test_client(), Person("bob"))


def test_a_role_comes_from_userinfo_where_the_token_is_silent(app_at: Callable[..., Flask]) -> None:
    app = app_at(roles_claim="groups", roles=(("teachers", "instructor"),))
    enter_first(app.test_client(), Person("teacher-tess"))
    enter_first(app.test_client(), Person("pupil"))
    with app.app_context():
        assert list(db.session.scalars(select(User.role).order_by(User.id))) == ["instructor", "learner"]


def test_somebody_links_it_to_their_account(app: Flask, client: FlaskClient, make_user: Any, as_person: Any) -> None:
    ada = Person("ada")
    own = as_person(make_user(username="ada"))
    address = way_there(own, "/account/identities/school/link", page="/account")
    assert "School is linked" in own.get(BACK, query_string=ada.goes_to(address), follow_redirects=True).text
    assert client.get(BACK, query_string=ada.goes_to(way_there(client))).status_code == 303
    assert 'value="ada"' in client.get("/account").text


def test_who_is_to_sign_in_once_more_types_it_once_more(app: Flask, client: FlaskClient, clock: Any) -> None:
    ada = Person("ada")
    enter_first(client, ada)
    with app.app_context():
        db.session.execute(update(Session).values(fresh_at=clock() - timedelta(minutes=11)))
        db.session.commit()
    asked = client.get("/account/data")
    assert asked.status_code == 303
    address = way_there(client, "/account/confirm/with/school", page=asked.location, next="/account/data")
    done = client.get(BACK, query_string=ada.goes_to(address))
    assert "login" in ada.asked, "although the provider knows its browser"
    assert (done.status_code, done.location) == (303, "/account/data")
    assert client.get("/account/data").status_code == 200


def test_new_keys_of_the_provider_are_taken_up(app: Flask, client: FlaskClient, school: School) -> None:
    ada = Person("ada")
    enter_first(client, ada)
    school.rotate()
    other = app.test_client()
    assert other.get(BACK, query_string=Person("ada").goes_to(way_there(other))).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"client_id": "another site"},
        {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
        {"state": "made up"},
    ],
    ids=str,
)
def test_an_address_that_was_changed_on_the_way_opens_nothing(
    app: Flask, client: FlaskClient, changes: dict[str, str | None]
) -> None:
    answer = Person("ada").goes_to(changed(way_there(client), **changes))
    assert client.get(BACK, query_string=answer).status_code == 401
    assert client.get_cookie("session") is None
    assert number_of(app, User) == 0


def test_an_answer_works_once(app: Flask, client: FlaskClient) -> None:
    answer = Person("ada").goes_to(way_there(client))
    assert client.get(BACK, query_string=answer).status_code == 200
    assert client.get(BACK, query_string=answer).status_code == 401
    other = app.test_client()
    stolen = Person("ada").goes_to(way_there(other)) | {"code": answer["code"]}
    assert other.get(BACK, query_string=stolen).status_code == 401, "the provider says so, too"


def test_a_token_that_is_over_opens_nothing(client: FlaskClient, clock: Any, app: Flask) -> None:
    """The provider's tokens are good for a minute; by our clock that was eight minutes ago."""
    address = way_there(client)
    answer = Person("ada").goes_to(address)
    clock.advance(minutes=9)
    assert client.get(BACK, query_string=answer).status_code == 401
    assert number_of(app, User) == 0


def test_another_name_of_the_provider_is_another_issuer(
    app_at: Callable[..., Flask], school: School, post: Any
) -> None:
    app = app_at(issuer=school.address.replace("127.0.0.1", "localhost"))
    assert post(app.test_client(), "/sign-in/with/school", page="/sign-in").status_code == 503


def test_a_wrong_secret_lets_nobody_in(app_at: Callable[..., Flask]) -> None:
    app = app_at(client_secret="not the secret")
    client = app.test_client()
    assert client.get(BACK, query_string=Person("ada").goes_to(way_there(client))).status_code == 401


def test_who_turns_back_there_is_told_so(client: FlaskClient, school: School) -> None:
    page = client.post("/sign-in/with/school", data={"csrf_token": client.get("/session").json["token"]}).text
    ada = Person("ada")
    with ada.opener.open(address_in(page), timeout=20) as response:
        there = re.search(r'href="([^"]*/abort)"', response.read().decode())
    assert there
    with pytest.raises(_Back) as back:
        ada.opener.open(urljoin(school.address, there[1]), timeout=20)
    told = client.get(BACK, query_string=back.value.answer)
    assert told.status_code == 401
    assert "did not let you in" in told.text


@pytest.mark.browser
def test_in_a_browser_all_of_it_is_clicks(modules: Path, tmp_path: Path, browser: Browser) -> None:
    """The real server, with its policies and cookies, in Chromium: in, out, in again, and once more
    before what matters."""
    server = Server(tmp_path / "data", TINY)
    with provider(modules, f"{server.address}{BACK}") as school:
        server.settings |= {
            "WEBAPP_OIDC": "school",
            "WEBAPP_OIDC_SCHOOL_ISSUER": school.address,
            "WEBAPP_OIDC_SCHOOL_CLIENT_ID": "quiz",
            "WEBAPP_OIDC_SCHOOL_CLIENT_SECRET": SECRET,
            "WEBAPP_OIDC_SCHOOL_PLAIN_HTTP": "on",
        }
        server.start()
        page = browser.new_page(base_url=server.address, java_script_enabled=False)
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if "Policy" in message.text else None)
        try:
            page.goto("/sign-in?next=/account")
            page.get_by_role("button", name="Sign in with School").click()
            page.locator("input[name=login]").fill("ada")
            page.locator("input[name=password]").fill("any")
            page.get_by_role("button").first.click()
            page.get_by_role("button").first.click()  # agrees that the name is told
            expect(page.get_by_role("heading", name="New here?")).to_be_visible()
            expect(page.get_by_label("Name", exact=True)).to_have_value("ada of the school")
            page.get_by_role("button", name="Create account").click()
            expect(page.get_by_role("heading", name="Signing in elsewhere")).to_be_visible()
            page.get_by_role("main").get_by_role("button", name="Sign out", exact=True).first.click()
            page.goto("/sign-in?next=/account")
            page.get_by_role("button", name="Sign in with School").click()
            expect(page.get_by_label("Name", exact=True)).to_have_value("ada of the school")
            page.goto("/account/delete")
            # The provider knew the browser and asked for nothing, so that now it has to.
            page.get_by_role("button", name="Go on with School").click()
            page.locator("input[name=login]").fill("ada")
            page.locator("input[name=password]").fill("any")
            page.get_by_role("button").first.click()
            expect(page.get_by_role("heading", name="Delete account")).to_be_visible()
            assert refused == []
        finally:
            page.close()
            server.stop()
