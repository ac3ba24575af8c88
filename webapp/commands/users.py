"""`webapp users`: people, from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app

from webapp.accounts import data_file, names, password_rules, passwords, service
from webapp.accounts.models import User
from webapp.commands import with_database
from webapp.database import db
from webapp.web.current import now, site_title

COMMAND = "command line"


@click.group()
def users() -> None:
    """Add people, list them, give one a new password, export or erase what is kept about one."""


def _new_password(from_stdin: bool, about: list[str | None]) -> str:
    """The password typed twice, or the first line of standard input; refused ones end the command."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    with current_app.test_request_context():
        problem = password_rules.problem(password, about=[*about, site_title()])
        if problem:
            raise click.ClickException(str(problem))
    return password


def find(name: str) -> User:
    """Who signs in so; ends the command where nobody does."""
    user = service.find(name)
    if user is None:
        raise click.ClickException(f"Nobody signs in as {name!r}; `webapp users list` shows who there is.")
    return user


@users.command()
@click.argument("name")
@click.option("--role", type=click.Choice(["learner", "instructor", "admin"]), default="learner", show_default=True)
@click.option("--username", help="What is typed at sign-in. Made from NAME when neither this nor --email is given.")
@click.option("--email", help="An e-mail address to sign in with.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, instead of asking.")
@with_database(make=True)
def add(name: str, role: str, username: str | None, email: str | None, password_stdin: bool) -> None:
    """Add a person called NAME."""
    if username is None and email is None:
        username = name if names.username_problem(name) is None else ".".join(names.fold(name).split())
    _refuse_bad_logins(username, email)
    password = _new_password(password_stdin, [name, username, email])
    password_hash = passwords.hash_password(password)
    try:
        user = service.create_user(
            name=name,
            username=username,
            email=email,
            password_hash=password_hash,
            role=role,
            origin="cli",
            now=now(),
            by=COMMAND,
        )
    except service.Taken as taken:
        raise click.ClickException(f"Somebody has the {taken.field} {(username or email)!r} already.") from taken
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(f"Added {user.name} ({user.role}). Sign in as {user.username or user.email}.")


def _refuse_bad_logins(username: str | None, email: str | None) -> None:
    with current_app.test_request_context():
        if username is not None and (problem := names.username_problem(username)):
            raise click.ClickException(f"{problem} Give one with --username.")
        if email is not None and names.email_of(email) is None:
            raise click.ClickException(f"{email!r} is no e-mail address.")


@users.command("list")
@click.option("--role", type=click.Choice(["learner", "instructor", "admin"]), help="Only people of this role.")
@with_database()
def list_people(role: str | None) -> None:
    """List people with an account: sign-in name, role, name."""
    page = 1
    while True:
        people = service.people(role=role or "", page=page, size=200)
        for user in people:
            click.echo(f"{user.username or user.email or '–'}\t{user.role}\t{user.name}")
        if page >= people.pages:
            break
        page += 1
    click.echo(f"{people.total} in all.", err=True)


@users.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, instead of asking.")
@with_database()
def password(name: str, password_stdin: bool) -> None:
    """Set a new password for the person with user name or e-mail NAME, and sign them out everywhere."""
    user = find(name)
    about = [user.name, user.username, user.email]
    db.session.rollback()  # nobody's answer waits while a password is typed
    password_hash = passwords.hash_password(_new_password(password_stdin, about))
    service.replace_password(user, password_hash, by=COMMAND, way="command", now=now())
    db.session.commit()
    click.echo(f"{user.name} has a new password, and is signed out everywhere.")


@users.command()
@click.argument("name")
@with_database()
def link(name: str) -> None:
    """Print a link with which the person with user name or e-mail NAME sets a new password, once, within three days."""
    user = find(name)
    token = service.make_reset_link(user, by=COMMAND, now=now())
    db.session.commit()
    click.echo(f"/reset/{token}")
    click.echo("Put the address of the site before it. It works once, for three days.", err=True)


@users.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to; data-of-NAME.zip by default.")
@with_database()
def export(name: str, out: Path | None) -> None:
    """Write all that is kept about the person with user name or e-mail NAME: a ZIP with JSON and a page to read."""
    user = find(name)
    target = out or Path(f"data-of-{user.username or user.id}.zip")
    if target.exists():
        raise click.ClickException(f"{target} is there already; nothing was written.")
    at = now()
    with current_app.test_request_context():
        archive = data_file.as_zip(service.data_export(user, now=at), service.files_of(user))
    try:
        with target.open("xb") as file:
            target.chmod(0o600)
            file.write(archive)
    except OSError as error:
        raise click.ClickException(f"{target} can't be written ({error.strerror}).") from error
    service.record_export(user, by=COMMAND, now=at)
    db.session.commit()
    click.echo(f"All that is kept about {user.name} is in {target}. Hand it over by a channel you trust.")


@users.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed, and what would stay and why.")
@click.option("--with-results", is_flag=True, help="Remove attempts, answers and scores, too.")
@with_database()
def erase(name: str, dry_run: bool, with_results: bool) -> None:
    """Erase the person with user name or e-mail NAME for good, after NAME was typed once more."""
    user = find(name)
    click.echo(f"{user.name} ({user.role}): name, sign-in, password, language and preferences are removed.")
    with current_app.test_request_context():
        for fate in service.fates(user):
            click.echo(f"{fate.number:>8,}  {fate.what}: {'removed.' if fate.goes else fate.why}")
    if with_results:
        click.echo("Attempts, answers, scores and what was read are removed, too, as you ask.")
    click.echo("Backups that were made before hold the person until they are removed by their age.")
    if dry_run:
        click.echo("Nothing was removed.", err=True)
        return
    logins = user.username, user.email
    db.session.rollback()  # nobody's answer waits while a name is typed
    if not names.is_one_of(click.prompt("Type what they sign in with, to erase them for good"), *logins):
        raise click.ClickException("That is somebody else's; nothing was removed.")
    try:
        service.delete_account(user, now=now(), by=COMMAND, with_results=with_results)
    except service.LastAdmin as error:
        raise click.ClickException("This is the only admin; make somebody else one first.") from error
    db.session.commit()
    click.echo("Erased.")
