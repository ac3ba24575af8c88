"""The questions of a course with their keys, for its authors."""

from __future__ import annotations

from werkzeug.exceptions import NotFound

from webapp import questions as types
from webapp.accounts.models import TokenScope
from webapp.api import cursors
from webapp.api.routes import read
from webapp.api.schemas import ApiQuestion, NoQuery, Page, PageQuery
from webapp.content.course import revision
from webapp.questions.contract import Question
from webapp.web import access, current


@read(
    "/courses/<course>/questions",
    audience=access.AUTHOR,
    scope=TokenScope.QUESTIONS,
    answers=Page[ApiQuestion],
    asks=PageQuery,
)
def questions(query: PageQuery) -> Page[ApiQuestion]:
    """The questions of a course in its order, with their keys; drafts are not among them."""
    everything = current.course().questions
    piece = cursors.piece_of("questions", everything, lambda each: each.id, query.cursor, query.limit)
    return Page[ApiQuestion](items=[_question(each) for each in piece.items], next=piece.next)


@read(
    "/courses/<course>/questions/<question_id>",
    audience=access.AUTHOR,
    scope=TokenScope.QUESTIONS,
    answers=ApiQuestion,
)
def question(query: NoQuery, question_id: str) -> ApiQuestion:
    """One question, with its key."""
    found = current.course().question(question_id)
    if found is None:
        raise NotFound
    return _question(found)


def _question(question: Question) -> ApiQuestion:
    return ApiQuestion(
        id=question.id,
        type=question.type,
        pillar=question.pillar,
        use=question.use,
        retired=question.retired,
        revision=revision.digest(question),
        body=revision.body(question),
        key=types.type_of(question).key(question),
    )
