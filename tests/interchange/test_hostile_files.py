"""Files that were damaged by chance: whatever they are, they are read or refused with a sentence, soon and in little
memory. `MUTATED_FILES=10000` tries so many of each format."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from tests.interchange.conftest import FILES
from tests.interchange.test_h5p import CHOICE, package
from tests.time_limits import CROWDED
from webapp.content.course.loading import load_course
from webapp.interchange import all_formats
from webapp.interchange.archive import packed
from webapp.interchange.contract import UnreadableQuestions
from webapp.interchange.losses import verdict_of
from webapp.interchange.plan import planned
from webapp.interchange.tables import is_workbook, rows_of

H5P = {
    "questions": [
        {"library": "H5P.MultiChoice 1.16", "params": CHOICE},
        {"library": "H5P.TrueFalse 1.8", "params": {"question": "<p>Tea is a leaf.</p>", "correct": "true"}},
        {"library": "H5P.Blanks 1.14", "params": {"text": "Fill in.", "questions": ["<p>Bread is *baked/made*.</p>"]}},
        {"library": "H5P.DragText 1.10", "params": {"textField": "Rye is *dark*, wheat *light*."}},
    ]
}
BANKS = Path(__file__).parents[1] / "banks"
#: files of each format; more when asked for
HOW_MANY = int(os.environ.get("MUTATED_FILES", "100"))
#: seconds of work for one file, and bytes
LONGEST, LARGEST = 2.0 * CROWDED, 200_000_000

PIECES = [
    b"{", b"}", b"\\", b"~", b"=", b"#", b"%50%", b"::", b"->", b"\n\n", b"\x00", b"\xff", b"<", b">", b"&", b"&#0;",
    b"]]>", b"<!--", b"<![CDATA[", b"<b>" * 40, b"</p>", b"$$", b"$", b"\\(", b"\\)", b"[[1]]", b"{1:SHORTANSWER:=",
    b"1e999", b"-", b"99999999999999999999999999", "\ue0a0".encode(), "\u202e".encode(), b"ANSWER:", b"A)", b",", b";",
    b'"', b"|", b"\\(" * 50, b"{" * 50, b"<img src='data:image/png;base64,AAAA'>", b"@@PLUGINFILE@@/", b"*" * 60,
    b"- " * 30, b"<![if !supportLists]>", b"<!DOCTYPE x>", b"<?php", b"</",
    b"> " * 30, b"%", b"T#", b"{>", b"[html]", b"[markdown]", b"_" * 40,
]  # fmt: skip


def seeds() -> dict[str, list[bytes]]:
    """Files of every format, as the app writes them, and one of Moodle's with every type."""
    found: dict[str, list[bytes]] = {}
    for bank in ("tiny", "spanish", "physics"):
        course = load_course(BANKS / bank)
        for name, format_ in all_formats().items():
            if format_.writes:
                # Small files, so that most of what is changed meets a question.
                for start in range(0, len(course.questions), 4):
                    made = format_.write(course.questions[start : start + 4], {})
                    found.setdefault(name, []).append(made.raw)
    found["moodle"].append((FILES / "every-type.xml").read_bytes())
    quiz = (FILES / "canvas-quiz.xml").read_bytes()
    found["canvas"] = [quiz, quiz, packed({"imsmanifest.xml": b"<manifest/>", "a/quiz.xml": quiz})]
    found["h5p"] = [package("H5P.QuestionSet", H5P)]
    for raw in found["sheet"][:]:
        stream = io.StringIO()
        csv.writer(stream).writerows(rows_of(raw)[0])
        found["sheet"].append(stream.getvalue().encode())
    found["sheet"].append(b"question,option 1,option 2,key\nWhich?,a,b,A\nHow many?,1,2,2\n")
    return found


def mutated(raw: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """The file with a few pieces cut out, doubled, changed or put in."""
    made = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 30))):
        at = chance.randrange(len(made) + 1)
        what = chance.randrange(7)
        if what == 0:
            del made[at : at + chance.choice((1, 2, 10, 200))]
        elif what == 1:
            made[at:at] = made[at : at + chance.choice((1, 20, 400))]
        elif what == 2 and at < len(made):
            made[at] = chance.randrange(256)
        elif what == 3:
            made[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 1, 30))
        elif what == 4:
            other = chance.choice(others)
            start = chance.randrange(len(other))
            made[at:at] = other[start : start + 300]
        elif what == 5:
            del made[at:]
        else:
            made[at : at + 1] = chance.choice(PIECES)
        if not made:
            return b"x"
    return bytes(made)


