"""The same on PostgreSQL, which locks rows and upserts in its own way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.quizzes.conftest import Desk, right_answer
from webapp.accounts import service as people
from webapp.database import db
from webapp.progress import service as progress
from webapp.review import service


@pytest.mark.postgres
def test_a_paper_is_learnt_from_and_reviewed(
    postgres: Callable[[], str], make_app: Callable[..., Flask], clock: Clock
) -> None:
    app = make_app(database_url=postgres())
    with app.app_context():
        user = people.create_user(name="Ada", username="ada", password="correct horse battery", now=clock())
        db.session.commit()
        desk = Desk(user.id, app.extensions["courses"].only.current(), clock)
        desk.take("bread", lambda slot: False)
        desk.take("bread", lambda slot: False)
        clock.advance(days=1)
        for _ in range(3):
            slot = service.next_slot(desk.user, desk.course, clock())
            assert slot is not None
            found = service.slot_for(desk.user, slot.attempt_id, slot.position)
            service.answer(found, right_answer(slot), sequence=0, certainty=3, seconds=1, now=clock())
            db.session.commit()
        plan = service.plan(desk.user, desk.course, clock())
        assert (plan.done, len(plan.due)) == (3, len(plan.cards) - 3)
        assert progress.overview(desk.user, desk.course, clock()).answers == 9
