"""Listens to every page that the tests open: what it complains of in the console, and files that are not there."""

from __future__ import annotations

from typing import Any

#: The browser notes every answer that is an error; those of pages and forms are often what a test is about, and files
#: are looked at by their answers. Some tests do without the service worker.
_EXPECTED = ("Failed to load resource", "Service Worker registration blocked by Playwright")
_TELL = """addEventListener('securitypolicyviolation', event =>
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))"""


class Watch:
    """What was heard since it was last asked."""

    def __init__(self) -> None:
        self._heard: list[str] = []

    def over(self, context: Any) -> Any:
        """Listens to all pages of a context."""
        context.add_init_script(_TELL)
        context.on("console", self._said)
        context.on("weberror", lambda error: self._heard.append(f"{error.page and error.page.url}: {error.error}"))
        context.on("response", self._answered)
        return context

    def heard(self) -> list[str]:
        heard, self._heard = self._heard, []
        return heard

    def _said(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_EXPECTED):
            self._heard.append(f"{message.page and message.page.url}: {message.type} {message.text}")

    def _answered(self, response: Any) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            self._heard.append(f"{response.url}: {response.status}")
