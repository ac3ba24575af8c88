"""Whose token it is, the courses of that person, and their quizzes."""

from __future__ import annotations

from webapp.accounts.course_roles import CourseAccess
from webapp.accounts.models import TokenScope
from webapp.accounts.sessions import course_access, current_person, token_in_use
from webapp.api import cursors
from webapp.api.routes import read
from webapp.api.schemas import ApiCourse, ApiMe, ApiQuiz, NoQuery, Page, PageQuery
from webapp.content.course.quiz import Quiz
from webapp.home import shown
from webapp.web import access, current


@read("/me", audience=access.LEARNER, scope=None, answers=ApiMe)
def me(query: NoQuery) -> ApiMe:
    """Whose token it is, what it is for, and when it ends."""
    person, token = current_person(), token_in_use()
    assert token is not None
    return ApiMe.model_validate(
        {
            "id": person.id,
            "name": person.name,
            "login": person.username or person.email or "",
            "role": person.role,
            "scopes": sorted(token.scopes),
            "expires_at": token.expires_at,
        }
    )


@read("/courses", audience=access.LEARNER, scope=TokenScope.COURSES, answers=Page[ApiCourse], asks=PageQuery)
def courses(query: PageQuery) -> Page[ApiCourse]:
    """The courses that the person may take or has work in."""
    mine = [each for each in shown.courses(current.courses(), current_person()) if each.standing.is_admitted]
    mine.sort(key=lambda each: each.course.id)
    piece = cursors.piece_of("courses", mine, lambda each: each.course.id, query.cursor, query.limit)
    items = [
        _course(each.standing, each.course.title, each.course.subtitle, each.course.language) for each in piece.items
    ]
    return Page[ApiCourse](items=items, next=piece.next)


@read("/courses/<course>", audience=access.LEARNER, scope=TokenScope.COURSES, answers=ApiCourse)
def course(query: NoQuery) -> ApiCourse:
    """One course."""
    here = current.course()
    return _course(course_access(), here.title, here.subtitle, here.language)


def _course(standing: CourseAccess, title: str, subtitle: str, language: str) -> ApiCourse:
    return ApiCourse(
        id=standing.course_id,
        title=title,
        subtitle=subtitle,
        language=language,
        roles=sorted(standing.roles),
        archived_at=standing.archived_at,
    )


@read(
    "/courses/<course>/quizzes",
    audience=access.LEARNER,
    scope=TokenScope.COURSES,
    answers=Page[ApiQuiz],
    asks=PageQuery,
)
def quizzes(query: PageQuery) -> Page[ApiQuiz]:
    """The quizzes of a course, in its order, as the course says them. What they draw from is not told."""
    everything = current.course().quizzes
    piece = cursors.piece_of("quizzes", everything, lambda each: each.id, query.cursor, query.limit)
    return Page[ApiQuiz](items=[_quiz(each) for each in piece.items], next=piece.next)


def _quiz(quiz: Quiz) -> ApiQuiz:
    policy = quiz.policy
    return ApiQuiz(
        id=quiz.id,
        title=quiz.title,
        kind=quiz.kind,
        pillar=quiz.pillar,
        summary=quiz.summary,
        questions=quiz.size,
        time_limit=policy.time_limit,
        attempts=policy.attempts,
        pass_mark=policy.pass_mark,
        score=policy.score,
        feedback=policy.feedback,
        graded=policy.graded,
        open_to=quiz.open_to,
    )
