"""YAML as an enemy or a broken disk writes it: loads or is refused in few, short words, in bounded time.

`HOSTILE_EXAMPLES=20000 pytest tests/content/test_hostile_yaml.py` looks longer.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import TINY
from tests.time_limits import CROWDED
from webapp.content.course.loading import load_course
from webapp.content.folder_store import CourseStore
from webapp.content.problems import MOST_TOLD, Problems
from webapp.content.yaml.source import parse_yaml, read_text

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "150"))
#: characters of one problem, with the place, what was expected and what to do
LONGEST_WORDS = 2_000

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
)

TEXTS = {
    "a billion laughs": LAUGHS,
    "a list in itself": "questions: &a [*a]\n",
    "a mapping in itself": "questions: &a {a: *a}\n",
    "a reference to nothing": "questions: *nothing\n",
    "a merge": "a: &a {id: x}\nquestions:\n  - <<: *a\n    stem: y\n",
    "a merge of nothing": "questions:\n  - <<: {id: x, stem: y}\n",
    "a merge of a word": "<<: x\nquestions: []\n",
    "a hundred thousand anchors": "questions:\n" + "".join(f"  - &a{n} x\n" for n in range(100_000)),
    "an anchor at the very end": "questions:\n" + "  - x\n" * 100_000 + "  - &a x\n",
    "anchors in quotes": "questions:\n" + '  - "&a *b"\n' * 50_000,
    "a plain text of four megabytes": "questions: " + "x" * 4_000_000,
    "a quoted text of four megabytes": 'questions: "' + "\\u00e9" * 600_000 + '"\n',
    "a block of four megabytes": "questions: |\n" + "  line\n" * 500_000,
    "a folded block": "questions: >\n" + "  line\n\n" * 200_000,
    "a key of a megabyte": "? " + "k" * 1_000_000 + "\n: x\n",
    "a text that never ends": 'questions: "' + "x" * 1_000_000,
    "a hundred thousand tags": "questions:\n" + "  - !x a\n" * 100_000,
    "a hundred thousand equal keys": "a: 1\n" * 100_000,
    "a hundred thousand lists as keys": "? [a]\n: b\n" * 50_000,
    "an object of Python": "questions: !!python/object/apply:os.system [id]\n",
    "a name of Python": "questions: !!python/name:os.system\n",
    "a set": "questions: !!set {a, b}\n",
    "an ordered mapping": "questions: !!omap [a: b]\n",
    "bytes": "questions: !!binary aGVsbG8=\n",
    "a date by tag": "questions: !!timestamp 2026-02-30\n",
    "a tag in full": "questions: !<tag:yaml.org,2002:python/none> x\n",
    "a tag with a name of its own": "%TAG ! tag:evil.example,2026:\n---\nquestions: !x y\n",
    "a version of the future": "%YAML 9.9\n---\nquestions: []\n",
    "a directive nobody knows": "%EVIL x\n---\nquestions: []\n",
    "ten thousand documents": "--- {questions: []}\n" * 10_000,
    "a document that ends": "questions: []\n...\nnonsense\n",
    "a mapping as a key": "? {a: b}\n: c\n",
    "nothing as a key": "? \n: c\n",
    "lines that end as in 1984": "questions:\x85  - id: x\u2028  - id: y\u2029",
    "tabs": "questions:\n\t- id: x\n",
    "a NUL": "questions: a\x00b\n",
    "control characters": "questions: a\x1b[31m\x07\n",
    "half a character": "questions: \ud800\n",
    "a mark in the middle": "questions: []\n\ufeffmore: x\n",
    "a number that no integer is": "questions:\n  - {id: a, type: numeric, stem: x, answer: " + "9" * 5_000 + "}\n",
    "points beyond everything": "questions:\n  - {id: a, type: true_false, stem: x, answer: true, points: 1e999}\n",
    "no number": "questions:\n  - {id: a, type: true_false, stem: x, answer: true, points: .nan}\n",
    "sums as deep as the sea": "questions:\n  - {id: a, type: numeric, stem: x, answer: '"
    + "(" * 5_000
    + "1"
    + ")" * 5_000
    + "'}\n",
    "a power of powers": "questions:\n  - {id: a, type: numeric, stem: x, answer: '9^9^9^9^9'}\n",
    "only a bracket": "[",
    "only a quote": "'",
    "only dashes": "-\n" * 100_000,
    "colons": ": " * 50_000,
    "question marks": "?\n" * 50_000,
    "commas": "[" + "," * 100_000 + "]",
}

BYTES = {
    "UTF-16 with a mark": TEXTS["a merge"].encode("utf-16"),
    "UTF-16 without": TEXTS["a merge"].encode("utf-16-le"),
    "UTF-32": "questions: []\n".encode("utf-32"),
    "Latin-1": "questions: Öl\n".encode("latin-1"),
    "Windows": "questions: “Öl”\n".encode("cp1252"),
    "UTF-7": "questions: +AGE-\n".encode("ascii"),
    "IBM's": "questions: []\n".encode("cp500"),
    "surrogates as UTF-8": b"questions: \xed\xa0\x80\n",
    "two bytes for one": b"questions: \xc0\xaf\n",
    "half a character": "questions: ä".encode()[:-1],
    "beyond Unicode": b"questions: \xf4\x90\x80\x80\n",
    "NUL": b"\x00" * 100_000,
    "noise": bytes(range(256)) * 400,
    "gzip": b"\x1f\x8b\x08\x00" + bytes(range(256)) * 40,
    "six megabytes": b"# x\n" * 1_500_000,
    "nothing": b"",
    "a mark only": b"\xef\xbb\xbf",
}


def check(problems: object, seconds: float) -> None:
    told = list(problems) if problems is not None else []  # type: ignore[call-overload]
    assert len(told) <= 6 * MOST_TOLD
    assert all(len(str(problem)) <= LONGEST_WORDS for problem in told), max(len(str(problem)) for problem in told)
    assert seconds < 4 * CROWDED, seconds


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> CourseStore:
    folder = tmp_path_factory.mktemp("hostile") / "course"
    shutil.copytree(TINY, folder)
    return CourseStore(folder)


#: the parser is the same for all files: large texts are tried in one of them
CASES = [
    (name, case)
    for case, text in TEXTS.items()
    for name in ("1-tea/questions.yaml", "course.yaml", "ledger.yaml")
    if name == "1-tea/questions.yaml" or len(text) < 10_000
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_yaml_that_means_harm_is_refused_in_few_words_and_in_time(store: CourseStore, name: str, case: str) -> None:
    began = time.process_time()
    problems = store.check(name, TEXTS[case])
    check(problems, time.process_time() - began)
    assert problems


@pytest.mark.parametrize("case", BYTES)
def test_bytes_that_are_no_text_are_refused_in_words(tmp_path: Path, case: str) -> None:
    folder = tmp_path / "course"
    shutil.copytree(TINY, folder)
    (folder / "1-tea/questions.yaml").write_bytes(BYTES[case])
    began = time.process_time()
    try:
        load_course(folder)
    except Problems as problems:
        check(problems, time.process_time() - began)
    else:
        assert case == "UTF-7", "which is ASCII, and plain words"


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe in a course kept the server waiting for somebody who writes into it."""
    os.mkfifo(tmp_path / "questions.yaml")
    for path in (tmp_path / "questions.yaml", Path("/dev/zero")):
        with pytest.raises(Problems, match="this is no file"):
            read_text(path, "questions.yaml")


