"""A form made from a schema says what the file says, and changes only what was changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from flask import Flask
from pydantic import Field
from werkzeug.datastructures import MultiDict

from tests.editor.test_yaml_roundtrip import FILES, IDS
from webapp.editor import starters
from webapp.editor.forms import form_schema
from webapp.editor.forms.buttons import after_action
from webapp.editor.forms.item_forms import PREFIX, Group, Rows
from webapp.editor.forms.merging import canonical, merged
from webapp.editor.forms.shapes import Shape
from webapp.editor.yaml_roundtrip import items
from webapp.questions import TYPES
from webapp.questions.contract import Question
from webapp.questions.fields import Flag, Line, Note, Piece


def sent(group: Group) -> MultiDict[str, str]:
    """The fields of a form as a browser sends them."""
    fields: list[tuple[str, str]] = []
    for part in group.parts.values():
        if isinstance(part, Rows):
            for row in part.rows:
                fields.append((f"{part.name}.{row.number}", ""))
                fields.extend(sent(row).items(multi=True))
        elif isinstance(part, Group):
            fields.extend(sent(part).items(multi=True))
        elif part.type == "BooleanField":
            fields.extend([(part.name, "y")] if part.data else [])
        elif isinstance(part.data, list):
            fields.extend((part.name, each) for each in part.data)
        else:
            fields.append((part.name, (part.data or "").replace("\n", "\r\n")))
    return MultiDict(fields)


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Any:
    with app.test_request_context():
        yield


def shape_of(values: dict[str, Any], key: str) -> Shape:
    return form_schema.of_type(values["type"]) if key == "questions" else form_schema.of_quiz()


@pytest.mark.parametrize(("path", "key"), FILES, ids=IDS)
def test_a_form_sent_back_untouched_changes_nothing(path: Path, key: str) -> None:
    for item in items.items(path.read_text(encoding="utf-8"), key):
        shape = shape_of(item.values, key)
        form = Group(shape, formdata=sent(Group(shape, values=item.values)))
        assert form.values() == canonical(shape, item.values)
        again = merged(shape, item.values, form.values())
        assert again == item.values
        assert list(again) == list(item.values)


@pytest.mark.parametrize("name", TYPES)
def test_the_worked_example_of_each_type_can_be_written_by_form_alone(name: str) -> None:
    shape = form_schema.of_type(name)
    example = items.mapping_text(TYPES[name].example)
    form = Group(shape, formdata=sent(Group(shape, values=example)))
    made = merged(shape, {}, form.values())
    assert TYPES[name].Schema.model_validate(made) == TYPES[name].Schema.model_validate(example)


@pytest.mark.parametrize("name", TYPES)
def test_every_field_of_every_type_is_on_its_form(name: str) -> None:
    """But for what is no field: a draft has its buttons; pillar, template and material come with where it stands."""
    fields = {field.name for field in form_schema.of_type(name).fields}
    assert fields == set(TYPES[name].Schema.model_fields) - {"pillar", "draft", "template", "shown_with"}


class Spot(Piece):
    """A place in a picture."""

    label: Line = Field(description="What it is called.")
    right: Flag = Field(default=False, description="Whether it is meant.")


class HotspotQuestion(Question):
    """A type that nobody has written yet."""

    type: Literal["hotspot"]
    picture: Line = Field(description="Its address.")
    spots: tuple[Spot, ...] = Field(description="The places.")
    margin: Literal["narrow", "wide"] = Field(default="narrow", description="How exact a click must be.")
    remark: Note = Field(default="", description="Shown below it.")


def test_a_new_type_needs_no_code_of_the_editor() -> None:
    shape = form_schema.of_schema(HotspotQuestion)
    names = [field.name for field in shape.fields]
    assert names[:7] == ["id", "type", "stem", "picture", "spots", "margin", "remark"]
    values = {
        "id": "one",
        "type": "hotspot",
        "stem": "Where?",
        "picture": "a.svg",
        "spots": [{"label": "x", "right": "true"}, {"label": "y"}],
        "margin": "wide",
    }
    form = Group(shape, formdata=sent(Group(shape, values=values)))
    assert merged(shape, values, form.values()) == values
    pressed = after_action(form, "up:q.spots.1")
    assert pressed is not None
    assert pressed[0].values()["spots"] == [{"label": "y"}, {"label": "x", "right": "true"}]


def choice(**changes: Any) -> dict[str, Any]:
    return {
        "id": "one",
        "type": "choice",
        "stem": "Why?",
        "options": [{"text": "a", "key": "yes"}, {"text": "b", "feedback": "No."}],
        **changes,
    }


def filled(values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What comes of a form with some fields changed (`options__0__text`), and None for a tick taken away."""
    shape = form_schema.of_type(values["type"])
    fields = sent(Group(shape, values=values))
    for name, value in changes.items():
        fields.poplist(PREFIX + name.replace("__", "."))
        if value is not None:
            fields[PREFIX + name.replace("__", ".")] = value
    return merged(shape, values, Group(shape, formdata=fields).values())


