"""`webapp …` with a system's clock that can be set: off by as many seconds as the file in FAULTS_CLOCK says."""

from __future__ import annotations

import os
import time

from webapp.commands import main
from webapp.web.clock import SteadyClock


def wall(_clock: SteadyClock) -> float:
    with open(os.environ["FAULTS_CLOCK"]) as file:
        return time.time() + float(file.read() or 0)


SteadyClock._wall = wall  # type: ignore[method-assign]  # before the app makes one
main()
