"""What operations take and answer: from these models come the checks, the answers, and the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from webapp.api.cursors import LONGEST
from webapp.content.course.quiz import Feedback, Kind, OpenTo, Score
from webapp.quizzes.vocabulary import LatePolicy

#: items of a page, when the query says nothing, and at most
USUAL, MOST = 50, 200


class Answered(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


T = TypeVar("T", bound=Answered)


def _digits(value: Any) -> Any:
    """Numbers of a query are digits, and not all that Python takes for a number."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 10):
        raise ValueError("a whole number is written with the digits 0 to 9")
    return value


RowId = Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(_digits)]
Limit = Annotated[int, Field(ge=1, le=MOST, description="items of a page"), BeforeValidator(_digits)]

Cursor = Annotated[str, Field(max_length=LONGEST, description="`next` of the page before; none for the first")]


class NoQuery(BaseModel):
    """No query."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(NoQuery):
    """Which page of a list."""

    limit: Limit = USUAL
    cursor: (
        Annotated[str, Field(max_length=LONGEST, description="`next` of the page before; the first without")] | None
    ) = None


class Page(Answered, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: Annotated[str | None, Field(description="the cursor of the next page; null on the last")]

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        return f"{params[0].__name__}Page"


class ApiMe(Answered):
    """Whose token it is, and what it is for."""

    id: int
    name: str
    login: Annotated[str, Field(description="user name, else e-mail")]
    role: Literal["learner", "instructor", "admin"]
    scopes: list[str]
    expires_at: datetime


class ApiCourse(Answered):
    """A course that the person may take, or has work in."""

    id: str
    title: str
    subtitle: str
    language: str
    roles: Annotated[list[str], Field(description="of the person in it: owner, author, teacher")]
    archived_at: datetime | None


class ApiQuiz(Answered):
    """A quiz as the course says it; a class may be set it with other rules (see its assignments)."""

    id: str
    title: str
    kind: Kind
    pillar: str | None
    summary: str
    questions: Annotated[int, Field(description="of a paper")]
    time_limit: Annotated[int | None, Field(description="minutes")]
    attempts: int | None
    pass_mark: Annotated[float, Field(description="percent")]
    score: Annotated[Score, Field(description="which attempt counts")]
    feedback: Feedback
    graded: bool
    open_to: OpenTo


class ApiClass(Answered):
    """A class that the person teaches, or oversees."""

    id: int
    name: str
    members: int
    created_at: datetime
    archived_at: datetime | None


class ApiAssignment(Answered):
    """A quiz that a class is set. What is null is as the quiz says."""

    quiz: str
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    feedback_at: datetime | None
    time_limit: Annotated[int | None, Field(description="minutes")]
    attempts: int | None
    late_policy: LatePolicy
    late_percent: Annotated[float, Field(description="taken off for each day begun, where the policy is penalty")]
    has_access_code: Annotated[bool, Field(description="the code itself is told nowhere")]
    zone: Annotated[str | None, Field(description="on whose clock the times were typed")]


class ApiPerson(Answered):
    """Somebody in a class."""

    id: int
    name: str
    username: str | None
    email: str | None
    joined_at: datetime


class ApiQuestion(Answered):
    """A question of the bank, with its key: for authors alone."""

    id: str
    type: str
    pillar: str
    use: Literal["any", "exam"]
    retired: bool
    revision: Annotated[str, Field(description="changes with whatever a learner sees or is graded by")]
    body: Annotated[dict[str, Any], Field(description="what the file says, by the schema of the type")]
    key: Annotated[dict[str, Any], Field(description="a response worth full marks")]


class ApiScore(Answered):
    """How a learner stands at a quiz. Without a score where nothing counts, or people have yet to grade it."""

    quiz: str
    attempts: Annotated[int, Field(description="handed in and counting")]
    score: float | None
    max_score: float | None
    percent: float | None
    passed: bool | None
    submitted_at: datetime | None
    apart: Annotated[int, Field(description="handed in, and counting for nothing here")]
    pending: Annotated[int, Field(description="attempts that people have yet to grade")]


class ApiLearner(Answered):
    """Somebody whose results the person sees, with their scores."""

    id: int
    login: str
    name: str
    classes: Annotated[str, Field(description="names of their classes, with semicolons between")]
    scores: list[ApiScore]


class ApiAttempt(Answered):
    """An attempt that was handed in."""

    id: int
    learner_id: int
    learner: Annotated[str, Field(description="user name, else e-mail")]
    quiz: str
    number: Annotated[int, Field(description="1 for the learner's first at this quiz")]
    started_at: datetime
    submitted_at: datetime
    score: float | None
    max_score: float
    percent: float | None
    passed: bool | None
    counts: Annotated[bool, Field(description="whether it makes a score here, as in the gradebook")]
    pending: Annotated[int, Field(description="answers that people have yet to grade")]


class ApiResponse(Answered):
    """An answer of an attempt."""

    position: int
    question: str
    revision: str
    response: Annotated[dict[str, Any] | None, Field(description="in the ids of the question; null: not answered")]
    in_words: str
    fraction: Annotated[float | None, Field(description="0 to 1; null: not graded")]
    points: float | None
    worth: float
    seconds: int
    answered_at: datetime | None
    pending: bool


class ApiResponses(Answered):
    """The answers of an attempt, in the order of the paper."""

    attempt: ApiAttempt
    responses: list[ApiResponse]


class ResultsQuery(PageQuery):
    """Whose results, and of which quiz."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    class_id: Annotated[RowId, Field(description="members of this class only")] | None = None
    quiz: Annotated[str, Field(max_length=90, description="this quiz only")] | None = None


class ApiFault(Answered):
    """A part of a query, and why it can't be read."""

    name: str
    message: str


class ApiProblemDetails(BaseModel):
    """What went wrong, as RFC 9457 says it."""

    type: Annotated[str, Field(description="`about:blank`, or `urn:webapp:problem:` and a name of docs/api.md")]
    title: str
    status: int
    detail: str | None = None
    instance: Annotated[str, Field(description="the name of the request, which the server's log has, too")]
    errors: list[ApiFault | str] | None = None
