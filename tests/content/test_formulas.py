"""Formulas, code, and what is raised and lowered, in questions and lessons; and which dollars are money."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from markdown_it import MarkdownIt

from tests.content.conftest import Folder
from tests.time_limits import CROWDED
from tests.ui.colours import TOKENS
from webapp.content import markdown
from webapp.content.code import CLASSES, LANGUAGES, LONGEST
from webapp.content.course.loading import load_course
from webapp.content.lessons.lesson import Prose
from webapp.content.lessons.lesson_blocks import BLOCKS
from webapp.content.markdown import parser, render, render_inline, unreadable
from webapp.content.numbers import numbers_in
from webapp.content.problems import nearest_word
from webapp.questions.formulas import mathml
from webapp.questions.formulas.mathml import BadFormula
from webapp.questions.shown import shown_in
from webapp.questions.text import plain
from webapp.shipped import folder as shipped

MONEY = [
    "US$100 and US$200",
    "$5 and $10",
    "$5-$10, $5/$10 and $5–$10",
    "It costs $5, or 10$ elsewhere.",
    "about US$ [[total]] of $[[part]]",
    r"\$5 and \$x\$",
    "$ 5 and 6 $",
    "5$ and 6$",
    "A$7, NZ$8$9",
    "$",
    "$$",
    "$$ $$",
    "$1.52 trillion (of US$)",
    "a $b\n\nc$ d",
    "`$x$`",
]


@pytest.mark.parametrize("text", MONEY)
def test_money_stays_money(text: str) -> None:
    assert "<math" not in render(text)
    assert list(unreadable(text)) == []
    assert plain(text).count("$") == text.count("$")


@pytest.mark.parametrize(
    "text",
    [
        "$x$",
        "$5x$",
        r"$5\,\mathrm{m}$",
        "($2ab$)",
        "**$x$**",
        "it costs US$5, and $x$ is",
        r"\$5 and $x$",
        "$x$-axis",
        "$$x$$",
        "$$\nx\n= 1\n- y\n$$",
        "- one\n- $$x$$",
        "> $$\n> x\n> $$",
        "| a |\n|---|\n| $x$ |",
        "[a $x$ b](https://example.org)",
        "$x$ costs $5",
    ],
)
def test_a_formula_is_drawn(text: str) -> None:
    html = render(text)
    assert html.count("<math") == 1
    assert "<mi>x</mi>" in html or "<mi>a</mi><mi>b</mi>" in html or '<mi mathvariant="normal">m</mi>' in html
    assert ('display="block"' in html) == ("$$" in text)


def test_the_mark_behind_a_formula_stays_on_its_line() -> None:
    html = render_inline("From a height $h$, if ($x$). And $y$ alone, $$z$$.")
    joined = re.findall(r'<span class="formula-word"><math>.*?</math>([^<]*)</span>', html)
    assert joined == [",", ")."]
    words = re.sub(r"<math.*?</math>", "F", re.sub(r"</?span[^>]*>", "", html))
    assert words == "From a height F, if (F). And F alone, F."


def test_marks_mean_nothing_inside_a_formula() -> None:
    assert render_inline("$a_1 * b_2 * c$ *d*").endswith("<em>d</em>")
    assert "<em>" not in render_inline("$a_1 * b_2 * c$")


def test_nothing_of_the_shipped_course_became_a_formula_or_was_lowered() -> None:
    """Each text reads as it did before there were formulas: the same with the new rules as without."""
    plainer = MarkdownIt.disable(parser(), ["formula", "formula_block", "sub", "sup"])
    plainer.disable(["heading", "lheading"])
    course = load_course(shipped("question_bank"))
    texts = [shown.text for question in course.questions for shown in shown_in(question)]
    dollars = 0
    for text in texts:
        dollars += text.count("$")
        assert render(text) == markdown.clean(plainer.render(text))
    assert dollars > 20
    for lesson in course.lessons.values():
        html = "".join(block.html for block in lesson.blocks if isinstance(block, Prose))
        assert not re.search(r"<(?:math|sub)\b|<sup>|class=\"code-", html)


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        ("E = mc^2", "E = mc²"),
        (r"\frac{1}{2} m v^2", "1/2 mv²"),
        (r"\frac{a+b}{c}", "(a+b)/c"),
        (r"\frac{a+b}{c}" + "x", "(a+b)/c x"),
        (r"\sqrt{x+1}", "√(x + 1)"),
        (r"\sqrt[3]{x}", "³√x"),
        (r"6.02\cdot10^{23}\,\mathrm{mol^{-1}}", "6.02⋅10²³ mol⁻¹"),
        (r"x_{max}", "xₘₐₓ"),
        (r"v_{\text{end}}", "v_(end)"),
        (r"2^{x+y}", "2^(x+y)"),
        (r"\mathrm{H_2O}", "H₂O"),
        (r"30^\circ", "30°"),
        (r"f'", "f′"),
        (r"\vec F = m\vec a", "F⃗ = ma⃗"),
        (r"\mathbf{v}", "v"),
        (r"\mathbb{R}", "ℝ"),
        (r"\sum_{i=1}^n i", "∑ᵢ₌₁ⁿ i"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "(1 2; 3 4)"),
        (r"\sin x", "sin x"),
        (r"a \leq b", "a ≤ b"),
        (r"\foo", r"\foo"),
    ],
)
def test_menus_and_tables_of_numbers_have_a_formula_in_words(latex: str, said: str) -> None:
    assert plain(f"${latex}$") == said


def test_formulas_that_differ_differ_in_words() -> None:
    formulas = ["x^2", "x_2", "x2", "2x", "2^x", "2_x", r"\frac{x}{2}", r"\frac{2}{x}", r"\sqrt{x}", "-x", r"\bar x"]
    formulas += [r"\frac{1}{2mv^2}", r"\frac{1}{2}mv^2", r"\frac{1}{2m}v^2", r"\sqrt{xy}", r"\sqrt{x}y"]
    assert len({plain(f"${latex}$") for latex in formulas}) == len(formulas)


@pytest.mark.parametrize(
    ("latex", "why"),
    [
        (r"\foo", "Unknown command"),
        (r"\frac{1}", "Expected argument"),
        ("{x", "closing"),
        ("x^2^3", "Duplicate"),
        (r"\ce{H2O}", "Unknown command"),
        ("50%", r"percent sign is \%"),
        (r"\color{red}x", "colours"),
        (r"\def\a{x}\a", "one's own"),
        (r"\newcommand{\a}{x}\a", "one's own"),
        (r"\renewcommand{\a}{x}\a", "one's own"),
        (r"\hspace{99em}x", "wider"),
        (r"\raisebox{-99em}{x}", "wider"),
        (r"\cancel{x}", "not every browser"),
        (r"\begin{align}a&=b\end{align}", "not numbered"),
        (r"\,", "empty"),
        ("{" * 41 + "x" + "}" * 41, "inside each other"),
        (r"\sqrt" * 150 + " x", "inside each other"),
        ("x" * 1001, "1,000 is the most"),
        ("x\ue0a00\ue0a1", "a character that is none"),
    ],
)
def test_a_formula_that_cannot_be_shown_says_why(latex: str, why: str) -> None:
    with pytest.raises(BadFormula) as caught:
        mathml.mathml(latex)
    assert why in str(caught.value)
    (found,) = unreadable(f"a ${latex}$ b")
    assert why in found.problem[0]
    assert "<math" not in render(f"a ${latex}$ b")


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{cases}1 & x>0\\0 & x\leq 0\end{cases}",
        r"\begin{aligned}a&=b\\c&=d\end{aligned}",
        r"\begin{array}{l|r}a&b\\\hline c&d\end{array}",
        r"\boxed{E=mc^2}",
        r"\left(\frac{a}{b}\right)^2",
        r"\underbrace{a+b}_{c}",
        r"\overline{AB}",
        r"2\mathrm{H_2}+\mathrm{O_2}\rightarrow 2\mathrm{H_2O}",
        r"\text{if } x \neq 0",
        r"\int_0^\infty e^{-x^2}\,dx",
        r"\cfrac{1}{1+x}",
        "漢 + é",
    ],
)
def test_what_is_drawn_is_all_let_through(latex: str) -> None:
    """The list of allowed elements, attributes and classes takes nothing from a formula, and it has no styles."""
    made = mathml.mathml(latex, displayed=True)
    assert " style=" not in made
    cleaned = markdown.clean(made)
    assert sorted(re.findall(r"<m[a-z]+|[a-z]+=\"[^\"]*\"", cleaned)) == sorted(
        re.findall(r"<m[a-z]+|[a-z]+=\"[^\"]*\"", made)
    )


def test_every_class_has_its_look() -> None:
    sheet = (TOKENS.parent / "base.css").read_text()
    for name in {*CLASSES, *set().union(*mathml.CLASSES.values())}:
        assert re.search(rf"\.{name}\b", sheet), name


def test_formulas_take_no_time_and_threads_do_not_meet() -> None:
    began = time.process_time()
    formulas = [rf"\frac{{{n}}}{{2}} x^{{{n}}}" for n in range(400)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(mathml.mathml, formulas))
    assert all(f"<mn>{n}</mn>" in html for n, html in enumerate(made))
    for text in ("$" * 20_000, "$a " * 10_000, "$$\n" * 5_000, "$" + "{" * 100_000 + "$", "~a^" * 5_000):
        list(unreadable(text))
        plain(text[:20_000])
    assert time.process_time() - began < 20 * CROWDED


@pytest.mark.parametrize(
    ("latex", "mend"),
    [
        (r"\ce{H2O}", r"\mathrm{H_2}"),
        (r"\href{javascript:x}{y}", "[words](https://"),
        (r"\def\a{\a}\a", "write out"),
        (r"\newcommand{\a}{\a\a}\a", "write out"),
        ("x" * 1001, "two formulas"),
        ("{" * 90 + "x" + "}" * 90, "take braces away"),
        (r"\frac{1}{2", "close each {"),
        (r"\left( x", "close each {"),
        (r"\color{red}{x}", "take the colour out"),
        (r"\style{x}{y}", "spelling"),
        (r"\foo", "spelling"),
        ("x^1^2", r"\$"),
    ],
)
def test_a_formula_that_cannot_be_read_is_told_with_its_line_and_a_mend(folder: Folder, latex: str, mend: str) -> None:
    folder.append("1-tea/questions.yaml", QUESTION.replace('"$mc^2$"', f"'${latex}$'"))
    began = time.process_time()
    problem = folder.problem()
    assert time.process_time() - began < 5 * CROWDED
    line = (
        folder.text("1-tea/questions.yaml")
        .split("\n")
        .index(f"      - {{text: '${latex}$', key: true, feedback: \"Yes, $E$.\"}}")
    )
    assert (problem.location.file, problem.location.line) == ("1-tea/questions.yaml", line + 1)
    assert mend in problem.suggestion, str(problem)


QUESTION = r"""
  - id: energy
    type: choice
    stem: Which is $E = mc^2$?
    level: recall
    options:
      - {text: "$mc^2$", key: true, feedback: "Yes, $E$."}
      - {text: "$\\frac{1}{2} mv^2$", feedback: "No."}
    explanation: "Mass $m$ times US$1."
