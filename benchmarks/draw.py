"""The monthly draw at size: 200 agents, 500,000 contacts of a month; frame, draw and replay, with peak memory."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import select, text

from app.db import reading, transaction
from app.draws import services
from app.draws.commands import of_records
from app.draws.models import DrawMember, QualityDraw
from app.eventlog import SWEEP
from benchmarks.bystander import beside
from benchmarks.cluster import Server, execute
from benchmarks.figures import Figure, demand, percentile

PERIOD, ZONE, SECRET = "2031-03", "UTC", "a secret of the measurement, 32+"
AFTER = datetime(2031, 4, 1, 2, tzinfo=UTC)


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """Seconds of each step of one draw, by the clock and of processors, the most memory this process held, and how
    long a pass of the router takes meanwhile.
    """
    agents, customers, contacts = (20, 500, 2_000) if quick else (200, 99_991, 500_000)
    url = server.migrated("draw")
    _fill(url, agents, customers, contacts)
    with transaction() as session:
        row = QualityDraw(period=PERIOD, method="public_beacon", created_at=datetime(2031, 3, 20, tzinfo=UTC))
        session.add(row)
        session.flush()
        draw_id = row.id
    with beside(url) as calm:
        time.sleep(0.5 if quick else 8)
    before = _forget_peak()
    with beside(url) as during:
        used, started = _processor_s(), time.perf_counter()
        services.advance(AFTER, zone=ZONE, secret=SECRET)
        frozen = time.perf_counter()
        with transaction() as session:
            services.settle_beacon(session, session.get_one(QualityDraw, draw_id), "0123456789abcdef" * 4, SWEEP)
        services.advance(AFTER, zone=ZONE, secret=SECRET)
        made = time.perf_counter()
        ours, servers = (after - then for after, then in zip(_processor_s(), used, strict=True))
    replaying = time.perf_counter()
    found = of_records(PERIOD, 1)
    replayed = time.perf_counter() - replaying
    most = _peak()
    demand(not found, f"the replay differs: {found[:3]}")
    _demand_primaries(draw_id, agents)
    whole = made - started + replayed
    steps = f"frame {frozen - started:.1f} s, draw {made - frozen:.1f} s, replay {replayed:.1f} s"
    return [
        Figure("draw, whole", f"{whole:.1f} s", "< 90 s", f"{agents} agents, {contacts:,} contacts: {steps}"),
        Figure(
            "draw, processor time",
            f"{ours + servers:.1f} s",
            note=f"of this process {ours:.1f} s, of PostgreSQL {servers:.1f} s; frame and draw, with the passes beside",
        ),
        Figure("draw, peak memory", f"{most:.0f} MiB", "< 2 GiB", f"of the process; {before:.0f} MiB before"),
        *(_passes(where, during[where], calm[where]) for where in calm),
    ]


def _passes(where: str, during: list[float], calm: list[float]) -> Figure:
    note = ", ".join(
        f"{name}: p50 {percentile(took, 0.5):.1f} ms, p99 {percentile(took, 0.99):.1f} ms, most {max(took):.0f} ms"
        for name, took in (("during", during), ("without", calm))
    )
    ratio = percentile(during, 0.99) / percentile(calm, 0.99)
    return Figure(f"p99 of a pass {where}, during / without", f"{ratio:.2f}x", note=note)


def _processor_s() -> tuple[float, float]:
    """Seconds of processors that this process and the cluster's processes have used, those that ended as well."""
    with reading() as session:
        postmaster = psutil.Process(session.scalar(text("SELECT pg_backend_pid()"))).parent()
    demand(postmaster is not None, "the cluster is not on this machine")
    spent = 0.0
    for each in (postmaster, *postmaster.children()):
        times = each.cpu_times()
        spent += times.user + times.system
    ended = postmaster.cpu_times()
    return time.process_time(), spent + ended.children_user + ended.children_system


def _fill(url: str, agents: int, customers: int, contacts: int) -> None:
    """Agents and customers, and contacts of the month nearly every one a pair of its own."""
    execute(
        url,
        f"""INSERT INTO users (login, display_name, password_hash, role)
            SELECT 'agent' || n || '@bench', 'Agent ' || n, '!', 'agent' FROM generate_series(1, {agents}) n""",
        "INSERT INTO agents (id, public_name) SELECT id, display_name FROM users",
        f"INSERT INTO customers (name) SELECT 'Customer ' || n FROM generate_series(1, {customers}) n",
        """INSERT INTO customer_phones (customer_id, e164)
            SELECT id, '+4479' || lpad(id::text, 8, '0') FROM customers""",
        f"""INSERT INTO interactions
                (contact_id, channel, direction, outcome, agent_id, customer_id, started_at, talk_s)
            SELECT 'c' || n, 'voice', 'inbound', 'answered', (SELECT min(id) FROM agents) + n::bigint * 7 % {agents},
                (SELECT min(id) FROM customers) + n::bigint * 7919 % {customers},
                timestamptz '2031-03-01 00:00+00' + n % 2600000 * interval '1 second', 120
            FROM generate_series(1, {contacts}) n""",
        "ANALYZE",
    )


def _demand_primaries(draw_id: int, agents: int) -> None:
    with reading() as session:
        drawn = session.scalars(
            select(DrawMember.agent_id).where(DrawMember.draw_id == draw_id, DrawMember.part == "primary")
        ).all()
    demand(len(drawn) == 5 * agents and len(set(drawn)) == agents, "not every agent has five primaries")


def _forget_peak() -> float:
    """MiB held now; from here on the kernel counts the peak anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _status("VmRSS")


def _peak() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    """MiB of one line of /proc/self/status."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
