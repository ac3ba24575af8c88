"""Languages of the interface, and how dates, numbers and times look in them."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from babel import Locale
from flask import Flask, request
from flask_babel import Babel, format_date, format_datetime, format_decimal, format_percent, format_time, get_locale
from flask_login import current_user
from markupsafe import Markup

from webapp.web import current

LANGUAGES = {"en": "English", "de": "Deutsch"}

babel = Babel()


def choose_locale() -> str:
    """The person's own choice, or the best match to what the browser asks for."""
    chosen = getattr(current_user, "locale", None) or request.cookies.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def localtime(value: datetime | None, style: str = "medium") -> Markup:
    """A `<time>` element: exact for machines, in the reader's language for people, to the minute (in UTC, and so said).

    `style` is that of the date: short, medium, long or full.
    """
    if value is None:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(
        value.strftime("%Y-%m-%dT%H:%M:%SZ"), f"{format_date(value, style)}, {format_time(value, 'short')} UTC"
    )


def percent(value: float) -> str:
    """A percentage (0 to 100) in the reader's language, with at most two decimals: 62.5% or 62,5 %."""
    locale = get_locale() or Locale("en")
    pattern = locale.percent_formats[None].pattern.replace("0", "0.##", 1)
    return str(format_percent(Decimal(repr(float(value))) / 100, pattern))


def format_number(value: float, digits: int = 2) -> str:
    """A number in the reader's language, with at most `digits` decimals."""
    return str(format_decimal(value, format="#,##0." + "#" * digits if digits else "#,##0"))


def content_language() -> str | None:
    """The language of the course where it is not that of the page around it, else None."""
    written = current.course().language
    return None if written.split("-")[0] == getattr(get_locale(), "language", "en") else written


def lang() -> Markup:
    """An attribute, ` lang="en"`, for an element that holds words of the course; nothing where the page has it already.

    It tells screen readers how to speak and browsers how to hyphenate (WCAG 3.1.2).
    """
    language = content_language()
    return Markup(' lang="{}"').format(language) if language else Markup("")


def spoken(html: Markup) -> Markup:
    """Blocks of HTML rendered from the course's Markdown, marked with its language like `lang`."""
    mark = lang()
    return Markup(_BLOCK.sub(rf"<\1{mark}\2", str(html))) if mark else html  # noqa: S704 - only an attribute is added


def spoken_inline(html: Markup) -> Markup:
    """The same for words within a line."""
    mark = lang()
    return Markup("<span{}>{}</span>").format(mark, html) if mark and html else html


_BLOCK = re.compile(r"<(p|ul|ol|dl|table|blockquote|pre|h[1-6])([ >])")


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "en")
    babel.init_app(app, locale_selector=choose_locale, default_translation_directories="translations")
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(
        format_datetime=format_datetime,
        format_number=format_number,
        format_percent=format_percent,
        get_locale=get_locale,
        lang=lang,
        languages=LANGUAGES,
    )
    app.jinja_env.filters["localtime"] = localtime
    app.jinja_env.filters["percent"] = percent
