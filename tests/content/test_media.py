"""Pictures of a course: read from its folder `media/`, checked, and tied to their content."""

from __future__ import annotations

import shutil
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.content.conftest import Folder
from tests.pictures import SECRET_PLACE, photograph, picture
from webapp.content.course import revision
from webapp.content.folder_store import CourseStore, NotPartOfCourse
from webapp.content.markdown import render, render_inline
from webapp.content.media.archive import Archive
from webapp.content.media.folder import Examined
from webapp.content.media.names import Medium, named, pinned, unpinned
from webapp.content.media.pictures import drawn, widths
from webapp.content.translating import texts_of_course
from webapp.content.translations.catalogues import Translation, read_catalogue

STEM = "stem: What makes a fresh leaf into black tea?"


def show(folder: Folder, written: str) -> None:
    """Puts a picture into the stem of a question."""
    folder.edit("1-tea/questions.yaml", STEM, f"stem: 'What makes {written} black?'")


# --- what is read ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("JPEG", "jpeg"), ("WEBP", "webp")])
def test_a_picture_is_known_by_its_content_with_its_size(folder: Folder, kind: str, ending: str) -> None:
    raw = picture(kind, (64, 48))
    folder.write(f"media/leaf.{ending}", raw)
    found = folder.load().media[f"media/leaf.{ending}"]
    assert (found.width, found.height, found.digest) == (64, 48, sha256(raw).hexdigest())


def test_a_photograph_that_lies_on_its_side_has_the_size_it_is_seen_with(folder: Folder) -> None:
    folder.write("media/leaf.jpg", photograph((60, 20), orientation=6))
    found = folder.load().media["media/leaf.jpg"]
    assert (found.width, found.height) == (20, 60)
    assert Image.open(BytesIO(drawn((folder.path / "media/leaf.jpg").read_bytes(), 20))).size == (20, 60)


def test_a_course_without_pictures_has_the_digest_it_had(folder: Folder) -> None:
    before = folder.load().digest
    folder.write("media/leaf.png", picture())
    assert folder.load().digest != before
    shutil.rmtree(folder.path / "media")
    assert folder.load().digest == before


def test_a_picture_that_was_changed_is_noticed_and_one_that_was_not_is_not_read_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("media/leaf.png", picture())
    store = CourseStore(folder.path)
    first = store.current().media["media/leaf.png"]
    folder.write("media/leaf.png", picture(size=(50, 50)))
    second = store.current().media["media/leaf.png"]
    assert (second.width, second.height) == (50, 50)
    assert second.digest != first.digest


def test_what_was_examined_is_not_decoded_again_at_the_next_start(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("media/leaf.png", picture())
    CourseStore(folder.path, cache=tmp_path / "cache")
    monkeypatch.setattr("webapp.content.media.folder.examined", None)
    assert CourseStore(folder.path, cache=tmp_path / "cache").current().media["media/leaf.png"].width == 40


def test_a_damaged_note_of_what_was_examined_is_as_good_as_none(tmp_path: Path) -> None:
    raw = picture()
    examine = Examined(tmp_path)
    assert examine.size(raw, "digest", "media/a.png") == (40, 30)
    for note in tmp_path.iterdir():
        note.write_text("many few")
    assert examine.size(raw, "digest", "media/a.png") == (40, 30)


def test_the_editor_neither_shows_nor_takes_a_picture_as_text(folder: Folder) -> None:
    folder.write("media/leaf.png", picture())
    store = CourseStore(folder.path)
    assert not [path for path in store.files() if path.startswith("media")]
    for path in ("media/leaf.png", "media", "translations"):
        with pytest.raises((NotPartOfCourse, IsADirectoryError)):
            store.read(path)


# --- what is told ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("![leaf](media/laef.png)", "the picture `media/laef.png` does not exist"),
        ("![leaf](leaf.png)", "put the file there and write media/leaf.png"),
        ("![leaf](https://example.org/leaf.png)", "cannot be shown; expected the name of a file in the folder `media`"),
        ("![leaf](../media/leaf.png)", "cannot be shown"),
        ("![leaf](media/../leaf.png)", "cannot be shown"),
        ("![leaf](media/leaf.png#" + "0" * 64 + "-4x4)", "cannot be shown"),
        ("![](media/leaf.png)", "has no words for those who don’t see it"),
        ("![ ](media/leaf.png)", "has no words for those who don’t see it"),
        ("![leaf.png](media/leaf.png)", "the words of the picture are the name of a file"),
        ("![IMG_1234](media/leaf.png)", "the words of the picture are the name of a file"),
        ('![leaf](media/leaf.png "A leaf")', "are shown to few"),
        ('![leaf](media/leaf.png "decorative")', "is called decorative and has words"),
        ("![leaf][x]\n\n\n    [x]: media/leaf.png\n\n\n    ", "does not stand where the picture does"),
    ],
)
def test_a_picture_that_cannot_be_shown_as_written_is_told_with_its_place(
    folder: Folder, written: str, words: str
) -> None:
    folder.write("media/leaf.png", picture())
    show(folder, written)
    problem = folder.problem()
    assert words in problem.text
    assert problem.location.file == "1-tea/questions.yaml"
    assert folder.text("1-tea/questions.yaml").splitlines()[problem.location.line - 1].strip()
    assert problem.location.line == folder.text("1-tea/questions.yaml")[: problem_at(folder, written)].count("\n") + 1


