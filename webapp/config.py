"""Settings from WEBAPP_* variables: typed, checked once at start, each documented in the README."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp import identity_providers, shipped
from webapp.content.file_names import COURSE_FILE
from webapp.identity_providers import BadProvider, IdentityProvider

EMPTY_KEY = (
    "its file secret_key is empty or cut short, as a full disk leaves it; put the copy from a backup back, or delete "
    "the file to have a new key made (everybody signs in again)"
)


class BadSetting(Exception):
    """A variable has a value the app can't start with. The text names variable, value and what is allowed."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        super().__init__(f"{name}={value!r} is not usable: {allowed}.")
        self.name, self.value, self.allowed = name, value, allowed


def _integer(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise BadSetting(name, value, f"a whole number from {low} to {high} is expected")
        return number

    return read


def _for_ever_or(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if value.strip() == "0":
            return 0
        try:
            return _integer(low, high)(name, value)
        except BadSetting:
            allowed = f"a whole number from {low} to {high} is expected, or 0 for ever"
            raise BadSetting(name, value, allowed) from None

    return read


def _one_of(*words: str) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        word = value.strip().lower()
        if word not in words:
            raise BadSetting(name, value, "allowed are " + ", ".join(words[:-1]) + " and " + words[-1])
        return word

    return read


def _switch(name: str, value: str) -> bool:
    return _one_of("on", "off")(name, value) == "on"


def _text(name: str, value: str) -> str:
    return value


def _path(name: str, value: str) -> Path:
    return Path(value).expanduser().resolve()


def _host_and_port(name: str, value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not _HOST.fullmatch(host) or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise BadSetting(name, value, "an address of this machine with a port, such as 127.0.0.1:9100, is expected")
    return host.strip("[]"), int(port)


def _course_folder(name: str, value: str) -> Path:
    path = _path(name, value)
    if not path.is_dir():
        raise BadSetting(name, value, f"the folder of a course (it holds {COURSE_FILE}) is expected, and none is there")
    return path


_HOST = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_LOOPBACK = ("localhost", "::1")
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104


def _hosts(name: str, value: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in value.split(",") if host.strip())
    for host in hosts:
        if len(host) > 260 or not _HOST.fullmatch(host):
            raise BadSetting(name, value, "names such as quiz.example.org, with commas between them, are expected")
    return hosts


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    return host in _LOOPBACK or host.startswith("127.")


def _secret(name: str, value: str) -> str:
    if len(value) < 16:
        raise BadSetting(name, "…", "at least 16 characters are needed; leave it out to have one made")
    return value


def _database_url(name: str, value: str) -> str:
    for short in ("postgres://", "postgresql://"):
        if value.startswith(short):
            return "postgresql+psycopg://" + value.removeprefix(short)
    if value.startswith(("postgresql+psycopg://", "sqlite:///")):
        return value
    raise BadSetting(name, value.split("@")[-1], "an address that starts with postgresql:// or sqlite:/// is expected")


_QUOTED = re.compile(r"""^(["'])(.*)\1$""")


def environment(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The variables, with those that stand in the file WEBAPP_SETTINGS_FILE: NAME=value on each line, as systemd reads
    such files (quotes around a value, # before a remark). What is set in both counts as it is in the environment.

    Raises BadSetting for a file that can't be read.
    """
    path = environ.get("WEBAPP_SETTINGS_FILE", "")
    if not path:
        return environ
    found = {}
    try:
        for line in Path(path).expanduser().read_text(encoding="utf-8").splitlines():
            name, equals, value = (part.strip() for part in line.partition("="))
            if not name or name.startswith(("#", ";")):
                continue
            if not equals or not name.startswith("WEBAPP_") or name == "WEBAPP_SETTINGS_FILE":
                allowed = f"its lines are settings, such as WEBAPP_PORT=8000, and one begins with {name[:30]!r}"
                raise BadSetting("WEBAPP_SETTINGS_FILE", path, allowed)
            quoted = _QUOTED.match(value)
            found[name] = quoted[2] if quoted else value
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise BadSetting("WEBAPP_SETTINGS_FILE", path, f"a file with settings is expected ({why})") from error
    return found | {name: value for name, value in environ.items() if value != "" or name not in found}


def course_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the course in force: the one WEBAPP_BANK names, else `question_bank` in the current folder, else
    the course that ships. Raises BadSetting where WEBAPP_BANK names no folder."""
    environ = environment(environ)
    if named := environ.get("WEBAPP_BANK"):
        return _course_folder("WEBAPP_BANK", named)
    here = Path("question_bank").resolve()
    return here if here.is_dir() else shipped.folder("question_bank")


def _written(default: Any) -> str:
    """A default as it would stand in a variable."""
    if isinstance(default, bool):
        return "on" if default else "off"
    if default is None:
        return ""
    return ",".join(default) if isinstance(default, tuple) else str(default)


def setting(default: Any, read: Callable[[str, str], Any], meaning: str, values: str) -> Any:
    return field(default=default, metadata={"read": read, "meaning": meaning, "values": values})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that can be set from outside. `Settings.variables()` lists name, default, values and meaning."""

    host: str = setting("127.0.0.1", _text, "the address the server listens on", "a host name or address")
    port: int = setting(8000, _integer(1, 65535), "the port the server listens on", "1 to 65535")
    hosts: tuple[str, ...] = setting(
        (),
        _hosts,
        "the names of the site, as browsers ask for them; links are built from the first; any other name is refused",
        "names with commas between them; needed where WEBAPP_HOST is every address (0.0.0.0)",
    )
    data: Path = setting(
        Path("instance"), _path, "folder of the database, secret key and cache", "a folder; made if missing"
    )
    bank: Path = setting(
        Path("question_bank"),
        _course_folder,
        "folder of the course, or of several; the course that comes with the app where the default is missing",
        f"a folder with {COURSE_FILE}, or a folder of such folders",
    )
    store: str = setting(
        "folder",
        _one_of("folder", "database"),
        "where the courses are kept: in the folder, or in the database, for servers that share no disk; `webapp bank "
        "push` puts a folder there",
        "folder or database",
    )
    first_course: str = setting(
        "",
        _text,
        "the course that was here before there were several: addresses of that time lead to it; the first by the names "
        "of the folders, if none is named",
        "the id of a course",
    )
    database_url: str = setting(
        "",
        _database_url,
        "the database, when it is not the SQLite file in WEBAPP_DATA",
        "postgresql://… or sqlite:///…",
    )
    secret_key: str = setting(
        "", _secret, "signs what browsers keep; made, and kept in WEBAPP_DATA, if absent", "16 or more characters"
    )
    signup: str = setting(
        "open", _one_of("open", "code", "closed"), "who may create an account", "open, code or closed"
    )
    signup_code: str = setting("", _text, "the code asked for with WEBAPP_SIGNUP=code", "any text")
    guests: bool = setting(True, _switch, "whether a quiz can be taken without an account", "on or off")
    workers: int = setting(2, _integer(1, 64), "server processes", "1 to 64")
    threads: int = setting(4, _integer(1, 64), "threads in each process", "1 to 64")
    proxies: int = setting(0, _integer(0, 5), "trusted proxies in front (their X-Forwarded-* headers count)", "0 to 5")
    log_addresses: str = setting(
        "hashed",
        _one_of("hashed", "full"),
        "how addresses of visitors stand in the security log: as a keyed hash, which tells them apart, or in full",
        "hashed or full",
    )
    limits: bool = setting(True, _switch, "limits on how often one address may try to sign in or up", "on or off")
    staff_mfa: str = setting(
        "offered",
        _one_of("off", "offered", "required"),
        "a second factor for instructors and admins: an app's codes, or passkeys",
        "off, offered or required",
    )
    oidc: tuple[IdentityProvider, ...] = setting(
        (),
        _text,
        "who else signs people in, by OpenID Connect, each with variables of its own (docs/single-sign-on.md)",
        "google, microsoft, keycloak, or names of your own, with commas between them",
    )
    backups: str = setting(
        "off", _one_of("off", "hourly", "daily"), "how often a backup is made while serving", "off, hourly or daily"
    )
    backup_folder: Path | None = setting(
        None,
        _path,
        "where backups are kept: all of a day, daily ones of a week, weekly ones of two months; better on another disk",
        "a folder; backups in WEBAPP_DATA where none is named",
    )
    keep_guests_days: int = setting(
        180,
        _for_ever_or(1, 36500),
        "days after which guests who were not seen again are removed, with their answers",
        "1 to 36500, or 0 for ever",
    )
    keep_audit_days: int = setting(
        1095,
        _for_ever_or(366, 36500),
        "days after which rows of the audit log are removed (not those that pages still tell of)",
        "366 to 36500, or 0 for ever",
    )
    keep_editions: int = setting(
        200,
        _for_ever_or(2, 100_000),
        "how many versions of each of the course's files stay in the editor's history",
        "2 to 100000, or 0 for ever",
    )
    git: bool = setting(
        False,
        _switch,
        "the course is in a git repository: each save in the browser is a commit, git's history is the one shown, and "
        "what is pushed elsewhere is pulled",
        "on or off",
    )
    log: str = setting(
        "text", _one_of("text", "json"), "how the log is written: lines to read, or JSON objects", "text or json"
    )
    metrics: tuple[str, int] | None = setting(
        None,
        _host_and_port,
        "where Prometheus finds the metrics, apart from the site: http://…/metrics, for whoever reaches that address",
        "an address with a port, such as 127.0.0.1:9100; none: off",
    )
    metrics_token: str = setting(
        "",
        _secret,
        "the metrics are at /metrics of the site as well, for whoever sends it (Authorization: Bearer …)",
        "16 or more characters; none: off",
    )
    settings_file: Path | None = setting(
        None,
        _path,
        "a file with more settings, NAME=value on each line, read anew at a reload; what is in the environment goes "
        "before it",
        "a file",
    )
    debug: bool = setting(False, _switch, "development: templates reload, /styleguide is there", "on or off")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings an environment asks for; raises BadSetting for the first value that can't be used."""
        environ = environment(environ)
        values: dict[str, Any] = {}
        for name, spec in cls.__dataclass_fields__.items():
            variable = f"WEBAPP_{name.upper()}"
            raw = environ.get(variable, "")
            if name == "bank":
                values[name] = course_folder(environ)
            elif name == "oidc":
                pass  # below: it needs others
            elif raw != "":
                values[name] = spec.metadata["read"](variable, raw)
            elif isinstance(spec.default, Path):
                values[name] = spec.metadata["read"](variable, str(spec.default))
        try:
            known = cls.variable_names() + identity_providers.variable_names(environ.get("WEBAPP_OIDC", ""))
            open_to_all = values.get("signup", "open") == "open"
            values["oidc"] = identity_providers.read(environ, open_to_all=open_to_all)
        except BadProvider as error:
            raise BadSetting(error.variable, error.value, error.allowed) from error
        unknown = sorted(name for name in environ if name.startswith("WEBAPP_") and name not in known)
        if unknown:
            value = "…" if "SECRET" in unknown[0] else environ[unknown[0]]
            raise BadSetting(unknown[0], value, "no such setting; known are " + ", ".join(known))
        settings = cls(**values)
        if settings.signup == "code" and not settings.signup_code:
            raise BadSetting("WEBAPP_SIGNUP_CODE", "", "a code is needed, because WEBAPP_SIGNUP is code")
        if settings.host in _EVERYWHERE and not settings.hosts:
            allowed = "the name of the site is needed, such as quiz.example.org, because WEBAPP_HOST is every address"
            raise BadSetting("WEBAPP_HOSTS", "", allowed)
        return settings

    @property
    def trusted_hosts(self) -> tuple[str, ...]:
        """The names that the site may be asked for by; none where any will do, because only this machine asks."""
        return self.hosts or (() if is_loopback(self.host) else (f"[{self.host}]" if ":" in self.host else self.host,))

    @classmethod
    def variable_names(cls) -> list[str]:
        return [f"WEBAPP_{name.upper()}" for name in cls.__dataclass_fields__]

    @classmethod
    def variables(cls) -> list[tuple[str, str, str, str]]:
        """(variable, default as text, allowed values, meaning) for every setting, in order."""
        rows = []
        for name, spec in cls.__dataclass_fields__.items():
            default = _written(spec.default)
            rows.append((f"WEBAPP_{name.upper()}", default, spec.metadata["values"], spec.metadata["meaning"]))
            if name == "oidc":
                rows += identity_providers.variables()
        return rows

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data / 'webapp.sqlite3'}"

    def make_data_folder(self) -> None:
        """Makes WEBAPP_DATA, for its owner only, if it is missing; raises BadSetting where that is not possible."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable_data(error.strerror or str(error)) from error

    def _unusable_data(self, why: str) -> BadSetting:
        return BadSetting("WEBAPP_DATA", str(self.data), f"a folder that can be written to is expected ({why})")

    def secret(self) -> str:
        """The key that signs sessions: the given one, or one made once and kept readable to its owner only.

        Raises BadSetting where it can't be kept.
        """
        if self.secret_key:
            return self.secret_key
        self.make_data_folder()
        path = self.data / "secret_key"
        try:
            if not path.exists():
                # Written aside and then given its name, so that another process never reads half of it.
                handle, part = tempfile.mkstemp(dir=self.data, prefix=".secret_key-")
                with os.fdopen(handle, "w") as file:
                    file.write(secrets.token_urlsafe(48))
                    file.flush()
                    os.fsync(handle)
                try:
                    with contextlib.suppress(FileExistsError):
                        os.link(part, path)
                finally:
                    os.unlink(part)
            key = path.read_text().strip()
        except OSError as error:
            raise self._unusable_data(error.strerror or str(error)) from error
        if len(key) < 16:
            raise BadSetting("WEBAPP_DATA", str(self.data), EMPTY_KEY)
        return key
