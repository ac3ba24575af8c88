"""Reads a course folder: each file by itself, then what ties them together, and reports all problems in one go."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from webapp.content import schema_errors
from webapp.content.cache import Cache
from webapp.content.course import MIXED, Course, CourseHead, Pillar, PillarEntry, is_inside
from webapp.content.facts import Fact, Ledger, read_ledger, twins
from webapp.content.lesson import Lesson
from webapp.content.lesson_files import LessonFile, read_lesson
from webapp.content.markdown import classify
from webapp.content.problems import Location, Problem, Problems, did_you_mean, listed
from webapp.content.question_files import QuestionFile, read_questions
from webapp.content.quiz import PolicyGiven, Quiz, QuizEntry, Rule, shortfall
from webapp.content.references import Reference
from webapp.content.source import Document, decode, parse_yaml, read_text
from webapp.questions import TYPES
from webapp.questions.base import Question

COURSE_FILE = "course.yaml"
T = TypeVar("T")

Stamp = tuple[int, int, int, int] | None


def stamp(path: str | Path) -> Stamp:
    """What changes when a file or folder does: (modified, changed, size, inode); None when it is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


# A file system keeps times in steps of a few milliseconds. A file that was changed this shortly before it was read
# may change once more without its stamp showing it, so such a stamp is not trusted.
SETTLED_AFTER_NS = 100_000_000


@dataclass(slots=True)
class Shelf:
    """What was read before, so that a change of one file costs the reading of one file."""

    bytes_: dict[str, tuple[Stamp, bytes, str]] = field(default_factory=dict)
    parsed: dict[str, tuple[object, Any]] = field(default_factory=dict)

    def copy(self) -> Shelf:
        """A shelf with the same things on it; what is put there later stays off this one."""
        return Shelf(dict(self.bytes_), dict(self.parsed))


_collector = threading.Lock()
_collector_off = 0


@contextmanager
def without_collector() -> Iterator[None]:
    """Keeps the garbage collector from walking over the course again and again while it grows; what is read has no
    cycles. Several threads may be inside at once; the last one out turns the collector on again."""
    global _collector_off
    with _collector:
        was_on = gc.isenabled() or _collector_off > 0
        _collector_off += 1
        gc.disable()
    try:
        yield
    finally:
        with _collector:
            _collector_off -= 1
            if was_on and not _collector_off:
                gc.enable()


