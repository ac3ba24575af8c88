"""What importing a class list would do to a cohort, line by line.

Whom a line means is decided by its e-mail address or user name, never by the name. So the same list again changes
nothing, and a list with a few more lines adds just those.

A list makes accounts and takes none: whoever has one already is invited, and is in the class when they say yes. Where
nobody but the account itself says that the address or name is this person's, the instructor says so first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp.accounts import names
from webapp.accounts.models import Cohort, CohortMember, Invitation, User
from webapp.classes.roster_files import RosterLine
from webapp.database import db, pieces
from webapp.ui.spreadsheets import looks_like_formula

ADD, INVITE, ASK, CHANGE, KEEP, REFUSE = "add", "invite", "ask", "change", "keep", "refuse"


@dataclass
class PlannedLine:
    """What becomes of one line.

    `does` is add (a new account), invite (an account that is there), ask (the same, once the instructor confirms that
    it is this person's), change (a member), keep or refuse.
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
    #: for ask: since when there is the account
    since: datetime | None = None
    #: what changes: field → new value
    changes: dict[str, str] = field(default_factory=dict)
    #: what it says of an account and is not done: fields
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do."""

    lines: tuple[PlannedLine, ...]

    def count(self, does: str) -> int:
        return sum(1 for line in self.lines if line.does == does)

    def of(self, does: str) -> list[PlannedLine]:
        """The lines that do this, in the order of the list."""
        return [line for line in self.lines if line.does == does]

    @property
    def needing_a_look(self) -> list[PlannedLine]:
        """What is refused, then what waits for a word: to be read before anything else, however long the list."""
        return self.of(REFUSE) + self.of(ASK)

    @property
    def unremarkable(self) -> list[PlannedLine]:
        """The other lines, in the order of the list."""
        return [line for line in self.lines if line.does not in (REFUSE, ASK)]

    @property
    def does_something(self) -> bool:
        return any(line.does in (ADD, INVITE, ASK, CHANGE) for line in self.lines)

    @property
    def digest(self) -> str:
        """Says whether two plans do the same to the same people."""
        acts = [
            [line.number, line.name, line.username, line.email, line.does, line.user_id, sorted(line.changes.items())]
            for line in self.lines
        ]
        return hashlib.sha256(json.dumps(acts, ensure_ascii=True).encode()).hexdigest()


def plan(cohort: Cohort, read: Iterable[RosterLine]) -> ImportPlan:
    """What each line would do to the cohort as it is now. A few queries, however many lines."""
    lines = [_checked(line) for line in read]
    people = _people(lines)
    members = dict(
        db.session.execute(
            select(CohortMember.user_id, CohortMember.made_here).where(
                CohortMember.cohort_id == cohort.id, CohortMember.left_at.is_(None)
            )
        )
        .tuples()
        .all()
    )
    invited = dict(
        db.session.execute(select(Invitation.user_id, Invitation.declined_at).where(Invitation.cohort_id == cohort.id))
        .tuples()
        .all()
    )
    seen: dict[tuple[str, Any], int] = {}
    for line in lines:
        if line.why:
            continue
        meant = {person.id: person for key in _keys(line) if (person := people.get(key)) is not None}
        if len(meant) > 1:
            line.why.append("two-people")
            continue
        person = next(iter(meant.values()), None)
        keys: list[tuple[str, Any]] = [*_keys(line), *([("id", person.id)] if person else [])]
        earlier = next((seen[key] for key in keys if key in seen), None)
        if earlier is not None:
            line.why.append("repeated")
            line.of_line = earlier
            continue
        for key in keys:
            seen[key] = line.number
        _decide(line, person, members, invited)
    return ImportPlan(tuple(lines))


def _checked(row: RosterLine) -> PlannedLine:
    """A line with clean values, and all that is wrong with it in itself."""
    line = PlannedLine(row.line, names.clean_name(row.name), None, None)
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


def _keys(line: PlannedLine) -> list[tuple[str, str]]:
    logins = (("email", line.email), ("username", line.username))
    return [(kind, value) for kind, value in logins if value is not None]


def _people(lines: Sequence[PlannedLine]) -> dict[tuple[str, str], User]:
    """The accounts that the lines speak of, by e-mail address and user name."""
    people: dict[tuple[str, str], User] = {}
    for kind, column in (("email", User.email), ("username", User.username)):
        values = sorted({value for line in lines for key, value in _keys(line) if key == kind})
        for piece in pieces(values):
            wanted = select(User).where(column.in_(piece), User.deleted_at.is_(None))
            for person in db.session.scalars(wanted):
                people[kind, getattr(person, kind)] = person
    return people


def _decide(
    line: PlannedLine, person: User | None, members: dict[int, bool], invited: dict[int, datetime | None]
) -> None:
    if person is None:
        line.does = ADD
        return
    line.user_id = person.id
    if person.is_instructor:
        line.why.append("instructor")
        return
    if person.id not in members:
        if person.id in invited:
            line.does = KEEP
            line.why.append("declined" if invited[person.id] is not None else "waiting")
        elif _is_vouched(line, person):
            line.does = INVITE
        else:
            line.does, line.since = ASK, person.created_at
        return
    if not members[person.id]:
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


def _is_vouched(line: PlannedLine, person: User) -> bool:
    """Whether somebody else than the account itself says that a login on the line is this person's."""
    since = {"email": person.email_verified_at, "username": person.username_given_at}
    return any(since[kind] is not None and getattr(person, kind) == value for kind, value in _keys(line))
