"""Markdown as safe HTML."""

from __future__ import annotations

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.content.markdown import _ATTRIBUTES, _CLASSES, _TAGS, classify, links, render, render_inline
from webapp.content.media.names import is_address
from webapp.questions.text import plain

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example)",
    "[x](http://plain.example)",
    "[x](/accounts/delete)",
    "[x](https:javascript)",
    "<javascript:alert(1)>",
    "<https://good.example/\"onmouseover=alert(1)>",
    "![x](javascript:alert(1))",
    "![x](x.png \"title\")",
    "![\"onerror=alert(1)](x)",
    "![\"onerror=alert(1)](media/a.png)",
    "![x](media/a.png\"onload=alert(1))",
    "![x](media/a.png \"onload=alert(1)\")",
    "![x](media/a.svg?x)",
    "![x](media/../../a.png)",
    "![<img src=x onerror=alert(1)>](media/a.png)",
    "<img src=\"media/a.png\" alt=\"\">",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://good.example "\'><script>alert(1)</script>")',
    "[<b>x</b>](term:a/b)",
    "[x](section:\"onclick=alert(1))",
    "`<script>`",
    "```html\n<script>alert(1)</script>\n```",
    "```\" onclick=\"x\nfoo\n```",
    "| a |\n|--:|\n| <b onclick=x>b</b> |",
    "<a href='x' style='position:fixed'>x</a>",
    "&lt;script&gt;",
    "\u202ejavascript",
    "[x](https://good.example/?a=<script>)",
    "a{#x onclick=alert(1)}",
    "<!-- --!><script>alert(1)</script>",
    "<?php echo 1 ?>",
    "<![CDATA[<script>]]>",
    "*" * 3000,
    "[" * 3000,
    "> " * 500 + "x",
    "- " * 500 + "x",
    "\x00\x01\ufffd",
    "\ud800",
    r"$\text{</mtext><script>alert(1)</script>}$",
    r"$\text{</math><img src=x onerror=alert(1)>}$",
    r"$<mglyph><style></math><img src onerror=alert(1)>$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{position:fixed}{x}$ $\class{term}{x}$ $\cssId{a}{x}$ $\htmlData{fact=x}{y}$",
    r"$\unicode{60}script\unicode{62}$",
    r'$\text{" onclick="alert(1)}$',
    r"$\mathmakebox[9999em]{x}$ $\hspace{9999em}$ $\raisebox{9999em}{x}$ $\kern9999em x$",
    r"$\color{red}x$ $\textcolor{url(https://evil.example)}{x}$ $\colorbox{red}{x}$",
    r"$\def\a{\a\a}\a$ $\newcommand{\a}[1]{\a{#1#1}}\a{x}$",
    r"$\input{/etc/passwd}$ $\includegraphics{x}$ $\write18{ls}$",
    r"$\begin{array}{c|c}a&b\\\hline c&d\end{array}$ $$\begin{align}a&=b\end{align}$$",
    "$x$" * 1000,
    "$" * 3000,
    "$$\n" * 1000,
    "$a " * 3000,
    "$" + "{" * 5000 + "$",
    "$" + "\\sqrt{" * 900 + "x" + "}" * 900 + "$",
    "$" + "\\left(" * 150 + "x" + "\\right)" * 150 + "$",
    "$" + "x^" * 400 + "x$",
    "$" + "\\begin{pmatrix}" * 30 + "x" + "\\end{pmatrix}" * 30 + "$",
    "$\x00$ $\ud800$ $\ue0a0" + "0\ue0a1$",
    "```python\n<script>alert(1)</script>\n\"\"\"\n```",
    "```html\n<a href='javascript:alert(1)' style='x'>\n```",
    "```python onclick=alert(1)\nx\n```",
    "```\"><script>\nx\n```",
    "~<b onclick=x>b</b>~ ^<i>^ ~[x](javascript:alert(1))~",
    "~" * 3000,
    "~a" * 3000,
    "^a" * 3000,
]  # fmt: skip


