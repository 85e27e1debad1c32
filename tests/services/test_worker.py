"""The worker process: notices wake it, SIGTERM ends it between two steps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from sqlalchemy import text

from app.db import transaction
from app.worker import LOOPS, Loop, Worker

ROOT = Path(__file__).resolve().parents[2]
LONG = 60.0


def test_a_notice_ends_the_rest_of_the_loops_that_listen_for_it(database: str) -> None:
    steps = threading.Semaphore(0)
    idle: list[str] = []

    def step() -> bool:
        steps.release()
        return False

    def other() -> bool:
        idle.append("step")
        return False

    loops = (Loop("woken", step, LONG, ("test_channel",)), Loop("idle", other, LONG, ("other_channel",)))
    worker = Worker(database, loops)
    worker.start()
    try:
        assert worker.listening.wait(10)
        assert steps.acquire(timeout=10), "the first step comes without a notice"
        with transaction() as session:
            session.execute(text("SELECT pg_notify('test_channel', '')"))
        assert steps.acquire(timeout=10), "the notice wakes it long before its pause is over"
    finally:
        assert worker.stop()
    assert idle == ["step"]


def test_a_failing_step_stops_neither_its_loop_nor_the_others(database: str) -> None:
    again = threading.Semaphore(0)

    def broken() -> bool:
        again.release()
        raise RuntimeError("broken")

    worker = Worker(database, (Loop("broken", broken, 0.01),))
    worker.start()
    try:
        assert again.acquire(timeout=10) and again.acquire(timeout=10)
    finally:
        assert worker.stop()


def test_the_process_starts_its_loops_and_ends_cleanly_on_sigterm(database: str) -> None:
    environment = {**os.environ, "DATABASE_URL": database, "DEMO": "1", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "flask", "--app", "app:create_app", "worker"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "worker.started" in line:
            break
    process.send_signal(signal.SIGTERM)
    said += process.communicate(timeout=60)[0]
    assert process.returncode == 0, said
    assert "worker.stopped" in said
    assert all(loop.name in said for loop in LOOPS)
