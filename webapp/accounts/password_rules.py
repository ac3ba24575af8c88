"""Which passwords are refused: short ones, well-known ones, and those made of what everybody knows about the person.

Strength is judged by these rules and not by an estimator: zxcvbn brings 800 kB of English lists, takes up to seconds
for long passwords, and knows neither the course nor the person. What it would refuse of twelve characters and more is
refused here, too: runs, repetitions, known passwords with digits around them.

Length counts, composition doesn't (NIST SP 800-63B, 3.1.1.2). The list of well-known ones is in
common_passwords.txt.gz; its sources and their licences are beside it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from webapp.accounts.names import fold
from webapp.accounts.passwords import normal

#: characters of a new password (ASVS 2.1.1, 2.1.2); what somebody has already keeps working, also one of 10 or 200
SHORTEST, LONGEST = 12, 128
#: characters that must be left when words that are easy to know are taken out of a password
OWN_SHARE = 6

#: letters as people disguise them
_DISGUISES = str.maketrans("013457@$!€", "oleastasie")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "qwertzuiopü",
    "asdfghjklöä",
    "zxcvbnm",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "!@#$%^&*()",
    '!"§$%&/()=',
)
#: words that everybody adds to everything
_FILLERS = (
    "password", "passwort", "kennwort", "letmein", "welcome", "willkommen", "secret", "geheim", "login", "admin",
    "student", "learner", "teacher", "lehrer", "schule", "school", "class", "quiz", "course", "kurs", "lesson",
    "test", "hello", "hallo", "iloveyou", "changeme", "qwerty", "qwertz", "abc", "the", "my", "mein", "pass", "pwd",
)  # fmt: skip


@cache
def common() -> frozenset[str]:
    """The well-known passwords, in lower case: all of ten or more characters, and words that are used as stems."""
    packed = (Path(__file__).parent / "common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split())


def problem(password: str, *, about: Iterable[str | None] = ()) -> LazyString | None:
    """Why a password is refused, in words for the person, or None.

    `about` are texts that somebody who knows the person or the site would try: name, user name, e-mail, course title.
    """
    password = normal(password)
    if len(password) < SHORTEST:
        return _l("Please use at least %(count)s characters. A few words in a row are good.", count=SHORTEST)
    if len(password) > LONGEST:
        return _l("Please use at most %(count)s characters.", count=LONGEST)
    if _is_pattern(password):
        return _l("Simple patterns are among the first to be tried. A few unconnected words are better.")
    if _is_common(password):
        return _l("This is among the first passwords to be tried. A few unconnected words are better.")
    if _gives_itself_away(password, about):
        return _l("This is little more than what others know of you or the course. Please add something else.")
    return None


def _plain(text: str) -> str:
    """Without disguise: lower case, digits and signs read as the letters they stand for, letters and digits only."""
    return re.sub(r"[\W_]", "", fold(text).translate(_DISGUISES))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", fold(text))


def _is_pattern(password: str) -> bool:
    """One or two characters over and over, a unit repeated, or keys and letters in a row."""
    text = fold(password)
    if len(set(text)) <= 3 or re.fullmatch(r"(.{1,5})\1+.{0,2}", text) or re.fullmatch(r"(.{1,9})\1+", _letters(text)):
        return True
    rest = text
    for run in _RUNS:
        for row in (run, run[::-1]):
            rest = _without_runs(rest, row)
    return len(rest) <= 3


def _without_runs(text: str, row: str) -> str:
    """The text without pieces of four or more characters that stand in `row` in this order."""
    rest = ""
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and text[start : end + 1] in row:
            end += 1
        if end - start < 4:
            rest += text[start]
            start += 1
        else:
            start = end
    return rest


def _is_common(password: str) -> bool:
    """On the list: as typed, without disguise, or with up to six digits or signs around it."""
    text = fold(password)
    core = re.sub(r"^[\W\d_]{0,6}|[\W\d_]{0,6}$", "", text)
    backwards = {text[::-1], core[::-1]}
    tried = common() | {"correcthorsebatterystaple"}  # the one that a comic made famous
    return not tried.isdisjoint({text, core, _plain(text), _plain(core), _letters(text), *backwards})


def _gives_itself_away(password: str, about: Iterable[str | None]) -> bool:
    """Whether fewer than OWN_SHARE characters are left without known words, and digits at the ends."""
    words: set[str] = set(_FILLERS)
    for text in about:
        folded = fold(text or "")
        words |= {_letters(folded), *(_letters(part) for part in re.split(r"[\W_]+", folded))}
    known = sorted({_plain(word) for word in words if len(word) >= 3}, key=len, reverse=True)
    for rest in {_plain(password), _plain(re.sub(r"^\d+|[\W\d_]+$", "", fold(password)))}:
        left = rest
        for word in known:
            left = left.replace(word, "")
        if left != rest and len(left) < OWN_SHARE:
            return True
    return False
