"""Reading a class list as schools have them: any encoding, delimiter and order of columns, English or German heads.

Nothing here knows the database. What can't be read is said for the whole file (`BadFile`) or for its line
(`RosterLine.problem`), so that every line of the file is accounted for.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

#: lines of people in one file
MOST_LINES = 5_000
_LONGEST_CELL = 300

#: what a column means, by its head in lower case, without accents, spaces and punctuation
HEADS = {
    "name": """name fullname displayname student studentname learner participant pupil
        vollstandigername anzeigename schuler schulerin schulername teilnehmer teilnehmerin studierende
        vornamenachname vornamename""",
    "first": "firstname givenname forename first vorname vornamen rufname givennames prenom",
    "last": "lastname surname familyname last nachname familienname zuname nom",
    "email": """email emailaddress mail mailaddress emailadresse mailadresse emails schulmail
        primaryemail emailprivate courriel""",
    "username": """username user login loginname signin account accountname netid samaccountname uid
        benutzername nutzername benutzer anmeldename kennung benutzerkennung loginid nutzerkennung sisloginid""",
    "id": """id userid studentid studentnumber studentno idnumber sisid sisuserid learnerid number
        matrikelnummer matrikelnr matrnr matrikel schulernummer schulerid nummer nr kennnummer""",
}
_FIELD_OF = {head: field for field, heads in HEADS.items() for head in heads.split()}

#: encodings a file without a mark is tried for, when it isn't UTF-8; the first is what Excel writes in the West
ENCODINGS = ("cp1252", "mac_roman", "cp1250", "cp850", "iso8859_15", "cp1251", "cp1253", "cp1254")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", ";", "\t", "|")


class BadFile(Exception):
    """The file as a whole can't be used; `message` says why and what to do."""

    def __init__(self, message: LazyString) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True)
class RosterLine:
    """One line of people: what it says, or why it can't be read. Blank lines are none."""

    line: int
    name: str
    email: str
    username: str
    #: "fields" (more cells than heads) or "long" (a cell beyond 300 characters); "" when the line can be read
    problem: str = ""


@dataclass(frozen=True)
class Sheet:
    """A class list as read: its people, and how it was read."""

    rows: tuple[RosterLine, ...]
    encoding: str
    #: "," ";" tab or "|"
    delimiter: str
    #: head as written → name, first, last, email, username, id; empty when the file has no heads
    columns: tuple[tuple[str, str], ...]
    #: heads that mean nothing here
    ignored: tuple[str, ...]


def read(data: bytes, encoding: str = "") -> Sheet:
    """A class list from the bytes of a file; `encoding` overrides the guess. Raises BadFile."""
    if data[:4] == b"PK\x03\x04" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise BadFile(_l("This is an Excel file. Please save it as CSV, or copy the cells and paste them."))
    text, used = decode(data, encoding)
    return read_text(text, used)


def read_text(text: str, encoding: str = "") -> Sheet:
    """A class list from text, such as cells that were pasted. Raises BadFile."""
    text = text.lstrip("\ufeff").replace("\x00", "")
    delimiters: Sequence[str] = _DELIMITERS
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        # Excel reads this line, and so do we; the line keeps its number.
        delimiters, text = (first.strip()[4],), "\n" + rest
    if not text.strip():
        raise BadFile(_l("There is nothing in it."))
    best = max((_split(text, delimiter) for delimiter in delimiters), key=_fitness)
    return _sheet(best, encoding)


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """The text of a file and its encoding: by its mark, as UTF-8, or by what its letters look like."""
    if encoding:
        try:
            return data.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError):
            raise BadFile(_l("The file can’t be read in this encoding. Please choose another.")) from None
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data, name), "utf-8" if name == "utf-8-sig" else name
    if b"\x00" in data[:2000]:
        # UTF-16 without its mark: the empty halves of plain letters say which half comes first.
        name = "utf-16-le" if data[1:2000:2].count(0) >= data[0:2000:2].count(0) else "utf-16-be"
        return _decoded(data, name), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes  # with large tables of languages, for files that are no UTF-8

    guessed = from_bytes(data, cp_isolation=list(ENCODINGS)).best()
    name = guessed.encoding if guessed is not None else "cp1252"
    if name in {"cp1252", "mac_roman", "cp850", "cp1250", "iso8859_15", "cp1254"}:
        # A list of names is too short for statistics of a language; where the letters stand tells these apart.
        likely = ("cp1252", "mac_roman", "cp850", "cp1250")
        name = max(likely, key=lambda each: _plausible(data.decode(each, "replace")))
    return data.decode(name, "replace"), name


#: letters with marks that names from Europe often have
_USUAL = frozenset("äöüßéèêëàáâçñíïîóôøåæœúÄÖÜÉÅØąćęłńśźżŁŚŻěščřžýůŠČŘŽőű")


