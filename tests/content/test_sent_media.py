"""Pictures and recordings that somebody sends: checked, named by their content, and put into the course's folder."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tests.content.conftest import Folder
from tests.content.test_hostile_media import REFUSED as PICTURES
from tests.content.test_recordings import REFUSED as RECORDINGS
from tests.pictures import picture
from tests.recordings import CAPTIONS, MADE, mp3
from webapp.content.folder_store import CourseStore, NotPartOfCourse
from webapp.content.media import folder as media
from webapp.content.media.names import is_name
from webapp.content.media.pictures import LARGEST, UnusableFile
from webapp.content.media.sent import received


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_a_picture_that_is_sent_is_part_of_the_course(folder: Folder, kind: str, ending: str) -> None:
    raw = picture(kind)
    store = CourseStore(folder.path)
    sent = store.add_medium(raw, "A leaf.PNG")
    assert sent.name == f"media/A-leaf-{sha256(raw).hexdigest()[:8]}.{ending}"
    assert store.current().media[sent.name] == sent
    assert (sent.width, sent.height) == (40, 30)


@pytest.mark.parametrize("ending", MADE)
def test_a_recording_that_is_sent_is_part_of_the_course_and_takes_its_words(folder: Folder, ending: str) -> None:
    store = CourseStore(folder.path)
    sent = store.add_medium(MADE[ending](), f"hello.{ending}")
    assert sent.ending == ending
    assert store.current().media[sent.name] == sent
    store.save(sent.captions, CAPTIONS, "")
    assert len(store.current().captions[sent.captions]) == 2


def test_what_is_sent_twice_is_one_file_and_two_contents_are_two(folder: Folder) -> None:
    store = CourseStore(folder.path)
    names = {store.add_medium(raw, "leaf.png").name for raw in (picture(), picture(), picture(size=(9, 9)))}
    assert {f"media/{path.name}" for path in (folder.path / "media").iterdir()} == names
    assert len(names) == 2


@pytest.mark.parametrize(
    ("called", "stem"),
    [
        ("../../course.yaml", "course"),
        ("C:\\Users\\ana\\Blätter im Wind.jpeg", "Blatter-im-Wind"),
        ("茶.png", "file"),
        ("", "file"),
        (".png", "png"),
        ("-_-.png", "file"),
        ("a" * 300 + ".png", "a" * 60),
        ("a\"><script>.png", "a-script"),
        ("leaf.png.html", "leaf-png"),
        ("a\0b.png", "a-b"),
    ],
)  # fmt: skip
def test_no_name_leads_elsewhere_or_cannot_be_written(called: str, stem: str) -> None:
    sent = received(picture(), called)
    assert sent.name.rpartition("-")[0] == f"media/{stem}"
    assert is_name(sent.name)


#: what only its name has against it is taken under another
RENAMED = ("another kind than its name", "a name without the right ending", "sound called video", "video called sound")


@pytest.mark.parametrize(
    "case",
    [case for name, case in (PICTURES | RECORDINGS).items() if name not in RENAMED],
    ids=[name for name in PICTURES | RECORDINGS if name not in RENAMED],
)
def test_what_would_be_refused_in_the_folder_never_gets_there(folder: Folder, case: tuple[str, bytes, str]) -> None:
    with pytest.raises(UnusableFile):
        CourseStore(folder.path).add_medium(case[1], case[0])
    assert not (folder.path / "media").exists()


def test_what_is_too_big_is_not_looked_into() -> None:
    with pytest.raises(UnusableFile, match="MB"):
        received(picture() + b"\0" * LARGEST, "a.png")


def test_a_full_course_takes_no_more_and_says_how_much_it_may_have(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CourseStore(folder.path)
    store.add_medium(picture(), "leaf.png")
    monkeypatch.setattr(media, "MOST_BYTES", len(picture()) + 10)
    with pytest.raises(UnusableFile, match="the course has 1 pictures and recordings") as refused:
        store.add_medium(mp3(), "hello.mp3")
    assert refused.value.expected.startswith("expected at most 2,000")
    store.add_medium(picture(), "leaf.png")
    monkeypatch.setattr(media, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(media, "MOST_FILES", 1)
    with pytest.raises(UnusableFile):
        store.add_medium(mp3(), "hello.mp3")


def test_nothing_is_put_where_a_link_leads(folder: Folder, tmp_path: Path) -> None:
    store = CourseStore(folder.path)
    (tmp_path / "elsewhere").mkdir()
    (folder.path / "media").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotPartOfCourse):
        store.add_medium(picture(), "leaf.png")
    assert list((tmp_path / "elsewhere").iterdir()) == []
