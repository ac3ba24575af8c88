"""The blueprint of classes, and what its pages have in common."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from webapp.accounts.models import Cohort
from webapp.accounts.sessions import current_person
from webapp.classes import cohorts
from webapp.classes.effects import Effect
from webapp.web.current import course

bp = Blueprint("classes", __name__)


def load(cohort_id: int) -> Cohort:
    """A cohort of the course that the person at the desk teaches; 404 otherwise."""
    return cohorts.cohort_for(current_person(), cohort_id, course().id)


def show(template: str, cohort: Cohort, here: str, **values: Any) -> str:
    """A page of a cohort; `here` is the tab it stands under."""
    return render_template(f"classes/{template}", cohort=cohort, here=here, **values)


def back(endpoint: str, **values: Any) -> Response:
    """A redirect after a form."""
    return redirect(url_for(f"classes.{endpoint}", **values), 303)


def what_changed(effect: Effect) -> str:
    """What a change did at once, as sentences to put behind another."""
    sentences = ""
    if effect.deadlines:
        sentences += " " + ngettext(
            "The deadline of one attempt under way moved.",
            "The deadlines of %(num)d attempts under way moved.",
            effect.deadlines,
        )
    if effect.scores:
        sentences += " " + ngettext("One score changed.", "%(num)d scores changed.", effect.scores)
    return sentences
