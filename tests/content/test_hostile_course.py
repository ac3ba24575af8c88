"""A course that means harm, or was mangled: read in bounded time, refused in words, and nothing else with it."""

from __future__ import annotations

import shutil
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import TINY
from tests.time_limits import CROWDED
from webapp.content.course.loading import load_course
from webapp.content.folder_store import CourseStore, NotPartOfCourse
from webapp.content.lessons.lesson_context import MOST_LINKS
from webapp.content.lessons.lesson_files import read_lesson
from webapp.content.problems import MOST_TOLD, Problems, nearest_word
from webapp.content.questions.question_files import read_questions
from webapp.content.yaml.source import parse_yaml

FILES = ("course.yaml", "ledger.yaml", "1-tea/questions.yaml", "1-tea/lesson.md", "mixed/questions.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(TINY, tmp_path / "course")
    return tmp_path / "course"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds * CROWDED


def problems_of(folder: Path) -> str:
    with pytest.raises(Problems) as caught:
        load_course(folder)
    return str(caught.value)


MANY = "".join(f"  {{}}unknown{number}: x\n" for number in range(100_000))

FEWER = "".join(MANY.splitlines(keepends=True)[:30_000])


@pytest.mark.parametrize(
    "text",
    [
        "title: T\n" + MANY.replace("  {}", ""),
        "questions:\n  - id: a\n    type: choice\n" + MANY.replace("{}", "  "),
        "questions:\n" + FEWER.replace("  {}unknown", "  - unknown"),
        "questions:\n" + "".join(f"  - {{id: q{n}, type: chioce, stem: x}}\n" for n in range(15_000)),
        "questions:\n" + "".join(f"  - {{id: q{n}, type: choice, stam: x}}\n" for n in range(15_000)),
        "questions:\n  - id: a\n    type: choice\n    options:\n" + FEWER.replace("  {}unknown", "      - unknown"),
    ],
    ids=["of the file", "of a question", "of items", "of types", "of many questions", "of options"],
)
def test_a_hundred_thousand_unknown_names_take_seconds_not_minutes(text: str) -> None:
    """L4: 100,000 unknown keys took over 120 s."""
    began = time.process_time()
    parse_yaml(text, "questions.yaml")
    parsing = time.process_time() - began
    with within(10 + 3 * parsing):
        assert read_questions(text, "questions.yaml", "tea").problems


def test_a_course_file_with_a_hundred_thousand_unknown_keys_is_refused_in_two_seconds(folder: Path) -> None:
    text = (folder / "course.yaml").read_text()
    (folder / "course.yaml").write_text(MANY.replace("  {}", "") + text)
    with within(4):
        assert "unknown key" in problems_of(folder)


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:x) " * 12_000,
        "[a](javascript:x)\n\n" * 6_000,
        "![a](b.png) " * 12_000,
        "".join(f"[a](term:t{number}) " for number in range(12_000)),
        "".join(f"[@f{number}] " for number in range(12_000)),
        "".join(f"[@F_{number}] " for number in range(12_000)),
        "# A\n\n" * 12_000,
        "## A {#A!}\n\n" * 12_000,
        "```check\n```\n\n" * 12_000,
        "[a](section:tea/x) " * 12_000,
        "[a](https://example.org) " * 12_000,
        "a " * 300_000,
    ],
    ids=["refused", "refused, apart", "pictures", "terms", "facts", "bad citations", "titles", "bad ids", "checks",
         "sections", "web", "length"],
)  # fmt: skip
def test_a_lesson_with_thousands_of_faults_or_links_tells_the_first_and_takes_a_second(text: str) -> None:
    """The place of each was looked for from the beginning of its paragraph, and all were told."""
    with within(4):
        found = read_lesson(f"---\ntitle: T\nhook: Why?\n---\n{text}", "lesson.md", "tea", {})
    assert 1 <= len(found.problems) <= MOST_TOLD + 1
    assert len(found.references) <= MOST_LINKS


def test_what_no_finger_slips_to_is_compared_with_nothing() -> None:
    with within(0.5):
        for _ in range(1000):
            assert nearest_word("x" * 100_000, ["x" * 100_000 + "y"]) is None


# --- reading outside ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["../outside.yaml", "../seeds/../outside.yaml", "../../etc/x.yaml", "seeds/../../o.yaml"]
)
def test_a_ledger_lies_in_the_course_or_in_the_seeds_beside_it(folder: Path, path: str) -> None:
    """L2: `ledger:` could name any YAML file of the machine, and quoted from it."""
    (folder.parent / "outside.yaml").write_text("secret: of another program\n")
    course = folder / "course.yaml"
    course.write_text(course.read_text().replace("ledger: ledger.yaml", f"ledger: {path}"))
    said = problems_of(folder)
    assert "the path of the ledger leads out of the course folder" in said
    assert "secret" not in said


