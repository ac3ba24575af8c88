"""The documentation says what is so: what it names exists, and what exists is named.

Its walk-throughs are followed by test_walkthroughs.py.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from tests.clients import within
from webapp.commands import group
from webapp.config import Settings
from webapp.questions import TYPES

ROOT = Path(__file__).parent.parent
WEBAPP = ROOT / "webapp"
DOCUMENTS = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


# --- what the documentation names, exists ----------------------------------------------------------------------------


@cache
def sources() -> dict[Path, str]:
    """The texts of everything that is written by hand, but for the documentation, by their paths."""
    folders = ("webapp", "tests", "migrations", "benchmarks", "question_bank")
    kinds = {".py", ".html", ".js", ".css", ".yaml", ".md", ".po", ".mako"}
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in kinds]
    paths += [ROOT / name for name in ("Makefile", "pyproject.toml", "package.json", "README.md", "CHANGELOG.md")]
    here = Path(__file__)
    return {path: path.read_text() for path in paths if path != here and "vendor" not in path.parts}


@cache
def corpus() -> str:
    return "\n".join(sources().values())


@cache
def words() -> frozenset[str]:
    return frozenset(re.findall(r"[\w-]+", corpus())) | frozenset(re.findall(r"\w+", corpus()))


def names_in(page: Path) -> list[str]:
    """Everything between backticks, outside of code blocks."""
    return sorted(set(re.findall(r"`([^`\n]+)`", FENCE.sub("", page.read_text()))))


def made_by(page: Path) -> tuple[str, frozenset[str]]:
    """What a page tells its reader to write: texts, and paths of files. (test_walkthroughs.py tries them.)"""
    text = page.read_text()
    blocks = "\n".join(block for _language, block in FENCE.findall(text))
    return blocks, frozenset(re.findall(r"^(?:New file|In) `([^`]+)`:$", text, re.MULTILINE))


def is_command(name: str, written: str) -> bool:
    """Whether `webapp a b --option` is one, or is made by the page itself."""
    found: click.Command | None = group
    for part in shlex.split(name)[1:]:
        if isinstance(found, click.Group) and not part.startswith("-"):
            found = found.get_command(click.Context(found), part)
            if found is None:
                return f'"{part}": ("webapp.commands.{part}"' in written
        elif part.startswith("--") and found is not None:
            options = {option for parameter in found.params for option in parameter.opts} | {"--help"}
            if part.partition("=")[0] not in options:
                return False
    return True


def is_module_or_part_of_one(name: str) -> bool:
    """Whether `quizzes.answering.answer` can be imported, with or without `webapp.` in front."""
    parts = name.removesuffix("()").split(".")
    for full in (parts, ["webapp", *parts]):
        for cut in range(len(full), 0, -1):
            try:
                found: Any = importlib.import_module(".".join(full[:cut]))
            except ImportError:
                continue
            try:
                for part in full[cut:]:
                    found = getattr(found, part, None) or found.__annotations__[part]
            except (AttributeError, KeyError):
                break
            return True
    return False


def is_path(name: str) -> bool:
    """Whether it is a file or folder of the checkout; `pages/` is the name of one anywhere in webapp."""
    bare = name.rstrip("/")
    if "/" not in bare:
        kind = Path.is_dir if name.endswith("/") else Path.is_file
        return any(kind(path) for folder in (ROOT, WEBAPP) for path in (folder / bare, *folder.glob(f"*/{bare}"))) or (
            any(path.name == bare for path in sources())
        )
    return any(any(folder.glob(bare)) for folder in (ROOT, WEBAPP))


def is_address(app: Flask, name: str) -> bool:
    """Of the site, or within a course, as tests say it; such an address leads there."""
    for path in (name, within(name)):
        try:
            app.url_map.bind("localhost").match(path, return_rule=True)
        except RequestRedirect:
            return True
        except NotFound:
            continue
        return True
    return False


def exists(app: Flask, name: str, page: Path) -> bool:
    """Whether there is what a page calls by this name."""
    written, new_files = made_by(page)
    if name in new_files or name in written:
        return True
    first = name.split()[0]
    if first == "make":
        return bool(re.search(rf"^{re.escape(name.split()[1])}:", (ROOT / "Makefile").read_text(), re.MULTILINE))
    if first == "npm":
        scripts = json.loads((ROOT / "package.json").read_text())["scripts"]
        return name.removeprefix("npm").removeprefix(" run").strip() in scripts
    if first in ("webapp", ".venv/bin/webapp"):
        return is_command(name, written)
    if name.startswith("WEBAPP_"):
        variable = name.partition("=")[0]
        return variable in {row[0] for row in Settings.variables()} or variable == "WEBAPP_"
    if name.startswith("/"):
        return is_address(app, name)
    if name.startswith("test_"):
        return bool(re.search(rf"^def {name}\b", corpus() + Path(__file__).read_text(), re.MULTILINE))
    if re.fullmatch(r"[\w.*-]+/[\w.*/-]*|\.?[\w-]+\.(py|md|html|js|css|ya?ml|toml|po|mo|json|lock)|\.[a-z]+", name):
        return is_path(name) or name in (ROOT / ".gitignore").read_text().split()
    if re.fullmatch(r"[a-z_]\w*(\.\w+)+(\(\))?", name):
        return is_module_or_part_of_one(name) or name in corpus()
    if re.fullmatch(r"[\w-]+(\(\))?", name):
        return name.removesuffix("()") in words()
    return name in corpus()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_page_names_exists(app: Flask, document: Path) -> None:
    missing = [name for name in names_in(document) if not exists(app, name, document)]
    assert not missing, f"{document.name} names what is not there (any more): {missing}"


def test_a_name_that_is_gone_would_be_noticed(app: Flask) -> None:
    page = ROOT / "docs" / "architecture.md"
    for name in (
        "quizzes.answering.anwser", "webapp/quizes/", "make tset", "webapp db downgrade", "webapp db backup --quick",
        "WEBAPP_PROT", "/instructor/gradesheet", "test_that_nobody_wrote", "gradeslot", "modles.py", "npm run chekc",
        "with_ap", "@access.opened_to",
    ):  # fmt: skip
        assert not exists(app, name, page), name


def anchors(page: Path) -> set[str]:
    """What a link into a page can lead to, as GitHub makes it from headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "README.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]*#?[^)\s]*)\)", FENCE.sub("", document.read_text())):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        other = (document.parent / path) if path else document
        assert other.exists(), f"{document.name} links to {target}"
        assert not anchor or anchor in anchors(other), f"{document.name} links to {target}"


