"""What else belongs to a person. Rooms above this one say so here, because accounts does not know them.

A room that keeps rows of a person says in its `personal_data.py` how they move from a guest to an account, what of
them a person takes away as their own data, and what goes when the person goes; `create_app` connects all of them. A
test walks every foreign key to the user table and finds it spoken for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import delete, func, select, update

from webapp.accounts.models import (
    AuthenticatorApp,
    Cohort,
    CohortInstructor,
    CohortMember,
    Invitation,
    Passkey,
    RecoveryCode,
    Session,
    User,
)
from webapp.database import db

Part = TypeVar("Part", CohortMember, CohortInstructor)


class PersonalData:
    """One kind of thing people have. Every method flushes at most."""

    #: the heading in one's own data
    name: ClassVar[str]
    #: the columns that say whose it is, as "table.column"
    columns: ClassVar[tuple[str, ...]]

    def move(self, guest: User, user: User) -> int:
        """Gives what the guest has to the user, and leaves nothing of the guest's; says how many things moved."""
        return 0

    def export(self, user: User, now: datetime) -> Any:
        """The person's own data of this kind: JSON-able, and readable by that person."""
        return []

    def erase(self, user: User) -> None:
        """Removes what would say who the person was, or is of use only to them. Results stay, for statistics."""


_connected: dict[str, PersonalData] = {}


def connect(*kinds: type[PersonalData]) -> None:
    """Adds kinds of personal data. Called by `create_app`, the lowest room first."""
    _connected.update({kind.name: kind() for kind in kinds})


def all_kinds() -> list[PersonalData]:
    """All kinds that are connected, in the order of `connect`."""
    return list(_connected.values())


class Classes(PersonalData):
    """The classes a person is in, and those they teach."""

    name = "classes"
    columns = ("cohort_member.user_id", "cohort_instructor.user_id", "invitation.user_id", "invitation.invited_by")

    def move(self, guest: User, user: User) -> int:
        moved = _move(CohortMember, guest, user) + _move(CohortInstructor, guest, user)
        # Nobody lists a guest, but no row may point at one who is gone.
        db.session.execute(delete(Invitation).where(Invitation.user_id == guest.id))
        db.session.execute(update(Invitation).where(Invitation.invited_by == guest.id).values(invited_by=user.id))
        db.session.flush()
        return moved

    def export(self, user: User, now: datetime) -> dict[str, Any]:
        left = (
            select(Cohort.name, CohortMember.left_at)
            .join(CohortMember)
            .where(CohortMember.user_id == user.id, CohortMember.left_at.is_not(None))
            .order_by(Cohort.name)
        )
        invited = (
            select(Cohort.name, Invitation.listed_as, Invitation.invited_at, Invitation.declined_at)
            .join(Invitation)
            .where(Invitation.user_id == user.id)
            .order_by(Cohort.name)
        )
        return {
            "in": [cohort.name for cohort in user.cohorts],
            "left": [{"class": row.name, "at": row.left_at.isoformat()} for row in db.session.execute(left)],
            "invited_to": [
                {
                    "class": row.name,
                    "listed_as": row.listed_as,
                    "at": row.invited_at.isoformat(),
                    "declined_at": row.declined_at.isoformat() if row.declined_at else None,
                }
                for row in db.session.execute(invited)
            ],
            "teaching": _taught(user),
        }

    def erase(self, user: User) -> None:
        db.session.execute(delete(Invitation).where(Invitation.user_id == user.id))
        db.session.execute(delete(CohortMember).where(CohortMember.user_id == user.id))
        db.session.execute(delete(CohortInstructor).where(CohortInstructor.user_id == user.id))


class SignIns(PersonalData):
    """Where a person is signed in, and their second factors."""

    name = "sign_ins"
    columns = ("session.user_id", "authenticator_app.user_id", "recovery_code.user_id", "passkey.user_id")

    def move(self, guest: User, user: User) -> int:
        db.session.execute(delete(Session).where(Session.user_id == guest.id))
        return 0  # nothing that the guest did: the browser gets a session of the account

    def export(self, user: User, now: datetime) -> dict[str, Any]:
        sessions = db.session.scalars(select(Session).where(Session.user_id == user.id).order_by(Session.id))
        passkeys = db.session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id))
        codes = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
        return {
            "signed_in": [
                {
                    "device": each.device,
                    "since": each.created_at.isoformat(),
                    "last_used": each.last_used_at.isoformat(),
                }
                for each in sessions
            ],
            "authenticator_app": db.session.get(AuthenticatorApp, user.id) is not None,
            "passkeys": [{"name": each.name, "since": each.created_at.isoformat()} for each in passkeys],
            "recovery_codes_left": db.session.scalar(codes),
        }

    def erase(self, user: User) -> None:
        for kind in (Session, AuthenticatorApp, RecoveryCode, Passkey):
            db.session.execute(delete(kind).where(kind.user_id == user.id))


def _move(kind: type[Part], guest: User, user: User) -> int:
    """Gives the user the guest's part in each class, unless they have one there already; says in how many."""
    has = {part.cohort_id: part for part in db.session.scalars(select(kind).where(kind.user_id == user.id))}
    parts = db.session.scalars(select(kind).where(kind.user_id == guest.id)).all()
    for part in parts:
        own = has.get(part.cohort_id)
        if own is not None:
            if isinstance(own, CohortMember) and isinstance(part, CohortMember) and part.left_at is None:
                own.left_at = None
            db.session.delete(part)
        else:
            part.user_id = user.id
    return len(parts)


def _taught(user: User) -> list[str]:
    query = select(Cohort.name).join(CohortInstructor).where(CohortInstructor.user_id == user.id)
    return list(db.session.scalars(query.order_by(Cohort.name)))
