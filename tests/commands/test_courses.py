"""`webapp courses`: what is in the folder of several courses, copied, taken out and put in."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.several import write_several
from webapp.commands import group
from webapp.content.course.loading import load_course


def run(*words: str, stdin: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(group, words, prog_name="webapp", input=stdin)
    return result.exit_code, result.output


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WEBAPP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WEBAPP_BANK", str(tmp_path / "bank"))
    monkeypatch.chdir(tmp_path)
    for name, role in (("ada", "instructor"), ("lena", "learner")):
        write_several(tmp_path / "bank", *(() if (tmp_path / "bank").exists() else ("salt", "tea")))
        words = ("users", "add", name.title(), "--username", name, "--role", role, "--password-stdin")
        assert run(*words, stdin="teal bicycle moon\n")[0] == 0
    return tmp_path / "bank"


def test_a_course_is_listed_taken_out_put_in_and_copied(bank: Path, tmp_path: Path) -> None:
    assert run("courses", "list") == (0, "salt\tAll about salt\ntea\tAll about tea\n")
    assert run("courses", "export", "--course", "salt")[0] == 0
    assert run("courses", "export", "--course", "salt")[1].strip().endswith("is there already; nothing was written.")
    code, said = run("courses", "import", "salt.zip", "--owner", "ada")
    assert (code, "Made: salt-2, owned by Ada" in said) == (0, True), said
    code, said = run("courses", "copy", "--course", "tea", "--title", "Green tea", "--owner", "ada")
    assert (code, load_course(bank / "green-tea").title) == (0, "Green tea"), said
    assert run("courses", "list")[1].count("\n") == 4


def test_what_makes_no_course_is_refused_and_changes_nothing(bank: Path, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"no zip")
    before = sorted(bank.rglob("*"))
    for words, why in (
        (("import", "no.zip", "--owner", "ada"), "no.zip is refused: no zip. Nothing was made."),
        (("import", "none.zip", "--owner", "ada"), "none.zip: No such file"),
        (("import", "no.zip", "--owner", "lena"), "is no instructor of the site"),
        (("copy", "--course", "tea", "--title", "A", "--owner", "eve"), "Nobody signs in as 'eve'"),
        (("copy", "--course", "pepper", "--title", "A", "--owner", "ada"), "There is no course 'pepper'"),
    ):
        code, said = run("courses", *words)
        assert (code, why in said) == (1, True), said
    assert sorted(bank.rglob("*")) == before


def test_a_server_with_one_course_says_what_to_set(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBAPP_BANK", str(bank / "tea"))
    code, said = run("courses", "copy", "--title", "A", "--owner", "ada")
    assert (code, "name that one in WEBAPP_BANK" in said) == (1, True), said
