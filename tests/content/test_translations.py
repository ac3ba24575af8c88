"""A course in a second language: catalogues are written from its texts, judged by them, and change no key."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests import second_language
from tests.content.conftest import Folder
from webapp.commands import group
from webapp.content.course.course import Course
from webapp.content.problems import Problems
from webapp.content.translating import gaps, parts_of, updated
from webapp.content.translations.catalogues import read_catalogue
from webapp.questions import type_of

CATALOGUE = "translations/de/tea.po"


def translate(folder: Folder, word: Callable[[str], str] = lambda text: f"Ü {text}") -> Course:
    second_language.translate(folder.path, word)
    return folder.load()


def found(course: Course) -> list[str]:
    return [str(gap) for translation in course.translations for gap in gaps(course, translation)]


def test_every_text_that_learners_read_is_in_a_catalogue_and_no_name_or_key_is(folder: Folder) -> None:
    texts = {text for group_ in parts_of(folder.load()).values() for text in group_}
    for shown in (
        "Tea and bread", "Tea quiz", "Oxidation", "From leaf to tea", "How black tea is made", "It turns black",
        "Boiling it in water", "Water comes later. First the leaf has to change.", "Think of a cut apple.", "minutes",
        "A plain dough takes about 65 g of water for every 100 g of flour.",
    ):  # fmt: skip
        assert shown in texts, shown
    assert not texts & {"tea-choice", "leaves", "choice", "cause", "understand", "chain", "steeping-time"}


def test_a_course_that_is_translated_lacks_nothing(folder: Folder) -> None:
    assert found(translate(folder)) == []


def test_a_lesson_is_read_in_the_other_language_with_the_same_ids_checks_and_sources(folder: Folder) -> None:
    course = translate(folder)
    lesson = course.lessons["tea"]
    german = course.lesson_in("de", lesson)
    assert german.title == "Ü Making tea"
    assert german.sections[0].title == "Ü From leaf to tea"
    assert ">Ü Every tea in this lesson" in german.blocks[0].html  # type: ignore[union-attr]
    assert [section.id for section in german.sections] == [section.id for section in lesson.sections]
    assert [check.question for check in german.checks] == [check.question for check in lesson.checks]
    assert german.cited == lesson.cited
    assert german.minutes == lesson.minutes
    assert 'aria-label="Source 1: Ü Green' in german.blocks[0].html  # type: ignore[union-attr]
    assert course.lesson_in("fr", lesson) is lesson


def test_a_translation_can_change_no_key(folder: Folder) -> None:
    before = {question.id: type_of(question).key(question) for question in folder.load().questions}
    course = translate(folder, lambda text: "nonsense, all of it")
    for question in course.questions:
        assert type_of(question).key(question) == before[question.id]
        assert type_of(question).grade(question, before[question.id]).fraction == 1


def test_a_text_that_changed_is_found_stale_and_shown_as_it_is_now(folder: Folder) -> None:
    translate(folder)
    folder.edit(
        "1-tea/questions.yaml",
        "What makes a fresh leaf into black tea?",
        "What makes a fresh leaf into real black tea?",
    )
    course = folder.load()
    assert any(
        "a text is not translated: “What makes a fresh leaf into real black tea?”" in gap for gap in found(course)
    )
    assert course.translations[0].text("What makes a fresh leaf into real black tea?") is None
    folder.write(CATALOGUE, updated(parts_of(course)["tea"], "de", "tea", folder.text(CATALOGUE)))
    stale = [gap for gap in found(folder.load()) if "changed since" in gap]
    assert len(stale) == 1
    assert f"{CATALOGUE}:" in stale[0]
    assert folder.load().translations[0].text("What makes a fresh leaf into real black tea?") is None


def test_breaking_lines_anew_makes_nothing_stale(folder: Folder) -> None:
    translate(folder)
    folder.edit("1-tea/lesson.md", "Rolled leaves that lie in the air", "Rolled leaves\nthat lie in the air")
    assert found(folder.load()) == []


@pytest.mark.parametrize("lost", ["[@oxidation; @one-plant]", "(term:oxidation)"])
def test_a_translation_that_loses_a_citation_or_a_link_is_found_and_not_used(folder: Folder, lost: str) -> None:
    course = translate(folder, lambda text: f"Ü {text}".replace(lost, ""))
    assert any("lacks or adds a gap [[…]], a citation [@…] or a link" in gap for gap in found(course))
    german = course.lesson_in("de", course.lessons["tea"])
    assert german.cited == course.lessons["tea"].cited


def test_a_catalogue_that_cannot_be_read_is_reported_with_its_line(folder: Folder) -> None:
    folder.write(CATALOGUE, 'msgid ""\nmsgstr ""\n\nmsgid "a"\nsays "b"\n')
    problem = folder.problem()
    assert (problem.location.file, problem.location.line) == (CATALOGUE, 5)
    assert "can't be read" in problem.message


HOSTILE = ["", "\x00", "msgstr", 'msgid ""', "just words", "ü" * 10_000, 'msgid "a"\nmsgid "b"\n']


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_catalogue_holds_it_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Problems):
        assert read_catalogue(text, CATALOGUE, "de").texts == {}


def test_the_command_writes_catalogues_keeps_what_is_there_and_says_what_is_missing(folder: Folder) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(group, ("bank", *words), prog_name="webapp")
        assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), result.output
        return result.output

    where = str(folder.path)
    assert "All is well" in run("check", where)
    assert "tea.po is up to date now" in run("translate", "de", where)
    assert run("translate", "de", where) == "", "a second time there is nothing to do"
    assert "texts are not translated" in run("check", where)
    catalogue = folder.text(CATALOGUE)
    folder.write(
        CATALOGUE, catalogue.replace('msgid "Oxidation"\nmsgstr ""', 'msgid "Oxidation"\nmsgstr "Oxidation (de)"')
    )
    run("translate", "de", where)
    assert 'msgstr "Oxidation (de)"' in folder.text(CATALOGUE)
    assert "is in en already" in run("translate", "en", where)
    assert "no code of a language" in run("translate", "../x", where)
    assert not Path(where, "translations", "en").exists()
