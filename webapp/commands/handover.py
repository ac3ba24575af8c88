"""A server that is replaced while it serves: what it hands on to the one that comes, and whether that one can start.

On SIGHUP the master process becomes the new version of itself in its place (`exec`): the same process id, the same
socket, so that whoever connects meanwhile waits a moment in the queue and nobody is refused. The old worker processes
serve until the new ones do, and then finish what they have.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass, field

#: the variable in which it is handed on
VARIABLE = "_WEBAPP_HANDED_ON"
#: seconds that the new version has to say that it can start, on a machine that is busy; others work meanwhile
CHECKING = 120
#: what must not be lost while the process becomes another one: it is kept until that one can take it
WAITS = frozenset(
    getattr(signal, name) for name in ("SIGHUP", "SIGUSR2", "SIGTERM", "SIGINT", "SIGQUIT") if hasattr(signal, name)
)


@dataclass
class Handover:
    """Sockets by their descriptors, and processes by their ids."""

    pid: int
    listening: int
    #: whether systemd made the socket, and keeps it open, too
    from_systemd: bool = False
    #: the socket of the metrics, where they have one, and the folder in which they are counted
    metrics: int | None = None
    metrics_folder: str = ""
    workers: list[int] = field(default_factory=list)

    def write(self, environ: MutableMapping[str, str]) -> None:
        environ[VARIABLE] = json.dumps(asdict(self))

    def finish_workers(self, seconds: float) -> None:
        """Lets the old workers answer what they have, and waits until they are gone; whoever takes longer is ended."""
        deadline = time.monotonic() + seconds
        for pid in self.workers:
            if is_ours(pid):
                os.kill(pid, signal.SIGTERM)
        while (left := [pid for pid in self.workers if is_ours(pid)]) and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.workers.clear()


def take(environ: MutableMapping[str, str] = os.environ) -> Handover | None:
    """What the server before this one, in this very process, handed on; None at a start."""
    said = environ.pop(VARIABLE, "")
    if not said:
        return None
    handover = Handover(**json.loads(said))
    return handover if handover.pid == os.getpid() else None


def is_ours(pid: int) -> bool:
    """Whether it is a child of this process that still runs."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def command() -> list[str]:
    """How this process was started."""
    return [sys.executable, *sys.orig_argv[1:]]


def why_not() -> str:
    """Asks the program as it is on disk now, with the settings and course as they are now, whether it can start.
    Returns "" or, in a few words, why it can't."""
    environ = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    try:
        ended = subprocess.run(  # noqa: S603 - our own command
            [*command(), "--check"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CHECKING,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it did not say within {CHECKING} s that it can"
    except OSError as error:
        return f"{command()[0]}: {error.strerror}"
    if ended.returncode == 0:
        return ""
    return " ".join(ended.stderr.split())[-600:] or f"it ended with {ended.returncode}"
