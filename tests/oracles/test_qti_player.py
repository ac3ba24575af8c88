"""Every question that is written as QTI earns in a player of somebody else what it earns here."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.oracles.conftest import HERE
from webapp.content.course.loading import load_course
from webapp.interchange import all_formats
from webapp.questions import grade, type_of
from webapp.questions.contract import Question, Response
from webapp.questions.inputs.options import identified
from webapp.questions.numbers import written

pytestmark = [pytest.mark.browser, pytest.mark.long]

ROOT = Path(__file__).parents[2]
COURSES = [ROOT / "question_bank", *sorted((ROOT / "tests" / "banks").iterdir())]
#: losses after which some answers are graded otherwise there: slips of the finger, and numbers in other units
GRADED_OTHERWISE = {"distance", "unit", "folding", "pattern"}


@pytest.fixture(scope="module")
def player(browser: Browser, modules: Path) -> Iterator[Page]:
    page = browser.new_page()
    page.goto((HERE / "player.html").as_uri())
    page.add_script_tag(path=str(modules / "@citolab" / "qti-components" / "cdn" / "index.global.js"))
    yield page
    page.close()


def as_played(question: Any, response: Response) -> dict[str, Any]:
    """A response in the names of the exported item."""
    if question.type == "choice":
        return {"RESPONSE": f"option-{response['option']}"}
    if question.type == "multiple":
        return {"RESPONSE": [f"option-{name}" for name in response["options"]]}
    if question.type == "true_false":
        return {"RESPONSE": str(response["answer"]).lower()}
    if question.type in ("numeric", "short_text"):
        return {"RESPONSE": response["text"]}
    if question.type == "matching":
        return {"RESPONSE": [f"left-{left} right-{right}" for left, right in response["pairs"].items()]}
    if question.type == "categorise":
        return {"RESPONSE": [f"item-{item} group-{group}" for item, group in response["items"].items()]}
    if question.type == "ordering":
        return {"RESPONSE": [f"item-{name}" for name in response["order"]]}
    entries = {}
    for place, (name, blank) in enumerate(question.numbered.items(), 1):
        entry = response["blanks"].get(name)
        entries[f"RESPONSE-{place}"] = f"option-{entry}" if entry and blank.options else entry
    return entries


def nothing(question: Any) -> dict[str, Any]:
    return dict.fromkeys(as_played(question, type_of(question).key(question)))


def spellings(text: str) -> list[str]:
    """What is taken for a text, and what isn't."""
    plain = text.replace("é", "e").replace("ü", "u").replace("á", "a").replace("ó", "o").replace("í", "i")
    return [text.upper(), f" {text.lower()}. ", plain, text.replace(" ", "-"), text.replace("-", " "), text[:-1],
            f"{text} x", f"“{text}”"]  # fmt: skip


def ends(asked: Any) -> list[str]:
    """Both ends of a tolerance, and what is just beyond."""
    room = Decimal(0)
    if asked.tolerance is not None:
        room = asked.tolerance.absolute or abs(asked.answer) * (asked.tolerance.relative or 0)
    bit = Decimal("0.0001")
    return [written(asked.answer + way * each) for way in (1, -1) for each in (room, room + bit)]


def drawn(question: Any, chance: random.Random) -> list[Response]:
    """Answers that aren't the key: made-up people's, and those at the edges of what is right."""
    kind = type_of(question)
    found: list[Response] = [kind.wrong(question, chance, knows) for knows in (0.0, 0.3, 0.6, 0.9)]
    if question.type == "multiple":
        names = list(identified(question.options))
        found += [{"options": chance.sample(names, chance.randint(1, len(names)))} for _ in range(8)]
    elif question.type == "ordering":
        found += [{"order": chance.sample(question.ids, len(question.ids))} for _ in range(6)]
    elif question.type == "short_text":
        found += [{"text": text} for answer in question.answers if answer.text for text in spellings(answer.text)]
    elif question.type == "numeric":
        found += [{"text": text, "unit": question.unit if question.known_units else None} for text in ends(question)]
    elif question.type == "cloze":
        key = kind.key(question)["blanks"]
        for name, blank in question.numbered.items():
            more = spellings(key[name]) if blank.answers else ends(blank) if blank.answer is not None else []
            found += [{"blanks": {**key, name: text}} for text in more]
            found.append({"blanks": {each: entry for each, entry in key.items() if each != name}})
    elif question.type in ("matching", "categorise"):
        field = "pairs" if question.type == "matching" else "items"
        key = kind.key(question)[field]
        found += [{field: dict(chance.sample(sorted(key.items()), count))} for count in range(1, len(key))]
    return [response for response in found if str(response.get("text", "x")).strip()]


def exported(course: Any, folder: Path, name: str) -> dict[str, tuple[Question, str, set[str]]]:
    media = {each: (folder / each).read_bytes() for each in course.media}
    made = all_formats()[name].write(course.questions, media, course.language)
    files = zipfile.ZipFile(io.BytesIO(made.raw))
    lines = {line.id: {loss.code for loss in line.losses} for line in made.lines}
    return {
        question.id: (question, files.read(f"items/{question.id}.xml").decode(), lines[question.id])
        for question in course.questions
        if f"items/{question.id}.xml" in files.namelist()
    }


@pytest.mark.parametrize("folder", COURSES, ids=lambda folder: folder.name)
def test_a_stranger_gives_the_same_score(player: Page, folder: Path) -> None:
    course, chance = load_course(folder), random.Random(1)
    differing, played = [], 0
    for name, (question, xml, losses) in exported(course, folder, "qti3").items():
        if type_of(question).rubric(question):
            continue
        key = type_of(question).key(question)
        responses: list[Response | None] = [key, None]
        if not losses & GRADED_OTHERWISE:
            responses += drawn(question, chance)
        else:
            responses += [type_of(question).wrong(question, chance, knows) for knows in (0.0, 0.2, 0.5, 0.8)]
        assert len(responses) >= 6
        answers = [nothing(question) if each is None else as_played(question, each) for each in responses]
        scores = player.evaluate("([xml, answers]) => scores(xml, answers)", [xml, answers])
        for response, score in zip(responses, scores, strict=True):
            played += 1
            expected = grade(question, response).fraction
            # A fraction is kept with six places, so that what many points make of it may be further away.
            if abs(score / question.points - expected) > 1e-6:
                differing.append((name, response, expected, score / question.points))
    assert not differing, differing[:10]
    assert played >= 6
