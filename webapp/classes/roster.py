"""The list of a cohort: importing what was planned (`roster_plan`), first links, and the list as a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from webapp.accounts import bulk_accounts
from webapp.accounts.bulk_accounts import Newcomer
from webapp.accounts.models import Cohort, CohortMember, Invitation, User
from webapp.audit.service import record
from webapp.classes import cohorts
from webapp.classes.roster_plan import ADD, ASK, CHANGE, INVITE, REFUSE, ImportPlan
from webapp.database import db
from webapp.ui.spreadsheets import Column, Table


@dataclass(frozen=True)
class FirstLink:
    """The link by which somebody sets a first password (the address is /reset/<token>); shown once and not kept."""

    name: str
    login: str
    token: str


@dataclass(frozen=True)
class ImportOutcome:
    """What an import did: how many of each kind, and the first links of those it made."""

    new: int
    invited: int
    changed: int
    links: list[FirstLink]


def carry_out(
    cohort: Cohort, planned: ImportPlan, *, confirmed: Collection[int] = (), now: datetime, by: User
) -> ImportOutcome:
    """Does what a plan says, flushed and recorded. The plan must be of this very transaction.

    `confirmed` are the numbers of lines of which the instructor says that the account is this person's; of those that
    ask, only they are invited. Raises accounts.service.Taken.
    """
    new = [line for line in planned.lines if line.does == ADD]
    added = bulk_accounts.create([Newcomer(line.name, line.username, line.email) for line in new], now=now)
    tokens = bulk_accounts.links(added, now=now, by=by)
    if added:
        db.session.execute(
            insert(CohortMember),
            [{"cohort_id": cohort.id, "user_id": user.id, "joined_at": now, "made_here": True} for user in added],
        )
    asked = [line for line in planned.lines if line.does == ASK and line.number in confirmed]
    invited = [line for line in planned.lines if line.does == INVITE] + asked
    if invited:
        db.session.execute(
            insert(Invitation),
            [
                {
                    "cohort_id": cohort.id,
                    "user_id": line.user_id,
                    "listed_as": line.name,
                    "invited_by": by.id,
                    "invited_at": now,
                }
                for line in invited
            ],
        )
    changed = [line for line in planned.lines if line.does == CHANGE]
    for line in changed:
        person = db.session.get_one(User, line.user_id)
        for kind, value in line.changes.items():
            setattr(person, kind, value)
        if "email" in line.changes:
            person.email_verified_at = now
        if "username" in line.changes:
            person.username_given_at = now
    db.session.flush()
    record(
        by,
        "roster.imported",
        f"cohort:{cohort.id}",
        now=now,
        cohort_id=cohort.id,
        course_id=cohort.course_id,
        added=[user.id for user in added],
        invited=[line.user_id for line in invited],
        confirmed=[line.user_id for line in asked],
        changed={str(line.user_id): line.changes for line in changed},
        refused=planned.count(REFUSE),
    )
    return ImportOutcome(len(added), len(invited), len(changed), _first_links(added, tokens))


def new_links(cohort: Cohort, *, now: datetime, by: User) -> list[FirstLink]:
    """New first links for everybody in `without_password`, flushed and recorded; earlier ones end."""
    people = without_password(cohort)
    tokens = bulk_accounts.links(people, now=now, by=by)
    record(
        by, "roster.links_made", f"cohort:{cohort.id}", now=now, cohort_id=cohort.id, course_id=cohort.course_id,
        users=sorted(tokens),
    )  # fmt: skip
    return _first_links(people, tokens)


def _first_links(people: Sequence[User], tokens: dict[int, str]) -> list[FirstLink]:
    # Read before the commit, which makes the session forget thousands of people.
    return [FirstLink(user.name, user.username or user.email or "", tokens[user.id]) for user in people]


def without_password(cohort: Cohort) -> list[User]:
    """Members whom a roster of this class made and who have not set a password yet."""
    return list(
        db.session.scalars(
            select(User)
            .join(CohortMember, CohortMember.user_id == User.id)
            .where(
                CohortMember.cohort_id == cohort.id,
                CohortMember.left_at.is_(None),
                CohortMember.made_here.is_(True),
                User.password_hash.is_(None),
                User.role == "learner",
                User.in_staff.is_(False),
                User.origin == "roster",
                User.deleted_at.is_(None),
            )
            .order_by(User.name_order, User.id)
        )
    )


def member_table(cohort: Cohort) -> Table:
    """The members by name, with heads that the import knows."""
    columns = (Column("name", width=28), Column("username", width=20), Column("email", width=28))
    rows = ([member.name, member.username, member.email] for member in cohorts.everybody(cohort))
    return Table(f"roster-{cohort.id}", columns, rows, for_excel=True)
