"""Importing a class list: the list, the dry run, the import; and exporting one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, flash, url_for
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer

from webapp.accounts import bulk_accounts
from webapp.accounts.models import Cohort, User
from webapp.accounts.service import Taken
from webapp.accounts.sessions import current_person
from webapp.audit.service import record
from webapp.classes import roster
from webapp.classes.forms import CarriedForm, RosterForm
from webapp.classes.pages.blueprint import back, bp, load, show
from webapp.classes.roster_files import BadFile, Row, Sheet, read, read_text
from webapp.database import db
from webapp.ui.downloads import as_file
from webapp.ui.spreadsheets import Column, Table
from webapp.web import access
from webapp.web.current import now
from webapp.web.security import private


@bp.route("/instructor/cohorts/<int:cohort_id>/roster", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
@access.keeps_form
def roster_import(cohort_id: int) -> Any:
    """Takes a class list and shows, line by line, what importing it would do. Nothing is changed yet."""
    found = load(cohort_id)
    form = RosterForm()
    if form.validate_on_submit() and found.archived_at is None:
        try:
            sheet = _sheet(form)
        except BadFile as bad:
            field = form.file if form.file.data and form.file.data.filename else form.text
            field.errors = [str(bad.message)]
        else:
            return _dry_run(found, sheet.rows, sheet)
    page = show("roster.html", found, "roster", form=form, waiting=roster.without_password(found))
    return page, 422 if form.refused else 200


def _sheet(form: RosterForm) -> Sheet:
    upload = form.file.data
    if upload and upload.filename:
        return read(upload.read(), form.encoding.data or "")
    if not (form.text.data or "").strip():
        raise BadFile(_("Please choose a file, or paste some lines."))  # type: ignore[arg-type]
    return read_text(form.text.data)


def _dry_run(cohort: Cohort, rows: Sequence[Row], sheet: Sheet | None, *, changed: bool = False) -> Any:
    """Shows a plan. The form below it carries the lines and the plan's digest, signed."""
    planned = roster.plan(cohort, rows)
    carried = [cohort.id, planned.digest, [[r.line, r.name, r.email, r.username, r.problem] for r in rows]]
    form = CarriedForm(formdata=None)
    form.carried.data = _carrier("list").dumps(carried)
    page = show("dry_run.html", cohort, "roster", plan=planned, sheet=sheet, form=form, changed=changed)
    return private(page, 409 if changed else 200)


@bp.post("/instructor/cohorts/<int:cohort_id>/roster/confirm")
@access.open_to(access.INSTRUCTOR)
def roster_confirm(cohort_id: int) -> Any:
    """Does exactly what the dry run showed; shows it anew when something changed since."""
    found = load(cohort_id)
    form = CarriedForm()
    try:
        of_cohort, digest, lines = _carrier("list").loads(form.carried.data or "")
    except BadData:
        of_cohort = None
    if not form.validate_on_submit() or of_cohort != found.id or found.archived_at is not None:
        flash(_("Please choose the list again."), "warning")
        return back("roster_import", cohort_id=cohort_id)
    rows = [Row(*line) for line in lines]
    planned = roster.plan(found, rows)
    if planned.digest != digest:
        return _dry_run(found, rows, None, changed=True)
    try:
        outcome = roster.carry_out(found, planned, now=now(), by=current_person())
    except Taken:
        db.session.rollback()
        return _dry_run(load(cohort_id), rows, None, changed=True)
    record(
        current_person(),
        "roster.imported",
        f"cohort:{found.id}",
        now=now(),
        cohort_id=found.id,
        added=[user.id for user in outcome.added],
        enrolled=[line.user_id for line in planned.lines if line.does == roster.ENROL],
        changed={str(line.user_id): line.changes for line in planned.lines if line.does == roster.CHANGE},
        refused=planned.count(roster.REFUSE),
    )
    rows = _link_rows(outcome.added, outcome.tokens)
    db.session.commit()
    return _show_links(found, rows, outcome=outcome)


@bp.post("/instructor/cohorts/<int:cohort_id>/roster/links")
@access.open_to(access.INSTRUCTOR)
def roster_links(cohort_id: int) -> Any:
    """Makes new first links for everybody whom a list made and who has not set a password yet."""
    found = load(cohort_id)
    waiting = roster.without_password(found)
    tokens = bulk_accounts.links(waiting, now=now(), by=current_person())
    record(
        current_person(), "roster.links_made", f"cohort:{found.id}", now=now(), cohort_id=found.id, users=sorted(tokens)
    )
    rows = _link_rows(waiting, tokens)
    db.session.commit()
    return _show_links(found, rows)


def _link_rows(people: Sequence[User], tokens: dict[int, str]) -> list[list[str]]:
    """[name, login, token] for each: read before the commit, which makes the session forget thousands of people."""
    return [[user.name, user.username or user.email or "", tokens[user.id]] for user in people]


def _show_links(cohort: Cohort, rows: list[list[str]], outcome: roster.Outcome | None = None) -> Any:
    """The links, shown this once; the form below carries them, signed, to the file that can be downloaded."""
    form = CarriedForm(formdata=None)
    form.carried.data = _carrier("links").dumps([cohort.id, rows])
    shown = [(name, login, url_for("accounts.reset", token=token, _external=True)) for name, login, token in rows]
    days = bulk_accounts.FIRST_LINK_LASTS.days
    return private(show("links.html", cohort, "roster", rows=shown, form=form, outcome=outcome, days=days))


@bp.post("/instructor/cohorts/<int:cohort_id>/roster/links.csv")
@access.open_to(access.INSTRUCTOR)
def roster_links_file(cohort_id: int) -> Any:
    """The links of the page before, as a CSV file."""
    found = load(cohort_id)
    form = CarriedForm()
    try:
        of_cohort, rows = _carrier("links").loads(form.carried.data or "")
    except BadData:
        of_cohort = None
    if not form.validate_on_submit() or of_cohort != found.id:
        return back("roster_import", cohort_id=cohort_id)
    links = [[name, login, url_for("accounts.reset", token=token, _external=True)] for name, login, token in rows]
    columns = (Column("name", width=28), Column("login", width=28), Column("link", width=60))
    return as_file(Table(f"links-{found.id}", columns, links, for_excel=True), "csv")


@bp.get("/instructor/cohorts/<int:cohort_id>/roster.csv")
@access.open_to(access.INSTRUCTOR)
def roster_export(cohort_id: int) -> Any:
    """The members as a CSV file that can be imported again."""
    return as_file(roster.member_table(load(cohort_id)), "csv")


def _carrier(what: str) -> URLSafeSerializer:
    """Carries a list through a page, compressed, so that only this server and this person can have written it.

    `what` keeps the lists of one page from being taken for those of another.
    """
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"roster {what} of {current_person().id}")
