"""What ties the files of a course together: ids used once, and facts, sections and links that exist."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

from webapp.content.course.course_file import MIXED
from webapp.content.ledger import Fact
from webapp.content.lessons.lesson_files import LessonFile
from webapp.content.markdown import classify
from webapp.content.media.names import CAPTIONS, LISTENING, Medium, is_recording
from webapp.content.problems import Location, Problem, did_you_mean, listed
from webapp.content.questions.question_files import QuestionFile
from webapp.content.references import Reference


class Links:
    """Checks the lessons and questions of one course against each other. Problems are added to the list."""

    def __init__(
        self,
        lesson_ids: list[str],
        lessons: Mapping[str, LessonFile],
        files: list[QuestionFile],
        facts: Mapping[str, Fact] | None,
        pictures: Mapping[str, Medium | None],
        problems: list[Problem],
        drafts: Collection[str] = (),
        only: Collection[str] | None = None,
    ) -> None:
        """`lesson_ids` are those of all lessons that may be named, `lessons` those that could be read; `facts` is None
        without a ledger; `pictures` has None for a file that can't be shown. `drafts` are ids of lessons that may not
        be named yet, and `only` those of the lessons whose own links are looked at (None: of all)."""
        self.lesson_ids, self.lessons, self.files, self.facts = lesson_ids, lessons, files, facts
        self.media, self.problems, self.drafts, self.only = pictures, problems, drafts, only

    def check(self) -> None:
        for lesson_id, file in self.lessons.items():
            for reference in file.references if self.only is None or lesson_id in self.only else ():
                self.check_reference(reference, partial(_place_of, reference))
        self.check_questions()

    def check_reference(self, reference: Reference, locate: Callable[[], Location]) -> None:
        name = reference.name
        if reference.kind == "picture":
            if name not in self.media:
                self.problems.append(Problem(locate(), *self.missing(name)))
            return
        if reference.kind == "section" and reference.written.removeprefix("section:") in self.lesson_ids:
            return  # a whole lesson
        meant = reference.written.removeprefix("section:") if reference.kind == "section" else ""
        draft = next((name for name in (reference.lesson, meant) if name in self.drafts), None)
        if draft is not None:
            said = f"`{reference.written}` leads to the lesson `{draft}`, which is a draft"
            self.problems.append(Problem(locate(), said, "expected a published one", f"publish `{draft}` as well"))
            return
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

    def missing(self, name: str) -> tuple[str, str, str]:
        """What is wrong with the name of a file that is not in `media`, what was expected, a suggestion."""
        if name.endswith(CAPTIONS):
            return (
                f"the recording has no words for those who can’t hear it: `{name}` does not exist",
                "expected captions in the form WebVTT, which are the transcript, too",
                f'where to hear it is what is asked, write "{LISTENING}" in quotes behind its name',
            )
        said = f"the {'recording' if is_recording(name) else 'picture'} `{name}` does not exist"
        return said, "expected the name of a file in the folder `media`", did_you_mean(name, self.media)

    def elsewhere(self, kind: str, name: str) -> str | None:
        """`lesson/name` of a section or term of this name in any lesson."""
        for lesson_id, file in self.lessons.items():
            parts: Iterable[Any] = ()
            if file.lesson is not None:
                parts = file.lesson.terms if kind == "term" else file.lesson.sections
            if any(part.id == name for part in parts):
                return f"{lesson_id}/{name}"
        return None

    def check_questions(self) -> None:
        """Reports facts, sections and links of questions that lead nowhere."""
        sections = {
            name: {section.id for section in file.lesson.sections} if file.lesson else None
            for name, file in self.lessons.items()
        }
        good: set[tuple[str, str | None]] = set()
        for file in self.files:
            for question, place in zip(file.questions, file.places, strict=True):
                self.check_facts(file, place, question.facts)
                written = question.section
                if written is not None and (file.pillar, written) not in good:
                    before = len(self.problems)
                    self.check_section(file, place, written, sections)
                    if len(self.problems) == before:
                        good.add((file.pillar, written))
            for place, values in file.loose:
                names = values.get("facts")
                self.check_facts(file, place, names if isinstance(names, list) else ())
                section = values.get("section")
                if isinstance(section, str):
                    self.check_section(file, place, section, sections)
            for mention, place_of in (
                *((each, partial(file.locate, file.places[each.number])) for each in file.mentions),
                *((each, partial(file.locate_material, each.number)) for each in file.shared_mentions),
            ):
                link = classify(mention.href)
                # The name of captions stands nowhere; the recording's begins like it.
                needle = mention.href.removesuffix(CAPTIONS)
                locate = partial(place_of, mention.path, needle=needle)
                if link.kind == "picture":
                    self.check_reference(Reference("picture", "", mention.href, mention.href), locate)
                elif link.lesson is None and not (link.kind == "section" and link.name in self.lesson_ids):
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

    def check_facts(self, file: QuestionFile, place: int, names: Iterable[object]) -> None:
        if self.facts is None:
            return
        for number, name in enumerate(names):
            if isinstance(name, str) and name not in self.facts:
                self.problems.append(
                    Problem(
                        file.locate(place, ("facts", number)),
                        f"the fact `{name}` is not in the ledger",
                        "expected the id of one of its facts",
                        did_you_mean(name, self.facts),
                    )
                )

    def check_section(
        self, file: QuestionFile, place: int, written: str, sections: Mapping[str, set[str] | None]
    ) -> None:
        lesson, _, name = written.rpartition("/")
        if not lesson and (written in self.lesson_ids or written in self.drafts):
            if written in self.drafts:
                self.check_reference(
                    Reference("section", written, written, written), partial(file.locate, place, ("section",))
                )
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
        self.check_reference(reference, partial(file.locate, place, ("section",)))


def check_ids(files: Iterable[QuestionFile], lessons: Iterable[LessonFile], problems: list[Problem]) -> None:
    """Adds a problem for each id that another question, or a check of a lesson, has already, with both places. Drafts
    count, also those that are not whole."""
    first: dict[str, Callable[..., Location]] = {}

    def take(name: str, locate: Callable[..., Location]) -> None:
        other = first.setdefault(name, locate)
        if other is not locate:
            problems.append(
                Problem(
                    locate(("id",)),
                    f"the question id `{name}` is used a second time",
                    f"it is already at {other(('id',))}",
                    "give one of the two another id",
                )
            )

    materials: dict[str, Location] = {}
    for file in files:
        for number, material in enumerate(file.shared.materials):
            if material.id in materials:
                said = f"the material id `{material.id}` is used a second time"
                before = f"it is already at {materials[material.id]}"
                here = file.locate_material(number, ("id",))
                problems.append(Problem(here, said, before, "give one of the two another id"))
            else:
                materials[material.id] = file.locate_material(number, ("id",))
        for question, place in zip(file.questions, file.places, strict=True):
            take(question.id, partial(file.locate, place))
        if file.drafts is not None:
            for question, place in zip(file.drafts.questions, file.drafts.places, strict=True):
                take(question.id, partial(file.locate, place))
            for name, place in file.drafts.broken.items():
                take(name, partial(file.locate, place))
    for lesson_file in lessons:
        for check in lesson_file.lesson.checks if lesson_file.lesson else ():
            take(check.id, lesson_file.documents[check.id].locate)


def _place_of(reference: Reference) -> Location:
    return reference.location
