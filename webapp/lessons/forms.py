"""What the reader sends: sections read, and the place in a lesson."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length


class ReadingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF comes without types
    """`section` is one section's id, `all` for the whole lesson, or empty; `place` is where the reader is."""

    section = StringField(validators=[Length(max=80)])
    place = StringField(validators=[Length(max=80)])
