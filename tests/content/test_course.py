"""A course folder as one object, and every way in which its files can fail to fit together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import NOT_IN_COURSES
from tests.content.conftest import TINY, Folder
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.problems import Problems
from webapp.questions import TYPES

BANK = Path(__file__).parent.parent.parent / "question_bank"


def test_the_tiny_course_has_everything_the_tests_need(tiny: Course) -> None:
    assert {question.type for question in tiny.questions} == set(TYPES) - NOT_IN_COURSES
    assert {quiz.kind for quiz in tiny.quizzes} == {"pretest", "quiz", "final"}
    assert [pillar.number for pillar in tiny.pillars] == [1, 2]
    assert [question.pillar for question in tiny.mixed] == ["mixed", "mixed"]
    assert list(tiny.lessons) == ["opening", "tea", "bread", "closing"]
    assert not tiny.untaught
    assert not tiny.untested


def test_the_course_that_is_shipped_has_no_problems() -> None:
    course = load_course(BANK)
    assert len(course.pillars) == 5
    assert {question.type for question in course.questions} == set(TYPES) - NOT_IN_COURSES


def test_things_are_found_by_their_ids(tiny: Course) -> None:
    assert tiny.question("tea-short") is not None
    assert tiny.question("nothing") is None
    assert tiny.quiz("final") is not None
    assert tiny.quiz("nothing") is None
    assert tiny.pillar("bread") is tiny.pillars[1]
    assert tiny.pillar("mixed") is None
    assert tiny.lesson("closing") is tiny.closing
    assert tiny.facts["one-plant"].firmness == "stated"


def test_a_fact_is_taught_in_the_lesson_of_its_own_pillar(tiny: Course, folder: Folder) -> None:
    assert tiny.where_taught("yeast-gas") == ("bread", "fact-yeast-gas")
    assert tiny.where_taught("nothing") is None
    folder.append("opening.md", "\nBoth need [@yeast-gas].\n")
    assert folder.load().where_taught("yeast-gas") == ("bread", "fact-yeast-gas")


def test_a_question_knows_its_place_in_the_lessons(tiny: Course) -> None:
    def place(name: str) -> tuple[str, str | None] | None:
        question = tiny.question(name)
        assert question is not None
        return tiny.place(question)

    assert place("tea-choice") == ("tea", "leaves")
    assert place("mixed-choice") == ("bread", "rising")
    assert place("mixed-true-false") == ("closing", None)


def test_pretests_are_not_graded_and_defaults_reach_every_quiz(tiny: Course) -> None:
    policies = {quiz.id: quiz.policy for quiz in tiny.quizzes}
    assert not policies["before"].graded
    assert policies["tea"].graded
    assert policies["tea"].pass_mark == 60
    assert policies["final"].pass_mark == 70
    assert policies["final"].time_limit == 20
    assert policies["bread"].score == "last"


def test_a_pretest_is_graded_only_where_it_says_so_itself(folder: Folder) -> None:
    folder.edit("course.yaml", "  pass_mark: 60\n", "  pass_mark: 60\n  graded: true\n")
    quiz = folder.load().quiz("before")
    assert quiz is not None
    assert not quiz.policy.graded
    folder.edit("course.yaml", "    kind: pretest\n", "    kind: pretest\n    graded: true\n")
    quiz = folder.load().quiz("before")
    assert quiz is not None
    assert quiz.policy.graded


def test_a_rule_of_a_pillars_quiz_draws_from_that_pillar(folder: Folder) -> None:
    folder.edit("course.yaml", "      - {from: [bread], count: 3}\n    attempts", "      - {count: 3}\n    attempts")
    course = folder.load()
    quiz = course.quiz("bread")
    assert quiz is not None
    assert course.pillars_of(quiz) == ("bread",)


def test_pools_leave_out_retired_questions(tiny: Course) -> None:
    quiz = tiny.quiz("tea")
    assert quiz is not None
    assert "tea-retired" not in {question.id for question in tiny.pool(quiz)}
    final = tiny.quiz("final")
    assert final is not None
    assert tiny.pillars_of(final) == ("tea", "bread", "mixed")
    assert final.size == 6


def test_a_policy_survives_a_snapshot(folder: Folder) -> None:
    folder.edit("course.yaml", "    feedback: at-once\n", "    feedback: 2026-12-01T12:00Z\n")
    quiz = folder.load().quiz("tea")
    assert quiz is not None
    snapshot = quiz.policy.model_dump(mode="json")
    assert snapshot["feedback"].startswith("2026-12-01T12:00:00")
    assert type(quiz.policy).model_validate(snapshot) == quiz.policy


def test_every_yaml_file_of_a_pillar_is_read(folder: Folder) -> None:
    text = folder.text("2-bread/questions.yaml").replace("id: bread-", "id: more-bread-")
    folder.write("2-bread/more.yaml", text)
    folder.write("2-bread/README.md", "# Not a lesson")
    folder.write("2-bread/.draft.yaml", "broken: [")
    assert folder.load().question("more-bread-cloze") is not None


def test_the_digest_changes_with_any_file_and_only_then(folder: Folder) -> None:
    before = folder.load().digest
    assert folder.load().digest == before
    folder.append("2-bread/lesson.md", "\nOne more line.\n")
    assert folder.load().digest != before


def test_places_of_questions_are_exact(folder: Folder) -> None:
    course = folder.load()
    place = course.locate("tea-choice", ("options", 1, "text"))
    assert str(place) == folder.place("1-tea/questions.yaml", "Leaving it in the air")


# One edit of the tiny course, the place of the problem in the edited file, and words of each part of the message.
CASES: dict[str, tuple[str, str, str, str, int, str]] = {
    # name: file, old, new, where (a text of the edited file), offset, words
    "unknown key": (
        "1-tea/questions.yaml", "    answer: 6\n", "    asnwer: 6\n",
        "asnwer", 0, "unknown key `asnwer`; did you mean `answer`?",
    ),
    "a comma in braces": (
        "1-tea/questions.yaml", "feedback: That is the usual cure.}", "feedback: That, they say, is the cure.}",
        "they say,", 0, "a comma between { and } begins a new key",
    ),
    "unknown type": (
        "1-tea/questions.yaml", "type: multiple", "type: multipel",
        "multipel", 0, "the question type `multipel` is not known; expected one of `categorise`",
    ),
    "no type": (
        "1-tea/questions.yaml", "    type: multiple\n", "",
        "id: tea-multiple", 0, "the key `type` is missing",
    ),
    "misspelt type": (
        "1-tea/questions.yaml", "    type: multiple\n", "    tpye: multiple\n",
        "tpye", 0, "did you mean `type`?",
    ),
    "no stem": (
        "1-tea/questions.yaml", "    stem: What makes a fresh leaf into black tea?\n", "",
        "id: tea-choice\n", 0, "the key `stem` is missing; expected the question itself",
    ),
    "no key": (
        "1-tea/questions.yaml", "{text: One, key: true, feedback: One plant.}", "{text: One, feedback: One plant.}",
        "{text: One, f", -2, "no option is the key",
    ),
    "two keys": (
        "1-tea/questions.yaml", "{text: Use hotter water, feedback", "{text: Use hotter water, key: true, feedback",
        "{text: Use cooler water, key: true", 30, "a second option is the key",
    ),
    "a tolerance that accepts a foreseen error": (
        "1-tea/questions.yaml", "{absolute: 0.1}", "{absolute: 2}",
        "value: 8", 7, "8",
    ),
    "an answer that is foreseen as wrong": (
        "1-tea/questions.yaml", "{text: fermentation,", "{text: Oxidation,",
        "{text: Oxidation", 7, "is accepted as right",
    ),
    "unknown fact": (
        "1-tea/questions.yaml", "facts: [steeping-time, brewing-heat]", "facts: [steeping-time, brewing-heath]",
        "brewing-heath]", 0, "the fact `brewing-heath` is not in the ledger",
    ),
    "unknown section": (
        "1-tea/questions.yaml", "    section: leaves\n    stem: What makes", "    section: leafs\n    stem: What makes",
        "leafs", 0, "the section `leafs` is not in the lesson `tea`; expected one of `leaves` and `water`; "
        "did you mean `leaves`?",
    ),
    "unknown section elsewhere": (
        "mixed/questions.yaml", "bread/rising", "bread/risen",
        "bread/risen", 0, "did you mean `rising`?",
    ),
    "a mixed question without a lesson": (
        "mixed/questions.yaml", "bread/rising", "rising",
        "section: rising", 9, "the section `rising` does not name its lesson",
    ),
    "a link to a missing section": (
        "1-tea/questions.yaml", "stem: How hot is the water for green tea?",
        "stem: How hot is it ([here](section:tea/watre))?",
        "section:tea/watre", 0, "the section `watre` is not in the lesson `tea`",
    ),
    "a link without its lesson": (
        "1-tea/questions.yaml", "stem: How hot is the water for green tea?", "stem: How hot ([x](term:oxidation))?",
        "term:oxidation", 0, "does not name its lesson; expected term:lesson/oxidation",
    ),
    "a javascript link": (
        "1-tea/questions.yaml", "stem: How hot is the water for green tea?", "stem: How hot [x](javascript:alert(1))?",
        "javascript:", 0, "the link `javascript:alert(1)` cannot be used",
    ),
    "a picture": (
        "1-tea/questions.yaml", "stem: How hot is the water for green tea?", "stem: How hot ![x](tea.png)?",
        "tea.png", 0, "the picture `tea.png` cannot be shown; expected the name of a file in the folder `media`",
    ),
    "a list that is no list": (
        "1-tea/questions.yaml", "tags: [time]\n    facts: [steeping-time]", "tags: time\n    facts: [steeping-time]",
        "tags: time\n", 6, "`tags` is `time`; expected a list",
    ),
    "a level that is none": (
        "1-tea/questions.yaml", "level: apply\n    difficulty: hard", "level: aply\n    difficulty: hard",
        "aply", 0, "`level` is `aply`; expected one of `recall`, `understand`, `apply`, `analyse` and `evaluate`; "
        "did you mean `apply`?",
    ),
    "text where keys belong": (
        "2-bread/questions.yaml", "      - {text: Knead}\n", "      - Knead\n",
        "- Knead\n", 2, "write {text: Knead}",
    ),
    "an empty stem": (
        "2-bread/questions.yaml", "stem: Put the steps in order.", "stem:",
        "stem:\n", 5, "`stem` is empty",
    ),
    "unknown category": (
        "2-bread/questions.yaml", "{text: Shaping, category: before", "{text: Shaping, category: befor",
        "befor,", 0, "befor",
    ),
    "pillar in a question": (
        "2-bread/questions.yaml", "    type: ordering\n", "    type: ordering\n    pillar: bread\n",
        "pillar: bread", 0, "unknown key `pillar`",
    ),
    "an id twice in two files": (
        "mixed/questions.yaml", "id: mixed-choice", "id: tea-choice",
        "id: tea-choice", 4, "it is already at 1-tea/questions.yaml:3:9",
    ),
    "a file without questions:": (
        "mixed/questions.yaml", "questions:\n", "qestions:\n",
        "qestions", 0, "unknown key `qestions`",
    ),
    "an unknown key of the course": (
        "course.yaml", "subtitle:", "subtitel:",
        "subtitel", 0, "unknown key `subtitel`; did you mean `subtitle`?",
    ),
    "an unknown key of a quiz": (
        "course.yaml", "    time_limit: 20", "    time-limit: 20",
        "time-limit", 0, "unknown key `time-limit`; did you mean `time_limit`?",
    ),
    "a pass mark too high": (
        "course.yaml", "    pass_mark: 70", "    pass_mark: 170",
        "170", 0, "`pass_mark` is `170`; expected at most 100",
    ),
    "a feedback that is none": (
        "course.yaml", "    feedback: at-once", "    feedback: 2026-12-01",
        "2026-12-01", 0, "expected `at-once`, `after-submission` or a date with its time and zone",
    ),
    "an unknown pillar": (
        "course.yaml", "    pillar: tea\n", "    pillar: tee\n",
        "tee", 0, "the pillar `tee` does not exist",
    ),
    "a rule from an unknown pillar": (
        "course.yaml", "{from: [mixed], count: 1, tags: [both]}", "{from: [mixt], count: 1, tags: [both]}",
        "mixt", 0, "did you mean `mixed`?",
    ),
    "a rule with an unknown question": (
        "course.yaml", "bread-matching, bread-ordering", "bread-matchin, bread-ordering",
        "bread-matchin,", 0, "the question `bread-matchin` does not exist",
    ),
    "a tag that no question has": (
        "course.yaml", "tags: [both]", "tags: [boht]",
        "boht", 0, "no question has the tag `boht`",
    ),
    "a rule that wants too many": (
        "course.yaml", "{from: [bread], count: 3}\n    attempts", "{from: [bread], count: 30}\n    attempts",
        "30", 0, "the rule draws 30, and only 5 questions fit",
    ),
    "a count that is no number": (
        "course.yaml", "{from: [bread], count: 3}\n    attempts", "{from: [bread], count: three}\n    attempts",
        "three", 0, "`count` is `three`; expected a whole number",
    ),
    "a quiz id twice": (
        "course.yaml", "  - id: bread\n", "  - id: tea\n",
        "id: tea\n    title: Bread", 4, "the id `tea` is used a second time",
    ),
    "a pillar called mixed": (
        "course.yaml", "{id: tea, folder", "{id: mixed, folder",
        "{id: mixed", 5, "a pillar cannot be called `mixed`",
    ),
    "a folder outside": (
        "course.yaml", "folder: 1-tea", "folder: ../elsewhere",
        "../elsewhere", 0, "leads out of the course folder",
    ),
    "a ledger of another kind": (
        "course.yaml", "ledger: ledger.yaml", "ledger: ../instance/secret_key",
        "../instance", 0, "is not a file of the right kind; expected a name that ends in .yaml",
    ),
    "a ledger anywhere on the machine": (
        "course.yaml", "ledger: ledger.yaml", "ledger: /etc/facts.yaml",
        "/etc", 0, "the path of the ledger is not relative",
    ),
    "an opening of another kind": (
        "course.yaml", "opening: opening.md", "opening: ledger.yaml",
        "opening: ledger.yaml", 9, "expected a name that ends in .md",
    ),
    "a check that is called like a question": (
        "1-tea/lesson.md", "type: true_false\n", "type: true_false\nid: tea-short\n",
        "tea-short", 0, "the question id `tea-short` is used a second time",
    ),
    "a fact twice": (
        "ledger.yaml", "id: oxidation", "id: one-plant",
        "id: one-plant\n    claim: Leaves", 4, "the id `one-plant` is used a second time",
    ),
    "a firmness that is none": (
        "ledger.yaml", "firmness: estimated", "firmness: guessed",
        "guessed", 0, "`firmness` is `guessed`; expected one of `stated`",
    ),
    "a fact that was looked up nobody says where": (
        "ledger.yaml", "firmness: estimated", "firmness: looked-up",
        "id: dough-water", 0, "a fact that was looked up says where: add `looked_up:` with name and date",
    ),
    "a section of the ledger that is none": (
        "ledger.yaml", "section: closing", "section: closign",
        "closign", 0, "did you mean `closing`?",
    ),
    "a figure without a number": (
        "ledger.yaml", "{value: 65, unit: g, about: water}", "{value: lots, unit: g, about: water}",
        "lots", 0, "`value` is `lots`; expected a",
    ),
    "an unsafe source": (
        "ledger.yaml", "https://example.org/tea-and-bread", "javascript:alert(1)",
        "javascript", 0, "`address`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_problem_is_reported_at_its_exact_place(folder: Folder, case: str) -> None:
    name, old, new, where, offset, words = CASES[case]
    folder.edit(name, old, new)
    found = folder.problems()
    expected = folder.place(name, where, offset)
    assert any(str(problem.location) == expected and words in problem.text for problem in found), (
        f"expected {expected}: {words}\n" + "\n".join(map(str, found))
    )


def test_rules_that_compete_are_counted_together(folder: Folder) -> None:
    folder.edit("course.yaml", "{from: [tea], count: 1, levels: [apply]}", "{from: [tea], count: 5, levels: [recall]}")
    folder.edit("course.yaml", "count: 2, levels: [recall, understand]", "count: 5, levels: [recall, understand]")
    problems = folder.problems()
    assert any("only 3 questions fit" in problem.message for problem in problems)
    folder.edit("course.yaml", "{from: [tea], count: 5, levels: [recall]}", "{from: [tea], count: 1, levels: [recall]}")
    assert "together with the rules above, this one is short of 1" in folder.problem().message


def test_all_files_report_at_once(folder: Folder) -> None:
    folder.edit("1-tea/questions.yaml", "type: multiple", "type: multipel")
    folder.edit("1-tea/lesson.md", "hook:", "hok:")
    folder.edit("ledger.yaml", "firmness: estimated", "firmness: guessed")
    folder.edit("course.yaml", "subtitle:", "subtitel:")
    files = {problem.location.file for problem in folder.problems()}
    assert files >= {"1-tea/questions.yaml", "1-tea/lesson.md", "ledger.yaml", "course.yaml"}


def test_a_question_that_breaks_the_yaml_hides_none_of_the_others(folder: Folder) -> None:
    folder.edit("1-tea/questions.yaml", "stem: What makes a fresh leaf into black tea?", "stem: What: makes it: black?")
    folder.edit("1-tea/questions.yaml", "type: multiple", "type: multipel")
    found = folder.problems()
    assert [problem.location.line for problem in found] == [10, 19]
    assert "did you mean `multiple`?" in found[1].suggestion


def test_an_id_that_stands_in_a_broken_question_is_not_called_missing(folder: Folder) -> None:
    folder.edit("1-tea/questions.yaml", "    answer: 6\n", "    asnwer: 6\n")
    assert "unknown key" in folder.problem().message


@pytest.mark.parametrize(
    "name", ["course.yaml", "ledger.yaml", "opening.md", "1-tea/lesson.md", "mixed/questions.yaml"]
)
def test_a_missing_file_is_reported_under_its_name(folder: Folder, name: str) -> None:
    (folder.path / name).unlink()
    found = folder.problems()
    assert any(problem.location.file == name and "the file is missing" in problem.message for problem in found)


@pytest.mark.parametrize("name", ["course.yaml", "ledger.yaml", "opening.md", "1-tea/lesson.md"])
def test_an_empty_file_is_reported(folder: Folder, name: str) -> None:
    folder.write(name, "")
    assert any(problem.location.file == name and "empty" in problem.message for problem in folder.problems())


def test_a_pillar_without_questions_is_a_draft_and_no_problem(folder: Folder) -> None:
    folder.write("2-bread/questions.yaml", "questions:\n")
    assert {problem.location.file for problem in folder.problems()} == {"course.yaml"}


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"\x80abc", b"\x00", b"---\n", b"- a\n- b\n", b"just text", b"a: &a b"]
)
@pytest.mark.parametrize("name", ["course.yaml", "ledger.yaml", "1-tea/lesson.md", "1-tea/questions.yaml"])
def test_no_file_raises_anything_but_problems(folder: Folder, name: str, raw: bytes) -> None:
    folder.write(name, raw)
    assert folder.problems()


FILES = sorted(path.relative_to(TINY).as_posix() for path in TINY.rglob("*") if path.is_file())


@given(
    name=st.sampled_from(FILES),
    cuts=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), st.binary(max_size=8)), min_size=1, max_size=3),
)
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_edits_give_a_course_or_problems_with_places(folder: Folder, name: str, cuts: list) -> None:
    raw = before = (folder.path / name).read_bytes()
    for at, length, new in cuts:
        at %= len(raw) + 1
        raw = raw[:at] + new + raw[at + length :]
    try:
        folder.write(name, raw)
        lines = raw.count(b"\n") + raw.count(b"\r") + 2
        for problem in folder.problems():
            assert problem.message
            assert problem.location.line >= 1
            assert problem.location.column >= 1
            if problem.location.file == name:
                assert problem.location.line <= lines
    finally:
        folder.write(name, before)


@given(
    name=st.sampled_from([file for file in FILES if file.endswith((".yaml", ".md"))]),
    swaps=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=3),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_in_another_order_give_a_course_or_problems(folder: Folder, name: str, swaps: list) -> None:
    before = folder.text(name)
    lines = before.split("\n")
    for one, other in swaps:
        one, other = one % len(lines), other % len(lines)
        lines[one], lines[other] = lines[other], lines[one]
    try:
        folder.write(name, "\n".join(lines))
        folder.problems()
    finally:
        folder.write(name, before)


def test_problems_read_as_file_line_column(folder: Folder) -> None:
    folder.edit("1-tea/questions.yaml", "type: multiple", "type: multipel")
    with pytest.raises(Problems) as caught:
        folder.load()
    assert str(caught.value).startswith("1-tea/questions.yaml:19:11: the question type `multipel` is not known; ")
