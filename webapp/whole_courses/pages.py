"""Whole courses: a new one, a copy, and one as a zip, taken out and put back."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from webapp import shipped
from webapp.accounts import course_roles
from webapp.accounts.models import User
from webapp.accounts.sessions import current_person
from webapp.audit import service as audit
from webapp.content.course.course import Course
from webapp.content.course.course_file import BESIDE
from webapp.content.course.loading import load_course
from webapp.content.course_zip import CourseZip, UnusableZip, course_files, write_zip
from webapp.content.git_repository import NoRepository
from webapp.content.problems import Problem, Problems
from webapp.database import begin_reading, begin_writing, db
from webapp.editor import git_history
from webapp.editor.removals import ReasonNeeded
from webapp.editor.saving import ReadOnly
from webapp.ui.downloads import written_file
from webapp.web import access, bodies, current
from webapp.web.current import COURSE, course, now, settings, store
from webapp.whole_courses import class_copies, making, putting_back
from webapp.whole_courses.forms import OWN, SHIPPED, ZIP, NewCourseForm, PutBackForm, ZipForm
from webapp.whole_courses.words import why_not

bp = Blueprint("whole_courses", __name__)

# --- a new one -------------------------------------------------------------------------------------------------------


@bp.route("/new-course", methods=["GET", "POST"])
@access.open_to(access.SITE_INSTRUCTOR)
@bodies.takes_files
def new() -> ResponseReturnValue:
    """Makes a course, and the person its owner. `?of=` is the id of one of theirs, to begin with a copy of it."""
    person = current_person()
    if not current.courses().takes_more:
        return _page_for_one(), 200 if request.method == "GET" else 409
    own = _own_courses(person)
    if request.method == "GET":
        wanted = request.args.get("of", "")
        chosen = {"source": OWN, "course": wanted} if wanted in dict(own) else {}
        return _new_page(NewCourseForm(own, formdata=None, language=get_locale().language, **chosen))
    form = NewCourseForm(own)
    if not form.validate_on_submit():
        return _new_page(form), 422
    try:
        made = _make(form, person)
    except UnusableZip as error:
        form.file.errors = [why_not(error)]
    except Problems as problems:
        return _new_page(form, problems.problems), 422
    except making.TooManyCourses:
        form.form_errors = [_("This server has as many courses as it takes: %(num)s.", num=making.MOST_COURSES)]
    except (OSError, NoRepository) as error:
        why = getattr(error, "strerror", None) or str(error)
        form.form_errors = [_("Nothing was made: the folder of the courses can’t be written to (%(why)s).", why=why)]
    else:
        flash(
            _("The course is made. At first only you and admins can open it: say who may, under This course."),
            "success",
        )
        return redirect(url_for("home.home", course=made), 303)
    db.session.rollback()
    return _new_page(form), 422


def _make(form: NewCourseForm, person: User) -> str:
    """The id of the course that was made of what the form says, committed."""
    title, source = form.title.data or "", form.source.data
    # Nobody's answer waits for the lock of the database while files are written.
    begin_reading()
    with making.workshop(current.courses()) as room:
        if source == ZIP:
            room.unpack(CourseZip(form.file.data.stream), title)
        elif source == SHIPPED:
            room.copy(load_course(shipped.folder("question_bank"), current.cache()), title)
        elif source == OWN:
            room.copy(_whole(form.course.data), title)
        else:
            room.begin(title, form.language.data)
        found = room.check()
        begin_writing()
        made_of = f"course:{form.course.data}" if source == OWN else source
        wanted = title or (found.id if source == ZIP else found.title)
        course_id = room.move_in(wanted, by=person, now=now(), made_of=made_of)
        try:
            if source == OWN and form.with_classes.data:
                class_copies.copy_classes(form.course.data, found, course_id, by=person, now=now())
            db.session.commit()
        except BaseException:
            current.courses().take_out(course_id)
            raise
    _commit_to_git(course_id, person)
    return course_id


def _commit_to_git(course_id: str, person: User) -> None:
    """Where git keeps the history of courses, it begins with the course as it was made."""
    made = current.courses().store(course_id)
    if made is not None and made.repository is not None:
        there = made.current()
        paths = [path for path, _file in course_files(made.bank, there.ledger_path)]
        git_history.record(made, paths, _("New course: %(title)s", title=there.title), user=person, now=now())


def _whole(course_id: str) -> Course:
    """A course as its files are now. Raises Problems where they are broken."""
    found = current.courses().store(course_id)
    assert found is not None, "it was just listed"
    there = found.current()
    if found.problems is not None:
        raise found.problems
    return there


def _own_courses(person: User) -> list[tuple[str, str]]:
    """(id, title) of the courses that a person owns."""
    listed = [each for each in current.courses().listed() if each.opens]
    standings = course_roles.all_accesses(person, [each.id for each in listed])
    return [(each.id, each.title) for each in listed if standings[each.id].owns]


def _new_page(form: NewCourseForm, problems: Sequence[Problem] = ()) -> str:
    largest = bodies.size(bodies.FILES)
    return render_template("whole_courses/new.html", form=form, problems=problems, one=None, largest=largest)


def _page_for_one() -> str:
    """What whoever runs the server has to set before there can be another course."""
    only = current.courses().only
    name = current.courses().bank.name
    if only is not None and only.problems is None and only.current().ledger_path.startswith(BESIDE):
        name = _("%(one)s and %(other)s", one=name, other=BESIDE.strip("./"))
    return render_template("whole_courses/new.html", form=None, problems=(), one=name, largest="")


# --- one that is here ------------------------------------------------------------------------------------------------


@bp.get(f"{COURSE}/instructor/course/copies")
@access.open_to(access.OWNER)
def copies() -> ResponseReturnValue:
    """How the course is copied, taken out and put back."""
    return _copies_page(ZipForm(formdata=None))


def _copies_page(form: ZipForm, problems: Sequence[Problem] = ()) -> str:
    files = [file.stat().st_size for _path, file in course_files(store().bank, course().ledger_path)]
    return render_template(
        "whole_courses/copies.html",
        form=form,
        problems=problems,
        number=len(files),
        size=bodies.size(max(sum(files), bodies.KIB)),
        largest=bodies.size(bodies.FILES),
        may_make=access.belongs(access.SITE_INSTRUCTOR),
        read_only=store().read_only,
    )


@bp.post(f"{COURSE}/instructor/course/take-out")
@access.open_to(access.OWNER)
def take_out() -> ResponseReturnValue:
    """The course as one zip."""
    here = course()
    begin_reading()
    with ExitStack() as until_sent:
        file = until_sent.enter_context(tempfile.TemporaryFile())
        number = write_zip(store().bank, here.id, here.ledger_path, file)
        begin_writing()
        what = f"course:{here.id}"
        audit.record(current_person(), "course.taken_out", what, now=now(), course_id=here.id, files=number)
        db.session.commit()
        until_sent.pop_all()
    return written_file(file, f"{here.id}-{now():%Y-%m-%d}.zip", "application/zip")


@bp.route(f"{COURSE}/instructor/course/put-back", methods=["GET", "POST"])
@access.open_to(access.OWNER)
@bodies.takes_files
def put_back() -> ResponseReturnValue:
    """POST with a file: has it wait. GET: what putting back the one that waits (`?of=`) would do. POST with what was
    shown: does it."""
    try:
        if request.method == "GET":
            return _plan_page(request.args.get("of", ""))
        if "of" in request.form:
            return _put_back()
    except putting_back.NotWaiting:
        db.session.rollback()
        flash(_("That zip is not here any more. Please choose it again."), "warning")
        return redirect(url_for("whole_courses.copies"), 303)
    form = ZipForm()
    if not form.validate_on_submit():
        return _copies_page(form), 422
    begin_reading()
    try:
        name = putting_back.receive(settings().data, current_person(), store(), form.file.data.stream)
    except UnusableZip as error:
        form.file.errors = [why_not(error)]
        return _copies_page(form), 422
    except Problems as problems:
        return _copies_page(form, problems.problems), 422
    except OSError as error:
        form.file.errors = [_("The zip can’t be unpacked (%(why)s).", why=error.strerror or str(error))]
        return _copies_page(form), 422
    return redirect(url_for("whole_courses.put_back", of=name), 303)


def _plan_page(name: str, *, status: int = 200, said: str = "", form: PutBackForm | None = None) -> ResponseReturnValue:
    folder = putting_back.waiting(settings().data, current_person(), name)
    planned = putting_back.plan(store(), folder)
    form = form or PutBackForm(formdata=None)
    form.of.data, form.seal.data = name, planned.seal
    if said:
        form.form_errors = [said]
    return render_template("whole_courses/put_back.html", plan=planned, form=form), status


def _put_back() -> ResponseReturnValue:
    form = PutBackForm()
    name = form.of.data or ""
    if not form.validate_on_submit():
        return _plan_page(name, status=422, form=form)
    person = current_person()
    folder = putting_back.waiting(settings().data, person, name)
    begin_reading()
    planned = putting_back.plan(store(), folder)
    begin_writing()
    try:
        putting_back.put_back(
            store(),
            folder,
            planned,
            form.seal.data or "",
            user=person,
            now=now(),
            note=_("Put back from a zip"),
            reason=(form.reason.data or "").strip(),
        )
    except putting_back.ChangedSince:
        said = _("Nothing was changed: the course has been changed since. This is what it would be now.")
    except ReasonNeeded:
        said = _("Something goes that is in use. Please say why.")
    except ReadOnly as error:
        said = _("Nothing was changed: the course folder can’t be written to (%(why)s).", why=str(error))
    else:
        db.session.commit()
        putting_back.forget(folder)
        flash(_("The course is what the zip has."), "success")
        return redirect(url_for("whole_courses.copies"), 303)
    begin_reading()
    return _plan_page(name, status=409, said=said, form=form)
