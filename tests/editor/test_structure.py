"""The parts of the course in the browser: pillars added, named, moved and taken out, lessons around them, quizzes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import Clock, token_of
from tests.editor.conftest import Screen
from tests.quizzes.conftest import Desk
from webapp.audit.models import AuditEntry
from webapp.content.course.loading import load_course
from webapp.database import db
from webapp.editor.models import ContentVersion
from webapp.editor.yaml_roundtrip import items

PAGE = "/instructor/bank/structure"


@pytest.fixture(autouse=True)
def _a_course_to_edit(bank: Path) -> None:
    """A course of its own for each test, without the picture that other tests' examples show."""


def send(screen: Screen, action: str, *, follow: bool = True, **fields: str) -> Any:
    page = screen.client.get(PAGE).text
    digest = re.search(r'name="digest" value="(\w*)"', page)
    assert digest is not None, page
    data = {"csrf_token": token_of(page), "digest": digest[1], "action": action, **fields}
    return screen.client.post(PAGE, data=data, follow_redirects=follow)


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """(lines that are gone, lines that are new)."""
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


def tree(bank: Path) -> dict[str, bytes]:
    return {str(path.relative_to(bank)): path.read_bytes() for path in bank.rglob("*") if path.is_file()}


def test_a_new_pillar_has_a_folder_and_a_lesson_and_waits_until_that_is_published(
    screen: Screen, bank: Path, client: FlaskClient, app: Flask
) -> None:
    before = (bank / "course.yaml").read_text()
    answer = send(screen, "add", title="Roasting coffee: an art", short="Coffee")
    assert "waits" in answer.text
    assert 'name="text"' in answer.text  # the lesson is open, to be written
    gone, new = lines_changed(before, (bank / "course.yaml").read_text())
    assert gone == []
    assert new == [
        '  - {id: roasting-coffee-art, folder: 3-roasting-coffee-art, title: "Roasting coffee: an art", short: Coffee}'
    ]
    lesson = (bank / "3-roasting-coffee-art" / "lesson.md").read_text()
    assert lesson.startswith("---\ndraft: true\n")
    course = load_course(bank)
    assert [pillar.id for pillar in course.pillars] == ["tea", "bread"]
    assert [pillar.id for pillar in course.drafts.pillars] == ["roasting-coffee-art"]
    assert course.drafts.open_ends == ()
    assert app.test_client().get("/lessons/roasting-coffee-art").status_code == 404
    screen.open("/instructor/bank/file?path=3-roasting-coffee-art/lesson.md").press("publish")
    assert "Saved." in screen.text
    assert "Roasting coffee: an art" in app.test_client().get("/lessons/roasting-coffee-art").text
    with app.app_context():
        versions = db.session.scalars(select(ContentVersion.path).where(ContentVersion.origin == "browser"))
        assert set(versions) == {"course.yaml", "3-roasting-coffee-art/lesson.md"}
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "pillar.added")).one()
    assert entry.subject == "roasting-coffee-art"
    assert sorted(entry.details["files"]) == ["3-roasting-coffee-art/lesson.md", "course.yaml"]


