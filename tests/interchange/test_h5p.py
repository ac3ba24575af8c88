"""Contents of H5P as questions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.interchange.conftest import told
from webapp.interchange import all_formats, recognised
from webapp.interchange.archive import packed
from webapp.interchange.contract import ForeignItem, UnreadableQuestions

CHOICE = {
    "question": "<p>What makes dough rise?</p>",
    "answers": [
        {"text": "<div>Yeast</div>", "correct": True, "tipsAndFeedback": {"chosenFeedback": "Yes."}},
        {"text": "<div>Salt</div>", "correct": False},
    ],
    "behaviour": {"randomAnswers": True},
}


def package(kind: str, content: Any) -> bytes:
    about = {"title": "Baking", "mainLibrary": kind}
    return packed({"h5p.json": json.dumps(about).encode(), "content/content.json": json.dumps(content).encode()})


def items(kind: str, content: Any) -> tuple[ForeignItem, ...]:
    raw = package(kind, content)
    assert recognised(raw, "x.h5p").name == "h5p"
    return all_formats()["h5p"].read(raw, "x.h5p").items


def test_a_choice() -> None:
    (item,) = items("H5P.MultiChoice", CHOICE)
    assert told(item) == ("carried", [])
    assert item.values == {
        "type": "choice",
        "stem": "What makes dough rise?",
        "options": [{"text": "Yeast", "key": "true", "feedback": "Yes."}, {"text": "Salt"}],
    }


def test_true_or_false() -> None:
    (item,) = items("H5P.TrueFalse", {"question": "Tea is a leaf.", "correct": "true", "behaviour": {}})
    assert item.values == {"type": "true_false", "stem": "Tea is a leaf.", "answer": "true"}


def test_blanks() -> None:
    content = {
        "text": "<p>Fill in.</p>",
        "questions": ["<p>Bread is *baked/made:with heat* from *flour*.</p>"],
        "behaviour": {"caseSensitive": False},
    }
    (item,) = items("H5P.Blanks", content)
    assert item.values is not None
    assert item.values["text"] == "Bread is [[gap-1]] from [[gap-2]]."
    assert item.values["blanks"] == {"gap-1": {"answers": ["baked", "made"]}, "gap-2": {"answers": ["flour"]}}
    assert told(item) == ("carried with losses", ["hints"])


def test_words_to_drag() -> None:
    content = {"taskDescription": "Drag.", "textField": "Rye is *dark*, wheat *light*.", "distractors": "*blue*"}
    (item,) = items("H5P.DragText", content)
    assert item.values is not None
    assert item.values["stem"] == "Drag."
    assert item.values["blanks"]["gap-1"]["options"] == [
        {"text": "dark", "key": "true"}, {"text": "light"}, {"text": "blue"},
    ]  # fmt: skip


def test_a_set_has_a_line_for_each_of_its_questions() -> None:
    content = {
        "questions": [{"library": "H5P.MultiChoice 1.16", "params": CHOICE}, {"library": "H5P.DragQuestion 1.1"}]
    }
    assert [told(item) for item in items("H5P.QuestionSet", content)] == [
        ("carried", []),
        ("left out", ["type-unknown"]),
    ]


@pytest.mark.parametrize("content", [[], "x", None])
def test_what_is_no_content_is_refused(content: Any) -> None:
    with pytest.raises(UnreadableQuestions, match=r"\.$"):
        all_formats()["h5p"].read(package("H5P.MultiChoice", content), "x.h5p")
