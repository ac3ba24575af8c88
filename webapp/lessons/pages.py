"""The lessons: reading them, their checks, and what was read."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from werkzeug.wrappers import Response

from webapp.accounts import course_doors, sessions
from webapp.accounts.sessions import person_or_none
from webapp.database import db
from webapp.lessons import service
from webapp.lessons.forms import ReadingForm
from webapp.web import access, offline
from webapp.web.current import course, now

bp = Blueprint("lessons", __name__)
course_doors.guard(bp)


def wants_fragment() -> bool:
    """Whether a script asks, which takes a piece of the page instead of the whole."""
    return request.headers.get("X-Requested-With") == "fetch"


@bp.get("/lessons/")
@access.open_to(access.ANYONE)
def all_lessons() -> Response:
    """The lessons are on the home page."""
    return redirect(url_for("home.home"))


@bp.get("/lessons/<lesson_id>")
@access.open_to(access.ANYONE)
@offline.kept
def lesson(lesson_id: str) -> str:
    """A lesson: contents, text, figures, checks, sources, and the way on."""
    return lesson_page(lesson_id)


def lesson_page(lesson_id: str, answered: service.CheckView | None = None) -> str:
    """The page of a lesson, with one check answered if there is one."""
    stop = service.stop_of(course(), lesson_id)
    before, after = service.neighbours(course(), stop)
    shown = course().lesson_in(str(get_locale() or "en"), stop.lesson)
    cited = service.sources(course(), shown)
    pretest, quiz = service.quizzes_of(course(), stop.pillar.id if stop.pillar else None)
    done = service.done_checks(person_or_none(), stop.lesson)
    checks = {check.id: done.get(check.id) or service.open_check(stop.lesson, check.id) for check in stop.lesson.checks}
    if answered is not None:
        checks[answered.id] = answered
    return render_template(
        "lessons/lesson.html",
        stop=stop,
        lesson=shown,
        before=before,
        after=after,
        cited=cited,
        numbers={source.fact.id: source.number for source in cited},
        firmness=service.firmness_counts(cited),
        progress=service.progress_of(person_or_none(), [stop.lesson])[stop.id],
        checks=checks,
        pretest=pretest,
        quiz=quiz if stop.pillar or stop.id == service.CLOSING else None,
    )


@bp.get("/lessons/<lesson_id>/checks/<check_id>")
@access.open_to(access.ANYONE)
def show_check(lesson_id: str, check_id: str) -> ResponseReturnValue:
    """A check before it is answered: as a piece for scripts, else the lesson at that place."""
    lesson = service.stop_of(course(), lesson_id).lesson
    view = service.open_check(lesson, check_id)
    if wants_fragment():
        return render_template("lessons/check.html", lesson=lesson, check=view)
    return redirect(url_for(".lesson", lesson_id=lesson_id, _anchor=check_id))


@bp.post("/lessons/<lesson_id>/checks/<check_id>")
@access.open_to(access.ANYONE)
def answer_check(lesson_id: str, check_id: str) -> str:
    """The check with its feedback: as a piece for scripts, else in the lesson. Nothing is scored; of whoever is known
    it is kept that it was done."""
    lesson = service.stop_of(course(), lesson_id).lesson
    view = service.answer_check(lesson, check_id, request.form, again="again" in request.form)
    person = person_or_none()
    if person is not None and view.grade is not None:
        service.keep_check(person, lesson, view, now())
        db.session.commit()
    if wants_fragment():
        return render_template("lessons/check.html", lesson=lesson, check=view)
    return lesson_page(lesson_id, view)


@bp.post("/lessons/<lesson_id>/read")
@access.open_to(access.PARTICIPANT)
def read(lesson_id: str) -> ResponseReturnValue:
    """Notes what was read and where the reader is. Scripts get 204; a form goes on to the next section."""
    lesson = service.stop_of(course(), lesson_id).lesson
    form = ReadingForm()
    if not form.validate():
        abort(400)
    user = sessions.participant()
    section = form.section.data or ""
    service.note_reading(user, lesson, section, form.place.data or "", now())
    db.session.commit()
    if wants_fragment():
        return "", 204
    after = service.section_after(lesson, section)
    return redirect(url_for(".lesson", lesson_id=lesson_id, _anchor=after.id if after else "the-end"))