def test_a_question_can_be_written_into_a_pillar_that_waits(screen: Screen, bank: Path) -> None:
    send(screen, "add", title="Coffee")
    screen.open("/instructor/bank/new/true_false?pillar=coffee&example=1")
    assert screen.fields["file"] == "3-coffee/questions.yaml"
    screen.fill(facts__0="steep-time").press("draft")
    assert "Saved as a draft." in screen.text
    assert (bank / "3-coffee" / "questions.yaml").exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "Write a title."),
        ({"title": "  "}, "Write a title."),
        ({"title": "茶"}, "No id can be made from this title"),
        ({"title": "x" * 201}, "At most 200 characters"),
        ({"title": "Coffee", "id": "Coffee"}, "small letters"),
        ({"title": "Coffee", "id": "../../etc"}, "small letters"),
        ({"title": "Coffee", "id": "a/b"}, "small letters"),
        ({"title": "Coffee", "id": "a" * 61}, "At most 60"),
        ({"title": "Coffee", "id": "tea"}, "is called so already"),
        ({"title": "Coffee", "id": "mixed"}, "is called so already"),
        ({"title": "Coffee", "id": "opening"}, "is called so already"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_changed(
    screen: Screen, bank: Path, fields: dict[str, str], said: str
) -> None:
    before = tree(bank)
    answer = send(screen, "add", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert tree(bank) == before
    assert sorted(path.name for path in bank.iterdir() if path.is_dir()) == ["1-tea", "2-bread", "mixed"]


@pytest.mark.parametrize(
    "title", ['A "b": {c} # d', "- [x]", "&anchor *alias", "<script>alert(1)</script>", "null", "15", "a\\b'c"]
)
def test_a_title_is_the_text_that_was_typed_whatever_it_means_elsewhere(screen: Screen, bank: Path, title: str) -> None:
    answer = send(screen, "add", title=title, id="coffee")
    assert answer.status_code == 200
    assert [pillar.title for pillar in load_course(bank).drafts.pillars] == [title]
    page = screen.client.get(PAGE).text
    assert "<script>alert" not in page
    send(screen, "rename:tea", title=title, short="")
    assert load_course(bank).pillars[0].title == title


def test_a_second_pillar_of_one_name_gets_another_id_and_another_folder(screen: Screen, bank: Path) -> None:
    (bank / "3-coffee").mkdir()
    send(screen, "add", title="Coffee")
    send(screen, "add", title="Coffee")
    assert [(pillar.id, pillar.folder) for pillar in load_course(bank).drafts.pillars] == [
        ("coffee", "3-coffee-2"),
        ("coffee-2", "4-coffee-2"),
    ]


def test_titles_are_changed_and_every_other_byte_stays(screen: Screen, bank: Path) -> None:
    before = (bank / "course.yaml").read_text()
    send(screen, "rename:tea", title="Brewing tea", short="")
    gone, new = lines_changed(before, (bank / "course.yaml").read_text())
    assert gone == ["  - {id: tea, folder: 1-tea, title: Making tea, short: Tea}"]
    assert new == ["  - {id: tea, folder: 1-tea, title: Brewing tea}"]
    answer = send(screen, "rename:tea", title="")
    assert (answer.status_code, "Write a title." in answer.text) == (422, True)


def test_pillars_and_quizzes_change_places_and_comments_stay(screen: Screen, bank: Path) -> None:
    path = bank / "course.yaml"
    before = path.read_text().replace("  - id: tea\n", "  # The first that counts.\n  - id: tea\n")
    path.write_text(before)
    send(screen, "down:pillars:tea")
    assert [pillar.id for pillar in load_course(bank).pillars] == ["bread", "tea"]
    send(screen, "up:pillars:tea")
    assert path.read_text() == before
    send(screen, "up:quizzes:tea")
    assert [quiz.id for quiz in load_course(bank).quizzes][:2] == ["tea", "before"]
    assert "# The first that counts." in path.read_text()
    send(screen, "down:quizzes:tea")
    assert path.read_text() == before
    for action in ("up:quizzes:before", "down:quizzes:final", "up:pillars:tea", "down:pillars:bread"):
        assert send(screen, action).status_code == 200
    assert path.read_text() == before


@pytest.mark.parametrize("end", ["", "\n", "\n\n# done\n"])
def test_moving_there_and_back_is_the_same_file(end: str) -> None:
    items_ = (
        "id: x  # ex\n    more: |\n      text\n\n      text\n  # between\n",
        "{id: y}\n\n",
        "  id: z\n      q: [1,  2]",
    )
    text = f"a: 1\nlist:\n  - {'  - '.join(items_)}{end}"
    for name in ("x", "y", "z"):
        for by in (-1, 1):
            there = items.moved(text, "list", name, by)
            before = [item.values for item in items.items(text, "list")]
            after = [item.values for item in items.items(there, "list")]
            assert sorted(map(str, after)) == sorted(map(str, before))
            assert items.moved(there, "list", name, -by) == text or there == text


def test_a_pillar_goes_when_nothing_is_recorded_and_nothing_needs_it(screen: Screen, bank: Path) -> None:
    before = (bank / "course.yaml").read_text()
    send(screen, "add", title="Coffee")
    answer = send(screen, "remove:coffee")
    assert "is taken out" in answer.text
    assert (bank / "course.yaml").read_text() == before
    assert (bank / "3-coffee" / "lesson.md").exists()


def test_what_needs_a_pillar_or_was_done_with_it_is_said(
    screen: Screen, bank: Path, app: Flask, make_user: Callable[..., int], sign_in: Callable[..., Any]
) -> None:
    before = tree(bank)
    answer = send(screen, "remove:tea")
    assert answer.status_code == 409
    assert "Quizzes belong to it or draw from it: Before you start, Tea quiz" in answer.text
    assert "Facts of the ledger belong to it" in answer.text
    assert "attempt" not in answer.text.partition("can’t be taken out")[2].partition("</div>")[0]
    learner = sign_in(app.test_client(), make_user("learner", name="L", username="lea"))
    learner.post("/quizzes/tea/attempts", data={"csrf_token": token_of(learner.get("/quizzes/tea").text)})
    answer = send(screen, "remove:tea")
    assert "Its questions are on the paper of 1 attempt." in answer.text
    assert tree(bank) == before


def test_the_lessons_around_the_pillars_are_begun_where_they_are_missing(
    screen: Screen, bank: Path, app: Flask
) -> None:
    path = bank / "course.yaml"
    path.write_text(path.read_text().replace("opening: opening.md\n", "").replace("closing: closing.md\n", ""))
    mixed = bank / "mixed" / "questions.yaml"
    mixed.write_text(re.sub("section: closing.*", "section: tea/leaves", mixed.read_text()))
    before = path.read_text()
    for which in ("opening", "closing"):
        answer = send(screen, f"text:{which}")
        assert "begun as a draft" in answer.text
    gone, new = lines_changed(before, path.read_text())
    # The old texts are not written over.
    assert (gone, new) == ([], ["opening: opening-2.md", "closing: closing-2.md"])
    course = load_course(bank)
    assert (course.opening, course.closing) == (None, None)
    assert {draft.id for draft in course.drafts.of_kind("lesson")} == {"opening", "closing"}
    assert app.test_client().get("/lessons/opening").status_code == 404
    assert send(screen, "text:opening").status_code == 422


def test_who_looked_at_an_older_version_changes_nothing(screen: Screen, bank: Path) -> None:
    answer = send(screen, "down:pillars:tea", digest="0" * 64)
    assert answer.status_code == 409
    assert "somebody else has just saved this file" in answer.text
    before = tree(bank)
    answer = send(screen, "add", title="Coffee", digest="0" * 64)
    assert answer.status_code == 409
    assert tree(bank) == before
    assert not (bank / "3-coffee").exists()


@pytest.mark.parametrize(
    "action",
    [
        "",
        "add:",
        "up",
        "up:pillars",
        "up:rules:tea",
        "rename:none",
        "remove:none",
        "text:",
        "text:../x",
        "down:quizzes:none",
    ],
)
def test_what_no_page_of_ours_sends_changes_nothing(screen: Screen, bank: Path, action: str) -> None:
    before = tree(bank)
    assert send(screen, action, title="" if action == "add:" else "T").status_code in (400, 404, 422)
    assert tree(bank) == before


def test_a_folder_that_can_not_be_written_to_is_said(
    screen: Screen, bank: Path, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(bank)

    def full(*_arguments: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(app.extensions["courses"].only, "save", full)
    answer = send(screen, "add", title="Coffee")
    assert answer.status_code == 409
    assert "No space left on device" in answer.text
    assert tree(bank) == before
    assert not (bank / "3-coffee").exists()


def test_a_quiz_is_taken_out_and_nothing_else_changes(screen: Screen, bank: Path) -> None:
    before = (bank / "course.yaml").read_text()
    answer = send(screen, "remove-quiz:bread")
    assert "The quiz is taken out." in answer.text
    gone, new = lines_changed(before, (bank / "course.yaml").read_text())
    assert new == []
    assert "  - id: bread" in gone
    assert [quiz.id for quiz in load_course(bank).quizzes] == ["before", "tea", "every-type", "final"]
    assert send(screen, "remove-quiz:bread").status_code == 404


def test_a_quiz_with_results_is_taken_out_for_a_reason(
    screen: Screen, bank: Path, app: Flask, make_user: Callable[..., int], clock: Clock
) -> None:
    ada = make_user(name="Ada Learner", username="ada")
    with app.app_context():
        Desk(ada, app.extensions["courses"].only.current(), clock).take("bread")
        db.session.commit()
    answer = send(screen, "remove-quiz:bread", follow=False)
    assert answer.status_code == 409
    assert "1 attempt of 1 learner are recorded" in answer.text
    assert load_course(bank).quiz("bread") is not None
    answer = send(screen, "remove-quiz:bread", reason="nobody bakes any more")
    assert "The quiz is taken out." in answer.text
    assert load_course(bank).quiz("bread") is None


def test_a_course_is_called_otherwise(screen: Screen, bank: Path) -> None:
    before = (bank / "course.yaml").read_text()
    answer = send(screen, "words", title='Tea: "hot"', subtitle="", summary="What it takes.")
    assert "Saved." in answer.text
    gone, new = lines_changed(before, (bank / "course.yaml").read_text())
    assert [line.partition(":")[0] for line in gone] == ["title", "subtitle", "summary"]
    assert [line.partition(":")[0] for line in new] == ["title", "summary"]
    course = load_course(bank)
    assert (course.title, course.subtitle, course.summary) == ('Tea: "hot"', "", "What it takes.")
    send(screen, "words", title="Tea", subtitle="# Hot", summary="")
    course = load_course(bank)
    assert (course.title, course.subtitle, course.summary) == ("Tea", "# Hot", "")
    assert len(course.quizzes) == 5


@pytest.mark.parametrize(
    ("fields", "said"), [({"title": " "}, "Write a title."), ({"title": "Tea", "summary": "x" * 1001}, "At most 1,000")]
)
def test_a_course_keeps_a_title(screen: Screen, bank: Path, fields: dict[str, str], said: str) -> None:
    before = tree(bank)
    answer = send(screen, "words", **fields)
    assert answer.status_code == 422
    assert said.replace(",", "") in answer.text.replace(",", "")
    assert tree(bank) == before
