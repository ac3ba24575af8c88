"""The form with which a file of questions is sent."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import Field, SelectField, ValidationError

from webapp.accounts.forms import PersonForm
from webapp.interchange import all_formats


class QuestionsFileForm(PersonForm):
    """A file of questions, what it is, and where its questions are to go."""

    file = FileField(_l("The file"))
    format = SelectField(_l("Format"), description=_l("Choose one only if the wrong one was found."))
    into = SelectField(
        _l("Where new questions go"), description=_l("A question that was imported before is changed where it is.")
    )

    def __init__(self, files: Sequence[tuple[str, str]], **kwargs: object) -> None:
        """`files`: (path, title) of the questions files of the course."""
        super().__init__(**kwargs)
        readable = [(each.name, each.title) for each in all_formats().values() if each.reads]
        self.format.choices = [("", _("Found by what is in the file")), *readable]
        self.into.choices = list(files)
        endings = dict.fromkeys(end for each in all_formats().values() if each.reads for end in each.endings)
        self.file.render_kw = {"accept": ",".join(end for end in endings if end.count(".") == 1)}

    def validate_file(self, field: Field) -> None:
        if not (field.data and field.data.filename):
            raise ValidationError(_("Choose a file."))
