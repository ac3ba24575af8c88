"""`webapp courses`: the courses of a server, from the command line: listed, taken out and put in, copied."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.commands import of_course, with_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.accounts.models import User
    from webapp.whole_courses.making import Workshop


@click.group()
def courses() -> None:
    """List the courses, copy one, take one out as a zip, make one of a zip."""


@courses.command("list")
@with_database()
def list_courses() -> None:
    """List the courses: id, title, and whether something is wrong with one."""
    from webapp.web import current

    for each in current.courses().listed():
        wrong = f"\t{len(each.problems)} problems" if each.problems else ""
        click.echo(f"{each.id}\t{each.title}{wrong}")


@courses.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to; ID.zip by default.")
@with_database()
@of_course
def export(out: Path | None) -> None:
    """Write a course as one zip."""
    from webapp.audit import service as audit
    from webapp.commands.users import COMMAND
    from webapp.content.course_zip import write_zip
    from webapp.database import db
    from webapp.web import current

    course = current.course()
    target = out or Path(f"{course.id}.zip")
    try:
        with target.open("xb") as file:
            number = write_zip(current.store().bank, course.id, course.ledger_path, file)
    except FileExistsError as error:
        raise click.ClickException(f"{target} is there already; nothing was written.") from error
    except OSError as error:
        raise click.ClickException(f"{target} can't be written ({error.strerror}).") from error
    audit.record(
        COMMAND, "course.taken_out", f"course:{course.id}", now=current.now(), course_id=course.id, files=number
    )
    db.session.commit()
    click.echo(f"{number} files of “{course.title}” are in {target}.")


@courses.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--title", default="", help="The title of the course; the one that it has in FILE by default.")
@click.option("--owner", required=True, help="User name or e-mail of the instructor whose course it is.")
@with_database()
def import_course(file: Path, title: str, owner: str) -> None:
    """Make a course of the zip FILE, beside those that are there."""
    from webapp.content.course_zip import CourseZip, UnusableZip

    person = _owner(owner)
    try:
        with file.open("rb") as stream:
            _make(lambda room: room.unpack(CourseZip(stream), title), title, person, "zip")
    except UnusableZip as error:
        about = f" ({error.name})" if error.name else ""
        raise click.ClickException(f"{file} is refused: {error.why.value}{about}. Nothing was made.") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or file}: {error.strerror}. Nothing was made.") from error


@courses.command()
@click.option("--title", required=True, help="The title of the copy.")
@click.option("--owner", required=True, help="User name or e-mail of the instructor whose course it is.")
@with_database()
@of_course
def copy(title: str, owner: str) -> None:
    """Make a copy of a course, without its classes."""
    from webapp.web import current

    person, course = _owner(owner), current.course()
    try:
        _make(lambda room: room.copy(course, title), title, person, f"course:{course.id}")
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}. Nothing was made.") from error


def _owner(name: str) -> User:
    from webapp.commands.users import find

    person = find(name)
    if person.role not in {"instructor", "admin"}:
        raise click.ClickException(f"{person.name} is no instructor of the site; nothing was made.")
    return person


def _make(write: Callable[[Workshop], None], title: str, person: User, made_of: str) -> None:
    from webapp.content.problems import Problems
    from webapp.database import db
    from webapp.web import current
    from webapp.whole_courses import making

    now: datetime = current.now()
    try:
        with making.workshop(current.courses()) as room:
            write(room)
            wanted = title or room.check().id
            course_id = room.move_in(wanted, by=person, now=now, made_of=made_of)
            db.session.commit()
    except making.OneCourse as error:
        said = "This server holds one course. Move its folder into a new one, and name that one in WEBAPP_BANK."
        raise click.ClickException(said) from error
    except making.TooManyCourses as error:
        raise click.ClickException(f"There are {making.MOST_COURSES} courses; nothing was made.") from error
    except Problems as problems:
        for problem in problems:
            click.echo(str(problem), err=True)
        raise click.ClickException("The course would not work; nothing was made.") from None
    click.echo(f"Made: {course_id}, owned by {person.name}. At first only its staff can open it.")
