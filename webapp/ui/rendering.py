"""What templates can use: Markdown filters, and the macros of each question type."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from flask import Flask
from flask_babel import get_locale
from jinja2 import ChoiceLoader, FileSystemBytecodeCache, FileSystemLoader, PrefixLoader, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

from webapp import questions
from webapp.content import markdown
from webapp.questions import types
from webapp.questions.text import plain
from webapp.ui import drawing
from webapp.ui.media import on_paper, placed
from webapp.web import current, prefix
from webapp.web.localisation import in_quotes, spoken, spoken_inline, translated


@pass_context
def question_macros(context: Context, question: questions.Question) -> Any:
    """The template module of a question's type, with the macros `ask` and `review` and those for paper; they know
    nothing of the page."""
    return context.environment.get_template(questions.type_of(question).template).module


def md(text: str | None) -> Markup:
    """Blocks of Markdown from the course as HTML that is safe, in the language of the page or saying which it is in."""
    html = Markup(placed(markdown.render(translated(text))))  # noqa: S704 - made safe by nh3
    return spoken(html, text)


def md_inline(text: str | None) -> Markup:
    """The same for words within a line."""
    html = Markup(placed(markdown.render_inline(translated(text))))  # noqa: S704 - made safe by nh3
    return spoken_inline(html, text)


def md_print(text: str | None) -> Markup:
    """`md` for paper: pictures are there at once, and of a recording its title and its words."""
    html = Markup(on_paper(markdown.render(translated(text))))  # noqa: S704 - made safe by nh3
    return spoken(html, text)


def md_print_inline(text: str | None) -> Markup:
    """`md_inline` for paper."""
    html = Markup(on_paper(markdown.render_inline(translated(text))))  # noqa: S704 - made safe by nh3
    return spoken_inline(html, text)


def spoken_text(text: str | None) -> Markup:
    """Plain words of the course, such as a title, that say which language they are in."""
    return spoken_inline(escape(translated(text)), text)


def quoted(text: str) -> Markup:
    """Plain words of the course between the quotation marks of their language, saying which it is."""
    return spoken_inline(escape(in_quotes(text)), text)


def words(text: str | None) -> str:
    """Markdown of the course on one line without its marks, and its formulas in words, in the language of the page."""
    return plain(translated(text))


def remembered(macro: Macro, of: object, *more: object) -> Markup:
    """What a macro of templates makes of something in the current course that is the same for every reader, such as a
    figure of a lesson with its table: made once in an edition and language, and put into pages as it is. `more` is for
    the macro, and the same for the same thing in the same edition. The macro may not ask who reads, or when."""
    parts = current.course().made_of_it
    # `of` is kept with what was made of it, so no other thing can have its id.
    key = (macro.name, id(of), str(get_locale()), prefix.root(), current.named_course())
    if key not in parts:
        parts[key] = of, Markup(macro(of, *more))  # noqa: S704 - made by our own template
    part: Markup = parts[key][1]
    return part


class CompiledTemplates(FileSystemBytecodeCache):
    """Templates as Python compiled them, in the data folder: compiling all of them takes seconds of the processor, and
    a server that starts again need not. Each is kept with a hash of its text, so a changed template is compiled anew;
    each has a file by its name, so there are as many as templates.

    A folder that can't be written (a full disk) and a file that can't be read cost the time, and no page.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, AttributeError, IndexError, UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            Path(self.directory).mkdir(mode=0o700, parents=True, exist_ok=True)
            super().dump_bytecode(bucket)


def init_app(app: Flask) -> None:
    loader = app.jinja_loader
    assert loader is not None
    app.jinja_loader = ChoiceLoader([loader, PrefixLoader({"questions": FileSystemLoader(types.__path__)})])
    app.jinja_env.bytecode_cache = CompiledTemplates(str(current.cache_of(app) / "templates"), "%s.compiled")
    app.jinja_env.globals["drawing"] = drawing
    app.jinja_env.globals["remembered"] = remembered
    app.jinja_env.filters.update(
        md=md, md_inline=md_inline, md_print=md_print, md_print_inline=md_print_inline, placed=placed, plain=plain,
        quoted=quoted, spoken=spoken_text, words=words,
    )  # fmt: skip
    app.jinja_env.globals["question_macros"] = question_macros
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
