"""What a figure means, in plain words, and what to do about it. The bounds are those of Moodle's "Quiz report
statistics" (https://docs.moodle.org/en/Quiz_report_statistics), put in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _

from webapp.reports.statistics.figures import QuestionFigures, QuizFigures
from webapp.reports.statistics.items import QuestionReport
from webapp.web.localisation import in_quotes

Verdict = Literal["good", "fair", "poor", "plain", "unknown"]
Unit = Literal["percent", "index", "seconds", "share"]


@dataclass(frozen=True)
class Interpretation:
    """One figure with its name, what it measures, and what this value says; `value` is None where there is none."""

    key: str
    name: str
    value: float | None
    unit: Unit
    meaning: str
    verdict: Verdict
    advice: str


def _interpretation(
    key: str, name: str, value: float | None, unit: Unit, meaning: str, judged: tuple[Verdict, str]
) -> Interpretation:
    if value is None:
        return Interpretation(key, name, None, unit, meaning, "unknown", _("It can't be computed from these answers."))
    verdict, advice = judged
    return Interpretation(key, name, value, unit, meaning, verdict, advice)


def of_quiz(figures: QuizFigures) -> list[Interpretation]:
    """What the figures of a quiz say."""
    same = figures.same_papers
    return [
        _interpretation(
            "mean", _("Mean"), figures.mean, "percent",
            _("The average of all attempts that count here."),
            _mean(figures.mean or 0.0),
        ),
        _interpretation(
            "median", _("Median"), figures.median, "percent",
            _("Half of the attempts lie below it, half above."),
            _median(figures.median or 0.0, figures.mean or 0.0),
        ),
        _interpretation(
            "deviation", _("Standard deviation"), figures.deviation, "percent",
            _("How far attempts typically lie from the mean."),
            _deviation(figures.deviation or 0.0),
        ),
        _interpretation(
            "skewness", _("Skewness"), figures.skewness, "index",
            _("Which way the attempts lean: below 0, a tail of weak ones; above 0, a tail of strong ones."),
            _skewness(figures.skewness or 0.0),
        ),
        _interpretation(
            "kurtosis", _("Kurtosis"), figures.kurtosis, "index",
            _("How peaked they are against a bell curve, which has 0."),
            _kurtosis(figures.kurtosis or 0.0),
        ),
        _interpretation(
            "consistency", _("Internal consistency"), figures.consistency, "percent",
            _("Cronbach’s alpha: whether the questions measure the same thing.") if same else
            _("Cronbach’s alpha, place by place, because papers are drawn: a cautious figure. It says whether the "
              "questions measure the same thing."),
            _consistency(figures.consistency or 0.0),
        ),
        _interpretation(
            "error_ratio", _("Error ratio"), figures.error_ratio, "percent",
            _("How much of the spread of results is chance."),
            _error_ratio(figures.error_ratio or 0.0),
        ),
        _interpretation(
            "standard_error", _("Standard error"), figures.standard_error, "percent",
            _("How far a result typically lies, by chance, from what the learner can do."),
            _standard_error(figures.standard_error or 0.0),
        ),
    ]  # fmt: skip


def _mean(value: float) -> tuple[Verdict, str]:
    if value < 50:
        return "poor", _("Harder than is useful: look for the hardest questions below, and at what the lesson says.")
    if value <= 85:
        return "good", _("Leaves room to tell learners apart. Nothing to do.")
    return "fair", _("Easy for most. Fine for practice; for a grade, ask some harder questions.")


def _median(value: float, mean: float) -> tuple[Verdict, str]:
    if abs(value - mean) <= 5:
        return "good", _("Close to the mean: no small group pulls the average.")
    if value > mean:
        return "fair", _("Above the mean: some weak attempts pull the average down. See who they are in the gradebook.")
    return "fair", _("Below the mean: some strong attempts pull the average up.")


def _deviation(value: float) -> tuple[Verdict, str]:
    if value < 8:
        return "fair", _("Results lie close together, so the quiz tells little about who knows more.")
    if value <= 25:
        return "good", _("Results spread enough to tell learners apart. Nothing to do.")
    return "fair", _("Results spread widely: some learners may have missed the lesson altogether.")


def _skewness(value: float) -> tuple[Verdict, str]:
    if value < -1:
        return "fair", _("Most did well, and the quiz hardly tells good from very good. Add harder questions.")
    if value > 1:
        return "fair", _("Most found it hard, and the quiz hardly tells weak from very weak. Add easier questions.")
    return "good", _("Even enough. Nothing to do.")


def _kurtosis(value: float) -> tuple[Verdict, str]:
    if value > 1:
        return "fair", _("Many attempts have nearly the same result. Questions of other difficulty would spread them.")
    if value < -1.2:
        return "fair", _("Two groups rather than one: those who know it and those who don’t.")
    return "good", _("Close enough to a bell curve. Nothing to do.")


def _consistency(value: float) -> tuple[Verdict, str]:
    if value >= 75:
        return "good", _("Good enough to rely on.")
    if value >= 64:
        return "fair", _("Fair. More questions, or better ones in place of the weakest below, would raise it.")
    return "poor", _(
        "Too low to grade by alone: the quiz is short, or some questions measure something else. Start with those of "
        "the lowest discrimination."
    )


def _error_ratio(value: float) -> tuple[Verdict, str]:
    if value <= 50:
        return "good", _("At most half is chance. Nothing to do.")
    return "fair", _("More than half is chance. Don’t make much of small differences between learners.")


def _standard_error(value: float) -> tuple[Verdict, str]:
    if value <= 8:
        return "good", _("Small enough for grades in steps of ten percent.")
    return "fair", _("Two learners who differ by less than this can’t be told apart by this quiz.")


def of_item(figures: QuestionFigures, guess: float) -> list[Interpretation]:
    """What the figures of one question say; `guess` is the percent to expect of a blind guess."""
    return [
        _interpretation(
            "facility", _("Facility"), figures.facility, "percent",
            _("The average mark, in percent of the possible one."),
            _facility(figures.facility or 0.0, guess),
        ),
        _interpretation(
            "deviation", _("Standard deviation"), figures.deviation, "percent",
            _("How far marks typically lie from that average; for right-or-wrong questions at most about 50."),
            _item_deviation(figures.deviation or 0.0),
        ),
        _interpretation(
            "guess", _("Random guess"), guess, "percent",
            _("What somebody who knows nothing would earn on average."),
            _guess(guess),
        ),
        _interpretation(
            "discrimination", _("Discrimination"), figures.discrimination, "percent",
            _("Whether those who do well in the rest of the quiz do well here: the correlation with the rest."),
            _discrimination(figures.discrimination or 0.0),
        ),
        _interpretation(
            "efficiency", _("Discriminative efficiency"), figures.efficiency, "percent",
            _("The same, against the most that a question this hard could reach."),
            _efficiency(figures.efficiency or 0.0),
        ),
        _interpretation(
            "intended_weight", _("Intended weight"), figures.intended_weight, "percent",
            _("Its share of the points of an average paper."),
            ("plain", _("You set it by the points.")),
        ),
        _interpretation(
            "effective_weight", _("Effective weight"), figures.effective_weight, "percent",
            _("Its share of what makes results differ. It has none where it works against the rest of the quiz."),
            _effective(figures.effective_weight or 0.0, figures.intended_weight or 0.0),
        ),
        _interpretation(
            "seconds", _("Time taken"), figures.seconds, "seconds",
            _("The median time with the question open, as far as browsers told."),
            ("plain", _("If it is long for what is asked, the wording may be hard to read.")),
        ),
    ]  # fmt: skip


def _facility(value: float, guess: float) -> tuple[Verdict, str]:
    if value < guess - 3:
        return "poor", _("Below a blind guess: something misleads. Check the key first, then the wording.")
    if value < 20:
        return "poor", _("Very hard. Check the key, and whether the lesson says enough.")
    if value < 35:
        return "fair", _("Hard. Fine for a few; make sure the lesson prepares for it.")
    if value <= 80:
        return "good", _("About right. Nothing to do.")
    if value < 95:
        return "fair", _("Easy. Good to begin with; it tells little about who knows more.")
    return "fair", _("Nearly everybody gets it right. Keep it to encourage, or replace a distractor nobody believes.")


def _item_deviation(value: float) -> tuple[Verdict, str]:
    if value < 15:
        return "fair", _("Nearly all earn the same, so it can’t tell learners apart.")
    return "good", _("Marks differ enough to tell something. Nothing to do.")


def _guess(value: float) -> tuple[Verdict, str]:
    if value >= 50:
        return "fair", _("Half or more comes free. A further distractor, or another type, would lower it.")
    return "plain", _("Read the facility against this.")


def _discrimination(value: float) -> tuple[Verdict, str]:
    if value < 0:
        return "poor", _(
            "Strong learners do worse here than weak ones. Check the key, then look for a second right answer."
        )
    if value < 20:
        return "poor", _("Hardly tells learners apart. Look at the options below: which one tempts the strong?")
    if value < 30:
        return "fair", _("Weak. Sharpen the wording, or replace an option nobody picks.")
    if value < 50:
        return "good", _("Adequate. Nothing to do.")
    return "good", _("Very good. Nothing to do.")


def _efficiency(value: float) -> tuple[Verdict, str]:
    if value < 0:
        return "poor", _("It works against the rest of the quiz. Check the key.")
    if value < 50:
        return "fair", _("It could separate learners better than it does; the wording or a distractor gets in the way.")
    return "good", _("It does what a question this hard can. Nothing to do.")


def _effective(value: float, intended: float) -> tuple[Verdict, str]:
    if intended and value > 1.5 * intended:
        return "fair", _(
            "It decides more than you meant it to. Fewer points, or more questions like it, would even it out."
        )
    if intended and value < 0.5 * intended:
        return "fair", _("It decides less than you meant it to, mostly because nearly all earn the same.")
    return "good", _("Close to what you meant. Nothing to do.")


def of_options(report: QuestionReport) -> tuple[Verdict, str] | None:
    """What the options' shares by third say of the key; None where there are no thirds or no single key."""
    keys = [share for share in report.shares if share.is_key]
    wrong = [share for share in report.shares if not share.is_key]
    if len(keys) != 1 or not wrong or keys[0].upper is None:
        return None
    key = keys[0]
    strong = max(wrong, key=lambda share: share.upper or 0.0)
    weak = max(wrong, key=lambda share: share.lower or 0.0)
    if (strong.upper or 0.0) > (key.upper or 0.0):
        return "poor", _(
            "The strongest third choose %(wrong)s more often than the key: check the key.",
            wrong=in_quotes(strong.label),
        )
    if (weak.lower or 0.0) > (key.upper or 0.0):
        return "poor", _(
            "Weak learners choose %(wrong)s more often than strong ones choose the key: check the key.",
            wrong=in_quotes(weak.label),
        )
    if (key.lower or 0.0) > (key.upper or 0.0):
        return "poor", _("Weak learners find the key more often than strong ones: check the key and the wording.")
    return "good", _("The stronger the learners, the more often they choose the key, as it should be.")
