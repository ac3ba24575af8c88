"""Flaws that only show over the whole bank."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from webapp.content.file_names import COURSE_FILE
from webapp.content.lint.rules import HDR, HERE, Context, Finding, LintedQuestion, course_rule, question_rule
from webapp.content.lint.similar import similar, words_of
from webapp.content.problems import Location
from webapp.questions import type_of
from webapp.questions.text import plain

Found = tuple[Location, str, str]

RECALL_SHARE = 0.40
FEWEST = 30
"""Below so many questions, shares and positions say nothing."""


def _asked(linted: LintedQuestion) -> str:
    """What a question asks, as it is written."""
    return "\n\n".join(type_of(linted.question).asked(linted.question))


def _twins(context: Context) -> dict[str, tuple[LintedQuestion, float]]:
    """For each question that is nearly an earlier one: that one, and how like it is."""
    if "twins" not in context.memory:
        asking = [linted for linted in context.questions if not linted.is_check]
        context.memory["twins"] = {
            asking[later].question.id: (asking[earlier], likeness)
            for later, earlier, likeness in similar([plain(_asked(linted)) for linted in asking])
        }
    twins: dict[str, tuple[LintedQuestion, float]] = context.memory["twins"]
    return twins


def twins_of(linted: LintedQuestion, context: Context) -> dict[str, tuple[LintedQuestion, float]]:
    """The same for one question alone: compared only with those that share most of its words as they are written,
    which leaves out none that is a twin and spares reading a large bank as Markdown."""
    own = set(words_of(_asked(linted)))

    def near(other: LintedQuestion) -> bool:
        if other.is_check or len(other.question.stem) > 20 * len(own) + 200:
            return False
        theirs = set(words_of(_asked(other)))
        return len(own & theirs) >= 0.7 * max(len(own), len(theirs))

    return _twins(Context(context.course, tuple(other for other in context.questions if near(other))))


@question_rule("near-duplicate", "Two questions ask nearly the same", f"{HDR}, 4")
def near_duplicate(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    found = _twins(context).get(linted.question.id)
    if found and not linted.is_check:
        there, likeness = found
        yield Finding(
            ("stem",),
            f"the question asks nearly the same as `{there.question.id}` ({likeness:.0%} of the words are shared; "
            f"{there.locate(('stem',))})",
            "change one of the two, or retire it",
        )


def chi_square_p(statistic: float, freedom: int) -> float:
    """The chance of a chi-square statistic this large or larger: the upper regularised gamma function Q(k/2, x/2).

    By its series below the mean and its continued fraction above (Press et al., Numerical Recipes, 6.2).
    """
    if statistic <= 0 or freedom <= 0:
        return 1.0
    a, x = freedom / 2, statistic / 2
    scale = math.exp(-x + a * math.log(x) - math.lgamma(a)) if x < 700 else 0.0
    if x < a + 1:
        term = total = 1 / a
        n = a
        while abs(term) > abs(total) * 1e-12:
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1 - total * scale)
    tiny = 1e-300
    b = x + 1 - a
    c = 1 / tiny
    d = 1 / b
    fraction = d
    for i in range(1, 1000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b or tiny)
        c = b + an / c or tiny
        step = d * c
        fraction *= step
        if abs(step - 1) < 1e-12:
            break
    return scale * fraction


def key_places(questions: Iterable[LintedQuestion]) -> dict[int, Counter[int]]:
    """How often the key stands at each place (from 1), by the number of options."""
    places: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for linted in questions:
        for options in linted.option_lists:
            if options.only_key is not None and options.answers_stem and len(options.options) > 1:
                places[len(options.options)][options.only_key + 1] += 1
    return dict(places)


@course_rule("key-positions", "The right answer stands in some places more often than in others", f"{HDR}, 20")
def key_positions(context: Context) -> Iterator[Found]:
    asking = [linted for linted in context.questions if not linted.is_check]
    statistic, freedom, total = 0.0, 0, 0
    worst: tuple[float, str] = (0.0, "")
    for options, places in sorted(key_places(asking).items()):
        count = places.total()
        expected = count / options
        if expected < 5:
            # The usual condition for the chi-square approximation (Cochran 1954).
            continue
        statistic += sum((places[place] - expected) ** 2 / expected for place in range(1, options + 1))
        freedom += options - 1
        total += count
        for place in range(1, options + 1):
            excess = (places[place] - expected) / math.sqrt(expected)
            if excess > worst[0]:
                worst = (
                    excess,
                    f"place {place} has the key in {places[place]} of {count} questions with {options} options, where "
                    f"about {expected:.0f} would be even",
                )
    p = chi_square_p(statistic, freedom)
    if total >= FEWEST and p < 0.01:
        yield (
            Location(COURSE_FILE),
            f"the keys stand unevenly: {worst[1]} (chi-square {statistic:.1f} with {freedom} degrees of freedom, "
            f"p {_p(p)})",
            "move keys to other places in the files",
        )


@course_rule("key-longest-often", "The right answer is the longest too often, or too seldom", f"{HDR}, 24")
def key_longest_often(context: Context) -> Iterator[Found]:
    longest, expected, variance, count = 0, 0.0, 0.0, 0
    for linted in context.questions:
        for options in linted.option_lists if not linted.is_check else ():
            lengths = [len(text) for text in options.texts]
            if options.only_key is None or len(lengths) < 3 or not options.answers_stem:
                continue
            count += 1
            longest += lengths[options.only_key] > max(size for n, size in enumerate(lengths) if n != options.only_key)
            expected += 1 / len(lengths)
            variance += (1 / len(lengths)) * (1 - 1 / len(lengths))
    # Two-sided: a key that is hardly ever the longest is found by striking out the longest option.
    off = longest - expected
    if count >= FEWEST and abs(off) > 3 * math.sqrt(variance):
        yield (
            Location(COURSE_FILE),
            f"the key is the longest option in {longest} of {count} questions; chance would give about {expected:.0f}",
            "lengthen wrong options or shorten keys" if off > 0 else "shorten wrong options or lengthen keys",
        )


@course_rule("recall-share", "Too many questions only ask to remember", f"{HDR}, 3")
def recall_share(context: Context) -> Iterator[Found]:
    levels = Counter(linted.question.level for linted in context.questions if not linted.is_check)
    total = levels.total()
    if total >= 10 and levels["recall"] > RECALL_SHARE * total:
        yield (
            Location(COURSE_FILE),
            f"{levels['recall']} of {total} questions ({levels['recall'] / total:.0%}) are on the level recall, where "
            f"{RECALL_SHARE:.0%} is the most there should be",
            "write questions that apply or analyse something new",
        )


@course_rule("fact-untaught", "A fact of the ledger is in no lesson", HERE)
def fact_untaught(context: Context) -> Iterator[Found]:
    if not context.course.rules.fact_for_each_question:
        return
    for name, place in _fact_places(context, {fact.id for fact in context.course.untaught}):
        yield place, f"no lesson cites the fact `{name}`", "cite it as [@id] where it is said, or take it out"


@course_rule("fact-untested", "A fact of the ledger is in no question", HERE, "note")
def fact_untested(context: Context) -> Iterator[Found]:
    if not context.course.rules.fact_for_each_question:
        return
    for name, place in _fact_places(context, {fact.id for fact in context.course.untested}):
        yield (
            place,
            f"no question asks for the fact `{name}`",
            "write one, or add the id under `facts:` where it is asked",
        )


def _fact_places(context: Context, names: set[str]) -> Iterator[tuple[str, Location]]:
    ledger = context.course.ledger
    if ledger is None or not names:
        return
    document = context.course.document(context.course.ledger_path)
    for number, fact in enumerate(ledger.facts):
        if fact.id in names:
            yield fact.id, document.locate(("facts", number, "id"))


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
