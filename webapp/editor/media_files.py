"""Pictures and recordings that somebody puts into the course in the browser, or takes out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from webapp.audit import service as audit
from webapp.content.folder_store import CourseStore
from webapp.content.media import captions, recordings
from webapp.content.media.names import DECORATIVE, FOLDER, LISTENING, NAME, RECORDINGS, SOUND, Medium
from webapp.content.media.pictures import UnusableFile
from webapp.content.media.sent import received
from webapp.content.problems import Problems
from webapp.editor import git_history, saving

#: characters of what is said of a picture for those who don't see it, and of the words of a recording
LONGEST_ALT, LONGEST_WORDS = 500, 200_000

_NAME = re.compile(NAME)
#: what would be read as a mark where it stands in words
_MARKS = re.compile(r"([\\\[\]*_`$<>~^&!])")


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody sends: a file with its name, what it shows in words, and the words of a recording."""

    raw: bytes
    called: str
    alt: str = ""
    is_decorative: bool = False
    words: str = ""
    is_listening: bool = False
    """To hear it is what a question asks, so its words stand nowhere."""


class UploadRefused(Exception):
    """Why it is not taken. Holds `errors`: (field of the form, words), and `is_translated` for whether these are in
    the reader's language."""

    def __init__(self, *errors: tuple[str, str], is_translated: bool = True) -> None:
        super().__init__("; ".join(words for _field, words in errors))
        self.errors, self.is_translated = errors, is_translated


class InUse(Exception):
    """A text of the course shows it."""


@dataclass(frozen=True, slots=True)
class MediumUse:
    """A line of a file in which a picture or recording is named."""

    path: str
    line: int


def uses(store: CourseStore) -> dict[str, list[MediumUse]]:
    """Where each picture and recording is named, by its name: once for each line. Files as they are on disk."""
    found: dict[str, list[MediumUse]] = {}
    for path in store.files():
        try:
            text, _digest = store.read(path)
        except (OSError, Problems):
            continue
        if f"{FOLDER}/" not in text:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            for name in dict.fromkeys(_NAME.findall(line)):
                found.setdefault(name, []).append(MediumUse(path, number))
    return found


def add(store: CourseStore, upload: Upload, *, user: Any, now: datetime) -> str:
    """Puts a file into the course and records it; gives what to write where it is to be seen or heard. Flushes.

    Raises UploadRefused, what saving.save raises for the words of a recording, NotPartOfCourse, and ReadOnly.
    """
    if errors := _missing(upload, recordings.is_recorded(upload.raw)):
        raise UploadRefused(*errors)
    try:
        words = _words(store, received(upload.raw, upload.called), upload)
        medium = store.add_medium(upload.raw, upload.called)
    except UnusableFile as refused:
        parts = [part for part in (refused.message, refused.expected, refused.suggestion) if part]
        said = " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts)
        raise UploadRefused(("file", said), is_translated=False) from None
    except OSError as error:
        raise saving.ReadOnly(error.strerror or str(error)) from error
    _record(store, [medium.name], "medium.added", medium.name, user=user, now=now, called=upload.called[:200])
    if words is not None:
        saving.save(store, [words], user=user, now=now, action="file.saved", subject=words.path)
    return written(medium, upload)


def _missing(upload: Upload, recorded: bool) -> list[tuple[str, str]]:
    if not upload.raw:
        return [("file", _("Choose a file."))]
    errors = []
    if len(upload.alt) > LONGEST_ALT:
        errors.append(("alt", _("At most %(number)s characters.", number=LONGEST_ALT)))
    if recorded and not upload.alt:
        errors.append(("alt", _("Say in a few words what is heard or shown: it is the title of the recording.")))
    elif not upload.alt and not upload.is_decorative:
        errors.append(("alt", _("Say what is seen, for those who don’t see it; or say that it is decorative.")))
    if len(upload.words) > LONGEST_WORDS:
        errors.append(("words", _("At most %(number)s characters.", number=LONGEST_WORDS)))
    return errors


def _words(store: CourseStore, medium: Medium, upload: Upload) -> saving.FileChange | None:
    """The words of a recording as the file beside it is to have them; None for what has none, and where that has them
    already. Raises UploadRefused where they are missing or can't be read."""
    if medium.ending not in RECORDINGS or upload.is_listening:
        return None
    before, digest = saving.current(store, medium.captions) if _has_folder(store) else ("", "")
    if not upload.words:
        if before:
            return None
        said = _("Write what is said, for those who don’t hear it; or say that to hear it is what is asked.")
        raise UploadRefused(("words", said))
    plain = medium.ending in SOUND and not upload.words.startswith("WEBVTT")
    text = (_timed(upload.words) if plain else upload.words).rstrip("\n") + "\n"
    _cues, problems = captions.read_captions(text, medium.captions)
    if problems:
        found = [("words", f"Line {each.location.line}: {each.text}.") for each in problems[:3]]
        raise UploadRefused(*found, is_translated=False)
    return saving.FileChange(medium.captions, text, digest) if text != before else None


def _has_folder(store: CourseStore) -> bool:
    return (store.bank / FOLDER).is_dir()


def _timed(words: str) -> str:
    """Lines that are only to be read as WebVTT. Sound shows its words without their times, so a second for each will
    do; video needs the real ones."""
    lines = [line.strip().replace("-->", "→") for line in words.split("\n") if line.strip()]
    cues = (f"{_clock(number)} --> {_clock(number + 1)}\n{line}\n" for number, line in enumerate(lines))
    return "\n".join(["WEBVTT\n", *cues])


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"


def written(medium: Medium, upload: Upload) -> str:
    """The Markdown that shows it."""
    title = LISTENING if upload.is_listening and medium.ending in RECORDINGS else ""
    alt = _MARKS.sub(r"\\\1", " ".join(upload.alt.split()))
    if upload.is_decorative and medium.ending not in RECORDINGS:
        alt, title = "", DECORATIVE
    return f"![{alt}]({medium.name}" + (f' "{title}")' if title else ")")


def remove(store: CourseStore, name: str, *, user: Any, now: datetime) -> None:
    """Takes out a picture or recording that no text shows. Flushes.

    Raises InUse, NotPartOfCourse, FileNotFoundError, and ReadOnly.
    """
    if name in uses(store):
        raise InUse
    try:
        gone = store.remove_medium(name)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise saving.ReadOnly(error.strerror or str(error)) from error
    _record(store, gone, "medium.removed", name, user=user, now=now)


def _record(
    store: CourseStore, paths: list[str], action: str, name: str, *, user: Any, now: datetime, **details: Any
) -> None:
    if store.repository is not None:
        said = f"{'Add' if action == 'medium.added' else 'Remove'} {name}"
        # What was never committed leaves nothing to commit when it goes.
        changed = set(store.repository.uncommitted())
        if touched := [path for path in paths if path in changed]:
            git_history.record(store, touched, said, user=user, now=now)
    audit.record(user, action, name, now=now, files=paths, **details)
