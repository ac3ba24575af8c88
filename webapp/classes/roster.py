"""The list of a cohort: importing what was planned (`roster_plan`), first links, and the list as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from webapp.accounts import bulk_accounts
from webapp.accounts.bulk_accounts import Newcomer
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.audit.service import record
from webapp.classes import cohorts
from webapp.classes.roster_plan import ADD, CHANGE, ENROL, REFUSE, ImportPlan
from webapp.database import db, pieces
from webapp.quizzes import service as quizzes
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
    enrolled: int
    changed: int
    links: list[FirstLink]


def carry_out(cohort: Cohort, planned: ImportPlan, *, now: datetime, by: User) -> ImportOutcome:
    """Does what a plan says, flushed and recorded. The plan must be of this very transaction.

    Raises accounts.service.Taken.
    """
    new = [line for line in planned.lines if line.does == ADD]
    added = bulk_accounts.create([Newcomer(line.name, line.username, line.email) for line in new], now=now)
    tokens = bulk_accounts.links(added, now=now, by=by)
    enrolled = [line.user_id for line in planned.lines if line.does == ENROL]
    back = _take_back(cohort, enrolled)
    memberships = [
        {"cohort_id": cohort.id, "user_id": user_id, "joined_at": now, "found": found}
        for user_id, found in [*((user.id, False) for user in added), *((user_id, True) for user_id in enrolled)]
        if user_id not in back
    ]
    if memberships:
        db.session.execute(insert(CohortMember), memberships)
    changed = [line for line in planned.lines if line.does == CHANGE]
    for line in changed:
        person = db.session.get_one(User, line.user_id)
        for kind, value in line.changes.items():
            setattr(person, kind, value)
    db.session.flush()
    for user_id in enrolled:
        quizzes.refresh_deadlines(user_id=user_id)
    record(
        by,
        "roster.imported",
        f"cohort:{cohort.id}",
        now=now,
        cohort_id=cohort.id,
        added=[user.id for user in added],
        enrolled=enrolled,
        changed={str(line.user_id): line.changes for line in changed},
        refused=planned.count(REFUSE),
    )
    return ImportOutcome(len(added), len(enrolled), len(changed), _first_links(added, tokens))


def new_links(cohort: Cohort, *, now: datetime, by: User) -> list[FirstLink]:
    """New first links for everybody in `without_password`, flushed and recorded; earlier ones end."""
    people = without_password(cohort)
    tokens = bulk_accounts.links(people, now=now, by=by)
    record(by, "roster.links_made", f"cohort:{cohort.id}", now=now, cohort_id=cohort.id, users=sorted(tokens))
    return _first_links(people, tokens)


def _take_back(cohort: Cohort, user_ids: Sequence[int | None]) -> set[int]:
    """Those of the people who had left the class, and are in it again."""
    back = set()
    for piece in pieces([user_id for user_id in user_ids if user_id is not None]):
        left = select(CohortMember).where(CohortMember.cohort_id == cohort.id, CohortMember.user_id.in_(piece))
        for membership in db.session.scalars(left):
            membership.left_at = None
            back.add(membership.user_id)
    return back


def _first_links(people: Sequence[User], tokens: dict[int, str]) -> list[FirstLink]:
    # Read before the commit, which makes the session forget thousands of people.
    return [FirstLink(user.name, user.username or user.email or "", tokens[user.id]) for user in people]


def without_password(cohort: Cohort) -> list[User]:
    """Members whom a roster made and who have not set a password yet."""
    return list(
        db.session.scalars(
            select(User)
            .join(CohortMember, CohortMember.user_id == User.id)
            .where(
                CohortMember.cohort_id == cohort.id,
                CohortMember.left_at.is_(None),
                CohortMember.found.is_(False),
                User.password_hash.is_(None),
                User.role == "learner",
                User.origin == "roster",
                User.deleted_at.is_(None),
            )
            .order_by(User.name, User.id)
        )
    )


def member_table(cohort: Cohort) -> Table:
    """The members by name, with heads that the import knows."""
    columns = (Column("name", width=28), Column("username", width=20), Column("email", width=28))
    rows = ([member.name, member.username, member.email] for member in cohorts.everybody(cohort))
    return Table(f"roster-{cohort.id}", columns, rows, for_excel=True)
