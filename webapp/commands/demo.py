"""`webapp demo`: a made-up class, added and removed."""

from __future__ import annotations

import click

from webapp.audit.service import record
from webapp.commands import of_course, with_database
from webapp.commands.progress import counted
from webapp.database import db
from webapp.reports import demo_class
from webapp.web.current import course, now

COMMAND = "command line"


@click.group()
def demo() -> None:
    """Add or remove a made-up class, to see every report on the first day."""


@demo.command()
@with_database(make=True)
@of_course
def add() -> None:
    """Add a class of 30 people who don't exist, with some weeks of attempts. A second time changes nothing."""
    at, learners = now(), 0
    for _user in counted("Learners", demo_class.add(course(), at), total=len(demo_class.people())):
        # One learner at a time, so that a server at work meanwhile never waits long.
        db.session.commit()
        learners += 1
    if learners:
        subject = f"class:{demo_class.CLASS}"
        record(COMMAND, "demo.added", subject, now=at, course_id=course().id, learners=learners)
    db.session.commit()
    if learners:
        click.echo(f"Added {demo_class.CLASS}: {learners} made-up learners. Take them away with `webapp demo remove`.")
    else:
        click.echo("The made-up class is there already.")


@demo.command()
@with_database()
def remove() -> None:
    """Take the made-up class away, with all its attempts."""
    removed = demo_class.remove()
    if removed.learners:
        record(
            COMMAND,
            "demo.removed",
            f"class:{demo_class.CLASS}",
            now=now(),
            learners=removed.learners,
            attempts=removed.attempts,
        )
    db.session.commit()
    if removed.learners:
        click.echo(f"Removed {removed.learners} made-up learners and their {removed.attempts} attempts.")
    else:
        click.echo("There is no made-up class.")
