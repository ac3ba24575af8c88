"""Questions as GIFT."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webapp.interchange.contract import WrittenQuestions
from webapp.interchange.losses import LeftOut
from webapp.interchange.own_text import TextWriter, note_filing, stem_of, tags_of, write_each
from webapp.interchange.quantities_out import unit_behind, with_room
from webapp.interchange.shares import shares
from webapp.interchange.words_out import right_words, wrong_words
from webapp.questions.contract import Question
from webapp.questions.numbers import written

_SIGNS = re.compile(r"[\\:#={}~]")
_KEPT = frozenset({"tags"})


def written_gift(questions: Sequence[Question], media: Mapping[str, bytes]) -> WrittenQuestions:
    """The questions as one GIFT file, for Moodle."""
    parts, lines = write_each(questions, _question)
    return WrittenQuestions("\n\n".join(parts).encode() + b"\n", lines)


def escaped(text: str) -> str:
    """A text as it has to stand in GIFT."""
    return _SIGNS.sub(lambda match: "\\" + match[0], text).replace("\r", "").replace("\n", "\\n")


def _html(writer: TextWriter, text: str, *, line: bool = False) -> str:
    made = escaped(writer.html(text, line=line))
    # A text that begins so would be taken for the name of its format.
    return "&\\#91;" + made[1:] if made.startswith("[") else made


def _fed(writer: TextWriter, feedback: str) -> str:
    return f"#{_html(writer, feedback)}" if feedback else ""


def _question(question: Question, writer: TextWriter) -> str:
    write = _WRITERS.get(question.type)
    if write is None:
        raise LeftOut("type-out", question.type)
    note_filing(question, writer, _KEPT)
    inside = write(question, writer)
    stem = _html(writer, stem_of(question, writer) + writer.after_stem)
    general = f"\t####{_html(writer, question.explanation)}\n" if question.explanation else ""
    tags = " ".join(f"[tag:{tag}]" for tag in tags_of(question))
    # Where answers don't stand on lines of their own, what follows the brace tells the kind.
    gap = "\n" if inside.startswith("\t") or (general and not inside) else ""
    body = f"{{{gap}{inside}{general}}}"
    return f"// [id:{question.id}] {tags}\n::{escaped(question.id)}::[html]{stem}{body}"


def _choice(question: Any, writer: TextWriter) -> str:
    note_fixed(question, writer)
    return "".join(
        f"\t{'=' if option.key else '~'}{_html(writer, option.text, line=True)}{_fed(writer, option.feedback)}\n"
        for option in question.options
    )


def _multiple(question: Any, writer: TextWriter) -> str:
    note_fixed(question, writer)
    return "".join(
        f"\t~%{share}%{_html(writer, option.text, line=True)}{_fed(writer, option.feedback)}\n"
        for option, share in zip(question.options, shares(question, writer), strict=True)
    )


def note_fixed(question: Any, writer: TextWriter) -> None:
    """Notes that options keep their place while others are shuffled."""
    if question.shuffle and any(option.fixed for option in question.options):
        writer.lost("fixed-option", "options that keep their place")


def _true_false(question: Any, writer: TextWriter) -> str:
    both = question.feedback.true, question.feedback.false
    right, wrong = both if question.answer else both[::-1]
    word = "TRUE" if question.answer else "FALSE"
    return f"{word}#{_html(writer, wrong)}#{_html(writer, right)}" if right or wrong else word


def _numeric(question: Any, writer: TextWriter) -> str:
    writer.after_stem = unit_behind(question, writer)
    answer = f"\t={written(question.answer)}:{with_room(question.tolerance, question.answer, writer)}\n"
    wrong = "".join(
        f"\t=%0%{written(error.value)}:{with_room(question.tolerance, error.value, writer)}"
        f"{_fed(writer, error.feedback)}\n"
        for error in question.wrong
    )
    return f"#\n{answer}{wrong}"


def _short_text(question: Any, writer: TextWriter) -> str:
    right = "".join(f"\t=%100%{escaped(text)}\n" for text in right_words(question, writer))
    if question.case:
        writer.lost("folding", "capitals matter")
    wrong = "".join(f"\t=%0%{escaped(text)}{_fed(writer, note)}\n" for text, note in wrong_words(question, writer))
    return right + wrong


def _matching(question: Any, writer: TextWriter) -> str:
    note_pairs(question, writer)
    pairs = [(pair.left, pair.right) for pair in question.pairs]
    return _pairs([*pairs, *(("", extra.text) for extra in question.extra)], writer)


def note_pairs(question: Any, writer: TextWriter) -> None:
    """Notes what a matching question says that Moodle has no place for."""
    if question.scoring != "per-pair":
        writer.lost("scoring", question.scoring)
    if any(pair.feedback for pair in question.pairs):
        writer.lost("feedback", "on pairs")
    if any(extra.feedback for extra in question.extra):
        writer.lost("feedback", "on matches that belong to nothing")


def _categorise(question: Any, writer: TextWriter) -> str:
    return _pairs(sorted_pairs(question, writer), writer)


def sorted_pairs(question: Any, writer: TextWriter) -> list[tuple[str, str]]:
    """Things to sort as things to match with the titles of their groups; a group without any belongs to nothing."""
    if len(question.items) < 2:
        raise LeftOut("type-out", "one thing to sort")
    writer.lost("as-matching", "things to sort into groups")
    if question.scoring != "per-item":
        writer.lost("scoring", question.scoring)
    if any(item.feedback for item in question.items):
        writer.lost("feedback", "on things to sort")
    used = {item.category for item in question.items}
    rest = [("", category.title) for category in question.categories if category.id not in used]
    return [*((item.text, question.titles[item.category]) for item in question.items), *rest]


def _pairs(pairs: Sequence[tuple[str, str]], writer: TextWriter) -> str:
    """Matches are plain words in Moodle."""
    return "".join(f"\t={_html(writer, left, line=True)} -> {escaped(writer.plain(right))}\n" for left, right in pairs)


def _ordering(question: Any, writer: TextWriter) -> str:
    note_ends(question, writer)
    kind = "ALL_OR_NOTHING" if question.scoring == "all-or-nothing" else "RELATIVE_ALL_PREVIOUS_AND_NEXT"
    things = "".join(f"{_html(writer, item.text, line=True)}\n" for item in question.items)
    return f">0 ALL VERTICAL {kind} SHOW none\n{things}"


def note_ends(question: Any, writer: TextWriter) -> None:
    """Notes what an ordering question says that Moodle has no place for."""
    if question.first or question.last:
        writer.lost("ends", " … ".join(end for end in (question.first, question.last) if end))
    if any(item.feedback for item in question.items):
        writer.lost("feedback", "on things to put in order")


def _essay(question: Any, writer: TextWriter) -> str:
    note_essay(question, writer)
    if question.takes != "text":
        writer.lost("layout", f"takes: {question.takes}")
    return ""


def note_essay(question: Any, writer: TextWriter) -> None:
    """Notes what a question that people grade says that Moodle has no place for."""
    writer.lost("rubric-out", f"{len(question.rubric)} criteria")
    if question.sample:
        writer.lost("feedback", "a sample answer")


_WRITERS: Mapping[str, Callable[[Any, TextWriter], str]] = {
    "choice": _choice,
    "multiple": _multiple,
    "true_false": _true_false,
    "numeric": _numeric,
    "short_text": _short_text,
    "matching": _matching,
    "categorise": _categorise,
    "ordering": _ordering,
    "essay": _essay,
}
