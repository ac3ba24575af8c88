"""Compiled templates are kept, made anew when their text changes, and never in the way."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from webapp.ui.rendering import CompiledTemplates


def environment(templates: Path, kept: Path) -> Environment:
    """One as a server that starts has it: nothing in memory."""
    return Environment(
        loader=FileSystemLoader(templates), bytecode_cache=CompiledTemplates(str(kept), "%s.compiled"), autoescape=True
    )


def test_a_template_is_compiled_once_and_anew_when_it_changes(tmp_path: Path) -> None:
    templates, kept = tmp_path / "templates", tmp_path / "data" / "kept"
    templates.mkdir()
    (templates / "page.html").write_text("one {{ 1 + 1 }}")
    assert environment(templates, kept).get_template("page.html").render() == "one 2"
    (file,) = kept.iterdir()
    written = file.read_bytes(), file.stat().st_mtime_ns
    assert environment(templates, kept).get_template("page.html").render() == "one 2"
    assert (file.read_bytes(), file.stat().st_mtime_ns) == written
    (templates / "page.html").write_text("two {{ 1 + 2 }}")
    assert environment(templates, kept).get_template("page.html").render() == "two 3"
    assert list(kept.iterdir()) == [file]


def test_what_is_kept_may_be_broken_or_not_be_there(tmp_path: Path) -> None:
    templates, kept = tmp_path / "templates", tmp_path / "kept"
    templates.mkdir()
    (templates / "page.html").write_text("one")
    environment(templates, kept).get_template("page.html")
    (file,) = kept.iterdir()
    file.write_bytes(file.read_bytes()[:60] + b"broken")
    assert environment(templates, kept).get_template("page.html").render() == "one"
    blocked = tmp_path / "a file"
    blocked.write_text("where the folder would be")
    assert environment(templates, blocked / "kept").get_template("page.html").render() == "one"
