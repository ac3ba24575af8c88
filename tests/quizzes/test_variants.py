"""Questions with parameters on papers: every paper has values of its own, is graded by them, and can be rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, Paper, right_answer
from webapp import questions
from webapp.content.course.course import Course
from webapp.content.course.revision import digest
from webapp.database import db
from webapp.quizzes import revisions, selection, trial
from webapp.quizzes.models import Attempt, QuestionRevision, Slot
from webapp.quizzes.regrade.policies import NotPossible
from webapp.quizzes.regrade.preview import forecast, standing
from webapp.quizzes.regrade.run import advance, begin
from webapp.quizzes.results import reviews
from webapp.reports.exports.responses import _in_words
from webapp.reports.statistics import by_variant
from webapp.reports.statistics.choices import picks, shares_of

CUPS = """
  - id: tea-cups
    type: numeric
    stem: How many leaves do <<pots>> pots of <<each>> leaves take?
    parameters: {pots: 2 to 40, each: 3 to 90}
    answer: <<pots * each>>
    wrong: [{value: <<pots + each>>, feedback: You added <<pots>> and <<each>>.}]
    explanation: <<pots>> · <<each>> = <<pots * each>>.
  - id: tea-shelves
    type: choice
    stem: How many tins do <<rows>> rows of 7 hold?
    parameters: {rows: 11 to 99}
    options:
      - {id: times, text: <<rows * 7>> tins, key: true, feedback: So it is.}
      - {id: plus, text: <<rows + 7>> tins, feedback: You added.}
      - {id: less, text: <<rows - 7>> tins, feedback: You took away.}
"""

QUIZ = """
  - id: varied
    title: Varied
    kind: quiz
    summary: Two questions with parameters.
    draw:
      - {count: 2, questions: [tea-cups, tea-shelves]}
    shuffle_questions: false
    feedback: after-submission
"""


@pytest.fixture
def bank(bank: Path) -> Path:
    """The tiny course with two questions with parameters, and a quiz of them."""
    for name, more in (("1-tea/questions.yaml", CUPS), ("course.yaml", QUIZ)):
        path = bank / name
        path.write_text(path.read_text() + more)
    return bank


@pytest.fixture
def papers(another_desk: Callable[[], Desk]) -> list[Attempt]:
    """Five people's papers, all answered right and handed in."""
    return [another_desk().take("varied", seed=seed) for seed in range(5)]


def shown(slot: Slot) -> Any:
    return revisions.question_of(slot.revision, slot.order_seed)


def test_every_paper_has_values_of_its_own_and_is_graded_by_them(papers: list[Attempt], bank: Path) -> None:
    assert [attempt.percent for attempt in papers] == [100.0] * 5
    assert len({shown(attempt.slots[0]).stem for attempt in papers}) > 3
    keys = {right_answer(attempt.slots[0])["text"] for attempt in papers}
    assert len(keys) > 3


def test_an_answer_to_another_paper_is_wrong(
    papers: list[Attempt], another_desk: Callable[[], Desk], bank: Path
) -> None:
    desk = another_desk()
    attempt = desk.start("varied", seed=99)
    theirs = right_answer(papers[0].slots[0])
    assert theirs != right_answer(attempt.slots[0])
    desk.answer(attempt, 1, theirs)
    assert desk.submit(attempt).slots[0].fraction == 0


def test_all_papers_share_one_revision_the_template(papers: list[Attempt], course: Course, bank: Path) -> None:
    stored = db.session.scalars(select(QuestionRevision).where(QuestionRevision.question_id == "tea-cups")).all()
    assert [row.digest for row in stored] == [digest(course.question("tea-cups"))]  # type: ignore[arg-type]
    assert {attempt.slots[0].digest for attempt in papers} == {stored[0].digest}


