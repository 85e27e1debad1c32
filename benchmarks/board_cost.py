"""What the live screens of a large house cost: 500 agents and 50 queues that keep changing, walls and desks that look.

A real web process; changes go through the services and the bus, a handful a second, as on a busy day.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import time
import uuid

import psutil
from sqlalchemy import select, text

from app import clock
from app.agents.models import Agent
from app.board.images import board_image
from app.board.watching import watch_board
from app.calls import ending, inbound
from app.calls.models import Call
from app.db import reading, transaction
from app.live import touch
from app.queues.images import team_image
from app.queues.presence_marks import refresh_display
from app.security.models import User
from app.security.sessions import open_session
from benchmarks import organisation
from benchmarks.cluster import Server, execute
from benchmarks.crowd import Client, Crowd
from benchmarks.fanout import WEB, cpu_of, process_on
from benchmarks.figures import Figure, demand, free_port

QUEUES = 50
#: 500 agents, a call of five minutes each: come, ring, talk, wrap up.
CHANGES_PER_S = 8
WALLS, DESKS = 5, 50


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """CPU per second of a live day, and bytes per change to one wall and to one desk."""
    agents, seconds, walls, desks = (50, 2, 2, 5) if quick else (500, 20, WALLS, DESKS)
    url = server.migrated("board")
    organisation.fill_organisation(url, agents)
    organisation.clear_round(url, texts_at_once=0)
    execute(url, *_more_queues(), _history(), "VACUUM ANALYZE")
    cookie = _signed_in()
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", WEB, "--workers", "1", "--log-level", "error"),
        *("--bind", f"127.0.0.1:{port}", "wsgi:app"),
    ]
    environment = {**os.environ, "DATABASE_URL": url, "DEMO": "0", "LIVE": "0"}
    with process_on(port, command, environment, server.var / "board.log") as process:
        wall, desk = Crowd("board.image"), Crowd("team.image")
        for crowd, count, asked in ((wall, walls, "board.sync"), (desk, desks, "team.sync")):
            for _ in range(count):
                client = Client(port, cookie)
                client.ask(asked)
                crowd.add(client)
        changes = _Changes(agents)
        for _ in range(CHANGES_PER_S):  # what is built for the first time is not what a change costs
            changes.next()
        _look_on(1.5, wall, desk)
        to_walls, to_desks = wall.begin(), desk.begin()
        before, data_before, made = cpu_of(process.pid), _database_cpu(server), 0
        began = time.monotonic()
        while (now := time.monotonic()) < began + seconds:
            if now >= began + made / CHANGES_PER_S:
                changes.next()
                made += 1
            _look_on(0.01, wall, desk)
        _look_on(1.0, wall, desk)
        spent, data_spent = cpu_of(process.pid) - before, _database_cpu(server) - data_before
        demand(to_walls.bytes > 0 and to_desks.bytes > 0, "the screens heard nothing")
        lasted = time.monotonic() - began
        wall.close()
        desk.close()
    with reading() as session:
        whole_board, whole_team = (len(str(build(session, "all"))) for build in (board_image, team_image))
    watched = [_timed_watch() for _ in range(5)]
    name = f"{agents} agents, {QUEUES} queues, {made / lasted:.1f} changes/s"
    return [
        Figure(
            f"{name}: CPU of the web process",
            f"{spent / lasted * 1000:.0f} ms/s",
            note=f"{walls} walls, {desks} desks; database {data_spent / lasted * 1000:.0f} ms/s, the changes included;"
            f" a look at the limits {statistics.median(watched) * 1000:.0f} ms, every 2 s",
        ),
        Figure("bytes per change to a wall", f"{to_walls.bytes / walls / made:,.0f}", note=f"whole: {whole_board:,}"),
        Figure("bytes per change to a desk", f"{to_desks.bytes / desks / made:,.0f}", note=f"whole: {whole_team:,}"),
    ]


class _Changes:
    """An agent's state, then a caller who comes, then one who leaves, over and over, through the services."""

    def __init__(self, agents: int) -> None:
        with reading() as session:
            self._agents = itertools.cycle(session.scalars(select(Agent.id).order_by(Agent.id).limit(agents)).all())
        self._waiting: list[str] = []
        self._turn = itertools.cycle((self._agent, self._agent, self._comes, self._agent, self._leaves))
        self._topics = itertools.cycle(f"q{n}" for n in range(1, organisation.QUEUES + 1))

    def next(self) -> None:
        """One change."""
        next(self._turn)()

    def _agent(self) -> None:
        agent = next(self._agents)
        with transaction() as session:
            session.execute(
                text("UPDATE agents SET intent = CASE intent WHEN 'available' THEN 'break' ELSE 'available' END"
                     " WHERE id = :id"), {"id": agent},
            )  # fmt: skip
            refresh_display(session, [agent], clock.now())
            touch(session, "team", "all")

    def _comes(self) -> None:
        started = inbound.start_call(
            topic_code=next(self._topics), language="en", number="", name="", start_key=str(uuid.uuid4()),
            max_waiting=100_000,
        )  # fmt: skip
        self._waiting.append(started.public_id)

    def _leaves(self) -> None:
        with reading() as session:
            call = session.scalars(select(Call.id).where(Call.public_id == self._waiting.pop(0))).one()
        ending.customer_hangs_up(call)


