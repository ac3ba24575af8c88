"""An attempt is a log: Attempt → Slot → append-only Step. What was shown is kept in QuestionRevision."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Cohort, User
from webapp.content.course.quiz import Score
from webapp.database import Model, UtcDateTime
from webapp.quizzes.conditions import NO_CONDITIONS, Conditions, ConditionsColumn
from webapp.quizzes.policy import AttemptPolicy, PolicyColumn
from webapp.quizzes.vocabulary import (
    AttemptKind,
    AttemptState,
    LatePolicy,
    NoteKind,
    RegradePolicy,
    RegradeState,
    SetAside,
    StepAction,
    SubmittedBy,
)


def word_column(words: type[StrEnum], length: int) -> Enum:
    """The type of a column of so many characters that holds one of these words and refuses others before they are
    written."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


class QuestionRevision(Model):
    """A question exactly as it was put before a learner. Rows are never changed or deleted.

    They are of no course: where two courses have a question in common to the letter, both show the same one. Which
    course showed it is said by the attempts.
    """

    __tablename__ = "question_revision"

    #: sha256 (hex) of the canonical JSON of `body`
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(120), index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


def _kept_by(context: Any) -> str | None:
    """By which way of keeping score an attempt counts from its start on; None for one that counts for nothing."""
    policy = context.get_current_parameters().get("policy")
    return policy.score if isinstance(policy, AttemptPolicy) and policy.graded else None


def _mark_of(context: Any) -> float | None:
    policy = context.get_current_parameters().get("policy")
    return policy.pass_mark if isinstance(policy, AttemptPolicy) and policy.graded else None


