"""Tickets over HTTP: opening one by hand, and listing an open queue of 50 out of thousands, signed in, two processes.

The peers' figures (docs/performance.md tells how they were taken) are those of other programs on such a machine; they
are a measure, not a run: nothing of them is started here.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

from sqlalchemy import select

from app.clock import now
from app.db import transaction
from app.security import sessions
from app.security.models import User
from benchmarks import organisation
from benchmarks.cluster import Server, execute
from benchmarks.figures import Figure, demand, percentile

#: Best median of the peers, milliseconds.
PEER_CREATE_MS, PEER_LIST_MS = 30.0, 56.0
WEB_WORKER = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"
READY_S = 60
CLIENTS = 2
#: Fits no password.
NO_PASSWORD = "!"  # noqa: S105 - on purpose


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """Opening a ticket, and one page of a queue's open tickets at 1,000, 10,000 and 100,000."""
    sizes = (200, 1_000, 2_000) if quick else (1_000, 10_000, 100_000)
    requests = 40 if quick else 400
    url = server.migrated("tickets")
    organisation.fill_organisation(url, 50)
    cookie = _signed_in()
    lists: dict[int, list[float]] = {}
    with _two_processes(url) as ports:
        for size in sizes:
            _fill(url, size)
            _times(ports, "GET", "/tickets?queue=1", cookie, requests // 4)
            lists[size] = _times(ports, "GET", "/tickets?queue=1", cookie, requests)
        _create(ports, cookie, requests // 4)
        began = time.perf_counter()
        creates = _create(ports, cookie, requests)
        rate = len(creates) / (time.perf_counter() - began)
    smallest, middle, largest = sizes
    growth = statistics.median(lists[largest]) / statistics.median(lists[smallest])
    return [
        _against(
            "open a ticket / best peer", creates, PEER_CREATE_MS, "<= 0.5", f"{rate:.0f}/s with {CLIENTS} clients"
        ),
        _against(f"list 50 of {middle:,} / best peer", lists[middle], PEER_LIST_MS, "<= 0.25"),
        _against(f"list 50 of {largest:,} / best peer", lists[largest], PEER_LIST_MS, "<= 0.25"),
        Figure(f"list at {largest:,} / at {smallest:,}", f"{growth:.2f}x", "<= 1.3"),
    ]


def _against(name: str, times_ms: list[float], peer_ms: float, goal: str, note: str = "") -> Figure:
    p50, p99 = statistics.median(times_ms), percentile(times_ms, 0.99)
    told = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms; best peer p50 {peer_ms:.0f} ms"
    return Figure(name, f"{p50 / peer_ms:.2f}x", goal, f"{told}; {note}" if note else told)


def _signed_in() -> str:
    """The session cookie of a supervisor who sees every queue."""
    with transaction() as session:
        session.add(User(login="lead@bench", display_name="Lead", password_hash=NO_PASSWORD, role="supervisor"))
        session.flush()
        lead = session.scalars(select(User.id).where(User.login == "lead@bench")).one()
        return sessions.open_session(session, lead, address="127.0.0.1", browser="bench", at=now())


def _fill(url: str, size: int) -> None:
    """So many open tickets as there are asked for in all, half of them in queue 1, with an entry each."""
    execute(
        url,
        f"""WITH made AS (
            INSERT INTO work_items (kind, channel, contact_id, queue_id, lane, state, language, enqueued_at, rank_at)
            SELECT 'ticket', 'ticket', gen_random_uuid()::text, q, q || ':en:ticket', 'queued', 'en', at, at
            FROM (SELECT CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 19 END AS q,
                    now() - interval '30 days' + n * interval '20 seconds' AS at
                FROM generate_series((SELECT count(*) + 1 FROM tickets), {size}) n) s
            RETURNING id, contact_id, queue_id, enqueued_at),
        opened AS (
            INSERT INTO tickets (contact_id, queue_id, work_item_id, channel, subject, claimed_name, number, language,
                created_at, touched_at, search)
            SELECT contact_id, queue_id, id, 'web', 'Where is parcel ' || id || '?', 'Customer ' || id,
                '+4477009' || lpad(CAST(id AS text), 6, '0'), 'en', enqueued_at, enqueued_at,
                to_tsvector('simple', 'where is parcel ' || id) FROM made RETURNING id, subject, created_at)
        INSERT INTO ticket_entries (ticket_id, kind, channel, body, at)
        SELECT id, 'message_in', 'web', subject, created_at FROM opened""",
        "VACUUM ANALYZE",
        "CHECKPOINT",
    )


@contextlib.contextmanager
def _two_processes(url: str) -> Iterator[list[int]]:
    """Ports of two web processes as they run in production, each its own gunicorn."""
    ports = [_free_port(), _free_port()]
    environment = {**os.environ, "DATABASE_URL": url, "DEMO": "0", "LIVE": "0", "HEARBACK_TESTING": "0"}
    command = [sys.executable, "-m", "gunicorn", "--worker-class", WEB_WORKER, "--workers", "1", "--log-level", "error"]
    running = [
        subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}", "wsgi:app"], env=environment, start_new_session=True)
        for port in ports
    ]
    try:
        for port in ports:
            _wait_for(port)
        yield ports
    finally:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # asked kindly, gunicorn waits half a minute for its sockets
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    demand(False, "a web process did not come up")


class _Client:
    """One browser with its connection kept open."""

    def __init__(self, port: int, session: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies = f"hearback={session}"

    def ask(self, method: str, address: str, body: str | None = None) -> tuple[int, str, float]:
        """Status, text and milliseconds until the last byte."""
        headers = {"Cookie": self.cookies, "Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self._connection.request(method, address, body=body, headers=headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        took = (time.perf_counter() - began) * 1000
        made = answer.headers.get("Set-Cookie", "")
        if made.startswith("hearback-form="):
            self.cookies = f"{self.cookies.split(';')[0]}; {made.split(';')[0]}"
        return answer.status, text, took


def _times(ports: list[int], method: str, address: str, session: str, requests: int) -> list[float]:
    """Milliseconds of each request, from CLIENTS clients at once over both processes."""

    def run(client: _Client, times: list[float]) -> None:
        for _ in range(requests // CLIENTS):
            status, text, took = client.ask(method, address)
            demand(status == 200 and text.count('class="ticket-cell"') == 50, f"{address}: {status}, not 50 tickets")
            times.append(took)

    return _at_once(ports, session, run)


def _create(ports: list[int], session: str, requests: int) -> list[float]:
    """Milliseconds of each opened ticket."""

    def run(client: _Client, times: list[float]) -> None:
        page = client.ask("GET", "/tickets/new")[1]
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        demand(token is not None, "the form has no token")
        for n in range(requests // CLIENTS):
            form = {
                "csrf_token": token[1] if token else "",
                "key": uuid.uuid4().hex,
                "queue": "1",
                "channel": "phone",
                "body": "The parcel was wet and the box torn open. Please find out what became of the lamp.",
                "name": "Amelia Hart",
                "number": f"+4477009{n % 10_000:04d}1",
            }
            status, text, took = client.ask("POST", "/tickets/new", urlencode(form))
            demand(status == 303, f"not opened: {status} {text[:200]}")
            times.append(took)

    return _at_once(ports, session, run)


def _at_once(ports: list[int], session: str, run: object) -> list[float]:
    times: list[float] = []
    failures: list[BaseException] = []

    def guarded(client: _Client) -> None:
        try:
            run(client, times)  # type: ignore[operator]
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=guarded, args=(_Client(ports[n % len(ports)], session),)) for n in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return times
