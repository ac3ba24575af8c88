"""Names as people type them, made safe to show and certain to compare."""

from __future__ import annotations

import re
import unicodedata

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

NAME_LENGTH = 120
USERNAME_LENGTH = 60
#: What is longer is cut before anything is done with it: putting combining marks into their order takes a time that
#: grows with the square of their number, and a hundred thousand of them would keep a server busy for a minute.
LONGEST_TYPED = 1_000

#: the two invisible characters that spelling needs (Persian, Hindi, …)
_JOINERS = {"\u200c", "\u200d"}
#: scripts whose letters are mistaken for each other; a user name holds letters of one of them only
_LOOKALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")


def clean_name(text: str) -> str:
    """A name to show: no control, direction or unassigned characters, single spaces, at most 120 characters.

    At most three marks may sit on one letter, which is what languages need and what keeps a name on its line. Text that
    has no letter or digit left gives "".
    """
    text = unicodedata.normalize("NFC", text[:LONGEST_TYPED])
    shown: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in {"Zs", "Zl", "Zp"} or char in "\t\n\r":
            char = " "
        elif category in {"Cc", "Cs", "Co", "Cn"} or (category == "Cf" and char not in _JOINERS):
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= 3:
            shown.append(char)
    name = " ".join("".join(shown).split())[:NAME_LENGTH].strip()
    return name if any(char.isalnum() for char in name) else ""


def fold(text: str) -> str:
    """A user name or e-mail as it is compared and kept: NFKC, casefolded, without space around and invisible marks."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text[:LONGEST_TYPED]).casefold())
    return "".join(char for char in folded if unicodedata.category(char) not in {"Cc", "Cf", "Cs"}).strip()


def fold_login(text: str) -> str:
    """What was typed at sign-in, in the form in which user names and e-mail addresses are kept."""
    return (email_of(text) or fold(text)) if "@" in text else fold(text)


def email_of(text: str) -> str | None:
    """The e-mail address in the form that is kept, or None when it can't be one. Nothing is looked up."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return fold(validate_email(fold(text), check_deliverability=False).normalized)
    except EmailNotValidError:
        return None


def username_problem(text: str) -> LazyString | None:
    """Why a text can't be a user name, or None. An "@" makes it an e-mail address, which is another matter."""
    name = fold(text)
    if not 2 <= len(name) <= USERNAME_LENGTH:
        return _l("A user name has 2 to 60 characters.")
    if not re.fullmatch(r"[^\W_](?:[\w.\-]*[^\W_])?", name):
        return _l("A user name is made of letters and digits, with dots, hyphens or underscores between them.")
    scripts = {unicodedata.name(char, "").split(" ")[0] for char in name if char.isalpha()}
    if len(scripts.intersection(_LOOKALIKE)) > 1:
        return _l("A user name has letters of one alphabet only, so that nobody is mistaken for somebody else.")
    return None


def is_one_of(typed: str, *logins: str | None) -> bool:
    """Whether what was typed is one of the user names and addresses, as they are kept."""
    return bool(typed) and fold_login(typed) in logins


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def name_order(name: str) -> str:
    """A name as lists are ordered by it: without case and marks, so that Çelik stands beside Celik, and Ørsted by O.

    At most 120 characters, also where a letter becomes several.
    """
    spread = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter)).translate(_LETTERS)[:NAME_LENGTH]
