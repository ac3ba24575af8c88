"""Item-writing flaws: each is found at its place, accepted with a reason, and absent from a clean question."""

from __future__ import annotations

import random
import textwrap
import time
from pathlib import Path

import pytest

from tests.content.conftest import Folder
from tests.time_limits import CROWDED
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.lint.bank import chi_square_p
from webapp.content.lint.run import RULES, lint
from webapp.content.lint.similar import similar
from webapp.content.problems import Problem

HEAD = """\
questions:
  - id: new
    type: {type}
    facts: [yeast-gas]
    section: rising
    explanation: So it is.
    level: understand
    stem: {stem}
{rest}
"""


def findings(
    folder: Folder, stem: str, options: list[str] | None = None, rest: str = "", kind: str = "choice"
) -> list[Problem]:
    """What is found in one question that stands alone in its pillar. The first option is the key."""
    if options is not None:
        lines = [
            f"      - text: {text}\n        {'key: true' if n == 0 else 'feedback: No.'}"
            for n, text in enumerate(options)
        ]
        rest = "    options:\n" + "\n".join(lines) + "\n" + rest
    folder.write("2-bread/new.yaml", HEAD.format(type=kind, stem=stem, rest=rest))
    return [finding for finding in lint(folder.load()) if finding.location.file == "2-bread/new.yaml"]


def codes(found: list[Problem]) -> list[str]:
    return [finding.code for finding in found]


GOOD = ["the gas in it", "the salt in it", "the heat in it"]


def test_the_tiny_course_is_clean(tiny: Course) -> None:
    assert lint(tiny) == []


def test_a_clean_question_is_clean(folder: Folder) -> None:
    assert findings(folder, "What lifts a loaf?", GOOD) == []


