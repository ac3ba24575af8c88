"""Finds a Chromium or Chrome on this machine; tries to install one where it can; says what to do where it can't."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = (
    "/usr/bin/chromium",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
REMEDY = (
    "Install Chromium or Chrome (Debian, Ubuntu: `apt-get install chromium`; macOS: `brew install --cask chromium`), "
    "or name one in CHROMIUM, or run `.venv/bin/playwright install chromium`."
)


def installed() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    for place in PLACES:
        if Path(place).exists():
            return place
    own = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return str(own[-1]) if own else None


def _try(*command: str, seconds: int) -> None:
    # Whether it worked is seen by looking for the browser afterwards.
    try:
        subprocess.run(
            command,
            capture_output=True,
            timeout=seconds,
            check=False,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return


@cache
def find() -> str | None:
    """The path of a browser, or None when there is none and none could be installed."""
    found = installed()
    if found:
        return found
    if shutil.which("apt-get") and getattr(os, "geteuid", lambda: 1)() == 0:
        _try("apt-get", "update", "-qq", seconds=180)
        _try("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", seconds=420)
    if not installed():
        _try("playwright", "install", "chromium", seconds=300)
    return installed()
