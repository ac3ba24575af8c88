"""Reads a course folder: each file by itself, then what ties them together, and reports all problems in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from webapp.content.course.course import Course, Pillar
from webapp.content.course.course_file import MIXED, CourseFile, CourseHead, is_inside, read_course_file
from webapp.content.course.files import Files, Shelf
from webapp.content.course.links import Links
from webapp.content.course.quiz import Quiz
from webapp.content.course.quiz_rules import make_quizzes
from webapp.content.file_names import COURSE_FILE, LESSON_FILE
from webapp.content.gc_pause import without_collector
from webapp.content.ledger import Fact, Ledger, read_ledger
from webapp.content.lessons.lesson import Lesson
from webapp.content.lessons.lesson_files import LessonFile, read_lesson
from webapp.content.problems import Problem, Problems, did_you_mean, listed
from webapp.content.questions.question_cache import Cache
from webapp.content.questions.question_files import QuestionFile, read_questions
from webapp.content.translations.catalogues import CatalogueFile, Translation, read_catalogue
from webapp.content.yaml.repeated_ids import repeated_ids
from webapp.questions.contract import Question


class Loader:
    """Reads one course once. `files` tells afterwards which files and folders were looked at, and how they stood."""

    def __init__(
        self,
        folder: Path,
        cache: Cache | None = None,
        shelf: Shelf | None = None,
        instead: Mapping[str, str] | None = None,
        report: Callable[[int, int], None] | None = None,
    ) -> None:
        """`shelf` has what was read before; `instead` has texts by path that are read in place of the files; `report`
        is told how many questions files are read, of how many."""
        self.folder, self.cache, self.report = folder, cache, report
        self.problems: list[Problem] = []
        self.files = Files(folder, shelf if shelf is not None else Shelf(), instead or {}, self.problems)
        self.lesson_ids: list[str] = []
        self.lessons: dict[str, LessonFile] = {}
        self.question_files: list[QuestionFile] = []

    def load(self) -> Course:
        """The course. Raises Problems."""
        with without_collector():
            return self._load()

    def _load(self) -> Course:
        read = self.files.read(COURSE_FILE)
        course = read_course_file(read[0], self.problems) if read else None
        if course is None:
            raise Problems(self.problems)
        path = course.ledger()
        ledger = self.read_ledger(course, path) if path else None
        facts = {fact.id: fact for fact in ledger.facts} if ledger else None
        self.read_lessons(course, facts, self.files.digests.get(path or "", "") if ledger else None)
        self.read_question_files(course)
        translations = self.read_translations()
        Links(self.lesson_ids, self.lessons, self.question_files, facts, self.problems).check()
        quizzes = make_quizzes(course, self.question_files)
        if self.problems or course.head is None:
            raise Problems(self.problems)
        return self.assemble(course.head, ledger, quizzes, translations)

    def read_ledger(self, course: CourseFile, path: str) -> Ledger | None:
        """The ledger, or None with its problems reported."""
        read = self.files.read(path)
        if read is None:
            return None
        text, digest = read
        try:
            ledger, document = self.files.once(path, digest, lambda: read_ledger(text, path))
        except Problems as problems:
            self.problems.extend(problems)
            return None
        self.problems.extend(repeated_ids([fact.id for fact in ledger.facts], document, ("facts",)))
        sections = [*course.pillar_ids, "opening", "closing", MIXED]
        for number, fact in enumerate(ledger.facts):
            if fact.section not in sections:
                self.problems.append(
                    document.problem(
                        ("facts", number, "section"),
                        f"the section `{fact.section}` is not a part of the course",
                        f"expected one of {listed(sections)}",
                        did_you_mean(fact.section, sections),
                    )
                )
        return ledger

    def read_lessons(self, course: CourseFile, facts: Mapping[str, Fact] | None, ledger_digest: str | None) -> None:
        wanted = [("opening", course.inside(("opening",), course.values.get("opening"), ".md"))]
        for number, pillar in course.pillars:
            folder = course.inside(("pillars", number, "folder"), pillar.folder)
            wanted.append((pillar.id, f"{folder}/{LESSON_FILE}" if folder else None))
        wanted.append(("closing", course.inside(("closing",), course.values.get("closing"), ".md")))
        self.lesson_ids = [name for name, path in wanted if path]
        course_id = course.head.id if course.head is not None else ""
        for name, path in wanted:
            read = self.files.read(path) if path else None
            if path is None or read is None:
                continue
            text, digest = read
            maker = _lesson_maker(text, path, name, facts, course_id)
            made = self.files.once(path, (digest, name, ledger_digest, course_id), maker)
            self.lessons[name] = made
            self.problems.extend(made.problems)

    def read_question_files(self, course: CourseFile) -> None:
        wanted: list[tuple[str, str]] = []
        for _, pillar in course.pillars:
            folder = _folder(pillar.folder)
            if is_inside(folder):
                wanted.extend((path, pillar.id) for path in self.files.of_questions(folder))
        if mixed := course.inside(("mixed",), course.values.get("mixed"), ".yaml"):
            wanted.append((mixed, MIXED))
        for number, (path, pillar_id) in enumerate(wanted, 1):
            read = self.files.read(path)
            if read is not None:
                maker = _question_maker(*read, path, pillar_id, self.cache)
                made = self.files.once(path, (read[1], pillar_id), maker)
                self.question_files.append(made)
                self.problems.extend(made.problems)
            if self.report is not None:
                self.report(number, len(wanted))

    def read_translations(self) -> tuple[Translation, ...]:
        """The languages that the course is in besides its own. One catalogue that can't be read is reported."""
        by_language: dict[str, list[CatalogueFile]] = {}
        for language, path in self.files.of_translations():
            read = self.files.read(path)
            if read is None:
                continue
            text, digest = read
            try:
                found = self.files.once(path, digest, partial(read_catalogue, text, path, language))
            except Problems as problems:
                self.problems.extend(problems)
            else:
                by_language.setdefault(language, []).append(found)
        return tuple(Translation(language, tuple(files)) for language, files in by_language.items())

    def assemble(
        self,
        head: CourseHead,
        ledger: Ledger | None,
        quizzes: tuple[Quiz, ...],
        translations: tuple[Translation, ...],
    ) -> Course:
        """The whole, when nothing is wrong."""
        questions = tuple(question for file in self.question_files for question in file.questions)
        by_pillar: dict[str, list[Question]] = {}
        for question in questions:
            by_pillar.setdefault(question.pillar, []).append(question)
        pillars = tuple(
            Pillar(
                id=entry.id,
                title=entry.title,
                short=entry.short or entry.title,
                number=number,
                lesson=self.lesson(entry.id),
                questions=tuple(by_pillar.get(entry.id, ())),
                folder=_folder(entry.folder),
            )
            for number, entry in enumerate(head.pillars, 1)
        )
        return Course(
            id=head.id,
            title=head.title,
            subtitle=head.subtitle,
            language=head.language,
            summary=head.summary,
            ledger=ledger,
            opening=self.lesson("opening") if "opening" in self.lessons else None,
            closing=self.lesson("closing") if "closing" in self.lessons else None,
            pillars=pillars,
            mixed=tuple(by_pillar.get(MIXED, ())),
            quizzes=quizzes,
            questions=questions,
            digest=self.files.digest,
            folder=self.folder,
            accept=head.accept,
            ledger_path=head.ledger if ledger else "",
            files=tuple(self.question_files),
            lesson_files=tuple(self.lessons.values()),
            sources=dict(self.files.raw),
            translations=translations,
        )

    def lesson(self, name: str) -> Lesson:
        lesson = self.lessons[name].lesson
        assert lesson is not None
        return lesson


def _folder(path: str) -> str:
    return path.removeprefix("./").rstrip("/")


def _lesson_maker(
    text: str, path: str, name: str, facts: Mapping[str, Fact] | None, course_id: str
) -> Callable[[], LessonFile]:
    def make() -> LessonFile:
        made = read_lesson(text, path, name, facts)
        if made.lesson is not None:
            made.lesson = replace(made.lesson, course_id=course_id)
        return made

    return make


def _question_maker(text: str, digest: str, path: str, pillar: str, cache: Cache | None) -> Callable[[], QuestionFile]:
    def make() -> QuestionFile:
        found = cache.get(path, pillar, digest, text) if cache else None
        if found is None:
            found = read_questions(text, path, pillar)
            if cache and not found.problems:
                cache.put(found, digest)
            found.plain = None
        return found

    return make


def load_course(
    folder: Path, cache: Path | Cache | None = None, report: Callable[[int, int], None] | None = None
) -> Course:
    """The course in a folder. `cache` is a folder for files read before. Raises Problems with all that is wrong.

    `report` is told how many questions files are read, of how many.
    """
    return Loader(folder, Cache(cache) if isinstance(cache, Path) else cache, report=report).load()
