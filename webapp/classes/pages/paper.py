"""A quiz on paper, for whoever may see its keys: authors and teachers of the course."""

from __future__ import annotations

import secrets
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.models import Cohort
from webapp.accounts.sessions import current_person
from webapp.classes import cohorts
from webapp.classes.forms import PaperForm
from webapp.classes.pages.blueprint import bp
from webapp.quizzes import prints
from webapp.web import access
from webapp.web.current import course

#: copies that one page has at most: it is held in memory, by the server and by the browser
MOST_COPIES = 100


@bp.get("/instructor/quizzes/<quiz_id>/paper")
@access.open_to(access.STAFF)
def paper(quiz_id: str) -> ResponseReturnValue:
    """The form of a print and, below it, the sheets that the address asks for: `versions`, `seed`, `cohort`, `key`."""
    quiz = course().quiz(quiz_id) or abort(404)
    classes = {each.cohort.id: each.cohort for each in cohorts.taught_by(current_person(), course().id)}
    asked = "seed" in request.args
    # Six digits are soon typed again from the foot of a page.
    proposed: dict[str, Any] = {"versions": 2, "seed": 100_000 + secrets.randbelow(900_000), "key": True}
    if (chosen := request.args.get("cohort", "")) and not asked:
        proposed["cohort"] = chosen
    form = PaperForm(
        [cohort for cohort in classes.values() if not cohort.archived_at], request.args if asked else None, proposed
    )
    made: list[prints.Version] = []
    copies: list[prints.Copy] = []
    if asked and form.validate():
        names = _names(classes[int(form.cohort.data)]) if form.cohort.data else []
        if len(names) > MOST_COPIES:
            said = _(
                "This class has %(n)s members; at most %(most)s copies with names are printed at once. Print without "
                "names, and copy each version.",
                n=len(names),
                most=MOST_COPIES,
            )
            form.cohort.errors = [said]
        elif form.cohort.data and not names:
            form.cohort.errors = [_("Nobody is in this class yet.")]
        else:
            made = prints.versions(course(), quiz, form.seed.data, form.versions.data)
            copies = prints.deal(made, names)
    page = render_template(
        "classes/paper.html", quiz=quiz, form=form, versions=made, copies=copies, with_key=bool(form.key.data)
    )
    return page, 422 if asked and not made else 200


def _names(cohort: Cohort) -> list[str]:
    return [member.name or member.username or member.email or "" for member in cohorts.everybody(cohort)]