def within_texts(raw: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """An XML file that stays one: what is mutated are a few of its texts."""
    root = etree.fromstring(raw)
    nodes = [node for node in root.iter(etree.Element) if node.text and node.text.strip()]
    for node in chance.sample(nodes, min(len(nodes), chance.choice((1, 3, 20)))):
        text = mutated((node.text or "").encode(), chance, others).decode("utf-8", "replace")
        node.text = "".join(char for char in text if char in "\n\t" or " " <= char < "\ufffe")
    return etree.tostring(root)


def within_zip(raw: bytes, chance: random.Random) -> bytes:
    """A zip that stays one: what is mutated is one of its files."""
    with zipfile.ZipFile(io.BytesIO(raw)) as files:
        members = {name: files.read(name) for name in files.namelist()}
    name = chance.choice(sorted(members))
    is_xml = members[name].startswith(b"<?xml") and chance.random() < 0.6
    change = within_texts if is_xml else mutated
    return packed({**members, name: change(members[name], chance, [members[name]])})


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, format_ in all_formats().items() if format_.reads])
def test_a_damaged_file_is_read_or_refused_soon_and_in_little_memory(name: str) -> None:
    format_, chance = all_formats()[name], random.Random(f"{name} 1")
    files = seeds()[name]
    slowest = 0.0
    for number in range(HOW_MANY):
        raw = chance.choice(files)
        is_whole = chance.random() < 0.7
        if raw.startswith(b"PK") and not is_workbook(raw) and is_whole:
            raw = within_zip(raw, chance)
        elif raw.startswith(b"<") and is_whole:
            raw = within_texts(raw, chance, files)
        else:
            raw = mutated(raw, chance, files)
        measured = number % 50 == 0
        if measured:
            tracemalloc.start()
        began = time.process_time()
        try:
            found = format_.read(raw, "damaged")
        except UnreadableQuestions:
            pass
        else:
            plan = planned(found, format_, "damaged", present=[], into="questions.yaml")
            assert sum(plan.report.sums.values()) == len(found.items) == sum(plan.fates.values())
            assert all(item.values is None or verdict_of(item.losses) for item in found.items)
        if measured:
            assert tracemalloc.get_traced_memory()[1] < LARGEST
            tracemalloc.stop()
        else:
            slowest = max(slowest, time.process_time() - began)
            assert slowest < LONGEST, f"file {number} took {slowest:.1f} s"


def qti(body: bytes, processing: bytes = b"") -> bytes:
    declared = b'<responseDeclaration identifier="R" cardinality="single" baseType="identifier"/>'
    return (
        b'<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="a" title="a">'
        + declared
        + b"<itemBody>"
        + body
        + b"</itemBody><responseProcessing>"
        + processing
        + b"</responseProcessing></assessmentItem>"
    )


def one_choice(count: int) -> bytes:
    options = b"".join(b'<simpleChoice identifier="o%d">%d</simpleChoice>' % (n, n) for n in range(count))
    return b'<choiceInteraction responseIdentifier="R" maxChoices="0">' + options + b"</choiceInteraction>"


def deep(tag: bytes, depth: int) -> bytes:
    return b"<%s>" % tag * depth + b"</%s>" % tag * depth


