"""A course folder in a git repository: what was committed, by whom, and how a file was then; a commit for each save;
and what was pushed elsewhere, brought in.

Git itself does the work, by its own program: libgit2 and dulwich know neither a repository's merge drivers nor its
attributes nor how people signed on to their server, and an instructor who types `git log` must see what the app sees.
Nothing here touches what the person at the keyboard has staged: commits name their files.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

#: seconds for what git does on this machine, and for what it does over the network
LOCAL, NETWORK = 20, 60
#: who commits where git has not been told; authors are the people who saved
COMMITTER = ("The course's server", "webapp@localhost")
#: bytes of an earlier version that are read at most
LARGEST = 8_000_000

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FIELDS = "%H%x00%an%x00%ae%x00%at%x00%B"


class GitFailed(Exception):
    """Git said no. The text is its own first line, without the folder of the server."""


class NoRepository(Exception):
    """The folder is in no git repository, or git is not there. The text says how to mend it."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `at` is when its author made it, in UTC; `message` is the whole of what it says."""

    id: str
    author: str
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A file that was changed here and elsewhere in the same place. Texts are None where the file is not there."""

    path: str
    before: str | None
    here: str | None
    elsewhere: str | None


@dataclass(frozen=True, slots=True)
class BranchStanding:
    """How the repository stands beside the branch it follows: the numbers of commits that only one side has, and the
    files that both changed in one place, relative to the course folder where they are in it."""

    ahead: int
    behind: int
    clashes: tuple[str, ...] = ()


class Repository:
    """The repository that holds a folder. Paths are relative to that folder, with forward slashes."""

    def __init__(self, folder: Path) -> None:
        """Raises NoRepository."""
        self.folder = folder
        try:
            self.root = Path(self._git("rev-parse", "--show-toplevel").strip())
        except FileNotFoundError as error:
            raise NoRepository("git is not installed on this machine") from error
        except GitFailed as error:
            if "dubious ownership" in str(error):
                raise NoRepository(
                    "the folder belongs to somebody else; run `git config --global --add safe.directory "
                    f"{folder}` as the user who runs the app"
                ) from error
            raise NoRepository(
                "the folder is in no git repository; run `git init` in it and commit what is there"
            ) from error
        self._prefix = self._git("rev-parse", "--show-prefix").strip()

    # ------------------------------------------------------------------ what was

    def log(self, path: str, *, skip: int = 0, number: int = 30) -> list[Commit]:
        """The commits that changed a file, the newest first."""
        if not self.has_commits():
            return []
        said = self._git("log", "-z", f"--format={_FIELDS}", f"--skip={skip}", f"-n{number}", "--", _literal(path))
        return _commits(said)

    def count(self, path: str) -> int:
        """How many commits changed a file."""
        if not self.has_commits():
            return 0
        return int(self._git("rev-list", "--count", "HEAD", "--", _literal(path)))

    def commit_of(self, commit: str) -> Commit | None:
        """A commit of the branch by its whole name, or None."""
        if not _COMMIT.fullmatch(commit):
            return None
        try:
            self._git("merge-base", "--is-ancestor", commit, "HEAD")
        except GitFailed:
            return None
        return _commits(self._git("log", "-z", f"--format={_FIELDS}", "-n1", commit))[0]

    def text(self, commit: str, path: str) -> str | None:
        """A file as a commit has it, or None where it has no such file."""
        raw = self.bytes_of(commit, path)
        return None if raw is None else raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")

    def bytes_of(self, commit: str, path: str) -> bytes | None:
        """The bytes of a file as a commit has it, or None where it has no such file or one that is too large."""
        name = f"{commit}:{self._prefix}{path}"
        try:
            if int(self._git("cat-file", "-s", name)) > LARGEST:
                return None
            return self._run("cat-file", "blob", name)
        except GitFailed:
            return None

    def before(self, commit: str, path: str) -> str | None:
        """The commit that changed a file before this one, by its name, or None."""
        try:
            found = self._git("log", "--format=%H", "-n1", f"{commit}^", "--", _literal(path)).strip()
        except GitFailed:  # the first commit has none before it
            return None
        return found or None

    def versions_of(self, path: str, number: int) -> list[tuple[Commit, bytes | None]]:
        """The newest commits that changed a file, the newest first, each with the bytes of the file; None where it was
        taken out, or too large to be read."""
        commits = self.log(path, number=number)
        asked = "".join(f"{commit.id}:{self._prefix}{path}\n" for commit in commits)
        return list(zip(commits, _blobs(self._run("cat-file", "--batch", given=asked.encode())), strict=True))

    def commits_of(self, paths: Sequence[str]) -> list[str]:
        """The names of the commits that changed any of these files, the newest first."""
        if not paths or not self.has_commits():
            return []
        return self._git("rev-list", "--topo-order", "HEAD", "--", *map(_literal, paths)).split()

    def paths_with(self, text: str) -> list[str]:
        """The files of the folder in which a text stands or once stood, those that changed last first."""
        if not self.has_commits():
            return []
        said = self._git("log", f"-S{text}", "--format=", "--name-only", "--no-renames", "-z", "--", ".")
        names = dict.fromkeys(name.strip("\n") for name in said.split("\0"))
        return [name.removeprefix(self._prefix) for name in names if name and name.startswith(self._prefix)]

    def is_committed(self, path: str) -> bool:
        """Whether a file is as the last commit has it."""
        return not self._git("status", "--porcelain", "--untracked-files=all", "--", _literal(path)).strip()

    def uncommitted(self) -> list[str]:
        """The files of the folder that are not as the last commit has them, new ones included."""
        said = self._git("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", ".")
        paths = [entry[3:] for entry in said.split("\0") if entry]
        return [path.removeprefix(self._prefix) for path in paths if path.startswith(self._prefix)]

    def has_commits(self) -> bool:
        try:
            self._git("rev-parse", "--verify", "--quiet", "HEAD")
        except GitFailed:
            return False
        return True

    # ------------------------------------------------------------------ saving

    def commit(self, paths: Sequence[str], message: str, *, author: str, email: str, at: datetime) -> str | None:
        """Commits these files as they are on disk, and nothing else, staged or not; gives the commit's name, or None
        where nothing of them had changed. Raises GitFailed."""
        names = [_literal(path) for path in paths]
        self._git("add", "--all", "--", *names)
        if not self._git("status", "--porcelain", "--untracked-files=no", "--", *names).strip():
            return None
        who = f"{_plain(author) or 'Somebody'} <{_plain(email)}>"
        self._git(
            "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--cleanup=whitespace", f"--author={who}",
            f"--date={at.timestamp():.0f} +0000", f"--message={message or 'Saved'}", "--only", "--", *names,
        )  # fmt: skip
        return self._git("rev-parse", "HEAD").strip()

    # ------------------------------------------------------------------ elsewhere

    def upstream(self) -> str | None:
        """The branch elsewhere that this one follows, such as `origin/main`, or None."""
        try:
            return self._git("rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}").strip() or None
        except GitFailed:
            return None

    def fetch(self) -> None:
        """Asks the server for what was pushed. Raises GitFailed."""
        self._git("fetch", "--quiet", patience=NETWORK)

    def standing(self) -> BranchStanding:
        """How this branch and the one it follows stand to each other, as far as was fetched. Changes nothing."""
        ahead, behind = (
            int(each) for each in self._git("rev-list", "--left-right", "--count", "HEAD...@{upstream}").split()
        )
        return BranchStanding(ahead, behind, self._clashes() if ahead and behind else ())

    def _clashes(self) -> tuple[str, ...]:
        # Told from the top, else names would be relative to the folder in some releases of git.
        done = self._start(
            "-C",
            str(self.root),
            "merge-tree",
            "--write-tree",
            "--name-only",
            "-z",
            "--no-messages",
            "HEAD",
            "@{upstream}",
        )
        if done.returncode == 0:
            return ()
        if done.returncode != 1:
            raise GitFailed(self._said(done))
        names = dict.fromkeys(name for name in done.stdout.decode("utf-8", "replace").split("\0")[1:] if name)
        return tuple(name.removeprefix(self._prefix) if name.startswith(self._prefix) else f"/{name}" for name in names)

    def clash(self, path: str) -> Clash:
        """The three texts of a file that both sides changed."""
        base = self._git("merge-base", "HEAD", "@{upstream}").strip()
        elsewhere = self._git("rev-parse", "@{upstream}").strip()
        return Clash(path, self.text(base, path), self.text("HEAD", path), self.text(elsewhere, path))

    def merge(self, decided: Mapping[str, str] | None = None, *, author: str = "", email: str = "") -> None:
        """Brings in what was fetched: by going forward, or by a merge where both sides have commits of their own.

        `decided` has the text of each file that clashes, all of them. Where the merge can't be made, the folder is as
        it was. Raises GitFailed.
        """
        decided = decided or {}
        who = ("-c", f"user.name={_plain(author) or COMMITTER[0]}", "-c", f"user.email={_plain(email) or COMMITTER[1]}")
        done = self._start(*who, "merge", "--quiet", "--no-verify", "--no-edit", "--no-gpg-sign", "@{upstream}")
        if done.returncode == 0:
            return
        try:
            unmerged = self._git("diff", "--name-only", "--diff-filter=U", "-z").split("\0")
            names = {name.removeprefix(self._prefix) for name in unmerged if name}
            if not names or names != set(decided):
                raise GitFailed(self._said(done))
            for path, text in decided.items():
                (self.folder / path).write_text(text, encoding="utf-8", newline="\n")
            self._git("add", "--", *map(_literal, decided))
            self._git(*who, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--no-edit")
        except (GitFailed, OSError):
            self._start("merge", "--abort")
            raise

    def push(self) -> None:
        """Sends the commits to the branch that is followed. Raises GitFailed, also where that has gone on meanwhile."""
        remote, _, branch = (self.upstream() or "").partition("/")
        self._git("push", "--quiet", remote, f"HEAD:{branch}", patience=NETWORK)

    # ------------------------------------------------------------------ git

    def _git(self, *arguments: str, patience: float = LOCAL) -> str:
        return self._run(*arguments, patience=patience).decode("utf-8", "replace")

    def _run(self, *arguments: str, patience: float = LOCAL, given: bytes = b"") -> bytes:
        done = self._start(*arguments, patience=patience, given=given)
        if done.returncode:
            raise GitFailed(self._said(done))
        return done.stdout

    def _start(
        self, *arguments: str, patience: float = LOCAL, given: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-C", str(self.folder), "-c", "core.quotePath=false", *arguments]
        try:
            return subprocess.run(  # noqa: S603 - a fixed program, and no shell reads what is given to it
                command, env=_environment(), input=given, capture_output=True,
                                  timeout=patience, check=False)  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise GitFailed(f"git did not answer within {patience:.0f} seconds") from error

    def _said(self, done: subprocess.CompletedProcess[bytes]) -> str:
        return _first_line(done.stderr or done.stdout).replace(str(self.folder), ".") or "git failed and said nothing"


def _environment() -> dict[str, str]:
    """Git's own words in English, no question on a terminal, and no other repository than that of the folder."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name == "GIT_SSH_COMMAND"
    }
    name, email = COMMITTER
    return kept | {
        "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "GIT_OPTIONAL_LOCKS": "0",
        "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email,
    }  # fmt: skip


