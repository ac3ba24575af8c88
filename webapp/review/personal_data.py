"""The review plan as something that belongs to a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from webapp.accounts.models import User
from webapp.accounts.personal_data import Fate, PersonalData, counted
from webapp.database import db
from webapp.review.models import Card


class Cards(PersonalData):
    """When each question comes back."""

    name = "review"
    columns = ("card.user_id",)

    def move(self, guest: User, user: User) -> int:
        """Of two cards for a question, the one reviewed last stays: it knows most about the memory of the person."""
        theirs = {(card.course_id, card.question_id): card for card in _cards(user)}
        mine = _cards(guest)
        for card in mine:
            other = theirs.get((card.course_id, card.question_id))
            if other is not None:
                if _last(card) <= _last(other):
                    db.session.delete(card)
                    continue
                db.session.delete(other)
                db.session.flush()  # before the newer one takes its place
            card.user_id = user.id
        db.session.flush()
        return len(mine)

    def export(self, user: User, now: datetime) -> list[dict[str, Any]]:
        return [
            {
                "course": card.course_id,
                "question": card.question_id,
                "due": card.due.isoformat(),
                "last_review": card.last_review.isoformat() if card.last_review else None,
                "reviews": card.reviews,
                "forgotten": card.lapses,
                "state": card.state,
                "step": card.step,
                "stability": card.stability,
                "difficulty": card.difficulty,
            }
            for card in _cards(user)
        ]

    def fates(self, user: User) -> list[Fate]:
        return [Fate(_("questions of the review plan"), counted(Card.user_id == user.id))]

    def erase(self, user: User) -> None:
        """Nobody is left to be asked again."""
        db.session.execute(delete(Card).where(Card.user_id == user.id))


def _cards(user: User) -> list[Card]:
    query = select(Card).where(Card.user_id == user.id)
    return list(db.session.scalars(query.order_by(Card.due, Card.course_id, Card.question_id)))


def _last(card: Card) -> float:
    return card.last_review.timestamp() if card.last_review else 0.0
