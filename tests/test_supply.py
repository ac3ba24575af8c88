"""What is installed is what was looked at: every library is pinned by version and hash."""

from __future__ import annotations

import importlib.util
import json
import re
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-tools.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_every_library_has_a_version_and_a_hash_and_no_place_it_comes_from(name: str) -> None:
    text = (ROOT / name).read_text()
    libraries = re.split(r"\n(?=[a-z0-9])", "\n".join(line for line in text.splitlines() if "#" not in line))
    assert len(libraries) > 20
    for library in libraries:
        assert re.match(r"[a-z0-9-]+==\S+", library), library[:60]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", library), library[:60]
    assert "://" not in text
    assert "--index" not in text


def test_make_installs_only_what_has_its_hash() -> None:
    for line in (ROOT / "Makefile").read_text().splitlines():
        if "pip install" in line and ".lock" in line:
            assert "--require-hashes" in line


@pytest.mark.parametrize(
    ("libraries", "code", "words"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "2 libraries looked up, 0 advisories."),
        ([{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}], 1, "a 1: X-1, mended in 2"),
        ([{"name": "a", "skip_reason": "not found"}], 2, "No database of advisories could be reached"),
        (None, 2, "No database of advisories could be reached"),
    ],
)
def test_an_audit_that_reached_nobody_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], libraries: Any, code: int, words: str
) -> None:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    audit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(audit)
    program = tmp_path / "pip-audit"
    said = "no network" if libraries is None else json.dumps({"dependencies": libraries})
    program.write_text(f"#!{sys.executable}\nprint({said!r})\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert audit.main(str(program)) == code
    captured = capfd.readouterr()
    assert words in captured.out + captured.err
