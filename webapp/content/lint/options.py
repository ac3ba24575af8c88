"""Flaws of options to choose from: each a small function."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from webapp.content.lint.rules import HDR, Context, Finding, LintedQuestion, question_rule
from webapp.content.lint.words import WORD, roots_of
from webapp.content.numbers import numbers_in
from webapp.questions.text import plain


@question_rule("key-longest", "The right answer is much longer than the others", f"{HDR}, 24 and 28d")
def key_longest(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for options in linted.option_lists:
        key, lengths = options.only_key, [len(text) for text in options.texts]
        if key is None or len(lengths) < 3:
            continue
        second = max(length for place, length in enumerate(lengths) if place != key)
        if lengths[key] >= second + 15 and lengths[key] >= 1.3 * second:
            yield Finding(
                options.at(key, "text"),
                f"the key has {lengths[key]} letters and the next longest option {second}",
                "shorten the key, or say as much in the others",
            )


_OF_THE_ABOVE = (
    r"(?:of )?(?:the |these|those|them)?(?:above|answers|options)?(?: (?:above|(?:are|is) (?:right|true|correct)))?"
)
_ALL = re.compile(rf"^\W*(?:all|both|each) {_OF_THE_ABOVE}\W*$", re.IGNORECASE)
_NONE = re.compile(rf"^\W*(?:none|neither) {_OF_THE_ABOVE}\W*$", re.IGNORECASE)


@question_rule("all-of-the-above", "“All of the above” rewards knowing two of the options", f"{HDR}, 26")
def all_of_the_above(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for options in linted.option_lists:
        for place, text in enumerate(options.texts):
            if _ALL.match(text):
                yield Finding(options.at(place, "text"), f"the option is “{text}”", "use the type `multiple`")


@question_rule("none-of-the-above", "“None of the above” does not show what is known", f"{HDR}, 25")
def none_of_the_above(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for options in linted.option_lists:
        for place, text in enumerate(options.texts):
            if _NONE.match(text):
                yield Finding(
                    options.at(place, "text"), f"the option is “{text}”", "write a plausible wrong answer instead"
                )


_RANGE = re.compile(r"^\D*?(?P<low>\d[\d,.]*)\s*(?:–|-|to|and)\s*(?P<high>\d[\d,.]*)\D*$")
_BOUND = re.compile(
    r"^(?:about |roughly )?(?:(?P<more>more than|over|above|at least)|(?P<less>less than|under|below|up to|at most))\b"
    r"\D*(?P<value>\d[\d,.]*)\D*$",
    re.IGNORECASE,
)


def _decimal(text: str) -> Decimal:
    return Decimal(text.rstrip(".,").replace(",", "") or "0")


def _interval(text: str) -> tuple[Decimal, Decimal, bool] | None:
    """(low, high, is a range) of an option that is a number or a range of numbers and little else."""
    if len(WORD.findall(text)) > 6:
        return None
    if match := _BOUND.match(text):
        value = _decimal(match["value"])
        inclusive = (match["more"] or match["less"]).lower() in ("at least", "at most", "up to")
        nudge = Decimal(0) if inclusive else Decimal("0.000001")
        return (
            (value + nudge, Decimal("Infinity"), True) if match["more"] else (-Decimal("Infinity"), value - nudge, True)
        )
    if match := _RANGE.match(text):
        low, high = _decimal(match["low"]), _decimal(match["high"])
        return (low, high, True) if low <= high else None
    found = list(numbers_in(text))
    if len(found) != 1:
        return None
    return found[0].scaled, found[0].scaled, False


@question_rule("options-overlap", "Two options can be right at once", f"{HDR}, 22")
def options_overlap(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for options in linted.option_lists:
        if options.only_key is None:
            continue
        spans = [_interval(text) for text in options.texts]
        known = [(place, span) for place, span in enumerate(spans) if span]
        for number, (place, span) in enumerate(known):
            for other, earlier in known[:number]:
                ranges = span[2] or earlier[2]
                if ranges and span[0] <= earlier[1] and earlier[0] <= span[1]:
                    yield Finding(
                        options.at(place, "text"),
                        f"“{options.texts[place]}” overlaps with “{options.texts[other]}”",
                        "let each number belong to one option, as in 10–19 and 20–29",
                    )


@question_rule("options-unordered", "Numbers to choose from are easier to find in their order", f"{HDR}, 21")
def options_unordered(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for options in linted.option_lists:
        spans = [_interval(text) for text in options.texts]
        lows = [span[0] for span in spans if span]
        if len(lows) < 3 or len(lows) != len(spans):
            continue
        if lows != sorted(lows) and lows != sorted(lows, reverse=True):
            yield Finding(options.path, "the numbers among the options are not in order", "sort them", key=True)
        elif options.answers_stem and linted.question.shuffle and not all(option.fixed for option in options.options):
            yield Finding(
                options.path,
                "the options are numbers in order, and each paper shuffles them",
                "add `shuffle: false`",
                key=True,
            )


_VOWEL = re.compile(r"^[^\W\d_]*?[aeiou8]", re.IGNORECASE)


def _takes_an(text: str) -> bool:
    word = text.lstrip("\"'“‘*_(").lower()
    if re.match(r"(?:uni|use|usu|eu|one|ubi|u[rs]\b)", word):
        return False
    return bool(re.match(r"(?:[aeiou]|8|11\b|18\b|hon|hour|heir)", word))


def _plural(text: str) -> bool:
    words = WORD.findall(text)
    return bool(words) and words[-1].lower().endswith("s") and not words[-1].lower().endswith(("ss", "us", "is"))


@question_rule("grammar-cue", "The grammar of the text rules options out", f"{HDR}, 28c")
def grammar_cue(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for options in linted.option_lists:
        words = WORD.findall(plain(options.before.rstrip(" .:…_?")))
        last = words[-1].lower() if words else ""
        texts = options.texts
        if last in ("a", "an"):
            fits = [_takes_an(text) == (last == "an") for text in texts]
        elif (
            last in ("is", "was", "are", "were")
            and options.only_key is not None
            and all(len(t.split()) <= 3 for t in texts)
        ):
            fits = [_plural(text) == _plural(texts[options.only_key]) for text in texts]
        else:
            continue
        if not all(fits):
            place = fits.index(False)
            suggestion = (
                "write “a(n)”, or put the article into the options" if last in ("a", "an") else "make all alike"
            )
            yield Finding(
                options.at(place, "text"), f"“{texts[place]}” does not fit the grammar of “… {last}”", suggestion
            )


def _is_everyday(root: str, context: Context) -> bool:
    """Whether so many questions of the course use a word that it gives nothing away: one in thirty, and at least 5."""
    if "roots" not in context.memory:
        asked = [linted.question.stem for linted in context.questions]
        context.memory["roots"] = Counter(root for stem in asked for root in roots_of(stem))
    counts: Counter[str] = context.memory["roots"]
    return counts[root] >= max(5, len(context.questions) / 30)


@question_rule("clang", "A word of the question is repeated in the right answer alone", f"{HDR}, 28b", "note")
def clang(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for options in linted.option_lists:
        key = options.only_key
        if key is None or len(options.options) < 3 or not options.answers_stem:
            continue
        roots = [roots_of(option.text) for option in options.options]
        others = set().union(*(found for place, found in enumerate(roots) if place != key))
        shared = [root for root in roots[key] if root in roots_of(options.before) and root not in others]
        telling = [root for root in shared if not _is_everyday(root, context)]
        if telling:
            word = roots[key][telling[0]]
            yield Finding(
                options.at(key, "text"),
                f"the key alone repeats “{word}” from the question",
                "use another word, or the same word in a wrong option",
                needle=word,
            )