def problem_at(folder: Folder, written: str) -> int:
    """Where the address of a picture begins in the file."""
    address = "media/leaf.png" if "][" in written else written.partition("](")[2].split(")")[0].split(" ")[0]
    return folder.text("1-tea/questions.yaml").index(address)


def test_a_near_name_is_proposed(folder: Folder) -> None:
    folder.write("media/leaf.png", picture())
    show(folder, "![A leaf](media/laef.png)")
    assert folder.problem().suggestion == "did you mean `media/leaf.png`?"


def test_a_picture_of_a_lesson_is_checked_where_it_stands(folder: Folder) -> None:
    folder.append("1-tea/lesson.md", "\n![A leaf](media/leaf.png)\n")
    assert folder.problem().text.startswith("the picture `media/leaf.png` does not exist")
    assert str(folder.problem().location) == folder.place("1-tea/lesson.md", "media/leaf.png")
    folder.write("media/leaf.png", picture())
    assert folder.problems() == []


def test_a_decorative_picture_says_so(folder: Folder) -> None:
    folder.write("media/line.png", picture())
    show(folder, '![](media/line.png "decorative")')
    assert folder.problems() == []
    assert render_inline('![](media/line.png "decorative")') == '<img src="media/line.png" alt="">'


def test_a_file_that_is_refused_is_told_once_and_not_as_missing(folder: Folder) -> None:
    folder.write("media/leaf.png", b"")
    show(folder, "![A leaf](media/leaf.png)")
    assert str(folder.problem().location) == "media/leaf.png:1:1"


# --- what the words of a picture become ------------------------------------------------------------------------------


def test_a_picture_has_its_name_and_its_words_and_nothing_else() -> None:
    assert render('![A "leaf" & <twig>](media/leaf.png)') == (
        '<p><img src="media/leaf.png" alt="A &quot;leaf&quot; &amp; &lt;twig&gt;"></p>\n'
    )


def test_pins_come_and_go_and_leave_the_rest_of_a_text_alone() -> None:
    known = {"media/leaf.png": Medium("media/leaf.png", "a" * 64, 4, 3)}
    text = "`media/leaf.png` ![A](media/leaf.png) ![B](media/other.png) [media/leaf.png](https://x.org)"
    with_pins = pinned(text, known)
    assert with_pins == text.replace("](media/leaf.png)", f"](media/leaf.png#{'a' * 64}-4x3)")
    assert unpinned(with_pins) == text
    assert pinned(with_pins, known) == with_pins
    assert named(f"media/leaf.png#{'a' * 64}-4x3", {}) == known["media/leaf.png"]


def test_another_content_of_a_picture_makes_another_revision_of_its_question_and_of_no_other(folder: Folder) -> None:
    show(folder, "![A leaf](media/leaf.png)")
    digests = []
    for size in ((40, 30), (50, 30), (40, 30)):
        folder.write("media/leaf.png", picture(size=size))
        digests.append({question.id: revision.digest(question) for question in folder.load().questions})
    assert digests[0]["tea-choice"] != digests[1]["tea-choice"]
    assert digests[0] == digests[2]
    assert {name for name in digests[0] if digests[0][name] != digests[1][name]} == {"tea-choice"}


def test_a_question_without_a_picture_is_the_revision_it_was(folder: Folder) -> None:
    before = {question.id: revision.digest(question) for question in folder.load().questions}
    folder.write("media/leaf.png", picture())
    assert before == {question.id: revision.digest(question) for question in folder.load().questions}


