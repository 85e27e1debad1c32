"""The program as it runs: gunicorn with its gevent worker, and `flask worker`, as processes on one database."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB_WORKER = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"
READY_S = 40


def free_port() -> int:
    """A TCP port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningDesk:
    """Web and worker processes that a test may kill and start again."""

    def __init__(self, database_url: str, logs: Path, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._logs = logs
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "HEARBACK_TESTING": "1",
            "DEMO": "1",
            "PORT": str(self.port),
            "CALL_STARTS_PER_TEN_MINUTES": "1000",
            "TICKETS_PER_TEN_MINUTES": "1000",
            "PYTHONWARNINGS": "default",
            **environment,
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Both processes, and the first page answered."""
        self.start_web()
        self.start_worker()

    def start_missing(self) -> None:
        """Start what a test has killed."""
        if "web" not in self._processes:
            self.start_web()
        if "worker" not in self._processes:
            self.start_worker()

    def start_web(self) -> None:
        bind = f"127.0.0.1:{self.port}"
        self._start(
            "web",
            ["-m", "gunicorn", "--worker-class", WEB_WORKER, "--workers", "1", "--bind", bind, "wsgi:app"],
        )
        self._wait_until_ready()

    def start_worker(self) -> None:
        self._start("worker", ["-m", "flask", "--app", "app:create_app", "worker"])

    def _start(self, name: str, arguments: list[str]) -> None:
        log = (self._logs / f"{name}.log").open("ab")
        self._processes[name] = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            if self._processes["web"].poll() is not None:
                raise RuntimeError(self.log("web"))
            if self._answers():
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._processes["web"].wait(0.1)
        raise RuntimeError("the web process did not come up\n" + self.log("web"))

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self, name: str) -> None:
        """`kill -9` of a process and its children: nothing gets a chance to tidy up."""
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        for name in list(self._processes):
            self.kill(name)

    def log(self, name: str) -> str:
        file = self._logs / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""
