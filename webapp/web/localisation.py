"""Languages of the interface, and how dates, numbers and times look in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, format_date, format_datetime, format_percent, format_time, get_locale
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from webapp.content.languages import direction
from webapp.content.quotation import quotation_marks
from webapp.content.translations.catalogues import Translation
from webapp.web import current, phrases, prefix, timezones

LANGUAGES = {"en": "English", "de": "Deutsch"}

babel = Babel()


def choose_locale() -> str:
    """The person's own choice, or the best match to what the browser asks for."""
    chosen = getattr(current_user, "locale", None) or request.cookies.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def localtime(value: datetime | None, style: str = "medium") -> Markup:
    """A `<time>` element: exact for machines; for people in their language and on their clock, to the minute.

    `style` is that of the date: short, medium, long or full. Whose clock nobody knows reads UTC, and that it is.
    """
    if value is None:
        return Markup("")
    return _time(value, f"{format_date(value, style)}, {format_time(value, 'short')}{_unless_known()}")


def when(value: datetime | None, beside: str | None = None) -> Markup:
    """The same for a sentence, relative where it is near: "in 9 minutes (19:00)", "tomorrow, 07:00".

    `beside` is the zone in which the time was set, a class's for instance: its clock is shown, too, where it differs;
    alone, with the name of its city, where nobody knows the reader's.
    """
    if value is None:
        return Markup("")
    own = timezones.of_reader()
    other = timezones.known(beside)
    if other is not None and own is None:
        return _time(value, f"{_near(value, timezones.clock_of(other))} ({_city(other)})")
    here = timezones.clock_of(own)
    words = _near(value, here) + _unless_known()
    if other is not None and _differ(value, here, there := timezones.clock_of(other)):
        at = dates.format_datetime(value, "short", tzinfo=there, locale=get_locale() or "en")
        words += f" ({_city(other)}: {at})"
    return _time(value, words)


def clock(value: datetime) -> str:
    """Hours and minutes on the reader's clock."""
    return f"{format_time(value, 'short')}{_unless_known()}"


def _time(value: datetime, words: str) -> Markup:
    attributes = Markup("")
    if timezones.of_reader() is not None:
        attributes = Markup(' title="{}"').format(format_datetime(value, "full"))
    return Markup('<time datetime="{}"{}>{}</time>').format(value.strftime("%Y-%m-%dT%H:%M:%SZ"), attributes, words)


def _unless_known() -> str:
    return "" if timezones.of_reader() is not None else " UTC"


def _near(value: datetime, clock: ZoneInfo) -> str:
    """A time in words, as near as it is."""
    locale = get_locale() or Locale("en")
    at = dates.format_time(value, "short", tzinfo=clock, locale=locale)
    now = current.now()
    if abs(away := value - now) < timedelta(minutes=59, seconds=30):
        return f"{dates.format_timedelta(away, 'minute', add_direction=True, locale=locale)} ({at})"
    days = (value.astimezone(clock).date() - now.astimezone(clock).date()).days
    if days == 0:
        return str(_("today, %(time)s", time=at))
    if days == 1:
        return str(_("tomorrow, %(time)s", time=at))
    if days == -1:
        return str(_("yesterday, %(time)s", time=at))
    return f"{dates.format_date(value.astimezone(clock), 'medium', locale=locale)}, {at}"


def _differ(value: datetime, here: ZoneInfo, there: ZoneInfo) -> bool:
    return value.astimezone(here).utcoffset() != value.astimezone(there).utcoffset()


def _city(zone: str) -> str:
    if zone == "UTC":
        return zone
    return dates.get_timezone_location(zone, locale=get_locale() or "en", return_city=True)


def choose_timezone() -> str:
    """The zone whose clock flask-babel's dates and times go by."""
    return timezones.zone_of(timezones.of_reader())


def percent(value: float) -> str:
    """A percentage (0 to 100) in the reader's language, with at most two decimals: 62.5% or 62,5 %."""
    locale = get_locale() or Locale("en")
    pattern = locale.percent_formats[None].pattern.replace("0", "0.##", 1)
    return str(format_percent(Decimal(repr(float(value))) / 100, pattern))


def format_number(value: float, digits: int = 2) -> str:
    """A number in the reader's language, with at most `digits` decimals."""
    return _written(value, digits, str(get_locale() or "en"))


@lru_cache(4096)  # points and percentages, of which a page has dozens and a course a few
def _written(value: float, digits: int, language: str) -> str:
    return numbers.format_decimal(value, "#,##0." + "#" * digits if digits else "#,##0", locale=language)


@dataclass(frozen=True, slots=True)
class PageLanguages:
    """In which languages a page is read: asked for by each text of the course on it, and worked out once."""

    #: of the page, such as "de"
    page: str
    #: of the course as it was written, such as "de-AT"; that of the page where there is no course
    written: str
    #: the course in the language of the page, where that is another one than its own and it is translated
    translation: Translation | None

    @property
    def as_written(self) -> bool:
        """Whether the course was written in the language of the page."""
        return self.written.split("-")[0] == self.page


