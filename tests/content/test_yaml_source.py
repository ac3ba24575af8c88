"""YAML text as plain values, and where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.content.problems import Location, Problem, Problems
from webapp.content.yaml.source import LARGEST_FILE, parse_yaml, read_text


def problem_of(text: str, first_line: int = 1) -> Problem:
    with pytest.raises(Problems) as caught:
        parse_yaml(text, "f.yaml", first_line=first_line)
    assert len(caught.value) == 1, str(caught.value)
    return caught.value.problems[0]


@pytest.mark.parametrize("scalar", ["NO", "no", "1.10", "12:30", "0x1F", "1_000", "2026-12-01", "true", ".inf", "1e3"])
def test_a_scalar_stays_as_it_was_written(scalar: str) -> None:
    assert parse_yaml(f"a: {scalar}\n", "f").values == {"a": scalar}


@pytest.mark.parametrize(
    ("written", "value"), [("", None), ("~", None), ("null", None), ('"null"', "null"), ("''", "")]
)
def test_only_an_empty_value_a_tilde_and_null_are_nothing(written: str, value: str | None) -> None:
    assert parse_yaml(f"a: {written}\n", "f").values == {"a": value}


def test_an_empty_text_has_no_values() -> None:
    assert parse_yaml("", "f").values is None
    assert parse_yaml("# only a comment\n", "f").values is None


def test_ampersands_and_stars_in_prose_are_no_anchors() -> None:
    text = 'a: R&D and AT&T\nb: "&amp; *x*"\nc: |\n  & more\n  *emphasis* &c\n'
    values = parse_yaml(text, "f").values
    assert values["a"] == "R&D and AT&T"
    assert values["c"] == "& more\n*emphasis* &c\n"


def test_every_path_is_found_to_the_column() -> None:
    document = parse_yaml("a:\n  - x: 1\n    y: [2, {z: three words}]\nb: |\n  one\n  two three\n", "f")
    assert document.locate() == Location("f", 1, 1)
    assert document.locate(("a", 0, "x")) == Location("f", 2, 8)
    assert document.locate(("a", 0, "x"), key=True) == Location("f", 2, 5)
    assert document.locate(("a", 0, "y", 1, "z")) == Location("f", 3, 16)
    assert document.locate(("a", 0, "y", 1, "z"), needle="words") == Location("f", 3, 22)
    assert document.locate(("b",), needle="three") == Location("f", 6, 7)


def test_a_path_that_leads_nowhere_gives_the_nearest_place() -> None:
    document = parse_yaml("a:\n  - {x: 1}\n", "f")
    assert document.locate(("a", 0, "missing")) == Location("f", 2, 5)
    assert document.locate(("a", 7, "x")) == Location("f", 2, 3)
    assert parse_yaml("", "f").locate(("a",)) == Location("f", 1, 1)


def test_places_count_from_the_line_the_text_begins_on() -> None:
    assert parse_yaml("a: b\n", "f", first_line=10).locate(("a",)) == Location("f", 10, 4)
    assert problem_of("a: b\na: c\n", first_line=10).location == Location("f.yaml", 11, 1)


SYNTAX = {
    "a colon in a text": ("a: this: that\n", 1, 8, "makes YAML see a second key"),
    "a colon in braces": ("- {text: He said: no, key: true}\n", 1, 17, "makes YAML see a second key"),
    "a key too far right": ("- id: a\n    stem: b\n", 2, 5, "the key `stem` stands further right"),
    "a line too far left": ("q:\n  - id: a\n   stem: b\n", 3, 4, "does not stand in line"),
    "a list item too far left": ("q:\n  - id: a\n - id: b\n", 3, 2, "does not stand in line"),
    "a tab": ("q:\n\t- id: a\n", 2, 1, "begins with a tab"),
    "a tab further down": ("q:\n  - id: a\n\t  stem: b\n", 3, 1, "begins with a tab"),
    "a tab in a block": ("a: |\n\tfoo\n", 2, 1, "begins with a tab"),
    "an open double quote": ('a: "foo\nb: c\n', 1, 4, 'the quote that begins here (") is never closed'),
    "an open single quote": ("a: 'foo\nb: c\n", 1, 4, "the quote that begins here (') is never closed"),
    "an apostrophe": ("a: 'it's fine'\nb: c\n", 1, 8, "goes on after the closing quote"),
    "quotes in quotes": ('a: "What is "LLM"?"\n', 1, 14, "goes on after the closing quote"),
    "an open bracket": ("a: [b, c\nd: e\n", 1, 4, "the [ that begins here is not closed"),
    "an open bracket at the end": ("title: [\n", 1, 8, "the [ that begins here is not closed"),
    "an open brace in a list": ("a: [{b: c}, {d: e, \n", 1, 13, "the { that begins here is not closed"),
    "an open brace": ("a: {b: c\nd: e\n", 1, 4, "the { that begins here is not closed"),
    "a backslash": ('a: "\\d+"\n', 1, 5, "a backslash"),
    "a star": ("a: *foo\n", 1, 4, "begins with *"),
    "two stars": ("a: **foo** bar\n", 1, 4, "begins with *"),
    "an ampersand": ("a: & foo\n", 1, 4, "begins with &"),
    "an exclamation mark": ("a: !foo bar\n", 1, 4, "begins with `!foo`"),
    "a python object": ("a: !!python/object/apply:os.system [ls]\n", 1, 4, "takes for a tag"),
    "an at sign": ("a: @foo\n", 1, 4, "cannot begin with @"),
    "a backtick": ("a: `x`\n", 1, 4, "cannot begin with `"),
    "a percent sign": ("a: %x\n", 1, 4, "cannot begin with %"),
    "a question mark": ("a: ? what\n", 1, 4, "begins with a question mark"),
    "a list behind a key": ("a: - b\n", 1, 4, "a list begins behind a key"),
    "a second document": ("a: b\n---\nc: d\n", 2, 1, "begins a second document"),
    "no colon": ("a: b\nfoo\nc: d\n", 2, 1, "has no key, or no space after its colon"),
    "no space": ("a:b\nc: d\n", 1, 1, "the colon has no space behind it"),
    "text beside a bar": ("a: | text\n  x\n", 1, 6, "stands on the same line as the |"),
    "a control character": ("a: \x07\n", 1, 4, "an invisible control character"),
    "a zero byte": ("ab: c\nd: \x00\n", 2, 4, "an invisible control character"),
    "too deep": ("[" * 2000, 1, 1001, "nested too deeply"),
    "an anchor": ("a: &x 1\n", 1, 4, "anchor"),
    "an alias": ("a: &x 1\nb: *x\n", 1, 4, "anchor"),
    "a key twice": ("a: b\nc: d\na: c\n", 3, 1, "the key `a` stands here a second time"),
    "a list as a key": ("[a]: b\n", 1, 1, "where a key belongs"),
}


@pytest.mark.parametrize("case", SYNTAX)
def test_a_slip_in_the_yaml_is_explained_at_its_place(case: str) -> None:
    text, line, column, message = SYNTAX[case]
    problem = problem_of(text)
    assert (problem.location.line, problem.location.column) == (line, column), str(problem)
    assert message in problem.message
    assert problem.expected or problem.suggestion


def test_every_second_key_is_reported_with_the_line_of_the_first() -> None:
    with pytest.raises(Problems) as caught:
        parse_yaml("a: b\na: c\nd: {e: 1, e: 2}\n", "f")
    places = [(problem.location.line, problem.location.column) for problem in caught.value]
    assert places == [(2, 1), (3, 11)]
    assert "already on line 1" in caught.value.problems[0].expected


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: b\r\nc: d\r\n")
    assert read_text(path, "a.yaml")[0] == "a: b\nc: d\n"


@pytest.mark.parametrize(
    ("raw", "line", "column", "message"),
    [
        (b"a: b\nstem: caf\xe9\n", 2, 10, "not saved as UTF-8"),
        ("stem: é".encode("utf-16"), 1, 1, "saved as UTF-16"),
        (b"#" * (LARGEST_FILE + 1), 1, 1, "too big"),
    ],
)
def test_a_file_that_is_no_utf8_text_is_refused(
    tmp_path: Path, raw: bytes, line: int, column: int, message: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(raw)
    with pytest.raises(Problems) as caught:
        read_text(path, "a.yaml")
    problem = caught.value.problems[0]
    assert message in problem.message
    assert problem.location == Location("a.yaml", line, column)


def test_a_missing_file_and_a_folder_are_problems(tmp_path: Path) -> None:
    for path, message in ((tmp_path / "none.yaml", "missing"), (tmp_path, "folder")):
        with pytest.raises(Problems, match=message):
            read_text(path, "x")


plain = st.recursive(
    st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text("abcdefgh-_ ", min_size=1, max_size=8), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(plain)
@settings(max_examples=150)
def test_what_was_written_is_what_is_read(values: object) -> None:
    text = yaml.safe_dump(values, allow_unicode=True)
    assert parse_yaml(text, "f").values == values


@given(st.text(alphabet=st.sampled_from("ab:-[]{}#&*!|>'\"%@`?,\n\t ~0=<\\é\x00\ufeff"), max_size=60))
@settings(max_examples=400)
def test_no_text_raises_anything_but_problems(text: str) -> None:
    try:
        document = parse_yaml(text, "f")
    except Problems as problems:
        for problem in problems:
            assert problem.location.line >= 1
            assert problem.location.column >= 1
            assert problem.message
    else:
        document.locate(("a", 0, "b"), needle="a")
