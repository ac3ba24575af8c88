"""The history of a course's files where the course lies in a git repository (WEBAPP_GIT): git's own, and no second one.

A save in the browser is a commit; what was changed on disk and not committed is committed before it, so that the two
stay apart. What others push to the branch that this one follows is brought in by a chore, and what was saved here is
sent; where both changed the same place, somebody decides on a page, and until then both sides are kept.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from werkzeug.exceptions import NotFound

from webapp.content.folder_store import CourseStore, exclusive
from webapp.content.git_repository import COMMITTER, BranchStanding, GitFailed, Repository
from webapp.web import current
from webapp.web.paging import PageOf

#: the newest versions of a file among which the one is looked for that somebody had opened
LOOKED_BACK = 50
#: what a commit says of edits that were there already
ON_DISK = "Changed on disk"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CommittedVersion:
    """A file as a commit has it."""

    #: the name of the commit
    id: str
    path: str
    text: str
    digest: str
    author_name: str
    at: datetime
    note: str
    origin: str = "commit"


def versions(repository: Repository, path: str, number: int = 1, size: int = 30) -> PageOf[CommittedVersion]:
    """The versions of a file without their texts, the newest first, a page of them."""
    total = repository.count(path)
    pages = max(1, -(-total // size))
    number = min(max(1, number), pages)
    commits = repository.log(path, skip=(number - 1) * size, number=size)
    found = [CommittedVersion(each.id, path, "", "", each.author, each.at, each.message) for each in commits]
    return PageOf(found, number, pages, total)


def version(repository: Repository, commit: str, path: str) -> CommittedVersion:
    """A file as a commit of this branch has it. Raises NotFound."""
    found = repository.commit_of(commit)
    raw = repository.bytes_of(commit, path) if found is not None else None
    if found is None or raw is None:
        raise NotFound
    return CommittedVersion(
        found.id, path, decoded(raw), sha256(raw).hexdigest(), found.author, found.at, found.message
    )


def before(repository: Repository, given: CommittedVersion) -> CommittedVersion | None:
    """The version of the same file before this one."""
    commit = repository.before(given.id, given.path)
    try:
        return version(repository, commit, given.path) if commit is not None else None
    except NotFound:  # the file was deleted, and came back
        return None


def text_of(repository: Repository, path: str, digest: str) -> str | None:
    """A file as it was under a digest of its bytes, or None when none of its newest versions has that."""
    for commit in repository.log(path, number=LOOKED_BACK):
        raw = repository.bytes_of(commit.id, path)
        if raw is not None and sha256(raw).hexdigest() == digest:
            return decoded(raw)
    return None


def notice(store: CourseStore, paths: Sequence[str], now: datetime) -> None:
    """Commits what somebody changed in these files on disk, before they are saved over."""
    repository = _repository(store)
    changed = set(repository.uncommitted())
    if touched := [path for path in paths if path in changed]:
        name, email = COMMITTER
        _commit(store, touched, ON_DISK, name, email, now)


def record(store: CourseStore, paths: Sequence[str], note: str, *, user: Any, now: datetime) -> None:
    """Commits what was just saved, all of it in one, by who saved it.

    The files are written already. Where git fails, they are committed at the next save, and the page of the repository
    says so until then.
    """
    name = getattr(user, "name", "") or COMMITTER[0]
    _commit(store, paths, note, name, getattr(user, "email", None) or "", now)


def _commit(store: CourseStore, paths: Sequence[str], note: str, author: str, email: str, now: datetime) -> None:
    try:
        with store.exclusive():
            _repository(store).commit(paths, note, author=author, email=email, at=now)
    except GitFailed as error:
        log.error("What was saved in %s was not committed: %s", ", ".join(paths), error)


def bring_in(repository: Repository, cache: Path) -> BranchStanding | None:
    """Fetches what was pushed elsewhere, merges what can be, and sends what was saved here. `cache` is where the lock
    lies that whoever saves takes.

    None for a branch that follows no other. Raises GitFailed; nothing is half done then.
    """
    if repository.upstream() is None:
        return None
    repository.fetch()
    standing = repository.standing()
    if standing.behind and not standing.clashes:
        with exclusive(repository.folder, cache):
            repository.merge()
        standing = repository.standing()
    if standing.ahead and not standing.behind:
        repository.push()
        standing = repository.standing()
    return standing


def bring_in_aside() -> None:
    """The chore: `bring_in` for each repository that has courses of this server, also after one where git failed."""
    failed: list[GitFailed] = []
    for repository in current.courses().repositories():
        try:
            bring_in(repository, current.cache())
        except GitFailed as error:
            failed.append(error)
    if failed:
        raise failed[0]


def decide(store: CourseStore, texts: Mapping[str, str], *, user: Any) -> None:
    """Makes the merge that waited for somebody, with these texts of the files that clash, and sends it.

    Raises GitFailed, also where other files clash by now; nothing is changed then.
    """
    repository = _repository(store)
    with store.exclusive():
        repository.merge(texts, author=getattr(user, "name", ""), email=getattr(user, "email", None) or "")
    repository.push()


def _repository(store: CourseStore) -> Repository:
    assert store.repository is not None, "only where WEBAPP_GIT is on"
    return store.repository


def decoded(raw: bytes) -> str:
    """The text of a file with these bytes, as the app reads it."""
    return raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")
