"""Typed words: what is the same, what is a slip, and what is an error."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from webapp.questions import TYPES
from webapp.questions.contract import Question
from webapp.questions.inputs import phrases

from .conftest import read

SHORT = TYPES["short_text"]


def short(rest: str) -> Question:
    return read(f"id: q\ntype: short_text\nstem: Which?\n{rest}")


def fraction(question: Question, text: str) -> float:
    return SHORT.grade(question, {"text": text}).fraction


@pytest.mark.parametrize(
    "text", ["Open source", "open source", "OPEN  SOURCE", "open-source", "open–source", " Open\u00a0source. ",
             "“open source”", "(open source)", "ｏｐｅｎ source", "open source!"],
)  # fmt: skip
def test_case_spaces_hyphens_and_punctuation_do_not_matter(text: str) -> None:
    assert fraction(short("answers: [Open source]"), text) == 1


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Zürich", "zurich"),
        ("São Paulo", "Sao Paulo"),
        ("Łódź", "lodz"),
        ("Malmö", "Malmo\u0308"),
        ("Straße", "strasse"),
        ("Æther", "aether"),
    ],
)
def test_accents_do_not_matter(answer: str, text: str) -> None:
    assert fraction(short(f"answers: [{answer}]"), text) == 1
    assert fraction(short(f"answers: [{text}]"), answer) == 1


def test_case_and_accents_count_where_the_author_says_so() -> None:
    question = short("answers: [Zürich]\ncase: true\naccents: true")
    assert [fraction(question, text) for text in ("Zürich", "Zu\u0308rich", "zürich", "Zurich")] == [1, 1, 0, 0]
    assert fraction(short("answers: [Zürich]\ncase: true"), "Zurich") == 1


def test_scripts_whose_marks_are_letters_keep_them() -> None:
    assert fraction(short("answers: [किताब]"), "किताब") == 1
    assert fraction(short("answers: [किताब]"), "कतब") == 0


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ("التبخّر", "التبخر", 1),  # a doubled letter, marked or not
        ("عِلْم", "علم", 1),  # vowels
        ("أحمد", "احمد", 1),  # a hamza that is left out
        ("آبار", "ابار", 1),
        ("بخار", "بـــخار", 1),  # drawn wide
        ("بخار", "\u200fبخار\u200e", 1),  # with signs of direction, as copied
        ("بخار", "«بخار»؟", 1),
        ("بخار", "\ufe91\ufea8\ufe8e\ufead", 1),  # as letters of an old font
        ("مدرسة", "مدرسه", 0),  # letters of their own
        ("على", "علي", 0),
        ("שָׁלוֹם", "שלום", 1),
    ],
)
def test_marks_above_and_below_arabic_and_hebrew_letters_do_not_matter(answer: str, text: str, expected: int) -> None:
    assert fraction(short(f"answers: [{answer}]"), text) == expected
    assert fraction(short(f"answers: [{text}]"), answer) == expected


def test_they_count_where_accents_do_but_what_is_no_letter_never_does() -> None:
    question = short("answers: [عِلْم]\naccents: true")
    assert [fraction(question, text) for text in ("عِلْم", "علم", "\u200fعِـلْم")] == [1, 0, 1]


@pytest.mark.parametrize(
    ("distance", "expected"), [(0, [1, 0, 0, 0, 0]), (1, [1, 1, 1, 0, 0]), (2, [1, 1, 1, 1, 0]), (3, [1, 1, 1, 1, 1])]
)
def test_slips_are_counted_with_swaps_as_one(distance: int, expected: list[int]) -> None:
    question = short(f"answers: [constraints]\ndistance: {distance}")
    texts = ["constraints", "contsraints", "constraint", "constrant", "cnstrant"]
    assert [fraction(question, text) for text in texts] == expected


def test_a_foreseen_error_goes_before_a_forgiven_slip() -> None:
    question = short(
        "answers: [exploit]\ndistance: 2\n"
        "wrong: [{text: explore, feedback: The opposite.}, {text: exploits, feedback: One too many.}]"
    )
    for text, right, feedback in [
        ("exploit", 1, ""),
        ("exploti", 1, ""),
        ("explore", 0, "The opposite."),
        ("explor", 0, "The opposite."),  # one from the error, two from the answer
        ("exploits", 0, "One too many."),
        ("nothing", 0, ""),
    ]:
        grade = SHORT.grade(question, {"text": text})
        assert (grade.fraction, grade.parts[0].feedback) == (right, feedback), text


def test_patterns_take_the_whole_answer_without_regard_to_case_and_accents() -> None:
    question = short(
        'answers: [WIPO, {pattern: "w[oó]rld intellectual property organi[sz]ation"}]\n'
        'wrong: [{pattern: "wt.", feedback: Trade.}]'
    )
    assert fraction(question, "The World Intellectual Property Organisation") == 0
    assert fraction(question, "World  Intellectual Property Organisation.") == 1
    assert fraction(question, "WÓRLD intellectual property organization") == 1
    assert SHORT.grade(question, {"text": "WTO"}).parts[0].feedback == "Trade."


def test_nothing_but_punctuation_is_no_answer() -> None:
    question = short("answers: [x]\ndistance: 0\nwrong: [{text: y}]")
    assert fraction(question, "...") == 0


def test_a_long_answer_is_badly_formed() -> None:
    question = short("answers: [wipo]")
    assert SHORT.malformed(question, {"text": "x" * 200}) is None
    assert SHORT.malformed(question, {"text": "x" * 201}) == "Write at most 200 characters."
    assert fraction(question, "wipo" + " " * 300) == 1


@pytest.mark.parametrize(
    ("rest", "paths"),
    [
        ("answers: [WIPO, wipo]", [("answers", 1)]),
        ("answers: [WIPO, '...']", [("answers", 1)]),
        ("answers: [{pattern: 'w(?=x)'}, WIPO]", [("answers", 0, "pattern")]),
        ("answers: [{pattern: wipo}]", [("answers",)]),
        ("answers: [WIPO, {pattern: 'wt.'}]\nwrong: [{text: WTO}]", [("wrong", 0, "text")]),
        ("answers: [WIPO]\nwrong: [{text: wto}, {pattern: '(('}]", [("wrong", 1, "pattern")]),
        ("answers: [WIPO]\nwrong: [{text: wto}, {text: WTO}]", [("wrong", 1, "text")]),
        ("answers: [World Intellectual Property Organization, AI]\ndistance: 1", [("distance",)]),
        ("answers: [WIPO]\ndistance: 2", [("distance",)]),
    ],
)
def test_flaws_are_found_at_their_place(rest: str, paths: list[tuple[Any, ...]]) -> None:
    assert [flaw.path for flaw in SHORT.check(short(rest))] == paths


@pytest.mark.parametrize(
    ("rest", "place"),
    [
        ("answers: []", ("answers",)),
        ("answers: [{}]", ("answers", 0)),
        ("answers: [{text: a, pattern: b}]", ("answers", 0)),
        ("answers: [a]\ndistance: 4", ("distance",)),
        ("answers: [a]\ndistance: far", ("distance",)),
        ("answers: [a]\nwrong: [{feedback: b}]", ("wrong", 0)),
        ("answers: [{txt: a}]", ("answers", 0, "txt")),
    ],
)
def test_the_form_is_checked_at_its_place(rest: str, place: tuple[Any, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        short(rest)
    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_what_was_typed_is_made_ready_once_for_all_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    question = short("answers: [one, {pattern: two|three}, {pattern: 'f.*'}]\nwrong: [{pattern: 's.*'}, {text: nine}]")
    tidied = phrases.tidied
    seen: list[str] = []

    def counting(text: str, *, accents: bool = False) -> str:
        seen.append(text)
        return tidied(text, accents=accents)

    monkeypatch.setattr(phrases, "tidied", counting)
    assert fraction(question, "Nothing") == 0
    assert seen.count("Nothing") == 1


def test_the_review_says_what_was_typed_and_the_first_answer() -> None:
    (part,) = SHORT.grade(short("answers: [WIPO, World body]"), {"text": " the  WTO "}).parts
    assert (part.given, part.right) == ("the WTO", "WIPO")
    assert fraction(short("answers: [{pattern: 'x+'}, WIPO]"), "x" * 200) == 1
    assert fraction(short("answers: [{pattern: 'x+'}, WIPO]"), "x" * 201) == 0
