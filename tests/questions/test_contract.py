"""What every question type promises, held for each type in the registry."""

from __future__ import annotations

import ast
import json
import random
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

import webapp
from webapp.questions import TYPES, carry, grade, json_schema, load, parse, scripts, type_of, types
from webapp.questions.contract import Grade, Question, QuestionType

from .conftest import ENV, ask, example, read, review

FOLDER = Path(types.__file__).parent

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
words = st.sampled_from(
    ["a", "b", "c", "d", "r1", "r2", "x1", "stated", "true", "", " ", "1", "1e999", "%s", "\x00", "９"]
)
near_misses = st.fixed_dictionaries(
    {},
    optional={
        "option": words | json_values,
        "options": st.lists(words) | json_values,
        "answer": st.booleans() | json_values,
        "text": words | st.text(max_size=300) | json_values,
        "unit": words | json_values,
        "pairs": st.dictionaries(words, words | json_values) | json_values,
        "order": st.lists(words) | json_values,
        "positions": st.dictionaries(words, st.integers(-2, 9) | json_values) | json_values,
        "blanks": st.dictionaries(words | st.sampled_from(["what", "how", "cost"]), words | json_values) | json_values,
        "items": st.dictionaries(words, words | json_values) | json_values,
        "places": st.dictionaries(words, words | st.sampled_from(["stigma", "anther"])) | json_values,
        "spots": st.lists(words) | json_values,
        "points": st.lists(st.lists(st.floats(-1, 101) | st.integers(0, 100) | json_values, max_size=3)) | json_values,
    },
)
responses = st.none() | near_misses | st.dictionaries(st.text(max_size=8), json_values, max_size=4)


def orders(question: Question, seeds: int = 20) -> list[dict[str, list[str]]]:
    return [type_of(question).order(question, seed) for seed in range(seeds)]


def fields_of(form: Any) -> MultiDict[str, str]:
    """What a browser would send for a filled form."""
    sent: MultiDict[str, str] = MultiDict()
    for field in form:
        values = field.data if isinstance(field.data, list) else [field.data]
        for value in values:
            if value is not None:
                sent.add(field.name, value)
    return sent


def at(question: Question, path: tuple[str | int, ...]) -> Any:
    """The value that a path of a question leads to."""
    value: Any = question
    for step in path:
        value = getattr(value, step) if isinstance(step, str) and not isinstance(value, dict) else value[step]
    return value


def without_feedback(values: Any) -> Any:
    """Plain values without anything under a key `feedback`."""
    if isinstance(values, dict):
        return {key: without_feedback(value) for key, value in values.items() if key != "feedback"}
    return [without_feedback(value) for value in values] if isinstance(values, list) else values


@cache  # most hostile responses show nothing, so the same few pages come back a thousand times
def strictly_parsed(html: str) -> None:
    """Refuses what a browser would have to repair."""
    page = f"<!DOCTYPE html><html lang='en'><head><title>x</title></head><body>{html}</body></html>"
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(page)
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids)), "an id stands twice"
    assert all(ids)
    assert not re.search(r'\bstyle="|\bon[a-z]+="|javascript:', html)


def test_the_types_are_found_without_being_listed() -> None:
    templates = {path.stem for path in FOLDER.glob("*.html") if not path.stem.startswith("_")}
    assert len(templates) >= 9
    assert set(TYPES) == templates
    for name in TYPES:
        mentions = [
            path.name
            for path in FOLDER.glob("*.py")
            if path.stem != name and re.search(rf"""["']{name}["']""", path.read_text())
        ]
        assert not mentions, f"{name} is named in {mentions}"