def _reading() -> PageLanguages:
    here = g._get_current_object()
    try:
        return cast(PageLanguages, here.reading)
    except AttributeError:
        page = str(getattr(get_locale(), "language", "en"))
        shown = current.course_or_none()
        reading = PageLanguages(page, shown.language if shown is not None else page, None)
        if shown is not None and not reading.as_written:
            reading = replace(reading, translation=shown.translation(page))
        if has_request_context():  # what runs for long meets other editions of a course, and other courses
            here.reading = reading
        return reading


def _page_language() -> str:
    return _reading().page


def translated(text: str | None) -> str:
    """Words of the course in the language of the page; as they were written, where they are not translated."""
    if not text:
        return ""
    translation = _reading().translation
    return (translation.text(text) if translation else None) or text


def content_language(text: str | None = None) -> str | None:
    """The language of the course where it is not that of the page around it, else None. With a text, the one in which
    `translated` gives that."""
    reading = _reading()
    if reading.as_written:
        return None
    translation = reading.translation
    is_read = translation is not None and (text is None or translation.knows(text))
    return None if is_read else reading.written


def untold_language() -> str | None:
    """The name of the course's language, for a reader of another one who was not told yet; whoever asks has told it.

    A cookie keeps what was told: once for each language that a course is in.
    """
    written = content_language()
    if written is None or request.cookies.get(_TOLD) == written:
        return None
    g.told_language = written
    return Locale.parse(written, sep="-").get_display_name(get_locale() or "en")


def _keep_told(response: Response) -> Response:
    told = g.get("told_language")
    if told is not None:
        prefix.keep_cookie(response, _TOLD, told)
    return response


#: the cookie with the language of the course that the reader was told of
_TOLD = "told_language"


def lang(text: str | None = None) -> Markup:
    """Attributes, ` lang="ar" dir="rtl"`, for an element that holds words of the course; nothing where the page has
    them already.

    They tell screen readers how to speak, browsers how to hyphenate (WCAG 3.1.2), and both from which side to read.
    `text` is what the course says there, if it is one text: it may be the one that is not translated.
    """
    return marked_as(content_language(text))


def marked_as(language: str | None) -> Markup:
    """The attributes of an element that holds words in a language; nothing where it is that of the page."""
    if language is None or language.split("-")[0] == _page_language():
        return Markup("")
    return Markup(' lang="{}"').format(language) + _turned(language)


def course_direction() -> Markup:
    """An attribute, ` dir="rtl"`, for an element that holds words of the course and of the page around it, such as a
    question with its buttons; nothing where both are written from the same side.

    It decides on which side things begin. The words have marks of their own (`lang`), and of those that have none
    css/base.css lets each decide its own direction by its letters.
    """
    return _turned(content_language() or _page_language())


def course_reads_from_right() -> bool:
    """Whether what the page shows of the course is written from right to left."""
    return direction(content_language() or _page_language()) == "rtl"


def _turned(language: str) -> Markup:
    other = direction(language)
    return Markup("") if other == direction(_page_language()) else Markup(' dir="{}"').format(other)


def spoken(html: Markup, text: str | None = None) -> Markup:
    """Blocks of HTML rendered from the course's Markdown, marked with its language like `lang`."""
    mark = lang(text)
    return Markup(_BLOCK.sub(rf"<\1{mark}\2", str(html))) if mark else html  # noqa: S704 - only an attribute is added


def spoken_inline(html: Markup, text: str | None = None) -> Markup:
    """The same for words within a line."""
    mark = lang(text)
    return Markup("<span{}>{}</span>").format(mark, html) if mark and html else html


def in_quotes(text: str, *, of_page: bool = False) -> str:
    """Words of the course between the quotation marks of their language, for a sentence without elements;
    with `of_page`, words of anybody between those of the page.

    What is written from the other side is set apart by signs that are not seen, so that the sentence around it keeps
    its order.
    """
    language = (None if of_page else content_language(text)) or _page_language()
    before, after = quotation_marks(language)
    words = f"{before}{text if of_page else translated(text)}{after}"
    return words if direction(language) == direction(_page_language()) else f"{_APART}{words}{_TOGETHER}"


#: what Unicode calls First Strong Isolate and Pop Directional Isolate
_APART, _TOGETHER = "\u2068", "\u2069"


_BLOCK = re.compile(r"<(p|ul|ol|dl|table|figure|blockquote|pre|h[1-6])([ >])")


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "en")
    babel.init_app(
        app,
        locale_selector=choose_locale,
        timezone_selector=choose_timezone,
        default_translation_directories="translations",
    )
    phrases.init_app(app)
    app.jinja_env.globals.update(
        format_datetime=format_datetime,
        format_number=format_number,
        format_percent=format_percent,
        get_locale=get_locale,
        course_direction=course_direction,
        course_reads_from_right=course_reads_from_right,
        direction=direction,
        lang=lang,
        marked_as=marked_as,
        languages=LANGUAGES,
        untold_language=untold_language,
    )
    app.after_request(_keep_told)
    app.jinja_env.filters.update(localtime=localtime, when=when, clock=clock)
    app.jinja_env.filters.update(in_quotes=in_quotes, percent=percent, translated=translated)
