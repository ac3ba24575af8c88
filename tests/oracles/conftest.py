"""Where the programs are, and a Chromium for those that run in one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium
from tests.servers import missing

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = chromium.find()
    if path is None:
        missing("A Chromium or Chrome", chromium.REMEDY)
    return browser_type_launch_args | {"executable_path": path, "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder with the programs from npm."""
    folder = HERE / "node_modules"
    if not folder.is_dir():
        missing("What is listed in tests/oracles/package.json", "Run `make tests/oracles/node_modules/ready`.")
    return folder