def _look_on(seconds: float, *crowds: Crowd) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for crowd in crowds:
            crowd.read_once()
        time.sleep(0.002)


def _timed_watch() -> float:
    with transaction() as session:
        session.execute(text("UPDATE board_watch SET looked_at = 'epoch'"))
    began = time.process_time()
    watch_board()
    return time.process_time() - began


def _database_cpu(server: Server) -> float:
    """Seconds of CPU of the cluster's processes that live."""
    total = 0.0
    for process in psutil.process_iter(["name", "cmdline", "ppid"]):
        if process.info["name"] == "postgres" and str(server.var) in " ".join(process.info["cmdline"] or ()):
            total += sum(cpu_of(child.pid, alone=True) for child in process.children())
    return total


def _signed_in() -> str:
    with transaction() as session:
        lead = User(login="wall@bench", display_name="Wall", password_hash="!", role="supervisor")  # noqa: S106
        session.add(lead)
        session.flush()
        return open_session(session, lead.id, address="127.0.0.1", browser="bench", at=clock.now())


def _more_queues() -> list[str]:
    """Those beyond the usual 20, each with every tenth agent."""
    return [
        f"""INSERT INTO queues (code, names, pool) SELECT 'q' || n, '{{}}', 'main'
            FROM generate_series({organisation.QUEUES + 1}, {QUEUES}) n""",
        f"""INSERT INTO queue_members (queue_id, agent_id) SELECT q.id, a.id FROM queues q, agents a
            WHERE q.id > {organisation.QUEUES} AND (a.id + q.id) % 10 = 0""",
        f"""INSERT INTO certificates (agent_id, queue_id, granted_on) SELECT agent_id, queue_id, current_date - 30
            FROM queue_members WHERE queue_id > {organisation.QUEUES}""",
    ]


def _history() -> str:
    """The calls of a busy day so far."""
    return f"""INSERT INTO work_items (kind, channel, contact_id, queue_id, lane, state, language, enqueued_at, rank_at,
            answered_at, ended_at, reason)
        SELECT 'call', 'voice', gen_random_uuid()::text, 1 + n % {QUEUES}, (1 + n % {QUEUES}) || ':en', 'closed', 'en',
            at, at, at + n % 60 * interval '1 second', at + interval '5 minutes', 'completed'
        FROM (SELECT n, now() - n * interval '2 seconds' AS at FROM generate_series(300, 5000) n) s"""
