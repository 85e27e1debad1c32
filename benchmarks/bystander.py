"""Somebody whose calls are routed while something long goes on: passes of the router, and how long each took.

`python -m benchmarks.bystander URL` does it in a process of its own, as another worker would, until its input ends.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app import db
from app.effects import WORK_KINDS
from app.queues.router import run_pass

#: Seconds between two passes.
EVERY_S = 0.02


def watch(stopped: threading.Event) -> list[float]:
    """Milliseconds of each pass over a line in which nobody waits, until `stopped`."""
    took = []
    while not stopped.wait(EVERY_S):
        started = time.perf_counter()
        run_pass("main", WORK_KINDS)
        took.append((time.perf_counter() - started) * 1000)
    return took


@contextmanager
def beside(url: str) -> Iterator[dict[str, list[float]]]:
    """Milliseconds per pass "in the same process" and "in another one", there once the block has ended."""
    found: dict[str, list[float]] = {}
    stopped = threading.Event()
    command = [sys.executable, "-m", "benchmarks.bystander", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None  # noqa: S101 - it is piped
        other.stdout.readline()  # it has connected
        thread = threading.Thread(target=lambda: found.update({"in the same process": watch(stopped)}))
        thread.start()
        try:
            yield found
        finally:
            stopped.set()
            thread.join()
            told, _errors = other.communicate()
            found["in another one"] = json.loads(told)


def _main(url: str) -> None:
    db.connect(url)
    run_pass("main", WORK_KINDS)
    print("ready", flush=True)
    stopped = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    print(json.dumps(watch(stopped)))


if __name__ == "__main__":
    from app import models  # noqa: F401  (every table is known before the first query)

    _main(sys.argv[1])
