"""Questions from other programs: a file is sent, its plan looked at, and what is wanted of it imported; and an import
is taken back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from webapp import questions
from webapp.accounts.sessions import current_person
from webapp.content.folder_store import Conflict
from webapp.content.problems import Problem, Problems
from webapp.database import begin_reading, begin_writing, db
from webapp.editor import drafts, field_changes, imported_files, question_choices, saving
from webapp.editor.file_saving import Meanings
from webapp.editor.import_forms import QuestionsFileForm
from webapp.editor.imported_files import ImportUnconfirmed, NothingChosen, NotThere, PlanOutdated
from webapp.editor.loss_sums import loss_sums
from webapp.editor.models import QuestionImport
from webapp.editor.pages.bank import frame
from webapp.editor.pages.blueprint import bp, given_reason, notice_edits, why_taken_out
from webapp.editor.question_choices import NoSuchChoice
from webapp.editor.removals import ReasonNeeded
from webapp.editor.yaml_roundtrip import emit
from webapp.interchange.contract import UnreadableQuestions
from webapp.interchange.losses import Loss
from webapp.interchange.plan import ItemFate, PlannedQuestion, QuestionPlan
from webapp.questions import TYPES
from webapp.questions.contract import Question
from webapp.web import access, bodies
from webapp.web.current import course, now, store
from webapp.web.paging import page_asked, page_of_list

#: items of a page of a plan
SIZE = 50
#: losses that are told of an import
_TOLD = 200


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """An item of the file on the page of the plan."""

    item: PlannedQuestion
    is_wanted: bool
    #: as it would be; None where nothing would be written
    question: Question | None
    answer: str
    changes: list[field_changes.FieldChange]

    @property
    def writes(self) -> bool:
        return self.item.fate in (ItemFate.NEW, ItemFate.UPDATED)


@bp.route("/instructor/bank/import", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
@bodies.takes_files
def import_questions() -> ResponseReturnValue:
    """Takes a file of questions, and leads to what would become of it."""
    files = question_files()
    if request.method == "GET":
        notice_edits()
        form = QuestionsFileForm(files, formdata=None, into=question_choices.usual_target(course()))
        return _upload_page(form)
    form = QuestionsFileForm(files)
    if not form.validate_on_submit():
        return _upload_page(form), 422
    with form.file.data.stream as stream:
        raw = stream.read()
    name = form.file.data.filename.replace("\\", "/").rpartition("/")[2]
    # Nobody's answer waits for the lock of the database while a large file is read.
    begin_reading()
    here, person = course(), current_person()
    try:
        sent = imported_files.received(here, raw, name, format_name=form.format.data, into=form.into.data)
    except (UnreadableQuestions, NoSuchChoice) as refused:
        form.file.errors = [Markup('<span lang="en">{}</span>').format(str(refused))]
        return _upload_page(form), 422
    begin_writing()
    imported_files.keep(sent, user=person, now=now())
    db.session.commit()
    return redirect(url_for("editor.import_plan", of=sent.id), 303)


def question_files() -> list[tuple[str, str]]:
    """(path, title) of the questions files of the course."""
    here = course()
    titles = {pillar.id: pillar.title for pillar in here.pillars}
    titles |= {pillar.id: pillar.title for pillar in here.drafts.pillars}
    titles["mixed"] = _("Across the pillars")
    return [(path, f"{titles.get(pillar, pillar)} ({path})") for path, pillar in drafts.question_files(here)]


def _upload_page(form: QuestionsFileForm) -> str:
    return render_template(
        "editor/import.html",
        form=form,
        largest=bodies.size(bodies.FILES),
        latest=imported_files.latest(course().id, now()),
        **frame(),
    )


# --- the plan --------------------------------------------------------------------------------------------------------


@bp.route("/instructor/bank/import/plan", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def import_plan() -> ResponseReturnValue:
    """GET: what the import of a file that waits (`?of=`) would do or, once it is done, what it did. POST: notes what is
    wanted, and imports it."""
    try:
        sent = _asked()
        if sent.imported_at is not None:
            return _result_page(sent) if request.method == "GET" else _to(sent)
        if request.method == "GET":
            return _plan_page(sent)
        return _act(sent)
    except NotThere:
        db.session.rollback()
        flash(_("That file is not here any more. Please choose it again."), "warning")
        return redirect(url_for("editor.import_questions"), 303)


def _asked() -> QuestionImport:
    """The one that the address names. Raises NotThere."""
    name = request.args.get("of", "")
    if not name.isascii() or not name.isdecimal() or len(name) > 9:
        raise NotThere
    return imported_files.found(course().id, int(name), current_person(), now())


def _to(sent: QuestionImport, page: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("editor.import_plan", of=sent.id, page=page), 303)


def _act(sent: QuestionImport) -> ResponseReturnValue:
    action, _colon, argument = request.form.get("action", "").partition(":")
    if action == "drop":
        imported_files.forget(sent)
        db.session.commit()
        return redirect(url_for("editor.import_questions"), 303)
    begin_reading()
    here, person = course(), current_person()
    plan = imported_files.plan_of(here, sent, sent.content or b"")
    begin_writing()
    # Who presses twice imports once.
    db.session.refresh(sent, with_for_update=True)
    if sent.imported_at is not None:
        return _to(sent)
    if request.form.get("seal", "") != imported_files.seal_of(plan):
        said = _("Nothing was imported: the course has changed since you opened this page. This is the plan now.")
        return _plan_page(sent, plan, said=said, status=409)
    shown = _items_of(plan, request.form.get("shown", 1, type=int))
    imported_files.choose(sent, [item for item in shown if _writes(item)], request.form.getlist("take"))
    if action == "page":
        db.session.commit()
        return _to(sent, argument if argument.isdecimal() else None)
    choice = list(sent.left_out)
    problems: tuple[Problem, ...] = ()
    meanings: Meanings = ()
    seal = said = ""
    status = 409
    try:
        imported_files.carry_out(
            store(), here, sent, plan, user=person, now=now(), confirmed=argument if action == "confirm" else ""
        )
    except NothingChosen:
        said, status = _("Choose what is to be imported."), 422
    except ImportUnconfirmed as unconfirmed:
        meanings, seal = unconfirmed.meanings, unconfirmed.seal
    except (PlanOutdated, Conflict):
        said = _("Nothing was imported: the course has changed since you opened this page. This is the plan now.")
    except (saving.Refused, Problems) as refused:
        problems, status = tuple(refused.problems), 422
    except saving.ReadOnly as error:
        said = _("Nothing was imported: the course folder can’t be written to (%(why)s).", why=str(error))
    else:
        db.session.commit()
        return _to(sent)
    db.session.rollback()
    # What was ticked stays so, whatever kept it from being imported.
    sent.left_out = choice
    db.session.commit()
    return _plan_page(sent, said=said, problems=problems, meanings=meanings, confirm=seal, status=status)


def _writes(item: PlannedQuestion) -> bool:
    return item.fate in (ItemFate.NEW, ItemFate.UPDATED)


def _items_of(plan: QuestionPlan, page: int) -> list[PlannedQuestion]:
    return list(page_of_list(plan.items, page, SIZE))


def _plan_page(
    sent: QuestionImport,
    plan: QuestionPlan | None = None,
    *,
    said: str = "",
    problems: tuple[Problem, ...] = (),
    meanings: Meanings = (),
    confirm: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    plan = plan or imported_files.plan_of(course(), sent, sent.content or b"")
    number = page_asked() if request.method == "GET" else request.form.get("shown", 1, type=int)
    shown = page_of_list(plan.items, number, SIZE)
    left_out = set(sent.left_out)
    page = render_template(
        "editor/import_plan.html",
        sent=sent,
        plan=plan,
        rows=shown.of([_row(item, left_out) for item in shown]),
        sums=loss_sums(plan.report),
        number=len(imported_files.chosen(sent, plan).writes),
        seal=imported_files.seal_of(plan),
        said=said,
        problems=problems,
        meanings=meanings,
        confirm=confirm,
        types=TYPES,
        **frame(),
    )
    return page, status


def _row(item: PlannedQuestion, left_out: set[str]) -> PlannedRow:
    if item.values is None:
        return PlannedRow(item, False, None, "", [])
    pillar = dict(drafts.question_files(course())).get(item.path, "")
    question = drafts.readable(item.values, pillar)
    answer = ""
    if question is not None:
        question = questions.variant(question, 1)
        kind = questions.type_of(question)
        answer = "" if kind.rubric(question) is not None else kind.describe(question, kind.key(question))
    changes = []
    if item.before is not None:
        before, after = ({**values, "source": ""} for values in (item.before, item.values))
        changes = field_changes.changes("question", emit.mapping(before, 0), emit.mapping(after, 0))
    return PlannedRow(item, item.line.id not in left_out, question, answer, changes)


# --- what was imported -----------------------------------------------------------------------------------------------


def _result_page(sent: QuestionImport, *, said: str = "", meanings: Meanings = (), confirm: str = "") -> str:
    there = course()
    losses = [(name, Loss(code, was), there.question(name)) for name, code, was in sent.losses[:_TOLD]]
    return render_template(
        "editor/imported.html",
        sent=sent,
        losses=losses,
        more=len(sent.losses) - len(losses),
        said=said,
        meanings=meanings,
        confirm=confirm,
        **frame(),
    )


@bp.post("/instructor/bank/import/take-back")
@access.open_to(access.AUTHOR)
def take_import_back() -> ResponseReturnValue:
    """Makes the files what they were before an import (`?of=`)."""
    try:
        sent = _asked()
    except NotThere:
        flash(_("That import is not here any more. Every file has its history."), "warning")
        return redirect(url_for("editor.import_questions"), 303)
    action, _colon, argument = request.form.get("action", "").partition(":")
    db.session.refresh(sent, with_for_update=True)
    try:
        imported_files.take_back(
            store(),
            course(),
            sent,
            user=current_person(),
            now=now(),
            confirmed=argument if action == "confirm" else "",
            reason=given_reason(),
        )
    except ReasonNeeded as needed:
        asked: ResponseReturnValue = why_taken_out(needed, url_for("editor.import_plan", of=sent.id))
        return asked
    except ImportUnconfirmed as unconfirmed:
        db.session.rollback()
        return _result_page(sent, meanings=unconfirmed.meanings, confirm=unconfirmed.seal), 409
    except (PlanOutdated, Conflict):
        said = _("Nothing was changed: a file that the import wrote was changed since. Take single questions back in "
                 "their history.")  # fmt: skip
    except NotThere:
        said = _("Nothing was changed: what the files were before is not kept any more.")
    except saving.Refused as refused:
        told = "; ".join(str(problem) for problem in refused.problems[:3])
        said = _("Nothing was changed, because the course would not be whole: %(problems)s", problems=told)
    except saving.ReadOnly as error:
        said = _("Nothing was changed: the course folder can’t be written to (%(why)s).", why=str(error))
    else:
        db.session.commit()
        flash(_("The import is taken back: the files are what they were before it."), "success")
        return _to(sent)
    db.session.rollback()
    return _result_page(sent, said=said), 409
