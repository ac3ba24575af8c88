"""The whole bank as a list: questions, lessons, quizzes, files."""

from __future__ import annotations

from typing import Any

from flask import current_app, jsonify, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import NotFound

from webapp.accounts.sessions import current_person
from webapp.content import schemas
from webapp.content.course.quiz import QuizEntry
from webapp.content.file_names import COURSE_FILE
from webapp.content.lint.run import RULES
from webapp.editor.bank.figures import question_figures
from webapp.editor.bank.index import index_of
from webapp.editor.bank.listing import HEALTHS, BankFilter, bank_page
from webapp.editor.pages.blueprint import bp, can_write, comes_with_the_app, line_link, notice_edits
from webapp.questions import TYPES
from webapp.questions.materials import Material
from webapp.reports import scope
from webapp.web import access
from webapp.web.current import course, course_problems, store
from webapp.web.paging import page_asked


@bp.record_once
def give_templates_the_links(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals["editor_line_link"] = line_link
    state.app.jinja_env.globals["course_comes_with_the_app"] = comes_with_the_app


def bank_filter() -> BankFilter:
    """What the address narrows the list to."""
    given = {name: request.args.get(name, "")[:200].strip() for name in BankFilter.__slots__}
    return BankFilter(**given)


def frame() -> dict[str, Any]:
    """What every page of the bank shows above its own matter."""
    return {"broken": course_problems(), "writable": can_write()}


@bp.get("/instructor/bank")
@access.open_to(access.AUTHOR)
def bank() -> str:
    """The questions of the bank: search, filters, health at a glance."""
    notice_edits()
    wanted = bank_filter()
    figures = question_figures(scope.population(current_person(), course().id), course())
    return render_template(
        "editor/bank.html",
        wanted=wanted,
        shown=bank_page(course(), wanted, figures, page_asked(), course_problems()),
        index=index_of(course()),
        types=TYPES,
        rules=RULES,
        healths=HEALTHS,
        **frame(),
    )


@bp.get("/instructor/bank/lessons")
@access.open_to(access.AUTHOR)
def lessons() -> str:
    """The lessons, each with its file."""
    notice_edits()
    files = [(file.lesson, file.path) for file in course().lesson_files if file.lesson is not None]
    return render_template("editor/lessons.html", files=files, drafts=course().drafts.of_kind("lesson"), **frame())


@bp.get("/instructor/bank/quizzes")
@access.open_to(access.AUTHOR)
def quizzes() -> str:
    """The quizzes: what each draws, from how many, on what terms."""
    notice_edits()
    found = [(quiz, len(course().pool(quiz))) for quiz in course().quizzes]
    drafts = course().drafts.of_kind("quiz")
    return render_template("editor/quizzes.html", found=found, drafts=drafts, course_file=COURSE_FILE, **frame())


@bp.get("/instructor/bank/files")
@access.open_to(access.AUTHOR)
def files() -> str:
    """Every file of the course, to be edited as it is."""
    notice_edits()
    sizes = []
    for path in store().files():
        full = store().bank / path
        sizes.append((path, full.stat().st_size if full.exists() else None))
    return render_template("editor/files.html", sizes=sizes, **frame())


@bp.get("/instructor/bank/schema/<name>")
@access.open_to(access.AUTHOR)
def schema(name: str) -> Any:
    """The JSON Schema by which the YAML field completes keys: of a file, of a quiz, or of a type of question."""
    if name in ("questions", "course", "ledger", "lesson"):
        found = schemas.json_schema(name)
    elif name == "quiz":
        found = QuizEntry.model_json_schema(by_alias=True)
    elif name == "material":
        found = Material.model_json_schema()
    elif name in TYPES:
        found = TYPES[name].Schema.model_json_schema(by_alias=True)
        found["properties"].pop("pillar", None)
    else:
        raise NotFound
    response = jsonify(found)
    response.headers["Cache-Control"] = "private, max-age=300" if not current_app.debug else "no-cache"
    return response
