"""What the course has is chosen from menus: groups, sections, pillars, questions of a quiz, when answers are shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.editor.conftest import Screen
from webapp.content.course.loading import load_course
from webapp.editor.forms.chosen import in_utc

QUIZ = "/instructor/bank/quizzes/before"
SORTING = "/instructor/bank/new/categorise?pillar=tea"


def options(page: str, name: str) -> list[tuple[str, str]]:
    select = re.search(rf'<select [^>]*name="{re.escape(name)}"[^>]*>(.*?)</select>', page, re.S)
    assert select is not None, f"no menu {name}"
    return re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', select[1])


def boxes(page: str, name: str) -> list[tuple[str, bool]]:
    found = re.findall(rf'<input type="checkbox"[^>]*name="{re.escape(name)}" value="([^"]*)"( checked)?', page)
    return [(value, bool(checked)) for value, checked in found]


def test_a_sorting_question_is_written_without_an_id(screen: Screen, bank: Path) -> None:
    screen.open(SORTING).fill(stem="Which tea is it?", categories__0__title="Black tea", categories__1__title="Grün")
    screen.press("to-yaml")
    assert options(screen.text, "q.items.0.category")[1:] == [("black-tea", "Black tea"), ("grun", "Grün")]
    screen.fill(items__0__text="Assam", items__0__category="black-tea", items__0__feedback="It is.")
    screen.fill(items__1__text="Sencha", items__1__category="grun", items__1__feedback="It is.")
    screen.fill(explanation="By colour.", section="leaves", facts__0="one-plant").press("publish")
    assert "Saved." in screen.text, re.findall(r"field-error.*?<span>(.*?)</span>", screen.text)
    question = next(each for each in load_course(bank).questions if each.stem == "Which tea is it?")
    assert [(item.text, item.category) for item in question.items] == [("Assam", "black-tea"), ("Sencha", "grun")]


@pytest.mark.parametrize(("titles", "ids"), [(("Tea", "Tea"), ["tea", "tea-2"]), (("茶", "水"), ["group", "group-2"])])
def test_groups_get_ids_that_differ_whatever_they_are_called(screen: Screen, titles: Any, ids: list[str]) -> None:
    screen.open(SORTING).fill(categories__0__title=titles[0], categories__1__title=titles[1]).press("to-yaml")
    assert [value for value, _words in options(screen.text, "q.items.0.category")[1:]] == ids


def test_an_id_stays_when_its_group_gets_another_title(screen: Screen) -> None:
    screen.open(SORTING).fill(categories__0__title="Black", categories__1__title="Green").press("to-yaml")
    screen.fill(items__0__category="black", categories__0__title="Red").press("to-yaml")
    assert options(screen.text, "q.items.0.category")[1:] == [("black", "Red"), ("green", "Green")]
    assert screen.fields["q.items.0.category"] == "black"


def test_a_script_gets_the_form_anew_when_groups_got_ids_and_not_otherwise(screen: Screen) -> None:
    screen.open(SORTING).fill(categories__0__title="Black")
    assert 'value="black"' in screen.sync()["form"]
    screen.fill(categories__0__id="black")
    assert screen.sync()["form"] is None


def test_rows_that_are_begun_stay_when_groups_get_ids(screen: Screen) -> None:
    screen.open(SORTING).press("add:q.categories")
    rows = [name for name in screen.fields if re.fullmatch(r"q\.categories\.\d+\.title", name)]
    screen.fill(categories__0__title="Black").press("to-yaml")
    assert [name for name in screen.fields if re.fullmatch(r"q\.categories\.\d+\.title", name)] == rows


def test_the_section_is_chosen_by_its_title_and_an_unknown_one_stays_to_be_mended(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank/questions/tea-choice")
    menu = dict(options(screen.text, "q.section"))
    assert menu["leaves"] == "Making tea: From leaf to tea"
    assert any(value.startswith("bread/") for value in menu)
    screen.fill(section="water").press("save")
    assert "Saved." in screen.text
    question = load_course(bank).question("tea-choice")
    assert question is not None
    assert question.section == "water"
    screen.set("yaml", screen.yaml.replace("section: water", "section: nowhere")).press("to-form")
    assert screen.fields["q.section"] == "nowhere"


def test_pillars_are_chosen_and_several_of_them_are_ticked(screen: Screen, bank: Path) -> None:
    screen.open(QUIZ)
    assert options(screen.text, "q.pillar") == [("", "None"), ("tea", "Making tea"), ("bread", "Baking bread")]
    assert boxes(screen.text, "q.draw.0.from") == [("tea", True), ("bread", False), ("mixed", False)]
    screen.fields.add("q.draw.0.from", "mixed")
    screen.press("save")
    assert "Saved." in screen.text
    quiz = load_course(bank).quiz("before")
    assert quiz is not None
    assert quiz.draw[0].from_ == ("tea", "mixed")
    assert quiz.draw[1].from_ == ("bread",)


def test_questions_are_picked_by_a_search_and_ticks_and_keep_their_order(screen: Screen, bank: Path) -> None:
    screen.open("/instructor/bank/quizzes/every-type")
    name = "q.draw.0.questions"
    before = boxes(screen.text, name)
    assert [value for value, _checked in before] == [
        "tea-choice", "tea-multiple", "tea-true-false", "tea-numeric", "tea-short",
        "bread-matching", "bread-ordering", "bread-cloze", "bread-categorise",
    ]  # fmt: skip
    screen.set(f"{name}@find", "no such words").press(f"find:{name}")
    assert "No question fits" in screen.text
    course = load_course(bank)
    other = next(each for each in course.questions if each.id not in dict(before) and not each.retired)
    screen.set(f"{name}@find", other.id.upper()).press(f"find:{name}")
    found = [value for value, checked in boxes(screen.text, name) if not checked]
    assert other.id in found
    screen.fields.add(name, other.id)
    screen.fill(draw__0__count="10").press("save")
    assert "Saved." in screen.text, re.findall(r"field-error.*?<span>(.*?)</span>", screen.text)
    quiz = load_course(bank).quiz("every-type")
    assert quiz is not None
    assert quiz.draw[0].questions == (*[value for value, _checked in before], other.id)


def test_a_script_gets_what_a_search_found_with_the_focus_in_it(screen: Screen) -> None:
    screen.open("/instructor/bank/quizzes/every-type").set("q.draw.0.questions@find", "tea")
    answer = screen.sync("find:q.draw.0.questions")
    assert answer["focus"] == "q.draw.0.questions-find"
    assert [checked for _value, checked in boxes(answer["form"], "q.draw.0.questions")].count(False) > 0


def test_answers_are_shown_at_once_or_at_a_time(screen: Screen, bank: Path) -> None:
    screen.open(QUIZ)
    assert screen.fields["q.feedback"] == "after-submission"
    screen.fields.setlist("q.feedback", ["at", "2027-01-15T08:00", ""])
    screen.press("save")
    assert "Saved." in screen.text
    assert "feedback: 2027-01-15T08:00Z" in (bank / "course.yaml").read_text()
    screen.open(QUIZ)
    assert screen.fields.getlist("q.feedback") == ["at", "2027-01-15T08:00", "2027-01-15T08:00Z"]
    screen.fields.setlist("q.feedback", ["at-once", "2027-01-15T08:00", "2027-01-15T08:00Z"])
    screen.press("save")
    quiz = load_course(bank).quiz("before")
    assert quiz is not None
    assert quiz.policy.feedback == "at-once"


def test_a_time_in_another_zone_stays_as_it_was_written(screen: Screen, bank: Path) -> None:
    path = bank / "course.yaml"
    text = path.read_text().replace("    feedback: after-submission\n", "    feedback: 2027-01-15T09:00+01:00\n", 1)
    path.write_text(text)
    assert in_utc("2027-01-15T09:00+01:00") == "2027-01-15T08:00"
    screen.open(QUIZ).fill(title="Before").press("save")
    assert "Saved." in screen.text
    assert path.read_text() == text.replace("title: Before you start", "title: Before")


def test_a_time_that_is_missing_is_asked_for(screen: Screen, bank: Path) -> None:
    before = (bank / "course.yaml").read_text()
    screen.open(QUIZ).fields.setlist("q.feedback", ["at", "", ""])
    screen.press("save")
    assert screen.status == 422
    assert (bank / "course.yaml").read_text() == before


def test_a_value_that_differs_has_a_name(screen: Screen) -> None:
    screen.open("/instructor/bank/new/numeric?pillar=tea").press("add:q.parameters")
    assert re.search(r'<label for="([^"]*)">Name</label>\s*<input[^>]*name="q\.parameters\.0\.@key"', screen.text)


CLOZE = "/instructor/bank/new/cloze?pillar=tea"
LABEL = "/instructor/bank/new/label?pillar=tea"


def gaps(screen: Screen) -> list[str]:
    return [screen.fields[name] for name in screen.fields if re.fullmatch(r"q\.blanks\.\d+\.@key", name)]


def test_gaps_of_a_text_get_their_rows(screen: Screen) -> None:
    screen.open(CLOZE).fill(text="Tea [[what]] for [[how-long]], says [[who]].").press("to-yaml")
    assert gaps(screen) == ["what", "how-long", "who"]
    screen.fill(text="Tea [[what]] for [[minutes]], says [[who]].").press("to-yaml")
    assert gaps(screen) == ["what", "minutes", "who"]
    screen.fill(text="Tea [[what]] for [[minutes]].").press("to-yaml")
    assert gaps(screen) == ["what", "minutes", "who"], "what was written for a gap is not thrown away unasked"


def test_no_text_makes_more_rows_than_a_form_takes(screen: Screen) -> None:
    screen.open(CLOZE).fill(text=" ".join(f"[[gap-{number}]]" for number in range(2_000))).press("to-yaml")
    assert len(gaps(screen)) == 26


def test_labels_of_a_picture_get_ids_and_places_a_menu_of_them(screen: Screen) -> None:
    screen.open(LABEL).fill(labels__0__text="Green leaf", labels__1__text="葉").press("to-yaml")
    assert options(screen.text, "q.places.0.label") == [
        ("", "None"), ("green-leaf", "Green leaf"), ("label", "葉"),
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["茶", "What do you do?"])
def test_words_that_make_no_id_are_no_problem(screen: Screen, bank: Path, title: str) -> None:
    screen.open("/instructor/bank/new-quiz").fill(title=title, draw__0__count="1", pillar="tea").press("publish")
    assert "Saved." in screen.text
    assert load_course(bank).quiz("quiz").title == title
    screen.open("/instructor/bank/new/true_false?pillar=tea").fill(stem=title, answer="true", section="leaves")
    screen.fill(explanation="It is.", facts__0="one-plant").press("publish")
    assert "Saved." in screen.text, re.findall(r"field-error.*?<span>(.*?)</span>", screen.text)
    assert load_course(bank).question("tea-question").stem == title
