"""A lesson in the browser: its front matter as fields, its text, what is wrong with both, and its preview."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.clients import within
from tests.editor.conftest import Screen
from webapp.content.lessons.lesson_files import read_lesson
from webapp.content.lint.run import lint, lint_lesson
from webapp.editor import lesson_starters
from webapp.editor.lesson_session import NoFrontMatter, cut
from webapp.questions import TYPES

LESSON = "/instructor/bank/lessons/tea"


@pytest.fixture
def file(bank: Path) -> Path:
    return bank / "1-tea" / "lesson.md"


def body_of(text: str) -> str:
    return cut(text)[1]


def plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def test_saving_what_nobody_changed_leaves_every_byte(screen: Screen, file: Path) -> None:
    before = file.read_bytes()
    screen.open(LESSON).press("save")
    assert "Saved." in screen.text
    assert file.read_bytes() == before


def test_a_field_changes_its_own_line_and_no_other(screen: Screen, file: Path) -> None:
    before = file.read_text().replace("title: ", "# how it is called\ntitle:   ", 1).replace("hook: ", "hook:  ", 1)
    file.write_text(before)
    screen.open(LESSON).fill(title="Tea, made well").press("save")
    assert "Saved." in screen.text
    assert file.read_text() == re.sub("title:   .*", "title:   Tea, made well", before, count=1)


def test_a_field_that_is_changed_back_leaves_every_byte(screen: Screen, file: Path) -> None:
    before = file.read_bytes()
    screen.open(LESSON).fill(title="Tea, made well", minutes="7").press("check")
    screen.fill(title="Making tea", minutes="").press("save")
    assert file.read_bytes() == before


def test_the_text_is_saved_below_a_front_matter_that_stays(screen: Screen, file: Path) -> None:
    before = file.read_text()
    screen.open(LESSON)
    assert not screen.fields["text"].startswith("---")
    screen.set("text", screen.fields["text"].replace("Every tea", "Each tea", 1)).press("save")
    assert file.read_text() == before.replace("Every tea", "Each tea", 1)


def test_lines_are_added_moved_and_taken_out_by_buttons(screen: Screen, file: Path) -> None:
    screen.open(LESSON).press("add:q.remember")
    screen.set("q.remember.2.@value", "Taste, then pour.").press("up:q.remember.2")
    screen.press("remove:q.summary.0").press("save")
    assert "Saved." in screen.text
    said = file.read_text()
    assert 'remember: [Cooler and shorter for green., "Taste, then pour.", Hotter and longer for black.]' in said
    assert "All tea comes from one plant" not in said


def test_a_word_that_is_explained_gets_an_id_of_its_own(screen: Screen, file: Path) -> None:
    screen.open(LESSON).press("add:q.terms")
    screen.fill(terms__2__term="Second flush", terms__2__definition="The *summer* leaf.").press("save")
    assert "Saved." in screen.text
    found = read_lesson(file.read_text(), "1-tea/lesson.md", "tea", None)
    assert found.lesson is not None
    assert [term.id for term in found.lesson.terms] == ["oxidation", "steeping", "second-flush"]
    assert "  - {id: steeping, term: Steeping, definition: Leaving the leaves in hot water.}" in file.read_text()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "Fill this in."),
        ("hook", " ", "Fill this in."),
        ("minutes", "soon", "Write a whole number."),
        ("minutes", "0", "Write a number from 1."),
        ("minutes", "601", "Write a number up to 600."),
        ("terms__0__id", "Oxi Dation", "Write small letters, digits and single hyphens, such as green-tea."),
        ("terms__1__definition", "", "Fill this in."),
    ],
)
def test_a_mistake_stands_at_its_field_in_words_of_the_form(
    screen: Screen, file: Path, field: str, value: str, words: str
) -> None:
    before = file.read_bytes()
    screen.open(LESSON).fill(**{field: value}).press("save")
    assert screen.status == 422
    name = "q." + field.replace("__", ".")
    assert re.search(f'id="{re.escape(name)}-error">.*?<span>{re.escape(words)}</span>', screen.text, re.DOTALL)
    assert f'data-field="{name}"' in screen.text
    for word in ("key `", "expected", "YAML", "front matter"):
        assert word not in screen.text.partition("<form")[2]
    assert screen.fields[name] == value
    assert file.read_bytes() == before


def test_what_is_wrong_in_a_field_beyond_its_form_is_said_there_too(screen: Screen) -> None:
    screen.open(LESSON).set("q.remember.0.@value", "See [this](term:no-such-word).").press("check")
    assert re.search(r'id="q\.remember\.0\.@value-error">.*?The term `no-such-word`', screen.text, re.DOTALL)
    screen.open(LESSON).fill(terms__1__id="oxidation").press("check")
    assert re.search(r'id="q\.terms\.1\.id-error">.*?stands here a second time', screen.text, re.DOTALL)


def test_a_mistake_in_the_text_names_its_line_there(screen: Screen, file: Path) -> None:
    before = file.read_bytes()
    screen.open(LESSON)
    text = plain(screen.fields["text"]) + "\nSee [@no-such-fact].\n"
    screen.set("text", text).press("save")
    assert screen.status == 422
    assert f'data-line="{text.count(chr(10))}">line {text.count(chr(10))}<' in screen.text
    assert plain(screen.fields["text"]) == text
    assert file.read_bytes() == before


def test_flaws_of_the_writing_are_listed_with_their_lines(screen: Screen, file: Path) -> None:
    file.write_text(file.read_text().replace("The gap is 15 degrees.", "The gap is 15 degrees, or 4711 <b>more</b>."))
    screen.open(LESSON)
    line = next(n for n, text in enumerate(body_of(file.read_text()).split("\n"), 1) if "4711" in text)
    verdict = screen.text.partition("data-verdict")[2]
    assert "2 things worth a look" in verdict
    assert verdict.count(f'data-line="{line}"') == 2
    assert "number-without-source" in verdict
    screen.press("save")
    assert "Saved." in screen.text


def test_a_flaw_of_the_front_matter_leads_to_its_field(screen: Screen, file: Path) -> None:
    file.write_text(file.read_text().replace('  "15": "= 95 - 80"', '  "15": "= 95 - 80"\n  "99": example'))
    verdict = screen.open(LESSON).text.partition("data-verdict")[2]
    assert "the number 99 is not in the lesson" in verdict.replace("The number", "the number")
    assert 'data-field="q.numbers">at “Where its numbers come from”<' in verdict


def test_a_lesson_is_looked_at_by_itself_as_in_the_whole_course(app: Flask, bank: Path) -> None:
    path = bank / "1-tea" / "lesson.md"
    path.write_text(path.read_text().replace("stem: Green tea and", "stem: Green <b>tea</b> and"))
    course = app.extensions["courses"].only.current()
    here = [problem for problem in lint(course) if problem.location.file == "1-tea/lesson.md"]
    assert here
    assert lint_lesson(course, "1-tea/lesson.md") == here
    assert lint_lesson(course, "course.yaml") == []


def test_a_lesson_is_previewed_as_its_readers_meet_it_without_being_saved(screen: Screen, file: Path) -> None:
    before = file.read_bytes()
    screen.open(LESSON).fill(title="Previewed").press("preview")
    assert 'id="lesson"' in screen.text
    assert "Previewed" in screen.text
    assert "nothing here is saved" in screen.text
    assert file.read_bytes() == before


def test_a_preview_that_can_not_be_made_says_why(screen: Screen) -> None:
    screen.open(LESSON)
    screen.set("text", "See [@no-such-fact].").press("preview")
    assert screen.status == 422
    assert "no-such-fact" in screen.text


def test_a_script_gets_the_preview_with_the_line_of_each_block(screen: Screen) -> None:
    screen.open(LESSON)
    lines = plain(screen.fields["text"]).split("\n")
    answer = screen.sync("preview")
    assert answer["form"] is None
    assert answer["errors"] == []
    assert answer["problems"] == []
    for name, start in {"leaves": "## From leaf", "figure-1": "```figure", "tea-check-1": "```check"}.items():
        assert answer["lines"][name] == next(n for n, line in enumerate(lines, 1) if line.startswith(start))
        assert f'id="{name}"' in answer["preview"]
    paragraph = next(n for n, line in enumerate(lines, 1) if line.startswith("Green tea is brewed"))
    assert f'<p id="fact-brewing-heat" data-line="{paragraph + answer["ahead"]}">' in answer["preview"]
    row = next(n for n, line in enumerate(lines, 1) if line.startswith("| black"))
    assert f'<tr data-line="{row + answer["ahead"]}">' in answer["preview"]


def test_readers_are_told_no_lines(screen: Screen) -> None:
    assert "data-line" not in screen.client.get("/lessons/tea").text


def test_a_script_gets_what_is_wrong_at_its_line_and_field_and_the_preview_all_the_same(screen: Screen) -> None:
    screen.open(LESSON).fill(minutes="soon")
    answer = screen.sync("preview")
    assert answer["errors"] == [["q.minutes", "Write a whole number."]]
    assert answer["preview"] is None  # without a front matter there is no lesson
    screen.open(LESSON)
    screen.set("text", "One [@no-such-fact].\n\nTwo words.")
    answer = screen.sync("preview")
    assert [problem["line"] for problem in answer["problems"]] == [1]
    assert "Two words." in answer["preview"]


def test_a_script_that_presses_a_button_of_a_list_gets_the_fields(screen: Screen) -> None:
    answer = screen.open(LESSON).sync("add:q.summary")
    assert 'name="q.summary.3.@value"' in answer["form"]
    assert answer["focus"] == "q.summary.3"


def test_a_draft_is_saved_as_one_published_and_made_one_again(screen: Screen, file: Path) -> None:
    before = file.read_text()
    screen.open("/instructor/bank/lessons/opening").press("draft")
    assert "Draft</span>" in screen.text
    opening = file.parent.parent / "opening.md"
    assert opening.read_text().startswith("---\ndraft: true\n")
    screen.press("publish")
    assert "draft:" not in opening.read_text()
    assert file.read_text() == before


def test_two_people_at_one_lesson_see_what_the_other_changed(
    screen: Screen, another_screen: Callable[[], Screen], file: Path
) -> None:
    other = another_screen()
    screen.open(LESSON)
    other.open(LESSON).fill(title="Theirs").press("save")
    screen.fill(title="Mine").press("save")
    assert screen.status == 409
    assert "What they changed" in screen.text
    assert screen.fields["q.title"] == "Mine"
    screen.press(f"over:{screen.text.partition('value=' + chr(34) + 'over:')[2].partition(chr(34))[0]}")
    assert "title: Mine" in file.read_text()


@pytest.mark.parametrize("front", ["", "title: no lines around it", "---\n[broken\n---\n", "---\na: b\n---\nmore"])
def test_a_front_matter_that_no_page_of_ours_has_sent_is_refused(screen: Screen, front: str) -> None:
    screen.open(LESSON).set("front", front).press("save")
    assert screen.status == 400


def test_a_lesson_without_a_readable_front_matter_is_edited_as_text(screen: Screen, file: Path) -> None:
    file.write_text(file.read_text().replace("title: ", "title: [", 1))
    assert "can’t be read as YAML" in screen.open(LESSON).text
    assert screen.fields["text"].startswith("---")
    file.write_text("No front matter.\n")
    assert screen.open(LESSON).fields["text"].startswith("No front matter.")
    assert screen.client.get("/instructor/bank/lessons/no-such-lesson").status_code == 404


def test_the_whole_file_and_the_page_with_fields_lead_to_each_other(screen: Screen) -> None:
    assert f'href="{within("/instructor/bank/file?path=1-tea/lesson.md")}"' in screen.open(LESSON).text
    assert f'href="{within(LESSON)}"' in screen.open("/instructor/bank/file?path=1-tea/lesson.md").text
    assert f'href="{within(LESSON)}"' in screen.open("/instructor/bank/lessons").text
    assert f'href="{within(LESSON)}"' in screen.open("/instructor/bank/structure").text


def test_without_a_script_the_toolbar_is_hidden_and_what_can_be_written_is_said(screen: Screen) -> None:
    page = screen.open(LESSON).text
    assert re.search(r'role="toolbar"[^>]* hidden', page)
    assert "What can be written" in page


@pytest.mark.parametrize("text", ["---\na: b\n---\nText.\n", "---\n---\n", "--- \na: b\n...\n\nText", "---\na: b\n---"])
def test_a_file_is_cut_and_joined_without_loss(text: str) -> None:
    front, body = cut(text)
    assert front.with_body(body) == text
    assert text.split("\n")[front.body_line - 1 :] == (body.split("\n") if body or text.endswith("\n") else [])


@pytest.mark.parametrize("text", ["", "Text.\n", "---\na: b\n", "----\na: b\n---\n"])
def test_a_file_without_front_matter_is_not_cut(text: str) -> None:
    with pytest.raises(NoFrontMatter):
        cut(text)


def test_a_text_below_a_front_matter_without_a_line_end_begins_a_line_of_its_own() -> None:
    front, _body = cut("---\na: b\n---")
    assert front.with_body("Text.") == "---\na: b\n---\nText."


def test_every_block_of_the_toolbar_is_whole(app: Flask) -> None:
    course = app.extensions["courses"].only.current()
    with app.test_request_context():
        blocks: list[Any] = [*lesson_starters.figures(), *lesson_starters.checks(), *lesson_starters.sorts(course)]
    names = {block.name for block in blocks}
    assert {"figure:bars", "check:choice", "sort"} <= names
    assert {name for name in TYPES if f"check:{name}" not in names} == {"hotspot", "label"}
    head = "---\ntitle: All of them\nhook: Why?\n---\n"
    for block in blocks:
        found = read_lesson(head + block.text + "\n", "a.md", "a", course.facts)
        assert found.problems == [], block.name
        assert found.lesson is not None
        assert len(found.lesson.blocks) == 1, block.name
