"""Whose results somebody may see: an instructor those of their own classes, an admin everybody's.

Made-up learners (`webapp demo add`) are shown where their class is chosen, and by default only as long as there is
nobody else: they must never be mixed into the results of real people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from werkzeug.exceptions import NotFound

from webapp.accounts import people, teaching
from webapp.accounts.models import Cohort, CohortMember, User
from webapp.database import db
from webapp.quizzes import eligibility

DEMO = "demo"


@dataclass(frozen=True)
class Class:
    """A cohort as a filter offers it."""

    id: int
    name: str
    demo: bool
    archived: bool
    #: ids of the quizzes that it is set
    quizzes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Population:
    """The learners a report is about, and of which course it is: what they did in others is not in it."""

    course_id: str
    #: the classes to choose from, by name
    classes: tuple[Class, ...]
    #: an admin's view: also those in no class
    everyone: bool
    #: the class chosen, if one is
    chosen: Class | None = None
    #: visitors without an account count, too; for admins only
    guests: bool = False
    #: whether everyone includes made-up learners
    made_up: bool = False
    #: a part of the name, user name or e-mail
    search: str = ""

    @property
    def shown(self) -> tuple[Class, ...]:
        """The classes whose members are meant. Without a choice: those in use; made-up ones if there are no others."""
        if self.chosen is not None:
            return (self.chosen,)
        in_use = [each for each in self.classes if not each.archived]
        return tuple([each for each in in_use if not each.demo] or in_use)

    @property
    def is_made_up(self) -> bool:
        """Whether the learners shown don't exist."""
        if self.chosen is None and self.everyone:
            return self.made_up
        return any(each.demo for each in self.shown)

    @property
    def is_part(self) -> bool:
        """Whether it is the members of some classes, and not everybody: few of many, so a query begins with them."""
        return self.chosen is not None or not self.everyone

    @property
    def is_empty_handed(self) -> bool:
        """Whether nobody can be seen, because the instructor has no class."""
        return not self.everyone and not self.classes

    @property
    def names(self) -> dict[int, str]:
        """Class id → name, of those that may be named."""
        shown = (self.chosen,) if self.chosen is not None else self.classes
        return {each.id: each.name for each in shown}

    def learners(self) -> ColumnElement[bool]:
        """The condition on User: people in the population who have an account (or are guests, where asked for)."""
        conditions = [self._people(), User.deleted_at.is_(None)]
        if self.search:
            conditions.append(people.found_by(self.search))
        return and_(*conditions)

    def takers(self) -> Select[tuple[int]]:
        """The ids of those whose answers count in statistics: the learners, and for an admin those who left.

        Who deletes an account takes along the name and keeps the answers in the statistics.
        """
        return select(User.id).where(self._people())

    def _people(self) -> ColumnElement[bool]:
        if self.is_part:
            ids = [each.id for each in self.shown]
            members = select(CohortMember.user_id).where(
                CohortMember.cohort_id.in_(ids), CohortMember.left_at.is_(None)
            )
            return User.id.in_(members)
        in_a_class = User.id.in_(select(CohortMember.user_id).where(CohortMember.left_at.is_(None)))
        roles = ["learner", "guest"] if self.guests else ["learner"]
        origin = User.origin == DEMO if self.made_up else User.origin != DEMO
        return and_(or_(User.role.in_(roles), in_a_class), origin)


def population(
    user: User, course_id: str, *, cohort_id: int | None = None, guests: bool = False, search: str = ""
) -> Population:
    """What `user` (an instructor or admin) may see of a course, narrowed to a class. NotFound for a class that isn't
    theirs."""
    classes = classes_of(user, course_id)
    visible = _population(course_id, classes, everyone=user.is_admin, guests=guests and user.is_admin)
    if cohort_id is not None:
        visible = choose(visible, cohort_id)
    return replace(visible, search=people.search_text(search))


def everybody(course_id: str, *, cohort_id: int | None = None, guests: bool = False) -> Population:
    """The population of the command line, which may see all."""
    classes = _classes(select(Cohort).where(Cohort.course_id == course_id))
    all_people = _population(course_id, classes, everyone=True, guests=guests)
    return choose(all_people, cohort_id) if cohort_id is not None else all_people


def as_asked(visible: Population) -> dict[str, Any]:
    """Whom a report is about, in what JSON can hold: `again` makes the same of it."""
    return {
        "classes": None if visible.everyone else sorted(each.id for each in visible.classes),
        "chosen": visible.chosen.id if visible.chosen is not None else None,
        "guests": visible.guests,
        "search": visible.search,
    }


def again(course_id: str, asked: Mapping[str, Any]) -> Population:
    """The population of `as_asked`, as it is now. NotFound where the class that was chosen isn't there any more."""
    wanted, everyone = select(Cohort).where(Cohort.course_id == course_id), asked["classes"] is None
    if not everyone:
        wanted = wanted.where(Cohort.id.in_(asked["classes"]))
    visible = _population(course_id, _classes(wanted), everyone=everyone, guests=asked["guests"])
    if asked["chosen"] is not None:
        visible = choose(visible, asked["chosen"])
    return replace(visible, search=asked["search"])


def choose(visible: Population, cohort_id: int) -> Population:
    """The same, of one class only; NotFound when it isn't among those to choose from."""
    chosen = next((each for each in visible.classes if each.id == cohort_id), None)
    if chosen is None:
        raise NotFound
    return replace(visible, chosen=chosen)


def classes_of(user: User, course_id: str) -> tuple[Class, ...]:
    """The cohorts of a course that an instructor teaches, all for an admin, by name: one query."""
    return _classes(select(Cohort).where(teaching.cohorts_of(user, course_id)))


def _classes(wanted: Any) -> tuple[Class, ...]:
    rows = db.session.execute(
        wanted.with_only_columns(
            Cohort.id, Cohort.name, Cohort.demo, Cohort.archived_at, eligibility.quizzes_set()
        ).order_by(func.lower(Cohort.name), Cohort.id)
    )
    return tuple(
        Class(id, name, demo, archived is not None, frozenset((quizzes or "").split(",")))
        for id, name, demo, archived, quizzes in rows
    )


def _population(course_id: str, classes: Sequence[Class], *, everyone: bool, guests: bool) -> Population:
    # Made-up people come with their class, so that without one there is nothing to ask.
    made_up = everyone and any(each.demo for each in classes) and not _somebody_real()
    return Population(course_id=course_id, classes=tuple(classes), everyone=everyone, guests=guests, made_up=made_up)


def _somebody_real() -> bool:
    real = exists().where(User.role == "learner", User.origin != DEMO, User.deleted_at.is_(None))
    return bool(db.session.scalar(select(real)))


def learner_in(user: User, learner_id: int, course_id: str) -> User:
    """A learner that `user` may look at: a member of one of their classes in the course, anybody with attempts or an
    account for an admin. NotFound otherwise."""
    learner = db.session.get(User, learner_id)
    if learner is None or learner.deleted_at is not None or not teaching.may_see(user, learner_id, course_id):
        raise NotFound
    return learner


def login(user_id: int, username: str | None, email: str | None, role: str = "learner") -> str:
    """What a person is called in the `learner` column: user name, else e-mail, else a number that stays the same."""
    return username or email or f"{role}-{user_id}"