def test_a_paper_is_rebuilt_from_the_database_alone(papers: list[Attempt], bank: Path) -> None:
    before = [[shown(slot) for slot in attempt.slots] for attempt in papers]
    revisions._parsed.clear()
    revisions._variants.clear()
    revisions._by_values.clear()
    db.session.expire_all()
    assert [[shown(slot) for slot in attempt.slots] for attempt in papers] == before


def test_a_retake_is_another_question(desk: Desk, bank: Path) -> None:
    first, second = desk.take("varied", seed=1), desk.take("varied", seed=2)
    assert shown(first.slots[0]).stem != shown(second.slots[0]).stem


def test_the_review_shows_the_values_of_the_paper(papers: list[Attempt], course: Course, bank: Path) -> None:
    for attempt in papers:
        first, second = reviews(attempt, attempt.slots, course)
        assert first.question.explanation.endswith(f"= {right_answer(attempt.slots[0])['text']}.")
        assert second.answer_text == f"{int(second.question.stem.split()[4]) * 7} tins"
        assert "<<" not in first.question.stem + second.question.stem


def test_pages_show_values_and_take_the_answer_to_them(paper: Paper, bank: Path) -> None:
    paper.start("varied")
    question = shown(paper.slot(1))
    page = paper.get(1).text
    assert question.stem in page
    assert "&lt;&lt;" not in page
    assert "parameters" not in page
    for position in (1, 2):
        paper.send(position, right_answer(paper.slot(position)))
    paper.submit()
    assert [paper.slot(position).fraction for position in (1, 2)] == [1, 1]
    result = paper.client.get(paper.path, follow_redirects=True).text
    assert question.explanation in result


def test_a_regrade_goes_by_the_values_of_each_paper(
    papers: list[Attempt], app: Flask, bank: Path, clock: Clock, another_desk: Callable[[], Desk]
) -> None:
    path = bank / "1-tea" / "questions.yaml"
    path.write_text(
        path.read_text().replace("answer: <<pots * each>>", "answer: <<pots * each + if(pots > 20, 1, 0)>>")
    )
    course: Course = app.extensions["courses"].only.current()
    few = [int(shown(attempt.slots[0]).stem.split()[4]) <= 20 for attempt in papers]
    assert len(set(few)) == 2
    state = standing("tea-cups", course)
    assert state is not None
    assert forecast(state, "recompute").down == few.count(False)
    regrade = begin("tea-cups", course, policy="recompute", reason="", actor=None, now=clock())
    regrade_id = regrade.id
    db.session.commit()
    while advance(regrade_id, clock(), batch=2).state != "done":
        db.session.commit()
    db.session.commit()
    assert [attempt.slots[0].fraction for attempt in papers] == [float(kept) for kept in few]


def test_a_regrade_keeps_the_values_of_the_paper_when_the_ranges_change(
    papers: list[Attempt], app: Flask, bank: Path, course: Course
) -> None:
    old = course.question("tea-cups")
    path = bank / "1-tea" / "questions.yaml"
    path.write_text(path.read_text().replace("pots: 2 to 40, each", "more: 5 to 7, pots: 50 to 60, each"))
    mended: Course = app.extensions["courses"].only.current()
    state = standing("tea-cups", mended)
    assert state is not None
    seen = forecast(state, "recompute")
    assert (seen.affected, seen.down) == (5, 0)
    assert old is not None
    assert state.question is not None
    assert questions.variant(state.question, 1).stem != questions.variant(old, 1).stem


def test_answers_to_a_question_without_parameters_are_not_graded_by_one_with_them(
    papers: list[Attempt], app: Flask, bank: Path, clock: Clock
) -> None:
    path = bank / "1-tea" / "questions.yaml"
    plain = path.read_text().replace("    parameters: {pots: 2 to 40, each: 3 to 90}\n", "")
    path.write_text(plain.replace("<<pots * each>>", "8").replace("<<pots + each>>", "6"))
    course: Course = app.extensions["courses"].only.current()
    with pytest.raises(NotPossible):
        begin("tea-cups", course, policy="recompute", reason="", actor=None, now=clock())


