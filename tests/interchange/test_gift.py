"""GIFT: what Moodle makes of a file is what the course makes of it, and what it can't is said."""

from __future__ import annotations

import pytest

from tests.interchange.conftest import back, carried, found, only, question, told
from webapp.interchange.contract import UnreadableQuestions
from webapp.interchange.losses import KINDS
from webapp.questions import grade, parse


def test_one_out_of_several_keeps_its_key_and_feedback() -> None:
    assert carried("gift", "::Colour::Which is warm?{=Red#Yes. ~Blue#It is cold. ####Red is warm.}") == {
        "type": "choice",
        "stem": "Which is warm?",
        "options": [
            {"text": "Red", "key": "true", "feedback": "Yes."},
            {"text": "Blue", "feedback": "It is cold."},
        ],
        "explanation": "Red is warm.",
    }


def test_several_right_answers_take_off_for_wrong_ones() -> None:
    values = carried("gift", "Which are even?{~%50%2 ~%50%4 ~%-50%3 ~%-50%5}")
    assert (values["type"], values["scoring"]) == ("multiple", "right-minus-wrong")
    made = parse({"id": "one", **values})
    assert grade(made, {"options": ["a", "c"]}).fraction == 0


@pytest.mark.parametrize(
    ("inside", "answer", "to_true", "to_false"),
    [
        ("T#wrong#right", "true", "right", "wrong"),
        ("FALSE#wrong#right", "false", "wrong", "right"),
        ("TRUE#wrong", "true", None, "wrong"),
    ],
)
def test_the_first_feedback_of_true_and_false_is_that_on_the_wrong_answer(
    inside: str, answer: str, to_true: str | None, to_false: str | None
) -> None:
    values = carried("gift", f"It rains.{{{inside}}}")
    assert values["answer"] == answer
    assert (values["feedback"].get("true"), values["feedback"].get("false")) == (to_true, to_false)


@pytest.mark.parametrize(
    ("inside", "answer", "room"),
    [("#3:2", "3", "2"), ("#1..5", "3", "2"), ("#3.1415:0.0005", "3.1415", "0.0005"), ("#-2", "-2", None)],
)
def test_a_number_keeps_how_far_off_is_right(inside: str, answer: str, room: str | None) -> None:
    values = carried("gift", f"How many?{{{inside}}}")
    assert values["answer"] == answer
    assert values.get("tolerance", {}).get("absolute") == room


def test_words_pairs_and_orders() -> None:
    assert carried("gift", "Who?{=no one =nobody =%0%Grant#He lies elsewhere.}") == {
        "type": "short_text",
        "stem": "Who?",
        "answers": ["no one", "nobody"],
        "wrong": [{"text": "Grant", "feedback": "He lies elsewhere."}],
    }
    pairs = carried("gift", "Match.{=Canada -> Ottawa =Italy->Rome = -> Chur}")
    assert pairs["pairs"] == [{"left": "Canada", "right": "Ottawa"}, {"left": "Italy", "right": "Rome"}]
    assert pairs["extra"] == [{"text": "Chur"}]
    order = carried("gift", "Sort.{>0 ALL VERTICAL RELATIVE_ALL_PREVIOUS_AND_NEXT SHOW none\none\ntwo\nthree\n}")
    assert [each["text"] for each in order["items"]] == ["one", "two", "three"]
    assert "scoring" not in order


def test_signs_with_a_backslash_are_signs() -> None:
    values = carried("gift", r"Which is \{2\+2\}\: 4?{=\=4 ~\~4 ~a \# b ~\\}")
    texts = [parse({"id": "q", **values}).options[place].text for place in range(4)]  # type: ignore[attr-defined]
    assert values["stem"] == r"Which is {2\\+2}: 4?"
    assert texts == ["=4", r"\~4", "a # b", r"\\"]


def test_html_and_formulas_become_markdown() -> None:
    values = carried("gift", r"[html]<p>Is <b>H<sub>2</sub>O</b> \\(x^2\\) &lt; $5?</p>{T}")
    assert values["stem"] == r"Is **H~2~O** $x^2$ \< \$5?"