"""


def test_a_course_may_have_formulas(folder: Folder) -> None:
    folder.append("1-tea/questions.yaml", QUESTION)
    course = folder.load()
    question = course.question("energy")
    assert question is not None
    texts = [shown.text for shown in shown_in(question)]
    for text in ("Which is $E = mc^2$?", "$mc^2$", r"$\frac{1}{2} mv^2$", "Yes, $E$.", "Mass $m$ times US$1."):
        assert text in texts


@pytest.mark.parametrize("broken", [r"Which is $E = mc^2$", '"$mc^2$"', '"Yes, $E$."', '"Mass $m$ times US$1."'])
def test_a_formula_of_a_question_that_cannot_be_read_is_told_with_its_place(folder: Folder, broken: str) -> None:
    folder.append("1-tea/questions.yaml", QUESTION.replace(broken, re.sub(r"\$[^$]+\$", r"$x^1^2$", broken)))
    problem = folder.problem()
    assert "the formula `$x^1^2$` cannot be read: Duplicate" in problem.message
    assert str(problem.location) == folder.place("1-tea/questions.yaml", "$x^1^2$")


def test_a_pattern_is_no_formula(folder: Folder) -> None:
    assert list(unreadable("[$]x_1_2[$]"))
    folder.append(
        "1-tea/questions.yaml",
        "\n  - {id: p, type: short_text, stem: S, level: recall, answers: [a, {pattern: '[$]x_1_2[$]'}]}\n",
    )
    assert not folder.problems()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n\n## ", "\n\nText $x^1^2$ here.\n\n## "),
        ("\n\n## ", "\n\n$$x^1^2$$\n\n## "),
    ],
)
def test_a_formula_of_a_lesson_that_cannot_be_read_is_told_with_its_place(folder: Folder, old: str, new: str) -> None:
    text = folder.text("1-tea/lesson.md")
    folder.write("1-tea/lesson.md", text.replace(old, new, 1))
    problem = folder.problem()
    assert "cannot be read: Duplicate" in problem.message
    assert str(problem.location) == folder.place("1-tea/lesson.md", "$$x^1^2$$" if "$$" in new else "$x^1^2$")


def test_a_lesson_has_its_formulas_and_a_heading_has_them_in_words(folder: Folder) -> None:
    text = folder.text("1-tea/lesson.md")
    folder.write("1-tea/lesson.md", text + "\n\n## On $E=mc^2$ {#energy}\n\nHere $x$.\n\n$$\ny\n$$\n\nH~2~O.\n")
    lesson = folder.load().lessons["tea"]
    section = lesson.section("energy")
    assert section is not None
    assert section.title == "On E = mc²"
    (prose,) = section.blocks
    assert isinstance(prose, Prose)
    assert prose.html.count("<math") == 2
    assert "H<sub>2</sub>O" in prose.html


def test_a_lesson_has_its_notes_at_its_end_each_with_a_way_back(folder: Folder) -> None:
    text = folder.text("1-tea/lesson.md")
    note = "\n\nA[^a], B[^b] and A[^a].\n\n[^b]: The *second*.\n[^a]: The first, $x$, US$3.\n\nThe end.\n"
    folder.write("1-tea/lesson.md", text + "\n\n## Notes\n\n" + note.replace("US$3", "US$"))
    prose = folder.load().lessons["tea"].sections[-1].blocks[-1]
    assert isinstance(prose, Prose)
    for piece in (
        '<sup class="note" id="note-1-mark"><a href="#note-1" aria-label="Note 1">1</a></sup>, B',
        '<sup class="note" id="note-1-mark-2"><a href="#note-1"',
        '<li id="note-1">',
        '<a href="#note-1-mark" ',
        '<a href="#note-1-mark-2" ',
        '<a href="#note-2-mark" ',
    ):
        assert prose.html.count(piece) == 1, piece
    assert prose.html.index("The end") < prose.html.index("The first") < prose.html.index("second")


def test_a_note_that_nothing_leads_to_is_told_with_its_line(folder: Folder) -> None:
    folder.append("1-tea/lesson.md", "\n\nA.\n\n[^b]: Never read.\n")
    problem = folder.problem()
    assert "nothing leads to the note `b`" in problem.message
    assert str(problem.location) == folder.place("1-tea/lesson.md", "[^b]:")


def test_a_gap_inside_a_formula_is_refused(folder: Folder) -> None:
    folder.append(
        "1-tea/questions.yaml",
        "\n  - id: gap\n    type: cloze\n    stem: S\n    level: recall\n    text: A $x = [[a]]$ b\n"
        "    blanks: {a: {answers: [b]}}\n",
    )
    assert "a gap stands inside a formula" in folder.problem().message


def test_numbers_of_a_formula_need_no_source_and_those_beside_it_do() -> None:
    found = [number.text for number in numbers_in("$x^2 = 4$ of US$912 billion and $5 or $7")]
    assert found == ["912 billion", "5", "7"]


def test_what_is_raised_and_lowered_is_so_in_words_too() -> None:
    assert render_inline("H~2~O, 10^6^ m^2^") == "H<sub>2</sub>O, 10<sup>6</sup> m<sup>2</sup>"
    assert plain("H~2~O, 10^6^, x^ab^") == "H₂O, 10⁶, x^(ab)"
    assert render_inline("~5 or ~6, 2^3 and 4^5") == "~5 or ~6, 2^3 and 4^5"


def test_code_has_its_parts_marked_and_no_styles() -> None:
    html = render('```python\ndef f(x):\n    return "a<b"  # why\n```')
    for piece in (
        '<span class="code-keyword">def</span>',
        '<span class="code-name">f</span>',
        "a&lt;b",
        '<span class="code-comment"># why</span>',
    ):
        assert piece in html
    assert "style" not in html


def test_every_language_that_is_named_is_known_and_none_is_taken_for_a_block_of_a_lesson() -> None:
    for name in LANGUAGES:
        assert "<code>" in render(f"```{name}\nx = 1\n```")
        assert name in ("yaml", "yml") or nearest_word(name, BLOCKS) is None, name


@pytest.mark.parametrize("info", ["", "text", "brainfuck", "figure"])
def test_code_of_no_known_language_is_shown_as_it_is(info: str) -> None:
    assert render(f"```{info}\ndef f(): 1\n```") == '<pre tabindex="0"><code>def f(): 1\n</code></pre>\n'


def test_very_long_code_is_shown_as_it_is() -> None:
    assert "<span" not in render("```python\n" + "x = 1\n" * LONGEST + "```")


@pytest.mark.parametrize("name", sorted(set(LANGUAGES.values())))
def test_no_language_takes_long_over_what_is_none_of_it(name: str) -> None:
    began = time.process_time()
    for text in ("(" * 5000, '"' * 5001, "a" * 9000, "<" * 5000, "\\" * 5000, "/*" * 4000, " " * 9000, "{{%" * 3000):
        render(f"```{name}\n{text}\n```")
    assert time.process_time() - began < 5 * CROWDED
