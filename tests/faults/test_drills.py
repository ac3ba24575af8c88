"""The drills, short: whatever goes wrong around the server, nothing acknowledged is lost and nothing is doubled."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import drills

pytestmark = [
    pytest.mark.server,
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="the drills need POSIX"),
    # Connections that die with the server are closed by nobody.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize("name", drills.SHORT)
def test_a_fault_costs_nothing(name: str, tmp_path: Path) -> None:
    try:
        outcome = drills.SHORT[name](tmp_path)
    except drills.CanNotBeDone as reason:
        pytest.skip(f"This drill was not done: {reason}. It needs root on Linux.")
    assert outcome.faults == []


@pytest.mark.postgres
def test_one_of_two_servers_dies_in_an_exam_and_nobody_loses_anything(
    tmp_path: Path, postgres: Callable[[], str]
) -> None:
    assert drills.one_of_two_killed(tmp_path, postgres(), times=1).faults == []
