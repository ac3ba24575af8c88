"""`webapp bank push` and `pull`: the courses that the database keeps, from and into a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.commands import with_database

if TYPE_CHECKING:
    from webapp.course_table.exchange import FileChanges, Pull

#: paths that a message names
_NAMED = 20


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Only say what would be changed.")
@click.option("--force", is_flag=True, help="Overwrite what was changed in the database since FOLDER was pulled.")
@with_database(make=True)
def push(folder: Path, dry_run: bool, force: bool) -> None:
    """Put the course in FOLDER, or each of several, into the database, for servers with WEBAPP_STORE=database.

    Each course becomes one new edition; what FOLDER has not is removed there. Nothing is written where a course has
    problems, or where the database has edits that FOLDER has not seen. Other courses of the database stay.
    """
    from webapp.audit import service as audit
    from webapp.commands.bank import load
    from webapp.content.courses import course_folders
    from webapp.course_table import exchange
    from webapp.database import db
    from webapp.web import current

    several = course_folders(folder)
    courses = {each: load(each) for each in several or [folder]}
    plans: list[exchange.Push] = []
    with _refusals():
        # In one order, so that two who push several courses don't wait for each other.
        for each, course in sorted(courses.items(), key=lambda item: item[1].id):
            plans.append(exchange.planned_push(each, course, force=force))
            if plans[-1].name in [plan.name for plan in plans[:-1]]:
                raise exchange.ExchangeRefused(f"two folders are of the course {plans[-1].name}")
        for plan in plans:
            if plan.changes.all and not dry_run:
                exchange.push(plan)
                told = plan.changes
                audit.record(
                    "webapp bank push", "course.pushed", plan.name, now=current.now(), course_id=plan.name,
                    added=list(told.added), changed=list(told.changed), removed=list(told.removed),
                )  # fmt: skip
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    for plan in plans:
        _tell(plan.name, plan.changes)
        if not dry_run:
            exchange.note_pushed(plan)
    if dry_run:
        click.echo("Nothing was written.", err=True)
    elif current.settings().store != "database":
        click.echo("Servers take it with WEBAPP_STORE=database; with these settings they serve a folder.", err=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--course", "course_id", help="Only this course, into FOLDER itself.")
@click.option("--force", is_flag=True, help="Overwrite what was changed in FOLDER, too.")
@with_database()
def pull(folder: Path, course_id: str | None, force: bool) -> None:
    """Write the courses that the database keeps into FOLDER: one into FOLDER itself, several into a folder for each.

    What was changed in FOLDER since it was last pulled is kept, and told; where the same file was changed in the
    database, too, nothing is written. What a course reads beside its folder comes into `seeds`, beside it.
    """
    from webapp.content.file_names import COURSE_FILE
    from webapp.course_table import exchange

    pulled = exchange.read_pulled(folder)
    wanted = course_id or (pulled.course if pulled is not None else None)
    known = exchange.kept()
    if not known:
        raise click.ClickException("The database has no course yet; `webapp bank push FOLDER` puts one there.")
    if wanted is not None and wanted not in known:
        raise click.ClickException(f"The database has no course {wanted!r}; it has {', '.join(known)}.")
    alone = wanted or (known[0] if len(known) == 1 else None)
    if alone is None and (folder / COURSE_FILE).exists():
        raise click.ClickException(f"{folder} is the folder of one course. Say of which: --course ID.")
    with _refusals():
        places = {alone: folder} if alone is not None else {name: folder / name for name in known}
        plans: list[Pull] = [exchange.planned_pull(name, place, force=force) for name, place in places.items()]
        exchange.refuse_clashes(plans)
        for plan in plans:
            exchange.pull(plan)
    for plan in plans:
        _tell(plan.name, plan.changes)


@contextmanager
def _refusals() -> Iterator[None]:
    """Tells why nothing was written, with the files that it is about."""
    from webapp.course_table.exchange import ExchangeRefused

    try:
        yield
    except ExchangeRefused as refused:
        shown = ", ".join(refused.paths[:_NAMED]) + (" …" if len(refused.paths) > _NAMED else "")
        said = f"{refused}: {shown}." if shown else f"{refused}."
        raise click.ClickException(f"Nothing was written: {said}") from refused


def _tell(name: str, changes: FileChanges) -> None:
    for word, paths in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        for path in paths:
            click.echo(f"{name}: {word} {path}")
    for path in changes.kept:
        click.echo(f"{name}: kept {path}, which was changed here")
    counted = f"{len(changes.added):,} added, {len(changes.changed):,} changed, {len(changes.removed):,} removed"
    click.echo(f"{name}: {counted if changes.all else 'nothing to do'}.")
