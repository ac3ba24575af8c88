"""`webapp bank`: check the course folder, lint it, and print the schemas for editors."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.commands.bank_exchange import pull, push
from webapp.commands.bank_interchange import export_questions, import_questions, list_formats
from webapp.commands.course_folders import course_folder_argument
from webapp.commands.progress import progress

if TYPE_CHECKING:
    from webapp.content.course.course import Course
    from webapp.content.problems import Problem


@click.group()
def bank() -> None:
    """Check the course: problems, item-writing flaws, schema."""


bank.add_command(push)
bank.add_command(pull)
bank.add_command(import_questions)
bank.add_command(export_questions)
bank.add_command(list_formats)


@bank.command()
@course_folder_argument
def check(folder: Path) -> None:
    """Report everything that keeps the course in FOLDER from working, and what its translations lack.

    Of each question with parameters 200 variants are drawn; those in which a wrong answer meets the right one, a number
    is ugly or a formula fails are reported, each with the seed that makes it.

    FOLDER is the one WEBAPP_BANK names, else question_bank, else the course that comes with the app; of a folder of
    course folders each is looked at. Exits with 1 when there is something to mend. What is open about a draft is shown
    as a note, and is nothing to mend.
    """
    from webapp.content.courses import Courses, course_folders

    several = course_folders(folder)
    failed = False
    for each in several or [folder]:
        try:
            _check(each)
        except SystemExit:
            failed = True
    for taken in Courses(folder).without_address() if several else ():
        failed = True
        for problem in taken.problems or ():
            show(problem, taken.folder)
    if failed:
        raise SystemExit(1)


def _check(folder: Path) -> None:
    """One course; ends with SystemExit where there is something to mend."""
    from webapp.content.translating import gaps
    from webapp.content.variants import check_variants

    course = load(folder)
    for open_end in course.drafts.open_ends:
        show(open_end, folder)
    with progress("Questions with parameters") as report:
        varied = check_variants(course, report)
    for problem in varied:
        show(problem, folder)
    found = [gap for translation in course.translations for gap in gaps(course, translation)]
    for gap in (*course.unused_materials, *found):
        show(gap, folder)
    if varied:
        click.echo(f"\n{_count(len(varied), 'problem')} in the variants of questions with parameters.", err=True)
    if found:
        click.echo("\nThe course works; what is not translated is shown in its own language.", err=True)
    if found or varied or course.unused_materials:
        raise SystemExit(1)
    lessons = len(course.lessons)
    click.echo(
        f"All is well with “{course.title}”: {_count(len(course.pillars), 'pillar')}, {_count(lessons, 'lesson')}, "
        f"{_count(len(course.questions), 'question')}, {_count(len(course.quizzes), 'quiz', 'quizzes')}, "
        f"{_count(len(course.facts), 'fact')}."
    )
    if course.drafts.all:
        open_ends = len(course.drafts.open_ends)
        rest = f", with {_count(open_ends, 'open end')}" if open_ends else ", ready to be published"
        click.echo(f"Not published yet: {_count(len(course.drafts.all), 'draft')}{rest}.")


@bank.command()
@course_folder_argument
@click.option("--codes", is_flag=True, help="List what is looked for, with the references, and stop.")
def lint(folder: Path, codes: bool) -> None:
    """Report flaws in the writing of questions and lessons in FOLDER, each with its reference.

    Exits with 1 when there are warnings; notes alone are fine. A finding that is meant to be so is accepted in the
    question: `accept: {code: reason}`.
    """
    from webapp.content.lint import run as linting

    if codes:
        for rule in linting.RULES.values():
            click.echo(f"{rule.code:28} {rule.severity:8} {rule.title} ({rule.reference})")
        return
    course = load(folder)
    with progress("Questions") as report:
        findings = linting.lint(course, report)
    for finding in findings:
        show(finding, folder)
    warnings = sum(1 for finding in findings if finding.severity != "note")
    notes = len(findings) - warnings
    if warnings:
        click.echo(f"\n{_count(warnings, 'warning')}, {_count(notes, 'note')}.", err=True)
        raise SystemExit(1)
    also = f" ({_count(notes, 'note')})" if notes else ""
    click.echo(f"No flaws found in {_count(len(course.questions), 'question')} of “{course.title}”{also}.")


@bank.command()
@click.argument("language")
@course_folder_argument
def translate(language: str, folder: Path) -> None:
    """Write or bring up to date the catalogues of the course in FOLDER for LANGUAGE, a code such as de.

    They are PO files in translations/LANGUAGE, one for each part of the course, for a text editor or a program for
    translators. A text that changed since it was translated is marked as fuzzy there.
    """
    from webapp.content import translating
    from webapp.content.problems import Problems
    from webapp.content.translations.catalogues import FOLDER, LANGUAGE

    if not LANGUAGE.fullmatch(language):
        raise click.ClickException(f"{language!r} is no code of a language, such as de or pt-BR.")
    course = load(folder)
    if language.split("-")[0] == course.language.split("-")[0]:
        raise click.ClickException(f"The course is in {language} already: that is what course.yaml says.")
    try:
        for part, texts in translating.parts_of(course).items():
            file = folder / FOLDER / language / f"{part}.po"
            old = file.read_text(encoding="utf-8") if file.exists() else None
            new = translating.updated(texts, language, part, old)
            if new != old:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(new, encoding="utf-8")
                click.echo(f"{file} is up to date now.")
    except Problems as problems:
        for problem in problems:
            show(problem, folder)
        raise SystemExit(1) from None


@bank.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--title", default="", help="The title of the course.")
@click.option("--language", default="en", show_default=True, help="The code of its language, such as es.")
@click.option("--id", "course_id", default="", help="Its short id; made of the folder's name where it is left out.")
def new(folder: Path, title: str, language: str, course_id: str) -> None:
    """Write a small course that works into FOLDER, which is new or empty, to begin one's own.

    It has a lesson, six questions and a quiz, about how a course is made, in German for --language de and else in
    English. Its README says what is where.
    """
    import re
    import unicodedata

    from webapp.content.new_course import new_course
    from webapp.content.translations.catalogues import LANGUAGE
    from webapp.content.yaml.schema_errors import SLUG

    if not LANGUAGE.fullmatch(language):
        raise click.ClickException(f"{language!r} is no code of a language, such as de or pt-BR.")
    plain = unicodedata.normalize("NFKD", folder.resolve().name).encode("ascii", "ignore").decode().lower()
    course_id = course_id or "-".join(re.findall(r"[a-z0-9]+", plain))[:80].strip("-") or "course"
    if len(course_id) > 80 or not re.fullmatch(SLUG, course_id):
        raise click.ClickException(f"{course_id!r} is no id: small letters, digits and single hyphens, at most 80.")
    if folder.is_dir() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty; nothing was written.")
    for path, text in new_course(course_id, " ".join(title.split()), language, str(folder)).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    click.echo(f"Written to {folder.resolve()}.")
    click.echo(f"Start the server with WEBAPP_BANK={folder.resolve()}.")


@bank.command()
@click.argument("target", required=False, default=".", type=click.Path(path_type=Path, file_okay=False))
def copy(target: Path) -> None:
    """Copy the course that comes with the app into TARGET (the current folder), to change it there.

    Writes question_bank/ and, beside it, seeds/ with the ledger. A server that is started in TARGET takes the copy.
    """
    from webapp import shipped

    for name in shipped.COURSE:
        if (target / name).exists():
            raise click.ClickException(f"{target / name} is there already; nothing was written.")
    for name in shipped.COURSE:
        source = shipped.folder(name)
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            copied = target / name / file.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            # The text only: the file that comes with the app may be closed to writing, its copy must not be.
            shutil.copyfile(file, copied)
    bank_folder = (target / "question_bank").resolve()
    click.echo(f"Copied to {bank_folder}.")
    if bank_folder.parent == Path.cwd():
        click.echo("`webapp serve` takes it when it is started here.")
    else:
        click.echo(f"Start the server in {bank_folder.parent}, or anywhere with WEBAPP_BANK={bank_folder}.")


@bank.command()
@click.option(
    "--file",
    "name",
    type=click.Choice(["questions", "course", "ledger", "lesson"]),
    default="questions",
    show_default=True,
    help="Which kind of file; lesson is the part of lesson.md between the lines ---.",
)
def schema(name: str) -> None:
    """Print the JSON Schema of a file, for editors that complete and check YAML."""
    from webapp.content.schemas import json_schema

    click.echo(json.dumps(json_schema(name), indent=2, ensure_ascii=False))


def load(folder: Path) -> Course:
    from webapp.content.course.loading import load_course
    from webapp.content.problems import Problems

    try:
        with progress("Files") as report:
            return load_course(folder, report=report)
    except Problems as problems:
        for problem in problems:
            show(problem, folder)
        files = len({problem.location.file for problem in problems})
        click.echo(f"\n{_count(len(problems), 'problem')} in {_count(files, 'file')}.", err=True)
        raise SystemExit(1) from None


def show(problem: Problem, folder: Path) -> None:
    """One line, with the place as an editor or terminal can open it; in colour on a terminal."""
    path = os.path.normpath(folder / problem.location.file)
    place = click.style(f"{path}:{problem.location.line}:{problem.location.column}", bold=True)
    colour = {"error": "red", "warning": "yellow", "note": "cyan"}[problem.severity]
    word = "" if problem.severity == "error" else f"{problem.severity}: "
    rest = "; ".join(part for part in (problem.expected, problem.suggestion) if part)
    code = click.style(f" [{problem.code}: {problem.reference}]", dim=True) if problem.code else ""
    message = click.style(word + problem.message, fg=colour)
    click.echo(f"{place}: {message}{'; ' + rest if rest else ''}{code}")


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
