"""Students who answer as fast as they can, whatever happens to the server, and what they were told."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import urllib.error
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.conftest import token_of
from tests.servers import Nginx, Server
from tests.visitors import Visitor, answers_of

#: the questions of the tiny course's quiz "every-type" that are answered by typing, so that each act is another one
TYPED = (4, 5)
#: seconds between two tries of one student while the server is in trouble
PAUSE = 0.15


@dataclass
class Told:
    """What one student knows of one question of theirs."""

    #: acts that were begun, however often each was sent
    tried: int = 0
    #: the number of the last step that the server acknowledged
    acknowledged: int = 0


@dataclass
class Crowd:
    """People at work on one of several servers that share a database; each goes to another when theirs is away."""

    servers: Sequence[Server | Nginx]
    people: int = 6
    #: seconds that they wait for an answer
    patience: float = 10
    #: seconds that a student thinks before each answer, on average
    thinks: float = 0.0
    told: dict[tuple[int, int], Told] = field(default_factory=dict)
    #: moments (monotonic) of acknowledgements, and what was answered instead of one, by status; 0 is no connection
    acknowledged_at: list[float] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)
    longest: float = 0.0
    mistakes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        # So many start their quiz at once: a whole class at the same moment is another matter.
        self._starting = threading.BoundedSemaphore(6)

    # ------------------------------------------------------------------ at work

    @contextmanager
    def at_work(self) -> Iterator[Crowd]:
        """Everybody answers until the end of the block; begins when all have started their quiz."""
        ready = threading.Barrier(self.people + 1)
        self._over.clear()
        self._threads = [threading.Thread(target=self._student, args=(n, ready)) for n in range(self.people)]
        for thread in self._threads:
            thread.start()
        try:
            ready.wait(60 + self.people)
            yield self
        finally:
            self._over.set()
            ready.abort()
            for thread in self._threads:
                thread.join(30)

    def _student(self, number: int, ready: threading.Barrier) -> None:
        chance = random.Random(number)
        visitors = [Visitor(server, self.patience) for server in self.servers]
        try:
            first = visitors[0]
            with self._starting:
                attempt = self._start(first)
            for other in visitors[1:]:
                other.jar_of(first)
            ready.wait(60 + self.people)
            while not self._over.wait(chance.uniform(0, 2 * self.thinks)):
                position = chance.choice(TYPED)
                with self._lock:
                    mine = self.told.setdefault((attempt, position), Told())
                self._answer(visitors, f"/attempts/{attempt}/questions/{position}", mine)
        except threading.BrokenBarrierError:
            return
        except Exception as error:
            self.mistakes.append(f"{type(error).__name__}: {error}")
            ready.abort()
            raise

    def _start(self, visitor: Visitor) -> int:
        """Starts the quiz; on a busy machine that may take a few tries. Starting again goes on with what is open."""
        for pause in (0.5, 1, 2, None):
            try:
                page = visitor.get("/quizzes/every-type")
                visitor.post("/quizzes/every-type/attempts", {"csrf_token": token_of(page)})
                return int(visitor.at.split("/")[2])
            except (OSError, http.client.HTTPException) as error:
                if pause is None:
                    raise
                if isinstance(error, urllib.error.HTTPError):
                    error.close()
                time.sleep(pause)
        raise AssertionError

    def _answer(self, visitors: list[Visitor], path: str, mine: Told) -> None:
        """One answer, sent again as it was until it is acknowledged or the time is over."""
        fields: dict[str, str] | None = None
        mine.tried += 1
        while not self._over.is_set():
            visitor = visitors[0]
            began = time.monotonic()
            try:
                if fields is None:
                    page = answers_of(visitor.get(path)) | {"action": "save"}
                    typed = [name for name, value in page.items() if name.startswith("answer-") and value == "7"]
                    fields = page | dict.fromkeys(typed, str(mine.tried))
                said = json.loads(visitor.post(path, fields, accept="application/json"))
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == 409:
                        self.mistakes.append(f"409 at {path}: {error.read().decode()[:200]}")
                        return
                self._not_taken(error.code, visitors)
            except (OSError, ValueError, http.client.HTTPException):
                self._not_taken(0, visitors)
            else:
                with self._lock:
                    mine.acknowledged = said["sequence"]
                    self.acknowledged_at.append(time.monotonic())
                return
            finally:
                self.longest = max(self.longest, time.monotonic() - began)

    def _not_taken(self, status: int, visitors: list[Visitor]) -> None:
        with self._lock:
            self.refused[status] = self.refused.get(status, 0) + 1
        visitors.append(visitors.pop(0))
        self._over.wait(PAUSE)

    # ------------------------------------------------------------------ what came of it

    @property
    def acknowledged(self) -> int:
        return len(self.acknowledged_at)

    def acknowledged_since(self, moment: float) -> int:
        return sum(at >= moment for at in self.acknowledged_at)

    def wait_for(self, acknowledged: int, seconds: float = 30) -> float:
        """Waits until so many more answers were taken; returns how long that took. Raises AssertionError."""
        began, wanted = time.monotonic(), self.acknowledged + acknowledged
        while self.acknowledged < wanted:
            assert time.monotonic() - began < seconds, f"no {acknowledged} answers within {seconds} s: {self.refused}"
            assert not self.mistakes, self.mistakes
            time.sleep(0.02)
        return time.monotonic() - began

    def lost(self, steps: Mapping[tuple[int, int], int]) -> int:
        """Acknowledged acts that the log does not have."""
        return sum(max(0, told.acknowledged - steps.get(key, 0)) for key, told in self.told.items())

    def doubled(self, steps: Mapping[tuple[int, int], int]) -> int:
        """Steps that are more than the acts that were tried."""
        return sum(max(0, steps.get(key, 0) - told.tried) for key, told in self.told.items())