class Loader:
    """Reads one course once. `stamps` tells afterwards which files and folders it looked at, and how they stood."""

    def __init__(
        self,
        folder: Path,
        cache: Cache | None = None,
        shelf: Shelf | None = None,
        instead: Mapping[str, str] | None = None,
    ) -> None:
        """`instead` has texts by path that are read in place of the files."""
        self.folder, self.cache, self.shelf = folder, cache, shelf if shelf is not None else Shelf()
        self.instead = instead or {}
        self.problems: list[Problem] = []
        self.stamps: dict[str, Stamp] = {}
        self.digests: dict[str, str] = {}
        self.raw: dict[str, bytes] = {}
        self.settled = True
        self.lessons: dict[str, LessonFile] = {}
        self.lesson_ids: list[str] = []
        self.files: list[QuestionFile] = []

    # ------------------------------------------------------------------ files

    def read(self, path: str) -> tuple[str, str] | None:
        """The text of a file of the course and the hash of its bytes; a file that cannot be read is reported."""
        if path in self.instead:
            raw = self.instead[path].encode("utf-8", "replace")
            self.digests[path], self.raw[path] = sha256(raw).hexdigest(), raw
            return decode(raw, path), self.digests[path]
        full = self.folder / path
        mark = stamp(full)
        self.stamps[path] = mark
        settled = mark is None or time.time_ns() - max(mark[0], mark[1]) > SETTLED_AFTER_NS
        self.settled = self.settled and settled
        kept = self.shelf.bytes_.get(path)
        if settled and kept is not None and mark is not None and kept[0] == mark:
            raw, digest = kept[1], kept[2]
            self.digests[path], self.raw[path] = digest, raw
            return decode(raw, path), digest
        try:
            text, raw = read_text(full, path)
        except Problems as problems:
            self.problems.extend(problems)
            self.shelf.bytes_.pop(path, None)
            return None
        digest = sha256(raw).hexdigest()
        self.shelf.bytes_[path] = (mark, raw, digest)
        self.digests[path], self.raw[path] = digest, raw
        return text, digest

    def once(self, path: str, key: object, make: Callable[[], T]) -> T:
        """What reading a file gave; read again only when `key` has changed."""
        kept = self.shelf.parsed.get(path)
        if kept is not None and kept[0] == key:
            return kept[1]  # type: ignore[no-any-return]
        made = make()
        self.shelf.parsed[path] = (key, made)
        return made

    # ------------------------------------------------------------------ the course

    def load(self) -> Course:
        """The course. Raises Problems."""
        with without_collector():
            return self.load_now()

    def load_now(self) -> Course:
        document = self.read_course_file()
        if document is None:
            raise Problems(self.problems)
        head, pillars, quizzes, defaults = self.read_head(document)
        ledger = self.read_ledger(document, pillars)
        facts = {fact.id: fact for fact in ledger.facts} if ledger else None
        self.read_lessons(document, head, pillars, facts)
        self.read_question_files(document, pillars)
        questions = self.check_ids()
        self.check_references()
        self.check_questions(facts)
        made = self.make_quizzes(document, quizzes, defaults, pillars, questions)
        if self.problems or head is None:
            raise Problems(self.problems)
        return self.assemble(head, ledger, questions, made)

    def read_course_file(self) -> Document | None:
        read = self.read(COURSE_FILE)
        if read is None:
            return None
        text, _ = read
        try:
            document = parse_yaml(text, COURSE_FILE)
        except Problems as problems:
            self.problems.extend(problems)
            return None
        if not isinstance(document.values, dict):
            said = "the course file is empty" if document.values is None else "the course file is a list"
            self.note(document, (), said, "expected keys such as `title:` and `pillars:`")
            return None
        return document

    def note(self, document: Document, path: tuple[str | int, ...], *said: str, key: bool = False) -> None:
        self.problems.append(document.problem(path, *said, key=key))

    def read_head(
        self, document: Document
    ) -> tuple[CourseHead | None, list[tuple[int, PillarEntry]], list[tuple[int, QuizEntry]], PolicyGiven]:
        """The parts of course.yaml that have the right form; the others are reported."""
        values = {key: value for key, value in document.values.items() if key != "quizzes"}
        head: CourseHead | None = None
        try:
            head = CourseHead.model_validate(values)
        except ValidationError as error:
            schema = CourseHead.model_json_schema()
            schema["properties"]["quizzes"] = {}
            self.problems.extend(schema_errors.explain(error, document, (), values, schema))
        pillars = self.each(document, "pillars", PillarEntry, report=False)
        quizzes = self.each(document, "quizzes", QuizEntry, report=True)
        self.problems.extend(twins([pillar.id for _, pillar in pillars], document, ("pillars",)))
        self.problems.extend(twins([quiz.id for _, quiz in quizzes], document, ("quizzes",)))
        for number, pillar in pillars:
            if pillar.id in (MIXED, "opening", "closing"):
                self.note(document, ("pillars", number, "id"), f"a pillar cannot be called `{pillar.id}`",
                          "expected another id: the course uses this one itself")  # fmt: skip
        return head, pillars, quizzes, head.defaults if head else PolicyGiven()

    def each(self, document: Document, name: str, model: type[Any], *, report: bool) -> list[tuple[int, Any]]:
        items = document.values.get(name)
        if not isinstance(items, list):
            if report and items is not None:
                self.note(document, (name,), f"`{name}` is not a list", "expected items that begin with `- `")
            return []
        made = []
        for number, item in enumerate(items):
            try:
                made.append((number, model.model_validate(item)))
            except ValidationError as error:
                if report:
                    schema = model.model_json_schema()
                    self.problems.extend(schema_errors.explain(error, document, (name, number), item, schema))
        return made

    def inside(self, document: Document, path: tuple[str | int, ...], value: object) -> str | None:
        """A path given in course.yaml, without `./` and a slash at its end; None (and a problem) if it leads out."""
        if not isinstance(value, str) or not value:
            return None
        value = value.removeprefix("./").rstrip("/")
        if not is_inside(value):
            self.note(document, path, f"the path `{value[:60]}` leads out of the course folder",
                      "expected a path inside it, with / between folders")  # fmt: skip
            return None
        return value

    def read_ledger(self, document: Document, pillars: list[tuple[int, PillarEntry]]) -> Ledger | None:
        path = document.values.get("ledger")
        if not isinstance(path, str) or not path:
            return None
        if Path(path).is_absolute() or "\\" in path:
            self.note(document, ("ledger",), "the path of the ledger is not relative",
                      "expected a path from the course folder, such as ../seeds/facts.yaml")  # fmt: skip
            return None
        read = self.read(path)
        if read is None:
            return None
        text, digest = read
        try:
            ledger, ledger_document = self.once(path, digest, lambda: read_ledger(text, path))
        except Problems as problems:
            self.problems.extend(problems)
            return None
        self.problems.extend(twins([fact.id for fact in ledger.facts], ledger_document, ("facts",)))
        sections = {pillar.id for _, pillar in pillars} | {"opening", "closing", MIXED}
        for number, fact in enumerate(ledger.facts):
            if fact.section not in sections:
                self.note(
                    ledger_document,
                    ("facts", number, "section"),
                    f"the section `{fact.section}` is not a part of the course",
                    f"expected one of {listed(sorted(sections))}",
                    did_you_mean(fact.section, sections),
                )
        return ledger

    # ------------------------------------------------------------------ lessons

    def read_lessons(
        self,
        document: Document,
        head: CourseHead | None,
        pillars: list[tuple[int, PillarEntry]],
        facts: Mapping[str, Fact] | None,
    ) -> None:
        values = document.values
        wanted = [("opening", self.inside(document, ("opening",), values.get("opening")))]
        for number, pillar in pillars:
            folder = self.inside(document, ("pillars", number, "folder"), pillar.folder)
            wanted.append((pillar.id, f"{folder}/lesson.md" if folder else None))
        wanted.append(("closing", self.inside(document, ("closing",), values.get("closing"))))
        self.lesson_ids = [name for name, path in wanted if path]
        ledger_digest = self.digests.get(str(values.get("ledger")), "") if facts is not None else None
        for name, path in wanted:
            if path is None:
                continue
            read = self.read(path)
            if read is None:
                continue
            text, digest = read
            made = self.once(path, (digest, name, ledger_digest), _lesson_maker(text, path, name, facts))
            self.lessons[name] = made
            self.problems.extend(made.problems)

    def check_references(self) -> None:
        for file in self.lessons.values():
            for reference in file.references:
                self.check_reference(reference, lambda reference=reference: reference.location)  # type: ignore[misc]

    def check_reference(self, reference: Reference, locate: Callable[[], Location]) -> None:
        name = reference.name
        if reference.kind == "section" and reference.written.removeprefix("section:") in self.lesson_ids:
            return  # a whole lesson
        if reference.lesson not in self.lesson_ids:
            self.problems.append(
                Problem(
                    locate(),
                    f"`{reference.written}` leads to a lesson that does not exist",
                    f"expected one of {listed(self.lesson_ids)} before the slash",
                    did_you_mean(reference.lesson, self.lesson_ids),
                )
            )
            return
        file = self.lessons.get(reference.lesson)
        if file is None or file.lesson is None:
            return  # That lesson has problems of its own, which are reported.
        if reference.kind == "term":
            known = [term.id for term in file.lesson.terms]
        else:
            known = [section.id for section in file.lesson.sections]
        if name not in known:
            near = did_you_mean(name, known)
            if not near:
                elsewhere = self.elsewhere(reference.kind, name)
                near = f"did you mean `{elsewhere}`?" if elsewhere else ""
            self.problems.append(
                Problem(
                    locate(),
                    f"the {reference.kind} `{name}` is not in the lesson `{reference.lesson}`",
                    f"expected one of {listed(known)}" if known else "",
                    near,
                )
            )

    def elsewhere(self, kind: str, name: str) -> str | None:
        """`lesson/name` of a section or term of this name in any lesson."""
        for lesson_id, file in self.lessons.items():
            parts: Iterable[Any] = ()
            if file.lesson is not None:
                parts = file.lesson.terms if kind == "term" else file.lesson.sections
            if any(part.id == name for part in parts):
                return f"{lesson_id}/{name}"
        return None

    # ------------------------------------------------------------------ questions

    def read_question_files(self, document: Document, pillars: list[tuple[int, PillarEntry]]) -> None:
        wanted: list[tuple[str, str]] = []
        for _, pillar in pillars:
            folder = pillar.folder.removeprefix("./").rstrip("/")
            if is_inside(folder):
                wanted.extend((path, pillar.id) for path in self.question_paths(folder))
        mixed = self.inside(document, ("mixed",), document.values.get("mixed"))
        if mixed:
            wanted.append((mixed, MIXED))
        for path, pillar_id in wanted:
            read = self.read(path)
            if read is not None:
                made = self.once(path, (read[1], pillar_id), _question_maker(*read, path, pillar_id, self.cache))
                self.files.append(made)
                self.problems.extend(made.problems)

    def question_paths(self, folder: str) -> list[str]:
        """The questions files of a pillar: every .yaml file of its folder, in the order of their names."""
        full = self.folder / folder
        self.stamps[folder] = stamp(full)
        try:
            names = sorted(entry.name for entry in os.scandir(full))
        except OSError:
            return []
        return [f"{folder}/{name}" for name in names if name.endswith((".yaml", ".yml")) and name[0] not in ".#_~"]

    def check_ids(self) -> tuple[Question, ...]:
        """All questions; an id that is used a second time is reported with both places."""
        first: dict[str, tuple[QuestionFile, int]] = {}
        for file in self.files:
            for question, place in zip(file.questions, file.places, strict=True):
                other = first.setdefault(question.id, (file, place))
                if other != (file, place):
                    self.problems.append(
                        Problem(
                            file.locate(place, ("id",)),
                            f"the question id `{question.id}` is used a second time",
                            f"it is already at {other[0].locate(other[1], ('id',))}",
                            "give one of the two another id",
                        )
                    )
        return tuple(question for file in self.files for question in file.questions)

    def check_questions(self, facts: Mapping[str, Fact] | None) -> None:
        """Reports facts, sections and links of questions that lead nowhere."""
        sections = {
            name: {section.id for section in file.lesson.sections} if file.lesson else None
            for name, file in self.lessons.items()
        }
        good: set[tuple[str, str | None]] = set()
        for file in self.files:
            for question, place in zip(file.questions, file.places, strict=True):
                self.check_facts(file, place, question.facts, facts)
                written = question.section
                if written is not None and (file.pillar, written) not in good:
                    before = len(self.problems)
                    self.check_section(file, place, written, sections)
                    if len(self.problems) == before:
                        good.add((file.pillar, written))
            for place, values in file.loose:
                names = values.get("facts")
                self.check_facts(file, place, names if isinstance(names, list) else (), facts)
                section = values.get("section")
                if isinstance(section, str):
                    self.check_section(file, place, section, sections)
            for mention in file.mentions:
                link = classify(mention.href)
                locate = _locator(file, file.places[mention.number], mention.path, mention.href)
                if link.lesson is None and not (link.kind == "section" and link.name in self.lesson_ids):
                    known = self.elsewhere(link.kind, link.name)
                    self.problems.append(
                        Problem(
                            locate(),
                            f"the link `{mention.href}` does not name its lesson",
                            f"expected {link.kind}:lesson/{link.name}, because a question is shown on many pages",
                            f"did you mean `{link.kind}:{known}`?" if known else "",
                        )
                    )
                elif link.kind in ("section", "term"):
                    kind: Any = link.kind
                    reference = Reference(kind, link.lesson or link.name, link.name, mention.href)
                    self.check_reference(reference, locate)

    def check_facts(
        self, file: QuestionFile, place: int, names: Iterable[object], facts: Mapping[str, Fact] | None
    ) -> None:
        for number, name in enumerate(names if facts is not None else ()):
            if isinstance(name, str) and facts is not None and name not in facts:
                self.problems.append(
                    Problem(
                        file.locate(place, ("facts", number)),
                        f"the fact `{name}` is not in the ledger",
                        "expected the id of one of its facts",
                        did_you_mean(name, facts),
                    )
                )

    def check_section(
        self, file: QuestionFile, place: int, written: str, sections: Mapping[str, set[str] | None]
    ) -> None:
        lesson, _, name = written.rpartition("/")
        if not lesson and written in self.lesson_ids:
            return
        if not lesson and file.pillar == MIXED:
            known = self.elsewhere("section", written)
            self.problems.append(
                Problem(
                    file.locate(place, ("section",)),
                    f"the section `{written}` does not name its lesson",
                    "expected lesson/section, because a mixed question has no lesson of its own",
                    f"did you mean `{known}`?" if known else "",
                )
            )
            return
        if not lesson and sections.get(file.pillar, set()) is None:
            return
        reference = Reference("section", lesson or file.pillar, name, written)
        self.check_reference(reference, _locator(file, place, ("section",)))

    # ------------------------------------------------------------------ quizzes

    def make_quizzes(
        self,
        document: Document,
        entries: list[tuple[int, QuizEntry]],
        defaults: PolicyGiven,
        pillars: list[tuple[int, PillarEntry]],
        questions: tuple[Question, ...],
    ) -> tuple[Quiz, ...]:
        known = [pillar.id for _, pillar in pillars]
        by_pillar: dict[str, list[Question]] = {}
        for question in questions:
            by_pillar.setdefault(question.pillar, []).append(question)
        ids = {question.id for question in questions}
        broken = {name for file in self.files for name in file.broken}
        tags = {tag for question in questions for tag in question.tags}
        whole = not any(file.problems for file in self.files)
        made = []
        for number, entry in entries:
            base = ("quizzes", number)
            before = len(self.problems)
            if entry.pillar is not None and entry.pillar not in known:
                self.note(document, (*base, "pillar"), f"the pillar `{entry.pillar}` does not exist",
                          f"expected one of {listed(known)}", did_you_mean(entry.pillar, known))  # fmt: skip
            for place, rule in enumerate(entry.draw):
                self.check_rule(document, (*base, "draw", place), rule, [*known, MIXED], ids | broken, tags, whole)
            quiz = entry.quiz(defaults)
            if whole and len(self.problems) == before:
                self.check_draw(document, base, quiz, by_pillar)
            made.append(quiz)
        return tuple(made)

    def check_rule(
        self,
        document: Document,
        base: tuple[str | int, ...],
        rule: Rule,
        pillars: list[str],
        ids: set[str],
        tags: set[str],
        whole: bool,
    ) -> None:
        for number, name in enumerate(rule.from_):
            if name not in pillars:
                self.note(document, (*base, "from", number), f"the pillar `{name}` does not exist",
                          f"expected one of {listed(pillars)}", did_you_mean(name, pillars))  # fmt: skip
        for number, name in enumerate(rule.types):
            if name not in TYPES:
                self.note(document, (*base, "types", number), f"the question type `{name}` is not known",
                          f"expected one of {listed(TYPES)}", did_you_mean(name, TYPES))  # fmt: skip
        for number, name in enumerate(rule.questions):
            if name not in ids:
                self.note(document, (*base, "questions", number), f"the question `{name}` does not exist",
                          "expected the id of a question of the course", did_you_mean(name, ids))  # fmt: skip
        for number, name in enumerate(rule.tags if whole else ()):
            if name not in tags:
                self.note(document, (*base, "tags", number), f"no question has the tag `{name}`",
                          "expected a tag that at least one question has", did_you_mean(name, tags))  # fmt: skip

    def check_draw(
        self, document: Document, base: tuple[str | int, ...], quiz: Quiz, by_pillar: Mapping[str, list[Question]]
    ) -> None:
        """Reports rules that want more questions than there are, by themselves or together."""
        wide = any(not rule.from_ for rule in quiz.draw)
        names = by_pillar.keys() if wide else {name for rule in quiz.draw for name in rule.from_}
        candidates = [question for name in names for question in by_pillar.get(name, ())]
        missing = shortfall(quiz.draw, candidates)
        for place, (rule, short) in enumerate(zip(quiz.draw, missing, strict=True)):
            if not short:
                continue
            pool = sum(1 for question in candidates if rule.matches(question))
            if pool < rule.count:
                self.note(
                    document,
                    (*base, "draw", place, "count"),
                    f"the rule draws {rule.count}, and {_fit(pool)}",
                    f"expected a count of at most {pool}" if pool else "expected a rule that some question fits",
                    "lower the count, widen the rule, or write more questions",
                )
            else:
                self.note(
                    document,
                    (*base, "draw", place, "count"),
                    f"together with the rules above, this one is short of {short}",
                    f"expected more questions: {_fit(pool)} it, and the other rules of the quiz need some of them",
                    "lower a count, widen the rule, or write more questions",
                )

    # ------------------------------------------------------------------ the whole

    def assemble(
        self, head: CourseHead, ledger: Ledger | None, questions: tuple[Question, ...], quizzes: tuple[Quiz, ...]
    ) -> Course:
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
                folder=entry.folder.removeprefix("./").rstrip("/"),
            )
            for number, entry in enumerate(head.pillars, 1)
        )
        whole = sha256("".join(f"{path}\0{self.digests[path]}\n" for path in sorted(self.digests)).encode())
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
            digest=whole.hexdigest(),
            folder=self.folder,
            accept=head.accept,
            ledger_path=head.ledger if ledger else "",
            files=tuple(self.files),
            lesson_files=tuple(self.lessons.values()),
            sources={path: self.raw[path] for path in self.digests},
        )

    def lesson(self, name: str) -> Lesson:
        lesson = self.lessons[name].lesson
        assert lesson is not None
        return lesson


def _locator(file: QuestionFile, place: int, path: tuple[str | int, ...], needle: str = "") -> Callable[[], Location]:
    return lambda: file.locate(place, path, needle=needle)


def _fit(pool: int) -> str:
    return {0: "no question fits", 1: "only 1 question fits"}.get(pool, f"only {pool} questions fit")


def _lesson_maker(text: str, path: str, name: str, facts: Mapping[str, Fact] | None) -> Callable[[], LessonFile]:
    return lambda: read_lesson(text, path, name, facts)


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
