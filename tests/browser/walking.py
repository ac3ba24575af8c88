"""A teacher and a student at work in a browser: what a plan of tests/walks says, done page by page.

The teacher starts where a server begins: with a folder of courses that has none.
"""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.answering import Mouse, answer
from tests.walks.plan import Lesson, Medium, PillarForm, QuestionForm, Value, Walk, Way
from webapp.questions import TYPES
from webapp.questions.contract import Question

#: what the small course calls its only pillar and its only quiz
STARTER = "How it is made (replace this)"
STARTER_QUIZ = "The quiz (replace this)"


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("User name or e-mail").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


class Teacher:
    """Makes a course in the browser, by its forms."""

    def __init__(self, page: Page, walk: Walk) -> None:
        self.page, self.walk = page, walk
        self.main = page.get_by_role("main")
        self.course = f"/courses/{walk.folder}"

    def make(self) -> None:
        """From nothing to the course of the plan, published, and open to everybody."""
        self.begin()
        for pillar in self.walk.pillars:
            self.add_pillar(pillar)
            for question in pillar.questions:
                self.add_question(pillar, question)
        self.publish()
        self.add_quiz()
        self.clear_away_the_starter()
        self.publish()
        self.let_everybody_in()

    def begin(self) -> None:
        """A small course that works, to be replaced part by part."""
        self.page.goto("/")
        self.main.get_by_role("link", name="New course").click()
        self.main.get_by_label("Title", exact=True).fill(self.walk.title)
        self.main.get_by_label("Language", exact=True).select_option(self.walk.language)
        self.main.get_by_role("button", name="Make the course").click()
        self.page.wait_for_url(f"**{self.course}")

    def let_everybody_in(self) -> None:
        self.page.goto(f"{self.course}/instructor/course/admission")
        self.main.get_by_label(re.compile("^Everybody")).check()
        self.main.get_by_role("button", name="Save").click()
        expect(self.main.get_by_text("Saved.", exact=True)).to_be_visible()

    def open_bank(self, part: str) -> None:
        self.page.goto(f"{self.course}/instructor/bank/{part}")

    # ------------------------------------------------------------------ structure

    def add_pillar(self, pillar: PillarForm) -> None:
        self.open_bank("structure")
        new = self.page.locator("#new-pillar")
        new.get_by_label("Title", exact=True).fill(pillar.title)
        new.get_by_label("Short title", exact=True).fill(pillar.short)
        new.get_by_role("button", name="New pillar").click()
        expect(self.main.get_by_text("The pillar is there and waits")).to_be_visible()
        self.write_lesson(pillar.lesson)

    def write_lesson(self, lesson: Lesson) -> None:
        """The lesson that is open: its head, then its text, with each picture sent where the cursor is."""
        self.page.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        head = "".join(f"{name}: {json.dumps(said, ensure_ascii=False)}\n" for name, said in lesson.head.items())
        self.page.keyboard.insert_text(f"---\n{head}---\n")
        for part in lesson.text:
            if isinstance(part, str):
                self.page.keyboard.insert_text(part)
            else:
                self.insert(part)
        self.page.get_by_role("button", name="Save as draft").click()
        expect(self.main.get_by_text("Saved.", exact=True)).to_be_visible()

    def clear_away_the_starter(self) -> None:
        """The quiz and the pillar of the small course go, and the course is called what it is."""
        self.open_bank("structure")
        self.main.get_by_role("button", name=f"Take out: {STARTER_QUIZ}").click()
        expect(self.main.get_by_text("The quiz is taken out.")).to_be_visible()
        pillar = self.main.get_by_role("listitem").filter(has=self.page.get_by_role("heading", name=STARTER))
        pillar.locator("summary").click()
        pillar.get_by_role("button", name="Take out").click()
        expect(self.main.get_by_text("The pillar is taken out.")).to_be_visible()
        self.main.get_by_text("What the course is called").click()
        words = self.page.locator("#course-words")
        words.get_by_label("Subtitle", exact=True).fill(self.walk.subtitle)
        words.get_by_label("Summary", exact=True).fill(self.walk.summary)
        words.get_by_role("button", name="Save the words").click()
        expect(self.main.get_by_text("Saved.", exact=True)).to_be_visible()

    def publish(self) -> None:
        """All that is not published yet, together."""
        self.open_bank("unpublished")
        boxes = self.main.get_by_role("checkbox")
        for box in boxes.all():
            box.check()
        if boxes.count():
            self.main.get_by_role("button", name="Publish").click()
            expect(self.main.get_by_text(re.compile("published"))).not_to_have_count(0)
            expect(self.page.get_by_text("Everything is published")).to_be_visible()

    # ------------------------------------------------------------------ questions and quizzes

    @property
    def form(self) -> Locator:
        return self.page.locator("[data-form]")

    def add_question(self, pillar: PillarForm, question: QuestionForm) -> None:
        self.open_bank("structure")
        there = self.main.get_by_role("listitem").filter(has=self.page.get_by_role("heading", name=pillar.title))
        there.get_by_role("link", name="New question").click()
        self.main.get_by_role("link", name=TYPES[question.type].title, exact=True).click()
        self.page.locator(".cm-content").first.wait_for()
        for way, value in question.fields:
            self.fill(way, value)
        self.save_as_draft()

    def add_quiz(self) -> None:
        self.open_bank("structure")
        self.main.get_by_role("link", name="New quiz").click()
        self.page.locator(".cm-content").first.wait_for()
        questions = [question for pillar in self.walk.pillars for question in pillar.questions]
        self.fill("Title", self.walk.quiz.title)
        self.fill(("Rule 1", "How many"), str(len(questions)))
        for question in questions:
            self.pick(question)
        for way, value in self.walk.quiz.fields:
            self.fill(way, value)
        self.save_as_draft()

    def pick(self, question: QuestionForm) -> None:
        """A question by hand: searched by its first words, and ticked."""
        rule = self.form.get_by_role("group", name="Rule 1", exact=True)
        self.unfold(rule)
        find = rule.get_by_label("Search for questions")
        find.fill(question.stem)
        find.press("Enter")
        box = rule.locator(".choice", has_text=question.stem).get_by_role("checkbox")
        box.check()
        expect(box).to_be_checked()
        self.settle()

    def save_as_draft(self) -> None:
        self.settle()
        expect(self.page.locator("[data-verdict]")).to_contain_text("It can be saved.")
        self.page.get_by_role("button", name="Save as draft").click()
        expect(self.main.get_by_text("Saved as a draft.")).to_be_visible()

    # ------------------------------------------------------------------ fields

    def fill(self, way: Way, value: Value) -> None:
        """Fills in one field, in rows that are added where they are not there yet."""
        *rows, label = (way,) if isinstance(way, str) else way
        group = self.form
        for row in rows:
            self.unfold(group)
            wanted = group.get_by_role("group", name=row, exact=True)
            if not wanted.count() and row.startswith("Gap "):
                self.settle()  # the gaps of a text get their rows by themselves
            if not wanted.count():
                group.get_by_role("button", name=f"Add: {row.rpartition(' ')[0]}", exact=True).click()
                wanted.wait_for()
            group = wanted
        self.unfold(group)
        field = group.get_by_label(label, exact=True).first
        if value is True:
            field.check()
        elif isinstance(value, Medium | tuple):
            field.click()
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Medium):
                    self.insert(part)
                else:
                    self.page.keyboard.insert_text(part)
        elif field.evaluate("field => field.tagName") == "SELECT":
            choice = field.locator("option", has_text=re.compile(rf"^\s*{re.escape(str(value))}\s*$"))
            expect(choice).not_to_have_count(0)
            field.select_option(label=choice.first.inner_text())
        else:
            field.fill(str(value))

    def unfold(self, group: Locator) -> None:
        """Opens what is folded away: the finer points."""
        group.evaluate("group => group.querySelectorAll('details.finer').forEach((each) => { each.open = true })")

    def settle(self) -> None:
        """Waits until form, YAML and preview have followed what was written."""
        self.page.wait_for_timeout(700)
        expect(self.page.locator("[data-status]").first).to_have_text("")

    def insert(self, medium: Medium) -> None:
        """Sends a picture or recording by the dialog, which writes it where the cursor was."""
        self.page.get_by_role("link", name="Picture or recording").click()
        dialog = self.page.get_by_role("dialog", name="Picture or recording")
        dialog.get_by_label("File", exact=True).set_input_files(medium.path)
        if medium.decorative:
            dialog.get_by_label(re.compile("^Decorative")).check()
        else:
            dialog.get_by_label("What is seen or heard").fill(medium.alt)
        if medium.words:
            dialog.get_by_label("What is said").fill(medium.words)
        if medium.listening:
            dialog.get_by_label(re.compile("^To hear it is what is asked")).check()
        dialog.get_by_role("button", name="Insert").click()
        expect(dialog).to_be_hidden()