def test_the_authors_spelling_stays_where_the_meaning_does() -> None:
    values = choice(shuffle="off", points="1.0", level="recall")
    assert filled(values) == values
    assert filled(values, stem="How?") == values | {"stem": "How?"}


def test_a_tick_taken_away_takes_its_line_away() -> None:
    assert filled(choice(), options__0__key=None)["options"][0] == {"text": "a"}
    assert filled(choice(), options__1__key="y")["options"][1] == {"text": "b", "feedback": "No.", "key": "true"}
    assert filled(choice(), shuffle=None)["shuffle"] == "false"
    assert "shuffle" not in filled(choice(shuffle="false"), shuffle="y")


def test_emptied_fields_are_gone_and_unknown_keys_stay() -> None:
    values = choice(explanation="Because.", tags=["x"], colour="red")
    made = filled(values, explanation="", tags="")
    assert "explanation" not in made
    assert "tags" not in made
    assert made["colour"] == "red"


def test_words_are_given_with_commas() -> None:
    assert filled(choice(), tags="tea,  green leaf ,,x")["tags"] == ["tea", "green leaf", "x"]


def test_answers_written_as_bare_texts_stay_so_and_new_ones_join_them() -> None:
    values = {"id": "s", "type": "short_text", "stem": "?", "answers": ["WIPO", {"pattern": "w.*"}]}
    assert filled(values, answers__0__text="WTO")["answers"] == ["WTO", {"pattern": "w.*"}]
    plain = {**values, "answers": ["WIPO"]}
    shape = form_schema.of_type("short_text")
    fields = sent(Group(shape, values=plain))
    fields["q.answers.1"] = ""
    fields["q.answers.1.text"] = "World Intellectual Property Organization"
    made = merged(shape, plain, Group(shape, formdata=fields).values())
    assert made["answers"] == ["WIPO", "World Intellectual Property Organization"]


def test_rows_are_added_removed_and_moved_and_empty_ones_are_nothing() -> None:
    shape = form_schema.of_type("choice")
    form = Group(shape, values=choice())
    added = after_action(form, "add:q.options")
    assert added is not None
    assert added[1] == "q.options.2"
    assert len(added[0].rows("q.options").rows) == 3
    assert added[0].values() == form.values()
    moved = after_action(added[0], "down:q.options.0")
    assert moved is not None
    assert moved[1] == "q.options.1:down"
    assert [option["text"] for option in moved[0].values()["options"]] == ["b", "a"]
    removed = after_action(moved[0], "remove:q.options.1")
    assert removed is not None
    assert [option["text"] for option in removed[0].values()["options"]] == ["b"]
    assert after_action(form, "up:q.options.0")[0].values() == form.values()


@pytest.mark.parametrize(
    "action", ["add:", "up:q.options.x", "remove:q.nothing.1", "down:q.options.99", "save", ":", ""]
)
def test_odd_buttons_do_no_harm(action: str) -> None:
    form = Group(form_schema.of_type("choice"), values=choice())
    pressed = after_action(form, action)
    assert pressed is None or pressed[0].values() == form.values()


def test_rows_within_rows_are_moved_too() -> None:
    shape = form_schema.of_type("cloze")
    example = items.mapping_text(TYPES["cloze"].example)
    form = Group(shape, formdata=sent(Group(shape, values=example)))
    pressed = after_action(form, "up:q.blanks.0.options.1")
    assert pressed is not None
    texts = [option["text"] for option in pressed[0].values()["blanks"]["what"]["options"]]
    assert texts == ["engineers", "chips"]


def test_a_form_copes_with_values_of_the_wrong_kind() -> None:
    odd: dict[str, Any] = {
        "type": "choice", "stem": ["a"], "options": "text", "tags": {"a": "b"}, "hints": "one", "numbers": ["x"],
        "level": "odd", "shuffle": ["x"],
    }  # fmt: skip
    shape = form_schema.of_type("choice")
    form = Group(shape, formdata=sent(Group(shape, values=odd)))
    assert form.values()["level"] == "odd"
    assert merged(shape, odd, canonical(shape, odd)) == odd


def test_an_id_is_made_of_the_pillar_and_the_first_words_that_say_something() -> None:
    assert starters.suggested_id("What is the best of all teas, and why?", "tea", []) == "tea-best-all-teas"
    assert starters.suggested_id("Warum schäumt Öl über?", "", ["warum-schaumt-ol-uber"]) == "warum-schaumt-ol-uber-2"
    assert starters.suggested_id("???", "tea", []) == ""
