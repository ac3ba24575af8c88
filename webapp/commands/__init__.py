"""The console script `webapp`. Parts of it that a command does not need are not imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

import click

from webapp.commands.failures import told

P = ParamSpec("P")
R = TypeVar("R")

#: command → (module, attribute, one line of help); the module is imported when its command is asked for
COMMANDS = {
    "serve": ("webapp.commands.serve", "serve", "Serve the course."),
    "db": ("webapp.commands.db", "database", "Bring the database up to date, back it up, restore it."),
    "bank": ("webapp.commands.bank", "bank", "Check the course: problems, item-writing flaws, schema; copy it."),
    "courses": ("webapp.commands.courses", "courses", "List courses, copy one, take one out and in as a zip."),
    "users": ("webapp.commands.users", "users", "Add people, list them, give one a new password."),
    "scores": ("webapp.commands.scores", "scores", "Export scores."),
    "demo": ("webapp.commands.demo", "demo", "Add or remove a made-up class, to see every report on the first day."),
    "trial": ("webapp.commands.trial", "trial", "Try a quiz on paper: print papers without keys, mark the answers."),
    "tidy": ("webapp.commands.tidy", "tidy", "Remove what is kept no longer, as the server does once a day."),
    "messages": ("webapp.commands.messages", "messages", "Bring the catalogues of translations up to date."),
    "settings": ("webapp.commands.settings", "settings", "List every setting: variable, default, values, meaning."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are run, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _help = COMMANDS[name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, _attribute, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Known failures end with one clear message and exit code 1, never with a traceback."""
        with told():
            return super().invoke(ctx)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="webapp")
def group() -> None:
    """Lessons and quizzes that grade themselves, from a folder of YAML and Markdown."""


def with_app(function: Callable[P, R]) -> Callable[P, R]:
    """Runs a command inside the application, as WEBAPP_* variables set it; the command commits."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from webapp import create_app, private_files
        from webapp.database import db

        # Inside the application's context, too, so that a message can name the database.
        with told():
            private_files.close_to_others()
            app = create_app()
            with app.app_context(), told():
                try:
                    return function(*args, **kwargs)
                finally:
                    db.session.remove()
                    db.engine.dispose()

    return run


def of_course(function: Callable[..., R]) -> Callable[..., R]:
    """Gives a command that runs inside the application the option that says which course it is about."""

    @click.option("--course", "course_id", help="Which course, where there are several: its id.")
    @wraps(function)
    def run(*args: Any, course_id: str | None, **kwargs: Any) -> R:
        from webapp.web import current

        if course_id is not None and not current.take_up(course_id):
            known = ", ".join(current.courses().ids())
            raise click.ClickException(f"There is no course {course_id!r}; there are {known}.")
        return function(*args, **kwargs)

    return run


def with_database(*, make: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """`with_app`, with a database whose tables are those of this version; says what to do when they are not.

    `make`: a database that has no tables yet gets them, as at a first start.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @with_app
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            from webapp.commands.schema import require_current
            from webapp.web import current

            require_current(make=make)
            current.courses().refresh(now=True)
            return function(*args, **kwargs)

        return run

    return decorate


def main() -> None:
    """Entry point of the console script."""
    group(prog_name="webapp")
