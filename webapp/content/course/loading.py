"""Reads a course folder: each file by itself, then what ties them together, and reports all problems in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from webapp.content.course.course import Course, Pillar
from webapp.content.course.course_file import MIXED, CourseFile, CourseHead, is_inside, read_course_file
from webapp.content.course.files import Files, Shelf
from webapp.content.course.finding_drafts import find_drafts
from webapp.content.course.links import Links, check_ids
from webapp.content.course.quiz import Quiz
from webapp.content.course.quiz_rules import make_quizzes
from webapp.content.course.revision import tied
from webapp.content.course.unpublished import Drafts
from webapp.content.file_names import COURSE_FILE, LESSON_FILE
from webapp.content.gc_pause import without_collector
from webapp.content.ledger import Fact, Ledger, read_ledger
from webapp.content.lessons.lesson import Lesson
from webapp.content.lessons.lesson_files import LessonFile, read_lesson
from webapp.content.media.captions import Cue
from webapp.content.media.folder import Examined
from webapp.content.media.names import Medium
from webapp.content.problems import Problem, Problems, did_you_mean, listed
from webapp.content.questions.question_cache import Cache
from webapp.content.questions.question_files import QuestionFile, read_questions
from webapp.content.translations.catalogue_cache import kept_catalogue
from webapp.content.translations.catalogues import CatalogueFile, Translation
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
        #: what keeps drafts from being published, and nothing else
        self.open_ends: list[Problem] = []
        self.files = Files(folder, shelf if shelf is not None else Shelf(), instead or {}, self.problems)
        self.lesson_ids: list[str] = []
        self.lessons: dict[str, LessonFile] = {}
        self.question_files: list[QuestionFile] = []
        self.media: dict[str, Medium] = {}
        self.captions: dict[str, tuple[Cue, ...]] = {}

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
        found = self.files.of_media(Examined(self.cache.folder if self.cache is not None else None))
        self.media = {name: medium for name, medium in found.items() if medium is not None}
        self.captions = self.files.of_captions()
        media = found | dict.fromkeys(self.captions)
        waiting = self.waiting
        unseen = self.unseen_files
        check_ids(self.question_files, self.lessons.values(), self.problems)
        seen = {name: file for name, file in self.lessons.items() if name not in waiting}
        ids = [name for name in self.lesson_ids if name not in waiting]
        Links(ids, seen, self.seen_files, facts, media, self.problems, waiting).check()
        quizzes = make_quizzes(course, self.seen_files, _ids_of(unseen), waiting)
        Links(self.lesson_ids, self.lessons, unseen, facts, media, self.open_ends, only=waiting).check()
        drafts = course.only_drafts(waiting)
        unpublished = make_quizzes(drafts, [*self.seen_files, *unseen], whole=True)
        if self.problems or course.head is None:
            raise Problems(self.problems)
        self.open_ends += course.open_ends
        made = find_drafts(course, drafts, unpublished, self.lessons, waiting, unseen, self.open_ends)
        return self.assemble(course.head, ledger, quizzes, translations, made)

    @property
    def waiting(self) -> set[str]:
        """The ids of the lessons that are drafts, and with that of the pillars that wait for them."""
        return {name for name, file in self.lessons.items() if file.is_draft}

    @property
    def seen_files(self) -> list[QuestionFile]:
        """The files with questions that are published."""
        return [file for file in self.question_files if file.pillar not in self.waiting]

    @property
    def unseen_files(self) -> list[QuestionFile]:
        """What is not published of each file: its drafts, and all of it where its pillar waits."""
        waiting = self.waiting
        parts = [
            part
            for file in self.question_files
            for part in ((file, file.drafts) if file.pillar in waiting else (file.drafts,))
        ]
        return [part for part in parts if part is not None]

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
            (self.open_ends if made.is_draft else self.problems).extend(made.problems)
            self.open_ends += [problem for check in made.draft_checks for problem in check.problems]

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
                self.open_ends.extend(made.drafts.problems if made.drafts is not None else ())
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
                read_once = partial(kept_catalogue, self.cache, path, language, digest, text)
                found = self.files.once(path, digest, read_once)
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
        drafts: Drafts,
    ) -> Course:
        """The whole, when nothing is wrong."""
        waiting = self.waiting
        questions = tuple(question for file in self.seen_files for question in self.with_pins(file))
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
            for number, entry in enumerate((entry for entry in head.pillars if entry.id not in waiting), 1)
        )
        return Course(
            id=head.id,
            title=head.title,
            subtitle=head.subtitle,
            language=head.language,
            summary=head.summary,
            ledger=ledger,
            opening=self.lesson("opening") if "opening" in self.lessons.keys() - waiting else None,
            closing=self.lesson("closing") if "closing" in self.lessons.keys() - waiting else None,
            pillars=pillars,
            mixed=tuple(by_pillar.get(MIXED, ())),
            quizzes=quizzes,
            questions=questions,
            digest=self.files.digest,
            folder=self.folder,
            accept=head.accept,
            rules=head.rules,
            ledger_path=head.ledger if ledger else "",
            files=tuple(self.seen_files),
            lesson_files=tuple(file for name, file in self.lessons.items() if name not in waiting),
            sources=dict(self.files.raw),
            translations=translations,
            media=self.media,
            captions=self.captions,
            drafts=drafts,
        )

    def with_pins(self, file: QuestionFile) -> tuple[Question, ...]:
        """The questions of a file, each picture in them tied to its content of today."""
        showing = {mention.number for mention in file.mentions if mention.href in self.media}
        shared = file.shared.materials
        shown = {shared[mention.number].id for mention in file.shared_mentions if mention.href in self.media}
        return tuple(
            tied(question, self.media) if number in showing or question.material in shown else question
            for number, question in enumerate(file.questions)
        )

    def lesson(self, name: str) -> Lesson:
        lesson = self.lessons[name].lesson
        assert lesson is not None
        return lesson


def _ids_of(files: list[QuestionFile]) -> Iterator[str]:
    for file in files:
        yield from (question.id for question in file.questions)
        yield from file.broken


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
