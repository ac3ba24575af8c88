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


def test_faults_cost_nothing(tmp_path: Path) -> None:
    """One server and one crowd, to which everything happens in turn. What needs root on Linux is left out elsewhere."""
    outcomes = list(drills.on_sqlite(tmp_path, drills.SHORT, people=6))
    assert [outcome for outcome in outcomes if outcome.faults] == []
    assert sum(not outcome.not_done for outcome in outcomes) >= 6


@pytest.mark.postgres
def test_one_of_two_servers_dies_in_an_exam_and_nobody_loses_anything(
    tmp_path: Path, postgres: Callable[[], str]
) -> None:
    assert drills.one_of_two_killed(tmp_path, postgres(), times=1).faults == []
