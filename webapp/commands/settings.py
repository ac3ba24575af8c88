"""`webapp settings`: the table of settings that the README shows."""

from __future__ import annotations

import click


@click.command()
def settings() -> None:
    """List every setting: variable, default, allowed values, meaning."""
    from webapp.config import Settings

    for variable, default, values, meaning in Settings.variables():
        click.echo(f"{variable:22} {default or '–':14} {values:38} {meaning}")
