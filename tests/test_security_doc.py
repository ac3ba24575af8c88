"""docs/security.md: every requirement of ASVS 4.0.3, levels 1 and 2, once, and no test in it that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOC = (ROOT / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"^def (test_\w+)", re.MULTILINE)
#: section → the requirements of the levels 1 and 2 in it; those left out were withdrawn or are of level 3
REQUIRED = {
    "1.1": "1-7", "1.2": "1-4", "1.4": "1 4 5", "1.5": "1-4", "1.6": "1-4", "1.7": "1 2", "1.8": "1 2", "1.9": "1 2",
    "1.10": "1", "1.11": "1 2", "1.12": "2", "1.14": "1-6",
    "2.1": "1-12", "2.2": "1-3", "2.3": "1-3", "2.4": "1-5", "2.5": "1-7", "2.6": "1-3", "2.7": "1-6", "2.8": "1-7",
    "2.9": "1-3", "2.10": "1-4",
    "3.1": "1", "3.2": "1-4", "3.3": "1-4", "3.4": "1-5", "3.5": "1-3", "3.7": "1",
    "4.1": "1-3 5", "4.2": "1 2", "4.3": "1-3",
    "5.1": "1-5", "5.2": "1-8", "5.3": "1-10", "5.4": "1-3", "5.5": "1-4",
    "6.1": "1-3", "6.2": "1-6", "6.3": "1 2", "6.4": "1 2",
    "7.1": "1-4", "7.2": "1 2", "7.3": "1 3 4", "7.4": "1-3",
    "8.1": "1-4", "8.2": "1-3", "8.3": "1-8",
    "9.1": "1-3", "9.2": "1-4",
    "10.2": "1 2", "10.3": "1-3",
    "11.1": "1-8",
    "12.1": "1-3", "12.2": "1", "12.3": "1-6", "12.4": "1 2", "12.5": "1 2", "12.6": "1",
    "13.1": "1 3-5", "13.2": "1-3 5 6", "13.3": "1 2", "13.4": "1 2",
    "14.1": "1-4", "14.2": "1-6", "14.3": "2 3", "14.4": "1-7", "14.5": "1-4",
}  # fmt: skip


def required() -> list[str]:
    found = []
    for section, numbers in REQUIRED.items():
        for piece in numbers.split():
            first, _, last = piece.partition("-")
            found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def test_every_requirement_is_listed_once_and_answered() -> None:
    rows = ROW.findall(DOC)
    assert sorted(number for number, _, _ in rows) == sorted(required())
    assert all(words.strip() and answer.strip() for _, words, answer in rows)


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOC))
    there = {name for path in (ROOT / "tests").rglob("test_*.py") for name in TEST.findall(path.read_text())}
    assert len(named) > 50
    assert named <= there


def test_every_file_that_is_named_exists() -> None:
    for named in re.findall(r"`((?:web|commands|accounts|static)/[\w/]+\.(?:py|js))`", DOC):
        assert (ROOT / "webapp" / named).is_file(), named


def test_what_is_open_is_said_to_be() -> None:
    """Nothing may be answered with a promise that is not called one."""
    for number, _, answer in ROW.findall(DOC):
        assert not re.search(r"\b(?:planned|soon|todo|later)\b", answer, re.IGNORECASE), number
