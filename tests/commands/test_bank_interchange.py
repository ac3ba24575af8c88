"""`webapp bank import`, `export` and `formats`, as a person types them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.pictures import picture
from webapp.commands.bank import bank as group
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.folder_store import CourseStore

GIFT = """\
$CATEGORY: Unit 1

::Boiling::At sea level, water boils at how many °C?{#100:0.5}

::Warm::Which is warm?{=Red ~Blue}

Only a text.

Write about it.{}
"""


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(group, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_questions_come_in_and_the_rest_of_the_file_keeps_every_byte(bank: Path, tmp_path: Path) -> None:
    (tmp_path / "old.gift").write_text(GIFT)
    before = (bank / "mixed" / "questions.yaml").read_text()
    code, out = run("import", tmp_path / "old.gift", bank)
    assert code == 0
    assert "GIFT: 5 items, 2 carried, 2 carried with losses, 1 left out. In the course: 3 new, 1 became tags" in out
    assert (bank / "mixed" / "questions.yaml").read_text().startswith(before)
    course = load_course(bank)
    assert [question.id for question in course.mixed[-3:]] == ["boiling", "warm", "write-about-it"]
    assert course.mixed[-1].tags == ("unit-1",)


def test_a_second_time_writes_nothing_and_an_edited_file_one_question(bank: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.gift"
    file.write_text(GIFT)
    run("import", file, bank, "--into", "1-tea/questions.yaml")
    once = files(bank)
    code, out = run("import", file, bank)
    assert (code, files(bank)) == (0, once)
    assert "3 unchanged" in out
    file.write_text(GIFT.replace("~Blue", "~Green"))
    assert "changes warm" in run("import", file, bank)[1]
    after = files(bank)
    assert [name for name in after if after[name] != once[name]] == ["1-tea/questions.yaml"]
    old, new = (each["1-tea/questions.yaml"].decode().splitlines() for each in (once, after))
    changed = [was for was, now in zip(old, new, strict=True) if was != now]
    assert [was.partition("#")[0].strip() for was in changed] == ["- {text: Blue}", "source: gift:old/warm"]


def test_a_dry_run_writes_nothing_but_the_report(bank: Path, tmp_path: Path) -> None:
    (tmp_path / "old.gift").write_text(GIFT)
    before = files(bank)
    code, out = run("import", tmp_path / "old.gift", bank, "--dry-run", "--report", tmp_path / "r.json")
    assert (code, files(bank)) == (0, before)
    assert "Nothing was written." in out
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["items"] == report["carried"] + report["carried with losses"] + report["left out"] == 5
    (left,) = [line for line in report["lines"] if line["verdict"] == "left out"]
    assert left["text"] == "Only a text."
    run("import", tmp_path / "old.gift", bank, "--dry-run", "--report", tmp_path / "r.csv")
    rows = list(csv.reader((tmp_path / "r.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 6


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(bank: Path, tmp_path: Path) -> None:
    before = files(bank)
    (tmp_path / "a.png").write_bytes(picture())
    code, out = run("import", tmp_path / "a.png", bank)
    assert code == 1
    assert "no file of questions" in out
    (tmp_path / "b.txt").write_text("Only a text.\n\nAnother {\n")
    code, out = run("import", tmp_path / "b.txt", bank, "--as", "gift")
    assert (code, files(bank)) == (1, before)
    assert "2 left out" in out


def test_a_place_that_is_none_is_refused_with_those_that_are(bank: Path, tmp_path: Path) -> None:
    (tmp_path / "old.gift").write_text(GIFT)
    code, out = run("import", tmp_path / "old.gift", bank, "--into", "../secret.yaml")
    assert code == 1
    assert "1-tea/questions.yaml" in out


def test_a_file_that_somebody_saves_meanwhile_is_not_overwritten(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.gift").write_text(GIFT)
    file, trial = bank / "mixed" / "questions.yaml", CourseStore.trial

    def meanwhile(store: CourseStore, texts: Mapping[str, str]) -> Course:
        file.write_text(file.read_text() + "# mine\n")
        return trial(store, texts)

    monkeypatch.setattr(CourseStore, "trial", meanwhile)
    code, out = run("import", tmp_path / "old.gift", bank)
    assert code == 1
    assert "Somebody else" in out
    assert file.read_text().endswith("# mine\n")
    assert "boiling" not in file.read_text()


def test_questions_go_out_with_a_line_for_each(bank: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.gift"
    code, out = run("export", bank, "--as", "gift", "-o", target, "--report", tmp_path / "r.json")
    assert code == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["items"] == 14
    assert f"14 items, {report['carried']} carried" in out
    assert "::tea-choice::" in target.read_text()
    code, out = run("export", bank, "--as", "gift", "-o", target)
    assert code == 1
    assert "is there already" in out


def test_a_quiz_or_a_question_alone_goes_out(bank: Path, tmp_path: Path) -> None:
    run("export", bank, "--as", "gift", "-o", tmp_path / "one.gift", "--question", "tea-choice")
    assert (tmp_path / "one.gift").read_text().count("::[html]") == 1
    code, out = run("export", bank, "--as", "gift", "-o", tmp_path / "two.gift", "--quiz", "no-such")
    assert code == 1
    assert "There is no quiz" in out


def test_the_formats_are_listed() -> None:
    code, out = run("formats")
    assert code == 0
    assert "gift" in out
    assert "There is no format" in run("export", ".", "--as", "telepathy")[1]


def test_the_questions_of_a_pillar_go_out_alone(bank: Path, tmp_path: Path) -> None:
    file = tmp_path / "tea.xml"
    code, _out = run("export", bank, "--as", "moodle", "-o", file, "--pillar", "tea")
    assert code == 0
    assert "tea-choice" in file.read_text()
    assert "bread-" not in file.read_text()
    code, out = run("export", bank, "--as", "moodle", "-o", tmp_path / "no.xml", "--pillar", "coffee")
    assert code == 1
    assert "There is no pillar 'coffee'; there are tea, bread, mixed." in out
