"""Questions for other programs: which, in what format, what that format can't say, and then the file."""

from __future__ import annotations

import io
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.accounts.sessions import current_person
from webapp.audit import service as audit
from webapp.database import begin_reading, begin_writing, db
from webapp.editor import question_choices
from webapp.editor.loss_sums import loss_sums
from webapp.editor.pages.bank import frame
from webapp.editor.pages.blueprint import bp
from webapp.editor.question_choices import FolderMedia, NoSuchChoice
from webapp.interchange import all_formats
from webapp.interchange.contract import FileFormat, UnreadableQuestions, WrittenQuestions
from webapp.interchange.losses import LossReport, Verdict
from webapp.ui.downloads import written_file
from webapp.web import access
from webapp.web.current import course, now, store
from webapp.web.paging import page_asked, page_of_list

#: questions with losses of a page
SIZE = 50


@dataclass(frozen=True)
class Export:
    """Questions as a file that was made, and what became of each."""

    format: FileFormat
    name: str
    written: WrittenQuestions

    @property
    def report(self) -> LossReport:
        return LossReport(self.name, self.format.title, self.written.lines, pictures=self.written.pictures)

    @property
    def carries(self) -> bool:
        """Whether there is a question in it."""
        return any(line.verdict is not Verdict.LEFT_OUT for line in self.written.lines)


@bp.route("/instructor/bank/export", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def export_questions() -> ResponseReturnValue:
    """GET: the choice (`?what=` all, a pillar or a quiz; `?format=`), and what would be lost. POST: the file."""
    what, format_name = request.args.get("what", "")[:200], request.args.get("format", "")
    if not format_name:
        return _page(what, format_name, None)
    begin_reading()
    try:
        made = _made(what, format_name)
    except (NoSuchChoice, UnreadableQuestions) as refused:
        return _page(what, format_name, None, refused=str(refused)), 422
    except OSError as error:
        said = _("The pictures can’t be read (%(why)s).", why=error.strerror or str(error))
        return _page(what, format_name, None, said=said), 422
    if request.method == "GET" or not made.carries:
        return _page(what, format_name, made)
    begin_writing()
    audit.record(
        current_person(),
        "questions.exported",
        what or "all",
        now=now(),
        course_id=course().id,
        format=made.format.name,
        questions=len(made.written.lines),
    )
    db.session.commit()
    return written_file(io.BytesIO(made.written.raw), made.name, "application/octet-stream")


def _made(what: str, format_name: str) -> Export:
    """Raises NoSuchChoice, UnreadableQuestions and OSError."""
    here = course()
    kind, _colon, name = what.partition(":")
    if what and kind not in ("pillar", "quiz"):
        raise NoSuchChoice(f"There is no {what!r} in the course.")
    format_ = question_choices.format_named(format_name)
    found = question_choices.chosen(
        here, pillars=[name] if kind == "pillar" else (), quizzes=[name] if kind == "quiz" else ()
    )
    written = format_.write(found, FolderMedia(store().bank, here), here.language)
    about = f"{here.id}-{name}" if name else here.id
    return Export(format_, f"{about}{format_.endings[0]}", written)


def _page(what: str, format_name: str, made: Export | None, *, refused: str = "", said: str = "") -> str:
    here = course()
    report = made.report if made is not None else None
    pillars = [(f"pillar:{pillar.id}", pillar.title) for pillar in here.pillars]
    if here.mixed:
        pillars.append(("pillar:mixed", _("Across the pillars")))
    with_losses = [line for line in report.lines if line.losses] if report is not None else []
    return render_template(
        "editor/export.html",
        what=what,
        format_name=format_name,
        formats=[(each.name, each.title) for each in all_formats().values() if each.writes],
        pillars=pillars,
        quizzes=[(f"quiz:{quiz.id}", quiz.title) for quiz in here.quizzes],
        made=made,
        report=report,
        sums=loss_sums(report) if report is not None else [],
        lines=page_of_list(with_losses, page_asked(), SIZE),
        refused=refused,
        said=said,
        **frame(),
    )
