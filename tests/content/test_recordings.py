"""Sound and video of a course, and their words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.content.conftest import Folder
from tests.recordings import CAPTIONS, MADE, m4a, mp3, mp4, ogg, track, wav
from webapp.content.folder_store import CourseStore
from webapp.content.markdown import render_inline
from webapp.content.media.captions import Cue, read_captions, written
from webapp.content.media.pictures import UnusableFile
from webapp.content.media.recordings import walked

PAGE = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize("ending", MADE)
def test_a_recording_is_known_by_its_container(folder: Folder, ending: str) -> None:
    folder.write(f"media/hello.{ending}", MADE[ending]())
    found = folder.load().media[f"media/hello.{ending}"]
    assert (found.width, found.height) == ((320, 180) if ending == "mp4" else (0, 0))


def test_metadata_before_and_behind_sound_belongs_to_it() -> None:
    assert walked(mp3(tag=b"TIT2" + b"\0" * 200), "media/a.mp3").ending == "mp3"
    assert walked(mp3() + b"TAG" + b" " * 125, "media/a.mp3").ending == "mp3"


REFUSED = {
    "nothing": ("a.mp3", b"", "the file is empty"),
    "text": ("a.mp3", b"hello", "holds no recording"),
    "a page": ("a.mp4", PAGE, "holds no recording"),
    "a page behind a tag": ("a.mp3", mp3(0, tag=b"TIT2" + b"\0" * 200) + PAGE, "holds no recording"),
    "a page behind sound": ("a.mp3", mp3() + PAGE, "something else stands behind the recording"),
    "a page in sound": ("a.mp3", mp3() + PAGE + mp3(), "something else stands behind the recording"),
    "one frame": ("a.mp3", mp3(1), "damaged"),
    "an archive behind WAV": ("a.wav", wav() + b"PK\3\4", "something else stands behind the recording"),
    "WAV cut short": ("a.wav", wav()[:-100], "damaged"),
    "WAV that is something else": ("a.wav", wav().replace(b"fmt \x10\0\0\0\1", b"fmt \x10\0\0\0\x55"), "not plain PCM"),
    "a page behind Ogg": ("a.ogg", ogg() + PAGE, "something else stands behind the recording"),
    "Ogg cut short": ("a.ogg", ogg()[:-100], "damaged"),
    "Ogg with a video": ("a.ogg", ogg(b"\x80theora" + b"\0" * 30), "neither Opus nor Vorbis"),
    "a page behind video": ("a.mp4", mp4() + PAGE, "damaged"),
    "video cut short": ("a.mp4", mp4()[:-10], "damaged"),
    "an empty container": ("a.mp4", mp4()[:20], "damaged"),
    "video without a size": ("a.mp4", mp4(track(b"vide")), "0 × 0 pixels"),
    "video that is far too large": ("a.mp4", mp4(track(b"vide", 9_000, 9_000)), "expected at most 4,096"),
    "sound called video": ("a.mp4", m4a(), "call it media/a.m4a"),
    "video called sound": ("a.m4a", mp4(), "call it media/a.mp4"),
    "another kind than its name": ("a.wav", mp3(), "call it media/a.mp3"),
    "WebM": ("a.mp4", b"\x1aE\xdf\xa3" + b"\0" * 30, "WebM or Matroska"),
    "a picture": ("a.mp3", b"\x89PNG\r\n\x1a\n", "holds no recording"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_recording_is_refused_with_a_word(folder: Folder, name: str) -> None:
    file, raw, words = REFUSED[name]
    folder.write(f"media/{file}", raw)
    problem = folder.problem()
    assert words in problem.text
    assert str(problem.location) == f"media/{file}:1:1"


@given(
    st.sampled_from(sorted(MADE)),
    st.lists(st.tuples(st.integers(0, 4_000), st.binary(max_size=6)), min_size=1, max_size=6),
)
@settings(deadline=1_000, max_examples=300)
def test_a_mangled_recording_is_refused_or_known_and_nothing_else_happens(
    ending: str, changes: list[tuple[int, bytes]]
) -> None:
    raw = MADE[ending]()
    mangled = bytearray(raw)
    for at, new in changes:
        mangled[at % len(raw) : at % len(raw) + len(new)] = new
    try:
        assert walked(bytes(mangled), f"media/a.{ending}").ending == ending
    except UnusableFile:
        return


# --- their words -----------------------------------------------------------------------------------------------------


def hear(folder: Folder, written: str) -> None:
    folder.append("1-tea/lesson.md", f"\n{written}\n")


def test_a_recording_needs_its_words(folder: Folder) -> None:
    folder.write("media/hello.mp3", mp3())
    hear(folder, "![A greeting](media/hello.mp3)")
    problem = folder.problem()
    assert "has no words for those who can’t hear it: `media/hello.vtt` does not exist" in problem.text
    assert str(problem.location) == folder.place("1-tea/lesson.md", "media/hello.mp3")
    folder.write("media/hello.vtt", CAPTIONS)
    assert folder.problems() == []


def test_a_recording_of_a_question_needs_its_words_unless_hearing_is_what_is_asked(folder: Folder) -> None:
    folder.write("media/hello.mp3", mp3())
    stem = "stem: What makes a fresh leaf into black tea?"
    folder.edit("1-tea/questions.yaml", stem, "stem: 'What is said? ![A greeting](media/hello.mp3)'")
    problem = folder.problem()
    assert "`media/hello.vtt` does not exist" in problem.text
    assert str(problem.location) == folder.place("1-tea/questions.yaml", "media/hello.mp3")
    folder.edit("1-tea/questions.yaml", "(media/hello.mp3)", '(media/hello.mp3 "listening")')
    question = folder.load().question("tea-choice")
    assert question is not None
    assert "media/hello.mp3#" in question.stem
    assert question.stem.endswith('-0x0 "listening")')


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("![](media/hello.mp3)", "the recording `media/hello.mp3` has no title"),
        ("![hello.mp3](media/hello.mp3)", "has no title"),
        ('![](media/hello.mp3 "decorative")', 'expected nothing there, or "listening"'),
        ('![A greeting](media/leaf.png "listening")', 'expected nothing there, or "decorative"'),
        ("![A greeting](media/helo.mp3)", "the recording `media/helo.mp3` does not exist"),
    ],
)
def test_a_recording_that_cannot_be_played_as_written_is_told(folder: Folder, written: str, words: str) -> None:
    folder.write("media/hello.mp3", mp3())
    folder.write("media/hello.vtt", CAPTIONS)
    folder.write("media/helo.vtt", CAPTIONS)
    hear(folder, written)
    assert words in folder.problem().text


def test_what_is_for_listening_says_so_as_html() -> None:
    assert render_inline('![A greeting](media/hello.mp3 "listening")') == (
        '<img src="media/hello.mp3" alt="A greeting" title="listening">'
    )


def test_captions_are_read_without_their_marks_and_written_anew() -> None:
    cues, problems = read_captions(CAPTIONS, "media/hello.vtt")
    assert problems == []
    assert cues == (Cue(0, 1_500, "Ana: Buenos días."), Cue(1_500, 3_000, "Two words & more"))
    assert read_captions(written(cues), "media/hello.vtt") == (cues, [])
    assert "<" not in written(cues)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "does not begin with WEBVTT"),
        ("1\n00:00:00,000 --> 00:00:01,000\nSRT\n", 1, "does not begin with WEBVTT"),
        ("WEBVTT\n", 1, "hold no words"),
        ("WEBVTT\n\nHello\n", 3, "there is no time above these words"),
        ("WEBVTT\n\n00:00,000 --> 00:01,000\nHello\n", 3, "the times can't be read"),
        ("WEBVTT\n\n1\n00:02.000 --> 00:01.000\nHello\n", 4, "the times are not in order"),
        ("WEBVTT\n\n00:02.000 --> 00:03.000\nA\n\n00:01.000 --> 00:04.000\nB\n", 6, "the times are not in order"),
    ],
)
def test_captions_that_cannot_be_read_are_told_with_their_line(
    folder: Folder, text: str, line: int, words: str
) -> None:
    folder.write("media/hello.vtt", text)
    problem = folder.problem()
    assert words in problem.text
    assert str(problem.location) == f"media/hello.vtt:{line}:1"


@given(st.text(alphabet="WEBVT \n0123456789:.->&<v/;é", max_size=200))
@settings(deadline=1_000, max_examples=200)
def test_any_text_is_captions_or_is_told(text: str) -> None:
    cues, problems = read_captions("WEBVTT\n\n00:00.000 --> 00:01.000\n" + text, "media/a.vtt")
    assert cues or problems
    if not problems:
        assert read_captions(written(cues), "media/a.vtt")[0] == cues


def test_captions_are_a_text_that_the_editor_takes_and_recordings_are_none(folder: Folder) -> None:
    folder.write("media/hello.mp3", mp3())
    folder.write("media/hello.vtt", CAPTIONS)
    store = CourseStore(folder.path)
    assert [path for path in store.files() if path.startswith("media")] == ["media/hello.vtt"]
    assert store.read("media/hello.vtt")[0] == CAPTIONS
