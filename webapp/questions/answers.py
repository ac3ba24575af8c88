"""What a learner's answer goes through: the form that takes it, and the messages that say how to write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Form
from wtforms.fields.choices import SelectChoice
from wtforms.form import BaseForm


def N_(text: str) -> str:
    """Marks a text for translation; templates translate it where they show it."""
    return text


_LONGEST = 1_000
_LONGEST_TEXT = 40_000
_GAPS = dict.fromkeys((*range(32), *range(127, 160)), " ")
_GAPS_IN_LINES = {code: gap for code, gap in _GAPS.items() if code != ord("\n")}
#: the last two codes of each of the 17 planes of Unicode are no characters
_LAST_OF_PLANES = "".join(chr(0x10000 * plane + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_NO_CHARACTER = re.compile(f"[\ud800-\udfff\ufdd0-\ufdef{_LAST_OF_PLANES}]")


def typed(text: str) -> str:
    """What somebody typed, without what is no text: control characters become spaces, what no text can hold is
    dropped, and so are spaces at the ends and all after 1,000 characters."""
    if not text.isprintable():
        text = _NO_CHARACTER.sub("", text.translate(_GAPS))
    return text.strip()[:_LONGEST].rstrip()


def written(text: str) -> str:
    """The same for a text of several lines, which keeps them: what comes after 40,000 characters is dropped."""
    lines = text[: 2 * _LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    return _NO_CHARACTER.sub("", lines.translate(_GAPS_IN_LINES)).strip()[:_LONGEST_TEXT].rstrip()


def menu(labels: Iterable[str], blank: str | None = None) -> list[SelectChoice]:
    """The choices of a field: each label under its place, from 1; before them a blank one, if it has a label."""
    choices = [SelectChoice("", blank)] if blank is not None else []
    return choices + [SelectChoice(str(place), label) for place, label in enumerate(labels, 1)]


class Message(str):
    """A message to a learner. As a string it is English; templates translate `msgid` and put in `values`.

    It holds no percent sign, so that passing it through a translating function that formats is harmless.
    """

    msgid: str
    values: Mapping[str, str]

    def __new__(cls, msgid: str, **values: object) -> Message:
        plain = {name: str(value).replace("%", "percent") for name, value in values.items()}
        message = super().__new__(cls, msgid % plain)
        message.msgid = msgid
        message.values = plain
        return message


class AnswerForm(Form):  # type: ignore[misc]  # WTForms comes without types.
    """The inputs of one question: a WTForms form whose fields depend on the question.

    Subclasses give `response`. `moved` is true when a button changed the arrangement (ordering): the page saves and
    shows the question again instead of going on.
    """

    moved: bool = False

    @property
    def takes_file(self) -> bool:
        """Whether the answer may be a file, which the page takes beside this form."""
        return False

    def __init__(
        self,
        fields: Mapping[str, Any],
        *,
        formdata: Any = None,
        data: Mapping[str, Any] | None = None,
        prefix: str = "",
    ) -> None:
        # The declarative constructor takes the fields of the class; these belong to one question.
        BaseForm.__init__(self, dict(fields), prefix=prefix, meta=self._wtforms_meta())
        # What wasn't sent wasn't answered: saved values must not stand in for it.
        self.process(formdata, data=data if formdata is None else None)

    @property
    def prefix(self) -> str:
        """What the names and ids of this form start with; never empty, so that it can stand before an id."""
        return str(self._prefix or "answer-")

    def response(self) -> dict[str, Any] | None:
        """What was answered, in the question's ids; None when nothing was."""
        raise NotImplementedError

    @property
    def malformed(self) -> Message | None:
        """Why the answer can't be read, and how to write it; None when it can."""
        return None

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the answer can be read. Nothing answered is no error here."""
        return self.malformed is None
