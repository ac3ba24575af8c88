"""The formulas, against figures worked out by hand."""

from __future__ import annotations

import random
from math import sqrt

import pytest

from webapp.reports.statistics import distributions, figures, tally
from webapp.reports.statistics.question_marks import QuestionMarks
from webapp.reports.statistics.tally import AnswerRow, Tally


def rows(papers: list[list[tuple[str, float]]], seconds: int = 0) -> list[AnswerRow]:
    """Papers as rows: (question, mark) in order, each worth 1."""
    return [
        (number, name, place, mark, 1.0, seconds)
        for number, paper in enumerate(papers, 1)
        for place, (name, mark) in enumerate(paper, 1)
    ]


#: four learners at three questions: totals 3, 2, 1, 0
PAPERS = [
    [("a", 1.0), ("b", 1.0), ("c", 1.0)],
    [("a", 1.0), ("b", 1.0), ("c", 0.0)],
    [("a", 1.0), ("b", 0.0), ("c", 0.0)],
    [("a", 0.0), ("b", 0.0), ("c", 0.0)],
]


def test_mean_median_and_deviation_by_hand() -> None:
    values = {2.0: 1, 4.0: 3, 5.0: 2, 7.0: 1, 9.0: 1}  # 2 4 4 4 5 5 7 9: mean 5, squares 32
    assert distributions.mean(values) == 5
    assert distributions.median(values) == 4.5
    assert distributions.variance(values) == pytest.approx(32 / 7)
    assert distributions.deviation(values) == pytest.approx(sqrt(32 / 7))


def test_skewness_and_kurtosis_by_hand() -> None:
    # 2 4 4 4 5 5 7 9 around 5: cubes -27 -1 -1 -1 0 0 8 64 = 42; fourth powers 81 1 1 1 0 0 16 256 = 356
    values = {2.0: 1, 4.0: 3, 5.0: 2, 7.0: 1, 9.0: 1}
    m2, m3, m4, n = 32 / 8, 42 / 8, 356 / 8, 8
    k2, k3 = 32 / 7, n**2 * m3 / (7 * 6)
    k4 = n**2 * (9 * m4 - 3 * 7 * m2**2) / (7 * 6 * 5)
    assert distributions.skewness(values) == pytest.approx(k3 / k2**1.5) == pytest.approx(0.8184876)
    assert distributions.kurtosis(values) == pytest.approx(k4 / k2**2) == pytest.approx(0.940625)


def test_nothing_is_made_of_too_few_or_equal_values() -> None:
    assert distributions.mean({}) is None
    assert distributions.median({}) is None
    assert distributions.deviation({3.0: 1}) is None
    assert distributions.skewness({3.0: 9}) is None
    assert distributions.kurtosis({1.0: 1, 2.0: 1, 4.0: 1}) is None
    assert figures.consistency([0.25], 1.0) is None
    assert figures.consistency([0.25, 0.25], 0.0) is None


def test_a_quiz_by_hand() -> None:
    figures = Tally().take([rows(PAPERS)]).quiz()
    # totals 3 2 1 0: mean 1.5 of 3; variance 5/3. Each of a and c varies by 1/4, b by 1/3.
    alpha = 100 * 3 / 2 * (1 - (1 / 4 + 1 / 3 + 1 / 4) / (5 / 3))
    assert figures.n == 4
    assert figures.same_papers
    assert figures.mean == pytest.approx(50, abs=0.01)
    assert figures.median == pytest.approx(50, abs=0.01)
    assert figures.consistency == pytest.approx(alpha) == pytest.approx(75)
    assert figures.error_ratio == pytest.approx(50)
    spread = 100 * sqrt(5 / 3) / 3
    assert figures.deviation == pytest.approx(spread, abs=0.01)
    assert figures.standard_error == pytest.approx(spread / 2, abs=0.01)
    assert not figures.enough


def test_a_question_by_hand() -> None:
    item = Tally().take([rows(PAPERS)]).marks()["b"]
    # b: 1 1 0 0; the rest: 2 1 1 0. Means 1/2 and 1; covariance (1/2·1 + 0 + 0 + 1/2·1)/3 = 1/3.
    assert item.facility == 50
    assert item.deviation == pytest.approx(100 * sqrt(1 / 3))
    assert item.covariance == pytest.approx(1 / 3)
    # V(x) = 1/3, V(X) = 2/3: r = 1/3 / √(2/9)
    assert item.discrimination == pytest.approx(100 / 3 / sqrt(2 / 9))
    # sorted: 0 0 1 1 beside 0 1 1 2: the same covariance is the largest
    assert item.efficiency == pytest.approx(100)


def test_discrimination_is_with_the_rest_of_the_test_and_not_with_the_total() -> None:
    """Against the total every question would agree with itself a little; against the rest these two do not."""
    papers = [[("a", x), ("b", y)] for x in (0.0, 1.0) for y in (0.0, 1.0)]
    found = Tally().take([rows(papers)]).questions()
    assert found["a"].discrimination == pytest.approx(0)


