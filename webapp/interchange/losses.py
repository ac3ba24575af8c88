"""The loss report: what became of each item of a file, in or out. Every item gets exactly one line, so that the sums
are those of the file; nothing is dropped without a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

#: characters of a value that is quoted, and of the text of an item that is left out
_LONGEST_VALUE, _LONGEST_TEXT = 200, 4_000


class LossKind(NamedTuple):
    """What becomes of something that can't be carried, and what its author can do, in words that pages translate.
    `keeps_out`: the item as a whole is left out."""

    became: str
    todo: str
    keeps_out: bool = False


KINDS: Mapping[str, LossKind] = {
    # ------------------------------------------------------------------ what is lost of an item that is carried
    "weights": LossKind(
        "answers that earned a part of the points earn nothing", "add them to the right answers, if they should count"
    ),
    "scoring": LossKind("points are given by the nearest rule there is", "look at `scoring` of the question"),
    "response-processing": LossKind("points are given for what the file names as right", "try the question once"),
    "catch-all": LossKind("the feedback on all other answers is gone", "write it into the explanation"),
    "feedback-combined": LossKind("the feedback on the result as a whole is gone", "write it into the explanation"),
    "feedback": LossKind("this feedback is gone", "write it into the explanation"),
    "penalty": LossKind("nothing is taken off for a hint or another try", "nothing, unless it matters"),
    "hints": LossKind("the hints are gone", "write them where the question is now"),
    "pattern": LossKind("the answers that the pattern takes are gone", "write out those that matter"),
    "spelled-out": LossKind("the pattern was spelled out, and takes the same answers", "nothing"),
    "distance": LossKind("slips of the finger count as wrong", "write out the slips that should count"),
    "folding": LossKind("accents, hyphens and signs at the end count there", "write out what should count, too"),
    "tolerance": LossKind("a share of the answer became the same amount", "nothing: the marks are the same"),
    "unit": LossKind("the unit stands in the question", "nothing, unless other units are to be accepted"),
    "fixed-option": LossKind("options that keep their place are shuffled like the others", "look at their order"),
    "shuffle": LossKind("whether parts change places is decided elsewhere", "set it there"),
    "points": LossKind("what the question is worth became 1", "set its points"),
    "picture-missing": LossKind("the picture is not in the file; its words stand in its place", "add the picture"),
    "picture-remote": LossKind("the picture lies on the web and became a link", "download it and add it"),
    "picture-unusable": LossKind("the picture can't be shown; its words stand in its place", "save it as PNG or JPEG"),
    "picture-words": LossKind("the picture has no words for those who don't see it", "say what is seen on it"),
    "picture-out": LossKind("its words stand in the place of the picture", "add it where the question is now"),
    "recording-out": LossKind("its title stands in the place of the recording", "add it where the question is now"),
    "as-matching": LossKind("groups became matches to choose from", "nothing: the marks are the same"),
    "ends": LossKind("the names of both ends of the order are gone", "write them into the question"),
    "picture-size": LossKind("the size that was set for the picture is gone", "nothing, unless it matters"),
    "html": LossKind("the words stayed, and how they looked is gone", "nothing, unless it matters"),
    "embedded": LossKind("what was embedded is gone", "add it as a picture, a recording or a link"),
    "link": LossKind("the words stayed, and the link is gone", "write an address that begins with https://"),
    "math": LossKind("the formula can't be read and stands as text", "write it anew between dollars"),
    "layout": LossKind("how the parts are laid out is gone", "nothing, unless it matters"),
    "time-limit": LossKind("the time for this question is gone", "set the time of the whole quiz"),
    "rubric": LossKind("it had no criteria; one for the answer as a whole was made", "write the criteria"),
    "rubric-out": LossKind("the criteria are gone", "write them where the question is now"),
    "response-template": LossKind("the text that answers begin with is gone", "write it into the question"),
    "filing": LossKind("where it belongs in the course is gone", "file it there"),
    "category": LossKind("it became a tag of the questions that follow", "sort the questions by their tag"),
    "tags": LossKind("this is no tag here", "add a tag"),
    "title": LossKind("its name is kept in `source` only", "nothing, unless it matters"),
    "answers-too-many": LossKind("this answer counts as wrong now", "look at the right answer"),
    "material": LossKind("the shared text stands before the question", "nothing, unless it matters"),
    "exam": LossKind("that it is kept for exams is gone", "keep the file to yourself"),
    "parameters": LossKind("one of its variants stands for all of them", "nothing, unless values are to differ"),
    "repeated": LossKind("it stands in the list of answers already", "nothing"),
    "column": LossKind("this column means nothing here", "nothing, unless it matters"),
    "written-twice": LossKind("passed over: the same questions stand in another file of the package", "nothing"),
    "encoding": LossKind("the letters were read in this encoding", "look for odd letters"),
    # ------------------------------------------------------------------ what keeps an item out
    "type-unknown": LossKind("it is left out: there is no such type here", "make it anew from its text", True),
    "bank-reference": LossKind("it is left out: its questions lie elsewhere", "export their bank, too", True),
    "type-manual": LossKind("it is left out: nobody could answer it here", "make it anew from its text", True),
    "description": LossKind("it is left out: there is nothing to answer", "write it before a question", True),
    "keys": LossKind("it is left out: not exactly one answer is right", "say there which one is right", True),
    "no-key": LossKind("it is left out: no answer is right", "say there which one is right", True),
    "key-unclear": LossKind("it is left out: which answer is right can't be told", "write it as A, B or C", True),
    "broken": LossKind("it is left out: it can't be read", "mend it where it comes from", True),
    "unfit": LossKind("it is left out: the course could not be loaded with it", "mend it where it comes from", True),
    "duplicate": LossKind("it is left out: the same question stands in the file already", "nothing", True),
    "own": LossKind("it is left out: the course has its own question of this id", "change the id in the file", True),
    "gap": LossKind("it is left out: there is no such gap here", "make a question of each gap", True),
    "any-answer": LossKind("it is left out: every answer is right", "ask for something", True),
    "type-out": LossKind("it is left out: the format has no such type", "choose another format", True),
}


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that could not be carried: what was there."""

    code: str
    was: str

    def __post_init__(self) -> None:
        if self.code not in KINDS:
            raise KeyError(self.code)
        words = " ".join(self.was.split())
        object.__setattr__(self, "was", words if len(words) <= _LONGEST_VALUE else words[: _LONGEST_VALUE - 1] + "…")

    @property
    def became(self) -> str:
        """What became of it, as a clause."""
        return KINDS[self.code].became

    @property
    def todo(self) -> str:
        """What its author can do, as a clause."""
        return KINDS[self.code].todo

    @property
    def keeps_out(self) -> bool:
        """Whether the item as a whole is left out."""
        return KINDS[self.code].keeps_out

    def __str__(self) -> str:
        return f"{self.was}: {self.became}; {self.todo}"


