"""Questions with parameters: values from a seed, formulas filled in, and nothing that an author writes can do harm."""

from __future__ import annotations

import time
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from tests.time_limits import CROWDED
from webapp import questions
from webapp.questions.contract import Question
from webapp.questions.variants import MOST_TRIES, BadTemplate, filled, places_drawn

CAR: dict[str, Any] = {
    "id": "car",
    "type": "numeric",
    "stem": "A car of <<m>> kg speeds up by << a >> m/s². What force does that take?",
    "parameters": {
        "m": "800 to 1500 step 100",
        "a": "2, 2.5, 4",
        "metal": "name | c\n--- | ---\ncopper | 385\niron | 449",
        "force": "= m * a",
    },
    "constraints": ["force < 5000"],
    "answer": "<<force>>",
    "unit": "N",
    "tolerance": {"absolute": "<<force / 100>>"},
    "wrong": [{"value": "<<m / a>>", "feedback": "You divided <<m>> by <<a>>, of <<metal.name>> (<<metal.c>>)."}],
    "hints": ["\\<<m>> is shown as it stands; <<if(a > 2, 'fast', 'slow')>>."],
    "explanation": "<<m>> · <<a>> = <<force>>",
}


def car(**more: Any) -> dict[str, Any]:
    return {**CAR, **more}


def declared(**parameters: str) -> dict[str, Any]:
    return {"id": "q", "type": "true_false", "stem": "So?", "parameters": parameters}


def made(question: Question, seed: int) -> Any:
    return questions.variant(question, seed)


def test_the_same_seed_gives_the_same_values_in_every_version() -> None:
    # Written down once: whoever changes how values are drawn changes papers that people have taken.
    found = [filled(CAR, seed).said for seed in (0, 1, 2, 2**53 - 1)]
    assert found == [
        "m = 1400, a = 2.5, metal.name = copper, metal.c = 385, force = 3500",
        "m = 1100, a = 2, metal.name = copper, metal.c = 385, force = 2200",
        "m = 1100, a = 2.5, metal.name = copper, metal.c = 385, force = 2750",
        "m = 900, a = 4, metal.name = iron, metal.c = 449, force = 3600",
    ]


def test_formulas_are_filled_in_wherever_there_is_text() -> None:
    question: Any = questions.parse(CAR)
    assert question.stem == "A car of 1400 kg speeds up by 2.5 m/s². What force does that take?"
    assert (question.answer, question.tolerance.absolute, question.wrong[0].value) == (3500, 35, 560)
    assert question.wrong[0].feedback == "You divided 1400 by 2.5, of copper (385)."
    assert question.hints == ("<<m>> is shown as it stands; fast.",)
    other = made(question, 1)
    assert (other.stem[:16], other.answer, other.explanation) == ("A car of 1100 kg", 2200, "1100 · 2 = 2200")
    assert questions.grade(other, {"text": "2200", "unit": None}).fraction == 1
    assert questions.grade(question, {"text": "2200", "unit": None}).fraction == 0


def test_a_variant_of_a_variant_is_a_variant_of_the_template() -> None:
    question = questions.parse(CAR)
    assert made(made(question, 1), 2) == made(question, 2)
    assert made(questions.load(question.model_dump(mode="json")), 2) == made(question, 2)


def test_a_mended_template_keeps_the_values_that_were_shown() -> None:
    old = questions.parse(CAR)
    more = {"m": "1 to 5", "a": "7, 8", "new": "1 to 3", "force": "= m * a + new"}
    new = questions.parse(car(parameters=more | {"metal": CAR["parameters"]["metal"]}, constraints=["m < 5"]))
    for seed in range(5):
        shown, mended = made(old, seed), questions.variant(new, seed, made(old, seed))
        assert mended.stem == shown.stem
        assert mended.answer - shown.answer in (1, 2, 3)
        assert made(new, seed).stem != shown.stem
        assert questions.variant(old, seed, shown) == shown


def test_a_question_without_parameters_is_its_own_variant() -> None:
    question = questions.parse({"id": "q", "type": "true_false", "stem": "1 << 2 and <<m>>", "answer": "true"})
    assert question.stem == "1 << 2 and <<m>>"
    assert made(question, 7) is question
    assert question.template is None


