"""Addresses and phrases that pages remember: never those of another course, prefix or language."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, render_template_string
from flask.testing import FlaskClient
from markupsafe import Markup
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from tests.clients import whole
from tests.several import write_several


@pytest.fixture
def several(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    return make_app(bank=write_several(tmp_path / "courses", "bread", "cheese"))


def values_of(rule: Rule, number: int) -> dict[str, Any]:
    """Values for an address, mostly other ones for each number."""

    def value_for(converter: BaseConverter) -> Any:
        if isinstance(converter, AnyConverter):
            return sorted(converter.items)[number % len(converter.items)]
        return number if isinstance(converter, IntegerConverter) else f"a{number}"

    return {name: value_for(rule._converters[name]) for name in rule.arguments - {"course"}}


def test_a_remembered_address_is_the_one_that_would_be_built(several: Flask) -> None:
    remembered = several.jinja_env.globals["url_for"]
    rules = [rule for rule in several.url_map.iter_rules() if "GET" in (rule.methods or ())]
    assert len(rules) > 100
    compared = 0
    for _turn in range(2):  # the second time they are remembered
        for prefix in ("", "/school"):
            for course in ("bread", "cheese"):
                with several.test_request_context(f"/courses/{course}", environ_base={"SCRIPT_NAME": prefix}):
                    several.preprocess_request()
                    for rule in rules:
                        for number in (1, 2):
                            values = values_of(rule, number)
                            built = several.url_for(rule.endpoint, **values)
                            assert remembered(rule.endpoint, **values) == built
                            compared += 1
    assert compared == 16 * len(rules)


def test_numbers_that_are_equal_and_read_otherwise_are_told_apart(several: Flask) -> None:
    remembered = several.jinja_env.globals["url_for"]
    with several.test_request_context("/courses/bread"):
        several.preprocess_request()
        for value in (1, True, 1.0, "1", "True", None, ["1", "2"]):
            assert remembered("quizzes.index", page=value) == several.url_for("quizzes.index", page=value)


def test_a_phrase_is_in_the_language_of_its_page_and_its_values_are_escaped(app: Flask) -> None:
    page = (
        "{{ _('Quizzes') }}|{{ _('Question %(n)s of %(total)s', n='<1>', total=2) }}"
        "|{{ ngettext('%(num)s point', '%(num)s points', 2) }}"
    )
    expected = {
        "en": "Quizzes|Question &lt;1&gt; of 2|2 points",
        "de": "Quizze|Frage &lt;1&gt; von 2|2 Punkte",
    }
    for language in ("en", "de", "en", "de"):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            assert render_template_string(page) == expected[language]
            assert render_template_string("{% autoescape false %}" + page + "{% endautoescape %}") == expected[
                language
            ].replace("&lt;", "<").replace("&gt;", ">")


def test_per_cent_signs_of_a_phrase_are_those_of_its_pattern(app: Flask) -> None:
    with app.test_request_context("/"):
        said = app.jinja_env.from_string("{{ _('100%%') }}").render()
    assert said == Markup("100%")


def test_languages_of_a_page_are_worked_out_again_for_another_course(several: Flask) -> None:
    from webapp.web import current, localisation

    with several.test_request_context("/"):
        several.preprocess_request()
        assert current.take_up("bread")
        first = localisation._reading()
        assert localisation._reading() is first
        assert current.take_up("cheese")
        assert "reading" not in g


LESSONS = [f"/lessons/{name}" for name in ("opening", "research", "talent", "constraints", "competition", "closing")]


@pytest.mark.usefixtures("own_app")
def test_what_lessons_remember_is_what_would_be_made_anew(course_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each language, below each prefix; the second reader gets what the first one's page was made of."""

    def pages() -> dict[tuple[str, str, str], str]:
        client = course_app.test_client()
        found = {}
        for path in LESSONS:
            for language in ("en", "de"):
                for prefix in ("", "/school"):
                    answer = client.get(
                        whole(path), headers={"Accept-Language": language}, environ_overrides={"SCRIPT_NAME": prefix}
                    )
                    assert answer.status_code == 200
                    found[path, language, prefix] = re.sub(r'nonce="[^"]+"|value="[^"]{40,}"', "", answer.text)
        return found

    pages()
    again = pages()
    monkeypatch.setitem(course_app.jinja_env.globals, "remembered", lambda macro, *values: macro(*values))
    assert again == pages()


def test_a_new_edition_remembers_nothing_of_the_one_before(client: FlaskClient, bank: Path) -> None:
    file = bank / "1-tea" / "lesson.md"
    text = file.read_text()
    assert "Every tea in this lesson" in client.get("/lessons/tea").text
    file.write_text(text.replace("Every tea in this lesson", "Each tea in this lesson"))
    assert "Each tea in this lesson" in client.get("/lessons/tea").text
