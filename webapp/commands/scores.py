"""`webapp scores`: taking the scores away from the command line."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy import select

from webapp.accounts.models import Cohort
from webapp.commands import of_course, with_database
from webapp.commands.progress import counted, progress
from webapp.database import db
from webapp.quizzes import service as quizzes
from webapp.reports import scope
from webapp.reports.scores import quiz_columns, score_table
from webapp.ui.spreadsheets import csv_lines
from webapp.web.current import course, now

#: after so many rows the progress is told
ROWS_AT_ONCE = 500


@click.group()
def scores() -> None:
    """Export scores."""


@scores.command()
@click.option("--cohort", help="Only this class: its name, or its number.")
@click.option("--quiz", help="Only this quiz: its id.")
@click.option("--guests", is_flag=True, help="Visitors without an account, too.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; without it, standard output.")
@with_database()
@of_course
def export(cohort: str | None, quiz: str | None, guests: bool, output: Path | None) -> None:
    """Write one row per learner and quiz, as CSV in UTF-8."""
    _hand_in_what_is_overdue()
    columns = quiz_columns(course(), quiz_id=quiz)
    if quiz is not None and not columns:
        known = ", ".join(column.id for column in quiz_columns(course()))
        raise click.ClickException(f"There is no quiz {quiz!r}; there are {known}.")
    people = scope.everybody(course().id, cohort_id=_cohort_id(cohort) if cohort else None, guests=guests)
    table = score_table(people, columns)
    if output is not None or not sys.stdout.isatty():
        # On a terminal the rows themselves show how far it is.
        table = replace(table, rows=counted("Rows", table.rows, step=ROWS_AT_ONCE))
    lines = csv_lines(table)
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


def _hand_in_what_is_overdue() -> None:
    with progress("Handing in what is overdue") as report:
        done = 0
        while handed_in := quizzes.hand_in_overdue(now()):
            db.session.commit()
            done += handed_in
            report(done, 0)
    db.session.rollback()


def _cohort_id(wanted: str) -> int:
    of_course = Cohort.course_id == course().id
    cohort_id = db.session.scalar(select(Cohort.id).where(of_course, Cohort.name == wanted))
    if cohort_id is None and wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        cohort_id = db.session.scalar(select(Cohort.id).where(of_course, Cohort.id == int(wanted)))
    if cohort_id is None:
        names = select(Cohort.name).where(of_course).order_by(Cohort.name)
        known = ", ".join(db.session.scalars(names.limit(20))) or "none yet"
        raise click.ClickException(f"There is no class {wanted!r}; there are: {known}.")
    return cohort_id
