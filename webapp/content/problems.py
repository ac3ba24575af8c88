"""What is wrong with the files of a course, and exactly where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from rapidfuzz import fuzz, process

#: what is longer, or among more names than these, is nobody's slip of the finger, and comparing it takes time
_LONGEST_WORD, _MOST_KNOWN = 100, 20_000
#: problems of one place that are told; whoever has made so many mends the first and looks again
MOST_TOLD = 200
#: characters of each text of a problem: what it quotes of a file may be a megabyte
_LONGEST_TEXT = 600

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, order=True, slots=True)
class Location:
    """A place in a file. `file` is relative to the course folder; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. The texts are clauses without a full stop; `code` and `reference` are lint's."""

    location: Location
    message: str
    expected: str = ""
    suggestion: str = ""
    severity: Severity = "error"
    code: str = ""
    reference: str = ""

    def __post_init__(self) -> None:
        for name in ("message", "expected", "suggestion"):
            text = getattr(self, name)
            if len(text) > _LONGEST_TEXT:
                object.__setattr__(self, name, text[: _LONGEST_TEXT - 1] + "…")

    @property
    def text(self) -> str:
        """What is wrong, what was expected, what to do: in one line, without the place."""
        return "; ".join(part for part in (self.message, self.expected, self.suggestion) if part)

    def __str__(self) -> str:
        code = f" [{self.code}]" if self.code else ""
        return f"{self.location}: {self.text}{code}"


class Problems(Exception):
    """All problems found in one go, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(
            sorted(set(problems), key=lambda problem: (problem.location, problem.message, problem.suggestion))
        )
        super().__init__(self.problems)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    def __len__(self) -> int:
        return len(self.problems)

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """“did you mean `answer`?” for the nearest known word, or "" when none is near."""
    nearest = nearest_word(word, known)
    return f"did you mean `{nearest}`?" if nearest else ""


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or None when none is near enough to be meant."""
    if not word or len(word) > _LONGEST_WORD:
        return None
    candidates = [candidate for candidate in islice(known, _MOST_KNOWN) if candidate != word]
    # Two letters swapped in a word of three leave 67 percent; of longer words more has to be left.
    cutoff = 60 if len(word) <= 5 else 70
    found = process.extractOne(word, candidates, scorer=fuzz.ratio, processor=str.lower, score_cutoff=cutoff)
    return found[0] if found else None


def listed(words: Iterable[str], *, limit: int = 12) -> str:
    """`a`, `b` and `c`; a long list is cut and says so."""
    marked = [f"`{word}`" for word in words]
    if len(marked) > limit:
        return ", ".join(marked[:limit]) + f" and {len(marked) - limit} more"
    if len(marked) < 2:
        return "".join(marked)
    return ", ".join(marked[:-1]) + " and " + marked[-1]