def test_efficiency_is_less_than_the_best_order_of_the_same_marks() -> None:
    item = QuestionMarks()
    for x, rest in ((1.0, 0.0), (0.0, 1.0), (1.0, 3.0), (0.0, 2.0)):
        item.add(x, 1.0, rest)
    # covariance: x − ½ with X − 3/2: (½·−3/2) + (−½·−½) + (½·3/2) + (−½·½) = 0
    assert item.efficiency == pytest.approx(0)
    item.add(1.0, 1.0, 3.0)
    # now x̄ = 3/5, X̄ = 9/5; Σ(x − x̄)(X − X̄) = Σ xX − n x̄ X̄ = 6 − 5.4; best order: 0 0 1 1 1 with 0 1 2 3 3: 8 − 5.4
    assert item.efficiency == pytest.approx(100 * 0.6 / 2.6)


def test_weights_by_hand() -> None:
    found = Tally().take([rows(PAPERS)]).questions()
    # C(x, T) of a and c: ½; of b: V + C = 1/3 + 1/3 = 2/3
    pull = {"a": sqrt(1 / 2), "b": sqrt(2 / 3), "c": sqrt(1 / 2)}
    for name, item in found.items():
        assert item.intended_weight == pytest.approx(100 / 3)
        assert item.effective_weight == pytest.approx(100 * pull[name] / sum(pull.values()))


def test_weights_of_drawn_papers_add_up_to_an_average_paper() -> None:
    chance = random.Random(5)
    papers = [
        [(name, float(chance.random() < chance.random())) for name in chance.sample("abcdefgh", 3)]
        for _number in range(200)
    ]
    tally = Tally().take([rows(papers)])
    found = tally.questions()
    on_a_paper = sum((item.effective_weight or 0.0) * item.n / tally.n for item in found.values())
    assert on_a_paper == pytest.approx(100)
    assert not tally.quiz().same_papers


def test_a_question_that_works_against_the_quiz_has_a_negative_index_and_no_weight() -> None:
    papers = [[("bad", 0.0), ("x", 1.0), ("y", 1.0)], [("bad", 1.0), ("x", 0.0), ("y", 0.0)]] * 20
    bad = Tally().take([rows(papers)]).questions()["bad"]
    assert bad.enough
    assert bad.discrimination == pytest.approx(-100)
    assert bad.effective_weight is None


def test_the_size_of_chunks_changes_nothing() -> None:
    chance = random.Random(3)
    papers = [
        [(name, chance.choice((0.0, 0.25, 1 / 3, 1.0))) for name in chance.sample("abcdefghij", 4)]
        for _number in range(90)
    ]
    whole = rows(papers)
    at_once = Tally().take([whole])
    in_pieces = Tally().take([whole[start : start + 7] for start in range(0, len(whole), 7)])
    assert at_once.questions() == in_pieces.questions()
    assert at_once.quiz() == in_pieces.quiz()


def test_folding_counts_into_sums_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(4)
    papers = [[(name, round(chance.random(), 3)) for name in "abc"] for _number in range(300)]
    chunks = [rows(papers)[start : start + 30] for start in range(0, 900, 30)]
    before = Tally().take(chunks).questions()
    monkeypatch.setattr(tally, "_KEYS_AT_MOST", 50)
    after = Tally().take(chunks).questions()
    for name, item in before.items():
        assert after[name].facility == pytest.approx(item.facility)
        assert after[name].discrimination == pytest.approx(item.discrimination)
        assert after[name].efficiency == pytest.approx(item.efficiency)


def test_the_figures_are_those_of_the_plain_formulas() -> None:
    """Counts and sums against the definitions written down naively, on random marks."""
    chance = random.Random(6)
    marks = [(chance.choice((0.0, 0.5, 1.0)), round(chance.uniform(0, 9), 2)) for _number in range(400)]
    item = QuestionMarks()
    for x, rest in marks:
        item.add(x, 1.0, rest)
    n = len(marks)
    mx, mr = sum(x for x, _ in marks) / n, sum(r for _, r in marks) / n
    vx = sum((x - mx) ** 2 for x, _ in marks) / (n - 1)
    vr = sum((r - mr) ** 2 for _, r in marks) / (n - 1)
    c = sum((x - mx) * (r - mr) for x, r in marks) / (n - 1)
    best = zip(sorted(x for x, _ in marks), sorted(r for _, r in marks), strict=True)
    c_max = sum((x - mx) * (r - mr) for x, r in best) / (n - 1)
    assert item.variance == pytest.approx(vx)
    assert item.discrimination == pytest.approx(100 * c / sqrt(vx * vr))
    assert item.efficiency == pytest.approx(100 * c / c_max)


def test_the_median_time_leaves_out_those_whose_browser_said_nothing() -> None:
    item = Tally().take([rows(PAPERS[:2], seconds=30), [(9, "b", 1, 1.0, 1.0, 0)]]).marks()["b"]
    assert item.median_seconds == 30


def test_thirds_keep_equal_values_together() -> None:
    assert distributions.thirds({1.0: 10, 2.0: 10, 3.0: 10}) == (1.0, 2.0)
    assert distributions.thirds({1.0: 14, 2.0: 8, 3.0: 8}) == (1.0, 2.0)
    assert distributions.thirds({1.0: 10, 3.0: 20}) is None
    assert distributions.thirds({5.0: 30}) is None
