"""Questions from what several formats have in common: answers with a share of the points, pairs, numbers, words.

Whatever a format means by them, it comes here as plain Markdown and fractions; what the course can't say is noted as a
loss, and what it can't hold raises LeftOut.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar, get_args

from webapp.interchange.contract import Values
from webapp.interchange.losses import LeftOut, Loss
from webapp.questions.contract import Difficulty, Level
from webapp.questions.inputs.phrases import folded, tidied
from webapp.questions.numbers import Unreadable, read_number, written
from webapp.questions.responses import LONGEST_ANSWER
from webapp.questions.text import plain

#: the words that an import adds where a course asks for some and the file has none, in the languages that are known
FILL_IN, AS_A_WHOLE = "Fill in the gaps.", "The answer as a whole"
ADDED = {
    FILL_IN: {"de": "Fülle die Lücken aus.", "es": "Completa los huecos.", "fr": "Complète les trous."},
    AS_A_WHOLE: {
        "de": "Die Antwort als Ganzes",
        "es": "La respuesta en conjunto",
        "fr": "La réponse dans son ensemble",
    },
}
T = TypeVar("T")
_SPELLED: dict[int, str] = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("Ä"): "Ae", ord("Ö"): "Oe",
                            ord("Ü"): "Ue", ord("ß"): "ss"}  # fmt: skip
_FILED = {"level": get_args(Level), "difficulty": get_args(Difficulty)}
#: a share such as 33.33333 % is a third
_NEAR = 0.0051
MOST_OPTIONS = 26
#: answers of one question that are looked at
MOST_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class ForeignAnswer:
    """An answer to choose or to type: Markdown (plain words where it is typed), the share of the points that it earns
    (1 is all of them, below 0 takes some off), and its feedback."""

    text: str
    fraction: float
    feedback: str = ""
    tolerance: Decimal = Decimal(0)


def texts(**given: str) -> dict[str, str]:
    """Those of the texts that say something."""
    return {name: text for name, text in given.items() if text}


def choice(answers: Sequence[ForeignAnswer], losses: list[Loss]) -> Values:
    """One out of several. Raises LeftOut."""
    _counted(answers)
    full = [answer for answer in answers if answer.fraction >= 1 - _NEAR]
    if len(full) != 1:
        _no_one_key(answers, full)
    for answer in answers:
        if answer is not full[0] and abs(answer.fraction) > _NEAR:
            losses.append(Loss("weights", f"{percent(answer.fraction)} for “{plain(answer.text)}”"))
    return {"type": "choice", "options": [_option(answer, answer is full[0]) for answer in answers]}


def _no_one_key(answers: Sequence[ForeignAnswer], full: Sequence[ForeignAnswer]) -> None:
    if full:
        raise LeftOut("keys", "all points for each of " + ", ".join(f"“{plain(answer.text)}”" for answer in full))
    best = max(answers, key=lambda answer: answer.fraction)
    raise LeftOut("no-key", f"at most {percent(best.fraction)} for an answer")


def multiple(answers: Sequence[ForeignAnswer], losses: list[Loss]) -> Values:
    """Every right one out of several, where right ones add to the points and wrong ones take off. Raises LeftOut."""
    _counted(answers)
    right = [answer for answer in answers if answer.fraction > 0]
    wrong = [answer for answer in answers if answer.fraction <= 0]
    if not right:
        raise LeftOut("no-key", "no answer adds to the points")
    is_even = all(abs(answer.fraction - 1 / len(right)) <= _NEAR for answer in right)
    if not is_even:
        shares = ", ".join(percent(answer.fraction) for answer in right)
        losses.append(Loss("scoring", f"right answers earn {shares}"))
    if wrong and not all(abs(answer.fraction + 1 / len(wrong)) <= _NEAR for answer in wrong):
        shares = ", ".join(dict.fromkeys(percent(answer.fraction) for answer in wrong))
        losses.append(Loss("scoring", f"wrong answers earn {shares}"))
    options = [_option(answer, answer.fraction > 0) for answer in answers]
    return {"type": "multiple", "scoring": "right-minus-wrong", "options": options}


def _counted(answers: Sequence[ForeignAnswer]) -> None:
    if not 2 <= len(answers) <= MOST_OPTIONS:
        said = f"{len(answers)} to choose from; there may be 2 to {MOST_OPTIONS}"
        raise LeftOut("broken" if len(answers) < 2 else "unfit", said)


def _option(answer: ForeignAnswer, is_key: bool) -> Values:
    if not plain(answer.text) and "](media/" not in answer.text:
        raise LeftOut("broken", "an answer to choose that says nothing")
    return {"text": answer.text, **({"key": "true"} if is_key else {}), **texts(feedback=answer.feedback)}


def percent(fraction: float) -> str:
    """A share as people write it."""
    return f"{fraction * 100:.5g} %"


def true_false(answer: bool, for_true: str, for_false: str) -> Values:
    """A statement that is true or false."""
    feedback = texts(true=for_true, false=for_false)
    return {
        "type": "true_false",
        "answer": "true" if answer else "false",
        **({"feedback": feedback} if feedback else {}),
    }


def short_text(answers: Sequence[ForeignAnswer], losses: list[Loss], *, case: bool = False) -> Values:
    """A word or a phrase to type; `*` stands for anything. Raises LeftOut."""
    return {"type": "short_text", **typed_words(answers, losses, case=case)}


def typed_words(answers: Sequence[ForeignAnswer], losses: list[Loss], *, case: bool = False) -> Values:
    """What `short_text` and a gap to type into have in common. Raises LeftOut."""
    accents = any(not answer.text.isascii() for answer in answers)
    seen: dict[str, bool] = {}
    right: list[str | Values] = []
    wrong: list[Values] = []
    for answer in answers:
        text = " ".join(answer.text.split())
        is_right = answer.fraction >= 1 - _NEAR
        if text == "*":
            if answer.fraction > _NEAR:
                raise LeftOut("any-answer", f"{percent(answer.fraction)} for whatever is typed")
            if answer.feedback:
                losses.append(Loss("catch-all", answer.feedback))
            continue
        if len(text) > LONGEST_ANSWER:
            raise LeftOut("unfit", f"an answer of {len(text):,} characters; there may be {LONGEST_ANSWER}")
        _note_weight(answer, text, losses)
        same = folded(tidied(text, accents=accents), case=case)
        if not same:
            raise LeftOut("unfit", f"the answer “{text}”, of which nothing is left without its signs")
        if same in seen:
            if seen[same] != is_right or answer.feedback:
                losses.append(Loss("repeated", f"“{text}” for {percent(answer.fraction)}"))
            continue
        seen[same] = is_right
        pattern = _pattern(text)
        text = text.replace("\\*", "*")
        if is_right:
            right.append({"pattern": pattern} if pattern else text)
            if answer.feedback:
                losses.append(Loss("feedback", f"on “{text}”: {answer.feedback}"))
        else:
            wrong.append({**({"pattern": pattern} if pattern else {"text": text}), **texts(feedback=answer.feedback)})
    words = [answer for answer in right if isinstance(answer, str)]
    if not words:
        shown = ", ".join(f"“{answer.text}”" for answer in answers)
        raise LeftOut("no-key" if not right else "any-answer", f"the answers {shown}")
    ordered = [*words[:1], *(answer for answer in right if answer is not words[0])]
    return {
        "answers": ordered,
        **({"case": "true"} if case else {}),
        **({"accents": "true"} if accents else {}),
        **({"wrong": wrong} if wrong else {}),
    }


def _pattern(text: str) -> str:
    """A regular expression for a text with stars that stand for anything; empty where there is none."""
    parts = re.split(r"(?<!\\)\*", text)
    return ".*".join(re.escape(part.replace("\\*", "*")) for part in parts) if len(parts) > 1 else ""


def _note_weight(answer: ForeignAnswer, text: str, losses: list[Loss]) -> None:
    if _NEAR < answer.fraction < 1 - _NEAR:
        losses.append(Loss("weights", f"{percent(answer.fraction)} for “{text}”"))


def numeric(answers: Sequence[ForeignAnswer], losses: list[Loss]) -> Values:
    """A number to type; answers are numbers, each with how far from it still counts. Raises LeftOut."""
    return {"type": "numeric", **typed_number(answers, losses)}


def typed_number(answers: Sequence[ForeignAnswer], losses: list[Loss]) -> Values:
    """What `numeric` and a gap for a number have in common. Raises LeftOut."""
    known: list[tuple[Decimal, ForeignAnswer]] = []
    for answer in answers:
        if answer.text.strip() == "*":
            if answer.fraction > _NEAR:
                raise LeftOut("any-answer", f"{percent(answer.fraction)} for whatever is typed")
            if answer.feedback:
                losses.append(Loss("catch-all", answer.feedback))
            continue
        known.append((number(answer.text), answer))
    full = [each for each in known if each[1].fraction >= 1 - _NEAR]
    if len(full) != 1:
        if not full:
            raise LeftOut("no-key", "no number earns all points")
        raise LeftOut("keys", "all points for each of " + ", ".join(answer.text for _, answer in full))
    value, right = full[0]
    if right.feedback:
        losses.append(Loss("feedback", f"on {right.text}: {right.feedback}"))
    wrong: list[Values] = []
    for other, answer in known:
        if answer is right:
            continue
        _note_weight(answer, answer.text, losses)
        if abs(other - value) <= right.tolerance or any(each["value"] == written(other) for each in wrong):
            if answer.fraction <= _NEAR:
                losses.append(Loss("repeated", f"{answer.text}: {answer.feedback}"))
            continue
        wrong.append({"value": written(other), **texts(feedback=answer.feedback)})
    return {
        "answer": written(value),
        **({"tolerance": {"absolute": written(right.tolerance)}} if right.tolerance else {}),
        **({"wrong": wrong} if wrong else {}),
    }


def number(text: str) -> Decimal:
    """A number as a program writes it: `1.5`, `1e-3`, and as people do. Raises LeftOut."""
    tidy = text.strip().replace("−", "-")
    if len(tidy) > 40:
        raise LeftOut("broken", f"the number “{tidy}”")
    try:
        value = Decimal(tidy)
    except InvalidOperation:
        try:
            value = read_number(tidy)
        except Unreadable:
            raise LeftOut("broken", f"“{tidy}” where a number belongs") from None
    # A larger one can't be typed, and would be written out.
    if not value.is_finite() or (value and not -30 <= value.adjusted() <= 30):
        raise LeftOut("unfit", f"the number {tidy}")
    return value


def points(said: str, losses: list[Loss]) -> Values:
    """What a question is worth, as its file says it; nothing where that is a point, or can be no worth."""
    if not said:
        return {}
    worth = number(said)
    if worth <= 0:
        losses.append(Loss("points", said))
        return {}
    return {} if worth == 1 else {"points": written(worth)}


def matching(pairs: Iterable[tuple[str, str]], losses: list[Loss]) -> Values:
    """Things and their matches, in Markdown; a match without a thing belongs to nothing. Raises LeftOut."""
    both, extra = [], []
    matches: set[str] = set()
    for left, right in pairs:
        if not right:
            raise LeftOut("broken", f"“{plain(left)}” without a match" if left else "a pair that says nothing")
        if left:
            both.append({"left": left, "right": right})
            matches.add(plain(right).casefold())
        else:
            extra.append(right)
    if len(both) < 2:
        raise LeftOut("broken", f"{len(both)} of the 2 pairs that are needed")
    others = []
    for text in extra:
        if plain(text).casefold() in matches:
            losses.append(Loss("repeated", f"the match “{plain(text)}”"))
        else:
            matches.add(plain(text).casefold())
            others.append({"text": text})
    return {"type": "matching", "pairs": both, **({"extra": others} if others else {})}


def ordering(items: Sequence[str], *, all_or_nothing: bool) -> Values:
    """Things in their right order. Raises LeftOut."""
    if not 2 <= len(items) <= MOST_OPTIONS:
        raise LeftOut("broken" if len(items) < 2 else "unfit", f"{len(items)} things to put in order")
    if not all(items):
        raise LeftOut("broken", "a thing to put in order that says nothing")
    values: Values = {"type": "ordering", "items": [{"text": text} for text in items]}
    return {**values, "scoring": "all-or-nothing"} if all_or_nothing else values


def essay(losses: list[Loss], *, most_words: str = "", least_words: str = "") -> Values:
    """A text that people grade, by one criterion for all of it."""
    losses.append(Loss("rubric", "an answer that somebody grades"))
    return {
        "type": "essay",
        "rubric": [{"text": AS_A_WHOLE, "points": "1"}],
        **texts(min_words=least_words, max_words=most_words),
    }


def filed(tags: Iterable[str], losses: list[Loss]) -> Values:
    """What tags say: `level:apply` and `difficulty:hard` are that, the others are tags."""
    values: Values = {}
    kept: dict[str, None] = {}
    for tag in tags:
        field, _, value = tag.partition(":")
        if value in _FILED.get(field, ()):
            values.setdefault(field, value)
        elif made := slug(tag):
            kept[made] = None
        elif tag.strip():
            losses.append(Loss("tags", tag))
    return {**values, **({"tags": list(kept)} if kept else {})}


def bounded(pieces: list[T]) -> list[T]:
    """The answers of a question, if they are not more than any question has. Raises LeftOut."""
    if len(pieces) > MOST_ANSWERS:
        raise LeftOut("unfit", f"{len(pieces):,} answers")
    return pieces


def slug(text: str, longest: int = 60) -> str:
    """Words as an id: `Größe & Maß` is `groesse-mass`; empty where nothing is left."""
    spelled = text.translate(_SPELLED)
    letters = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode().lower()
    made = ""
    for word in re.findall("[a-z0-9]+", letters):
        if len(made) + len(word) + 1 > longest:
            return made or word[:longest]
        made = f"{made}-{word}" if made else word
    return made
