"""People: learners, guests, instructors, admins, and the cohorts that bring them together."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.database import Model, UtcDateTime

ROLES = ("guest", "learner", "instructor", "admin")


def new_stamp() -> str:
    return secrets.token_hex(8)


class User(UserMixin, Model):  # type: ignore[misc]  # Flask-Login has no types
    """One person. A deleted one keeps the row, without anything that says who it was, so that statistics stand."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("role IN ('guest', 'learner', 'instructor', 'admin')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    #: what is typed at sign-in, casefolded; absent for guests and deleted people
    username: Mapped[str | None] = mapped_column(String(120), unique=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(12), default="learner", index=True)
    #: changes with the password, and ends every other session of this person
    stamp: Mapped[str] = mapped_column(String(16), default=new_stamp)
    #: signup, roster, cli, setup, guest or demo
    origin: Mapped[str] = mapped_column(String(12), default="signup", index=True)
    locale: Mapped[str | None] = mapped_column(String(8))
    #: something waits to be read: a note of a changed result. Kept here, so that pages need not ask for it in vain
    has_notes: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: settings of the person, such as {"certainty": false}
    preferences: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    cohorts: Mapped[list[Cohort]] = relationship(secondary="cohort_member", viewonly=True, order_by="Cohort.name")

    def get_id(self) -> str:
        """What the session cookie holds: the id and the stamp it was made with."""
        return f"{self.id}:{self.stamp}"

    @property
    def is_guest(self) -> bool:
        return self.role == "guest"

    @property
    def is_instructor(self) -> bool:
        """Whether the instructor's desk is open to this person (admins included)."""
        return self.role in {"instructor", "admin"}

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


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
    """A class: learners who share assignments, and the instructors who see them."""

    __tablename__ = "cohort"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    join_code: Mapped[str] = mapped_column(String(16), unique=True)
    #: whether the code lets people in at the moment
    joinable: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    members: Mapped[list[User]] = relationship(secondary="cohort_member", viewonly=True, order_by="User.name")
    instructors: Mapped[list[User]] = relationship(secondary="cohort_instructor", viewonly=True, order_by="User.name")


class CohortMember(Model):
    __tablename__ = "cohort_member"

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: a roster put an account here that was there before. Its person did not come by themselves, so the class's
    #: instructors may see their work and not touch how they sign in
    found: Mapped[bool] = mapped_column(default=False)


class CohortInstructor(Model):
    __tablename__ = "cohort_instructor"

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
