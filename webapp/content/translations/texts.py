"""The texts of a course that learners read, part by part: what there is to translate.

A text is looked up by what it says, as in gettext, and never by its place. So one set of keys serves every language:
a translation can't change which answer is right, and a text that was changed is shown as its author wrote it until
somebody has translated it anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from webapp.content.ledger import Ledger
from webapp.content.media.names import unpinned
from webapp.questions.contract import Question
from webapp.questions.shown import shown_in
from webapp.questions.variants import said_at, words_drawn

#: the part that has the titles and summaries of the course and its quizzes, and the one that has the facts
COURSE, LEDGER = "course", "ledger"


def normal(text: str) -> str:
    """A text as it is looked up: however its lines are broken, it says the same."""
    return " ".join(text.split())


def of_question(question: Question) -> Iterator[str]:
    """What a learner reads of a question, in the order of its fields. The texts of a question with parameters are given
    with their formulas, which a translation keeps, and after them the words that are drawn."""
    for shown in shown_in(question):
        text = shown.text if question.template is None else said_at(question.template, shown.path, shown.text).strip()
        yield unpinned(text)
    if question.template is not None:
        yield from words_drawn(question.template)


def of_material(question: Question) -> Iterator[str]:
    """The title and the text of what a question is shown with."""
    if question.shown_with is not None:
        yield unpinned(question.shown_with.title)
        yield unpinned(question.shown_with.text)


def of_ledger(ledger: Ledger) -> Iterator[str]:
    """The claims and notes of the facts, and what is said of where they were looked up."""
    if ledger.source.summary:
        yield ledger.source.summary
    for fact in ledger.facts:
        yield fact.claim
        if fact.note:
            yield fact.note
        if fact.looked_up is not None:
            yield fact.looked_up.name
            yield fact.looked_up.date


__all__ = ["COURSE", "LEDGER", "normal", "of_ledger", "of_material", "of_question"]