def test_statistics_count_what_was_chosen_across_variants(papers: list[Attempt], course: Course, bank: Path) -> None:
    question = course.question("tea-shelves")
    assert question is not None
    chosen = select(Attempt.id).where(Attempt.quiz_id == "varied")
    of_choices, others = shares_of(question, picks(chosen, "tea-shelves"))
    assert {share.id: share.n for share in of_choices} == {"times": 5, "plus": 0, "less": 0}
    assert others == []


def test_statistics_tell_the_variants_apart_a_bounded_number_of_them(
    papers: list[Attempt],
    another_desk: Callable[[], Desk],
    course: Course,
    bank: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = course.question("tea-cups")
    assert question is not None
    desk = another_desk()
    wrong = desk.start("varied", seed=3)
    desk.answer(wrong, 1, {"text": "1", "unit": None})
    desk.submit(wrong)
    chosen = select(Attempt.id).where(Attempt.quiz_id == "varied")
    found = by_variant.by_variant(chosen, question)
    values = [f"pots = {words[4]}, each = {words[7]}" for words in (shown(a.slots[0]).stem.split() for a in papers)]
    assert {each.values: (each.n, each.percent) for each in found.told} == {
        said: (1, 100.0) if said != values[3] else (2, 50.0) for said in values
    }
    assert found.told[0].values == values[3]
    assert (found.others, found.other_answers) == (0, 0)
    monkeypatch.setattr(by_variant, "MOST_VARIANTS", 2)
    few = by_variant.by_variant(chosen, question)
    assert (len(few.told), few.others, few.other_answers) == (2, 3, 3)
    monkeypatch.setattr(by_variant, "MOST_ANSWERS", 4)
    assert sum(each.n for each in by_variant.by_variant(chosen, question).told) <= 4
    plain = course.question("tea-choice-heat")
    assert plain is not None
    assert by_variant.by_variant(chosen, plain) == by_variant.ByVariant()


def test_an_old_paper_has_the_values_it_had_when_this_was_written(desk: Desk, bank: Path) -> None:
    # Whoever changes how values follow from a seed changes papers that people have taken.
    attempt = desk.start("varied", seed=20261128)
    assert [(slot.order_seed, shown(slot).stem) for slot in attempt.slots] == OLD_PAPER


OLD_PAPER = [
    (1938247873388259, "How many leaves do 25 pots of 20 leaves take?"),
    (6313745248612508, "How many tins do 50 rows of 7 hold?"),
]


def test_exports_say_what_stood_on_the_paper(papers: list[Attempt], bank: Path) -> None:
    for attempt in papers:
        slot = attempt.slots[1]
        words = _in_words(slot.digest, slot.order_seed, slot.response)
        assert words == f"{int(shown(slot).stem.split()[4]) * 7} tins"


def test_papers_with_the_same_values_share_a_question_and_no_others(papers: list[Attempt], bank: Path) -> None:
    revision = papers[0].slots[0].revision
    template = revisions.question_of(revision)
    made = [revisions.shown_as(revision.digest, seed) for seed in range(200)]
    assert made == [questions.variant(template, seed) for seed in range(200)]
    assert len({id(each) for each in made}) == len({each.stem for each in made if each is not None}) > 1
    assert revisions.shown_as("0" * 64) is None


def test_a_trial_prints_and_marks_the_same_values(app: Flask, course: Course, bank: Path) -> None:
    quiz = course.quiz("varied")
    assert quiz is not None
    drawn = trial.paper(course, quiz, 3)
    expected = [one.question for one in selection.draw(quiz, course, 3, {})]
    seeds = [one.order_seed for one in drawn]
    assert [one.question for one in drawn] == [
        questions.variant(question, seed) for question, seed in zip(expected, seeds, strict=True)
    ]
    with app.app_context():
        assert drawn[0].question.stem in trial.as_text(drawn)