class Student:
    """Reads the lessons, takes the quiz and looks at the result."""

    def __init__(self, page: Page, walk: Walk, questions: Any) -> None:
        """`questions(attempt_id, position)` is the question of a paper with the values that are drawn there."""
        self.page, self.walk, self.questions = page, walk, questions
        self.main = page.get_by_role("main")
        self.course = f"/courses/{walk.folder}"

    def read(self) -> None:
        for pillar in self.walk.pillars:
            self.page.goto(f"{self.course}/")
            self.page.get_by_role("link", name=pillar.title).first.click()
            expect(self.page.get_by_role("heading", level=1)).to_contain_text(pillar.lesson.head["title"])

    def take(self) -> None:
        """The whole quiz, with the right answer to each question but for those with a mistake in the plan."""
        plans = [question for pillar in self.walk.pillars for question in pillar.questions]
        self.page.goto(f"{self.course}/quizzes")
        self.main.get_by_role("link", name=self.walk.quiz.title).first.click()
        self.main.locator("form button[type=submit]").first.click()
        for position in range(1, len(plans) + 1):
            self.page.wait_for_url(f"**/questions/{position}")
            attempt = int(re.findall(r"/attempts/(\d+)/", self.page.url)[0])
            question: Question = self.questions(attempt, position)
            mistake = plans[position - 1].mistake
            answer(self.page, question, Mouse(), response=mistake(question) if mistake else None)
            self.page.locator("[data-next]").click()
        self.page.wait_for_url("**/summary")
        self.page.get_by_role("button", name="Hand in").click()
        self.page.wait_for_url("**/result")

    def see_the_result(self) -> None:
        expect(self.main).to_contain_text(self.walk.result)
