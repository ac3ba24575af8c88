"""A guess before a figure: what can be asked, how its slider goes, and what is said about one that can't be."""

from __future__ import annotations

import pytest

from webapp.content.lessons.figures import KINDS, Figure
from webapp.content.lessons.guesses import shuffled, usual_step
from webapp.content.lessons.lesson_files import LessonFile, read_lesson

HEAD = "---\ntitle: T\nhook: Why?\n---\n"
BARS = "kind: bars\nrows: [{label: Green tea, value: 80}, {label: Black tea, value: 95}, {label: Water, value: 100}]"
TIMES = "kind: timeline\nevents: [{when: 2022, label: a}, {when: 2023-05, label: b}, {when: 2014/2023, label: c}]"
CHAIN = "kind: chain\nsteps: [{text: a}, {text: b}, {text: c}]"
PARTS = "kind: parts\nwhole: w\nparts: [{label: a, value: 23}, {label: b, value: 77}]"


def read(guess: str, figure: str) -> LessonFile:
    return read_lesson(HEAD + f"```figure\nguess: {guess}\ntitle: T\nsee: S.\n{figure}\n```\n", "l.md", "tea", None)


def figure(guess: str, figure: str) -> Figure:
    found = read(guess, figure)
    assert found.problems == []
    assert found.lesson is not None
    block = found.lesson.lead[0]
    assert isinstance(block, tuple(KINDS.values()))
    return block


@pytest.mark.parametrize(
    ("guess", "drawn", "slider"),
    [
        ("{ask: A?, row: black tea, from: 40, to: 120}", BARS, (40, 120, 1, 95, 1, "number")),
        ("{ask: A?, row: Green tea, to: 400, step: 0.5}", BARS, (0, 400, 0.5, 80, 0, "number")),
        ("{ask: A?, row: a}", PARTS, (0, 100, 1, 23, 0, "number")),
        ("{ask: A?, row: a, from: 2018, to: 2025}", TIMES, (2018, 2025, 1, 2022, 0, "year")),
        ("{ask: A?, row: b, from: 2018, to: 2025}", TIMES, (2018 * 12, 2025 * 12 + 11, 1, 2023 * 12 + 4, 1, "month")),
    ],
)
def test_the_slider_goes_where_the_author_says(guess: str, drawn: str, slider: tuple[object, ...]) -> None:
    found = figure(guess, drawn).slider
    assert found is not None
    assert (found.low, found.high, found.step, found.truth, found.row, found.scale) == slider


def test_an_order_has_no_slider_and_is_offered_in_another_one() -> None:
    asked = figure("{ask: A?, order: true}", CHAIN)
    assert asked.slider is None
    assert sorted(asked.offered) == [0, 1, 2]
    assert asked.offered != [0, 1, 2]


@pytest.mark.parametrize("labels", [["a", "b", "c"], ["x", "y", "z", "w"], ["one", "two", "three"], ["b", "c", "a"]])
def test_the_right_order_is_never_offered(labels: list[str]) -> None:
    assert shuffled(labels) != sorted(range(len(labels)))
    assert shuffled(labels) == shuffled(list(labels))


@pytest.mark.parametrize(
    ("low", "high", "truth", "step"),
    [(0, 10, 6, 1), (0, 10, 6.5, 0.1), (0, 100, 23, 1), (0, 1_000_000, 237_000, 10_000), (0, 0.5, 0.25, 0.005)],
)
def test_a_slider_has_some_hundred_stops_and_whole_ones_for_a_whole_answer(
    low: float, high: float, truth: float, step: float
) -> None:
    assert usual_step(low, high, truth) == pytest.approx(step)


