"""How far a course is translated: what there is to translate, what is missing or stale, and catalogues brought up to
date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from webapp.content.course.course import Course
from webapp.content.lessons.lesson_context import LessonFile, Translate
from webapp.content.lessons.lesson_files import read_lesson
from webapp.content.problems import Location, Problem
from webapp.content.translations.catalogues import FOLDER, CatalogueFile, Translation, parse
from webapp.content.translations.texts import COURSE, LEDGER, normal, of_ledger, of_material, of_question
from webapp.questions.variants import without_formulas

HEAD = """\
# A part of the course in another language, looked up by what its texts say. Translate what is empty. What is fuzzy has
# changed since it was translated: look at it again, and take the word out. Citations [@…] and links stay as they are.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def texts_of_course(course: Course) -> Iterator[tuple[str, str, str]]:
    """(part, text, where) of every text that learners read, in the order of the course."""
    yield COURSE, course.title, "title"
    yield COURSE, course.subtitle, "subtitle"
    yield COURSE, course.summary, "summary"
    for pillar in course.pillars:
        yield COURSE, pillar.title, f"pillar {pillar.id}"
        yield COURSE, pillar.short, f"pillar {pillar.id}"
    for quiz in course.quizzes:
        yield COURSE, quiz.title, f"quiz {quiz.id}"
        yield COURSE, quiz.summary, f"quiz {quiz.id}"
    for lesson in course.lessons.values():
        seen: list[str] = []
        _read(course, lesson.id, seen.append)
        for words in seen:
            yield lesson.id, words, "lesson"
        for check in lesson.checks:
            for words in of_question(check.question):
                yield lesson.id, words, check.id
    for question in course.questions:
        if not question.retired:
            for words in of_material(question):
                yield question.pillar, words, f"material {question.material}"
            for words in of_question(question):
                yield question.pillar, words, question.id
    for words in of_ledger(course.ledger) if course.ledger else ():
        yield LEDGER, words, "ledger"


def parts_of(course: Course) -> dict[str, dict[str, list[str]]]:
    """part → text → the places where it stands. A text that stands in several parts belongs to the first."""
    parts: dict[str, dict[str, list[str]]] = {}
    home: dict[str, dict[str, list[str]]] = {}
    for part, text, where in texts_of_course(course):
        name = normal(text)
        if not name or not any(letter.isalpha() for letter in without_formulas(name)):
            continue
        group = home.setdefault(name, parts.setdefault(part, {}))
        places = group.setdefault(text if text.strip().count("\n\n") else name, [])
        if where not in places:
            places.append(where)
    return parts


def updated(texts: Mapping[str, Sequence[str]], language: str, part: str, old: str | None) -> str:
    """The PO text of a part with its texts as they are now (see `parts_of`), and the translations that `old` has.
    Raises Problems."""
    path = f"{FOLDER}/{language}/{part}.po"
    template = Catalog(charset="utf-8")
    for text, places in texts.items():
        template.add(text, auto_comments=[", ".join(places)])
    catalogue = parse(old, path, language) if old is not None else Catalog(locale=language.replace("-", "_"))
    catalogue.update(template, update_header_comment=False)
    out = BytesIO()
    write_po(out, catalogue, width=110, omit_header=True)
    return HEAD.format(language=language) + out.getvalue().decode()


def gaps(course: Course, translation: Translation) -> Iterator[Problem]:
    """What a translation lacks: texts without one, texts that changed since, lessons that a translation broke."""
    known = {name for file in translation.files for name in file.texts}
    by_path = {file.path: file for file in translation.files}
    for part, texts in parts_of(course).items():
        path = f"{FOLDER}/{translation.language}/{part}.po"
        file = by_path.get(path) or CatalogueFile(path)
        empty: list[str] = []
        for text in (text for text in map(normal, texts) if text not in known):
            if text in file.broken:
                said = "the translation lacks or adds a gap [[…]], a citation [@…] or a link"
                yield _gap(file, text, said, "keep them as they are")
            elif text in file.stale:
                said = "the text has changed since it was translated"
                yield _gap(file, text, said, "look at it again, and take out `fuzzy`")
            else:
                empty.append(text)
        if empty:
            count = f"{len(empty):,} texts are" if len(empty) > 1 else "a text is"
            yield _gap(
                file,
                empty[0],
                f"{count} not translated",
                f"`webapp bank translate {translation.language}` puts them into the file; translate what is empty",
            )
    for lesson in course.lessons.values():
        for problem in _read(course, lesson.id, translation.text).problems:
            place = Location(f"{FOLDER}/{translation.language}/{lesson.id}.po")
            said = f"a translation breaks the lesson: {problem.message}"
            yield Problem(place, said, problem.expected, "keep citations [@…] and links as they are", "warning")


def _read(course: Course, lesson_id: str, translate: Translate) -> LessonFile:
    path = course.lessons[lesson_id].path
    return read_lesson(course.text_of(path), path, lesson_id, course.facts if course.ledger else None, translate)


def _gap(file: CatalogueFile, text: str, said: str, suggestion: str) -> Problem:
    shown = text if len(text) <= 60 else text[:59] + "…"
    return Problem(Location(file.path, file.lines.get(text, 1)), f"{said}: “{shown}”", "", suggestion, "warning")
