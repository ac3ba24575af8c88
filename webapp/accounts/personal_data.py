"""What else belongs to a person. Rooms above this one say so here, because accounts does not know them.

A room that keeps rows of a person says in its `personal_data.py` how they move from a guest to an account, what of
them a person takes away as their own data, and what goes when the person goes; `create_app` connects all of them. A
test walks every foreign key to the user table and finds it spoken for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, String, cast, delete, func, or_, select, update

from webapp.accounts.models import (
    ApiToken,
    AuthenticatorApp,
    Cohort,
    CohortInstructor,
    CohortMember,
    CourseAdmission,
    CourseMember,
    CourseStaff,
    Invitation,
    OneTimeLink,
    Passkey,
    RecoveryCode,
    Session,
    User,
)
from webapp.accounts.single_sign_on.models import BegunSignIn, Identity
from webapp.audit.models import AuditEntry
from webapp.database import db

Part = TypeVar("Part", CohortMember, CohortInstructor)


@dataclass(frozen=True)
class Fate:
    """What an erasure does to so many things of a kind."""

    what: str
    number: int
    #: whether they are removed; else they stay, and `why` says how and why
    goes: bool = True
    why: str = ""


def counted(*conditions: ColumnElement[bool]) -> int:
    """How many rows of one table there are."""
    return db.session.scalar(select(func.count()).where(*conditions)) or 0


def name_of_erased(user: User) -> str:
    """What stands in place of the name where an act must stay explicable: which acts are one person's is still seen."""
    return f"user:{user.id}"


class PersonalData:
    """One kind of thing people have. Every method flushes at most."""

    #: the heading in one's own data
    name: ClassVar[str]
    #: the columns that say whose it is, as "table.column"
    columns: ClassVar[tuple[str, ...]]
    #: whether it is what statistics rest on: then it outlives the person, nameless, unless that is not wanted
    is_result: ClassVar[bool] = False

    def move(self, guest: User, user: User) -> int:
        """Gives what the guest has to the user, and leaves nothing of the guest's; says how many things moved."""
        return 0

    def export(self, user: User, now: datetime) -> Any:
        """The person's own data of this kind: JSON-able, and readable by that person."""
        return []

    def files(self, user: User) -> Iterator[tuple[str, bytes]]:
        """The person's own files of this kind, each with a path, one after the other; `export` tells of them."""
        return iter(())

    def used_since(self, since: datetime) -> ColumnElement[bool] | None:
        """The condition on User that rows of this kind tell of a use since then; None where they tell of none."""
        return None

    def remove(self, ids: Sequence[int]) -> None:
        """Removes every row of these people. Where they only acted for others, that they did goes, and the row stays.

        For kinds whose rows nothing else rests on; flushes.
        """
        for name in self.columns:
            table, _dot, column = name.partition(".")
            whose = db.metadata.tables[table].c[column]
            if whose.nullable and column != "user_id":
                db.session.execute(update(whose.table).where(whose.in_(ids)).values({column: None}))
            else:
                db.session.execute(delete(whose.table).where(whose.in_(ids)))

    def fates(self, user: User) -> list[Fate]:
        """What `erase` would do, for whoever is to decide."""
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

    def fates(self, user: User) -> list[Fate]:
        return [
            Fate(_("memberships of classes, now or before"), counted(CohortMember.user_id == user.id)),
            Fate(_("classes taught"), counted(CohortInstructor.user_id == user.id)),
            Fate(_("invitations to classes"), counted(Invitation.user_id == user.id)),
        ]

    def erase(self, user: User) -> None:
        db.session.execute(delete(Invitation).where(Invitation.user_id == user.id))
        db.session.execute(delete(CohortMember).where(CohortMember.user_id == user.id))
        db.session.execute(delete(CohortInstructor).where(CohortInstructor.user_id == user.id))


