"""Aiken in and out."""

from __future__ import annotations

import pytest

from tests.interchange.conftest import back, carried, found, only, question, told
from webapp.interchange import recognised

GOOD = "Which is warm?\nA) Red\nB. Blue > green\nANSWER: A\n"


def test_a_question_with_its_letter() -> None:
    assert carried("aiken", GOOD) == {
        "type": "choice",
        "stem": "Which is warm?",
        "options": [{"text": "Red", "key": "true"}, {"text": "Blue > green"}],
    }
    assert recognised(GOOD.encode(), "a.txt").name == "aiken"


def test_signs_of_html_and_markdown_are_words() -> None:
    values = carried("aiken", "Is <b> *bold*?\nA) # yes\nB) no\nANSWER: B\n")
    assert values["stem"] == r"Is \<b> \*bold\*?"
    assert values["options"][0]["text"] == r"\# yes"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Too few\nA) Only one\nANSWER: A\n", "broken"),
        ("A) Not begun\nB) Not begun\nANSWER: A\n", "broken"),
        ("Not finished\nA) a\nB) b\n", "no-key"),
        ("Wrong letter\nA) a\nB) b\nANSWER: C\n", "key-unclear"),
        ("In words\nA) a\nB) b\nANSWER: the first\n", "key-unclear"),
        ("Twice\nA) a\nA) b\nANSWER: A\n", "broken"),
    ],
)
def test_what_is_broken_is_left_out_and_the_next_question_is_read(text: str, code: str) -> None:
    bad, good = found("aiken", text + "\n" + GOOD).items
    assert told(bad) == ("left out", [code])
    assert bad.text
    assert told(good) == ("carried", [])
    assert good.values is not None


def test_it_goes_out_and_comes_back() -> None:
    text = "{type: choice, stem: Which?, options: [{text: a}, {text: b, key: true}]}"
    (values,), lost = back("aiken", question(text))
    assert lost == [[]]
    assert values["options"] == [{"text": "a"}, {"text": "b", "key": "true"}]
    _, ((code,),) = back("aiken", question("{type: true_false, stem: So., answer: true}"))
    assert code == "type-out"


def test_a_stem_that_looks_like_an_answer_stays_a_stem() -> None:
    text = "{type: choice, stem: 'A) or B)?', options: [{text: a}, {text: b, key: true}]}"
    (values,), _ = back("aiken", question(text))
    assert "A) or B)?" in values["stem"]
    assert only("aiken", GOOD).place == "line 1"
