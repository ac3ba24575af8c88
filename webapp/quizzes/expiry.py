"""Attempts whose time is up and whose learner went away: handed in beside the pages, a few at a time.

SQLite has one writer. Whoever hands in a class of absent learners at once keeps everybody's answers waiting.
"""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from webapp.database import begin_reading, begin_writing, db, only_reading
from webapp.quizzes.handing_in import any_overdue, hand_in_overdue
from webapp.web import outages
from webapp.web.current import now

#: attempts that are handed in between two commits
AT_ONCE = 20
#: and in a page that only reads, where the chore has not come to them yet
IN_A_PAGE = 5


def hand_in_aside() -> None:
    """The chore: hands in all that is overdue, and lets others write in between. Commits."""
    while _is_something_overdue():
        began = time.monotonic()
        hand_in_overdue(now(), at_most=AT_ONCE)
        db.session.commit()
        # Whoever waits for SQLite's lock looks every few milliseconds only; this leaves them half of the time.
        time.sleep(time.monotonic() - began)


def _is_something_overdue() -> bool:
    with only_reading():
        found = any_overdue(now())
        db.session.rollback()
    return found


def bring_up_to_date(at: datetime) -> None:
    """For a GET whose figures count attempts: hands in a few that are overdue, commits, and goes on reading.

    More than a few are the chore's, so that a report never keeps answers waiting; one that is opened in the seconds
    before it comes does not count them yet. So it does where nothing can be written at the moment. What was loaded
    before has to be loaded again.
    """
    if not any_overdue(at):
        return
    begin_writing()
    try:
        hand_in_overdue(at, at_most=IN_A_PAGE)
        db.session.commit()
    except SQLAlchemyError as error:
        if outages.reason(error) is None:
            raise
    begin_reading()