def test_comments_name_and_tag_a_question_and_a_category_tags_what_follows() -> None:
    read = found("gift", "$CATEGORY: $course$/top/Unit 1\n\n// [id:q-7] [tag:level:apply] [tag:Big Words]\nOne?{T}\n")
    category, item = read.items
    assert told(category) == ("carried with losses", ["category"])
    assert (item.source, item.is_named) == ("q-7", True)
    assert item.values is not None
    assert (item.values["level"], item.values["tags"]) == ("apply", ["unit-1", "big-words"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Only a text.", "description"),
        ("Pick.{=a =b ~c}", "keys"),
        ("Pick.{~a ~b}", "no-key"),
        ("Pick.{=a", "broken"),
        ("Match.{=a -> b}", "broken"),
        ("How many?{#}", "no-key"),
        ("How many?{#many}", "broken"),
        ("How many?{#1 =2}", "keys"),
        ("Say it.{=*}", "any-answer"),
    ],
)
def test_what_has_no_key_is_left_out_and_no_key_is_guessed(text: str, code: str) -> None:
    item = only("gift", text)
    assert item.values is None
    assert told(item) == ("left out", [code])
    assert item.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Write.{}", "rubric"),
        ("Pick.{=a ~%50%b}", "weights"),
        ("Which?{~%30%a ~%70%b ~%-100%c}", "scoring"),
        ("Who?{=me =%0%*#No.}", "catch-all"),
        ("Who?{=me#Right.}", "feedback"),
        ("[html]<u>Who</u>?{=me}", "html"),
        ("[html]<img src='a.png' alt='x'>Who?{=me}", "picture-missing"),
    ],
)
def test_what_is_lost_is_said(text: str, code: str) -> None:
    item = only("gift", text)
    assert item.values is not None
    assert told(item) == ("carried with losses", [code])


def test_other_encodings_are_read_and_said() -> None:
    read = found("gift", "Grün?{T}".encode("cp1252"))
    assert read.items[0].values is not None
    assert read.items[0].values["stem"] == "Grün?"
    assert [loss.code for loss in read.losses] == ["encoding"]
    assert found("gift", "\ufeffGrün?{T}".encode("utf-16")).items[0].values is not None


def test_an_empty_file_is_refused_with_a_sentence() -> None:
    for raw in (b"", b" \n", b"// only a comment", b"PK\x03\x04"):
        with pytest.raises(UnreadableQuestions, match=r"\.$"):
            found("gift", raw)


QUESTIONS = {
    "choice": "{type: choice, stem: 'A *b* #1?', options: [{text: 'x=1', key: true, feedback: '{y}'}, {text: '|z'}]}",
    "multiple": """{type: multiple, stem: Which?, scoring: right-minus-wrong,
        options: [{text: a, key: true}, {text: b}, {text: c, key: true}, {text: d, feedback: No.}]}""",
    "true_false": "{type: true_false, stem: It is so., answer: false, feedback: {true: No., false: Yes.}}",
    "numeric": """{type: numeric, stem: How many?, answer: 6.5, tolerance: {absolute: 0.1},
        wrong: [{value: 8, feedback: Too many.}], explanation: 'Count: one, two.'}""",
    "short_text": "{type: short_text, stem: Who?, answers: [me, 'a*b'], wrong: [{text: you, feedback: No.}]}",
    "matching": """{type: matching, stem: Match., pairs: [{left: a, right: b}, {left: c, right: d}],
        extra: [{text: e}]}""",
    "ordering": "{type: ordering, stem: Sort., items: [{text: one}, {text: 'two ->'}]}",
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_was_written_is_read_again_as_it_was(name: str) -> None:
    before = question(QUESTIONS[name])
    (values,), lost = back("gift", before)
    assert lost == [[]]
    after = parse({"id": "one", **values})
    assert after.model_dump(exclude={"stem"}) == before.model_dump(exclude={"stem"})
    assert after.stem.replace("\\", "") == before.stem


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{type: numeric, stem: S., answer: 6, unit: kg, tolerance: {relative: 0.5}}", {"unit", "tolerance"}),
        ("{type: short_text, stem: S., answers: [abcdef, {pattern: 'x+'}], distance: 1}", {"pattern", "distance"}),
        ("{type: true_false, stem: S., answer: true, points: 2, hints: [H.]}", {"points", "hints"}),
        ("{type: true_false, stem: '![A leaf](media/leaf.png) green?', answer: true}", {"picture-out"}),
        ("{type: multiple, stem: S., options: [{text: a, key: true}, {text: b}]}", {"scoring"}),
    ],
)
def test_what_gift_cannot_say_is_told_when_it_is_written(text: str, codes: set[str]) -> None:
    values, (lost,) = back("gift", question(text))
    assert set(lost) == codes
    assert len(values) == 1


def test_a_type_that_gift_has_not_is_left_out_and_not_disguised() -> None:
    text = "{type: cloze, stem: Fill., text: 'A [[b]].', blanks: {b: {answers: [c]}}}"
    values, (lost,) = back("gift", question(text))
    assert values == []
    assert lost == ["type-out"]
    assert KINDS["type-out"].keeps_out


def test_a_forgotten_blank_line_swallows_no_question() -> None:
    """The second question became words of the first, and nobody was told."""
    named = found("gift", "::One::Is it?{T}\n::Two::Is it not?{F}\n// a note\n::Three::Who?{=a ~b}\n")
    assert [(item.title, item.values is not None) for item in named.items] == [
        ("One", True), ("Two", True), ("Three", True),
    ]  # fmt: skip
    nameless = only("gift", "Is it?{T}\nIs it not?{F}")
    assert nameless.values is None
    assert [loss.code for loss in nameless.losses] == ["broken"]
    assert carried("gift", "It is {T} by \\{a\\}.")["stem"].endswith("by {a}.")
