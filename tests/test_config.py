"""A setting is either usable or stops the start with its name, its value and what is allowed; each is documented."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from webapp.config import BadSetting, Settings

ROOT = Path(__file__).parent.parent
BANK = {"WEBAPP_BANK": str(ROOT / "question_bank")}


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("WEBAPP_PORT", "eighty", "1 to 65535"),
        ("WEBAPP_PORT", "70000", "1 to 65535"),
        ("WEBAPP_SIGNUP", "maybe", "open, code and closed"),
        ("WEBAPP_GUESTS", "yes", "on and off"),
        ("WEBAPP_WORKERS", "0", "1 to 64"),
        ("WEBAPP_BANK", "/nowhere/at/all", "course.yaml"),
        ("WEBAPP_DATABASE_URL", "mysql://somewhere", "postgresql://"),
        ("WEBAPP_SECRET_KEY", "short", "16 characters"),
        ("WEBAPP_PROT", "8000", "WEBAPP_PORT"),
    ],
)
def test_a_bad_value_stops_the_start_and_says_what_is_allowed(name: str, value: str, allowed: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.from_environ({**BANK, name: value})
    assert name in str(caught.value)
    assert allowed in str(caught.value)
    if name == "WEBAPP_SECRET_KEY":
        assert value not in str(caught.value), "a secret is not repeated"
    else:
        assert value in str(caught.value)


def test_the_course_is_the_one_here_and_else_the_one_that_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environ({}).bank == ROOT / "question_bank"
    (tmp_path / "question_bank").mkdir()
    assert Settings.from_environ({}).bank == tmp_path / "question_bank"
    assert Settings.from_environ(BANK).bank == ROOT / "question_bank"


def test_sign_up_by_code_needs_a_code() -> None:
    with pytest.raises(BadSetting, match="WEBAPP_SIGNUP_CODE"):
        Settings.from_environ({**BANK, "WEBAPP_SIGNUP": "code"})


def test_the_short_names_of_postgresql_addresses_are_understood() -> None:
    settings = Settings.from_environ({**BANK, "WEBAPP_DATABASE_URL": "postgres://u:p@host/name"})
    assert settings.database == "postgresql+psycopg://u:p@host/name"


def test_the_secret_key_is_made_once_and_readable_to_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    first = settings.secret()
    assert len(first) >= 48
    assert settings.secret() == first
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600


def readme_table() -> str:
    return "\n".join(
        f"| `{variable}` | {f'`{default}`' if default else ''} | {values} | {meaning} |"
        for variable, default, values, meaning in Settings.variables()
    )


def test_the_readme_documents_every_setting_as_it_is() -> None:
    readme = (ROOT / "README.md").read_text()
    inside = readme.split("<!-- settings -->")[1].split("<!-- /settings -->")[0].strip()
    assert inside == "| variable | default | values | meaning |\n|---|---|---|---|\n" + readme_table()


@pytest.mark.parametrize("left", ["", "abc"])
def test_a_secret_key_that_a_full_disk_cut_short_is_refused(tmp_path: Path, left: str) -> None:
    (tmp_path / "secret_key").write_text(left)
    with pytest.raises(BadSetting, match="empty or cut short"):
        Settings(data=tmp_path).secret()
    assert (tmp_path / "secret_key").read_text() == left
