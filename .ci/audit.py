"""Asks a database of advisories about every library of the locks, and says plainly when none could be reached.

Ends with 0 when nothing is known against any of them, 1 when something is, 2 when nobody could be asked.
"""

from __future__ import annotations

import json
import subprocess
import sys

LOCKS = ("requirements.lock", "requirements-test.lock")


def main(program: str = "pip-audit") -> int:
    found = asked = 0
    for lock in LOCKS:
        words = [program, "--disable-pip", "--require-hashes", "--requirement", lock, "--format", "json"]
        ended = subprocess.run([*words, "--progress-spinner", "off"], capture_output=True, text=True, check=False)  # noqa: S603
        try:
            libraries = json.loads(ended.stdout)["dependencies"]
        except (ValueError, KeyError):
            libraries = []
        for library in libraries:
            asked += "skip_reason" not in library
            for advisory in library.get("vulns", ()):
                found += 1
                mended = ", ".join(advisory.get("fix_versions", ())) or "no version yet"
                print(f"{library['name']} {library['version']}: {advisory['id']}, mended in {mended}")  # noqa: T201
    if not asked:
        print("No database of advisories could be reached, so nothing was audited.", file=sys.stderr)  # noqa: T201
        return 2
    print(f"{asked} libraries looked up, {found} advisories.")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