# stem, options (the key first), the code, the line of the finding in the file
FLAWS = {
    "key longest": (
        "What lifts a loaf?", ["the gas that the yeast makes out of the sugar", "salt in it", "heat of it"],
        "key-longest", 10,
    ),
    "not": ("Which of these does not lift a loaf?", GOOD, "negative-not-emphasised", 8),
    "except": ("All of these lift a loaf except which?", GOOD, "negative-not-emphasised", 8),
    "isn't": ("Which of these isn't in a loaf?", GOOD, "negative-not-emphasised", 8),
    "all of the above": ("What lifts a loaf?", [*GOOD, "All of the above"], "all-of-the-above", 16),
    "all of these": ("What lifts a loaf?", [*GOOD, "All of these"], "all-of-the-above", 16),
    "both of them": ("What lifts a loaf?", ["Both of them", "the salt", "the heat"], "all-of-the-above", 10),
    "none of the above": ("What lifts a loaf?", [*GOOD, "None of the above."], "none-of-the-above", 16),
    "neither of these": ("What lifts a loaf?", [*GOOD, "Neither of these"], "none-of-the-above", 16),
    "always": ("What lifts a loaf?", ["the gas in it", "it always rises", "the heat"], "absolute", 12),
    "overlap": ("How many?", ["4 to 10", "10 to 20", "2"], "options-overlap", 12),
    "more than and a number": ("How many?", ["more than 4", "65", "2"], "options-overlap", 12),
    "unordered": ("How many?", ["65", "100", "4"], "options-unordered", 9),
    "ordered and shuffled": ("How many?", ["4", "65", "100"], "options-unordered", 9),
    "article": ("What lifts a loaf is an", ["oven", "yeast", "egg"], "grammar-cue", 12),
    "plural": ("What lifts a loaf are", ["gases", "yeast", "eggs"], "grammar-cue", 12),
    "clang": ("Which creature lifts a loaf?", ["the creature in it", "the salt in it", "the heat"], "clang", 10),
    "number": ("Which of 31 lifts a loaf?", GOOD, "number-without-source", 8),
    "html": ("What <b>lifts</b> a loaf?", GOOD, "html-shown", 8),
    "html in an option": ("What lifts a loaf?", ["the gas<br>in it", "the salt", "the heat"], "html-shown", 10),
    "number in the key": ("How many?", ["31 of them", "many of them", "few of them"], "number-without-source", 10),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_found_at_its_line(folder: Folder, flaw: str) -> None:
    stem, options, code, line = FLAWS[flaw]
    found = [finding for finding in findings(folder, stem, options) if finding.code == code]
    assert [finding.location.line for finding in found] == [line]
    assert found[0].reference
    assert found[0].suggestion


@pytest.mark.parametrize(
    "stem",
    [
        "Which of these does **not** lift a loaf?",
        "Which of these does NOT lift a loaf?",
        "It does not rise by itself. What lifts a loaf?",
        "Why does a loaf without it not rise?",
        "What is true of a loaf, and not of a stone?",
        "What lifts at least one loaf?",
    ],
)
def test_a_negative_that_cannot_be_overlooked_is_fine(folder: Folder, stem: str) -> None:
    assert "negative-not-emphasised" not in codes(findings(folder, stem, GOOD))


@pytest.mark.parametrize(
    "options",
    [
        ["the gas in it, of all of the things above it", "the salt", "the heat"],
        ["all over the dough", "none but the salt", "both hands of the baker"],
    ],
)
def test_words_like_all_in_an_ordinary_option_are_fine(folder: Folder, options: list[str]) -> None:
    found = codes(findings(folder, "What lifts a loaf?", options))
    assert "all-of-the-above" not in found
    assert "none-of-the-above" not in found


def test_ordered_numbers_that_keep_their_order_are_fine(folder: Folder) -> None:
    assert findings(folder, "How many?", ["4", "65", "100"], "    shuffle: false\n") == []


def test_ranges_that_touch_but_do_not_overlap_are_fine(folder: Folder) -> None:
    numbers = ", ".join(f'"{number}": "example: x"' for number in (0, 9, 10, 19, 20, 29))
    rest = f"    shuffle: false\n    numbers: {{{numbers}}}\n"
    assert "options-overlap" not in codes(findings(folder, "How many?", ["0–9", "10–19", "20–29"], rest))


def test_an_absolute_in_a_false_statement_gives_it_away(folder: Folder) -> None:
    rest = "    answer: {}\n    feedback: {{true: No., false: No.}}\n"
    assert codes(findings(folder, "A loaf always rises.", rest=rest.format("false"), kind="true_false")) == ["absolute"]
    assert findings(folder, "A loaf always rises.", rest=rest.format("true"), kind="true_false") == []


def test_an_absolute_in_every_option_gives_nothing_away(folder: Folder) -> None:
    assert findings(folder, "When does it rise?", ["always at noon", "always at night", "always in May"]) == []


def test_missing_feedback_is_found_in_every_type(folder: Folder) -> None:
    two = "    options:\n      - {text: one, key: true}\n      - {text: two}\n"
    assert codes(findings(folder, "What lifts a loaf?", rest=two)) == ["feedback-missing"]
    assert codes(findings(folder, "Loaves rise.", rest="    answer: true\n", kind="true_false")) == ["feedback-missing"]
    number = "    answer: 65\n    wrong: [{value: 4}]\n"
    assert codes(findings(folder, "How much?", rest=number, kind="numeric")) == ["feedback-missing"]
    text = "    answers: [yeast]\n    wrong: [{text: salt}]\n"
    assert codes(findings(folder, "What lifts a loaf?", rest=text, kind="short_text")) == ["feedback-missing"]
    cloze = (
        "    text: A [[a]] and [[b]].\n    blanks:\n      a: {options: [{text: x, key: true}, {text: y}]}\n"
        "      b: {answers: [z], wrong: [{text: q}]}\n"
    )
    assert codes(findings(folder, "Fill in.", rest=cloze, kind="cloze")) == ["feedback-missing"] * 2


def test_an_article_before_a_menu_in_a_text_is_a_cue(folder: Folder) -> None:
    options = "[{text: oven, key: true}, {text: pot, feedback: No.}]"
    cloze = f"    text: It is an [[a]].\n    blanks:\n      a: {{options: {options}}}\n"
    assert codes(findings(folder, "Fill in.", rest=cloze, kind="cloze")) == ["grammar-cue"]


def test_a_question_without_explanation_fact_or_section_is_found(folder: Folder) -> None:
    folder.write(
        "2-bread/new.yaml",
        "questions:\n  - id: new\n    type: choice\n    stem: What lifts a loaf?\n"
        "    options: [{text: one, key: true}, {text: two, feedback: No.}]\n",
    )
    found = [finding for finding in lint(folder.load()) if finding.location.file == "2-bread/new.yaml"]
    assert codes(found) == ["explanation-missing", "fact-missing", "section-missing"]


def test_retired_questions_are_left_alone(folder: Folder) -> None:
    assert findings(folder, "Which of these does not lift a loaf?", GOOD, "    retired: true\n") == []


def test_checks_in_lessons_are_linted_where_they_stand(folder: Folder) -> None:
    folder.append(
        "2-bread/lesson.md",
        "\n```check\ntype: choice\nstem: Which does not rise?\noptions: [{text: a, key: true}, {text: b}]\n```\n",
    )
    found = lint(folder.load())
    assert codes(found) == ["negative-not-emphasised", "feedback-missing"]
    assert str(found[0].location) == folder.place("2-bread/lesson.md", "not rise")


def test_a_finding_is_accepted_with_a_reason(folder: Folder) -> None:
    accept = "    accept: {negative-not-emphasised: The sentence is quoted.}\n"
    assert findings(folder, "Which of these does not lift a loaf?", GOOD, accept) == []


def test_a_stale_acceptance_is_reported_itself(folder: Folder) -> None:
    found = findings(folder, "What lifts a loaf?", GOOD, "    accept: {clang: Once it did.}\n")
    assert codes(found) == ["accept-stale"]
    assert str(found[0].location) == folder.place("2-bread/new.yaml", "clang")


def test_an_acceptance_of_what_nobody_looks_for_is_reported(folder: Folder) -> None:
    found = findings(folder, "What lifts a loaf?", GOOD, "    accept: {key-longset: x}\n")
    assert codes(found) == ["accept-unknown"]
    assert "did you mean `key-longest`?" in found[0].suggestion


def test_numbers_of_a_question_are_checked_with_their_sums(folder: Folder) -> None:
    base = "    numbers: {}\n"
    stem = "Which of 130 loaves?"
    assert codes(findings(folder, stem, GOOD, base.format('{"130": "= 65 * 2"}'))) == []
    assert codes(findings(folder, stem, GOOD, base.format('{"130": "example: a made-up bakery"}'))) == []
    wrong = findings(folder, stem, GOOD, base.format('{"130": "= 65 * 3"}'))
    assert codes(wrong) == ["number-wrong"]
    assert "195" in wrong[0].message
    assert codes(findings(folder, stem, GOOD, base.format('{"130": "= 65 * 2", "99": "example: x"}'))) == [
        "number-unused"
    ]


def test_numbers_of_a_lesson_are_checked_where_they_stand(folder: Folder) -> None:
    folder.append("2-bread/lesson.md", "\nIn 1899 it was 31 g, then 65 g, then 130 g.\n")
    found = lint(folder.load())
    assert [(finding.code, str(finding.location)) for finding in found] == [
        ("number-without-source", folder.place("2-bread/lesson.md", text)) for text in ("1899", "31", "130")
    ]
    folder.edit(
        "2-bread/lesson.md", "minutes: 3\n", 'minutes: 3\nnumbers: {"130": "= 65 * 2", "31": "= 30", "7": "= 7"}\n'
    )
    assert sorted(codes(lint(folder.load()))) == ["number-unused", "number-without-source", "number-wrong"]


def test_html_in_a_lesson_is_found_where_it_stands(folder: Folder) -> None:
    folder.append("2-bread/lesson.md", "\nA <em>big</em> loaf, and `<b>` in code.\n")
    found = lint(folder.load())
    assert [(finding.code, str(finding.location)) for finding in found] == [
        ("html-shown", folder.place("2-bread/lesson.md", "<em>"))
    ]


def test_a_finding_about_a_lesson_is_accepted_in_its_front_matter(folder: Folder) -> None:
    folder.append("2-bread/lesson.md", "\nIn 1899 it was so.\n")
    folder.edit(
        "2-bread/lesson.md", "minutes: 3\n", "minutes: 3\naccept: {number-without-source: A year of the tale.}\n"
    )
    assert lint(folder.load()) == []


def test_a_question_may_use_the_numbers_of_its_lesson(folder: Folder) -> None:
    folder.edit("2-bread/lesson.md", "minutes: 3\n", 'minutes: 3\nnumbers: {"130": "= 65 * 2"}\n')
    folder.append("2-bread/lesson.md", "\nThat is 130 g.\n")
    assert findings(folder, "Which of 130 loaves?", GOOD) == []


def test_near_duplicates_are_found_across_files(folder: Folder) -> None:
    found = findings(folder, "Your green tea tastes bitter. What do you change at first?", GOOD)
    assert codes(found) == ["near-duplicate"]
    assert "`tea-choice-plan`" in found[0].message
    accept = "    accept: {near-duplicate: Asked twice on purpose.}\n"
    assert findings(folder, "Your green tea tastes bitter. What do you change at first?", GOOD, accept) == []


def test_the_same_instruction_above_different_things_is_no_duplicate(folder: Folder) -> None:
    rest = "    items: [{text: Sow}, {text: Water}, {text: Weed}, {text: Reap}]\n"
    assert findings(folder, "Put the steps in order.", rest=rest, kind="ordering") == []


def test_facts_that_nobody_teaches_or_tests_are_found_in_the_ledger(folder: Folder) -> None:
    folder.append("ledger.yaml", "  - {id: crust, claim: A loaf has a crust., firmness: stated, section: bread}\n")
    found = lint(folder.load())
    assert codes(found) == ["fact-untaught", "fact-untested"]
    assert str(found[0].location) == folder.place("ledger.yaml", "crust,")
    folder.append("course.yaml", "accept: {fact-untaught: Later., fact-untested: Later.}\n")
    assert lint(folder.load()) == []


def many(folder: Folder, keys: list[int], level: str = "apply") -> None:
    """So many choice questions whose keys stand at these places."""
    chance = random.Random(3)
    words = [f"w{number}" for number in range(4000)]
    text = "questions:\n"
    for number, key in enumerate(keys):
        options = "".join(
            f"      - {{text: {' '.join(chance.sample(['oak', 'elm', 'ash', 'fir'], 2))} {'abcd'[place]}, "
            f"{'key: true' if place == key else 'feedback: No.'}}}\n"
            for place in range(4)
        )
        stem = " ".join(chance.sample(words, 6))
        text += (
            f"  - id: n{number}\n    type: choice\n    level: {level}\n    facts: [yeast-gas]\n    section: rising\n"
            f"    stem: {stem}?\n    explanation: So.\n    options:\n{options}"
        )
    folder.write("2-bread/many.yaml", text)


def test_uneven_keys_over_the_bank_are_found(folder: Folder) -> None:
    many(folder, [0, 1, 2, 3] * 15)
    assert "key-positions" not in codes(lint(folder.load()))
    many(folder, [0] * 40 + [1, 2, 3] * 7)
    found = [finding for finding in lint(folder.load()) if finding.code == "key-positions"]
    assert len(found) == 1
    assert "place 1 has the key in 40 of 62 questions with 4 options" in found[0].message


def test_too_much_recall_is_found(folder: Folder) -> None:
    many(folder, [0, 1, 2, 3] * 5, level="recall")
    assert "recall-share" in codes(lint(folder.load()))


@pytest.mark.parametrize(
    ("statistic", "freedom", "p"), [(3.841, 1, 0.05), (11.345, 3, 0.01), (0.0, 3, 1.0), (2.366, 3, 0.5), (50, 3, 0.0)]
)
def test_the_chi_square_table_is_met(statistic: float, freedom: int, p: float) -> None:
    assert chi_square_p(statistic, freedom) == pytest.approx(p, abs=5e-4)


def test_every_rule_has_a_reference_and_is_tried_here() -> None:
    text = Path(__file__).read_text()
    for rule in RULES.values():
        assert rule.reference
        assert rule.title
        assert f'"{rule.code}"' in text or rule.code == "key-longest-often", rule.code


def test_keys_that_are_the_longest_too_often_are_found(folder: Folder) -> None:
    many(folder, [0, 1, 2, 3] * 15)
    text = folder.text("2-bread/many.yaml").replace(", key: true", " long, key: true")
    folder.write("2-bread/many.yaml", text)
    assert "key-longest-often" in codes(lint(folder.load()))


def test_keys_that_are_hardly_ever_the_longest_are_found_too(folder: Folder) -> None:
    """Whoever strikes out the longest option would do better than by chance."""
    many(folder, [0, 1, 2, 3] * 15)
    lines = folder.text("2-bread/many.yaml").splitlines(keepends=True)
    longer = [line if ", key: true" in line else line.replace(", feedback", " at length, feedback") for line in lines]
    assert longer != lines
    folder.write("2-bread/many.yaml", "".join(longer))
    found = [finding for finding in lint(folder.load()) if finding.code == "key-longest-often"]
    assert [finding.suggestion for finding in found] == ["shorten wrong options or lengthen keys"]


PAIR = """
questions:
  - id: asks
    type: {type}
    facts: [yeast-gas]
    section: rising
    explanation: So it is.
    level: understand
    stem: Which grain did the bakers of Ravenna grind for their crusty festival loaves?
{answer}
  - id: tells
    type: true_false
    facts: [yeast-gas]
    section: rising
    explanation: So it is.
    level: understand
    stem: "{tells}"
    answer: false
    feedback: {{true: "No."}}
"""
OPTIONS = """\
    options:
      - {text: einkorn, key: true}
      - {text: barley, feedback: No.}
      - {text: sorghum, feedback: No.}
"""
TELLS = "Bakers of Ravenna ground einkorn by hand for their crusty festival loaves."


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("choice", OPTIONS),
        ("short_text", "    answers: [{text: einkorn}]"),
        (
            "cloze",
            "    text: They ground [[a]] for festival loaves.\n    blanks:\n      a:\n"
            + textwrap.indent(OPTIONS, "    "),
        ),
    ],
)
def test_a_question_that_tells_anothers_answer_is_found(folder: Folder, kind: str, answer: str) -> None:
    folder.write("2-bread/pair.yaml", PAIR.format(type=kind, answer=answer.rstrip(), tells=TELLS))
    found = [finding for finding in lint(folder.load()) if finding.code == "given-away"]
    assert [finding.message for finding in found] == ["the question `tells` may stand beside it and says “einkorn”"]
    assert found[0].location.line == 9


