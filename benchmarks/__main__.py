"""Runs every benchmark in turn: `python -m benchmarks`, or `python -m benchmarks bank statistics` for some."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> int:
    wanted = sys.argv[1:] or NAMES
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"No benchmark named {', '.join(unknown)}; there are {', '.join(NAMES)}.")
        return 2
    worst = 0
    for name in wanted:
        print(f"— {name}", flush=True)
        # Each in a process of its own, so that none is warmed by another.
        worst = max(worst, subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
