"""Web processes as they run in production, and clients that keep their connection open."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.figures import demand

WEB_WORKER = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"
READY_S = 60
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


class WebProcess:
    """One gunicorn with one worker, on a port of its own."""

    def __init__(self, url: str, *, app: str = "wsgi:app", extra: Mapping[str, str] | None = None) -> None:
        self.port = _free_port()
        environment = {**os.environ, "DATABASE_URL": url, "DEMO": "0", "LIVE": "0", "HEARBACK_TESTING": "0"}
        environment |= extra or {}
        command = [sys.executable, "-m", "gunicorn", "--worker-class", WEB_WORKER, "--workers", "1"]
        command += ["--log-level", "error", "--bind", f"127.0.0.1:{self.port}", app]
        self._process = subprocess.Popen(command, env=environment, start_new_session=True)

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.2)
        demand(False, "a web process did not come up")

    def cpu_ms(self) -> float:
        """Processor time that its worker has used so far, by the kernel's account (steps of 10 ms)."""
        master = self._process.pid
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in workers]
        return sum(int(field[11]) + int(field[12]) for field in fields) * TICK_MS

    def end(self) -> None:
        """Gone at once: asked kindly, gunicorn waits half a minute for its sockets."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)


@contextlib.contextmanager
def web_processes(urls: list[str]) -> Iterator[list[WebProcess]]:
    """One for each database address, all ready."""
    running = [WebProcess(url) for url in urls]
    try:
        for process in running:
            process.wait()
        yield running
    finally:
        for process in running:
            process.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Client:
    """One browser of somebody signed in."""

    def __init__(self, port: int, session: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookies = f"hearback={session}"
        #: Of the form on the page it has open, if any.
        self.form_token = ""

    def ask(self, method: str, address: str, body: str | None = None) -> tuple[int, str, float]:
        """Status, text and milliseconds until the last byte."""
        headers = {"Cookie": self._cookies, "Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self._connection.request(method, address, body=body, headers=headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        took = (time.perf_counter() - began) * 1000
        made = answer.headers.get("Set-Cookie", "")
        if method == "GET" and made.startswith("hearback-form="):
            self._cookies = f"{self._cookies.split(';')[0]}; {made.split(';')[0]}"
        return answer.status, text, took


def at_once(runs: list[Callable[[], None]]) -> float:
    """Seconds until all are done, each in a thread of its own; what one raises is raised."""
    failures: list[BaseException] = []

    def guarded(run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(run,)) for run in runs]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - began
