"""Moodle XML in and out."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.interchange.conftest import FILES, found, question, told
from tests.pictures import picture
from webapp.interchange import all_formats, recognised
from webapp.interchange.contract import ForeignItem, UnreadableQuestions
from webapp.interchange.losses import verdict_of
from webapp.questions import grade, parse


def item(kind: str, inside: str, text: str = "<p>Which?</p>", files: str = "") -> ForeignItem:
    """The one item of a file with this question."""
    raw = f"""<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<!-- question: 4711 -->
  <question type="{kind}"><name><text>A name</text></name>
    <questiontext format="html"><text><![CDATA[{text}]]></text>{files}</questiontext>
    {inside}
  </question>
</quiz>"""
    (only,) = found("moodle", raw, "q.xml").items
    return only


def values(kind: str, inside: str, text: str = "<p>Which?</p>") -> dict[str, Any]:
    """What it became, without loss."""
    made = item(kind, inside, text)
    assert told(made) == ("carried", []), made.losses
    assert made.values is not None
    parse({"id": "one", **made.values})
    return made.values


def answer(text: str, fraction: object, feedback: str = "", more: str = "") -> str:
    return (
        f'<answer fraction="{fraction}" format="html"><text>{text}</text>'
        f'<feedback format="html"><text>{feedback}</text></feedback>{more}</answer>'
    )


def test_a_file_of_every_type_is_accounted_for_line_by_line() -> None:
    raw = (FILES / "every-type.xml").read_bytes()
    assert recognised(raw, "every-type.xml").name == "moodle"
    items = found("moodle", raw, "every-type.xml").items
    assert {each.kind: verdict_of(each.losses).value for each in items} == {
        "category": "carried with losses",
        "multichoice": "carried",
        "truefalse": "carried",
        "shortanswer": "carried",
        "numerical": "carried",
        "matching": "carried",
        "ordering": "carried",
        "cloze": "carried",
        "gapselect": "carried",
        "ddwtos": "carried with losses",
        "essay": "carried with losses",
        "description": "left out",
        "calculated": "left out",
        "ddmarker": "left out",
    }
    assert all(each.place.startswith("line ") for each in items)
    assert all(parse({"id": "one", **each.values}) for each in items if each.values is not None)
    assert all(each.values["tags"][0] == "fruit" for each in items if each.values is not None)


def test_one_and_several_right_answers() -> None:
    one = values("multichoice", "<single>true</single>" + answer("a", 100, "Yes.") + answer("b", 0, "No."))
    assert one["options"] == [{"text": "a", "key": "true", "feedback": "Yes."}, {"text": "b", "feedback": "No."}]
    several = values(
        "multichoice",
        "<single>false</single>" + "".join(answer(t, f) for t, f in (("a", 50), ("b", 50), ("c", -50), ("d", -50))),
    )
    assert several["scoring"] == "right-minus-wrong"


def test_units_keep_their_factors() -> None:
    made = values(
        "numerical",
        answer("2", 100, more="<tolerance>0.1</tolerance>")
        + "<units><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit>"
        "<unit><multiplier>100</multiplier><unit_name>cm</unit_name></unit></units>",
    )
    number = parse({"id": "one", **made})
    assert grade(number, {"text": "200", "unit": "cm"}).fraction == 1
    assert grade(number, {"text": "2.2", "unit": "m"}).fraction == 0


def test_gaps_of_every_kind() -> None:
    text = (
        "<p>Fill this in.</p><p>A {1:MULTICHOICE:cat~=dog#It barks.} barks {2:NUMERICAL:=3:0.5~%0%5#Too often.} times, "
        "{:SHORTANSWER_C:=Rex~%0%rex#A name\\, so a capital.} says.</p>"
    )
    made = values("cloze", "", text)
    assert (made["stem"], made["points"]) == ("Fill this in.", "4")
    assert made["text"] == "A [[gap-1]] barks [[gap-2]] times, [[gap-3]] says."
    assert made["blanks"]["gap-1"]["options"][1] == {"text": "dog", "key": "true", "feedback": "It barks."}
    assert made["blanks"]["gap-2"] == {
        "answer": "3", "tolerance": {"absolute": "0.5"}, "wrong": [{"value": "5", "feedback": "Too often."}],
        "weight": "2",
    }  # fmt: skip
    assert made["blanks"]["gap-3"]["case"] == "true"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("No gaps.", "broken"),
        ("{1:MULTICHOICE}", "broken"),
        ("{1:MULTICHOICE:=one}", "broken"),
        ("{1:MULTICHOICE:a~%50%b}", "no-key"),
        ("{1:MULTICHOICE:=a~=b}", "keys"),
        ("{1:NUMERICAL:=zero}", "broken"),
        ("{1:SHORTANSWER:=a", "broken"),
        ("{1:MULTIRESPONSE:=a~=b~c}", "gap"),
        ("{1:SHORTANSWER:=*}", "any-answer"),
    ],
)
def test_a_broken_gap_leaves_its_question_out_with_its_line(text: str, code: str) -> None:
    made = item("cloze", "", text)
    assert made.values is None
    assert told(made) == ("left out", [code])
    assert made.place == "line 4"


def test_pictures_travel_in_and_out() -> None:
    packed = base64.b64encode(picture()).decode()
    file = f'<file name="a leaf.png" path="/" encoding="base64">{packed}</file>'
    text = '<p>What is <img src="@@PLUGINFILE@@/a%20leaf.png" alt="Three leaves">?</p>'
    answers = answer("true", 100) + answer("false", 0)
    raw = f"""<quiz><question type="truefalse"><name><text>n</text></name><questiontext format="html">
        <text><![CDATA[{text}]]></text>{file}</questiontext>{answers}</question></quiz>"""
    read = found("moodle", raw, "q.xml")
    (only,) = read.items
    assert told(only) == ("carried", [])
    (name,) = read.media
    assert only.pictures == (name,)
    assert only.values is not None
    assert only.values["stem"] == f"What is ![Three leaves]({name})?"
    made = all_formats()["moodle"].write([parse({"id": "one", **only.values})], read.media)
    assert (made.pictures, made.lines[0].losses) == (1, ())
    again = found("moodle", made.raw, "q.xml")
    assert dict(again.media) == dict(read.media) or len(again.media) == 1


@pytest.mark.parametrize(
    ("picture_text", "file", "code", "stays"),
    [
        ('<img src="@@PLUGINFILE@@/b.png" alt="A leaf">', "", "picture-missing", "A leaf"),
        ('<img src="https://example.org/b.png" alt="A leaf">', "", "picture-remote", "(https://example.org/b.png)"),
        ('<img src="data:image/png;base64,AAAA" alt="A leaf">', "", "picture-unusable", "A leaf"),
    ],
)
def test_a_picture_that_cannot_come_is_named(picture_text: str, file: str, code: str, stays: str) -> None:
    made = item("truefalse", answer("true", 100) + answer("false", 0), f"See {picture_text}")
    assert told(made) == ("carried with losses", [code])
    assert made.values is not None
    assert stays in made.values["stem"]


def test_points_hints_tags_and_order_are_kept() -> None:
    made = values(
        "multichoice",
        "<defaultgrade>2.5000000</defaultgrade><penalty>0</penalty><shuffleanswers>false</shuffleanswers>"
        "<single>true</single>"
        + answer("a", 100)
        + answer("b", 0)
        + '<hint format="html"><text>Think.</text></hint><tags><tag><text>level:apply</text></tag>'
        "<tag><text>Big Words</text></tag></tags>",
    )
    assert (made["points"], made["hints"], made["shuffle"]) == ("2.5", ["Think."], "false")
    assert (made["level"], made["tags"]) == ("apply", ["big-words"])


@pytest.mark.parametrize(
    ("inside", "codes"),
    [
        ("<correctfeedback><text>Bravo!</text></correctfeedback>", ["feedback-combined"]),
        ("<correctfeedback><text>Your answer is correct.</text></correctfeedback>", []),
        ("<penalty>0.3333333</penalty>", []),
        ('<penalty>0.3333333</penalty><hint format="html"><text>H.</text></hint>', ["penalty"]),
        ("<defaultgrade>0</defaultgrade>", ["points"]),
    ],
)
def test_what_every_question_may_lose(inside: str, codes: list[str]) -> None:
    made = item("multichoice", "<single>true</single>" + answer("a", 100) + answer("b", 0) + inside)
    assert told(made)[1] == codes


@pytest.mark.parametrize(
    "raw",
    [
        b"<quiz><question",
        b"<quiz/>",
        b"<html><body/></html>",
        b'<!DOCTYPE quiz [<!ENTITY a "x">]><quiz><question type="essay"/></quiz>',
        b'<!DOCTYPE quiz [<!ENTITY a SYSTEM "file:///etc/passwd">]><quiz><question type="essay">&a;</question></quiz>',
        b'<!DOCTYPE q [<!ENTITY a "aa"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><quiz>&c;</quiz>',
    ],
)
def test_what_could_do_harm_or_is_no_such_file_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(UnreadableQuestions, match=r"\.$"):
        found("moodle", raw, "q.xml")


def test_a_doctype_alone_is_passed_over_and_nothing_is_fetched() -> None:
    raw = b'<!DOCTYPE quiz SYSTEM "https://example.org/x.dtd"><quiz><question type="description"/></quiz>'
    assert len(found("moodle", raw, "q.xml").items) == 1


def test_gaps_go_out_with_whole_weights_and_guarded_signs() -> None:
    before = question(
        """
        type: cloze
        stem: Fill.
        text: A [[a]] and [[b]].
        points: 3
        blanks:
          a: {options: [{text: "x~y", key: true}, {text: "1#2"}], weight: 0.5}
          b: {answers: ["a}b"], weight: 1}
        """
    )
    made = all_formats()["moodle"].write([before], {})
    assert made.lines[0].losses == ()
    (only,) = found("moodle", made.raw, "q.xml").items
    assert only.values is not None
    blanks = only.values["blanks"]
    assert [each.get("weight", "1") for each in blanks.values()] == ["1", "2"]
    assert [each["text"] for each in blanks["gap-1"]["options"]] == ["x\\~y", "1#2"]
    assert blanks["gap-2"]["answers"] == ["a}b"]