def guesses_at_types(source: str) -> list[int]:
    """The lines that compare a type with the name of one, import one, or look whether a question has an attribute."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            texts = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
            if any(isinstance(side, ast.Attribute) and side.attr == "type" for side in sides) and texts & set(TYPES):
                lines.append(node.lineno)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("hasattr", "getattr") and "question" in ast.unparse(node.args[0]):
                lines.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("webapp.questions.types"):
            lines.append(node.lineno)
    return lines


def test_nothing_outside_the_types_asks_for_a_type_by_name_or_for_its_attributes() -> None:
    assert guesses_at_types('x = question.type in ("choice", "multiple")\nhasattr(row.question, "options")') == [1, 2]
    package = Path(webapp.__file__).parent
    guesses = {
        str(path.relative_to(package)): lines
        for path in package.rglob("*.py")
        if path.parent != FOLDER and (lines := guesses_at_types(path.read_text(encoding="utf-8")))
    }
    assert guesses == {}


def test_a_type_has_a_template_and_words_for_people(kind: QuestionType[Any]) -> None:
    assert ENV.get_template(kind.template)
    assert kind.title
    assert kind.summary.endswith(".")
    assert kind.name == type(kind).__module__.rsplit(".", 1)[-1]


def test_the_example_is_a_sound_question(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    assert question.type == kind.name
    assert type_of(question) is kind
    assert list(kind.check(question)) == []
    assert question.explanation


def test_a_question_survives_being_stored(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    body = json.loads(json.dumps(question.model_dump(mode="json")))
    assert load(body) == question
    filed = question.model_copy(update={"pillar": "research"})
    assert load(filed.model_dump(mode="json")) == filed


def test_a_question_cannot_be_changed(kind: QuestionType[Any]) -> None:
    with pytest.raises(ValidationError):
        example(kind.name).stem = "another"


def test_unknown_keys_and_the_pillar_are_refused_in_files(kind: QuestionType[Any]) -> None:
    values = yaml.load(kind.example, yaml.BaseLoader)
    with pytest.raises(ValidationError) as caught:
        parse(values | {"asnwer": "b", "pillar": "research"})
    assert {error["loc"][0] for error in caught.value.errors() if error["type"] == "extra_forbidden"} >= {
        "asnwer",
        "pillar",
    }


def test_the_key_earns_everything_and_nothing_earns_nothing(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    full = kind.grade(question, kind.key(question))
    rubric = kind.rubric(question)
    if rubric is None:
        assert full.fraction == 1
        assert full.verdict == "right"
        assert all(part.fraction == 1 for part in full.parts)
    else:
        assert rubric.fraction([criterion.points for criterion in rubric.criteria]) == 1
    for nothing in (None, {}, {"option": ""}, {"text": "  "}):
        blank = grade(question, nothing)
        assert blank.fraction == 0
        assert blank.verdict == "wrong"
        assert not blank.pending
        assert blank.parts
        assert all(part.right for part in blank.parts)
        assert all(part.given is None for part in blank.parts)


def test_an_answer_is_pending_where_people_grade_and_nowhere_else(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    rubric = kind.rubric(question)
    for answer in (kind.key(question), kind.wrong(question, random.Random(2))):
        given = kind.grade(question, answer)
        assert given.pending == (rubric is not None)
        if rubric is not None:
            assert (given.fraction, given.verdict) == (0, "pending")
            assert kind.choices(question) == []
    if rubric is not None:
        assert question.points == rubric.points
        assert rubric.fraction([0] * len(rubric.criteria)) == 0


def test_the_key_is_json_and_described(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    key = kind.key(question)
    assert json.loads(json.dumps(key)) == key
    assert kind.describe(question, key)
    assert kind.describe(question, None) == kind.describe(question, {}) == ""
    assert kind.malformed(question, key) is None
    assert kind.malformed(question, None) is None


def test_choices_cover_what_classify_says(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    known = {choice.id for choice in kind.choices(question)}
    assert len(known) == len(kind.choices(question))
    picked = kind.classify(question, kind.key(question))
    assert picked
    assert set(picked) <= known | {"other"}
    assert all(choice.fraction == 1 for choice in kind.choices(question) if choice.id in picked)
    assert kind.classify(question, None) == ["blank"]


def test_a_type_that_picks_one_classifies_every_answer_as_one_of_its_choices(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    answers = [kind.key(question), *(kind.wrong(question, random.Random(seed)) for seed in range(30))]
    picked = [kind.classify(question, answer) for answer in answers]
    choices = {choice.id: choice for choice in kind.choices(question)}
    if kind.picks_one:
        assert all(len(names) == 1 for names in picked)
        worth = [choices[name].fraction for (name,) in picked]
        assert worth == [kind.grade(question, answer).fraction for answer in answers]


def test_a_wrong_answer_can_be_read_and_is_worth_nothing(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    answers = [kind.wrong(question, random.Random(seed)) for seed in range(60)]
    for answer in answers:
        assert json.loads(json.dumps(answer)) == answer
        assert kind.malformed(question, answer) is None
        assert kind.describe(question, answer)
        assert kind.grade(question, answer).fraction == 0
        order = kind.order(question, 3)
        assert kind.form(question, order, response=answer, prefix="q").response() == answer
        strictly_parsed(review(question, order, answer))
    assert answers == [kind.wrong(question, random.Random(seed)) for seed in range(60)]


def test_who_knows_some_of_it_is_never_wholly_right(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    for knows in (0.3, 0.9, 1.0):
        for seed in range(40):
            answer = kind.wrong(question, random.Random(seed), knows)
            assert kind.malformed(question, answer) is None
            assert kind.grade(question, answer).fraction < 1


def test_a_wrong_answer_leaves_the_key_as_it_is(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    before = json.dumps(kind.key(question))
    kind.wrong(question, random.Random(1))
    assert json.dumps(kind.key(question)) == before


def test_lists_of_options_stand_where_they_say(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    for options in kind.option_lists(question):
        assert at(question, options.path) == options.options
        assert options.texts
        for place in options.keys:
            assert at(question, options.at(place, "key")) is True
    whole = [options for options in kind.option_lists(question) if options.answers_stem]
    assert len(whole) <= 1
    for options in whole:
        assert options.before == question.stem
        choices = kind.choices(question)
        assert [choice.label for choice in choices] == options.texts
        assert [place for place, choice in enumerate(choices) if choice.fraction > 0] == options.keys


def test_what_is_stated_as_true_stands_where_it_says_and_is_never_a_distractor(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    stated = dict(kind.stated(question))
    for path, text in stated.items():
        assert text.split()[0] == str(at(question, path)).split()[0]
    for options in kind.option_lists(question):
        for place, option in enumerate(options.options):
            assert (options.at(place, "text") in stated) == option.key


def test_what_is_asked_begins_with_the_stem_and_gives_no_reason(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    asked = kind.asked(question)
    assert asked[0] == question.stem
    assert question.explanation not in asked


def test_the_examples_explain_every_wrong_answer(kind: QuestionType[Any]) -> None:
    assert list(kind.unexplained(example(kind.name))) == []


def test_wrong_answers_without_feedback_are_found_at_their_place() -> None:
    expected = {
        "choice": [("options", 0), ("options", 2)],
        "multiple": [("options", 2), ("options", 3)],
        "true_false": [("feedback",)],
        "numeric": [("wrong", 0)],
        "short_text": [("wrong", 0)],
        "cloze": [("blanks", "what", "options", 1), ("blanks", "how", "wrong", 0), ("blanks", "cost", "wrong", 0)],
    }
    for name, paths in expected.items():
        values = without_feedback(yaml.load(TYPES[name].example, yaml.BaseLoader))
        question = parse(values)
        assert [flaw.path for flaw in type_of(question).unexplained(question)] == paths, name


def test_only_a_statement_is_true_or_false(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    truth = kind.truth(question)
    if truth is not None:
        assert kind.grade(question, {"answer": truth}).fraction == 1


def test_the_scripts_that_a_template_loads_are_known(kind: QuestionType[Any]) -> None:
    template = (Path(sys.modules[type(kind).__module__].__file__ or "").parent / f"{kind.name}.html").read_text()
    assert tuple(re.findall(r"asset\('js/([\w-]+)\.js'\)", template)) == kind.scripts
    assert {f"js/{name}.js" for name in kind.scripts} <= set(scripts())


def test_a_guess_is_a_fraction_below_the_key(kind: QuestionType[Any]) -> None:
    assert 0 <= kind.guess(example(kind.name)) < 1


@pytest.mark.long
@settings(max_examples=150)
@given(response=responses)
def test_no_response_is_too_hostile(response: Any) -> None:
    """Each response is given to every type: making one up takes longer than all of them need to judge it."""
    for kind in TYPES.values():
        note(kind.name)
        stands(kind, response)


def stands(kind: QuestionType[Any], response: Any) -> None:
    """A type takes a response, whatever it is, and says something sensible about it."""
    question = example(kind.name)
    result = kind.grade(question, response)
    assert isinstance(result, Grade)
    assert 0 <= result.fraction <= 1
    assert all(0 <= part.fraction <= 1 for part in result.parts)
    said = kind.describe(question, response)
    assert isinstance(said, str)
    assert len(said) < 2_000
    kind.classify(question, response)
    kind.malformed(question, response)
    json.dumps(kind.carry(question, question, response))
    order = kind.order(question, 7)
    strictly_parsed(ask(question, order, response=response))
    review(question, order, response)


@pytest.mark.long
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_form_is_too_hostile(kind: QuestionType[Any], data: st.DataObject) -> None:
    question = example(kind.name)
    order = kind.order(question, 3)
    names = [field.name for field in kind.form(question, order, prefix="q")]
    sent = data.draw(
        st.lists(
            st.tuples(st.sampled_from([*names, "q-move", "csrf_token"]), words | st.text(max_size=300)), max_size=12
        )
    )
    form = kind.form(question, order, formdata=MultiDict([*sent, ("csrf_token", "x")]), prefix="q")
    response = form.response()
    assert response is None or response
    json.dumps(response)
    assert 0 <= kind.grade(question, response).fraction <= 1
    assert (form.malformed is None) == form.validate()
    if form.malformed:
        assert "%" not in form.malformed
        assert form.malformed == form.malformed.msgid % form.malformed.values
        assert kind.malformed(question, response) == form.malformed
        assert kind.grade(question, response).fraction < 1
    again = kind.form(question, order, response=response, prefix="q")
    assert again.response() == response


def test_a_response_goes_through_the_form_unchanged(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    for order in orders(question, 5):
        for response in (kind.key(question), None):
            shown = kind.form(question, order, response=response, prefix="q")
            assert shown.response() == response
            sent = kind.form(question, order, formdata=fields_of(shown) or MultiDict({"csrf_token": "x"}), prefix="q")
            assert sent.response() == response
            assert not sent.moved
            assert sent.validate()


def test_what_was_sent_goes_before_what_was_saved(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    order = kind.order(question, 1)
    cleared = MultiDict({"csrf_token": "x"})
    assert kind.form(question, order, formdata=cleared, response=kind.key(question)).response() is None


def test_two_forms_on_a_page_do_not_meet(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    order = kind.order(question, 1)
    one, two = (kind.form(question, order, prefix=prefix) for prefix in ("one", "two"))
    assert not {field.name for field in one} & {field.name for field in two}
    assert all(field.name.startswith("one-") for field in one)


def test_the_same_seed_gives_the_same_order_and_an_order_loses_nothing(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    assert orders(question) == orders(question)
    for order in orders(question):
        assert json.loads(json.dumps(order)) == order
        for name, ids in order.items():
            assert sorted(ids) == sorted(orders(question)[0][name])
            assert len(ids) == len(set(ids))
    if orders(question)[0]:
        assert len({json.dumps(order) for order in orders(question)}) > 1, "different seeds give different orders"


def test_orders_never_change_between_versions() -> None:
    """Papers of old attempts are rebuilt from their seeds: these are fixed for good."""
    assert TYPES["choice"].order(example("choice"), 1) == {"options": ["c", "a", "b"]}
    assert TYPES["ordering"].order(example("ordering"), 1) == {"items": ["c", "a", "d", "b"]}
    assert TYPES["cloze"].order(example("cloze"), 2) == {"what": ["a", "b"]}
    assert TYPES["matching"].order(example("matching"), 1)["rights"] == ["r3", "x1", "r1", "r2"]


def test_ask_and_review_are_valid_html(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    key = kind.key(question)
    for order in orders(question, 3):
        for state in ("open", "closed"):
            for response in (None, key):
                html = ask(question, order, state=state, response=response)
                strictly_parsed(html)
                inputs = re.findall(r"<(?:input|select|textarea|button)\b[^>]*>", html)
                assert inputs
                assert all((" disabled" in tag) == (state == "closed") for tag in inputs if "answer-move" not in tag)
        for response in (None, {}, key, {"nonsense": [1]}):
            strictly_parsed(review(question, order, response))


def test_every_input_has_a_label(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    html = ask(question, kind.order(question, 1))
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", html):
        found = re.search(r'\bid="([^"]+)"', tag)
        assert found
        assert found[1] in labelled
    assert 'aria-labelledby="q-stem q-legend"' in html
    assert 'id="q-legend"' in html


def test_a_review_says_in_words_what_was_right(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    order = kind.order(question, 1)
    right = review(question, order, kind.key(question))
    if kind.rubric(question) is None:
        assert re.search(r"right|Right|You had it here", re.sub(r"<[^>]+>", " ", right))
    else:  # nobody has judged it yet: it says what was written
        assert kind.describe(question, kind.key(question)) in " ".join(right.split())
    assert "Not answered" in review(question, order, None)


def test_templates_of_unknown_response_forms_do_not_fail(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    for response in ([], "x", 3, True):
        assert kind.grade(question, response).fraction == 0
        assert review(question, {}, response)
        assert ask(question, {}, response=response)


def test_carrying_a_response_to_the_same_question_changes_nothing(kind: QuestionType[Any]) -> None:
    question = example(kind.name)
    key = kind.key(question)
    assert carry(question, question, key) == key
    assert carry(question, question, None) == {}


def test_a_question_that_became_another_type_takes_no_response_along() -> None:
    assert carry(example("choice"), example("multiple"), {"option": "a"}) == {}


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValidationError) as caught:
        parse({"type": "sonnet", "id": "x", "stem": "y"})
    (error,) = caught.value.errors()
    assert error["loc"] == ("type",)
    assert "choice" in error["msg"]
    for broken in (None, [], "text", {}, {"type": ["choice"]}):
        with pytest.raises(ValidationError):
            parse(broken)


def test_the_json_schema_is_whole_and_takes_the_examples_as_yaml_reads_them() -> None:
    schema = json_schema()
    text = json.dumps(schema)
    assert set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', text)) <= set(schema["$defs"])
    assert '"pillar"' not in text
    assert len(schema["properties"]["questions"]["items"]["oneOf"]) == len(TYPES)
    for name, kind in TYPES.items():
        properties = schema["$defs"][kind.Schema.__name__]["properties"]
        assert properties["type"] == {"const": name, "title": "Type", "type": "string"} | properties["type"]
        assert all("description" in value for key, value in properties.items() if key != "type")


def test_flags_and_numbers_are_read_from_text_only_where_they_belong() -> None:
    question: Any = read(
        """
        id: no
        type: choice
        stem: yes
        points: 2.5
        shuffle: no
        options:
          - {text: true, key: "Yes"}
          - {text: 1.10}
        """
    )
    assert (question.id, question.stem, question.points, question.shuffle) == ("no", "yes", 2.5, False)
    assert [option.text for option in question.options] == ["true", "1.10"]
    assert [option.key for option in question.options] == [True, False]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"points": "0"}, ("points",)),
        ({"points": "many"}, ("points",)),
        ({"shuffle": "perhaps"}, ("shuffle",)),
        ({"id": "Two Words"}, ("id",)),
        ({"section": "a/b/c"}, ("section",)),
        ({"tags": ["A tag"]}, ("tags", 0)),
        ({"stem": "  "}, ("stem",)),
        ({"level": "guess"}, ("level",)),
        ({"options": [{"text": "one"}]}, ("options",)),
        ({"options": [{"text": "one", "key": "maybe"}, {"text": "two"}]}, ("options", 0, "key")),
    ],
)
def test_what_is_wrong_with_the_form_has_its_exact_place(change: dict[str, Any], place: tuple[Any, ...]) -> None:
    values = yaml.load(TYPES["choice"].example, yaml.BaseLoader) | change
    with pytest.raises(ValidationError) as caught:
        parse(values)
    assert [error["loc"] for error in caught.value.errors()] == [place]


@pytest.mark.parametrize("name", [name for name, kind in TYPES.items() if kind.describes_by is not None])
def test_an_answer_is_described_by_no_more_of_a_question_than_its_type_says(name: str) -> None:
    kind, question = TYPES[name], example(name)
    fields, read_from = set(type(question).model_fields), set()

    class Watched(type(question)):  # type: ignore[misc]
        def __getattribute__(self, attribute: str) -> Any:
            if attribute in fields:
                read_from.add(attribute)
            return super().__getattribute__(attribute)

    watched = question.model_copy()
    object.__setattr__(watched, "__class__", Watched)
    for response in (kind.key(question), *(kind.wrong(question, random.Random(seed), 0.5) for seed in range(9)), None):
        kind.describe(watched, response)
    assert kind.describes_by is not None
    assert read_from <= kind.describes_by
    assert kind.describes_by <= fields
