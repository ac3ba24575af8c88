"""Quizzes: adding one to the course, and changing one."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from webapp.content.file_names import COURSE_FILE
from webapp.content.problems import Problems
from webapp.editor import drafts, edit_session, starters
from webapp.editor.pages.blueprint import bp, notice_edits, to_file
from webapp.editor.pages.items import answer, edit, show
from webapp.web import access
from webapp.web.current import course, store


@bp.route("/instructor/bank/new-quiz", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def new_quiz() -> Any:
    """A quiz that is not in the course yet."""
    if request.method == "GET":
        notice_edits([COURSE_FILE])
    try:
        place = drafts.place_of(store(), "quiz", COURSE_FILE, broken=request.method == "POST")
    except Problems as problems:
        return to_file(problems)
    address = url_for("editor.new_quiz")
    if request.method == "POST":
        return answer(edit_session.resumed(store(), course(), place, request.form), address)
    return show(edit_session.opened(store(), course(), place, text=starters.skeleton("quiz")), address)


@bp.route("/instructor/bank/quizzes/<quiz_id>", methods=["GET", "POST"])
@access.open_to(access.AUTHOR)
def edit_quiz(quiz_id: str) -> Any:
    """What a quiz draws, and on what terms it is taken."""
    return edit("quiz", COURSE_FILE, quiz_id, url_for("editor.edit_quiz", quiz_id=quiz_id))