def test_a_range_gives_each_of_its_values_about_as_often_and_no_other() -> None:
    drawn = Counter(filled(declared(x="-1 to 1 step 0.5"), seed).values["x"] for seed in range(1000))
    assert set(drawn) == {Fraction(step, 2) for step in range(-2, 3)}
    assert min(drawn.values()) > 140


def test_parameters_do_not_go_together_unless_they_are_of_one_table() -> None:
    both = declared(a="1 to 2", b="1 to 2", t="x | y; 1 | 10; 2 | 20")
    drawn = [filled(both, seed).values for seed in range(200)]
    assert len({(values["a"], values["b"]) for values in drawn}) == 4
    assert {(values["t.x"], values["t.y"]) for values in drawn} == {(1, 10), (2, 20)}


def test_constraints_always_hold_and_keep_formulas_from_failing() -> None:
    template = declared(a="0 to 3", b="0 to 3", q="= a / b") | {"constraints": ["b != 0", "mod(a, b) = 0"]}
    for seed in range(200):
        values: Any = filled(template, seed).values
        assert values["b"] != 0
        assert values["q"].denominator == 1


def test_names_ids_points_and_weights_never_vary() -> None:
    for key in ("id", "points", "tags", "section"):
        value: Any = ["<<m>>"] if key == "tags" else "<<m>>"
        with pytest.raises(ValidationError) as caught:
            questions.parse(car(**{key: value}))
        assert caught.value.errors()[0]["loc"][0] == key


