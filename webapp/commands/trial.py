"""`webapp trial`: a quiz tried on people outside the app, to see what it is worth."""

from __future__ import annotations

from pathlib import Path

import click
import yaml

from webapp.commands import of_course, with_app
from webapp.content.course.quiz import Quiz
from webapp.quizzes import trial as trials
from webapp.quizzes.selection import SEED_BITS
from webapp.web.current import course

#: bytes that a file with answers may have
LONGEST = 200_000


@click.group()
def trial() -> None:
    """Print papers of a quiz without keys, and mark the answers.

    Whether a quiz can tell who has read the lesson is seen when people take its papers before the lesson, and after.
    docs/trials.md says how to carry it out.
    """


@trial.command("print")
@click.argument("quiz")
@click.option("--seed", type=click.IntRange(0, 2**SEED_BITS - 1), default=1, show_default=True, help="Which paper.")
@with_app
@of_course
def print_paper(quiz: str, seed: int) -> None:
    """Print a paper of QUIZ, to be answered without the app.

    The same seed gives the same paper as long as the course stays as it is.
    """
    found = _quiz(quiz)
    drawn = trials.paper(course(), found, seed)
    click.echo(f"# {found.title} (quiz {found.id}, seed {seed})\n")
    click.echo(trials.as_text(drawn))
    click.echo(
        "\n# How to answer: a line for each question, in YAML: under its number the value of each field in turn;\n"
        "# in a field with several choices to tick, all that are right. For example:\n"
        f"#   quiz: {found.id}\n#   seed: {seed}\n#   answers:\n#     1: 2\n#     2: [1, 3]\n#     3: [word, 42]"
    )


@trial.command("mark")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True)
)
@click.option("--each", is_flag=True, help="List each question with what it was worth.")
@with_app
@of_course
def mark(files: tuple[Path, ...], each: bool) -> None:
    """Mark the answers in FILES, one paper each: what they are worth together, and by question type."""
    everything: list[trials.Tried] = []
    for file in files:
        quiz, seed, answers = _answers(file)
        try:
            tried = trials.mark(trials.paper(course(), quiz, seed), answers)
        except trials.Unusable as error:
            raise click.ClickException(f"{file}: {error}.") from error
        everything.extend(tried)
        total = sum(one.fraction for one in tried)
        click.echo(f"{file}: {total:g} of {len(tried)}")
        for number, one in enumerate(tried if each else (), 1):
            click.echo(f"  {number:3} {one.fraction:5.0%}  {one.question_id:40} {one.given}")
    click.echo(f"\n{'':14}{'answers':>8}{'worth':>8}{'guessed':>9}")
    for kind in trials.by_kind(everything):
        click.echo(f"{kind.name:14}{kind.answers:8,}{kind.mean:8.0%}{kind.guess:9.0%}")


def _quiz(name: str) -> Quiz:
    quiz = course().quiz(name)
    if quiz is None:
        known = ", ".join(quiz.id for quiz in course().quizzes)
        raise click.ClickException(f"There is no quiz {name!r}; there are {known}.")
    return quiz


def _answers(file: Path) -> tuple[Quiz, int, dict[int, list[str]]]:
    """The quiz, the seed and the answers that a file gives."""
    if file.stat().st_size > LONGEST:
        raise click.ClickException(f"{file} is longer than {LONGEST:,} bytes.")
    shape = "`quiz:`, `seed:` and `answers:`, as `webapp trial print` shows them"
    try:
        # Every value stays the text it is, so that `on` and `1.10` are answers like others.
        said = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes texts only
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise click.ClickException(f"{file} can't be read as YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(said, dict) or not isinstance(said.get("answers"), dict) or "quiz" not in said:
        raise click.ClickException(f"{file} does not hold {shape}.")
    seed = said.get("seed", "1")
    if not isinstance(seed, str) or not seed.isdecimal() or int(seed) >= 2**SEED_BITS:
        raise click.ClickException(f"{file}: `seed:` is no number from 0 to 2^{SEED_BITS} - 1.")
    answers: dict[int, list[str]] = {}
    for number, values in said["answers"].items():
        values = values if isinstance(values, list) else [values]
        if not str(number).isdecimal() or not all(isinstance(value, str) for value in values):
            raise click.ClickException(f"{file}: under `answers:`, each number takes a value or a list of values.")
        answers[int(number)] = [value for value in values if value != ""]
    return _quiz(str(said["quiz"])), int(seed), answers


__all__ = ["trial"]
