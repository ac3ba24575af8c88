"""Accounts as a person meets them: errors that can be found, passwords that can be seen, an answer that waits."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, expect

GOOD = "teal bicycle moon"


def test_a_password_can_be_shown_and_is_a_password_again_when_sent(page: Page) -> None:
    page.goto("/sign-up")
    field = page.get_by_label("Password", exact=True)
    field.fill("short")
    show = page.get_by_role("button", name="Show")
    show.click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide").click()
    expect(field).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("#form-errors")).to_be_focused()
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    page.locator("#form-errors").get_by_role("link", name="Password").click()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()


@pytest.mark.parametrize("javascript", [True, False])
def test_an_account_is_made_used_and_deleted(browser: Any, browser_context_args: Any, javascript: bool) -> None:
    context = browser.new_context(**browser_context_args, java_script_enabled=javascript)
    page = context.new_page()
    login = f"ada-{secrets.token_hex(4)}"
    page.goto("/sign-up")
    page.get_by_label("Name", exact=True).fill("Ada <b>Lovelace")
    page.get_by_label("User name or e-mail").fill(login)
    page.get_by_label("Password", exact=True).fill(GOOD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Welcome, Ada <b>Lovelace")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_label("User name")).to_have_value(login)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "my-data.json"
    page.get_by_role("link", name="Delete account").click()
    page.get_by_label("Password", exact=True).fill(GOOD)
    page.get_by_role("button", name="Delete account").click()
    expect(page.get_by_text("Nothing that says who you are")).to_be_visible()
    context.close()


def test_a_form_sent_after_the_session_ended_waits_for_the_sign_in(page: Page, sign_in_page: Any) -> None:
    sign_in_page(page, "learner")
    page.goto("/account")
    page.get_by_label("Name", exact=True).fill("Lea Learner-Meyer")
    page.get_by_role("checkbox", name="Ask how sure I am").check()
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing is lost")).to_be_visible()
    page.get_by_label("User name or e-mail").fill("learner")
    page.get_by_label("Password", exact=True).fill("a long and quiet evening")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Lea Learner-Meyer")
    expect(page.get_by_text("Saved.")).to_be_visible()