def test_a_seed_that_makes_no_question_gives_way_to_another() -> None:
    template = declared(a="0 to 1") | {"stem": "<<1 / a>>", "answer": "true"}
    bad = [seed for seed in range(50) if filled(declared(a="0 to 1"), seed).values["a"] == 0]
    assert bad
    assert 0 not in bad
    question = questions.parse(template)
    for seed in bad:
        with pytest.raises(BadTemplate):
            questions.draw_variant(question, seed)
        assert made(question, seed).stem == "1"


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("x", "expected a range"),
        ("9 to 1", "does not go up"),
        ("1 to 9 step 0", "does not go up"),
        ("1 to 9 step -1", "does not go up"),
        ("1 to 999999999999", "values"),
        ("1 to 2 step 0.000000000001", "values"),
        ("1 to 2 step 5", "has 1 values"),
        ("1,,2", "empty choice"),
        (", ".join("x" * 600), "more than 500"),
        ("a | b", "needs from 2"),
        ("a | a; 1 | 2; 3 | 4", "name its columns"),
        ("1 | b; 1 | 2; 3 | 4", "name its columns"),
        ("a | b; 1; 3 | 4", "needs from 2"),
        ("= 1 / 0", "divides by zero"),
        ("= m", "not known"),
        ("= later", "not known"),
        ("= 9 ** 9 ** 9", "out of any sensible range"),
        ("= " + "1+" * 200 + "1", "longer than"),
        ("= __import__('os').system('true')", "only numbers"),
        ("= (lambda: 0)()", "only numbers"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_at_its_place(parameter: str, said: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        filled(declared(m=parameter, later="1 to 2"), 0)
    (flaw,) = caught.value.flaws
    assert flaw.path == ("parameters", "m")
    assert said in flaw.message


@pytest.mark.parametrize(
    "name", ["1a", "a-b", "a.b", "if", "min", "pi", "and", "not", "_a", "__class__", "é", "", "a" * 99]
)
def test_a_name_that_formulas_could_not_use_is_refused(name: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        filled(declared(**{name: "1 to 2"}), 0)
    assert [flaw.on_key for flaw in caught.value.flaws] == [True]


@pytest.mark.parametrize("constraint", ["a < 0", "a", "a +", "b < 1", "a / 0 > 1", "a < 'x'", "while a"])
def test_a_constraint_that_cannot_hold_is_refused_at_its_place(constraint: str) -> None:
    began = time.process_time()
    with pytest.raises(BadTemplate) as caught:
        filled(declared(a="1 to 2") | {"constraints": [constraint]}, 0)
    assert caught.value.flaws[0].path[0] == "constraints"
    assert time.process_time() - began < 1 * CROWDED


@pytest.mark.parametrize(
    "change",
    [
        {"stem": "<<x>>"},
        {"stem": "<<m"},
        {"stem": "<<__import__('os')>>"},
        {"stem": "<<m.__class__>>"},
        {"stem": "<<10 ** 64>>"},
        {"answer": "<<metal.name>>"},
        {"stem": "<<m>>" * 400},
        {"parameters": {f"p{number}": "1 to 2" for number in range(31)}},
        {"parameters": ["m"]},
        {"parameters": "m"},
        {"parameters": {"m": {"from": "1"}}},
        {"parameters": {"m": None}},
        {"constraints": "force < 5000"},
        {"constraints": ["force < 5000"] * 21},
        {"template": {"stem": "x"}},
        {"template": None},
        {"pillar": "x"},
    ],
)
def test_a_template_that_cannot_be_filled_in_is_refused_as_a_question_without_form(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        questions.parse(car(**change))


def test_constraints_want_parameters_and_a_file_has_no_template() -> None:
    plain = {"id": "q", "type": "true_false", "stem": "So?", "answer": "true"}
    for more in ({"constraints": ["1 < 2"]}, {"template": {"stem": "x"}}):
        with pytest.raises(ValidationError):
            questions.parse(plain | more)


def test_what_a_drawn_text_holds_is_no_formula_again() -> None:
    found = filled(declared(a="<<b>>; <<a>>", b="1 to 2") | {"stem": "<<a>>"}, 0)
    assert found.body["stem"] in ("<<a>>", "<<b>>")


def test_the_largest_template_is_filled_in_in_bounded_time() -> None:
    long = "+".join(["sin(x)"] * 27)
    parameters = {"x": "1 to 1000000", **{f"f{number}": f"= {long}" for number in range(29)}}
    template = declared(**parameters) | {"constraints": ["x < 0"] * 20}
    began = time.process_time()
    with pytest.raises(BadTemplate, match=f"{MOST_TRIES} times"):
        filled(template, 1)
    late = declared(**parameters) | {"constraints": ["f28 > 99"] * 20}
    with pytest.raises(BadTemplate):
        filled(late, 1)
    whole = declared(x="1 to 1000000") | {"stem": f"<<{long}>>" * 300}
    with pytest.raises(BadTemplate, match="letters"):
        filled(whole, 1)
    assert time.process_time() - began < 10 * CROWDED


OPTIONS = [{"text": "ten", "key": "true"}, {"text": "twelve"}]


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        ({"type": "choice", "stem": "<<m>>?", "options": OPTIONS}, True),
        ({"type": "choice", "stem": "<<m>>?", "options": [*OPTIONS, {"text": "<<m + 1>>"}]}, False),
        ({"type": "choice", "stem": "<<m>>?", "options": [*OPTIONS, {"text": "x", "feedback": "<<m>>"}]}, False),
        ({"type": "true_false", "stem": "<<m>> is more than 3.", "answer": "<<m > 3>>"}, True),
        ({"type": "numeric", "stem": "<<m>> + 1?", "answer": "<<m + 1>>"}, True),
        ({"type": "cloze", "stem": "<<m>>?", "text": "It is [[a]].", "blanks": {"a": {"answer": "<<m>>"}}}, False),
    ],
)
def test_answers_read_alike_on_all_papers_unless_a_formula_is_in_what_describes_them(
    change: dict[str, Any], alike: bool
) -> None:
    template = {"id": "q", "parameters": {"m": "1 to 9"}} | change
    assert questions.describes_alike(questions.parse(template)) is alike


def test_the_places_of_what_was_drawn_tell_values_apart() -> None:
    template = declared(a="1 to 4", b="x; y", c="= a * 2", t="p | q; 1 | 2; 3 | 4") | {"constraints": ["a != 2"]}
    values: dict[tuple[int, ...], Any] = {}
    for seed in range(300):
        drawn = filled(template, seed).values
        assert values.setdefault(places_drawn(template, seed), drawn) == drawn
    assert len(values) == 3 * 2 * 2
    assert len({tuple(drawn.values()) for drawn in values.values()}) == len(values)
