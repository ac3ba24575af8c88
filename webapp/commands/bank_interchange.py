"""`webapp bank import`, `export` and `formats`: questions of other programs, in and out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.commands.course_folders import course_folder_argument

if TYPE_CHECKING:
    from webapp.interchange.losses import LossReport
    from webapp.interchange.plan import QuestionPlan

#: lines that are told one by one; all of them are in the report
_TOLD = 40


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@course_folder_argument
@click.option("--as", "format_name", help="The format of FILE, where it is not told by what stands in it.")
@click.option("--into", help="The questions file of the course that new questions go to, as 1-tea/questions.yaml.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write all that is lost to this .json or .csv."
)
def import_questions(
    file: Path, folder: Path, format_name: str | None, into: str | None, dry_run: bool, report: Path | None
) -> None:
    """Bring the questions in FILE into the course in FOLDER.

    Each question of FILE gets one line: it is new, changes one that came from there before, changes nothing, or is left
    out, with all that could not be carried. Nothing is written where the course would not load with it. Exits with 1
    when no question could be carried.
    """
    from webapp.commands.bank import load
    from webapp.content.folder_store import Conflict, CourseStore
    from webapp.content.problems import Problems
    from webapp.editor import question_choices, question_import
    from webapp.editor.question_choices import NoSuchChoice
    from webapp.interchange import recognised
    from webapp.interchange.contract import LARGEST, UnreadableQuestions
    from webapp.interchange.plan import planned, present_questions

    course = load(folder)
    try:
        target = question_choices.target(course, into)
        named = question_choices.format_named(format_name) if format_name else None
    except NoSuchChoice as error:
        raise click.ClickException(str(error)) from None
    if file.stat().st_size > LARGEST:
        raise click.ClickException(f"{file} has more than {LARGEST // 1_000_000} MB; nothing was read.")
    raw = file.read_bytes()
    try:
        format_ = named or recognised(raw, file.name)
        found = format_.read(raw, file.name)
    except UnreadableQuestions as refused:
        raise click.ClickException(f"{file}: {refused}") from None
    plan = planned(found, format_, file.name, present=present_questions(course), into=target, language=course.language)
    if report is not None:
        _write_report(report, plan.report)
    _tell(plan)
    if dry_run:
        click.echo("Nothing was written.", err=True)
    elif plan.writes:
        try:
            done = question_import.put(CourseStore(folder), plan)
        except Problems as problems:
            told = "\n".join(str(problem) for problem in list(problems)[:_TOLD])
            raise click.ClickException(
                f"The course could not be loaded with them; nothing was written.\n{told}"
            ) from None
        except Conflict:
            raise click.ClickException(
                "Somebody else has just saved the file; nothing was written. Try again."
            ) from None
        click.echo(f"Written: {', '.join((*done.paths, *done.pictures))}.")
    if all(item.line.id == "" for item in plan.items):
        raise SystemExit(1)


@click.command(name="export")
@course_folder_argument
@click.option("--as", "format_name", required=True, help="The format; `webapp bank formats` lists them.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; it must be new.")
@click.option(
    "--pillar", "pillars", multiple=True, help="Only those of this pillar: its id, or mixed. May be repeated."
)
@click.option("--quiz", "quizzes", multiple=True, help="Only what this quiz may draw: its id. May be repeated.")
@click.option("--question", "ids", multiple=True, help="Only this question: its id. May be repeated.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write all that is lost to this .json or .csv."
)
def export_questions(
    folder: Path,
    format_name: str,
    output: Path | None,
    pillars: Sequence[str],
    quizzes: Sequence[str],
    ids: Sequence[str],
    report: Path | None,
) -> None:
    """Write the questions of the course in FOLDER for another program, with their keys.

    What the format can't say is told for each question. Questions that are retired or not published stay here.
    """
    from webapp.commands.bank import load
    from webapp.content.whole_files import write_whole
    from webapp.editor import question_choices
    from webapp.editor.question_choices import NoSuchChoice
    from webapp.interchange.contract import UnreadableQuestions
    from webapp.interchange.losses import LossReport

    try:
        format_ = question_choices.format_named(format_name)
        course = load(folder)
        questions = question_choices.chosen(course, pillars=pillars, quizzes=quizzes, ids=ids)
    except NoSuchChoice as error:
        raise click.ClickException(str(error)) from None
    target = output or Path(f"{course.id}{format_.endings[0]}")
    if target.exists():
        raise click.ClickException(f"{target} is there already; nothing was written.")
    try:
        made = format_.write(questions, question_choices.FolderMedia(folder, course), course.language)
    except UnreadableQuestions as refused:
        raise click.ClickException(str(refused)) from None
    write_whole(target, made.raw)
    told = LossReport(target.name, format_.title, made.lines, pictures=made.pictures)
    if report is not None:
        _write_report(report, told)
    _tell_losses(told)
    click.echo(f"{_sums(told)} Written to {target}.")


@click.command(name="formats")
def list_formats() -> None:
    """List the formats of questions that can be read or written."""
    from webapp.interchange import all_formats

    for format_ in all_formats().values():
        ways = [word for word, can in (("import", format_.reads), ("export", format_.writes)) if can]
        click.echo(f"{format_.name:12} {format_.title} ({', '.join(format_.endings)}): {' and '.join(ways)}")


def _write_report(path: Path, report: LossReport) -> None:
    from webapp.content.whole_files import write_whole

    if path.suffix.lower() == ".csv":
        stream = io.StringIO()
        csv.writer(stream).writerows(report.as_rows())
        write_whole(path, stream.getvalue().encode("utf-8-sig"))
    else:
        write_whole(path, (json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n").encode())


def _tell(plan: QuestionPlan) -> None:
    from webapp.interchange.plan import ItemFate

    report = plan.report
    for item in [item for item in plan.items if item.fate is ItemFate.UPDATED][:_TOLD]:
        edited = ", and what was edited here is taken back" if item.edited_here else ""
        click.echo(f"{report.file}, {item.line.place}: changes {item.line.id}{edited}")
    _tell_losses(report)
    fates = ", ".join(f"{number:,} {fate}" for fate, number in plan.fates.items() if number)
    click.echo(f"{_sums(report)} In the course: {fates}.")


def _tell_losses(report: LossReport) -> None:
    for loss in report.losses:
        click.echo(f"{report.file}: {loss}")
    for loss, lines in report.folded[:_TOLD]:
        places = ", ".join(dict.fromkeys(line.place for line in lines[:3]))
        more = f" and {len(lines) - 3:,} more" if len(lines) > 3 else ""
        click.echo(f"{report.file}, {places}{more}: {loss}")
    if len(report.folded) > _TOLD:
        click.echo(f"… and {len(report.folded) - _TOLD:,} more; --report FILE.csv has them all.")


def _sums(report: LossReport) -> str:
    sums = ", ".join(f"{number:,} {verdict}" for verdict, number in report.sums.items())
    return f"{report.format}: {len(report.lines):,} items, {sums}."
