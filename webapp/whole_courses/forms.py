"""The forms of whole courses."""

from __future__ import annotations

from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from webapp.accounts.forms import PersonForm

NOTHING, SHIPPED, OWN, ZIP = "nothing", "shipped", "own", "zip"
LONGEST_TITLE = 120
#: codes of languages to choose from; any other is written into course.yaml
LANGUAGES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga", "gl", "he", "hi",
    "hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr",
    "sv", "sw", "ta", "th", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip


class NewCourseForm(PersonForm):
    """A course that is to be made, and what of."""

    source = RadioField(
        _l("What does it begin with?"),
        choices=[
            SelectChoice(NOTHING, _l("Nothing: a small course that works, to be replaced part by part")),
            SelectChoice(SHIPPED, _l("The course that comes with the app")),
            SelectChoice(OWN, _l("A course of mine")),
            SelectChoice(ZIP, _l("A zip")),
        ],
        default=NOTHING,
    )
    title = StringField(
        _l("Title"),
        [Length(max=LONGEST_TITLE, message=_l("A title has at most %(max)d characters."))],
        description=_l("A copy or a zip keeps the title that it has if you leave this empty."),
        render_kw={"autocomplete": "off", "maxlength": LONGEST_TITLE},
    )
    language = SelectField(_l("Language"), description=_l("The one in which you write it."))
    course = SelectField(_l("Which course of yours?"))
    with_classes = BooleanField(
        _l("With its classes"),
        description=_l("Their names, and what they are set, with dates. Nobody is in them, and there are no results."),
    )
    file = FileField(_l("The zip"), render_kw={"accept": ".zip,application/zip"})

    def __init__(self, own: list[tuple[str, str]], **kwargs: object) -> None:
        """`own`: (id, title) of the courses that the person may copy."""
        super().__init__(**kwargs)
        in_words = Locale.parse(str(get_locale()), sep="_")
        named = [(code, in_words.languages.get(code, code)) for code in LANGUAGES]
        self.language.choices = sorted(named, key=lambda each: each[1].casefold())
        self.course.choices = list(own)
        if not own:
            self.source.choices = [each for each in self.source.choices if each.value != OWN]
        # Only what belongs to the beginning that was chosen has to be right.
        self.language.validate_choice = self.source.data == NOTHING
        self.course.validate_choice = self.source.data == OWN

    def validate_title(self, field: Field) -> None:
        field.data = " ".join("".join(char for char in field.data or "" if char.isprintable()).split())
        if not field.data and self.source.data == NOTHING:
            raise ValidationError(_("Please give the course a title."))

    def validate_file(self, field: Field) -> None:
        if self.source.data == ZIP and not (field.data and field.data.filename):
            raise ValidationError(_("Please choose a zip."))


class ZipForm(PersonForm):
    """A zip of a course."""

    file = FileField(_l("The zip"), render_kw={"accept": ".zip,application/zip"})

    def validate_file(self, field: Field) -> None:
        if not (field.data and field.data.filename):
            raise ValidationError(_("Please choose a zip."))


class PutBackForm(PersonForm):
    """What was shown of a zip that waits, and why something in use goes with it."""

    of = HiddenField(validators=[Length(max=80)])
    seal = HiddenField(validators=[Length(max=64)])
    reason = TextAreaField(
        _l("Reason"),
        [Length(max=500)],
        description=_l("Why what is in use is taken out. It is kept in the log."),
        render_kw={"rows": 2, "maxlength": 500},
    )