HOSTILE = {
    "nested rules": (
        qti(
            one_choice(20),
            b"<responseCondition><responseIf>" + deep(b"not", 200) + b"</responseIf></responseCondition>",
        ),
        "qti2",
    ),
    "many rules": (
        qti(
            one_choice(26),
            b'<setOutcomeValue identifier="SCORE"><sum>%s</sum></setOutcomeValue>'
            % (b'<baseValue baseType="float">1</baseValue>' * 50_000),
        ),
        "qti2",
    ),
    "many options": (qti(one_choice(50_000)), "qti2"),
    "many tasks": (qti(b'<p><textEntryInteraction responseIdentifier="R"/></p>' * 20_000), "qti2"),
    "deep texts": (qti(deep(b"div", 240) + one_choice(3)), "qti2"),
    "conditions": (
        b"<questestinterop><item><presentation><response_lid ident='r'><render_choice>"
        + b"".join(b"<response_label ident='%d'/>" % n for n in range(190))
        + b"</render_choice></response_lid></presentation><resprocessing>"
        + b"<respcondition><conditionvar><varequal respident='r'>1</varequal></conditionvar></respcondition>" * 9_000
        + b"</resprocessing></item></questestinterop>",
        "canvas",
    ),
    "feedback": (
        b"<questestinterop><item><presentation><response_lid ident='r'><render_choice>"
        + b"".join(b"<response_label ident='%d'/>" % n for n in range(190))
        + b"</render_choice></response_lid></presentation><resprocessing>"
        + b"<respcondition continue='Yes'><conditionvar><varequal respident='r'>1</varequal></conditionvar>"
        b"<setvar>1</setvar><displayfeedback linkrefid='a'/></respcondition>"
        * 1_900
        + b"</resprocessing></item></questestinterop>",
        "canvas",
    ),
    "starred": (package("H5P.Blanks", {"text": "a", "questions": ["*a" * 40_000]}), "h5p"),
    "sets in sets": (
        package(
            "H5P.Column",
            json.loads('{"content": [{"content": {"library": "H5P.Column 1", "params": ' * 60 + "{}" + "}}]}" * 60),
        ),
        "h5p",
    ),
    "open braces": (b"::a::{" + b"{" * 90_000, "gift"),
    "tildes": (b"::a::b{" + b"~" * 90_000 + b"}", "gift"),
    "open formulas": (b"::a::[html]" + b"\\\\(" * 30_000 + b"{T}", "gift"),
    "dollars": (b"::a::[html]" + b"$$a" * 30_000 + b"{T}", "gift"),
    "nested tags": (b"::a::[html]" + b"<b><i><div><ul><li>" * 4_500 + b"{T}", "gift"),
    "open comments": (b"::a::[html]" + b"<!--" * 20_000 + b"{T}", "gift"),
    "names": (b"::\n" * 100_000, "gift"),
    "tags that never end": (b"::a::[html]" + b"<a " * 4_900 + b"b" * 80_000 + b"{T}", "gift"),
    "open tags": (b"::a::[html]" + b"<a " * 30_000 + b"{T}", "gift"),
    "less thans": (b"::a::[html]" + b"<" * 90_000 + b"{T}", "gift"),
    "breaks": (b"::a::[html]" + b"<br>" * 20_000 + b"x{T}", "gift"),
    "brackets": (b"::a::[markdown]" + b"[" * 90_000 + b"{T}", "gift"),
    "stars": (b"::a::[markdown]" + b"*a **b " * 12_000 + b"{T}", "gift"),
    "quotations": (b"::a::[markdown]" + b"> " * 40_000 + b"{T}", "gift"),
    "questions": (b"a{T}\n\n" * 19_000, "gift"),
    "one name": (b"".join(b"::a::%d is odd{T}\n\n" % n for n in range(5_000)), "gift"),
    "many answers": (b"a{" + b"=x" * 40_000 + b"}", "gift"),
    "stars to type": (b"a{=b =" + b"*" * 200 + b"}", "gift"),
    "letters": (b"a\nA) b\n" * 20_000, "aiken"),
    "deep": (b"<quiz><question type='cloze'>" + b"<a>" * 200_000, "moodle"),
    "wide": (b"<quiz>" + b"<question/>" * 19_000 + b"</quiz>", "moodle"),
    "gaps": (
        b"<quiz><question type='cloze'><questiontext><text>"
        + b"{1:SA:=a}" * 9_000
        + b"</text></questiontext></question></quiz>",
        "moodle",
    ),
    "open gaps": (
        b"<quiz><question type='cloze'><questiontext><text>"
        + b"{1:SA:=a" * 9_000
        + b"</text></questiontext></question></quiz>",
        "moodle",
    ),
    "columns": (b"question,key\n" + b"," * 90_000 + b"\n", "sheet"),
    "quotes": (b"question,key\n" + b'"' * 90_001, "sheet"),
    "rows": (b"question,option 1,option 2,key\n" + b"a,b,c,A\n" * 19_000, "sheet"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_made_to_take_long_does_not(name: str) -> None:
    raw, format_name = HOSTILE[name]
    format_ = all_formats()[format_name]
    began = time.process_time()
    try:
        found = format_.read(raw, "hostile")
    except UnreadableQuestions:
        pass
    else:
        planned(found, format_, "hostile", present=[], into="questions.yaml")
    # A file with as many questions as may be takes its time; one question never does.
    longest = 20 * CROWDED if name in ("questions", "one name", "wide", "rows", "letters") else LONGEST
    assert time.process_time() - began < longest