class CourseParts(PersonalData):
    """The roles a person has in courses, those they entered by a code, and what they settled for others."""

    name = "courses"
    columns = (
        "course_staff.user_id",
        "course_staff.added_by",
        "course_member.user_id",
        "course_admission.made_by",
    )

    def move(self, guest: User, user: User) -> int:
        entered = select(CourseMember.course_id).where(CourseMember.user_id == user.id)
        db.session.execute(
            delete(CourseMember).where(CourseMember.user_id == guest.id, CourseMember.course_id.in_(entered))
        )
        moved = update(CourseMember).where(CourseMember.user_id == guest.id).values(user_id=user.id)
        db.session.execute(moved)
        return 0  # nothing that the guest did, and guests have no role

    def export(self, user: User, now: datetime) -> dict[str, Any]:
        parts = select(CourseStaff).where(CourseStaff.user_id == user.id).order_by(CourseStaff.course_id)
        entered = select(CourseMember).where(CourseMember.user_id == user.id).order_by(CourseMember.course_id)
        return {
            "roles": [
                {"course": part.course_id, "role": part.role, "since": part.added_at.isoformat()}
                for part in db.session.scalars(parts)
            ],
            "entered_by_code": [
                {"course": member.course_id, "at": member.joined_at.isoformat()}
                for member in db.session.scalars(entered)
            ],
        }

    def fates(self, user: User) -> list[Fate]:
        return [
            Fate(_("roles in courses"), counted(CourseStaff.user_id == user.id)),
            Fate(_("courses entered by their code"), counted(CourseMember.user_id == user.id)),
        ]

    def erase(self, user: User) -> None:
        db.session.execute(delete(CourseStaff).where(CourseStaff.user_id == user.id))
        db.session.execute(delete(CourseMember).where(CourseMember.user_id == user.id))
        db.session.execute(update(CourseStaff).where(CourseStaff.added_by == user.id).values(added_by=None))
        db.session.execute(update(CourseAdmission).where(CourseAdmission.made_by == user.id).values(made_by=None))
        user.in_staff = False


class SignIns(PersonalData):
    """Where a person is signed in, the programs that do so in their name, their second factors, and who they are at
    identity providers."""

    name = "sign_ins"
    columns = (
        "session.user_id",
        "api_token.user_id",
        "authenticator_app.user_id",
        "recovery_code.user_id",
        "passkey.user_id",
        "one_time_link.user_id",
        "one_time_link.created_by",
        "identity.user_id",
        "begun_sign_in.user_id",
    )

    def move(self, guest: User, user: User) -> int:
        db.session.execute(delete(Session).where(Session.user_id == guest.id))
        db.session.execute(delete(OneTimeLink).where(OneTimeLink.user_id == guest.id))
        # A guest has no identity; whoever has one has an account.
        db.session.execute(delete(BegunSignIn).where(BegunSignIn.user_id == guest.id))
        return 0  # nothing that the guest did: the browser gets a session of the account

    def export(self, user: User, now: datetime) -> dict[str, Any]:
        sessions = db.session.scalars(select(Session).where(Session.user_id == user.id).order_by(Session.id))
        passkeys = db.session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id))
        tokens = db.session.scalars(select(ApiToken).where(ApiToken.user_id == user.id).order_by(ApiToken.id))
        codes = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
        identities = db.session.scalars(select(Identity).where(Identity.user_id == user.id).order_by(Identity.id))
        return {
            "signed_in": [
                {
                    "device": each.device,
                    "since": each.created_at.isoformat(),
                    "last_used": each.last_used_at.isoformat(),
                }
                for each in sessions
            ],
            "programs": [
                {
                    "name": each.name,
                    "scopes": each.scopes,
                    "since": each.created_at.isoformat(),
                    "until": each.expires_at.isoformat(),
                    "last_used": each.last_used_at.isoformat() if each.last_used_at else None,
                }
                for each in tokens
            ],
            "authenticator_app": db.session.get(AuthenticatorApp, user.id) is not None,
            "passkeys": [{"name": each.name, "since": each.created_at.isoformat()} for each in passkeys],
            "recovery_codes_left": db.session.scalar(codes),
            "identities": [
                {
                    "provider": each.provider,
                    "issuer": each.issuer,
                    "subject": each.subject,
                    "role_given": each.gave,
                    "in_place_of": each.gave_over,
                    "since": each.created_at.isoformat(),
                    "last_used": each.last_used_at.isoformat(),
                }
                for each in identities
            ],
        }

    def fates(self, user: User) -> list[Fate]:
        kinds = (AuthenticatorApp, RecoveryCode, Passkey)
        return [
            Fate(_("browsers that are signed in"), counted(Session.user_id == user.id)),
            Fate(_("tokens for programs"), counted(ApiToken.user_id == user.id)),
            Fate(_("second factors and recovery codes"), sum(counted(kind.user_id == user.id) for kind in kinds)),
            Fate(_("links to set a password"), counted(OneTimeLink.user_id == user.id)),
            Fate(_("identities at other services"), counted(Identity.user_id == user.id)),
        ]

    def erase(self, user: User) -> None:
        kinds = (Session, ApiToken, AuthenticatorApp, RecoveryCode, Passkey, OneTimeLink, Identity, BegunSignIn)
        for kind in kinds:
            db.session.execute(delete(kind).where(kind.user_id == user.id))
        db.session.execute(update(OneTimeLink).where(OneTimeLink.created_by == user.id).values(created_by=None))


