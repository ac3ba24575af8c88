"""Assigning quizzes to a cohort, and accommodations."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.accounts.sessions import current_person
from webapp.audit.service import record
from webapp.classes import assignments, cohorts, times
from webapp.classes.forms import AccommodationForm, AssignmentForm
from webapp.classes.pages.blueprint import back, bp, load, show
from webapp.content.course.quiz import Quiz
from webapp.database import db
from webapp.web import access, prefix
from webapp.web.current import course, now


@bp.get("/instructor/cohorts/<int:cohort_id>/assignments")
@access.open_to(access.INSTRUCTOR)
def assignment_list(cohort_id: int) -> Any:
    """Every quiz of the course, and how it is set to the class."""
    found = load(cohort_id)
    return show(
        "assignments.html", found, "assignments", quizzes=course().quizzes, assigned=assignments.of_cohort(found)
    )


@bp.route("/instructor/cohorts/<int:cohort_id>/assignments/<quiz_id>", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
@access.keeps_form
def assignment(cohort_id: int, quiz_id: str) -> Any:
    """Dates and rules of one quiz for the class."""
    found = load(cohort_id)
    quiz = course().quiz(quiz_id) or abort(404)
    existing = assignments.of_cohort(found).get(quiz_id)
    zone = times.zone_of(request.cookies.get("zone"))
    form = AssignmentForm(quiz, existing, zone)
    if form.validate_on_submit():
        rules = form.rules()
        if rules is not None:
            before = assignments.rules_of(existing).told() if existing else None
            saved, effect = assignments.assign(found, quiz_id, rules, by=current_person(), now=now())
            record(
                current_person(),
                "assignment.changed" if existing else "assignment.made",
                f"assignment:{saved.id}",
                now=now(),
                cohort_id=found.id,
                quiz=quiz_id,
                before=before,
                after=rules.told(),
                deadlines_moved=effect.deadlines,
                scores_changed=effect.scores,
            )
            db.session.commit()
            flash(_("%(quiz)s is assigned.", quiz=quiz.title) + _told(effect), "success")
            response = make_response(redirect(url_for("classes.assignment_list", cohort_id=cohort_id), 303))
            response.set_cookie(
                "zone",
                times.zone_of(form.zone.data),
                path=prefix.cookie_path(),
                max_age=31_536_000,
                samesite="Lax",
                secure=request.is_secure,
            )
            return response
    page = show(
        "assignment.html", found, "assignments", quiz=quiz, form=form, existing=existing,
        zone_is_kept="zone" in request.cookies,
    )  # fmt: skip
    return page, 422 if form.refused else 200


@bp.post("/instructor/cohorts/<int:cohort_id>/assignments/<quiz_id>/withdraw")
@access.open_to(access.INSTRUCTOR)
def withdraw(cohort_id: int, quiz_id: str) -> Any:
    """Takes an assignment back."""
    found = load(cohort_id)
    withdrawn, effect = assignments.withdraw(found, quiz_id, now())
    record(
        current_person(),
        "assignment.withdrawn",
        f"assignment:{withdrawn.id}",
        now=now(),
        cohort_id=found.id,
        quiz=quiz_id,
        deadlines_moved=effect.deadlines,
        scores_changed=effect.scores,
    )
    db.session.commit()
    flash(_("The assignment is withdrawn. Attempts made under it are kept.") + _told(effect), "success")
    return back("assignment_list", cohort_id=cohort_id)


@bp.route("/instructor/cohorts/<int:cohort_id>/accommodations", methods=["GET", "POST"])
@access.open_to(access.INSTRUCTOR)
@access.keeps_form
def accommodations(cohort_id: int) -> Any:
    """What holds for single learners or the whole class beyond the rules; and granting more."""
    found = load(cohort_id)
    people = cohorts.everybody(found)
    form = AccommodationForm(people, course().quizzes)
    if form.validate_on_submit():
        member = next((user for user in people if user.id == form.person.data), None)
        granted, effect = assignments.grant(
            found,
            person=member,
            quiz_id=form.quiz.data or None,
            extra_time_percent=form.extra_time_percent.data or 0,
            extra_attempts=form.extra_attempts.data or 0,
            later_hours=form.later_hours.data or 0,
            reason=form.reason.data or "",
            by=current_person(),
            now=now(),
        )
        record(
            current_person(),
            "accommodation.granted",
            f"user:{member.id}" if member else f"cohort:{found.id}",
            now=now(),
            cohort_id=found.id,
            reason=granted.reason,
            accommodation=granted.id,
            quiz=granted.quiz_id,
            extra_time_percent=granted.extra_time_percent,
            extra_attempts=granted.extra_attempts,
            later_hours=granted.later_hours,
            deadlines_moved=effect.deadlines,
            scores_changed=effect.scores,
        )
        db.session.commit()
        flash(_("Granted, from now on.") + _told(effect), "success")
        return back("accommodations", cohort_id=cohort_id)
    page = show(
        "accommodations.html",
        found,
        "accommodations",
        form=form,
        granted=assignments.accommodations(found),
        title_of=_title_of,
    )
    return page, 422 if form.refused else 200


@bp.post("/instructor/cohorts/<int:cohort_id>/accommodations/<int:accommodation_id>/end")
@access.open_to(access.INSTRUCTOR)
def end_accommodation(cohort_id: int, accommodation_id: int) -> Any:
    """Ends an accommodation."""
    found = load(cohort_id)
    ended, effect = assignments.end(found, accommodation_id, now())
    record(
        current_person(),
        "accommodation.ended",
        f"user:{ended.user_id}" if ended.user_id else f"cohort:{found.id}",
        now=now(),
        cohort_id=found.id,
        accommodation=ended.id,
        deadlines_moved=effect.deadlines,
        scores_changed=effect.scores,
    )
    db.session.commit()
    flash(_("Ended, from now on.") + _told(effect), "success")
    return back("accommodations", cohort_id=cohort_id)


def _title_of(quiz_id: str | None) -> str:
    if quiz_id is None:
        return _("All quizzes")
    quiz: Quiz | None = course().quiz(quiz_id)
    return quiz.title if quiz else quiz_id


def _told(effect: assignments.Effect) -> str:
    """What a change did at once, as sentences to put behind another."""
    said = ""
    if effect.deadlines:
        said += " " + ngettext(
            "The deadline of one attempt under way moved.",
            "The deadlines of %(num)d attempts under way moved.",
            effect.deadlines,
        )
    if effect.scores:
        said += " " + ngettext("One score was reckoned anew.", "%(num)d scores were reckoned anew.", effect.scores)
    return said
