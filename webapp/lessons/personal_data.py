"""What a person has read, and where they were, as things that belong to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from webapp.accounts.models import User
from webapp.accounts.personal_data import Fate, PersonalData, counted
from webapp.database import db
from webapp.lessons.models import CheckAnswer, Place, Reading


class Readings(PersonalData):
    """Sections read, and the place in each lesson."""

    name = "reading"
    columns = ("reading.user_id",)
    is_result = True

    def move(self, guest: User, user: User) -> int:
        """A section that both read counts from the earlier time; of two places in a lesson, the later one stays."""
        theirs = {(r.course_id, r.lesson_id, r.section_id): r for r in _readings(user)}
        moved = 0
        for reading in _readings(guest):
            other = theirs.get((reading.course_id, reading.lesson_id, reading.section_id))
            if other is None:
                reading.user_id = user.id
            else:
                other.read_at = min(other.read_at, reading.read_at)
                db.session.delete(reading)
            moved += 1
        stands = db.session.scalars(select(Place).where(Place.user_id == user.id))
        places = {(p.course_id, p.lesson_id): p for p in stands}
        for place in db.session.scalars(select(Place).where(Place.user_id == guest.id)).all():
            other_place = places.get((place.course_id, place.lesson_id))
            if other_place is None:
                place.user_id = user.id
                continue
            if place.at > other_place.at:
                other_place.section_id, other_place.at = place.section_id, place.at
            db.session.delete(place)
        db.session.flush()
        return moved

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        return [
            {
                "course": reading.course_id,
                "lesson": reading.lesson_id,
                "section": reading.section_id,
                "read_at": reading.read_at.isoformat(),
            }
            for reading in _readings(user)
        ]

    def fates(self, user: User) -> list[Fate]:
        why = _("Kept without a name, as results are, unless you remove those, too.")
        return [Fate(_("sections read"), counted(Reading.user_id == user.id), False, why)]

    def erase(self, user: User) -> None:
        """What was read stays, as results do."""


class Places(PersonalData):
    """Where a person was last in each lesson; moved together with what was read."""

    name = "places"
    columns = ("place.user_id",)

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        query = select(Place).where(Place.user_id == user.id).order_by(Place.course_id, Place.lesson_id)
        return [
            {
                "course": each.course_id,
                "lesson": each.lesson_id,
                "section": each.section_id,
                "at": each.at.isoformat(),
            }
            for each in db.session.scalars(query)
        ]

    def fates(self, user: User) -> list[Fate]:
        return [Fate(_("places in lessons"), counted(Place.user_id == user.id))]

    def erase(self, user: User) -> None:
        """The place is of use to the person only."""
        db.session.execute(delete(Place).where(Place.user_id == user.id))


class Checks(PersonalData):
    """The checks of lessons that a person did, with what they answered."""

    name = "checks"
    columns = ("check_answer.user_id",)

    def move(self, guest: User, user: User) -> int:
        """Of two answers to one check the later one stays."""
        theirs = {(each.course_id, each.lesson_id, each.check_id): each for each in _checks(user)}
        moved = 0
        for mine in _checks(guest):
            other = theirs.get((mine.course_id, mine.lesson_id, mine.check_id))
            if other is None:
                mine.user_id = user.id
            else:
                if mine.at > other.at:
                    other.response, other.at = mine.response, mine.at
                db.session.delete(mine)
            moved += 1
        db.session.flush()
        return moved

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        return [
            {
                "course": each.course_id,
                "lesson": each.lesson_id,
                "check": each.check_id,
                "answer": each.response,
                "at": each.at.isoformat(),
            }
            for each in _checks(user)
        ]

    def fates(self, user: User) -> list[Fate]:
        return [Fate(_("checks done in lessons"), counted(CheckAnswer.user_id == user.id))]

    def erase(self, user: User) -> None:
        """What was answered counts for nothing, and was of use to the person only."""
        db.session.execute(delete(CheckAnswer).where(CheckAnswer.user_id == user.id))


def _checks(user: User) -> list[CheckAnswer]:
    query = select(CheckAnswer).where(CheckAnswer.user_id == user.id)
    return list(db.session.scalars(query.order_by(CheckAnswer.course_id, CheckAnswer.lesson_id, CheckAnswer.check_id)))


def _readings(user: User) -> list[Reading]:
    query = select(Reading).where(Reading.user_id == user.id)
    return list(
        db.session.scalars(query.order_by(Reading.read_at, Reading.course_id, Reading.lesson_id, Reading.section_id))
    )
