"""`webapp tidy`: what the server does once a day, now, or what it would do."""

from __future__ import annotations

import click

from webapp.commands import with_database


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@with_database()
def tidy(dry_run: bool) -> None:
    """Remove what is kept no longer than it is needed, as the server does once a day; settings say how long."""
    from webapp.web import current, retention

    now = current.now()
    for rule in retention.rules():
        number = rule.count(now) if dry_run else sum(rule.remove(now))
        click.echo(f"{number:>8,}  {rule.name}: {rule.when(current.settings())}")
    click.echo("Nothing was removed." if dry_run else "Removed.", err=True)
