"""QTI 1.2 as Canvas, New Quizzes and cartridges write it."""

from __future__ import annotations

from tests.interchange.conftest import FILES, found, told
from webapp.interchange import all_formats, recognised
from webapp.interchange.archive import packed
from webapp.interchange.contract import ForeignItem
from webapp.interchange.plan import planned

QUIZ = (FILES / "canvas-quiz.xml").read_bytes()


def items() -> dict[str, ForeignItem]:
    return {item.source: item for item in found("canvas", QUIZ).items}


def test_every_item_has_one_line() -> None:
    assert [(item.kind, *told(item)) for item in found("canvas", QUIZ).items] == [
        ("multiple_choice_question", "carried", []),
        ("multiple_answers_question", "carried with losses", ["scoring"]),
        ("numerical_question", "carried", []),
        ("fill_in_multiple_blanks_question", "carried", []),
        ("matching_question", "carried", []),
        ("calculated_question", "left out", ["type-unknown"]),
        ("draw from a bank", "left out", ["bank-reference"]),
    ]


def test_a_choice_brings_its_feedback_points_and_explanation() -> None:
    assert items()["g0123456789abcdef0123456789abcde1"].values == {
        "type": "choice",
        "stem": "What makes dough **rise**?",
        "options": [{"text": "Yeast", "key": "true"}, {"text": "Salt", "feedback": "Salt slows it."}],
        "explanation": "Yeast makes gas.",
        "points": "2",
    }


def test_all_or_nothing_is_found_by_trying() -> None:
    values = items()["several"].values
    assert values is not None
    assert values["scoring"] == "all-or-nothing"
    assert [option.get("key") for option in values["options"]] == ["true", "true", None]


def test_a_range_around_a_number_is_its_tolerance() -> None:
    assert items()["number"].values == {
        "type": "numeric", "stem": "How hot?", "answer": "230", "tolerance": {"absolute": "10"},
    }  # fmt: skip


def test_gaps_of_new_quizzes_keep_slips_and_menus() -> None:
    values = items()["gaps"].values
    assert values is not None
    assert values["text"] == "Tea comes from [[gap-1]], bread from [[gap-2]]."
    assert values["blanks"] == {
        "gap-1": {"answers": ["China"], "distance": "1"},
        "gap-2": {"options": [{"text": "flour", "key": "true"}, {"text": "sugar"}]},
    }


def test_a_match_without_a_thing_belongs_to_nothing() -> None:
    values = items()["pairs"].values
    assert values is not None
    assert values["extra"] == [{"text": "blue"}]


def test_a_quiz_that_a_cartridge_has_twice_is_read_once() -> None:
    raw = packed({
        "imsmanifest.xml": b"<manifest xmlns='http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1'/>",
        "g1/assessment_qti.xml": QUIZ,
        "non_cc_assessments/g1.xml.qti": QUIZ,
    })  # fmt: skip
    format_ = all_formats()["canvas"]
    assert recognised(raw, "export.imscc") is format_
    cartridge = format_.read(raw, "export.imscc")
    assert len(cartridge.items) == 7
    assert [loss.code for loss in cartridge.losses] == ["written-twice"]
    plan = planned(cartridge, format_, "export.imscc", present=[], into="questions.yaml")
    assert sum(plan.report.sums.values()) == 7


def test_an_answer_that_earns_nothing_is_no_key() -> None:
    raw = QUIZ.replace(b'<setvar action="Set" varname="SCORE">100</setvar>', b"", 1)
    item = found("canvas", raw).items[0]
    assert told(item) == ("left out", ["no-key"])
    assert "What makes dough" in item.text
