"""What the review pages send besides answers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from webapp.review.service import CAPS


class CapForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF comes without types
    """How many answers a day."""

    cap = SelectField(
        _l("At most a day"),
        coerce=int,
        choices=[SelectChoice(number, str(number)) for number in CAPS],
        description=_l("What is left over waits for the next day. The day begins at four in the morning."),
    )
