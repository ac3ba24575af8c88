"""Words of the interface for templates: each is looked up once in a process and language, and not once in a page.

A page has a hundred phrases. `flask_babel` finds the request, its domain and its language anew for each of them; here
the language of a request is asked for once, and what a phrase became is kept for as long as the process runs, as its
catalogue is. Kept are the phrases of templates, of which there are as many as the templates have.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_babel import get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup


class PagePhrases:
    """The phrases of one language, as they are put into pages."""

    def __init__(self, catalogue: Any) -> None:
        self._catalogue = catalogue
        #: phrases that take no values, as they stand on pages
        self._finished: dict[str, Markup] = {}
        self._singular: dict[str, Markup] = {}

    def finished(self, phrase: str) -> Markup:
        """A phrase without values."""
        found = self._finished.get(phrase)
        if found is None:
            # A catalogue's text is HTML of our own, and a pattern: "100%%" is 100%.
            found = self._finished[phrase] = Markup(self._catalogue.ugettext(phrase)) % {}  # noqa: S704
        return found

    def pattern(self, phrase: str) -> Markup:
        """A phrase with its values' names in it."""
        found = self._singular.get(phrase)
        if found is None:
            found = self._singular[phrase] = Markup(self._catalogue.ugettext(phrase))  # noqa: S704
        return found

    def counted(self, singular: str, plural: str, number: int) -> Markup:
        return Markup(self._catalogue.ungettext(singular, plural, number))  # noqa: S704


def _here() -> PagePhrases:
    """Those of the language of this request."""
    request = g._get_current_object()
    try:
        found: PagePhrases = request.phrases
    except AttributeError:
        language = str(get_locale())
        if language not in _of_languages:
            _of_languages[language] = PagePhrases(get_translations())
        found = request.phrases = _of_languages[language]
    return found


_of_languages: dict[str, PagePhrases] = {}


@pass_eval_context
def gettext(context: EvalContext, phrase: str, /, **values: Any) -> str:
    """A phrase in the language of the page; its values are escaped where the page is HTML."""
    if not values:
        said = _here().finished(phrase)
        return said if context.autoescape else str(said)
    pattern = _here().pattern(phrase)
    return pattern % values if context.autoescape else str(pattern) % values


@pass_eval_context
def ngettext(context: EvalContext, singular: str, plural: str, number: int, /, **values: Any) -> str:
    """The same for a number of something, which is `num` among the values unless they say another."""
    pattern = _here().counted(singular, plural, number)
    values.setdefault("num", number)
    return pattern % values if context.autoescape else str(pattern) % values


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)
