"""A course in a git repository, by real git: what was committed, a commit for each save, and what others pushed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from webapp.content.git_repository import GitFailed, NoRepository, Repository

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
Git = Callable[..., str]


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git as somebody has it who set nothing up."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / ".gitconfig").write_text("[init]\n\tdefaultBranch = main\n")


def git(folder: Path, *arguments: str) -> str:
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Greta Git"), ("EMAIL", "greta@example.org"))}  # fmt: skip
    done = subprocess.run(["git", "-C", str(folder), *arguments], env=os.environ | who, capture_output=True, text=True,
                          check=True)  # fmt: skip
    return done.stdout


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course folder below the top of its repository, with one commit, that follows a branch elsewhere."""
    git(tmp_path, "init", "--quiet", "-b", "main", "--bare", "elsewhere.git")
    git(tmp_path, "clone", "--quiet", str(tmp_path / "elsewhere.git"), "here")
    folder = tmp_path / "here" / "courses" / "physics"
    folder.mkdir(parents=True)
    (folder / "course.yaml").write_text("id: physics\n")
    (folder / "lesson.md").write_text("one\ntwo\nthree\nfour\nfive\n")
    git(tmp_path / "here", "add", "--all")
    git(tmp_path / "here", "commit", "--quiet", "-m", "A course")
    git(tmp_path / "here", "push", "--quiet", "-u", "origin", "main")
    return folder


@pytest.fixture
def colleague(tmp_path: Path, course: Path) -> Path:
    """The course folder of somebody else's clone."""
    git(tmp_path, "clone", "--quiet", str(tmp_path / "elsewhere.git"), "there")
    return tmp_path / "there" / "courses" / "physics"


def push(folder: Path, name: str, text: str, message: str = "From elsewhere") -> None:
    (folder / name).write_text(text)
    git(folder, "commit", "--quiet", "-am", message)
    git(folder, "push", "--quiet")


def save(repository: Repository, name: str, text: str, message: str = "Saved here") -> str | None:
    (repository.folder / name).write_text(text)
    return repository.commit([name], message, author="Ada Author", email="ada@example.org", at=AT)


def test_a_save_is_a_commit_with_its_author_and_time(course: Path) -> None:
    repository = Repository(course)
    name = save(repository, "lesson.md", "uno\n", "Begin in Spanish\n\nBecause the course is for Spain.")
    newest, first = repository.log("lesson.md")
    assert (newest.id, newest.author, newest.at) == (name, "Ada Author", AT)
    assert newest.message == "Begin in Spanish\n\nBecause the course is for Spain."
    assert (first.author, first.message) == ("Greta Git", "A course")
    assert repository.count("lesson.md") == 2
    assert repository.count("course.yaml") == 1
    assert repository.text(newest.id, "lesson.md") == "uno\n"
    assert repository.before(newest.id, "lesson.md") == first.id
    assert repository.before(first.id, "lesson.md") is None


def test_nothing_else_is_committed_staged_or_not(course: Path) -> None:
    repository = Repository(course)
    (course / "course.yaml").write_text("id: chemistry\n")
    git(course, "add", "course.yaml")
    (course / "notes.md").write_text("mine\n")
    save(repository, "lesson.md", "uno\n")
    assert git(course, "show", "--name-only", "--format=", "HEAD").split() == ["courses/physics/lesson.md"]
    assert git(course, "diff", "--cached", "--name-only").split() == ["courses/physics/course.yaml"]
    assert sorted(repository.uncommitted()) == ["course.yaml", "notes.md"]
    assert not repository.is_committed("notes.md")


def test_saving_what_is_there_already_makes_no_commit(course: Path) -> None:
    repository = Repository(course)
    assert save(repository, "lesson.md", (course / "lesson.md").read_text()) is None
    assert repository.count("lesson.md") == 1


@pytest.mark.parametrize("name", ["Eve <evil@example.org>", "Eve\nDate: 1970", "", "“Eve”"])
def test_a_name_can_say_nothing_but_a_name(course: Path, name: str) -> None:
    repository = Repository(course)
    (course / "lesson.md").write_text("uno\n")
    assert repository.commit(["lesson.md"], "-m", author=name, email="", at=AT)
    (newest, _first) = repository.log("lesson.md")
    assert newest.message == "-m"
    assert "<" not in newest.author
    assert "\n" not in newest.author


