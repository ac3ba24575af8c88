"""A course folder as one frozen object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from webapp.content.course.course_file import MIXED, CourseRules
from webapp.content.course.quiz import Quiz
from webapp.content.course.unpublished import Drafts
from webapp.content.ledger import Fact, Ledger
from webapp.content.lessons.lesson import Lesson
from webapp.content.lessons.lesson_context import LessonFile
from webapp.content.media.captions import Cue
from webapp.content.media.names import Medium
from webapp.content.numbers import declared, ledger_numbers
from webapp.content.problems import Location, Problem
from webapp.content.questions.question_files import QuestionFile, unused_materials
from webapp.content.translations.catalogues import Translation
from webapp.content.yaml.source import Document, decode, parse_yaml
from webapp.questions.contract import Question
from webapp.questions.materials import Material


@dataclass(frozen=True, slots=True)
class Pillar:
    """One pillar: a lesson and its questions. `number` counts from 1; `folder` is relative to the course folder."""

    id: str
    title: str
    short: str
    number: int
    lesson: Lesson
    questions: tuple[Question, ...]
    folder: str


@dataclass(frozen=True)
class Course:
    """Everything the folder holds, without problems. `digest` changes when any file does."""

    id: str
    title: str
    subtitle: str
    language: str
    summary: str
    ledger: Ledger | None
    opening: Lesson | None
    closing: Lesson | None
    pillars: tuple[Pillar, ...]
    mixed: tuple[Question, ...]
    quizzes: tuple[Quiz, ...]
    questions: tuple[Question, ...]
    digest: str
    folder: Path
    accept: Mapping[str, str] = field(default_factory=dict)
    """Findings of the lint about the whole course that are accepted, each with a reason."""
    rules: CourseRules = field(default_factory=CourseRules)
    """What the lint holds it to beyond what it holds every course to."""
    ledger_path: str = ""
    """Relative to the folder."""
    files: tuple[QuestionFile, ...] = field(default=(), repr=False, compare=False)
    lesson_files: tuple[LessonFile, ...] = field(default=(), repr=False, compare=False)
    sources: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """The bytes of every file that was read, by its path relative to the folder."""
    translations: tuple[Translation, ...] = field(default=(), repr=False, compare=False)
    """The other languages the course is in."""
    media: Mapping[str, Medium] = field(default_factory=dict, repr=False, compare=False)
    """The pictures and recordings that its texts may show, by name."""
    captions: Mapping[str, tuple[Cue, ...]] = field(default_factory=dict, repr=False, compare=False)
    """The words of recordings, by the name of their file."""
    drafts: Drafts = field(default=Drafts(), repr=False, compare=False)
    """What learners don't meet yet. It is nowhere else in the course, so that whoever doesn't ask for it can't show it.
    """

    @cached_property
    def made_of_it(self) -> dict[Any, Any]:
        """What was made of this edition and need not be made again, by whoever made it; it goes with the edition."""
        return {}

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """The facts of the ledger by id."""
        return {fact.id: fact for fact in self.ledger.facts} if self.ledger else {}

    @cached_property
    def _questions(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def _quizzes(self) -> dict[str, Quiz]:
        return {quiz.id: quiz for quiz in self.quizzes}

    @cached_property
    def lessons(self) -> Mapping[str, Lesson]:
        """All lessons by id, in the order of reading: `opening`, the pillars, `closing`."""
        lessons = (self.opening, *(pillar.lesson for pillar in self.pillars), self.closing)
        return {lesson.id: lesson for lesson in lessons if lesson is not None}

    @cached_property
    def materials(self) -> Mapping[str, tuple[QuestionFile, Material]]:
        """What several questions share, by id, with the file that it stands in; that of drafts, too."""
        found = {material.id: (file, material) for file in self.files for material in file.shared.materials}
        for file in self.drafts.files:
            found.update({material.id: (file, material) for material in file.shared.materials})
        return found

    @property
    def unused_materials(self) -> list[Problem]:
        """A warning for each material that no question names, drafts and retired ones included."""
        named = {question.material for file in (*self.files, *self.drafts.files) for question in file.questions}
        named.update(said.get("material") for file in self.drafts.files for _, said in file.loose)
        return unused_materials(self.files, named) + unused_materials(self.drafts.files, named)

    def pillar(self, pillar_id: str) -> Pillar | None:
        return next((pillar for pillar in self.pillars if pillar.id == pillar_id), None)

    def lesson(self, lesson_id: str) -> Lesson | None:
        """The lesson of a pillar, or `opening` or `closing`."""
        return self.lessons.get(lesson_id)

    def text_of(self, path: str) -> str:
        """The text of a file that was read."""
        return decode(self.sources[path], path)

    def translation(self, language: str) -> Translation | None:
        """The course in a language such as `de`; one into `de-AT` serves `de`, too. None where there is none."""
        wanted = language.replace("_", "-").split("-")[0]
        return next((one for one in self.translations if one.language.split("-")[0] == wanted), None)

    def lesson_in(self, language: str, lesson: Lesson) -> Lesson:
        """One of its lessons in a language, as far as it is translated; the ids and checks are the same."""
        translation = self.translation(language)
        if translation is None:
            return lesson
        return translation.lesson(lesson, self.text_of(lesson.path), self.facts if self.ledger else None)

    def question(self, question_id: str) -> Question | None:
        return self._questions.get(question_id)

    def quiz(self, quiz_id: str) -> Quiz | None:
        return self._quizzes.get(quiz_id)

    def pool(self, quiz: Quiz) -> list[Question]:
        """The questions that a quiz may draw, in the order of the course."""
        return [question for question in self.questions if quiz.draws(question)]

    @cached_property
    def exams(self) -> Mapping[str, frozenset[str]]:
        """The id of each question that is kept for exams → the quizzes that may draw it."""
        return {
            question.id: frozenset(quiz.id for quiz in self.quizzes if quiz.draws(question))
            for question in self.questions
            if question.use == "exam"
        }

    def pillars_of(self, quiz: Quiz) -> tuple[str, ...]:
        """The ids of the pillars that the questions of a quiz come from, in the order of the course; `mixed` last."""
        drawn = {question.pillar for question in self.pool(quiz)}
        return tuple(name for name in (*(pillar.id for pillar in self.pillars), MIXED) if name in drawn)

    @cached_property
    def questions_by_fact(self) -> Mapping[str, Sequence[str]]:
        """fact id → the questions in use that cite it, for facts that some question asks for, in the ledger's order.

        Without a ledger: each question in use by itself.
        """
        in_use = [question for question in self.questions if not question.retired]
        if not self.facts:
            return {question.id: [question.id] for question in in_use}
        citing: dict[str, list[str]] = {id: [] for id in self.facts}
        for question in in_use:
            for id in question.facts:
                if id in citing:
                    citing[id].append(question.id)
        return {id: questions for id, questions in citing.items() if questions}

    @cached_property
    def fact_lessons(self) -> Mapping[str, str]:
        """fact id → the lesson that teaches it; without a ledger, question id → its pillar."""
        if not self.facts:
            return {question.id: question.pillar for question in self.questions}
        return {id: taught[0] for id in self.facts if (taught := self.where_taught(id)) is not None}

    @cached_property
    def ledger_numbers(self) -> set[Decimal]:
        """Every number that the ledger vouches for."""
        return ledger_numbers(self.ledger)

    @cached_property
    def lesson_numbers(self) -> dict[str, set[Decimal]]:
        """The numbers that each lesson declares, by its id."""
        return {
            lesson.id: {value.normalize() for entry in declared(lesson.numbers)[0] for value in entry.values}
            for lesson in self.lessons.values()
        }

    @cached_property
    def _taught(self) -> dict[str, tuple[str, str]]:
        taught: dict[str, tuple[str, str]] = {}
        for name, fact in self.facts.items():
            # The lesson of the fact's own pillar teaches it, even where an earlier one mentions it.
            own = self.lessons.get(fact.section)
            for lesson in ([own] if own else []) + list(self.lessons.values()):
                if name in lesson.anchors:
                    taught[name] = (lesson.id, lesson.anchors[name])
                    break
        return taught

    def where_taught(self, fact_id: str) -> tuple[str, str] | None:
        """(lesson id, anchor) of the paragraph or figure that teaches a fact."""
        return self._taught.get(fact_id)

    def place(self, question: Question) -> tuple[str, str | None] | None:
        """(lesson id, section id) that the question belongs to; the section is None when a whole lesson is meant."""
        if question.section is None:
            return None
        lesson_id, _, section = question.section.rpartition("/")
        if lesson_id:
            return lesson_id, section
        lesson = self.lessons.get(question.pillar)
        if lesson is not None and lesson.section(section):
            return question.pillar, section
        return (section, None) if section in self.lessons else None

    @cached_property
    def untaught(self) -> tuple[Fact, ...]:
        """Facts that no lesson cites."""
        return tuple(fact for fact in self.facts.values() if fact.id not in self._taught)

    @cached_property
    def untested(self) -> tuple[Fact, ...]:
        """Facts of the source that no question in use asks for. What was looked up elsewhere serves to judge the
        source, and need not be asked for."""
        asked = {fact for question in self.questions if not question.retired for fact in question.facts}
        return tuple(fact for fact in self.facts.values() if fact.id not in asked and fact.looked_up is None)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file that was read, relative to the folder."""
        return tuple(self.sources)

    def document(self, path: str) -> Document:
        """A YAML file of the course as it was read, to find places in it."""
        return parse_yaml(decode(self.sources[path], path), path)

    @cached_property
    def _places(self) -> dict[str, tuple[QuestionFile, int]]:
        return {
            question.id: (file, place)
            for file in self.files
            for question, place in zip(file.questions, file.places, strict=True)
        }

    def locate(
        self, question_id: str, path: tuple[str | int, ...] = (), *, key: bool = False, needle: str = ""
    ) -> Location:
        """Where a question of the course, or a value in it, stands in the files."""
        file, place = self._places[question_id]
        return file.locate(place, path, key=key, needle=needle)