@pytest.mark.parametrize(
    "tells",
    [
        TELLS.replace("einkorn ", ""),
        "Einkorn is an old kind of wheat that keeps well.",
        TELLS.replace("einkorn", "barley"),
    ],
)
def test_what_tells_no_answer_is_let_be(folder: Folder, tells: str) -> None:
    folder.write("2-bread/pair.yaml", PAIR.format(type="choice", answer=OPTIONS.rstrip(), tells=tells))
    assert "given-away" not in codes(lint(folder.load()))


def test_a_retired_question_tells_nobody_anything(folder: Folder) -> None:
    pair = PAIR.format(type="choice", answer=OPTIONS.rstrip(), tells=TELLS)
    folder.write("2-bread/pair.yaml", pair.replace("id: tells\n", "id: tells\n    retired: true\n"))
    assert "given-away" not in codes(lint(folder.load()))


def test_similar_texts_are_found_among_ten_thousand_quickly() -> None:
    chance = random.Random(1)
    words = [f"word{number}" for number in range(3000)]
    texts = [" ".join(chance.sample(words, 10)) for _ in range(10_000)]
    texts[9_000] = texts[17] + " more"
    start = time.perf_counter()
    found = list(similar(texts))
    assert [(later, earlier) for later, earlier, _ in found] == [(9_000, 17)]
    assert time.perf_counter() - start < 10 * CROWDED


def test_very_many_texts_of_one_pattern_do_not_take_forever() -> None:
    texts = [f"How much is {number} times {number + 1} in this shop of ours" for number in range(4_000)]
    start = time.perf_counter()
    list(similar(texts))
    assert time.perf_counter() - start < 10 * CROWDED


def test_the_shipped_course_is_clean() -> None:
    course = load_course(Path(__file__).parent.parent.parent / "question_bank")
    assert [str(finding) for finding in lint(course) if finding.severity != "note"] == []


def test_the_rules_of_a_course_are_silent_where_it_does_not_set_them(folder: Folder) -> None:
    folder.write(
        "2-bread/new.yaml",
        "questions:\n  - id: new\n    type: true_false\n    stem: A loaf needs 31 minutes.\n    answer: true\n"
        "    explanation: It does.\n    feedback: {false: It does.}\n",
    )
    own = {"fact-missing", "section-missing", "number-without-source", "fact-untested", "fact-untaught"}
    assert {"fact-missing", "section-missing", "number-without-source"} <= set(codes(lint(folder.load())))
    text = folder.text("course.yaml")
    folder.write("course.yaml", "".join(line for line in text.splitlines(True) if not line.startswith("rules:")))
    assert own.isdisjoint(codes(lint(folder.load())))
