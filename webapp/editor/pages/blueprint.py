"""What the pages of the editor have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from webapp.accounts.sessions import current_person
from webapp.content.file_names import COURSE_FILE
from webapp.content.folder_store import Conflict
from webapp.content.problems import Problem, Problems
from webapp.database import begin_writing, db
from webapp.editor import history, saving
from webapp.editor.removals import ReasonNeeded
from webapp.quizzes.grade_changes import policies
from webapp.web.current import now, store

bp = Blueprint("editor", __name__)


def notice_edits(paths: Sequence[str] | None = None) -> None:
    """Records what was changed on disk since the last visit. Without such a change it costs one query; where git keeps
    the history, whoever edits on disk says there when a change is one."""
    if store().repository is not None or not history.unnoticed(store(), paths):
        return
    begin_writing()
    history.notice(store(), paths, now())
    db.session.commit()


def by_script() -> bool:
    """Whether a script asks, which takes pieces of the page as JSON."""
    return request.headers.get("X-Requested-With") == "fetch"


def can_write(path: str = COURSE_FILE) -> bool:
    return saving.is_writable(store(), path)


def comes_with_the_app() -> bool:
    """Whether the course is the one inside the installed package, which is never written to."""
    return store().read_only


def line_link(problem: Problem) -> str:
    """The address of the line of a problem in the editor of its file."""
    location = problem.location
    return url_for("editor.edit_file", path=location.file, line=location.line, _anchor="text")


def as_diagnostics(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Problems for the YAML field of a script: line and column from 1, words, severity."""
    return [
        {
            "line": problem.location.line,
            "column": problem.location.column,
            "message": problem.text,
            "severity": {"warning": "warning", "note": "info"}.get(problem.severity, "error"),
        }
        for problem in problems
    ]


def said_when_saved(save: Callable[[], None]) -> bool:
    """Saves and commits; when that can't be, says why, and that nothing was changed."""
    try:
        save()
    except saving.Refused as refused:
        said = "; ".join(str(problem) for problem in refused.problems[:3])
        why = _("Nothing was changed, because the course would not be whole: %(problems)s", problems=said)
    except Conflict:
        why = _("Nothing was changed: somebody else has just saved this file. Look at it, and try again.")
    except saving.ReadOnly as error:
        why = _("Nothing was changed: the course folder can’t be written to (%(why)s).", why=str(error))
    else:
        db.session.commit()
        return True
    db.session.rollback()
    flash(why, "error")
    return False


#: characters of a reason
REASON_LENGTH = 500


def given_reason() -> str:
    """Why something in use is taken out, as the form says; "" when it doesn't, or can't be meant."""
    reason = request.form.get("reason", "").strip()
    return reason if len(reason) <= REASON_LENGTH else ""


#: characters of a note on a save
NOTE_LENGTH = 300
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def given_note() -> str:
    """What the person who saves says of the change, in one line; "" for nothing. What is longer than the field of the
    page takes is cut there."""
    typed = _CONTROLS.sub(" ", request.form.get("note", ""))
    return " ".join(typed.split())[:NOTE_LENGTH]


def why_taken_out(needed: ReasonNeeded, leads_back: str) -> Any:
    """A page that says what is in use, asks why it goes, and sends what was sent once more."""
    db.session.rollback()
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "reason")]
    page = render_template("editor/taken_out.html", removals=needed.removals, kept=kept, leads_back=leads_back)
    return page, 409


def say_undecided() -> None:
    """Says after a save which quizzes have results under other rules than theirs, with the way to decide."""
    for state in policies.undecided(store().current(), current_person()):
        said = _("%(quiz)s: what is recorded stays under the rules it was recorded under.", quiz=state.quiz.title)
        way = Markup(' <a href="{}">{}</a>').format(url_for("classes.rules", quiz_id=state.quiz.id), _("Decide"))
        flash(Markup("{}").format(said) + way, "warning")


def to_file(problems: Problems) -> Any:
    """The way to the text of a file that can't be read as YAML, and so has no form."""
    first = problems.problems[0]
    path = first.location.file
    flash(_("This file can’t be read as YAML at the moment, so it has no form. Mend it here first."), "error")
    return redirect(url_for("editor.edit_file", path=path, line=first.location.line, _anchor="text"))
