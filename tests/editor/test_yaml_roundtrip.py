"""Changing one value leaves every other byte alone, in the real bank and in nasty files."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.editor.yaml_roundtrip import edit, emit
from webapp.editor.yaml_roundtrip import items as yaml_items

ROOT = Path(__file__).parent.parent.parent
FILES = [
    *((path, "questions") for path in sorted((ROOT / "question_bank").rglob("questions.yaml"))),
    *((path, "questions") for path in sorted((ROOT / "tests/banks").rglob("questions.yaml"))),
    (ROOT / "question_bank/course.yaml", "quizzes"),
]
IDS = [f"{path.parent.name}/{path.name}" for path, _ in FILES]


def changed(value: Any) -> Iterator[Any]:
    """A value with one thing in it changed, in each way."""
    if isinstance(value, dict):
        for key, inner in value.items():
            for other in changed(inner):
                yield {**value, key: other}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            for other in changed(inner):
                yield [*value[:place], other, *value[place + 1 :]]
        yield [*value, value[-1]]
        if len(value) > 1:
            yield value[::-1]
            yield value[:-1]
    elif isinstance(value, str):
        yield value.rstrip("\n") + ' and "more": # yes' + ("\n" if value.endswith("\n") else "")


@pytest.mark.long
@pytest.mark.parametrize(("path", "key"), FILES, ids=IDS)
def test_one_field_changed_touches_only_the_lines_of_its_question(path: Path, key: str) -> None:
    text = path.read_text(encoding="utf-8")
    items = yaml_items.items(text, key)
    assert items
    for number, item in enumerate(items):
        assert yaml_items.replaced(text, item, item.text) == text
        for values in list(changed(item.values))[:: max(1, number % 3 + 1)]:
            made = yaml_items.replaced(text, item, edit.revise(item.text, values))
            assert made.startswith(text[: item.start])
            assert made.endswith(text[item.end :])
        after = yaml_items.items(made, key)
        assert after[number].values == values
        assert [each.values for each in after[:number]] == [each.values for each in items[:number]]
        assert [each.values for each in after[number + 1 :]] == [each.values for each in items[number + 1 :]]


@pytest.mark.parametrize(("path", "key"), FILES, ids=IDS)
def test_one_short_field_changed_touches_one_line(path: Path, key: str) -> None:
    text = path.read_text(encoding="utf-8")
    for item in yaml_items.items(text, key):
        values = item.values | ({"difficulty": "hard-ish"} if key == "questions" else {"kind": "other"})
        if "difficulty" not in item.values and key == "questions":
            continue
        made = yaml_items.replaced(text, item, edit.revise(item.text, values))
        lines = [line for line in difflib.ndiff(text.split("\n"), made.split("\n")) if line[:2] in ("+ ", "- ")]
        assert len(lines) == 2, lines


NASTY = """\
# An author with habits.
questions:   # all of them

  # --- the first
  -   id:   one      # short
      type: choice
      stem: >-
        A folded text
        on two lines.

      options:
        # the best one
        - {text:   'It''s',   key: yes}   # quotes
        # quoted for its colon
        - text: "b: c"
          feedback: |
            Two
            lines.
        -   text: plain

      tags: [ a,b ,  c ]


  # --- the second
  - {id: two, type: choice, stem: "q", options: [{text: x, key: true}, {text: y}]}
