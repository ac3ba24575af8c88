"""The words of a recording with their times, from a WebVTT file: captions of a video, and the transcript of both.

What is served is written anew from the cues, so that no style, region or mark of the file comes along.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

from webapp.content.problems import MOST_TOLD, Location, Problem

_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMES = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?")
_SPEAKER = re.compile(r"<v(?:\.[^ \t>]*)*[ \t]+([^>]*)>")
_MARK = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said from one time to another, in milliseconds. Who says it stands in front, with a colon."""

    start: int
    end: int
    text: str


def read_captions(text: str, path: str) -> tuple[tuple[Cue, ...], list[Problem]]:
    """The cues of a WebVTT text, and what is wrong with it."""
    cues: list[Cue] = []
    problems: list[Problem] = []

    def report(line: int, message: str, expected: str = "", suggestion: str = "") -> None:
        if len(problems) < MOST_TOLD:
            problems.append(Problem(Location(path, line), message, expected, suggestion))

    lines = text.split("\n")
    if not re.match(r"WEBVTT(?:[ \t]|$)", lines[0]):
        report(1, "the file does not begin with WEBVTT", "expected captions in the form WebVTT", "write WEBVTT on top")
        return (), problems
    number = 1
    while number < len(lines):
        block = number
        while block < len(lines) and lines[block].strip():
            block += 1
        _read_block(lines[number:block], number + 1, cues, report)
        number = block + 1
    if not cues and not problems:
        report(1, "the captions hold no words", "expected times and words, as in 00:01.000 --> 00:03.500 and a line")
    return tuple(cues), problems


def _read_block(lines: list[str], first: int, cues: list[Cue], report: Callable[..., None]) -> None:
    if not lines or re.match(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)", lines[0]):
        return
    place = 0 if "-->" in lines[0] else 1
    if place >= len(lines) or "-->" not in lines[place]:
        report(first, "there is no time above these words", "expected a line such as 00:01.000 --> 00:03.500")
        return
    match = _TIMES.fullmatch(lines[place].strip())
    if match is None:
        report(first + place, "the times can't be read", "expected two, as in 00:01.000 --> 00:03.500")
        return
    start, end = _milliseconds(match.groups()[:4]), _milliseconds(match.groups()[4:])
    if end <= start or (cues and start < cues[-1].start):
        expected = "expected an end after the beginning, and cues in the order of time"
        report(first + place, "the times are not in order", expected)
        return
    words = _words("\n".join(lines[place + 1 :]))
    if words:
        cues.append(Cue(start, end, words))


def _words(marked: str) -> str:
    spoken = _MARK.sub("", _SPEAKER.sub(lambda match: f"{match[1].strip()}: ", marked))
    return " ".join(unescape(spoken).split())


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def written(cues: tuple[Cue, ...]) -> str:
    """The cues as WebVTT."""
    parts = [f"{_clock(cue.start)} --> {_clock(cue.end)}\n{escape(cue.text, quote=False)}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *parts])


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
