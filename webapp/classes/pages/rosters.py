"""Importing a class list: the list, the dry run, the import; and exporting one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from flask import Response, current_app, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadData, URLSafeSerializer

from webapp.accounts import bulk_accounts, password_again
from webapp.accounts.models import Cohort
from webapp.accounts.service import Taken
from webapp.accounts.sessions import current_person
from webapp.classes import invitations, roster
from webapp.classes.forms import CarriedForm, RosterForm
from webapp.classes.pages.blueprint import back, bp, load, show
from webapp.classes.roster_files import MOST_LINES, BadFile, RosterLine, Sheet, read, read_text
from webapp.classes.roster_plan import plan
from webapp.database import db
from webapp.ui.downloads import as_file
from webapp.ui.spreadsheets import Column, Table
from webapp.web import access, hosts
from webapp.web.current import now
from webapp.web.security import private


@bp.route("/instructor/cohorts/<int:cohort_id>/roster", methods=["GET", "POST"])
@access.open_to(access.TEACHER)
@access.keeps_form
def roster_import(cohort_id: int) -> ResponseReturnValue:
    """Takes a class list and shows, line by line, what importing it would do. Nothing is changed yet."""
    cohort = load(cohort_id)
    form = RosterForm()
    if form.validate_on_submit() and cohort.archived_at is None:
        try:
            sheet = _sheet(form)
        except BadFile as bad:
            field = form.file if form.file.data and form.file.data.filename else form.text
            field.errors = [str(bad.message)]
        else:
            return _dry_run(cohort, sheet.rows, sheet)
    page = show(
        "roster.html",
        cohort,
        "roster",
        form=form,
        waiting=roster.without_password(cohort),
        invited=invitations.of_cohort(cohort),
    )
    return page, 422 if form.refused else 200


def _sheet(form: RosterForm) -> Sheet:
    upload = form.file.data
    if upload and upload.filename:
        return read(upload.read(), form.encoding.data or "")
    if not (form.text.data or "").strip():
        raise BadFile(_l("Please choose a file, or paste some lines."))
    return read_text(form.text.data)


def _dry_run(cohort: Cohort, lines: Sequence[RosterLine], sheet: Sheet | None, *, changed: bool = False) -> Response:
    """Shows a plan. The form below it carries the lines and the plan's digest, signed."""
    planned = plan(cohort, lines)
    carried = [cohort.id, planned.digest, [astuple(line) for line in lines]]
    form = CarriedForm(formdata=None)
    form.carried.data = _carrier("list").dumps(carried)
    page = show("dry_run.html", cohort, "roster", plan=planned, sheet=sheet, form=form, changed=changed)
    return private(page, 409 if changed else 200)


@bp.post("/instructor/cohorts/<int:cohort_id>/roster/confirm")
@access.open_to(access.TEACHER)
def roster_confirm(cohort_id: int) -> ResponseReturnValue:
    """Does exactly what the dry run showed; shows it again when something changed since."""
    cohort = load(cohort_id)
    form = CarriedForm()
    try:
        of_cohort, digest, carried = _carrier("list").loads(form.carried.data or "")
    except BadData:
        of_cohort = None
    if not form.validate_on_submit() or of_cohort != cohort.id or cohort.archived_at is not None:
        flash(_("Please choose the list again."), "warning")
        return back("roster_import", cohort_id=cohort_id)
    lines = [RosterLine(*values) for values in carried]
    planned = plan(cohort, lines)
    if planned.digest != digest:
        return _dry_run(cohort, lines, None, changed=True)
    try:
        confirmed = set(request.form.getlist("confirmed", type=int)[:MOST_LINES])
        outcome = roster.carry_out(cohort, planned, confirmed=confirmed, now=now(), by=current_person())
    except Taken:
        db.session.rollback()
        return _dry_run(load(cohort_id), lines, None, changed=True)
    db.session.commit()
    return _show_links(cohort, outcome.links, outcome)


@bp.post("/instructor/cohorts/<int:cohort_id>/roster/links")
@access.open_to(access.TEACHER)
@password_again.needed
def roster_links(cohort_id: int) -> ResponseReturnValue:
    """Makes new first links for everybody whom a list made and who has not set a password yet."""
    cohort = load(cohort_id)
    links = roster.new_links(cohort, now=now(), by=current_person())
    db.session.commit()
    return _show_links(cohort, links)


def _show_links(
    cohort: Cohort, links: Sequence[roster.FirstLink], outcome: roster.ImportOutcome | None = None
) -> Response:
    """The links, shown this once; the form below carries them, signed, to the file that can be downloaded."""
    form = CarriedForm(formdata=None)
    form.carried.data = _carrier("links").dumps([cohort.id, [astuple(link) for link in links]])
    rows = [(link.name, link.login, _address(link)) for link in links]
    days = bulk_accounts.FIRST_LINK_LASTS.days
    return private(show("links.html", cohort, "roster", rows=rows, form=form, outcome=outcome, days=days))


def _address(link: roster.FirstLink) -> str:
    return hosts.link("accounts.reset", token=link.token)


@bp.post("/instructor/cohorts/<int:cohort_id>/roster/links.csv")
@access.open_to(access.TEACHER)
def roster_links_file(cohort_id: int) -> ResponseReturnValue:
    """The links of the page before, as a CSV file."""
    cohort = load(cohort_id)
    form = CarriedForm()
    try:
        of_cohort, carried = _carrier("links").loads(form.carried.data or "")
    except BadData:
        of_cohort = None
    if not form.validate_on_submit() or of_cohort != cohort.id:
        return back("roster_import", cohort_id=cohort_id)
    links = [roster.FirstLink(*values) for values in carried]
    rows = [(link.name, link.login, _address(link)) for link in links]
    columns = (Column("name", width=28), Column("login", width=28), Column("link", width=60))
    return as_file(Table(f"links-{cohort.id}", columns, rows, for_excel=True), "csv")


@bp.get("/instructor/cohorts/<int:cohort_id>/roster.csv")
@access.open_to(access.TEACHER)
def roster_export(cohort_id: int) -> ResponseReturnValue:
    """The members as a CSV file that can be imported again."""
    return as_file(roster.member_table(load(cohort_id)), "csv")


@bp.post("/instructor/cohorts/<int:cohort_id>/invitations/<int:user_id>/withdraw")
@access.open_to(access.TEACHER)
def withdraw_invitation(cohort_id: int, user_id: int) -> ResponseReturnValue:
    """Takes an invitation back that is not answered."""
    withdrawn = invitations.withdraw(load(cohort_id), user_id, by=current_person(), now=now())
    name = withdrawn.listed_as
    db.session.commit()
    flash(_("%(name)s is not invited any more.", name=name), "success")
    return back("roster_import", cohort_id=cohort_id)


@bp.post("/instructor/cohorts/<int:cohort_id>/invitations/<int:user_id>/vouch")
@access.open_to(access.ADMIN)
@password_again.needed
def vouch(cohort_id: int, user_id: int) -> ResponseReturnValue:
    """Puts an invited person into the class without their own yes."""
    person = invitations.vouch(load(cohort_id), user_id, by=current_person(), now=now())
    name = person.name
    db.session.commit()
    flash(_("%(name)s is in the class now.", name=name), "success")
    return back("roster_import", cohort_id=cohort_id)


def _carrier(what: str) -> URLSafeSerializer:
    """Carries a list through a page, compressed, so that only this server and this person can have written it.

    `what` keeps the lists of one page from being taken for those of another.
    """
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"roster {what} of {current_person().id}")