def _plausible(text: str) -> int:
    """How much a text looks like names: usual letters count for it, signs and capitals within words against it."""
    score = 0
    for before, char in zip(" " + text, text, strict=False):
        if not char.isascii():
            misplaced = not char.isalpha() or (char.isupper() and before.islower())
            score += -2 if misplaced else int(char in _USUAL)
    return score


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise BadFile(_l("The file is damaged: it can’t be read as text. Please save it again as CSV.")) from None


@dataclass(frozen=True)
class _Split:
    delimiter: str
    #: (line number, cells), blank lines left out
    lines: list[tuple[int, list[str]]]
    fields: list[str | None]


def _split(text: str, delimiter: str) -> _Split:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    lines: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            cells = [" ".join(cell.split()) for cell in cells]
            if any(cells):
                lines.append((number, cells))
            if len(lines) > MOST_LINES + 1:
                break
    except csv.Error:
        lines.append((before + 1, ["x" * (_LONGEST_CELL + 1)]))
    return _Split(delimiter, lines, [field_of(head) for head in lines[0][1]] if lines else [])


def _fitness(split: _Split) -> tuple[int, float, int]:
    """How well a delimiter fits: recognised heads, then how many lines agree on the number of cells, then cells."""
    known = len({field for field in split.fields if field})
    widths = [len(cells) for _number, cells in split.lines[:50]]
    common = max(set(widths), key=widths.count) if widths else 1
    agreement = widths.count(common) / len(widths) if common > 1 else 0.0
    return known, agreement, common


def field_of(head: str) -> str | None:
    """What a column with this head means, or None."""
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", head[:_LONGEST_CELL].casefold())
        if char.isalnum() and char.isascii()
    )
    return _FIELD_OF.get(plain)


def _sheet(split: _Split, encoding: str) -> Sheet:
    if not split.lines:
        raise BadFile(_l("There is nothing in it."))
    heads = split.lines[0][1]
    fields = _told_apart(split.fields)
    if {"name", "first", "last", "email", "username", "id"}.isdisjoint(field for field in fields if field):
        fields = _guessed(heads)
        columns: tuple[tuple[str, str], ...] = ()
        ignored: tuple[str, ...] = ()
        people = split.lines
    else:
        columns = tuple((head, field) for head, field in zip(heads, fields, strict=True) if field)
        ignored = tuple(head for head, field in zip(heads, fields, strict=True) if not field and head)
        people = split.lines[1:]
    if len(people) > MOST_LINES:
        raise BadFile(_l("There are more than 5,000 lines in it. Please split the file."))
    if not people:
        raise BadFile(_l("There is a line with the heads of columns, and nobody below it."))
    return Sheet(tuple(_rows(people, fields)), encoding, split.delimiter, columns, ignored)


def _told_apart(fields: Iterable[str | None]) -> list[str | None]:
    """Each meaning once: the first column that has it. In German lists "Name" beside "Vorname" is the last name."""
    known: list[str | None] = []
    for field in fields:
        known.append(field if field not in known else None)
    if "first" in known and "last" not in known and "name" in known:
        known[known.index("name")] = "last"
    return known


def _guessed(cells: Sequence[str]) -> list[str | None]:
    """The columns of a list without heads: the one with an "@" is the e-mail, those before and after it the name."""
    marked = [place for place, cell in enumerate(cells) if "@" in cell]
    others = [place for place, cell in enumerate(cells) if cell and "@" not in cell]
    if len(marked) != 1 or not 1 <= len(others) <= 2:
        raise BadFile(
            _l(
                "No heads of columns were recognised. Please put a line with heads first, for example: "
                "name, e-mail, user name."
            )
        )
    fields: list[str | None] = [None] * len(cells)
    fields[marked[0]] = "email"
    for place, field in zip(others, ("name",) if len(others) == 1 else ("first", "last"), strict=True):
        fields[place] = field
    return fields


def _rows(people: Iterable[tuple[int, list[str]]], fields: Sequence[str | None]) -> Iterable[RosterLine]:
    for line, cells in people:
        cell_of = {field: cell for field, cell in zip(fields, cells, strict=False) if field}
        name = cell_of.get("name") or " ".join(part for part in (cell_of.get("first"), cell_of.get("last")) if part)
        problem = ""
        if any(cells[len(fields) :]):
            problem = "fields"
        elif any(len(cell) > _LONGEST_CELL for cell in cells):
            problem = "long"
        yield RosterLine(
            line,
            name[:_LONGEST_CELL],
            cell_of.get("email", "")[:_LONGEST_CELL],
            (cell_of.get("username") or cell_of.get("id") or "")[:_LONGEST_CELL],
            problem,
        )