# --- what exists, is named -------------------------------------------------------------------------------------------


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name


def test_the_floors_are_those_that_imports_are_held_to() -> None:
    contract = next(each for each in PYPROJECT["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    rooms = [[room.strip() for room in layer.split("|")] for layer in contract["layers"]]
    drawn = ARCHITECTURE.split("<!-- floors -->")[1].split("<!-- /floors -->")[0]
    floors = [line.split("│")[1].split() for line in drawn.splitlines() if line.count("│") == 2]
    assert floors == [floor for floor in rooms if floor != ["__main__"]]


def test_every_room_has_its_line() -> None:
    table = ARCHITECTURE.split("## The rooms")[1].split("\n##")[0]
    told = set(re.findall(r"^\| `(\w+)(?:/|\.py)` \|", table, re.MULTILINE))
    rooms = {path.stem for path in WEBAPP.iterdir() if not path.name.startswith(("_", "."))}
    assert told == rooms


def leaves(command: click.Command, name: str) -> Iterator[str]:
    """The commands below one, as they are typed."""
    if isinstance(command, click.Group):
        for inner in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), inner)
            assert found is not None
            yield from leaves(found, f"{name} {inner}")
    else:
        yield name


def test_every_command_is_described() -> None:
    table = ARCHITECTURE.split("## The commands")[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `(webapp [a-z ]+)` \|", table, re.MULTILINE))
    assert told == set(leaves(group, "webapp"))


def test_every_question_type_is_named() -> None:
    assert not [name for name in TYPES if f"`{name}`" not in ARCHITECTURE]


def test_every_hook_of_create_app_is_described() -> None:
    """What `_connect_hooks` connects, and the functions that `_connect_web` gives to a room from another."""
    functions = {
        node.name: node
        for node in ast.walk(ast.parse((WEBAPP / "__init__.py").read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    connected = set()
    for node in ast.walk(functions["_connect_hooks"]):
        if isinstance(node, ast.Call):
            connected |= {given.attr for given in node.args if isinstance(given, ast.Attribute)}
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            connected.add(str(node.slice.value))
    for node in ast.walk(functions["_connect_web"]):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".init_app"):
            values = [keyword.value for keyword in node.keywords]
            connected |= {
                value.attr
                for value in values
                if isinstance(value, ast.Attribute) and ast.unparse(value.value) != "settings"
            }
    assert {"learn", "review_waiting", "csrf_failed"} <= connected
    told = ARCHITECTURE.split("## The hooks")[1].split("\n## ")[0]
    assert not [name for name in sorted(connected) if not re.search(rf"\b{name}`", told)]


def test_every_marker_and_every_make_target_is_described() -> None:
    markers = [marker.partition(":")[0] for marker in PYPROJECT["tool"]["pytest"]["ini_options"]["markers"]]
    assert not [marker for marker in markers if f"`{marker}`" not in CONTRIBUTING]
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    assert not [target for target in targets[1].split() if f"make {target}" not in CONTRIBUTING]


def test_the_glossary_stands_by_the_alphabet_and_every_word_has_its_owner() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \| (.+?) \|$", glossary, re.MULTILINE)
    assert [term.casefold() for term, _meaning, _owner in rows] == sorted(term.casefold() for term, *_ in rows)
    assert not [term for term, _meaning, owner in rows if not re.fullmatch(r"`[\w./-]+`", owner)]


def test_the_hooks_before_a_commit_need_no_network() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    for hook in config["repos"][0]["hooks"]:
        assert hook["language"] == "system", hook["id"]
        assert hook["entry"].startswith((".venv/bin/", "sh -c 'test ! -x node_modules/.bin/")), hook["id"]
