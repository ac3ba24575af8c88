"""`webapp scores`: taking the scores away from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select

from webapp.accounts.models import Cohort
from webapp.commands import with_app
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.reports import scope
from webapp.reports.scores import quiz_columns, score_table
from webapp.ui.spreadsheets import csv_lines
from webapp.web.current import course, now


@click.group()
def scores() -> None:
    """Export scores."""


@scores.command()
@click.option("--cohort", help="Only this class: its name, or its number.")
@click.option("--quiz", help="Only this quiz: its id.")
@click.option("--guests", is_flag=True, help="Visitors without an account, too.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; without it, standard output.")
@with_app
def export(cohort: str | None, quiz: str | None, guests: bool, output: Path | None) -> None:
    """Write one row per learner and quiz, as CSV in UTF-8."""
    while quizzes.hand_in_overdue(now()):
        db.session.commit()
    db.session.rollback()
    columns = quiz_columns(course(), quiz_id=quiz)
    if quiz is not None and not columns:
        known = ", ".join(column.id for column in quiz_columns(course()))
        raise click.ClickException(f"There is no quiz {quiz!r}; there are {known}.")
    people = scope.everybody(cohort_id=_cohort_id(cohort) if cohort else None, guests=guests)
    lines = csv_lines(score_table(people, columns))
    if output is None:
        stream = sys.stdout.buffer
        for lines_together in lines:
            stream.write(lines_together.encode())
        stream.flush()
        return
    # Whoever reads the file never meets half of it.
    part = output.with_name(f".{output.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    part.replace(output)
    click.echo(f"Wrote {output}.", err=True)


def _cohort_id(wanted: str) -> int:
    found = db.session.scalar(select(Cohort.id).where(Cohort.name == wanted))
    if found is None and wanted.isascii() and wanted.isdigit():
        found = db.session.scalar(select(Cohort.id).where(Cohort.id == int(wanted)))
    if found is None:
        known = ", ".join(db.session.scalars(select(Cohort.name).order_by(Cohort.name).limit(20))) or "none yet"
        click.echo(f"There is no class {wanted!r}; there are: {known}.", err=True)
        sys.exit(1)
    return found
