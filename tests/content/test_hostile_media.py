"""Files in `media/` that mean harm or are mangled: refused in words, in bounded time and memory, and nothing of them
reaches a browser."""

from __future__ import annotations

import os
import struct
import time
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.content.conftest import Folder
from tests.pictures import photograph, picture
from tests.time_limits import CROWDED
from webapp.content.media import folder as media
from webapp.content.media.pictures import LARGEST, UnusableFile, drawn, examined

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<html><script>alert(1)</script></html>"
ARCHIVE = b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, data: bytes = b"", bits: int = 8, colour: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    raw = BytesIO()
    frames[0].save(raw, kind, save_all=True, append_images=frames[1:])
    return raw.getvalue()


REFUSED = {
    "nothing": ("a.png", b"", "the file is empty"),
    "text": ("a.png", b"hello", "holds no picture"),
    "a drawing with a program": ("a.png", SVG, "is an SVG drawing, which may hold programs"),
    "a drawing called by its name": ("a.svg", SVG, "is an SVG drawing"),
    "a drawing behind a byte order mark": ("a.png", b"\xef\xbb\xbf" + SVG, "is an SVG drawing"),
    "a page": ("a.png", PAGE, "holds no picture"),
    "a page behind a signature": ("a.png", b"\x89PNG\r\n\x1a\n" + PAGE, "is a damaged picture"),
    "a GIF": ("a.gif", picture("GIF"), "is a GIF picture"),
    "a GIF called otherwise": ("a.png", picture("GIF"), "is a GIF picture"),
    "a BMP": ("a.png", picture("BMP"), "holds no picture"),
    "a TIFF": ("a.jpg", picture("TIFF"), "holds no picture"),
    "an icon": ("a.png", picture("ICO"), "holds no picture"),
    "a PDF": ("a.png", b"%PDF-1.7\n", "holds no picture"),
    "PostScript": ("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "holds no picture"),
    "another kind than its name": ("a.png", picture("JPEG"), "call it media/a.jpg"),
    "a name without the right ending": ("a.webp", picture("PNG"), "call it media/a.png"),
    "a picture cut short": ("a.png", picture(size=(300, 300))[:-60], "damaged"),
    "a photograph cut short": ("a.jpg", picture("JPEG", (300, 300))[:-200], "damaged"),
    "a WebP cut short": ("a.webp", picture("WEBP", (300, 300))[:-50], "damaged"),
    "a page behind a picture": ("a.png", picture() + PAGE, "something else stands behind the picture"),
    "an archive behind a picture": ("a.png", picture() + ARCHIVE, "something else stands behind the picture"),
    "an archive behind a photograph": ("a.jpg", picture("JPEG") + ARCHIVE, "something else stands behind"),
    "a page behind a WebP": ("a.webp", picture("WEBP") + PAGE, "something else stands behind the picture"),
    "a film": ("a.png", moving("PNG"), "the picture moves"),
    "a film as WebP": ("a.webp", moving("WEBP"), "the picture moves"),
    "16 bits": ("a.png", picture("PNG", mode="I;16"), "more than 8 bits"),
    "one side too long": ("a.png", png(20_000, 10), "20,000 × 10 pixels"),
    "many pixels": ("a.png", png(9_000, 9_000), "pixels"),
    "a bomb": ("a.png", png(60_000, 60_000), "pixels"),
    "a bomb of a photograph": (
        "a.jpg", picture("JPEG").replace(struct.pack(">HH", 30, 40), struct.pack(">HH", 65_000, 65_000)), "pixels",
    ),
    "no pixels": ("a.png", png(0, 0), "damaged"),
    "data that is another's": ("a.png", png(300, 300, b"short"), "damaged"),
    "a remark that unpacks to a gigabyte": (
        "a.png",
        picture()[:33] + chunk(b"zTXt", b"c\0\0" + zlib.compress(b"\0" * 200_000_000)) + picture()[33:],
        "damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_to_show_is_refused_with_a_word(folder: Folder, name: str) -> None:
    file, raw, words = REFUSED[name]
    folder.write(f"media/{file}", raw)
    began = time.process_time()
    tracemalloc.start()
    problem = folder.problem()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert words in problem.text
    assert str(problem.location) == f"media/{file}:1:1"
    assert time.process_time() - began < 3 * CROWDED
    assert peak < 60_000_000


@pytest.mark.parametrize(
    "name", ["my leaf.png", "Blätter.png", "leaf.png.html", "leaf", "a" * 90 + ".png", "a'b.png", "a\"onload=x.png",
             "<script>.png", "-leaf.png", "leaf..png", "leaf.png ", "a&b.png", "a%2fb.png", "a#b.png", "a?b.png"],
)  # fmt: skip
def test_a_name_that_cannot_be_written_in_a_text_is_told(folder: Folder, name: str) -> None:
    folder.write(f"media/{name}", picture())
    assert folder.problem().text.startswith("the name can't be written in a text")


def test_hidden_files_of_file_managers_are_passed_over(folder: Folder) -> None:
    folder.write("media/.DS_Store", b"x")
    assert folder.problems() == []


def test_a_folder_a_pipe_and_a_link_out_are_no_pictures(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(picture())
    (folder.path / "media" / "more.png").mkdir(parents=True)
    os.mkfifo(folder.path / "media" / "pipe.png")
    (folder.path / "media" / "link.png").symlink_to(tmp_path / "outside.png")
    told = {problem.location.file: problem.message for problem in folder.problems()}
    assert told["media/more.png"] == told["media/pipe.png"] == "this is no file"
    assert "leads out of the course folder" in told["media/link.png"]


def test_a_folder_that_leads_out_is_not_read(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "leaf.png").write_bytes(picture())
    (folder.path / "media").symlink_to(tmp_path / "elsewhere")
    assert "leads out of the course folder" in folder.problem().text


def test_a_file_that_is_too_big_is_not_read(folder: Folder) -> None:
    path = folder.path / "media" / "a.png"
    path.parent.mkdir()
    with path.open("wb") as stream:
        stream.truncate(LARGEST * 50)
    assert "expected at most 10 MB" in folder.problem().text


def test_a_course_has_no_more_files_and_bytes_than_fit(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        folder.write(f"media/leaf-{number}.png", picture())
    monkeypatch.setattr(media, "MOST_FILES", 3)
    assert "the folder has 4 files" in folder.problem().text
    monkeypatch.setattr(media, "MOST_FILES", 4)
    monkeypatch.setattr(media, "MOST_BYTES", 3 * len(picture()))
    assert "the folder has 4 files" in folder.problem().text


def test_what_hides_in_a_picture_is_refused_or_does_not_come_along(folder: Folder) -> None:
    """A polyglot that is a picture to its last byte: what it hides stands in its metadata."""
    raw = picture()
    hidden = raw[:33] + chunk(b"tEXt", b"Comment\0" + PAGE) + chunk(b"prVt", ARCHIVE) + raw[33:]
    assert examined(hidden, "media/a.png") == (40, 30)
    remark = Image.Exif()
    remark[0x010E] = PAGE.decode()
    for made in (drawn(hidden, 40), drawn(photograph(icc_profile=PAGE), 40), drawn(picture("WEBP", exif=remark), 40)):
        assert b"script" not in made
        assert b"PK" not in made


def test_a_colour_profile_is_kept_and_one_that_is_none_is_not() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("PNG", "JPEG", "WEBP"):
        assert Image.open(BytesIO(drawn(picture(kind, icc_profile=profile), 40))).info["icc_profile"] == profile
        assert "icc_profile" not in Image.open(BytesIO(drawn(picture(kind, icc_profile=b"x" * 400), 40))).info


@given(
    st.sampled_from([picture(), photograph(), picture("WEBP"), moving("PNG")]),
    st.lists(st.tuples(st.integers(0, 2_000), st.binary(max_size=6)), min_size=1, max_size=6),
)
@settings(max_examples=200)
def test_a_mangled_picture_is_refused_or_drawn_and_nothing_else_happens(
    raw: bytes, changes: list[tuple[int, bytes]]
) -> None:
    mangled = bytearray(raw)
    for at, new in changes:
        mangled[at % len(raw) : at % len(raw) + len(new)] = new
    for ending in ("png", "jpg", "webp"):
        try:
            width, height = examined(bytes(mangled), f"media/a.{ending}")
        except UnusableFile:
            continue
        assert 1 <= width <= 12_000
        assert Image.open(BytesIO(drawn(bytes(mangled), width))).size == (width, height)
