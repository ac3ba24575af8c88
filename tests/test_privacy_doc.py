"""docs/privacy.md names every table and column that concerns a person, once, and no other."""

from __future__ import annotations

import re
from collections import Counter

from flask import Flask

from tests.conftest import ROOT
from webapp.config import Settings
from webapp.database import db

DOC = (ROOT / "docs" / "privacy.md").read_text()
TABLE = re.compile(r"^### `(\w+)`\n(.*?)(?=^##)", re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^\| (`[^|]+`) \| ([^|]+) \|$", re.MULTILINE)


def concerned() -> set[str]:
    """The tables whose rows lead to a person: by a key, or by the key of what they point at."""
    found = {"user"}
    while True:
        more = {
            table.name
            for table in db.metadata.tables.values()
            if any(key.column.table.name in found for key in table.foreign_keys)
        }
        if more <= found:
            return found
        found |= more


def told() -> list[str]:
    return [
        f"{table}.{column}"
        for table, text in TABLE.findall(DOC)
        for columns, _why in ROW.findall(text)
        for column in re.findall(r"`(\w+)`", columns)
    ]


def test_every_column_that_concerns_a_person_is_told_of_and_no_other(app: Flask) -> None:
    there = {f"{name}.{column.name}" for name in concerned() for column in db.metadata.tables[name].c}
    assert set(told()) == there
    assert [name for name, times in Counter(told()).items() if times > 1] == []


def test_tables_that_lead_to_nobody_hold_nobody(app: Flask) -> None:
    """What has no key to a person might hold a name all the same: whoever adds a table looks at it here."""
    assert set(db.metadata.tables) - concerned() == {
        "cohort",
        "kept_course",
        "kept_file",
        "kept_report",
        "question_revision",
        "report_change",
        "server_run",
    }


def test_the_times_are_those_of_the_settings() -> None:
    for name in ("keep_guests_days", "keep_audit_days", "keep_editions"):
        default = Settings.__dataclass_fields__[name].default
        assert re.search(rf"`WEBAPP_{name.upper()}`[^|]*\({default}\)", DOC), name