def tags(html: str) -> list:
    document = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    found = [element for element in document.iter() if element.tag != "DOCUMENT_FRAGMENT"]
    for element in found:
        element.tag = element.tag.removeprefix("{http://www.w3.org/1998/Math/MathML}")
    return found


def assert_safe(html: str) -> None:
    for element in tags(html):
        assert element.tag in _TAGS
        for name, value in element.attrib.items():
            if name == "class":
                assert set(value.split()) <= _CLASSES[element.tag]
                continue
            assert name in _ATTRIBUTES.get(element.tag, set())
            if name == "src":
                assert is_address(value), value
            if name == "href":
                assert value.startswith(("https://", "/lessons/", "#")), value
    assert "style=" not in html or "<" not in html.split("style=")[0][-1:]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_comes_through(text: str) -> None:
    assert_safe(render(text))
    assert_safe(render_inline(text))
    list(links(text))


@given(st.text(alphabet=st.sampled_from("[]()<>!`*_#|\\\"'&;:/ \nab-@{}=~^$1"), max_size=80))
@settings(max_examples=300)
def test_nothing_random_comes_through(text: str) -> None:
    assert_safe(render(text))
    assert_safe(render_inline(text))


def test_ordinary_markdown_works() -> None:
    html = render("One **two** *three* `four`\n\n- a\n- b\n\n1. c\n\n> d\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n")
    for piece in ("<strong>two</strong>", "<em>three</em>", "<code>four</code>", "<li>a</li>", "<ol>", "<blockquote>"):
        assert piece in html
    assert '<th class="align-right">b</th>' in html


def test_a_link_of_the_course_leads_to_the_lesson() -> None:
    assert render_inline("[x](section:tea/leaves)") == '<a href="/lessons/tea#leaves">x</a>'
    assert render_inline("[x](term:tea/oxidation)") == '<a href="/lessons/tea#term-oxidation" class="term">x</a>'
    assert render_inline("[x](section:closing)") == '<a href="/lessons/closing">x</a>'


def test_a_link_outside_does_not_tell_where_it_came_from() -> None:
    assert render_inline("[x](https://example.org)") == '<a href="https://example.org" rel="noopener noreferrer">x</a>'


def test_a_refused_link_and_a_picture_leave_their_words() -> None:
    assert render_inline("[words](javascript:x) ![more](x.png)") == "words more"


def test_a_heading_in_a_question_does_not_become_one_of_the_page() -> None:
    assert "<h" not in render("# Big\n\nTitle\n=====\n")


def test_links_are_classified() -> None:
    text = "[a](https://x.org) [b](section:tea/x) [c](term:y) ![d](e.png) [f](ftp://x)"
    assert [link.kind for link in links(text)] == ["web", "section", "term", "picture", "refused"]


def test_the_rows_of_a_table_with_an_empty_corner_have_headings() -> None:
    html = render("| | tea | bread |\n|---|---|---|\n| water | much | some |")
    assert "<td></td>" in html
    assert '<th scope="row">water</th>' in html
    assert "<td>much</td>" in html


def test_a_table_with_a_full_corner_has_no_headings_of_rows() -> None:
    html = render("| what | tea |\n|---|---|\n| water | much |")
    assert "<th>what</th>" in html
    assert "<td>water</td>" in html


def test_words_of_another_language_say_so() -> None:
    assert (
        render_inline("Say [*buenos días*](lang:es)!") == 'Say <span lang="es" dir="ltr"><em>buenos días</em></span>!'
    )
    assert render_inline("[شاي](lang:ar)") == '<span lang="ar" dir="rtl">شاي</span>'
    assert render_inline("[a](lang:es) [b](https://x.org)").endswith('rel="noopener noreferrer">b</a>')
    assert plain("Say [*buenos días*](lang:es)!") == "Say buenos días!"
    for wrong in ("lang:", "lang:e", "lang:es_ES", 'lang:es"', "lang:" + "a" * 40):
        assert classify(wrong).kind == "refused"
    assert "lang" not in render_inline("[a](lang:ES)")
