"""A course on a server of its own, for tests that change it, with people who are signed in there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.scene import PASSWORD, prepared
from tests.conftest import session_of
from tests.servers import ROOT, Server
from webapp.accounts import service as accounts
from webapp.database import db

#: opens a page in a browser of one's own, as somebody; what more is said goes to the browser's context
Enter = Callable[..., Page]


@dataclass(frozen=True)
class OwnServer:
    """The server, and the cookie of each role's session."""

    server: Server
    cookies: dict[str, str]

    @property
    def bank(self) -> Path:
        return self.server.bank

    @contextmanager
    def entered(self, browser: Browser, args: dict[str, Any], prepare: Callable[[BrowserContext], None] | None = None,
                **always: Any) -> Iterator[Enter]:  # fmt: skip
        """Gives `enter(role, …)`; what was opened is closed at the end. `prepare` has each context before its page."""
        with ExitStack() as opened:

            def enter(role: str, **more: Any) -> Page:
                context = browser.new_context(**args | {"base_url": self.server.address} | always | more)
                opened.callback(context.close)
                context.add_cookies([{"name": "session", "value": self.cookies[role], "url": self.server.address}])
                if prepare is not None:
                    prepare(context)
                return context.new_page()

            yield enter


@contextmanager
def serving(folder: Path, course: str, *roles: str, seconds: float = 30) -> Iterator[OwnServer]:
    """A server in an empty folder with a copy of a course of tests/banks, and somebody with each of these roles."""
    shutil.copytree(ROOT / "tests" / "banks" / course, folder / "bank")
    server = Server(folder / "data", folder / "bank", settings={"WEBAPP_LIMITS": "off"})
    app = prepared(server)
    with app.app_context():
        people = {
            role: accounts.create_user(
                username=role, password=PASSWORD, name=role.title(), role=role, now=datetime.now(UTC)
            ).id
            for role in roles
        }
        db.session.commit()
    cookies = {role: session_of(app, number) for role, number in people.items()}
    with app.app_context():
        db.engine.dispose()
    server.start(seconds)
    try:
        yield OwnServer(server, cookies)
    finally:
        server.stop()
