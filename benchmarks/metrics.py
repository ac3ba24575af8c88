"""What it costs to count a request for Prometheus, as a server of several processes does it.

Promised: less than a hundredth of the cheapest page that a learner sees (about 5 ms of a core).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from webapp.config import Settings
from webapp.web import metrics

REQUESTS = 20_000
#: microseconds of a core
PROMISED = 50.0


def main() -> int:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    folder = metrics.make_folder(Settings(data=Path(tempfile.gettempdir()), metrics_token="0123456789abcdef"))
    try:
        counted = metrics.Metrics()
        routes = [f"room.view_{number}" for number in range(40)]
        for route in routes:
            counted.count_request(route, 200, 0.01)
        began = time.process_time()
        for turn in range(requests):
            counted.count_request(routes[turn % len(routes)], 200, 0.01)
        each = (time.process_time() - began) / requests * 1e6
        began = time.process_time()
        for _turn in range(requests):
            counted.lock_waits.observe(0.001)
        lock = (time.process_time() - began) / requests * 1e6
        guard, number = threading.Lock(), 0
        began = time.process_time()
        for _turn in range(requests):
            with guard:
                number += 1
        floor = (time.process_time() - began) / requests * 1e6
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess

        began = time.process_time()
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
        size = len(generate_latest(registry))
        asked = (time.process_time() - began) * 1e3
    finally:
        shutil.rmtree(folder)
        os.environ.pop(metrics.FOLDER, None)
    print(f"counting a request: {each:.1f} µs, {each / floor:.0f}× the floor (+= under a lock)")
    print(f"counting a wait for the database: {lock:.1f} µs")
    print(f"answering Prometheus, {len(routes)} routes of one process: {asked:.0f} ms, {size // 1024} kB")
    return 0 if each < PROMISED else 1


if __name__ == "__main__":
    sys.exit(main())
