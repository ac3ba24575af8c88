"""The time of the app: the system's, but for jumps.

Deadlines hand papers in for good. A system whose clock is an hour ahead for a moment (a wrong time server, a virtual
machine that was moved) would end everybody's exam. How much time has passed, the system knows apart from what time it
is; when the two disagree, the app goes on counting, says so in the log, and believes the new time only when it has
stood for a while. A restart believes it at once.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

log = logging.getLogger("webapp")

#: seconds by which the clock may be set without that being a jump: time servers mend a clock in smaller steps
JUMP = 5.0
#: seconds after which a jump is believed
HOLD = 900.0


def _passed() -> float:
    """Seconds since some moment in the past, which no setting of the clock changes; sleeping counts where that is
    known."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class SteadyClock:
    """Gives the time, aware and in UTC. It runs through a jump of the system's clock as if there was none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = self._wall() - self._passed()
        #: by how much the system's clock has jumped, and since when, while that is not believed
        self._jump: tuple[float, float] | None = None
        self._latest = 0.0

    def _wall(self) -> float:
        return time.time()

    def _passed(self) -> float:
        return _passed()

    @property
    def jumped_by(self) -> float:
        """Seconds by which the system's clock is off from the time given (0 but for jumps)."""
        jump = self._jump
        return jump[0] if jump is not None else 0.0

    def __call__(self) -> datetime:
        wall, passed = self._wall(), self._passed()
        with self._lock:
            off = wall - passed - self._offset
            if abs(off) <= JUMP:
                self._offset += off
                if self._jump is not None:
                    self._jump = None
                    log.warning("The system's clock is right again")
            elif self._jump is None or abs(off - self._jump[0]) > JUMP:
                self._jump = (off, passed)
                log.error(
                    "The system's clock has jumped by %+.0f s. The app counts on and believes it only after %.0f s: "
                    "set the clock right, or restart the server if it is right now",
                    off,
                    HOLD,
                )
            elif passed - self._jump[1] >= HOLD:
                self._offset, self._jump, self._latest = wall - passed, None, 0.0
                log.error("The system's clock is believed now, %+.0f s from before", off)
            # A step back of a second or two is waited for: what was just made must not lie in the future.
            self._latest = max(self._latest, passed + self._offset)
            return datetime.fromtimestamp(self._latest, UTC)
