"""What the columns of a question sheet mean, by their heads: English, German, and as Kahoot and Quizizz write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from webapp.interchange.tables import Rows

#: what a column means, by its head in small letters without accents, spaces and signs
_HEADS = {
    "id": "id questionid frageid nummer nr number no",
    "type": "type questiontype typ fragetyp fragentyp aufgabentyp art",
    "stem": "question questiontext stem prompt frage fragetext aufgabe aufgabentext fragestellung",
    "key": """key correct correctanswer correctanswers rightanswer solution answerkey richtig richtigeantwort
        richtigeantworten korrekt korrekteantwort losung schlussel antwort answer""",
    "explanation": "explanation answerexplanation generalfeedback erklarung erlauterung begrundung losungsweg",
    "points": "points point score marks punkte punktzahl",
    "tags": "tags tag keywords topic category schlagworte stichworte stichworter thema kategorie",
    "level": "level cognitivelevel stufe anforderung anforderungsbereich",
    "difficulty": "difficulty schwierigkeit schwierigkeitsgrad",
    "hint": "hint hints hinweis hinweise tipp tipps",
    "tolerance": "tolerance toleranz margin",
    "unit": "unit einheit",
    "picture": "image imagelink picture picturelink media bild bildlink",
    "time": "timelimit timeinseconds time seconds zeit zeitlimit zeitinsekunden sekunden",
}
_FIELD_OF = {head: name for name, heads in _HEADS.items() for head in heads.split()}
_OPTION = re.compile(
    r"(?:option|answer|answeroption|choice|antwort|antwortmoglichkeit|antwortoption|auswahl)([a-z]|\d{1,2})"
)
_FEEDBACK = re.compile(r"(?:feedback|ruckmeldung|kommentar|begrundung)([a-z]|\d{1,2})")
#: rows that are looked through for the heads: Kahoot has a page of advice above them
_MOST_ABOVE = 30


@dataclass(slots=True)
class Columns:
    """Where what stands in a sheet: places of columns from 0."""

    row: int
    """The row of the heads, from 0."""
    fields: dict[str, int]
    options: list[int]
    feedback: list[int | None]
    ignored: list[str] = field(default_factory=list)

    @property
    def counts_places(self) -> bool:
        """Whether numbers among the keys are places of answers: so have the programs that time each question."""
        return "time" in self.fields


def folded_head(head: str) -> str:
    """A head in small letters; what stands in brackets or behind a dash is advice."""
    head = re.split(r"\s[-–—]|\(|\[|:", head, maxsplit=1)[0]
    letters = unicodedata.normalize("NFKD", head.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", letters)


def columns_of(rows: Rows) -> Columns | None:
    """The columns by the first row that has heads; None where no row has."""
    for number, row in enumerate(rows[:_MOST_ABOVE]):
        found = _columns(number, row)
        if "stem" in found.fields and ("key" in found.fields or found.options):
            return found
    return None


def _columns(number: int, row: Sequence[str]) -> Columns:
    fields: dict[str, int] = {}
    options: dict[int, int] = {}
    feedback: dict[int, int] = {}
    ignored = []
    for place, head in enumerate(row):
        folded = folded_head(head)
        if match := _OPTION.fullmatch(folded):
            options.setdefault(_number(match[1]), place)
        elif match := _FEEDBACK.fullmatch(folded):
            feedback.setdefault(_number(match[1]), place)
        elif (name := _FIELD_OF.get(folded)) is not None and name not in fields:
            fields[name] = place
        elif head:
            ignored.append(head)
    order = sorted(options)
    return Columns(number, fields, [options[each] for each in order], [feedback.get(each) for each in order], ignored)


def _number(written: str) -> int:
    return int(written) if written.isdigit() else ord(written) - 96
