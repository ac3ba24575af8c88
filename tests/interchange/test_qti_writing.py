"""Questions as QTI: whole packages, and rules that are written out."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from tests.interchange.conftest import question
from tests.pictures import picture
from webapp.content.course.loading import load_course
from webapp.interchange import all_formats, archive, recognised
from webapp.interchange.contract import UnreadableQuestions
from webapp.interchange.plan import planned

BANK = Path(__file__).parents[1] / "banks" / "tiny"
ORDER = ["responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"]


def files_of(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as made:
        return {name: made.read(name) for name in made.namelist()}


@pytest.mark.parametrize(("name", "item"), [("qti2", "assessmentItem"), ("qti3", "qti-assessment-item")])
def test_a_package_lists_what_is_in_it(name: str, item: str) -> None:
    course = load_course(BANK)
    made = all_formats()[name].write(course.questions, {}, "de")
    files = files_of(made.raw)
    manifest = etree.fromstring(files["imsmanifest.xml"])
    listed = {each.get("href") for each in manifest.iter("{*}file")}
    assert listed == set(files) - {"imsmanifest.xml"}
    names = [each.get("identifier") for each in manifest.iter("{*}resource", "{*}manifest")]
    assert len(set(names)) == len(names)
    assert {each.get("identifierref") for each in manifest.iter("{*}dependency")} <= set(names)
    roots = [etree.fromstring(raw) for path, raw in files.items() if path.startswith("items/")]
    assert len(roots) == len(course.questions)
    assert {etree.QName(root).localname for root in roots} == {item}
    assert made.raw == all_formats()[name].write(course.questions, {}, "de").raw
    assert recognised(made.raw, "x.zip").name == name


def test_parts_of_an_item_stand_in_the_order_of_the_schema() -> None:
    """The schema itself may not be passed on; this is what it says of the top of an item, and of names."""
    files = files_of(all_formats()["qti2"].write(load_course(BANK).questions, {}).raw)
    for path, raw in files.items():
        if not path.startswith("items/"):
            continue
        root = etree.fromstring(raw)
        places = [ORDER.index(etree.QName(each).localname) for each in root]
        assert places == sorted(places), path
        declared = [each.get("identifier") for each in root.iter("{*}responseDeclaration", "{*}outcomeDeclaration")]
        assert len(set(declared)) == len(declared)
        used = {each.get("identifier") for each in root.iter("{*}variable", "{*}setOutcomeValue", "{*}correct")}
        used |= {each.get("responseIdentifier") for each in root.iter() if each.get("responseIdentifier")}
        assert used <= set(declared), path
        body = next(root.iter("{*}itemBody"))
        assert not (body.text or "").strip()
        assert not any((each.tail or "").strip() for each in body)


def test_pictures_travel_both_ways() -> None:
    name = "media/flower-0123abcd.png"
    asked = question(f"""
        type: choice
        stem: "What is it? ![A flower](media/{name.partition("/")[2]})"
        options: [{{text: A rose, key: true}}, {{text: A tulip}}]
        """)
    made = all_formats()["qti3"].write([asked], {name: picture()})
    assert files_of(made.raw)["media/flower-0123abcd.png"] == picture()
    (item,) = (found := all_formats()["qti3"].read(made.raw, "x.zip")).items
    assert item.values is not None
    assert "![A flower](media/" in item.values["stem"]
    assert list(found.media.values()) == [picture()]


def test_what_is_too_large_for_reading_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 5)
    with pytest.raises(UnreadableQuestions, match="choose fewer"):
        all_formats()["qti2"].write(load_course(BANK).questions, {})


def test_a_course_comes_back_without_doubles() -> None:
    course = load_course(BANK)
    format_ = all_formats()["qti3"]
    found = format_.read(format_.write(course.questions, {}).raw, "tiny.zip")
    plan = planned(found, format_, "tiny.zip", present=[], into="questions.yaml")
    assert [item.line.id for item in plan.items] == [each.id for each in course.questions]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY file SYSTEM "file:///etc/passwd">]><assessmentItem identifier="i">&b;&file;</assessmentItem>"""


def test_an_item_with_entities_of_its_own_is_one_line_of_the_report_and_harms_no_other() -> None:
    good = files_of(all_formats()["qti2"].write(load_course(BANK).questions[:1], {}).raw)
    listed = good["imsmanifest.xml"].replace(
        b"</resources>", b'<resource identifier="b" type="imsqti_item_xmlv2p2" href="items/bomb.xml"/></resources>'
    )
    raw = archive.packed({**good, "imsmanifest.xml": listed, "items/bomb.xml": BOMB})
    one, bomb = all_formats()["qti2"].read(raw, "x.zip").items
    assert one.values is not None
    assert bomb.values is None
    assert "declares entities" in bomb.losses[0].was
    assert "root:" not in bomb.text
    for format_ in ("qti2", "canvas"):
        with pytest.raises(UnreadableQuestions, match="declares entities"):
            all_formats()[format_].read(BOMB, "x.xml")


def test_an_item_that_a_test_names_and_nobody_sent_is_told() -> None:
    files = files_of(all_formats()["qti2"].write(load_course(BANK).questions[:2], {}).raw)
    missing = next(path for path in files if path.startswith("items/"))
    raw = archive.packed({path: each for path, each in files.items() if path != missing})
    lines = all_formats()["qti2"].read(raw, "x.zip").items
    assert [line.values is None for line in lines] == [False, True]
    assert missing in lines[1].losses[0].was