def _blobs(said: bytes) -> Iterator[bytes | None]:
    """What `git cat-file --batch` answers: of each name that was asked for a line, and the bytes where it is a file."""
    at = 0
    while at < len(said):
        end = said.index(b"\n", at)
        head = said[at:end].split(b" ")
        at = end + 1
        if head[-1] == b"missing":
            yield None
        else:
            size = int(head[-1])
            yield said[at : at + size] if head[-2] == b"blob" and size <= LARGEST else None
            at += size + 1


def _commits(said: str) -> list[Commit]:
    parts = said.rstrip("\0").split("\0") if said.strip("\0") else []
    commits = []
    for start in range(0, len(parts) - 4, 5):
        name, author, _email, at, message = parts[start : start + 5]
        commits.append(Commit(name.strip(), author, datetime.fromtimestamp(int(at), UTC), message.strip()))
    return commits


def _literal(path: str) -> str:
    """A path as git takes it, and no pattern."""
    return f":(literal){path}"


def _plain(words: str) -> str:
    """A name or address as the head of a commit may have it."""
    return re.sub(r"[<>\x00-\x1f]", "", words).strip()


def _first_line(said: bytes) -> str:
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return next(
        (line for line in lines if line.startswith(("fatal:", "error:", "CONFLICT"))), lines[0] if lines else ""
    )[:300]
