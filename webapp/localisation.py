"""Languages of the interface, and how dates, numbers and times look in them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from babel import Locale
from flask import Flask, request
from flask_babel import Babel, format_date, format_datetime, format_decimal, format_percent, format_time, get_locale
from flask_login import current_user
from markupsafe import Markup

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


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "en")
    babel.init_app(app, locale_selector=choose_locale, default_translation_directories="translations")
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(
        format_datetime=format_datetime,
        format_number=format_number,
        format_percent=format_percent,
        get_locale=get_locale,
        languages=LANGUAGES,
    )
    app.jinja_env.filters["localtime"] = localtime
    app.jinja_env.filters["percent"] = percent
