"""People: learners, guests, instructors, admins, and the cohorts that bring them together."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_login import UserMixin
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from webapp.accounts.names import NAME_LENGTH, name_order
from webapp.database import Model, UtcDateTime

ROLES = ("guest", "learner", "instructor", "admin")


def new_stamp() -> str:
    return secrets.token_hex(8)


def _order_of_row(context: Any) -> str:
    """`User.name_order` of a row that goes in without an object, many at a time."""
    return name_order(context.get_current_parameters().get("name", ""))


class User(UserMixin, Model):  # type: ignore[misc]  # Flask-Login has no types
    """One person. A deleted one keeps the row, without anything that says who it was, so that statistics stand."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("role IN ('guest', 'learner', 'instructor', 'admin')", name="role"),
        Index("ix_user_name_order_id", "name_order", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    #: the name as lists are ordered by it. Kept here, so that a page of a list need not put all names into order
    name_order: Mapped[str] = mapped_column(String(NAME_LENGTH), default=_order_of_row, server_default="")
    #: what is typed at sign-in, casefolded; absent for guests and deleted people
    username: Mapped[str | None] = mapped_column(String(120), unique=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(12), default="learner", index=True)
    #: changes with password, role and e-mail, and ends every session of this person
    stamp: Mapped[str] = mapped_column(String(16), default=new_stamp)
    #: signup, roster, cli, setup, guest, demo or oidc
    origin: Mapped[str] = mapped_column(String(12), default="signup", index=True)
    locale: Mapped[str | None] = mapped_column(String(8))
    #: something waits to be read: a note of a changed result. Kept here, so that pages need not ask for it in vain
    has_notes: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: in the staff of some course (see `CourseStaff`). Kept here, so that pages of everybody else need not ask
    in_staff: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: since when somebody else (a roster, the operator) vouches that the address is this person's; null: only they do
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: the same of the user name
    username_given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: settings of the person, such as {"certainty": false}
    preferences: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    cohorts: Mapped[list[Cohort]] = relationship(
        secondary="cohort_member",
        secondaryjoin="and_(Cohort.id == CohortMember.cohort_id, CohortMember.left_at.is_(None))",
        viewonly=True,
        order_by="Cohort.name",
    )

    @validates("name")
    def _keep_order(self, _key: str, name: str) -> str:
        self.name_order = name_order(name)
        return name

    @property
    def is_guest(self) -> bool:
        return self.role == "guest"

    @property
    def is_instructor(self) -> bool:
        """Whether this person has work at the desk: instructors, admins, and the staff of a course."""
        return self.role in {"instructor", "admin"} or self.in_staff

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


class Session(Model):
    """A browser in which somebody is signed in. The browser's cookie holds the id, this row only its hash."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    #: the person's stamp when the session began; with another one it is over, even if its row came late
    stamp: Mapped[str] = mapped_column(String(16))
    #: what the browser says of itself, such as "Firefox, Windows"; "" when it says nothing that is known
    device: Mapped[str] = mapped_column(String(80), default="")
    #: whether it outlives the browser
    stay: Mapped[bool] = mapped_column(default=False)
    #: whether a second factor was given
    second: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: to the minute
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: when the password was last given, or the person signed in at an identity provider
    fresh_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: when the browser last got the cookie, with its time to keep it
    renewed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuthenticatorApp(Model):
    """The secret that a person's authenticator app shares with us (TOTP), encrypted with the server's key."""

    __tablename__ = "authenticator_app"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: the number of the half minute whose code was used last: each code works once
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Model):
    """A code that stands in for a lost second factor, once. Only its hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Model):
    """A key on a person's device or stick (WebAuthn), of which we know the public half."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    #: its id, in base64url (at most 1,023 bytes)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    name: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TokenScope(StrEnum):
    """What a token of the API is for. It narrows what its person may do, and never widens it."""

    COURSES = "courses:read"
    QUESTIONS = "questions:read"
    CLASSES = "classes:read"
    PEOPLE = "people:read"
    SCORES = "scores:read"


class ApiToken(Model):
    """What a program of a person signs in with at the API. Only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    #: what the person calls it, such as "gradebook of the school"
    name: Mapped[str] = mapped_column(String(80))
    #: each a `TokenScope`
    scopes: Mapped[list[str]] = mapped_column(JSON)
    #: whether it was made in a session with a second factor
    second: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: to the minute; null: never
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeLink(Model):
    """A link that works once: to create the first instructor, or to set a new password. Only its hash is kept."""

    __tablename__ = "one_time_link"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(12))  # setup or reset
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Cohort(Model):
    """A class of one course: learners who share assignments, and the instructors who see them."""

    __tablename__ = "cohort"
    __table_args__ = (UniqueConstraint("course_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(String(80))
    #: unique among the classes of the course
    name: Mapped[str] = mapped_column(String(120))
    join_code: Mapped[str] = mapped_column(String(16), unique=True)
    #: whether the code lets people in at the moment
    joinable: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    members: Mapped[list[User]] = relationship(
        secondary="cohort_member",
        secondaryjoin="and_(User.id == CohortMember.user_id, CohortMember.left_at.is_(None))",
        viewonly=True,
        order_by="User.name",
    )
    instructors: Mapped[list[User]] = relationship(secondary="cohort_instructor", viewonly=True, order_by="User.name")


class CohortMember(Model):
    """Somebody in a class, or somebody who was.

    The row stays when a person leaves: what the class is set goes on holding for them, so that leaving is no way
    around its rules. Whatever lists members asks for `left_at` being null.
    """

    __tablename__ = "cohort_member"

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: the person did not come by themselves: an admin vouched for them, or an older edition's roster put them here
    found: Mapped[bool] = mapped_column(default=False)
    #: a roster of this class made the account, so the class may hand out its first link
    made_here: Mapped[bool] = mapped_column(default=False)
    #: when the person left by themselves; null while they are in the class
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invitation(Model):
    """An account that a roster named. It is in the class when its person says yes, or an admin vouches for it.

    Until then it is no membership: the class sees nothing of the person, and nothing the class is set holds for them.
    """

    __tablename__ = "invitation"

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    #: what the roster called them: the class knows no more
    listed_as: Mapped[str] = mapped_column(String(120), default="")
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: when the person said no
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CohortInstructor(Model):
    __tablename__ = "cohort_instructor"

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)


class CourseRole(StrEnum):
    """What somebody is in one course. What each may do is in `accounts.course_roles`."""

    OWNER = "owner"
    AUTHOR = "author"
    TEACHER = "teacher"


class Admission(StrEnum):
    """Who may take a course."""

    #: everybody who may open the site
    OPEN = "open"
    #: those who entered its code, and the classes of the course
    CODE = "code"
    #: the classes of the course
    CLASS = "class"


class CourseStaff(Model):
    """Somebody with a role in a course. Courses are named by the `id` of their `course.yaml`."""

    __tablename__ = "course_staff"
    __table_args__ = (CheckConstraint("role IN ('owner', 'author', 'teacher')", name="role"),)

    course_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(12))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CourseAdmission(Model):
    """Who may take a course, and what else its owners settled. A course without a row is as it always was: open, and
    every instructor of the site writes and teaches in it."""

    __tablename__ = "course_admission"
    __table_args__ = (CheckConstraint("admission IN ('open', 'code', 'class')", name="admission"),)

    course_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    admission: Mapped[str] = mapped_column(String(8), default=Admission.OPEN)
    #: kept while the course is open, too, so that closing it again closes it to nobody who was in
    join_code: Mapped[str] = mapped_column(String(16), unique=True)
    #: every instructor of the site is author and teacher here, besides the staff
    all_instructors: Mapped[bool] = mapped_column(default=True, server_default=true())
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CourseMember(Model):
    """Somebody, maybe a guest, who entered a course by its code."""

    __tablename__ = "course_member"

    course_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
