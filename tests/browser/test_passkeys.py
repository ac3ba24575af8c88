"""A passkey as a second factor, with the authenticator that Chromium brings for tests."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.scene import PASSWORD, Scene
from webapp.accounts import second_factor
from webapp.accounts.models import User
from webapp.database import db


@pytest.fixture
def at_localhost(browser: Any, browser_context_args: Any) -> Any:
    """A page of the server under the name localhost: browsers know no passkeys for an address of numbers."""
    address = browser_context_args["base_url"].replace("127.0.0.1", "localhost")
    context = browser.new_context(**browser_context_args | {"base_url": address})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    yield page
    context.close()


def test_a_passkey_is_added_and_signs_in_after_the_password(at_localhost: Any, scene: Scene) -> None:
    page = at_localhost
    try:
        sign_in(page)
        page.goto("/account/second-factor")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
        page.goto("/account")
        page.get_by_role("main").get_by_role("button", name="Sign out", exact=True).last.click()
        sign_in(page)
        expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
        page.get_by_role("button", name="Use your passkey").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto("/account/second-factor")
        expect(page.get_by_text("A passkey, since")).to_be_visible()
    finally:
        with scene.app.app_context():
            user = db.session.get_one(User, scene.people["instructor"])
            second_factor.remove(user, by=user, now=scene.app.config["CLOCK"]())
            db.session.commit()


def sign_in(page: Any) -> None:
    page.goto("/sign-in")
    page.get_by_label("User name or e-mail").fill("instructor")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