WORDS = st.sampled_from(
    ["id", "type", "choice", "stem", "questions", "options", "tea", "<<", "true", "~", "1e9", "é", ""]
)
SIGNS = st.sampled_from(
    ["&a ", "*a", "!x ", "!!binary ", "!<x> ", "- ", "? ", ": ", ", ", "[", "]", "{", "}", "|\n", ">-\n", '"', "'",
     "\n", "\n  ", "\n\t", "# ", "---\n", "...\n", "%YAML 1.1\n", "\ufeff", "\x85", "\x00", "\\x", "@", "`"]
)  # fmt: skip
PIECES = st.one_of(WORDS, SIGNS, st.text(max_size=3))


@pytest.mark.long
@settings(max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(PIECES, max_size=60), times=st.sampled_from([1, 1, 1, 30, 2_000]))
def test_no_order_of_signs_is_more_than_a_few_problems(pieces: list[str], times: int) -> None:
    text = "".join(pieces) * times
    began = time.process_time()
    try:
        values = parse_yaml(text, "x.yaml").values
    except Problems as problems:
        check(problems, time.process_time() - began)
    else:
        check(None, time.process_time() - began)
        assert_plain(values)


def assert_plain(values: object) -> None:
    """Nothing but text, lists, mappings and nothing, each in one place only: no object, no reference."""
    seen: set[int] = set()
    left = [values]
    while left:
        value = left.pop()
        if isinstance(value, dict | list):
            assert id(value) not in seen
            seen.add(id(value))
            left += value.values() if isinstance(value, dict) else value
        else:
            assert value is None or isinstance(value, str)