@pytest.mark.parametrize("name", FILES)
def test_a_link_that_leads_out_is_not_followed(folder: Path, name: str) -> None:
    """L3: a symlink in a course read, and wrote, whatever the server could."""
    outside = folder.parent / "outside"
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    said = problems_of(folder)
    assert f"{name}:1:1: this is a link (symlink) that leads out of the course folder" in said


def test_a_folder_that_is_a_link_out_is_not_looked_into(folder: Path) -> None:
    (folder / "1-tea").rename(folder.parent / "elsewhere")
    (folder / "1-tea").symlink_to(folder.parent / "elsewhere")
    assert "leads out of the course folder" in problems_of(folder)


def test_a_link_within_the_course_is_a_file_of_it(folder: Path) -> None:
    (folder / "mixed/questions.yaml").rename(folder / "kept.yaml")
    (folder / "mixed/questions.yaml").symlink_to(folder / "kept.yaml")
    assert load_course(folder).mixed


def test_a_link_that_leads_out_is_neither_shown_nor_written(folder: Path) -> None:
    outside = folder.parent / "outside.yaml"
    outside.write_text("a: secret\n")
    store = CourseStore(folder)
    name = "mixed/questions.yaml"
    (folder / name).unlink()
    (folder / name).symlink_to(outside)
    store.current()
    for act in (lambda: store.read(name), lambda: store.save(name, "x", ""), lambda: store.check(name, "x")):
        with pytest.raises(NotPartOfCourse):
            act()
    assert outside.read_text() == "a: secret\n"


def test_links_in_a_circle_are_a_problem_and_no_crash(folder: Path) -> None:
    (folder / "1-tea/lesson.md").unlink()
    (folder / "1-tea/lesson.md").symlink_to("lesson.md")
    assert "1-tea/lesson.md" in problems_of(folder)


# --- whatever stands in the files -------------------------------------------------------------------------------------

_SNIPPETS = ("- ", ": ", "{", "[", "}", "]", "&a ", "*a", "!!x ", "|\n", ">\n", '"', "'", "\t", "# ",
             "---\n", "\x00",
             "\u2028", "\ud800", "\ufeff", "?", "%TAG ! x\n", "<<: *a\n", "@", "`", "```check\n", "[@x]", "<b", "](",
             "1e999", "9" * 400, "((((a+)+)+)+)$", "e\u0301" * 40,
             "- " * 40, "[" * 200, "id: tea-choice\n")  # fmt: skip


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, str]:
    """A file of the course, and a text for it: cut, doubled, joined or sprinkled with what means something."""
    name = draw(st.sampled_from(FILES))
    text = (TINY / name).read_text()
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        to = draw(st.integers(at, min(len(text), at + 200)))
        put = draw(st.one_of(st.sampled_from(_SNIPPETS), st.text(max_size=20), st.just(text[at:to] * 2), st.just("")))
        text = text[:at] + put + text[to:]
    return name, text


@pytest.mark.long
@settings(max_examples=150, derandomize=True, suppress_health_check=list(HealthCheck))
@given(file=mangled())
def test_a_mangled_course_loads_or_is_refused_in_words_and_in_time(
    tiny_store: CourseStore, file: tuple[str, str]
) -> None:
    name, text = file
    tracemalloc.start()
    try:
        with within(4):  # twice what is promised: the memory is watched meanwhile
            tiny_store.check(name, text)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.long
@settings(max_examples=150, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(FILES),
    text=st.one_of(st.text(max_size=500), st.lists(st.sampled_from(_SNIPPETS)).map("".join)),
)
def test_any_text_in_place_of_a_file_is_refused_in_words(tiny_store: CourseStore, name: str, text: str) -> None:
    with within(2):
        tiny_store.check(name, text)


@pytest.fixture(scope="module")
def tiny_store(tmp_path_factory: pytest.TempPathFactory) -> CourseStore:
    folder = tmp_path_factory.mktemp("mangled") / "course"
    shutil.copytree(TINY, folder)
    return CourseStore(folder)


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize("sign", ["[", "{a: ", "- ", "? ", "> "])
def test_no_depth_of_nesting_ends_the_process(tiny_store: CourseStore, sign: str, depth: int) -> None:
    with within(2):
        assert tiny_store.check("1-tea/questions.yaml", "questions:\n  - " + sign * depth)