"""


def nasty(item_id: str = "one") -> yaml_items.FileItem:
    item = yaml_items.find(NASTY, "questions", item_id)
    assert item is not None
    return item


def edited(item_id: str = "one", **changes: Any) -> str:
    item = nasty(item_id)
    return yaml_items.replaced(NASTY, item, edit.revise(item.text, item.values | changes))


def test_comments_blanks_quotes_and_odd_spacing_stay() -> None:
    made = edited(tags=["a", "b", "c", "d"])
    assert made == NASTY.replace("[ a,b ,  c ]", "[ a,b ,  c,d ]")


def test_a_changed_text_keeps_its_style_of_quotes_and_blocks() -> None:
    options = nasty().values["options"]
    one = edited(options=[{**options[0], "text": "That's"}, *options[1:]])
    assert "- {text:   'That''s',   key: yes}   # quotes" in one
    two = edited(options=[options[0], {**options[1], "feedback": "Three\nshort\nlines.\n"}, options[2]])
    assert "          feedback: |\n            Three\n            short\n            lines.\n" in two
    three = edited(stem="A folded text on three lines now.")
    assert "      stem: >-\n        A folded text\n        on three lines now.\n" in three


def test_items_that_change_places_take_their_comments_along() -> None:
    first, second, third = nasty().values["options"]
    made = edited(options=[first, third, second])
    assert made.index("-   text: plain") < made.index("# quoted for its colon") < made.index('- text: "b: c"')
    assert made.count("# quoted for its colon") == made.count("# the best one") == 1


def test_a_new_option_is_written_as_the_others_are() -> None:
    options = nasty("two").values["options"]
    assert '{text: y}, {text: "z, or not"}]' in edited("two", options=[*options, {"text": "z, or not"}])


def test_a_key_that_is_new_stands_after_the_one_before_it_in_the_form() -> None:
    item = nasty()
    values: dict[str, Any] = {}
    for name, value in item.values.items():
        values[name] = value
        if name == "stem":
            values["points"] = "2"
    made = edit.revise(item.text, values)
    assert "on two lines.\npoints: 2\n\noptions:" in made


def test_what_is_taken_out_takes_its_lines_and_nothing_else() -> None:
    item = nasty()
    values = {name: value for name, value in item.values.items() if name != "tags"}
    made = yaml_items.replaced(NASTY, item, edit.revise(item.text, values))
    assert made == NASTY.replace("\n\n      tags: [ a,b ,  c ]", "")


@pytest.mark.parametrize(
    "text", [NASTY, "", "questions: []\n", "questions: [{id: a}]\n", "questions:\n- id: a\n- id: b\n", "other: x\n"]
)
def test_many_items_are_appended_as_one_after_the_other_would_be(text: str) -> None:
    new = ["id: three\ntype: choice", "id: four\nstem: |\n  a\n\n  b", "id: five"]
    one_by_one = text
    for each in new:
        one_by_one = yaml_items.appended(one_by_one, "questions", each)
    assert yaml_items.appended_all(text, "questions", new) == one_by_one
    assert yaml_items.appended_all(text, "questions", []) == text


def test_an_item_appended_stands_apart_as_the_others_do() -> None:
    made = yaml_items.appended(NASTY, "questions", "id: three\ntype: choice")
    assert made == NASTY + "\n  - id: three\n    type: choice\n"


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "questions:\n", "questions: []  # empty\n"])
def test_a_list_that_is_not_there_yet_is_begun(text: str) -> None:
    made = yaml_items.appended(text, "questions", "id: one\nstem: |\n  a\n  b")
    assert [item.values for item in yaml_items.items(made, "questions")] == [{"id": "one", "stem": "a\nb\n"}]
    assert "#" not in text or text.strip("\n").partition("#")[2] in made


def test_an_item_taken_out_leaves_its_neighbours_and_all_comments() -> None:
    made = yaml_items.removed(NASTY, "questions", "one")
    assert [item.id for item in yaml_items.items(made, "questions")] == ["two"]
    assert "# --- the first" in made
    assert "# --- the second" in made
    assert yaml_items.removed(made, "questions", "two").count("- {") == 0


texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=80)


@given(texts, st.sampled_from([None, "'", '"', "|", ">"]), st.booleans())
@settings(max_examples=400)
def test_any_text_is_read_back_as_it_was_written(text: str, style: str | None, flow: bool) -> None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    written = emit.scalar(text, style=style, flow=flow, indent=4, column=6)
    whole = f"a: {{b: {written}}}\n" if flow else f"a:\n  b: {written}\n"
    values = edit.values_of(whole)["a"]["b"]
    assert (values or "") == text


@pytest.mark.long
@given(
    st.recursive(
        texts.map(str.strip),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), inner,
                                                                    min_size=1, max_size=4),
        max_leaves=12,
    ),
    st.sampled_from(["stem", "options", "tags", "type"]),
)  # fmt: skip
@settings(max_examples=300)
def test_any_value_can_take_the_place_of_any_other(value: Any, name: str) -> None:
    def clean(part: Any) -> Any:
        if isinstance(part, str):
            return part.replace("\r", "\n").strip()
        if isinstance(part, list):
            return [clean(inner) for inner in part]
        return {key: clean(inner) for key, inner in part.items()}

    item = nasty()
    values = item.values | {name: clean(value)}
    assert edit.values_of(edit.revise(item.text, values)) == values