class Acts(PersonalData):
    """What a person did as an instructor or admin, and what was done to them: the audit log."""

    name = "log"
    columns = ("audit_entry.actor_id",)

    def remove(self, ids: Sequence[int]) -> None:
        """The log is not removed before its time, and who acted in it is not removed altogether."""

    def export(self, user: User, now: datetime) -> dict[str, Any]:
        did = select(AuditEntry).where(AuditEntry.actor_id == user.id).order_by(AuditEntry.id)
        about = select(AuditEntry).where(_tells_of(user)).order_by(AuditEntry.id)
        return {
            "did": [
                {"at": entry.at.isoformat(), "what": entry.action, "to": entry.subject, "why": entry.reason}
                for entry in db.session.scalars(did)
            ],
            # Who did it is another person's; the page of the attempt says it where a learner may know.
            "was_done_to": [
                {"at": entry.at.isoformat(), "what": entry.action, "why": entry.reason}
                for entry in db.session.scalars(about)
            ],
        }

    def fates(self, user: User) -> list[Fate]:
        why = _("Kept, because grades have to be explained years later; the name becomes %(name)s.")
        about = _("Kept without reasons, names and addresses, because what was decided must stay known.")
        return [
            Fate(_("acts in the audit log"), counted(AuditEntry.actor_id == user.id), False,
                 why % {"name": name_of_erased(user)}),
            Fate(_("entries of the audit log that tell of them"), counted(_tells_of(user)), False, about),
        ]  # fmt: skip

    def erase(self, user: User) -> None:
        """The database lets exactly this be changed, and only of somebody who is marked as deleted."""
        name = name_of_erased(user)
        db.session.execute(
            update(AuditEntry).where(AuditEntry.actor_id == user.id, AuditEntry.actor_name != name)
            .values(actor_name=name).execution_options(synchronize_session=False)
        )  # fmt: skip
        told = db.session.execute(select(AuditEntry.id, AuditEntry.details).where(_tells_of(user))).all()
        for entry_id, details in told:
            left = {key: value for key, value in details.items() if key != "name"}
            if str(user.id) in left.get("changed", {}):
                left["changed"] = {**left["changed"], str(user.id): {}}
            db.session.execute(
                update(AuditEntry).where(AuditEntry.id == entry_id).values(reason="", details=left)
                .execution_options(synchronize_session=False)
            )  # fmt: skip
        db.session.expire_all()


def _tells_of(user: User) -> ColumnElement[bool]:
    """The condition on entries that are about a person: as their subject, or named in the details."""
    details = cast(AuditEntry.details, String)
    return or_(
        AuditEntry.subject == f"user:{user.id}",
        details.contains(f'"user": {user.id},'),
        details.contains(f'"user": {user.id}}}'),
        details.contains(f'"{user.id}": {{'),
    )


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
