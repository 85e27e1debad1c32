"""From the commit of "queued" to the offer in an agent's socket, through real web and worker processes."""

from __future__ import annotations

import os
import queue
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent
from app.calls import ending, inbound
from app.calls.models import Call
from app.db import reading, transaction
from app.security.sessions import open_session
from benchmarks import organisation
from benchmarks.cluster import Server, execute
from benchmarks.desks import Desk, Listening
from benchmarks.figures import Figure, demand, percentile

ROOT = Path(__file__).resolve().parent.parent
WEB = ("gunicorn", "--worker-class", "geventwebsocket.gunicorn.workers.GeventWebSocketWorker", "--workers", "1")
#: Seconds an offer may take before the run is called broken, and the processes to come up.
PATIENCE_S = 60.0
START_S = 180.0
#: Desks that sit down at the same time: one after the other, 200 of them wait for the machine, not for the product.
AT_ONCE = 8


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """Median and p99 in milliseconds: with one agent at a desk, and with many."""
    many, offers = (10, 10) if quick else (200, 200)
    url = server.migrated("latency")
    organisation.fill_organisation(url, many)
    organisation.clear_round(url, texts_at_once=4)
    execute(url, "UPDATE agents SET session_state = 'offline', intent = 'offline', device_ready = false")
    with _processes(url, server) as port:
        return [_case(port, 1, offers, "idle, 1 agent"), _case(port, many, offers, f"{many} agents online")]


@contextmanager
def _processes(url: str, server: Server) -> Iterator[int]:
    """The port of a running web process with a worker beside it, ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    commands = (
        [
            sys.executable,
            "-m",
            *WEB,
            "--bind",
            f"127.0.0.1:{port}",
            "--log-level",
            "warning",
            "--graceful-timeout",
            "3",
            "wsgi:app",
        ],
        [sys.executable, "-m", "flask", "--app", "app:create_app", "worker"],
    )
    with (server.var / "processes.log").open("wb") as log:
        running = [
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
            for command in commands
        ]
        try:
            _wait_until_up(port)
            yield port
        finally:
            for process in running:
                process.terminate()
            for process in running:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    demand(False, "the web process did not come up")


def _case(port: int, agents: int, offers: int, name: str) -> Figure:
    listening = Listening()
    try:
        seated = _signed_in(agents)

        def sit_down(who: tuple[int, str]) -> None:
            desk = Desk(port, *who)
            desk.sit_down()
            listening.add(desk)

        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as hands:
            list(hands.map(sit_down, seated))
        seating = time.perf_counter() - began
        topic = _topic_of(seated[0][0])
        for _ in range(min(20, offers)):
            _one_offer(listening, topic)
        spent = [_one_offer(listening, topic) for _ in range(offers)]
    finally:
        listening.stop()
    note = f"{offers} offers, most {max(spent):.1f} ms; all seated in {seating:.1f} s" + (
        f"; {listening.lost} LOST" if listening.lost else ""
    )
    result = f"median {statistics.median(spent):.1f} ms, p99 {percentile(spent, 0.99):.1f} ms"
    goal = "p99 < 50 ms" if agents == 1 else ""
    return Figure(f"queued -> offer in the socket, {name}", result, goal, note)


def _signed_in(count: int) -> list[tuple[int, str]]:
    """(agent, session cookie) of the first agents."""
    with transaction() as session:
        ids = session.scalars(select(Agent.id).order_by(Agent.id).limit(count)).all()
        at = clock.now()
        return [(agent, open_session(session, agent, address="127.0.0.1", browser="bench", at=at)) for agent in ids]


def _topic_of(agent_id: int) -> str:
    """A topic whose queue the agent serves."""
    with reading() as session:
        return str(
            session.connection()
            .exec_driver_sql(
                "SELECT q.code FROM queue_members m JOIN queues q ON q.id = m.queue_id WHERE m.agent_id = %s LIMIT 1",
                (agent_id,),
            )
            .scalar_one()
        )


class _Committed:
    """When the last commit of this process came back, by time.perf_counter."""

    moment = 0.0


@event.listens_for(Session, "after_commit")
def _stamp(_session: Session) -> None:
    _Committed.moment = time.perf_counter()


def _one_offer(listening: Listening, topic: str) -> float:
    """Milliseconds of one call from its commit to a desk; the customer hangs up again."""
    time.sleep(random.uniform(0.03, 0.13))  # not in step with any timer of the product
    started = inbound.start_call(
        topic_code=topic, language="en", number="", name="", start_key=str(uuid.uuid4()), max_waiting=1000
    )
    queued = _Committed.moment
    arrived, desk, offer = _hear(listening, offered=True)
    desk.tell("offer.ringing", {"reservation": offer, "epoch": desk.epoch})
    with reading() as session:
        call_id = session.scalars(select(Call.id).where(Call.public_id == started.public_id)).one()
    ending.customer_hangs_up(call_id)
    _hear(listening, offered=False)
    return (arrived - queued) * 1000


def _hear(listening: Listening, *, offered: bool) -> tuple[float, Desk, int]:
    """The next image with an offer, or without one."""
    while True:
        try:
            moment, desk, offer = listening.heard.get(timeout=PATIENCE_S)
        except queue.Empty:
            demand(False, "no offer reached a desk")
            raise
        if (offer is not None) == offered:
            return moment, desk, offer["reservation"] if offer else 0
