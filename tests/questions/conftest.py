"""Questions of every type, and the templates as the app has them."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
import pytest
import yaml
from markupsafe import Markup

from webapp.content import markdown
from webapp.questions import TYPES, parse, type_of, types
from webapp.questions.contract import Order, Question
from webapp.questions.text import plain


def read(text: str) -> Question:
    """A question from YAML in which every scalar stays text, as the loader of courses leaves it."""
    return parse(yaml.load(text, yaml.CBaseLoader))


@cache  # nothing can change a question
def example(name: str) -> Question:
    return read(TYPES[name].example)


def environment() -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("webapp", "templates"),
                jinja2.PrefixLoader({"questions": jinja2.FileSystemLoader(types.__path__)}),
            ]
        ),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.filters["md"] = lambda text: Markup(markdown.render(text or ""))
    env.filters["md_inline"] = lambda text: Markup(markdown.render_inline(text or ""))
    env.filters["md_print"], env.filters["md_print_inline"] = env.filters["md"], env.filters["md_inline"]
    env.filters["translated"] = lambda text: text or ""
    env.filters["spoken"] = lambda text: text or ""
    # The course here is in the language of the page, so that nothing has to be marked.
    env.globals["lang"] = lambda text=None: ""
    env.globals["course_reads_from_right"] = lambda: False
    env.filters["words"] = plain
    env.globals["asset"] = lambda path: f"/static/{path}"
    return env


ENV = environment()


def ask(question: Question, order: Order, *, state: str = "open", **filled: Any) -> str:
    """The inputs of a question as HTML."""
    kind = type_of(question)
    module = ENV.get_template(kind.template).make_module()
    return str(module.ask(question, order, kind.form(question, order, prefix="q-", **filled), state))


def review(question: Question, order: Order, response: Any) -> str:
    """The review of a response as HTML."""
    kind = type_of(question)
    module = ENV.get_template(kind.template).make_module()
    return str(module.review(question, order, response, kind.grade(question, response)))


@pytest.fixture(params=sorted(TYPES))
def kind(request: pytest.FixtureRequest) -> Any:
    """Each question type in turn."""
    return TYPES[request.param]
