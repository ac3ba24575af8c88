"""The console script `webapp`. Parts of it that a command does not need are not imported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from typing import Any

import click

#: command → (module, attribute, one line of help); the module is imported when its command is asked for
COMMANDS = {
    "serve": ("webapp.commands.serve", "serve", "Serve the course."),
    "db": ("webapp.commands.db", "database", "Bring the database up to date, back it up, restore it."),
    "bank": ("webapp.commands.bank", "bank", "Check the course: problems, item-writing flaws, schema."),
    "users": ("webapp.commands.users", "users", "Add people, list them, give one a new password."),
    "scores": ("webapp.commands.scores", "scores", "Export scores."),
    "demo": ("webapp.commands.demo", "demo", "Add or remove a made-up class, to see every report on the first day."),
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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="webapp")
def group() -> None:
    """Lessons and quizzes that grade themselves, from a folder of YAML and Markdown."""


def with_app(function: Callable[..., Any]) -> Callable[..., Any]:
    """Runs a command inside the application, as WEBAPP_* variables set it; the command commits."""

    def run(*args: Any, **kwargs: Any) -> Any:
        from webapp import create_app

        app = create_app()
        with app.app_context():
            return function(*args, **kwargs)

    return update_wrapper(run, function)


def main() -> None:
    """Entry point: known errors end with one clear message and exit code 1, never with a traceback."""
    from webapp.config import BadSetting

    try:
        group(prog_name="webapp")
    except BadSetting as error:
        click.echo(f"Can't start. {error}", err=True)
        sys.exit(1)
    except Exception as error:
        from webapp.content.problems import Problems

        if isinstance(error, Problems):
            click.echo(f"The course can't be loaded.\n{error}", err=True)
            sys.exit(1)
        raise
