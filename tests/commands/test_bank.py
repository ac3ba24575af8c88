"""`webapp bank check`, `lint` and `schema`, as a person types them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.several import write_several
from webapp.commands.bank import bank

TINY = Path(__file__).parents[1] / "banks" / "tiny"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "course"
    shutil.copytree(TINY, path)
    return path


def run(*arguments: str, **options: object) -> tuple[int, str]:
    result = CliRunner().invoke(bank, list(arguments), **options)  # type: ignore[arg-type]
    return result.exit_code, result.output


def test_a_good_course_is_told_so_in_one_line(folder: Path) -> None:
    code, out = run("check", str(folder))
    assert (code, out.count("\n")) == (0, 1)
    assert "2 pillars, 4 lessons, 15 questions, 5 quizzes, 8 facts" in out


def test_problems_are_told_with_their_places_and_exit_code_one(folder: Path) -> None:
    path = folder / "1-tea" / "questions.yaml"
    path.write_text(path.read_text().replace("    answer: 6\n", "    asnwer: 6\n"))
    code, out = run("check", str(folder))
    assert code == 1
    assert f"{path}:57:5: unknown key `asnwer`; did you mean `answer`?" in out
    assert "1 problem in 1 file." in out
    assert "\x1b[" not in out


def test_of_several_courses_each_is_told(tmp_path: Path) -> None:
    several = write_several(tmp_path / "several", "ale", "bun", "cup")
    code, out = run("check", str(several))
    assert (code, out.count("All is well with")) == (0, 3)
    (several / "bun" / "one" / "questions.yaml").write_text("questions: 3\n")
    file = several / "cup" / "course.yaml"
    file.write_text(file.read_text().replace("id: cup\n", "id: ale\n"))
    code, out = run("check", str(several))
    assert (code, out.count("All is well with")) == (1, 2)
    assert f"{several / 'bun' / 'one' / 'questions.yaml'}:1:12: `questions` is not a list" in out
    assert f"{file}:1:1: the id `ale` is that of another course, in the folder ale" in out


def test_a_terminal_gets_colours(folder: Path) -> None:
    (folder / "closing.md").unlink()
    assert "\x1b[" in run("check", str(folder), color=True)[1]


def test_the_folder_comes_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBAPP_BANK", str(folder))
    assert run("check")[0] == 0
    monkeypatch.setenv("WEBAPP_BANK", str(folder / "nowhere"))
    code, out = run("check")
    assert code == 2
    assert "there is no folder" in out


def test_lint_tells_code_and_reference(folder: Path) -> None:
    assert run("lint", str(folder))[0] == 0
    path = folder / "1-tea" / "questions.yaml"
    path.write_text(path.read_text().replace("stem: What makes a fresh", "stem: What does not make a fresh"))
    code, out = run("lint", str(folder))
    assert code == 1
    assert f"{path}:10:21: warning: the negative “not”" in out
    assert "[negative-not-emphasised: Haladyna, Downing & Rodriguez 2002, 17]" in out
    assert "1 warning, 0 notes." in out


def test_lint_lists_what_it_looks_for(folder: Path) -> None:
    code, out = run("lint", str(folder), "--codes")
    assert code == 0
    assert "key-longest" in out
    assert "key-positions" in out


def test_notes_alone_are_fine(folder: Path) -> None:
    ledger = folder / "ledger.yaml"
    ledger.write_text(ledger.read_text() + "  - {id: x, claim: Loaves cool., firmness: stated, section: bread}\n")
    lesson = folder / "2-bread" / "lesson.md"
    lesson.write_text(lesson.read_text() + "\nLoaves cool [@x].\n")
    code, out = run("lint", str(folder))
    assert code == 0
    assert "note: no question asks for the fact `x`" in out


def test_a_broken_course_is_not_linted(folder: Path) -> None:
    (folder / "course.yaml").write_text("title: [\n")
    code, out = run("lint", str(folder))
    assert code == 1
    assert "the [ that begins here is not closed" in out


def test_the_course_that_ships_is_copied_to_be_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBAPP_BANK", raising=False)
    monkeypatch.chdir(tmp_path)
    code, out = run("copy")
    assert (code, "started here" in out) == (0, True)
    # In a folder that has a question_bank, that is the one in force; the ledger is found beside it.
    code, out = run("check")
    assert code == 0
    assert "“Deeper than DeepSeek”" in out
    (tmp_path / "question_bank" / "closing.md").unlink()
    assert run("check")[0] == 1
    code, out = run("copy")
    assert (code, "nothing was written" in out) == (1, True)
    code, out = run("copy", "elsewhere")
    assert (code, f"WEBAPP_BANK={tmp_path / 'elsewhere' / 'question_bank'}" in out) == (0, True)


@pytest.mark.parametrize("name", ["questions", "course", "ledger", "lesson"])
def test_each_file_has_a_schema(name: str) -> None:
    code, out = run("schema", "--file", name)
    schema = json.loads(out)
    assert code == 0
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["additionalProperties"] is False


def test_check_reports_variants_in_which_a_wrong_answer_is_right(folder: Path) -> None:
    path = folder / "1-tea" / "questions.yaml"
    path.write_text(
        path.read_text()
        + """
  - id: tea-cups
    type: numeric
    stem: What is <<a>> times <<b>>?
    facts: [brewing-heat]
    parameters: {a: "2, 3, 4", b: "2, 3, 5"}
    answer: <<a * b>>
    wrong: [{value: <<a + b>>, feedback: You added.}]
"""
    )
    code, out = run("check", str(folder))
    assert code == 1
    assert "first with the seed" in out
    assert "(a = 2, b = 2): the foreseen error 4 is accepted as right" in out
    assert "1 problem in the variants of questions with parameters." in out
    path.write_text(
        path.read_text().replace("    answer: <<a * b>>", "    constraints: [a != b]\n    answer: <<a * b>>")
    )
    assert run("check", str(folder))[0] == 0


def test_what_is_open_about_a_draft_is_told_and_is_no_fault(folder: Path) -> None:
    file = folder / "1-tea" / "questions.yaml"
    file.write_text(file.read_text().rstrip() + "\n\n  - id: half\n    type: choice\n    draft: true\n")
    code, out = run("check", str(folder))
    assert code == 0
    assert "note: the key `stem` is missing" in out
    assert "Not published yet: 1 draft, with 2 open ends." in out
    file.write_text(file.read_text().replace("    draft: true\n", ""))
    assert run("check", str(folder))[0] == 1
