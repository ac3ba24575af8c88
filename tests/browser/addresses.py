"""Every page of the app, as somebody who may see it meets it; what is to hold on all pages is tested on these.

A new page needs a line in PAGES, or, when it shows nothing that the others don't, in NOT_PAGES with the reason.
Braces in an address stand for the parts that tests/browser/scene.py makes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.clients import SHIPPED
from webapp import shipped
from webapp.content.course_zip import write_zip

Page = Any


@dataclass(frozen=True)
class Address:
    """A page: the view that shows it, who looks at it (a user name, "guest" or "nobody"), where, and in what state."""

    endpoint: str
    who: str
    path: str
    #: brings the page into another state; what that leads to is what is looked at
    then: Callable[[Page], None] | None = None
    #: tells apart what has the same address
    state: str = ""

    def __str__(self) -> str:
        return f"{self.path} as {self.who}" + (f", {self.state}" if self.state else "")


# --- states that take a step to get into -----------------------------------------------------------------------------


def sent(page: Page) -> None:
    """Sends the main form as it stands."""
    with page.expect_navigation():
        page.locator("main form").first.evaluate("form => HTMLFormElement.prototype.submit.call(form)")


def sign_in_with_a_wrong_password(page: Page) -> None:
    page.get_by_label("User name or e-mail").fill("learner")
    page.get_by_label("Password", exact=True).fill("not this one")
    sent(page)


def password_given(page: Page) -> None:
    """Of somebody who has a second factor."""
    page.get_by_label("User name or e-mail").fill("examiner")
    page.get_by_label("Password", exact=True).fill("a long and quiet evening")
    sent(page)


def new_codes(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="New recovery codes").click()


def decided(page: Page) -> None:
    """What other points for an answer would change."""
    page.get_by_label("Points").fill("0")
    page.get_by_label("Reason").fill("It can't be read so.")
    sent(page)


def taken_back(page: Page) -> None:
    """What taking a change back would change."""
    page.get_by_label("Reason").fill("It was announced too late.")
    sent(page)


def sent_to_add(page: Page) -> None:
    """The form for somebody new, with nothing in it."""
    with page.expect_navigation():
        page.get_by_role("button", name="Add", exact=True).click()


def wrong_code(page: Page) -> None:
    page.get_by_label("Access code").fill("wolf")
    sent(page)


def answered_elsewhere(page: Page) -> None:
    """The page comes from before an answer was given on another one."""
    page.locator("[data-question] input[type=radio]").first.evaluate("box => { box.checked = !box.checked }")
    with page.expect_navigation():
        page.locator("#question").evaluate(
            "form => { form.elements.sequence.value = '0'; HTMLFormElement.prototype.submit.call(form) }"
        )


def no_title(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="New pillar").click()


def no_lesson_title(page: Page) -> None:
    page.locator(".scripted").first.wait_for()
    page.get_by_label("Title", exact=True).fill("")
    page.locator(".field-error").first.wait_for()


def checked(page: Page) -> None:
    check = page.locator("[data-check]").first
    for number in (0, 1):  # a first miss keeps the key; what was done before stands
        if check.get_attribute("data-state") == "closed":
            break
        check.get_by_role("radio").nth(number).check()
        check.get_by_role("button", name="Check my answer").click()
        check.locator(".check-verdict, .check-missed").first.wait_for()
    check.locator(".check-verdict").wait_for()


def unanswered(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Answer", exact=True).last.click()


def listed(page: Page) -> None:
    """What a class list would do, with a line of each kind."""
    page.get_by_label("Or paste the lines").fill(
        "name;email;user name\n"
        "Ada Example;ada@example.org;\n"
        "Rita Other;;reader\n"
        ";nobody@example.org;\n"
        "Twice Named;ada@example.org;\n"
        "No Address;not-an-address;\n"
    )
    sent(page)


def _send_zip(page: Page, raw: bytes) -> None:
    page.get_by_label("The zip").set_input_files({"name": "course.zip", "mimeType": "application/zip", "buffer": raw})
    with page.expect_navigation():
        page.get_by_role("button", name="Show what it would change").click()


def no_zip_sent(page: Page) -> None:
    _send_zip(page, b"no zip")


def _send_questions(page: Page, raw: bytes) -> None:
    page.get_by_label("The file").set_input_files({"name": "old.gift", "mimeType": "text/plain", "buffer": raw})
    with page.expect_navigation():
        page.get_by_role("button", name="Show what would become of it").click()


def no_questions_sent(page: Page) -> None:
    _send_questions(page, b"\x00\x01 nothing that anybody reads")


def questions_sent(page: Page) -> None:
    """A file with an item of each fate, and losses."""
    _send_questions(
        page, b"::Warm::Which is warm?{=Red ~%50%Orange ~Blue}\n\n::Leaf::It is a leaf.{T}\n\nOnly a text.\n"
    )


def zip_sent(page: Page) -> None:
    """The shipped course with another first question and a file more."""
    stream = io.BytesIO()
    write_zip(shipped.folder("question_bank"), SHIPPED, "../seeds/deeper-than-deepseek.yaml", stream)
    with zipfile.ZipFile(stream) as packed, zipfile.ZipFile(made := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as changed:
        for name in packed.namelist():
            text = packed.read(name)
            changed.writestr(name, text.replace(b"title: ", b"title: More on ", 1) if "course.yaml" in name else text)
        changed.writestr(f"{SHIPPED}/notes.txt", "A file more.")
    _send_zip(page, made.getvalue())


READER, TEACHER, ADMIN = "reader", "instructor", "admin"
EXAMINER, EXAMINEE = "examiner", "examinee"
LESSONS = ("opening", "research", "talent", "constraints", "frugal-innovation", "competition", "closing")
TYPES = (
    "choice", "multiple", "true_false", "numeric", "short_text", "matching", "ordering", "cloze", "categorise",
)  # fmt: skip
COHORT = "/instructor/cohorts/{cohort}"
BANK = "/instructor/bank"
COPIES = "/instructor/course/copies"

PAGES = (
    Address("home.home", "nobody", "/"),
    Address("home.home", READER, "/"),
    Address("home.all_courses", "nobody", "/courses"),
    Address("home.all_courses", READER, "/courses"),
    *(Address("lessons.lesson", "nobody", f"/lessons/{lesson}") for lesson in LESSONS),
    Address("lessons.lesson", READER, "/lessons/talent", then=checked, state="with a check answered"),
    Address("styleguide.styleguide", "nobody", "/styleguide"),
    Address("site.offline_page", "nobody", "/offline"),
    Address("", "nobody", "/nothing", state="not found"),
    # accounts
    Address("accounts.sign_in", "nobody", "/sign-in"),
    Address("accounts.sign_in", "nobody", "/sign-in", then=sign_in_with_a_wrong_password, state="refused"),
    Address("accounts.sign_in", "nobody", "/sign-in", then=password_given, state="asked for the second factor"),
    Address("accounts.sign_up", "guest", "/sign-up"),
    Address("accounts.sign_up", "nobody", "/sign-up", then=sent, state="with every error"),
    Address("accounts.account", READER, "/account"),
    Address("accounts.change_password", READER, "/account/password"),
    Address("accounts.confirm", READER, "/account/confirm"),
    Address("accounts.set_up_second_factor", TEACHER, "/account/second-factor"),
    Address("accounts.account", EXAMINER, "/account"),
    Address("accounts.set_up_second_factor", EXAMINER, "/account/second-factor", state="set up"),
    Address("accounts.set_up_second_factor", EXAMINER, "/account/second-factor", then=new_codes, state="new codes"),
    Address("accounts.tokens", READER, "/account/tokens"),
    Address("accounts.tokens", READER, "/account/tokens", then=sent, state="with every error"),
    Address("accounts.delete_account", READER, "/account/delete"),
    Address("accounts.reset", "nobody", "/reset/{reset}"),
    Address("accounts.reset", "nobody", "/reset/used", state="gone"),
    Address("accounts.setup", "nobody", "/setup/{setup}"),
    Address("accounts.people", ADMIN, "/admin/people"),
    Address("accounts.person", ADMIN, "/admin/people/{reader}"),
    Address("accounts.person_data", ADMIN, "/admin/people/{reader}/data"),
    Address("accounts.person", ADMIN, "/admin/people/{examiner}", state="of staff"),
    Address("accounts.course_people", ADMIN, "/instructor/course/people"),
    Address("accounts.course_people", ADMIN, "/instructor/course/people", then=sent_to_add, state="refused"),
    Address("accounts.remove_from_course", ADMIN, "/instructor/course/people/{examiner}/remove"),
    Address("accounts.admission", ADMIN, "/instructor/course/admission"),
    # whole courses
    Address("whole_courses.new", TEACHER, "/new-course", state="at a server with one"),
    Address("whole_courses.copies", ADMIN, COPIES),
    Address("whole_courses.copies", ADMIN, COPIES, then=no_zip_sent, state="refused"),
    Address("whole_courses.put_back", ADMIN, COPIES, then=zip_sent, state="with a plan"),
    # quizzes
    Address("quizzes.index", READER, "/quizzes"),
    Address("quizzes.quiz", "nobody", "/quizzes/research"),
    Address("quizzes.quiz", READER, "/quizzes/research", state="with earlier attempts"),
    Address("quizzes.quiz", READER, "/quizzes/talent", state="set to a class"),
    Address("quizzes.quiz", READER, "/quizzes/final", state="under way"),
    Address("quizzes.quiz", "nobody", "/quizzes/competition", state="set to a class that one is not in"),
    Address("quizzes.quiz", EXAMINEE, "/quizzes/competition", state="an exam, not from here"),
    Address("quizzes.quiz", EXAMINEE, "/quizzes/competition", then=wrong_code, state="with a wrong code"),
    Address("quizzes.question", EXAMINEE, "/attempts/{exam}/questions/1", state="not from here"),
    *(
        Address("quizzes.question", READER, f"/attempts/{{open}}/questions/{position}", state=name)
        for position, name in enumerate(TYPES, 1)
    ),
    Address("quizzes.question", READER, "/attempts/{timed}/questions/1", state="with a clock"),
    Address("quizzes.question", READER, "/attempts/{at_once}/questions/1", state="checked"),
    Address("quizzes.conflict", READER, "/attempts/{open}/questions/1", then=answered_elsewhere, state="two answers"),
    Address("quizzes.summary", READER, "/attempts/{open}/summary"),
    Address("quizzes.result", READER, "/attempts/{result}/result"),
    Address("quizzes.result", READER, "/attempts/{pretest}/result", state="of a pretest"),
    Address("quizzes.question", READER, "/attempts/{writing_essay}/questions/1", state="essay"),
    Address("quizzes.result", READER, "/attempts/{waiting_essay}/result", state="that waits for people"),
    Address("quizzes.result", READER, "/attempts/{graded_essay}/result", state="graded by people"),
    # what comes back, and how far one is
    Address("review.index", READER, "/review"),
    Address("review.index", "newcomer", "/review", state="with nothing"),
    Address("review.question", READER, "/review/{round}/{turn}"),
    Address("review.answer", READER, "/review/{round}/{turn}", then=unanswered, state="unanswered"),
    Address("progress.overview", READER, "/progress"),
    Address("progress.overview", "newcomer", "/progress", state="with nothing"),
    Address("progress.overview", "guest", "/progress"),
    # classes
    Address("joining.join", READER, "/join"),
    Address("joining.join", EXAMINEE, "/join", state="invited"),
    Address("home.home", EXAMINEE, "/", state="invited"),
    Address("joining.join_with", "nobody", "/join/{code}"),
    Address("joining.join_with", "learner", "/join/{code}"),
    Address("classes.index", TEACHER, "/instructor/cohorts"),
    Address("classes.new", TEACHER, "/instructor/cohorts/new"),
    Address("classes.cohort", TEACHER, COHORT),
    Address("classes.cohort", TEACHER, "/instructor/cohorts/1", state="of thirty"),
    Address("classes.roster_import", TEACHER, COHORT + "/roster"),
    Address("classes.roster_import", TEACHER, COHORT + "/roster", then=listed, state="dry run"),
    Address("classes.roster_import", ADMIN, COHORT + "/roster", state="with an invitation"),
    Address("classes.assignment_list", TEACHER, COHORT + "/assignments"),
    Address("classes.assignment", TEACHER, COHORT + "/assignments/talent"),
    Address("classes.accommodations", TEACHER, COHORT + "/accommodations"),
    Address("classes.live_choice", TEACHER, COHORT + "/live"),
    Address("classes.live_view", TEACHER, COHORT + "/live/every-type"),
    Address("classes.incident", TEACHER, COHORT + "/live/talent/incident"),
    Address("classes.assignment", EXAMINER, "/instructor/cohorts/{exam_class}/assignments/final", state="an exam"),
    Address("classes.live_view", EXAMINER, "/instructor/cohorts/{exam_class}/live/final", state="an exam"),
    Address("classes.attempt", EXAMINER, "/instructor/attempts/{exam}", state="with a quiet log"),
    Address("classes.attempt", TEACHER, "/instructor/attempts/{open}"),
    Address("classes.attempt", TEACHER, "/instructor/attempts/{result}", state="handed in"),
    Address("classes.regrades", TEACHER, "/instructor/regrades"),
    Address("classes.regrade", TEACHER, "/instructor/regrades/{regrade}"),
    Address("classes.regrade_question", TEACHER, "/instructor/questions/{question}/regrade?policy=recompute"),
    Address("classes.rules", TEACHER, "/instructor/quizzes/research/rules"),
    Address("classes.override", TEACHER, "/instructor/attempts/{result}/questions/1"),
    Address(
        "classes.override",
        TEACHER,
        "/instructor/attempts/{result}/questions/{overruled}",
        then=decided,
        state="forecast",
    ),
    Address("classes.grading", TEACHER, "/instructor/grading"),
    Address("classes.mark", TEACHER, "/instructor/grading/{waiting_slot}"),
    Address("classes.mark", TEACHER, "/instructor/grading/{waiting_slot}", then=sent, state="with every error"),
    Address("classes.mark", TEACHER, "/instructor/grading/{graded_slot}", state="graded"),
    Address("classes.grade_changes", TEACHER, "/instructor/grade-changes"),
    Address("classes.grade_change", TEACHER, "/instructor/grade-changes/{change}"),
    Address(
        "classes.grade_change", TEACHER, "/instructor/grade-changes/{change}", then=taken_back, state="to be undone"
    ),
    Address("classes.paper", TEACHER, "/instructor/quizzes/research/paper"),
    Address(
        "classes.paper",
        TEACHER,
        "/instructor/quizzes/every-type/paper?versions=2&seed=4711&cohort={cohort}&key=y",
        state="with names and key",
    ),
    Address("classes.paper", TEACHER, "/instructor/quizzes/written/paper?versions=1&seed=1&key=y", state="essay"),
    Address("classes.paper", TEACHER, "/instructor/quizzes/research/paper?versions=0&seed=x", state="refused"),
    # reports
    Address("reports.desk", TEACHER, "/instructor"),
    Address("reports.desk", ADMIN, "/instructor"),
    Address("reports.grades", TEACHER, "/instructor/gradebook"),
    Address("reports.distribution", TEACHER, "/instructor/gradebook/distribution"),
    Address("reports.learner", TEACHER, "/instructor/learners/{reader}"),
    Address("reports.statistics_index", TEACHER, "/instructor/statistics"),
    Address("reports.quiz_statistics", TEACHER, "/instructor/statistics/research"),
    Address("reports.quiz_statistics", TEACHER, "/instructor/statistics/competition", state="with nothing"),
    Address("reports.question", TEACHER, "/instructor/questions/{question}"),
    Address("reports.attention", TEACHER, "/instructor/attention"),
    Address("reports.coverage", TEACHER, "/instructor/coverage"),
    Address("audit.log", ADMIN, "/admin/audit"),
    # the bank
    Address("editor.bank", TEACHER, BANK),
    Address("editor.lessons", TEACHER, BANK + "/lessons"),
    Address("editor.quizzes", TEACHER, BANK + "/quizzes"),
    Address("editor.materials", TEACHER, BANK + "/materials"),
    Address("editor.new_material", TEACHER, BANK + "/materials/new"),
    Address("editor.edit_material", TEACHER, BANK + "/materials/note-on-thrift"),
    Address("editor.media", TEACHER, BANK + "/media"),
    Address("editor.media", TEACHER, BANK + "/media", then=sent, state="with every error"),
    Address("editor.import_questions", TEACHER, BANK + "/import"),
    Address("editor.import_questions", TEACHER, BANK + "/import", then=no_questions_sent, state="refused"),
    Address("editor.import_plan", TEACHER, BANK + "/import", then=questions_sent, state="with a plan"),
    Address("editor.export_questions", TEACHER, BANK + "/export"),
    Address(
        "editor.export_questions", TEACHER, BANK + "/export?what=pillar:research&format=aiken", state="with losses"
    ),
    Address("editor.course_structure", TEACHER, BANK + "/structure"),
    Address("editor.course_structure", TEACHER, BANK + "/structure", then=no_title, state="with an error"),
    Address("editor.files", TEACHER, BANK + "/files"),
    Address("editor.edit_file", TEACHER, BANK + "/file?path=1-research/lesson.md"),
    Address("editor.edit_lesson", TEACHER, BANK + "/lessons/research"),
    Address("editor.edit_lesson", TEACHER, BANK + "/lessons/research", then=no_lesson_title, state="with an error"),
    Address("editor.file_history", TEACHER, BANK + "/history?path=course.yaml"),
    Address("editor.file_version", TEACHER, BANK + "/history/{version}"),
    Address("editor.versions_of_question", TEACHER, BANK + "/questions/{question}/history"),
    Address("editor.version_of_question", TEACHER, BANK + "/questions/{question}/history/{question_version}"),
    Address("editor.gone_questions", TEACHER, BANK + "/taken-out"),
    Address("editor.unpublished", TEACHER, BANK + "/unpublished"),
    Address("editor.choose_type", TEACHER, BANK + "/new"),
    *(Address("editor.new_question", TEACHER, f"{BANK}/new/{name}") for name in TYPES),
    Address("editor.edit_question", TEACHER, BANK + "/questions/{question}"),
    Address("editor.new_quiz", TEACHER, BANK + "/new-quiz"),
    Address("editor.edit_quiz", TEACHER, BANK + "/quizzes/final"),
    Address("editor.edit_quiz", TEACHER, BANK + "/quizzes/hardly-begun"),
)

#: views that answer GET and show no page of their own
NOT_PAGES = {
    **{
        f"api.{name}": "for programs"
        for name in (
            "document",
            "me",
            "courses",
            "course",
            "quizzes",
            "questions",
            "question",
            "classes",
            "one_class",
            "class_assignments",
            "people",
            "results",
            "attempts",
            "responses",
        )
    },
    "accounts.course_entry": "the door of a closed course, in test_closed_course; leads to home where it is open",
    "accounts.come_back": "leads on; what it shows else is in test_single_sign_on",
    "accounts.download_data": "a file",
    "accounts.export_person": "a file",
    "quizzes.answer_file": "a file",
    "classes.live_rows": "a piece of live_view, which has it",
    "classes.roster_export": "a file",
    "editor.repository": "only where git keeps the history, and made of the parts that a file and a version have",
    "editor.schema": "JSON",
    "lessons.all_lessons": "leads to home",
    "lessons.show_check": "a piece of a lesson, or leads to it",
    "media.file": "a picture or recording",
    "quizzes.attempt": "leads to the question or the result",
    "quizzes.clock": "JSON",
    "quizzes.paper": "JSON",
    "audit.log_export": "a file",
    "reports.export": "a file",
    "site.health": "JSON",
    "site.live": "JSON",
    "site.metrics": "for Prometheus",
    "site.ready": "JSON",
    "site.manifest": "JSON",
    "site.service_worker": "a script",
    "site.session": "JSON",
    "static": "files",
}