class LeftOut(Exception):
    """An item can't be carried. Holds the loss that says why."""

    def __init__(self, code: str, was: str) -> None:
        super().__init__(was)
        self.loss = Loss(code, was)


class Verdict(StrEnum):
    """What became of an item."""

    CARRIED = "carried"
    WITH_LOSSES = "carried with losses"
    LEFT_OUT = "left out"


def verdict_of(losses: Iterable[Loss]) -> Verdict:
    """What the losses of an item come to."""
    found = list(losses)
    if any(loss.keeps_out for loss in found):
        return Verdict.LEFT_OUT
    return Verdict.WITH_LOSSES if found else Verdict.CARRIED


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What became of one item: its place and title where it comes from, what it was called there, the type and id that
    it has now ("" where it has none), and the text of what is left out."""

    place: str
    title: str
    kind: str
    losses: tuple[Loss, ...] = ()
    type: str = ""
    id: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text[:_LONGEST_TEXT])

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.losses)


@dataclass(frozen=True)
class LossReport:
    """What became of a whole file. `losses` are those of the file itself, such as columns that mean nothing."""

    file: str
    format: str
    lines: tuple[ReportLine, ...]
    losses: tuple[Loss, ...] = ()
    encoding: str = ""
    pictures: int = 0

    @property
    def sums(self) -> dict[Verdict, int]:
        """How many items had which verdict."""
        return {verdict: sum(line.verdict is verdict for line in self.lines) for verdict in Verdict}

    @property
    def folded(self) -> list[tuple[Loss, list[ReportLine]]]:
        """Each loss of the same code and value once, with the lines that have it, in their order."""
        found: dict[Loss, list[ReportLine]] = {}
        for line in self.lines:
            for loss in dict.fromkeys(line.losses):
                found.setdefault(loss, []).append(line)
        return list(found.items())

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "file": self.file,
            "format": self.format,
            "encoding": self.encoding,
            "items": len(self.lines),
            **{verdict.value: number for verdict, number in self.sums.items()},
            "pictures": self.pictures,
            "losses": [_told(loss) for loss in self.losses],
            "lines": [
                {
                    "place": line.place,
                    "title": line.title,
                    "kind": line.kind,
                    "type": line.type,
                    "id": line.id,
                    "verdict": line.verdict.value,
                    "losses": [_told(loss) for loss in line.losses],
                    **({"text": line.text} if line.text else {}),
                }
                for line in self.lines
            ],
        }

    def as_rows(self) -> list[list[str]]:
        """The report as rows of a table, a head first: one for each item, and one more for each further loss."""
        rows = [["place", "title", "kind", "type", "id", "verdict", "code", "what was there", "what became of it",
                 "what to do"]]  # fmt: skip
        for line in self.lines:
            head = [line.place, line.title, line.kind, line.type, line.id, line.verdict.value]
            told: Sequence[Loss | None] = line.losses or (None,)
            rows.extend(
                [*head, *((loss.code, loss.was, loss.became, loss.todo) if loss else ("",) * 4)] for loss in told
            )
        return rows


def _told(loss: Loss) -> dict[str, str]:
    return {"code": loss.code, "was": loss.was, "became": loss.became, "todo": loss.todo}