class Attempt(Model):
    """One person's go at one quiz, from its seed to its score."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("user_id", "course_id", "quiz_id", "number"),
        CheckConstraint("state IN ('open', 'submitted', 'void')", name="state"),
        Index("ix_attempt_course_id_quiz_id_state", "course_id", "quiz_id", "state"),
        # The few that wait for people to grade them, for the queue.
        Index("ix_attempt_awaiting", "id", sqlite_where=text("awaiting > 0"), postgresql_where=text("awaiting > 0")),
        # Finds at once whether results of a quiz stand under other rules than those in its file.
        Index("ix_attempt_course_id_quiz_id_keep_pass_mark", "course_id", "quiz_id", "keep", "pass_mark"),
        # A double click on "Start" must not open two papers, whatever the timing.
        Index(
            "uq_attempt_one_open",
            "user_id",
            "course_id",
            "quiz_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    course_id: Mapped[str] = mapped_column(String(80))
    #: the quiz; for practice `practice:<quiz>` and for rounds `review`, so that nothing which asks for a quiz by its id
    #: counts them
    quiz_id: Mapped[str] = mapped_column(String(90))
    kind: Mapped[AttemptKind] = mapped_column(word_column(AttemptKind, 12))
    #: 1 for the first attempt of this person at this quiz
    number: Mapped[int]
    #: the paper (questions, their order, the order of options) derives from this and `drawn_from`
    seed: Mapped[int] = mapped_column(BigInteger)
    #: what the draw went by: {"edition": digest of the course, "seen": {question id: times seen before}}
    drawn_from: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, deferred=True)
    #: title and policy of the quiz as they were at the start
    policy: Mapped[AttemptPolicy] = mapped_column(PolicyColumn)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"), index=True)
    state: Mapped[AttemptState] = mapped_column(word_column(AttemptState, 12), default=AttemptState.OPEN)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: seconds added to what rules and extension give: more time for all, or time lost by an incident
    given_seconds: Mapped[int] = mapped_column(default=0, server_default="0")
    #: of the session that goes on with it (sha256 of its id), where one at a time is allowed; null: the next one does
    session_digest: Mapped[str | None] = mapped_column(String(64))
    #: when the server hands it in: kept up to date by `assignments.set_deadline`, null for no limit
    deadline: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    #: an instructor lets this attempt run until then, when that is later than what the rules give
    extended_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    submitted_by: Mapped[SubmittedBy | None] = mapped_column(word_column(SubmittedBy, 12))
    #: the last change of any answer
    active_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: the slot looked at last
    position: Mapped[int] = mapped_column(default=1)
    #: points, after hand-in; late penalties are taken off already
    score: Mapped[float | None]
    max_score: Mapped[float]
    #: 0 to 100
    percent: Mapped[float | None]
    passed: Mapped[bool | None]
    #: answers that wait for people to grade them; as long as there are any, it has no score
    awaiting: Mapped[int] = mapped_column(default=0, server_default="0")
    #: share taken off for lateness, 0 to 1
    late_penalty: Mapped[float] = mapped_column(default=0.0)
    #: why it counts for nothing, though it is handed in and kept; null: it counts
    set_aside: Mapped[SetAside | None] = mapped_column(word_column(SetAside, 16))
    #: by which rules it counts: as at its start, until somebody decides otherwise (`grade_changes.policies`); None
    #: counts for nothing
    keep: Mapped[Score | None] = mapped_column(String(8), default=_kept_by)
    #: percent
    pass_mark: Mapped[float | None] = mapped_column(default=_mark_of)

    slots: Mapped[list[Slot]] = relationship(back_populates="attempt", order_by="Slot.position")
    user: Mapped[User] = relationship()
    assignment: Mapped[Assignment | None] = relationship()

    @property
    def is_open(self) -> bool:
        return self.state == AttemptState.OPEN

    @property
    def is_submitted(self) -> bool:
        return self.state == AttemptState.SUBMITTED

    @property
    def is_void(self) -> bool:
        return self.state == AttemptState.VOID

    @property
    def is_pretest(self) -> bool:
        return self.kind == AttemptKind.PRETEST

    @property
    def is_practice(self) -> bool:
        return self.kind == AttemptKind.PRACTICE

    @property
    def is_review(self) -> bool:
        return self.kind == AttemptKind.REVIEW

    @property
    def mark(self) -> float:
        """The pass mark that holds for it, in percent."""
        return self.policy.pass_mark if self.pass_mark is None else self.pass_mark

    @property
    def quiz_behind(self) -> str:
        """The id of the quiz itself: for practice, of the one whose mistakes are practised."""
        return self.quiz_id.removeprefix(f"{AttemptKind.PRACTICE}:")


class Slot(Model):
    """One question of one attempt: which revision, in what order, and the latest answer and grade."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position"),
        # Regrading walks the slots of one question in the order of their ids, a batch at a time.
        Index("ix_slot_question_id_id", "question_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    question_id: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(ForeignKey("question_revision.digest"), index=True)
    order_seed: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[float]
    flagged: Mapped[bool] = mapped_column(default=False)
    #: the sequence of the latest step; a form carries the one it answers. 0 before the first step
    sequence: Mapped[int] = mapped_column(default=0)
    #: latest answer, None while unanswered
    response: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: how sure the learner said they were, a `Certainty`
    certainty: Mapped[int | None]
    #: 0 to 1, once graded
    fraction: Mapped[float | None]
    graded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: the revision the latest grade went by, where a regrade made that another than the one shown
    graded_by: Mapped[str | None] = mapped_column(ForeignKey("question_revision.digest"))
    #: an instructor overruled the grade: it stands, whatever is regraded, until that is taken back
    overruled: Mapped[bool] = mapped_column(default=False, server_default=false())
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: time spent with this question open, as far as the browser told
    seconds: Mapped[int] = mapped_column(default=0)

    attempt: Mapped[Attempt] = relationship(back_populates="slots")
    revision: Mapped[QuestionRevision] = relationship(foreign_keys=[digest])
    steps: Mapped[list[Step]] = relationship(back_populates="slot", order_by="Step.sequence")


class Step(Model):
    """One thing that happened to a slot. Steps are only ever added."""

    __tablename__ = "step"
    __table_args__ = (UniqueConstraint("slot_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    sequence: Mapped[int]
    action: Mapped[StepAction] = mapped_column(word_column(StepAction, 12))
    response: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    certainty: Mapped[int | None]
    fraction: Mapped[float | None]
    #: the revision it was graded against, when that is not the slot's own
    digest: Mapped[str | None] = mapped_column(ForeignKey("question_revision.digest"))
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrade.id"), index=True)
    #: with an index: a guest is removed without reading every step there is
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    slot: Mapped[Slot] = relationship(back_populates="steps")


class Assignment(Model):
    """A quiz set to a cohort: when, how long, how often. What is None is as the quiz says."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("cohort_id", "quiz_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"))
    quiz_id: Mapped[str] = mapped_column(String(80), index=True)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: minutes
    time_limit: Mapped[int | None]
    attempts: Mapped[int | None]
    access_code: Mapped[str | None] = mapped_column(String(40))
    feedback_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    late_policy: Mapped[LatePolicy] = mapped_column(word_column(LatePolicy, 12), default=LatePolicy.ACCEPT)
    #: percent taken off for each day begun after the due date, with late_policy penalty
    late_percent: Mapped[float] = mapped_column(default=0.0)
    #: where, in what and how watched it is taken; null: anywhere
    conditions: Mapped[Conditions | None] = mapped_column(ConditionsColumn)
    #: on whose clock the times were typed
    zone: Mapped[str | None] = mapped_column(String(64))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    cohort: Mapped[Cohort] = relationship()

    @property
    def conditions_in_force(self) -> Conditions:
        return NO_CONDITIONS if self.withdrawn_at or self.conditions is None else self.conditions


class AttemptNote(Model):
    """One line of the quiet log of an attempt: that its page was left. Never part of a score."""

    __tablename__ = "attempt_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    kind: Mapped[NoteKind] = mapped_column(word_column(NoteKind, 12))
    #: to the minute
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class TimeGift(Model):
    """Time given to everybody who was at work at what a class was set: some minutes, or what an incident took."""

    __tablename__ = "time_gift"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), index=True)
    #: of an incident: when it began and ended; null for minutes for all
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: the longest that anybody was given
    seconds: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    by_name: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: dates of the assignment that were moved: {name: [before, after]}, ISO 8601
    dates: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    shares: Mapped[list[TimeGiftShare]] = relationship(back_populates="gift")


class TimeGiftShare(Model):
    """What one attempt got of it."""

    __tablename__ = "time_gift_share"

    gift_id: Mapped[int] = mapped_column(ForeignKey("time_gift.id"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True, index=True)
    seconds: Mapped[int]
    #: whether it was handed in by the clock, and opened again
    reopened: Mapped[bool] = mapped_column(default=False)

    gift: Mapped[TimeGift] = relationship(back_populates="shares")
    attempt: Mapped[Attempt] = relationship()


class ServerRun(Model):
    """A time during which the app was up, by its own notes: what lies between two of them may be an incident."""

    __tablename__ = "server_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Accommodation(Model):
    """More time, later dates or more attempts, for a learner or a whole cohort; for one quiz or all."""

    __tablename__ = "accommodation"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (cohort_id IS NULL)", name="for_whom"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id"), index=True)
    course_id: Mapped[str] = mapped_column(String(80))
    #: the class whose instructors granted it: they alone, and admins, read its reason and may end it. Null: admins only
    granted_by_cohort: Mapped[int | None] = mapped_column(ForeignKey("cohort.id"), index=True)
    quiz_id: Mapped[str | None] = mapped_column(String(80))
    extra_time_percent: Mapped[int] = mapped_column(default=0)
    extra_attempts: Mapped[int] = mapped_column(default=0)
    #: hours added to the due and closing dates
    later_hours: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def of_class(self) -> int | None:
        """The class under whose assignments it holds; None: under any rules, as nobody knows who granted it."""
        return self.cohort_id or self.granted_by_cohort


class Regrade(Model):
    """One regrading of one question: what was decided, how far it is, what it changed."""

    __tablename__ = "regrade"
    __table_args__ = (
        # Two at once would each undo what the other does.
        Index(
            "uq_regrade_one_running",
            "course_id",
            "question_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80))
    question_id: Mapped[str] = mapped_column(String(120), index=True)
    #: the revision whose key counts now
    digest: Mapped[str] = mapped_column(ForeignKey("question_revision.digest"))
    policy: Mapped[RegradePolicy] = mapped_column(word_column(RegradePolicy, 16))
    undoes: Mapped[int | None] = mapped_column(ForeignKey("regrade.id"))
    #: the ids of the classes whose members' answers it grades again; null: everybody's
    cohorts: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[RegradeState] = mapped_column(word_column(RegradeState, 12), default=RegradeState.RUNNING)
    #: the id of the last slot that is done (for an undo: of the last step that is undone); work goes on after it
    cursor: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    up: Mapped[int] = mapped_column(default=0)
    down: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_running(self) -> bool:
        return self.state == RegradeState.RUNNING
