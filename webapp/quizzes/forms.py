"""What quiz pages send."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import Length

from webapp.quizzes.vocabulary import Certainty

#: fields of the answer start with this, so that no question can name one like ours
PREFIX = "answer-"
#: what a button of a question page may ask for; `goto` and `flag` come as `goto:7` and `flag:on`
ACTIONS = ("save", "next", "previous", "goto", "summary", "check", "flag", "finish")


class StartForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF comes without types
    """Starting a quiz, with the access code where one is needed."""

    access_code = StringField(
        _l("Access code"),
        validators=[Length(max=80)],
        description=_l("Your instructor gives it to you."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


@dataclass(frozen=True)
class Sent:
    """What came along with an answer. Anything odd is read as its default; none of it can do harm."""

    sequence: int
    certainty: Certainty | None
    seconds: int
    action: str
    argument: str

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> Sent:
        action, _, argument = (form.get("action") or "save").partition(":")
        return cls(
            sequence=_number(form.get("sequence"), -1),
            certainty=Certainty.read(_number(form.get("certainty"), 0)),
            seconds=_number(form.get("seconds"), 0),
            action=action if action in ACTIONS else "save",
            argument=argument,
        )

    @property
    def position(self) -> int:
        """The question a `goto` asks for; 0 when it asks for none."""
        return _number(self.argument, 0)


def answer_fields(form: MultiDict[str, str]) -> dict[str, list[str]]:
    """The fields of an answer as they were sent, to be sent again; without token, sequence and button."""
    own = {"csrf_token", "sequence", "action", "seconds"}
    return {name: list(values) for name, values in form.lists() if name not in own}


def _number(text: str | None, otherwise: int) -> int:
    try:
        number = int(str(text)[:12])
    except ValueError:
        return otherwise
    return number if 0 <= number < 2**31 else otherwise
