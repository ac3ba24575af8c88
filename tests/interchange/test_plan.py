"""An import as a plan: what is new, what changes, and that the same file again changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interchange.conftest import found
from webapp.interchange import all_formats
from webapp.interchange.losses import KINDS, Loss, LossReport, ReportLine, Verdict
from webapp.interchange.plan import ItemFate, PresentQuestion, QuestionPlan, fingerprint, planned


def plan(
    text: str, present: list[dict[str, Any]] | None = None, name: str = "algebra.txt", language: str = "en"
) -> QuestionPlan:
    read = found("gift", text, name)
    there = [PresentQuestion("mixed/questions.yaml", values) for values in present or ()]
    return planned(read, all_formats()["gift"], name, present=there, into="mixed/questions.yaml", language=language)


def written(text: str, present: list[dict[str, Any]] | None = None, name: str = "algebra.txt") -> list[dict[str, Any]]:
    """The questions of a course after an import."""
    there = {str(values["id"]): values for values in present or ()}
    for item in plan(text, present, name).writes:
        assert item.values is not None
        there[item.line.id] = item.values
    return list(there.values())


ONE = "::Roots::What is the root of 4?{=2 ~3}\n"


def test_the_same_file_again_changes_nothing() -> None:
    course = written(ONE)
    assert course[0]["id"] == "roots"
    assert course[0]["source"].startswith("gift:algebra/roots#")
    assert plan(ONE, course).fates[ItemFate.UNCHANGED] == 1
    assert written(ONE, course) == course


@pytest.mark.parametrize("name", ["algebra (1).txt", "algebra-20261128-1930.txt", "Algebra Kopie.txt", "other.txt"])
def test_a_file_of_another_name_does_not_double_what_it_holds(name: str) -> None:
    assert plan(ONE, written(ONE), name).fates[ItemFate.NEW] == 0


def test_a_changed_file_updates_and_leaves_what_was_filed_here() -> None:
    course = written(ONE)
    course[0].update(level="apply", facts=["roots"], hints=["Think."], tags=["algebra"])
    (item,) = plan(ONE.replace("~3", "~16"), course).items
    assert (item.fate, item.line.id, item.edited_here) == (ItemFate.UPDATED, "roots", True)
    assert item.values is not None
    assert item.values["options"][1] == {"text": "16"}
    assert {key: item.values[key] for key in ("level", "facts", "hints", "tags")} == {
        "level": "apply", "facts": ["roots"], "hints": ["Think."], "tags": ["algebra"],
    }  # fmt: skip


def test_what_was_edited_here_stays_while_the_file_is_the_same() -> None:
    course = written(ONE)
    course[0]["options"] = [{"text": "2", "key": "true"}, {"text": "5"}]
    assert plan(ONE, course).fates[ItemFate.UNCHANGED] == 1
    (item,) = plan(ONE.replace("~3", "~16"), course).items
    assert item.edited_here


def test_an_update_of_what_nobody_touched_says_so() -> None:
    (item,) = plan(ONE.replace("~3", "~16"), written(ONE)).items
    assert (item.fate, item.edited_here) == (ItemFate.UPDATED, False)


def test_another_question_of_the_same_name_is_no_update() -> None:
    course = written(ONE)
    made = written("::Roots::Plants drink by them.{T}\n", course)
    assert [each["id"] for each in made] == ["roots", "roots-2"]


def test_the_same_question_twice_in_a_file_comes_once_and_is_told() -> None:
    twice = plan(ONE + "\n" + ONE)
    assert [item.fate for item in twice.items] == [ItemFate.NEW, ItemFate.LEFT_OUT]
    assert twice.items[1].line.losses[0].code == "duplicate"


def test_a_question_that_the_course_wrote_itself_is_left_alone() -> None:
    own = {"id": "roots", "type": "choice", "stem": "What is the root of four?", "options": []}
    (item,) = plan(ONE, [own]).items
    assert item.fate is ItemFate.LEFT_OUT
    assert item.line.losses[0].code == "own"


def test_what_the_course_would_refuse_is_left_out_and_says_why() -> None:
    (item,) = plan("Which?{=a ~b ~B ~b}").items
    assert item.fate is ItemFate.LEFT_OUT
    assert "stands twice" in item.line.losses[0].was
    assert item.line.text


def test_the_sums_are_those_of_the_file() -> None:
    made = plan(f"$CATEGORY: Unit\n\n{ONE}\nA text.\n\nPick.{{=a =b ~c}}\n\nWrite.{{}}\n")
    sums = made.report.sums
    assert sums == {Verdict.CARRIED: 1, Verdict.WITH_LOSSES: 2, Verdict.LEFT_OUT: 2}
    assert sum(sums.values()) == len(made.report.lines) == 5
    assert sum(made.fates.values()) == 5


def test_words_that_an_import_adds_are_in_the_language_of_the_course() -> None:
    (item,) = plan("Schreib.{}", language="de-AT").items
    assert item.values is not None
    assert item.values["rubric"] == [{"text": "Die Antwort als Ganzes", "points": "1"}]


def test_a_choice_of_questions_writes_no_other() -> None:
    both = plan(f"{ONE}\n::Cubes::What is 2 to the third?{{=8 ~6}}\n")
    assert [item.line.id for item in both.only({"cubes"}).writes] == ["cubes"]


def test_a_loss_that_repeats_is_told_once() -> None:
    lines = tuple(
        ReportLine(f"line {n}", "Q", "essay", (Loss("rubric", "criteria"),), "essay", f"q{n}") for n in (1, 2)
    )
    report = LossReport("a.txt", "GIFT", lines)
    assert [(loss.code, len(found_in)) for loss, found_in in report.folded] == [("rubric", 2)]
    assert len(report.as_rows()) == 3
    assert report.as_json()["items"] == 2


def test_every_loss_says_what_became_of_it_and_what_to_do() -> None:
    assert all(kind.became and kind.todo for kind in KINDS.values())
    with pytest.raises(KeyError):
        Loss("no-such-code", "x")


def test_a_fingerprint_is_of_what_is_said_and_not_of_where_it_is_filed() -> None:
    values = {"id": "a", "type": "true_false", "stem": "S.", "answer": "true"}
    assert fingerprint(values) == fingerprint({**values, "id": "b", "tags": ["x"], "level": "apply", "source": "y"})
    assert fingerprint(values) != fingerprint({**values, "answer": "false"})
