"""All drills, long: `python -m tests.faults`.

Prints a table and writes it to docs/faults.md; exit code 1 where a promise is broken.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.faults import drills
from tests.faults.drills import Outcome

INTRODUCTION = """# What faults cost

`make faults` does bad things to a real server while people answer as fast as they can, and writes this table. "Asked
again" counts what they got instead of an acknowledgement, and sent again: 503 is the page that keeps what was typed.
"Well again" is the time from the end of the trouble until `/healthz` says so.
On a machine whose cores others use as well, waits are longer; that they end is what counts.
"""
HEAD = (
    "| what happened | acknowledged | lost | doubled | asked again (status: times) "
    "| longest wait | well again | promises |"
    "\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def conditions(began: datetime) -> str:
    """Under what conditions it was measured, as far as the machine tells."""
    took = (datetime.now(UTC) - began).total_seconds() / 60
    load = f", with a load of {os.getloadavg()[2]:.1f} in the last quarter of an hour" if os.name == "posix" else ""
    return (
        f"\nMeasured on {began:%Y-%m-%d} in {took:.0f} minutes on {os.cpu_count()} cores{load} "
        "(what is above the number of cores had to wait).\n\n"
    )


def row(outcome: Outcome) -> str:
    refused = ", ".join(f"{status or 'no connection'}: {times}" for status, times in sorted(outcome.refused.items()))
    if outcome.not_done:
        return f"| {outcome.drill} | | | | | | | not done: {outcome.not_done} |\n"
    kept = "kept" if not outcome.faults else "; ".join(outcome.faults)
    return (
        f"| {outcome.drill} | {outcome.acknowledged} | {outcome.lost} | {outcome.doubled} | {refused or 'none'} "
        f"| {outcome.longest:.1f} s | {outcome.healed:.1f} s | {kept} |\n"
    )


def on_postgresql(folder: Path) -> Iterator[Outcome]:
    """The drills on PostgreSQL, where the wheel is there."""
    try:
        server, fresh = drills.own_postgresql()
    except ImportError as error:
        yield Outcome("PostgreSQL", not_done=str(error))
        return
    yield drills.one_of_two_killed(folder / "two", fresh("two"), times=10)
    yield drills.exam_behind_nginx(folder / "exam", fresh("exam"), people=200, thinks=25, times=2)
    yield drills.postgresql_frozen(folder / "frozen", server, fresh("frozen"), seconds=20)
    yield drills.postgresql_killed(folder / "one", server, fresh("one"), times=3)


def main() -> int:
    rows, broken, began = HEAD, 0, datetime.now(UTC)
    print(HEAD, end="", flush=True)
    with tempfile.TemporaryDirectory(prefix="webapp-faults-") as name:
        folder = Path(name)
        outcomes = itertools.chain(drills.on_sqlite(folder, drills.LONG, people=12), on_postgresql(folder))
        for outcome in outcomes:
            rows += row(outcome)
            broken += bool(outcome.faults)
            print(row(outcome), end="", flush=True)
    Path("docs/faults.md").write_text(INTRODUCTION + conditions(began) + rows)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
