"""A real Chromium against the real server, on a copy of the course that ships."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium
from tests.servers import ROOT, Server, missing

PASSWORD = "a long and quiet evening"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = chromium.find()
    if path is None:
        missing("A Chromium or Chrome", chromium.REMEDY)
    return browser_type_launch_args | {
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], server: Server) -> dict[str, Any]:
    return browser_context_args | {"base_url": server.address, "locale": "en-GB", "timezone_id": "UTC"}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app as `webapp serve` starts it, once for all browser tests, with an instructor and an admin."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(ROOT / "question_bank", folder / "question_bank")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    server = Server(folder / "data", folder / "question_bank", settings={"WEBAPP_LIMITS": "off", "WEBAPP_DEBUG": "on"})
    upgraded = server.command("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    for name, role in (("Irene Instructor", "instructor"), ("Adam Admin", "admin"), ("Lea Learner", "learner")):
        added = server.command(
            "users", "add", name, "--role", role, "--username", role, "--password-stdin", stdin=PASSWORD + "\n"
        )
        assert added.returncode == 0, added.stdout + added.stderr
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sign_in_page(server: Server) -> Any:
    """Signs a browser page in by the real form."""

    def enter(page: Any, username: str, password: str = PASSWORD) -> None:
        page.goto("/sign-in")
        page.get_by_label("User name or e-mail").fill(username)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    return enter


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)
