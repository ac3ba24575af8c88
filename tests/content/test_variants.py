"""Questions with parameters in a course: read, kept, linted, and each of their variants looked at."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from tests.content.conftest import Folder
from tests.second_language import translate
from tests.time_limits import CROWDED
from webapp import questions
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.course.revision import body, digest
from webapp.content.lint.run import lint
from webapp.content.translating import gaps, parts_of, texts_of_course
from webapp.content.variants import VARIANTS, check_variants, flaws_of_variants
from webapp.questions.contract import Question
from webapp.questions.variants import Cut

FILE = "1-tea/questions.yaml"

CUPS = """
  - id: tea-cups
    type: choice
    stem: How many leaves do <<pots>> pots of <<each>> leaves take?
    level: apply
    facts: [brewing-heat]
    parameters:
      pots: 2 to 9
      each: 2, 3, 5
      all: = pots * each
    constraints: [pots != each]
    options:
      - {text: <<all>> leaves, key: true, feedback: Right.}
      - {text: <<pots + each>> leaves, feedback: You added.}
      - {text: <<all + 1>> leaves, feedback: You counted one twice.}
    explanation: <<pots>> · <<each>> = <<all>>.
"""


def course_with(folder: Folder, text: str) -> Course:
    folder.append(FILE, text)
    return folder.load()


def cups(course: Course) -> Question:
    found = course.question("tea-cups")
    assert found is not None
    return found


@pytest.fixture
def good(folder: Folder) -> Course:
    return course_with(folder, CUPS)


def messages(course: Course) -> list[str]:
    return [str(problem) for problem in check_variants(course)]


def test_a_question_with_parameters_is_read_with_its_specimen(good: Course) -> None:
    found = cups(good)
    assert found.template is not None
    assert "<<" not in found.stem
    assert found == questions.variant(found, questions.SPECIMEN).model_copy(update={"pillar": "tea"})
    assert messages(good) == []


def test_it_comes_back_from_the_cache_and_from_its_body(folder: Folder, tmp_path: Path) -> None:
    folder.append(FILE, CUPS)
    first, second = (cups(load_course(folder.path, tmp_path / "kept")) for _ in range(2))
    assert first == second
    assert list((tmp_path / "kept").iterdir())
    again = questions.load(json.loads(json.dumps(body(first))))
    for seed in range(5):
        assert questions.variant(again, seed) == questions.variant(first, seed)


def test_one_question_without_form_does_not_spoil_the_templates_beside_it(folder: Folder) -> None:
    folder.append(FILE, CUPS + "\n  - id: no-stem\n    type: true_false\n    answer: true\n")
    assert "`stem` is missing" in folder.problem().message


def test_the_digest_is_that_of_the_template(good: Course) -> None:
    found = cups(good)
    assert {digest(questions.variant(found, seed)) for seed in range(9)} == {digest(found)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2 to 9", "2 to 8"),
        ("[pots != each]", "[pots > each]"),
        ("<<all + 1>>", "<<all + 2>>"),
        ("= pots * each", "= each * pots"),
    ],
)
def test_a_change_of_the_template_makes_a_new_revision(folder: Folder, old: str, new: str) -> None:
    before = digest(cups(course_with(folder, CUPS)))
    folder.edit(FILE, old, new)
    assert digest(cups(folder.load())) != before


def test_notes_and_filing_of_a_template_make_no_new_revision(folder: Folder) -> None:
    before = digest(cups(course_with(folder, CUPS)))
    folder.edit(FILE, "    parameters:\n", "    tags: [sums]\n    accept: {x: y}\n    retired: true\n    parameters:\n")
    assert digest(cups(folder.load())) == before


def test_questions_without_parameters_keep_their_digests_and_bodies(good: Course) -> None:
    found = good.question("tea-choice-heat")
    assert found is not None
    # Worked out before there were parameters.
    assert digest(found) == HEAT
    assert not {"parameters", "constraints", "template"} & set(body(found))


HEAT = "246b4c97a8180536e7e3ec469db03dd89cc8b741ae86de8ad1e570d3b7d48937"


def test_a_wrong_answer_that_meets_the_right_one_is_told_with_its_seed(folder: Folder) -> None:
    course = course_with(folder, CUPS.replace("    constraints: [pots != each]\n", ""))
    (problem,) = check_variants(course)
    assert "of 200 variants, first with the seed" in problem.message
    assert "pots = 2, each = 2, all = 4" in problem.message
    assert "`4 leaves` stands twice" in problem.message
    assert folder.text(FILE).splitlines()[problem.location.line - 1].strip().startswith("- {text: <<pots + each>>")
    seed = int(problem.message.split("the seed ")[1].split(" ")[0])
    made = questions.variant(cups(course), seed)
    assert [option.text for option in made.options[:2]] == ["4 leaves", "4 leaves"]  # type: ignore[attr-defined]


def test_a_wrong_answer_that_is_the_same_number_in_other_digits_is_told(folder: Folder) -> None:
    text = CUPS.replace("<<pots + each>> leaves", '"<<fixed(all + if(pots = 8, 0, 5), 1)>> leaves"')
    (problem,) = check_variants(course_with(folder, text))
    assert "is the same number as the key" in problem.message
    assert "pots = 8" in problem.message


def test_an_ugly_number_is_told_with_its_seed(folder: Folder) -> None:
    (problem,) = check_variants(course_with(folder, CUPS.replace("You added.", "That is <<pots / 7>>.")))
    assert "`pots / 7` is 1.285714286" in problem.message
    assert problem.suggestion == "write <<round(pots / 7, 2)>>"


def test_a_division_that_fails_in_some_variants_is_told_with_its_seed(folder: Folder) -> None:
    course = course_with(folder, CUPS.replace("You added.", "That is <<0 / (pots - 8)>>."))
    (told,) = flaws_of_variants(cups(course))
    assert "it divides by zero" in told.message
    assert "pots = 8" in told.message
    assert 0 < told.count < 100
    made = questions.variant(cups(course), told.seed)
    assert "8 pots" not in made.stem


def test_variants_that_are_all_the_same_are_told(folder: Folder) -> None:
    text = CUPS.replace("2 to 9", "= 4").replace("2, 3, 5", "= 3")
    assert "all variants are the same" in messages(course_with(folder, text))[0]


def test_retired_questions_are_left_alone(folder: Folder) -> None:
    text = CUPS.replace("    constraints: [pots != each]\n", "    retired: true\n")
    assert messages(course_with(folder, text)) == []


def test_what_is_never_a_question_is_told_at_its_place(folder: Folder) -> None:
    folder.append(FILE, CUPS.replace("2 to 9", "9 to 2"))
    problem = folder.problem()
    assert "the range of `pots` does not go up" in problem.message
    assert str(problem.location) == folder.place(FILE, "9 to 2")


def test_a_formula_of_a_template_needs_no_source_but_the_numbers_around_it_do(folder: Folder) -> None:
    course = course_with(folder, CUPS.replace("How many leaves", "In 1873, how many leaves"))
    found = [problem.message for problem in lint(course) if problem.code == "number-without-source"]
    assert found == ["the number 1873 has no source"]


def test_links_in_a_template_are_looked_at_once(folder: Folder) -> None:
    folder.append(FILE, CUPS.replace("You added.", '"[Look](section:nowhere/nothing), <<pots>>."'))
    assert "nowhere" in folder.problem().message


def test_its_texts_are_translated_with_their_formulas_and_shown_with_values(folder: Folder) -> None:
    folder.append(FILE, CUPS.replace("You added.", '"You added <<pots / 4>> and <<each>>: **no**."'))
    texts = [text for _part, text, where in texts_of_course(folder.load()) if where == "tea-cups"]
    assert "How many leaves do <<pots>> pots of <<each>> leaves take?" in texts
    assert not any("pots of 5" in text for text in texts)
    translate(folder.path, lambda text: f"Ü {text}")
    course = folder.load()
    assert list(gaps(course, course.translations[0])) == []
    german = course.translations[0]
    for seed in range(9):
        made = questions.variant(cups(course), seed)
        assert german.text(made.stem) == f"Ü {made.stem}"
        assert german.knows(made.stem)
        assert german.knows(f"Ü {made.stem}")
        feedback = made.options[1].feedback  # type: ignore[attr-defined]
        assert german.text(feedback) == "Ü " + re.sub(r"(\d)\.(\d)", r"\1,\2", feedback)
    assert german.text("How many leaves do pots take?") is None
    assert not german.knows("How many leaves do pots take?")


def test_numbers_that_are_drawn_are_written_as_the_language_does(folder: Folder) -> None:
    text = CUPS.replace("      all: =", "      sum: 50,000; 1,250,000; 1,500.5\n      all: =").replace(
        "You added.", '"You need <<sum>> leaves."'
    )
    folder.append(FILE, text)
    translate(folder.path, lambda text: f"Ü {text}")
    course = folder.load()
    found = {
        course.translations[0].text(questions.variant(cups(course), seed).options[1].feedback)  # type: ignore[attr-defined]
        for seed in range(40)
    }
    assert found == {f"Ü You need {number} leaves." for number in ("50.000", "1.250.000", "1.500,5")}


def test_words_that_are_drawn_are_translated_too(folder: Folder) -> None:
    text = CUPS.replace("      all: =", "      tin: red tin; blue tin\n      all: =").replace(
        "You added.", "\"You added, to a <<tin>> that <<if(pots > 5, 'flows over', 'stays dry')>>.\""
    )
    folder.append(FILE, text)
    texts = [text for _part, text, where in texts_of_course(folder.load()) if where == "tea-cups"]
    assert {"red tin", "blue tin", "flows over", "stays dry"} <= set(texts)
    assert "2" not in texts
    translate(folder.path, lambda text: f"Ü {text}" if "<<" in text else text.upper())
    course = folder.load()
    german = course.translations[0]
    found = {
        german.text(questions.variant(cups(course), seed).options[1].feedback)  # type: ignore[attr-defined]
        for seed in range(40)
    }
    assert found == {
        f"Ü You added, to a {tin} that {what}."
        for tin in ("RED TIN", "BLUE TIN")
        for what in ("FLOWS OVER", "STAYS DRY")
    }
    # Another text with the same words around is no variant of it.
    assert german.text("You added, to a pot that flows over.") is None
    assert not german.knows("Ü You added, to a pot that flows over.")


def test_a_text_of_formulas_alone_is_not_translated_and_translates_nothing(folder: Folder) -> None:
    folder.append(FILE, CUPS.replace("<<pots + each>> leaves", '"<<pots + each>>"'))
    assert "<<pots + each>>" not in parts_of(folder.load())["tea"]
    translate(folder.path, lambda text: f"Ü {text}")
    course = folder.load()
    assert list(gaps(course, course.translations[0])) == []
    assert course.translations[0].text("17") is None
    assert course.translations[0].text("Nobody wrote this.") is None


def test_a_translation_that_loses_a_formula_is_found_and_not_used(folder: Folder) -> None:
    folder.append(FILE, CUPS)
    translate(folder.path, lambda text: f"Ü {text}".replace("<<each>>", ""))
    course = folder.load()
    found = [str(gap) for gap in gaps(course, course.translations[0])]
    assert any("lacks or adds a gap" in gap and "<<each>>" in gap for gap in found)


@pytest.mark.parametrize(
    ("template", "text", "values"),
    [
        ("<<a>> and <<b>>", "1 and 2", {"a": "1", "b": "2"}),
        ("<<a>>", "all", {"a": "all"}),
        ("<<a>> is <<a>>", "1 is 1", {"a": "1"}),
        ("<<a>> is <<a>>", "1 is 2", None),
        ("\\<< <<a>>!", "<< 3!", {"a": "3"}),
        ("a <<b>> c", "a c", None),
        ("a<<b>>a", "a", None),
        ("x <<a>>", "y 1", None),
        ("<<a>> x", "1 y", None),
        ("no formula", "no formula", {}),
        ("no formula", "no formula at all", None),
    ],
)
def test_values_are_found_in_a_text_that_was_filled_in(template: str, text: str, values: dict[str, str] | None) -> None:
    assert Cut.of(template).values_in(text) == values


def test_looking_for_values_takes_no_longer_however_the_texts_are() -> None:
    began = time.process_time()
    assert Cut.of("<<a>> a" * 500 + "b").values_in("1 a" * 50_000) is None
    assert time.process_time() - began < 1 * CROWDED


def test_a_hostile_course_is_read_and_checked_in_bounded_time(folder: Folder) -> None:
    heavy = "+".join(["sin(pots)"] * 19)
    lines = "".join(f"      f{number}: = {heavy}\n" for number in range(20))
    text = CUPS.replace("      all: =", lines + "      all: =").replace("pots != each", "f19 > 99")
    began = time.process_time()
    folder.append(FILE, text)
    assert "none of them met the constraints" in folder.problem().message
    assert time.process_time() - began < 5 * CROWDED


def test_a_question_that_hardly_ever_is_one_is_given_up(good: Course) -> None:
    found = cups(good)
    assert found.template is not None
    never = found.model_copy(update={"template": {**found.template, "constraints": ["pots < 0"]}})
    (told,) = flaws_of_variants(never)
    assert (told.count, told.drawn) == (10, 10)
    assert VARIANTS == 200
