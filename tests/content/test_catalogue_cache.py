"""The memory of catalogues that were read before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.conftest import Folder
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.problems import Problems

PO = "translations/de/course.po"
HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def translated(folder: Folder) -> Folder:
    """A course with one catalogue, which has a translation, one of an earlier wording and one without its gap."""
    write(folder, "Tee und Brot")
    return folder


def write(folder: Folder, title: str) -> None:
    file = folder.path / PO
    file.parent.mkdir(parents=True, exist_ok=True)
    more = '\n#, fuzzy\nmsgid "Tea"\nmsgstr "Kaffee"\n\nmsgid "Pour [[gap]]"\nmsgstr "Gieße"\n'
    file.write_text(f'{HEAD}msgid "Tea and bread"\nmsgstr "{title}"\n{more}', "utf-8")


def title(course: Course) -> str | None:
    (translation,) = course.translations
    return translation.text("Tea and bread")


def test_a_catalogue_that_is_kept_equals_the_one_that_was_read(translated: Folder, cache: Path) -> None:
    first, again = load_course(translated.path, cache), load_course(translated.path, cache)
    plain = load_course(translated.path)
    assert first.translations[0].files == again.translations[0].files == plain.translations[0].files
    (file,) = again.translations[0].files
    assert (dict(file.texts), file.stale, file.broken) == (
        {"Tea and bread": "Tee und Brot"}, frozenset({"Tea"}), frozenset({"Pour [[gap]]"}),
    )  # fmt: skip


def test_a_second_start_parses_no_catalogue(translated: Folder, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_course(translated.path, cache)
    monkeypatch.setattr("webapp.content.translations.catalogues.read_po", lambda *_, **__: pytest.fail("it was read"))
    assert title(load_course(translated.path, cache)) == "Tee und Brot"


def test_an_edited_catalogue_is_never_taken_from_what_is_kept(translated: Folder, cache: Path) -> None:
    load_course(translated.path, cache)
    write(translated, "Brot und Tee!")
    assert title(load_course(translated.path, cache)) == "Brot und Tee!"


def test_another_version_of_the_code_reads_it_anew(
    translated: Folder, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_course(translated.path, cache)
    before = set(cache.glob("*.json"))
    monkeypatch.setattr("webapp.content.questions.question_cache.code_version", lambda: "another")
    load_course(translated.path, cache)
    assert not before & (set(cache.glob("*.json")) - before)
    assert len(set(cache.glob("*.json"))) == 2 * len(before)


def test_a_broken_catalogue_is_told_with_its_place_each_time(translated: Folder, cache: Path) -> None:
    (translated.path / PO).write_text(HEAD + "nonsense\n")
    for _turn in range(2):
        with pytest.raises(Problems, match=r"translations/de/course\.po:\d+.*can't be read"):
            load_course(translated.path, cache)


def test_a_damaged_entry_is_as_good_as_none(translated: Folder, cache: Path) -> None:
    whole = load_course(translated.path, cache).translations[0].files
    for entry in cache.glob("*.json"):
        entry.write_bytes(entry.read_bytes().replace(b"Tee und", b"Tee oder"))
    assert load_course(translated.path, cache).translations[0].files == whole