def test_translators_see_the_text_as_it_was_written_and_their_text_shows_the_same_content(folder: Folder) -> None:
    folder.write("media/leaf.png", picture())
    show(folder, "![A leaf](media/leaf.png)")
    course = folder.load()
    question = course.question("tea-choice")
    assert question is not None
    assert "#" in question.stem
    written = "What makes ![A leaf](media/leaf.png) black?"
    assert written in [text for _, text, _ in texts_of_course(course)]
    catalogue = f'msgid "{written}"\nmsgstr "Was macht ![Ein Blatt](media/leaf.png) schwarz?"\n'
    german = Translation("de", (read_catalogue(catalogue, "translations/de/tea.po", "de"),))
    pin = question.stem.partition("#")[2].partition(")")[0]
    assert german.text(question.stem) == f"Was macht ![Ein Blatt](media/leaf.png#{pin}) schwarz?"
    assert german.knows(question.stem)


# --- what is drawn and kept ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_nothing_of_a_camera_comes_along(mode: str) -> None:
    raw = photograph((600, 400)) if mode == "RGB" else picture("JPEG", (600, 400), mode, comment=SECRET_PLACE)
    assert SECRET_PLACE.encode() in raw
    for width in (600, 480):
        made = drawn(raw, width)
        assert SECRET_PLACE.encode() not in made
        image = Image.open(BytesIO(made))
        assert (image.format, image.width, dict(image.getexif())) == ("JPEG", width, {})


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_drawing_keeps_its_pixels_and_loses_its_remarks(mode: str) -> None:
    from PIL.PngImagePlugin import PngInfo

    remarks = PngInfo()
    remarks.add_text("Comment", SECRET_PLACE)
    raw = picture("PNG", (600, 40), mode, pnginfo=remarks, dpi=(300, 300))
    assert SECRET_PLACE.encode() in raw
    made = drawn(raw, 600)
    assert SECRET_PLACE.encode() not in made
    one, other = (Image.open(BytesIO(each)).convert("RGBA") for each in (raw, made))
    assert one.tobytes() == other.tobytes()
    assert Image.open(BytesIO(drawn(raw, 480))).size == (480, 32)


def test_a_large_picture_is_offered_in_several_widths_and_a_very_large_one_not_in_its_own() -> None:
    assert widths(300) == (300,)
    assert widths(480) == (480,)
    assert widths(1200) == (480, 960, 1200)
    assert widths(5000) == (480, 960, 1920)


def test_the_archive_has_what_the_course_has_no_more(folder: Folder, tmp_path: Path) -> None:
    folder.write("media/leaf.png", picture())
    store = CourseStore(folder.path, archive=tmp_path / "archive")
    old = store.current().media["media/leaf.png"]
    folder.write("media/leaf.png", picture(size=(50, 50)))
    store.current()
    (folder.path / "media/leaf.png").unlink()
    assert store.current().media == {}
    archive = Archive(tmp_path / "archive")
    found = archive.file(old.digest, "png", 40, folder.path)
    assert isinstance(found, Path)
    assert Image.open(BytesIO(found.read_bytes())).size == (40, 30)
    assert archive.file("0" * 64, "png", 40, folder.path) is None


def test_a_picture_that_could_not_be_kept_is_shown_from_the_course(folder: Folder, tmp_path: Path) -> None:
    folder.write("media/leaf.png", picture())
    shown = folder.load().media["media/leaf.png"]
    (tmp_path / "archive").write_text("a file is in the way")
    archive = Archive(tmp_path / "archive")
    archive.keep(folder.path, [shown])
    assert isinstance(archive.file(shown.digest, "png", 40, folder.path, [shown]), bytes)


def test_a_copy_that_was_changed_is_not_taken_for_the_picture(folder: Folder, tmp_path: Path) -> None:
    folder.write("media/leaf.png", picture())
    shown = folder.load().media["media/leaf.png"]
    archive = Archive(tmp_path / "archive")
    archive.keep(folder.path, [shown])
    (tmp_path / "archive" / shown.digest).write_bytes(picture(size=(9, 9)))
    assert archive.file(shown.digest, "png", 40, folder.path) is None


def test_the_last_good_edition_has_its_pictures(bank: Path, tmp_path: Path) -> None:
    (bank / "media").mkdir()
    (bank / "media" / "leaf.png").write_bytes(picture())
    lesson = bank / "1-tea" / "lesson.md"
    lesson.write_text(lesson.read_text() + "\n![A leaf](media/leaf.png)\n")
    good = CourseStore(bank, cache=tmp_path / "cache").current()
    (bank / "media" / "leaf.png").write_bytes(b"cut")
    store = CourseStore(bank, cache=tmp_path / "cache")
    assert store.problems
    assert store.current().digest == good.digest
    assert store.current().media == good.media