@pytest.mark.parametrize("path", ["*.md", ":/", "lesson.md\n", "../physics/lesson.md"])
def test_a_path_is_no_pattern(course: Path, path: str) -> None:
    """It names a file or nothing."""
    repository = Repository(course)
    save(repository, "lesson.md", "uno\n")
    if path != "../physics/lesson.md":
        assert repository.log(path) == []
    assert repository.text("HEAD", path) is None


@pytest.mark.parametrize("name", ["HEAD", "main", "--all", "0" * 40, "f" * 39, "HEAD:course.yaml"])
def test_only_a_commit_of_the_branch_is_one(course: Path, name: str) -> None:
    assert Repository(course).commit_of(name) is None


def test_a_commit_of_another_branch_is_not_shown(course: Path) -> None:
    git(course, "checkout", "--quiet", "-b", "exam")
    (course / "lesson.md").write_text("the exam\n")
    git(course, "commit", "--quiet", "-am", "The exam")
    secret = git(course, "rev-parse", "HEAD").strip()
    git(course, "checkout", "--quiet", "main")
    assert Repository(course).commit_of(secret) is None


def test_what_was_pushed_elsewhere_is_brought_in(course: Path, colleague: Path) -> None:
    push(colleague, "lesson.md", "one\ntwo\nthree\nfour\nsix\n")
    repository = Repository(course)
    repository.fetch()
    standing = repository.standing()
    assert (standing.ahead, standing.behind, standing.clashes) == (0, 1, ())
    repository.merge()
    assert (course / "lesson.md").read_text().endswith("six\n")
    assert repository.log("lesson.md")[0].message == "From elsewhere"


def test_two_who_changed_different_places_are_merged_and_sent_back(course: Path, colleague: Path) -> None:
    push(colleague, "lesson.md", "one\ntwo\nthree\nfour\nsix\n")
    repository = Repository(course)
    save(repository, "lesson.md", "zero\ntwo\nthree\nfour\nfive\n")
    repository.fetch()
    standing = repository.standing()
    assert (standing.ahead, standing.behind, standing.clashes) == (1, 1, ())
    repository.merge()
    assert (course / "lesson.md").read_text() == "zero\ntwo\nthree\nfour\nsix\n"
    repository.push()
    git(colleague, "pull", "--quiet")
    assert (colleague / "lesson.md").read_text() == "zero\ntwo\nthree\nfour\nsix\n"


def test_two_who_changed_one_place_lose_nothing_and_somebody_decides(course: Path, colleague: Path) -> None:
    push(colleague, "lesson.md", "there\ntwo\nthree\nfour\nfive\n")
    repository = Repository(course)
    save(repository, "lesson.md", "here\ntwo\nthree\nfour\nfive\n")
    repository.fetch()
    assert repository.standing().clashes == ("lesson.md",)
    with pytest.raises(GitFailed):
        repository.merge()
    assert (course / "lesson.md").read_text().startswith("here\n")
    assert git(course, "status", "--porcelain") == ""
    clash = repository.clash("lesson.md")
    assert [text.splitlines()[0] for text in (clash.before, clash.here, clash.elsewhere) if text] == [
        "one",
        "here",
        "there",
    ]

    repository.merge({"lesson.md": "both\ntwo\nthree\nfour\nfive\n"}, author="Ada Author", email="ada@example.org")
    assert (course / "lesson.md").read_text().startswith("both\n")
    assert git(course, "log", "-1", "--format=%an").strip() == "Ada Author"
    assert len(git(course, "log", "-1", "--format=%P").split()) == 2
    assert repository.standing().behind == 0


def test_a_merge_never_takes_what_is_not_committed_with_it(course: Path, colleague: Path) -> None:
    push(colleague, "lesson.md", "there\n")
    (course / "lesson.md").write_text("being written\n")
    repository = Repository(course)
    repository.fetch()
    with pytest.raises(GitFailed):
        repository.merge()
    assert (course / "lesson.md").read_text() == "being written\n"


def test_a_folder_without_a_repository_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoRepository, match="git init"):
        Repository(tmp_path)


def test_a_machine_without_git_says_so(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoRepository, match="not installed"):
        Repository(course)


def test_another_repository_in_the_environment_is_not_taken(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere.git"))
    assert Repository(course).root == tmp_path / "here"