@pytest.mark.parametrize(
    ("guess", "drawn", "column", "words"),
    [
        ("{row: Water, to: 200}", BARS, 8, "the key `ask` is missing; expected the question"),
        ("{ask: A?, rwo: Water, to: 200}", BARS, 18, "did you mean `row`?"),
        ("{ask: A?}", BARS, 8, "does not say what is guessed; write `row:`"),
        ("{ask: A?, row: Water, order: true}", BARS, 8, "asks for both a place and an order"),
        ("{ask: A?, row: Black te, to: 200}", BARS, 23, "did you mean `Black tea`?"),
        ("{ask: A?, row: a, to: 200}", CHAIN, 23, "`a` has no value to guess"),
        (
            "{ask: A?, row: c, from: 2018, to: 2025}",
            TIMES,
            23,
            "`c` has no value to guess; expected one of `a` and `b`",
        ),
        ("{ask: A?, row: Water}", BARS, 8, "the key `to` is missing; expected the right end of the slider"),
        ("{ask: A?, row: Water, to: 90}", BARS, 34, "beyond the slider; let `to` reach further"),
        ("{ask: A?, row: Green tea, from: 90, to: 200}", BARS, 40, "beyond the slider; let `from` reach further"),
        ("{ask: A?, row: Water, from: 90, to: 80}", BARS, 44, "ends before it begins"),
        ("{ask: A?, row: Water, to: many}", BARS, 34, "`to` is `many`; expected a"),
        ("{ask: A?, row: Water, to: 200, step: 0}", BARS, 45, "expected more than 0"),
        ("{ask: A?, row: Water, to: 200, step: 0.1}", BARS, 45, "more than 1,000 stops; make `step` larger"),
        ("{ask: A?, row: a, to: 2025}", TIMES, 8, "the key `from` is missing; expected a year"),
        ("{ask: A?, row: a, from: 2018.5, to: 2025}", TIMES, 32, "expected a year"),
        ("{ask: A?, row: a, from: 2018, to: 2025, unit: g}", TIMES, 48, "a place in time has no `unit`"),
        ("{ask: A?, order: true}", PARTS, 25, "parts of a whole have no order"),
        ("{ask: A?, order: true}", CHAIN + "\nloop: true", 25, "a loop has no first step"),
        ("{ask: A?, order: true}", CHAIN.replace(", {text: c}", ""), 25, "2 parts can't be put in order here"),
        ("{ask: A?, order: true}", CHAIN.replace("{text: c}", "{text: A}"), 25, "two parts of the figure say the same"),
        ("{ask: A?, order: true}", BARS.replace("95", "120"), 25, "don't stand in the order of their values"),
        ("{ask: A?, order: true}", TIMES, 25, "don't stand in the order of time"),
        ("{ask: A?, order: true, to: 5}", CHAIN, 31, "an order has no `to`; delete the key"),
        ("{ask: " + "a" * 301 + ", order: true}", CHAIN, 14, "expected at most 300 letters"),
    ],
)
def test_a_guess_that_cant_be_asked_is_reported_at_its_place(guess: str, drawn: str, column: int, words: str) -> None:
    found = [(p.location.line, p.location.column, p.text) for p in read(guess, drawn).problems]
    assert len(found) == 1, found
    assert found[0][:2] == (6, column), found
    assert words in found[0][2]


RATIO = "kind: ratio\nof: cups\nper: pots\nunit: cups for each pot\n"


@pytest.mark.parametrize(
    ("rest", "line", "column", "words"),
    [
        ("to: 50\nsides: [{label: a, of: 60, per: 5}]", 11, 24, "60 lies beyond the sliders, which go `to` 50"),
        ("to: 50\nsides: [{label: a, of: 20, per: 0}]", 11, 33, "expected more than 0"),
        ("to: 50\nstep: 5\nsides: [{label: a, of: 20, per: 7}]", 12, 33, "no stop of the slider is at 7"),
        ("to: 5000\nsides: [{label: a, of: 20, per: 7}]", 10, 5, "more than 1,000 stops"),
        ("to: 50\nsides: []", 11, 8, "expected at least one item"),
        ("sides: [{label: a, of: 20, per: 7}]", 6, 1, "the key `to` is missing; expected how far the sliders go"),
    ],
)
def test_a_ratio_that_cant_be_handled_is_reported_at_its_place(rest: str, line: int, column: int, words: str) -> None:
    text = HEAD + f"```figure\n{RATIO}{rest}\ntitle: T\nsee: S.\n```\n"
    found = [(p.location.line, p.location.column, p.text) for p in read_lesson(text, "l.md", "tea", None).problems]
    assert any((at, col) == (line, column) and words in said for at, col, said in found), found


def test_the_numbers_of_a_ratio_are_held_to_the_ledger() -> None:
    rest = "to: 50\nstep: 5\nsides: [{label: a, of: 20, per: 10}]\ntitle: T\nsee: S.\n"
    found = read_lesson(HEAD + f"```figure\n{RATIO}{rest}```\n", "l.md", "tea", None)
    assert found.problems == []
    said = {passage.text for passage in found.passages}
    assert {"20", "10"} <= said
    assert not {"50", "5"} & said


def test_the_question_of_a_guess_is_held_to_the_ledger_and_its_slider_is_not() -> None:
    found = read("{ask: Of 300 cups?, row: Water, from: 50, to: 200, step: 5}", BARS)
    assert "Of 300 cups?" in [passage.text for passage in found.passages]
    assert not {"50", "200", "5"} & {passage.text for passage in found.passages}
    assert "100" in [passage.text for passage in found.passages]
