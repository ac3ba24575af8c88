"""Bringing a class list into a cohort: first a plan, line by line, then exactly that plan.

Whom a line means is decided by its e-mail address or user name, never by the name. So the same list again changes
nothing, and a list with a few more lines adds just those.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from webapp.accounts import bulk_accounts, names
from webapp.accounts.bulk_accounts import Newcomer
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.classes import cohorts
from webapp.classes.roster_files import Row
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.ui.spreadsheets import Column, Table, looks_like_formula

ADD, ENROL, CHANGE, KEEP, REFUSE = "add", "enrol", "change", "keep", "refuse"
_CHUNK = 400


@dataclass
class Line:
    """What becomes of one line.

    `does` is add (a new account), enrol (an account that is there joins the class), change (a member), keep or refuse.
    `why` holds codes for the page to put into words, `of_line` the earlier line a repeated one repeats.
    """

    number: int
    name: str
    username: str | None
    email: str | None
    does: str = REFUSE
    why: list[str] = field(default_factory=list)
    of_line: int | None = None
    user_id: int | None = None
    #: what changes: field → new value
    changes: dict[str, str] = field(default_factory=dict)
    #: what it says of an account and is not done: fields
    left: list[str] = field(default_factory=list)

    @property
    def login(self) -> str:
        return self.username or self.email or ""


@dataclass(frozen=True)
class Plan:
    """What an import would do."""

    lines: tuple[Line, ...]

    def count(self, does: str) -> int:
        return sum(1 for line in self.lines if line.does == does)

    @property
    def does_something(self) -> bool:
        return any(line.does in (ADD, ENROL, CHANGE) for line in self.lines)

    @property
    def digest(self) -> str:
        """Says whether two plans do the same to the same people."""
        acts = [
            [line.number, line.name, line.username, line.email, line.does, line.user_id, sorted(line.changes.items())]
            for line in self.lines
        ]
        return hashlib.sha256(json.dumps(acts, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What an import did: the people it made with the tokens of their first links, and how many of each kind."""

    added: list[User]
    new: int
    tokens: dict[int, str]
    enrolled: int
    changed: int


# --- the plan --------------------------------------------------------------------------------------------------------


def plan(cohort: Cohort, rows: Iterable[Row]) -> Plan:
    """What each line would do to the cohort as it is now. A few queries, however many lines."""
    lines = [_read(row) for row in rows]
    people = _people(lines)
    members = dict(
        db.session.execute(select(CohortMember.user_id, CohortMember.found).where(CohortMember.cohort_id == cohort.id))
        .tuples()
        .all()
    )
    seen: dict[tuple[str, Any], int] = {}
    for line in lines:
        if line.why:
            continue
        found = {person.id: person for key in _keys(line) if (person := people.get(key)) is not None}
        if len(found) > 1:
            line.why.append("two-people")
            continue
        person = next(iter(found.values()), None)
        keys: list[tuple[str, Any]] = [*_keys(line), *([("id", person.id)] if person else [])]
        earlier = next((seen[key] for key in keys if key in seen), None)
        if earlier is not None:
            line.why.append("repeated")
            line.of_line = earlier
            continue
        for key in keys:
            seen[key] = line.number
        _decide(line, person, members)
    return Plan(tuple(lines))


def _read(row: Row) -> Line:
    """A line with clean values, and all that is wrong with it in itself."""
    line = Line(row.line, names.clean_name(row.name), None, None)
    why = line.why
    if row.problem:
        why.append(row.problem)
        line.name = line.name or row.name[:60]
        return line
    if not row.name:
        why.append("no-name")
    elif looks_like_formula(row.name):
        why.append("formula")
    elif not line.name:
        why.append("bad-name")
    elif len(row.name) > names.NAME_LENGTH:
        why.append("long")
    if row.email:
        line.email = names.email_of(row.email)
        if line.email is None:
            why.append("bad-email")
            line.email = row.email
    if row.username:
        if "@" in row.username:
            # Many systems sign people in by their address, and call it a user name.
            address = names.email_of(row.username)
            if address is None:
                why.append("bad-email")
            elif line.email is None:
                line.email = address
        elif names.username_problem(row.username) is not None:
            why.append("bad-username")
            line.username = row.username
        else:
            line.username = names.fold(row.username)
    if not row.email and not row.username:
        why.append("no-login")
    return line


def _keys(line: Line) -> list[tuple[str, str]]:
    given = (("email", line.email), ("username", line.username))
    return [(kind, value) for kind, value in given if value is not None]


def _people(lines: Sequence[Line]) -> dict[tuple[str, str], User]:
    """The accounts that the lines speak of, by e-mail address and user name."""
    found: dict[tuple[str, str], User] = {}
    for kind, column in (("email", User.email), ("username", User.username)):
        values = sorted({value for line in lines for key, value in _keys(line) if key == kind})
        for start in range(0, len(values), _CHUNK):
            wanted = select(User).where(column.in_(values[start : start + _CHUNK]), User.deleted_at.is_(None))
            for person in db.session.scalars(wanted):
                found[kind, getattr(person, kind)] = person
    return found


def _decide(line: Line, person: User | None, members: dict[int, bool]) -> None:
    if person is None:
        line.does = ADD
        return
    line.user_id = person.id
    if person.is_instructor:
        line.why.append("instructor")
        return
    if person.id not in members:
        line.does = ENROL
        return
    if members[person.id]:
        # The account is its person's; the class only sees their work.
        line.does = KEEP
        return
    if person.name != line.name:
        line.changes["name"] = line.name
    for kind, value in _keys(line):
        has = getattr(person, kind)
        if has is None:
            line.changes[kind] = value
        elif has != value:
            line.left.append(kind)
    line.does = CHANGE if line.changes else KEEP


# --- doing it --------------------------------------------------------------------------------------------------------


def carry_out(cohort: Cohort, planned: Plan, *, now: datetime, by: User | None) -> Outcome:
    """Does what a plan says, flushed. The plan must be of this very transaction. Raises accounts.service.Taken."""
    new = [line for line in planned.lines if line.does == ADD]
    added = bulk_accounts.create([Newcomer(line.name, line.username, line.email) for line in new], now=now)
    tokens = bulk_accounts.links(added, now=now, by=by)
    enrolled = [line.user_id for line in planned.lines if line.does == ENROL]
    memberships = [
        {"cohort_id": cohort.id, "user_id": user_id, "joined_at": now, "found": found}
        for user_id, found in [*((user.id, False) for user in added), *((user_id, True) for user_id in enrolled)]
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
    return Outcome(added, len(added), tokens, len(enrolled), len(changed))


def without_password(cohort: Cohort) -> list[User]:
    """Members whom a roster made and who have not set a password yet."""
    return list(
        db.session.scalars(
            select(User)
            .join(CohortMember, CohortMember.user_id == User.id)
            .where(
                CohortMember.cohort_id == cohort.id,
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
