"""How an operation of the API is written, and what all of them have in common.

    @read("/courses/<course>/quizzes", audience=access.LEARNER, scope=TokenScope.COURSES, answers=Page[ApiQuiz],
          asks=PageQuery)
    def quizzes(query: PageQuery) -> Page[ApiQuiz]: ...

A token signs in, and nothing else does: no session, no cookie. Then the person has to be of the audience, as at a page,
and the token of the scope. The answer has an ETag, by which a program asks whether it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, TypeVar

from flask import Blueprint, Response, current_app, request, url_for
from pydantic import ValidationError

from webapp.accounts import limits, sessions
from webapp.accounts.models import TokenScope
from webapp.api.schemas import Answered, NoQuery, Page
from webapp.web import access
from webapp.web.problem_details import ApiProblem

bp = Blueprint("api", __name__, url_prefix="/api/v1")

Q = TypeVar("Q", bound=NoQuery)
#: takes the query and the parts of the address, and gives the answer
View = Callable[..., Answered]


@dataclass(frozen=True)
class Operation:
    """What may be asked, as the OpenAPI document says it."""

    method: str
    #: below /api/v1, as Flask writes it
    rule: str
    name: str
    audience: str
    #: None: every token does
    scope: TokenScope | None
    asks: type[NoQuery]
    answers: type[Answered]
    #: the docstring of the view
    summary: str


#: by the name of the view
operations: dict[str, Operation] = {}


def read(
    rule: str,
    *,
    audience: str,
    scope: TokenScope | None,
    answers: type[Answered],
    asks: type[NoQuery] = NoQuery,
) -> Callable[[View], View]:
    """Makes a view that is asked with GET: who may (`audience`, `scope`), what the query may say, what it answers."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answering(**parts: Any) -> Response:
            require(scope)
            return answer(view(query_as(asks), **parts))

        name = view.__name__
        operations[name] = Operation("GET", rule, name, audience, scope, asks, answers, (view.__doc__ or "").strip())
        bp.add_url_rule(rule, name, access.open_to(audience)(answering), methods=["GET"])
        return view

    return decorate


def require(scope: TokenScope | None) -> None:
    """Raises ApiProblem (403) unless the token is for this."""
    token = sessions.token_in_use()
    if scope is not None and (token is None or scope not in token.scopes):
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        raise ApiProblem(
            403, "scope-missing", f"Make a token with the scope {scope}.", headers={"WWW-Authenticate": challenge}
        )


def query_as(model: type[Q]) -> Q:
    """The query of this request. Raises ApiProblem (400) that names each part which can't be read."""
    wrong = [{"name": name, "message": "given twice"} for name, values in request.args.lists() if len(values) > 1]
    if not wrong:
        try:
            return model.model_validate(request.args.to_dict())
        except ValidationError as error:
            wrong = [
                {"name": ".".join(map(str, each["loc"])), "message": each["msg"]}
                for each in error.errors(include_url=False, include_input=False, include_context=False)
            ]
    raise ApiProblem(400, "query-invalid", "See errors for what to change.", errors=wrong[:20])


def answer(body: Answered) -> Response:
    """An answer with its ETag; 304 without a body where the program has it already.

    The tag is weak: what is compressed on the way is still the same answer.
    """
    text = body.model_dump_json().encode()
    response = Response(text + b"\n", mimetype="application/json")
    if isinstance(body, Page) and body.next is not None:
        said: dict[str, Any] = (request.view_args or {}) | request.args.to_dict() | {"cursor": body.next}
        address = url_for(request.endpoint or "", **said)
        response.headers["Link"] = f'<{address}>; rel="next"'
    response.set_etag(hashlib.sha256(text).hexdigest()[:32], weak=True)
    # For the program that asked, and only after asking again.
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


@bp.before_request
def sign_in() -> None:
    """Lets in who shows a token that works, as often as one may, and into a course only whom it admits."""
    if access.audience_of(current_app, request.endpoint or "") == access.ANYONE:
        return
    token = sessions.token_in_use()
    limits.tokens(token.row_id if token is not None else None)
    if token is None:
        _refuse_token()
    of_course = current_app.url_map.is_endpoint_expecting(request.endpoint or "", "course")
    if of_course and not sessions.course_access().is_admitted:
        raise ApiProblem(403, "not-admitted", "Its owners say who may take it: its classes, or who has its code.")


def _refuse_token() -> NoReturn:
    if "Authorization" not in request.headers:
        said = "Send the header Authorization: Bearer, followed by a token that you made under Your account."
        raise ApiProblem(401, "token-missing", said, headers={"WWW-Authenticate": "Bearer"})
    said = "It ended, was taken back, or never was one. Make another under Your account."
    raise ApiProblem(401, "token-invalid", said, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
