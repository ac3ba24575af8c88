"""Lessons: sections, citations, terms, figures, checks, and what can be wrong with them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.content.conftest import TINY, Folder
from webapp.content.course.course import Course
from webapp.content.ledger import read_ledger
from webapp.content.lessons.figures import KINDS, TilePicture
from webapp.content.lessons.lesson import Check, Prose, reading_minutes
from webapp.content.lessons.lesson_files import LessonFile, read_lesson

LEDGER, _ = read_ledger((TINY / "ledger.yaml").read_text(), "ledger.yaml")
FACTS = {fact.id: fact for fact in LEDGER.facts}
HEAD = "---\ntitle: T\nhook: Why?\nterms: [{id: word, term: Word, definition: A word.}]\n---\n"


def read(body: str, head: str = HEAD) -> LessonFile:
    return read_lesson(head + body, "lesson.md", "tea", FACTS)


def html(body: str) -> str:
    found = read(body)
    assert not found.problems, "\n".join(map(str, found.problems))
    assert found.lesson is not None
    return "".join(block.html for block in found.lesson.blocks if isinstance(block, Prose))


def said(body: str, head: str = HEAD) -> list[tuple[int, int, str]]:
    return [(p.location.line, p.location.column, p.text) for p in read(body, head).problems]


def test_a_lesson_is_split_at_its_sections() -> None:
    found = read("Lead.\n\n## One {#first}\n\nText.\n\n### Inside\n\nMore.\n\n## Two words\n\nEnd.\n")
    lesson = found.lesson
    assert lesson is not None
    assert [(section.id, section.title) for section in lesson.sections] == [
        ("first", "One"),
        ("two-words", "Two words"),
    ]
    assert [type(block) for block in lesson.lead] == [Prose]
    assert "<h3>Inside</h3>" in lesson.sections[0].blocks[0].html
    assert lesson.section("first") is lesson.sections[0]


def test_citations_are_numbered_by_first_use() -> None:
    text = html("A [@oxidation].\n\nB [@one-plant; @oxidation].\n\n## S\n\nC [@one-plant].\n")
    assert text.count('data-fact="oxidation"') == 2
    assert '<sup class="cite"><a href="#source-one-plant" data-fact="one-plant" aria-label="Source 2: Green' in text
    found = read("A [@oxidation].\n\nB [@one-plant; @oxidation].\n").lesson
    assert found is not None
    assert found.cited == ("oxidation", "one-plant")


def test_the_first_paragraph_that_cites_a_fact_has_its_anchor() -> None:
    text = html(
        "A [@oxidation].\n\nB [@one-plant; @oxidation].\n\n- C [@yeast-gas]\n- D\n\n| E |\n|---|\n| [@dough-water] |\n"
    )
    assert '<p id="fact-oxidation">A' in text
    assert '<p id="fact-one-plant">B' in text
    assert '<li id="fact-yeast-gas">C' in text
    assert '<td id="fact-dough-water">' in text
    assert text.count("fact-oxidation") == 1


def test_a_paragraph_that_cites_two_new_facts_has_both_anchors() -> None:
    text = html("A [@oxidation; @one-plant].\n")
    assert '<p id="fact-oxidation"><span id="fact-one-plant"></span>A' in text


def test_a_fact_cited_only_in_a_figure_is_taught_there() -> None:
    found = read("```figure\nkind: bars\ntitle: T\nsee: S.\nrows: [{label: a, value: 1, fact: oxidation}]\n```\n")
    assert found.lesson is not None
    assert found.lesson.anchors == {"oxidation": "figure-1"}
    figure = "```figure\nkind: bars\ntitle: T\nsee: S.\nfacts: [oxidation]\nrows: [{label: a, value: 1}]\n```\n"
    later = read(figure + "\nA [@oxidation].\n")
    assert later.lesson is not None
    assert later.lesson.anchors == {"oxidation": "fact-oxidation"}


def test_a_claim_is_made_harmless_in_the_label_of_its_citation() -> None:
    fact = FACTS["oxidation"].model_copy(update={"claim": '"><script>alert(1)</script> & "x"'})
    found = read_lesson(HEAD + "A [@oxidation].\n", "lesson.md", "tea", {"oxidation": fact})
    assert found.lesson is not None
    block = found.lesson.lead[0]
    assert isinstance(block, Prose)
    assert "<script" not in block.html
    assert block.html.count("<a ") == 1


def test_terms_and_sections_become_links() -> None:
    text = html(
        "[w](term:word), [here](section:s), [there](section:bread/rising), [t](term:bread/yeast).\n\n## S\n\nx\n"
    )
    assert '<a href="#term-word" class="term">w</a>' in text
    assert '<a href="#s">here</a>' in text
    assert '<a href="/lessons/bread#rising">there</a>' in text
    assert '<a href="/lessons/bread#term-yeast" class="term">t</a>' in text


def test_minutes_come_from_words_unless_they_are_given() -> None:
    lesson = read("word " * 1000).lesson
    assert lesson is not None
    assert (lesson.words, lesson.minutes) == (1000, 5)
    lesson = read("word " * 1000, HEAD.replace("hook", "minutes: 9\nhook")).lesson
    assert lesson is not None
    assert lesson.minutes == 9


def test_figures_and_checks_count_toward_the_minutes() -> None:
    assert reading_minutes(1000) == 5
    pauses = [SimpleNamespace(what=what) for what in ("prose", "figure", "figure", "figure", "check", "check")]
    assert reading_minutes(1000, pauses) == 7


def test_every_kind_of_figure_is_read() -> None:
    figures = {
        "bars": "unit: g\nrows: [{label: a, value: 1.5, text: about 1.5 g, emphasis: true}]",
        "scale": "rows: [{label: a, value: 912}, {label: b, value: 3}]",
        "timeline": "events: [{when: 2023-05, label: a}, {when: 2014/2023, label: b}, {when: 2022, label: c}]",
        "chain": "steps: [{text: a, kind: cause}, {text: b, kind: effect, fact: oxidation}]\nloop: true",
        "ratio": "of: cups\nper: pots\nunit: cups for each pot\nto: 50\nsides: [{label: a, of: 20, per: 5}]",
        "parts": "whole: all\nparts: [{label: a, text: b, value: 23}]",
        "picture": "shown: 1\ntiles: [{drawing: leaf, label: a, text: b}, {drawing: cup, label: c}]",
    }
    assert set(figures) == set(KINDS)
    for kind, rest in figures.items():
        found = read(f"```figure\nkind: {kind}\ntitle: T\nsee: S.\nnote: N\n{rest}\n```\n")
        assert not found.problems, found.problems
        assert found.lesson is not None
        figure = found.lesson.lead[0]
        assert (figure.kind, figure.id, figure.what) == (kind, "figure-1", "figure")


TILES = "tiles: [{drawing: leaf, label: a, text: b}, {drawing: cup, label: c}]"


def test_a_picture_is_looked_at_in_passing_and_adds_nothing_to_the_minutes() -> None:
    picture = f"```figure\nkind: picture\ntitle: T\nsee: S.\n{TILES}\n```\n\n"
    found = read("word " * 800 + "\n\n" + picture * 6)
    assert found.lesson is not None
    assert (len(found.lesson.blocks), found.lesson.minutes) == (7, 4)


def test_the_names_of_drawings_are_no_texts_of_the_lesson() -> None:
    picture = f"```figure\nkind: picture\ntitle: T\nsee: S.\n{TILES}\n```\n"
    found = read_lesson(HEAD + picture, "l.md", "tea", None, translate=str.upper)
    assert found.lesson is not None
    (drawn,) = found.lesson.lead
    assert isinstance(drawn, TilePicture)
    assert [(tile.drawing, tile.label, tile.text) for tile in drawn.tiles] == [("leaf", "A", "B"), ("cup", "C", "")]


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (TILES.replace("cup", "cap"), "did you mean `cup`?"),
        (TILES + "\nshown: 3", "`shown` is 3, and the picture has 2 tiles; write a number up to 2, or delete the line"),
        (TILES + "\nshown: 0", "`shown` is `0`; expected at least 1"),
        (TILES + "\nguess: {ask: A?, row: a, to: 4}", "a picture has nothing to guess; delete the key"),
        ("tiles: [{drawing: leaf, label: a}]", "the number of tiles is 1; expected 2 to 6"),
        ("tiles:\n" + "- {drawing: leaf, label: a}\n" * 7, "the number of tiles is 7; expected 2 to 6"),
        ("shown: 1", "the key `tiles` is missing"),
    ],
)
def test_what_is_wrong_with_a_picture_is_said(rest: str, said: str) -> None:
    found = read(f"```figure\nkind: picture\ntitle: T\nsee: S.\n{rest}\n```\n")
    assert len(found.problems) == 1
    assert said in str(found.problems[0])
    assert found.lesson is None or not found.lesson.lead


def test_a_check_is_a_question_of_the_lesson(tiny: Course) -> None:
    lesson = tiny.lesson("tea")
    assert lesson is not None
    check = lesson.checks[0]
    assert isinstance(check, Check)
    assert (check.id, check.question.id, check.question.pillar) == ("tea-check-1", "tea-check-1", "tea")
    assert lesson.check("tea-check-1") is check


CHECK = "```check\ntype: choice\nstem: S\noptions: [{text: a, key: true}, {text: b}]\n```\n"


@pytest.mark.parametrize(
    ("body", "line", "column", "words"),
    [
        ("A [@oxidatoin].\n", 6, 4, "the fact `oxidatoin` is not in the ledger; expected"),
        ("A\nB [@oxidation; @one-plnt].\n", 7, 16, "did you mean `one-plant`?"),
        ("A [@One Plant].\n", 6, 3, "is not a citation"),
        ("A [w](term:wrod).\n", 6, 7, "the term `wrod` is not explained in this lesson"),
        ("A [w](javascript:alert(1)).\n", 6, 7, "cannot be used"),
        ("A [w](http://x.org).\n", 6, 7, "write https://x.org"),
        ("A [w](#there).\n", 6, 7, "write section:there"),
        ("A ![w](tea.png).\n", 6, 8, "pictures cannot be shown yet"),
        ("| a |\n|---|\n| [w](ftp://x) |\n", 8, 7, "cannot be used"),
        ("# Title\n", 6, 1, "a heading with one #"),
        ("## A {#x}\n\n## B {#x}\n", 8, 1, "the section id `x` is used a second time; it is already on line 6"),
        ("## A {#Not good}\n", 6, 6, "`Not good` cannot be the id of a section"),
        ("## A {#fact-x}\n", 6, 6, "`fact-x` cannot be the id of a section"),
        ("```figure\nkind: bras\n```\n", 7, 7, "the kind of figure `bras` is not known"),
        ("```figure\ntitle: x\n```\n", 7, 1, "the key `kind` is missing"),
        (
            "```figure\nkind: bars\ntitle: T\nsee: S.\nrows: [{label: a, vale: 1}]\n```\n",
            10,
            19,
            "did you mean `value`?",
        ),
        (
            "```figure\nkind: bars\ntitle: T\nrows: []\n```\n",
            9,
            7,
            "`rows` is an empty list; expected at least one item",
        ),
        ("```figure\nkind: timeline\ntitle: T\nsee: S.\nevents: [{when: May 2023, label: a}]\n```\n", 10, 17, "`when`"),
        ("```figure\nkind: bars\ntitle: T: U\n```\n", 8, 9, "makes YAML see a second key"),
        ("```figure\nkind: bars\n", 6, 1, "the figure block is not closed"),
        ("```figure\n```\n", 6, 1, "empty"),
        ("```figrue\nkind: bars\n```\n", 6, 1, "did you mean `figure`?"),
        ("- x\n\n  ```check\n  type: choice\n  ```\n", 8, 1, "stands inside a list"),
        (CHECK.replace("{text: b}", "{text: b, key: true}"), 9, 48, "second option is the key"),
        (CHECK.replace("stem: S", "stem: S\npoints: 2"), 9, 1, "a check counts for nothing"),
        (CHECK.replace("stem: S", "stem: S\nfacts: [one-plnt]"), 9, 9, "did you mean `one-plant`?"),
        (CHECK.replace("choice", "chioce"), 7, 7, "did you mean `choice`?"),
        (CHECK.replace("stem: S", "stem: S [x](term:wrod)"), 8, 13, "the term `wrod`"),
    ],
)
def test_a_problem_of_a_lesson_is_reported_at_its_place(body: str, line: int, column: int, words: str) -> None:
    found = said(body)
    assert any((at, col) == (line, column) and words in text for at, col, text in found), found


@pytest.mark.parametrize(
    ("head", "line", "column", "words"),
    [
        ("No front matter.\n", 1, 1, "the first line is not `---`"),
        ("---\ntitle: T\n", 1, 1, "the second `---` is missing"),
        ("---\n---\n", 2, 1, "the front matter is empty"),
        ("---\ntitle: T\n---\n", 2, 1, "the key `hook` is missing"),
        ("---\ntitle: T\nhook: Why: not?\n---\n", 3, 10, "second key"),
        ("---\ntitle: T\nhook: W\npillar: bread\n---\n", 4, 9, "the pillar is `bread`; expected `tea`"),
        ("---\ntitle: T\nhook: W\nsumary: [a]\n---\n", 4, 1, "did you mean `summary`?"),
        ("---\ntitle: T\nhook: W\nminutes: soon\n---\n", 4, 10, "`minutes` is `soon`; expected a whole number"),
        ("---\ntitle: T\nhook: W\nsummary: One line\n---\n", 4, 10, "write [One line] if it is the only item"),
        (
            "---\ntitle: T\nhook: W\nterms: [{id: a, term: A, definition: x}, {id: a, term: B, definition: y}]\n---\n",
            4, 47, "the term `a` stands here a second time",
        ),
    ],
)  # fmt: skip
def test_a_problem_of_the_front_matter_is_reported_at_its_place(head: str, line: int, column: int, words: str) -> None:
    found = said("Text.\n", head)
    assert any((at, col) == (line, column) and words in text for at, col, text in found), found


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("(section:bread/rising)", "(section:bread/risen)", "section:bread/risen", "did you mean `rising`?"),
        ("(section:bread/rising)", "(section:bred/rising)", "section:bred/rising", "did you mean `bread`?"),
        ("(section:bread/rising)", "(term:bread/yeats)", "term:bread/yeats", "did you mean `yeast`?"),
        ("(section:bread/rising)", "(section:rising)", "section:rising", "did you mean `bread/rising`?"),
    ],
)
def test_a_link_to_what_is_not_in_another_lesson_is_reported(
    folder: Folder, old: str, new: str, where: str, words: str
) -> None:
    folder.edit("1-tea/lesson.md", old, new)
    problem = folder.problem()
    assert str(problem.location) == folder.place("1-tea/lesson.md", where)
    assert words in problem.text


def test_the_second_of_two_equal_mistakes_has_its_own_place() -> None:
    found = said("A [@nope] and [@nope].\n")
    assert [(line, column) for line, column, _ in found] == [(6, 4), (6, 16)]


def test_prose_that_looks_like_html_is_shown_as_text() -> None:
    assert "&lt;b&gt;" in html("A <b>bold</b> claim.\n")
