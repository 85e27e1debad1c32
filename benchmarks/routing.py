"""Router rate: durable assignments a second, against pgbench running one bare assignment per commit."""

from __future__ import annotations

import re
import statistics
import time
from pathlib import Path

from app.effects import WORK_KINDS
from app.queues.router import run_pass
from benchmarks import organisation
from benchmarks.cluster import Server, execute, plain_connection
from benchmarks.figures import Figure, demand, ratio_figure

#: The reference's tables: agents with an array of skills, items, reservations; the index that made pgbench fastest.
_REFERENCE = (
    "DROP TABLE IF EXISTS reservation, item, agent_skill, agent",
    """CREATE TABLE agent (id int PRIMARY KEY, skills int[] NOT NULL, available bool NOT NULL DEFAULT true,
        idle_since timestamptz NOT NULL, load int NOT NULL DEFAULT 0)""",
    "CREATE TABLE agent_skill (agent_id int REFERENCES agent, skill int, PRIMARY KEY (agent_id, skill))",
    """CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, skill int NOT NULL,
        priority int NOT NULL DEFAULT 0, status text NOT NULL DEFAULT 'waiting')""",
    """CREATE TABLE reservation (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item_id bigint NOT NULL
        REFERENCES item, agent_id int NOT NULL REFERENCES agent, at timestamptz NOT NULL DEFAULT now())""",
    """INSERT INTO agent (id, skills, idle_since) SELECT n, ARRAY[1 + n % 20, 1 + (n + 5) % 20, 1 + (n + 11) % 20],
        now() - n * interval '1 second' FROM generate_series(1, {agents}) n""",
    "INSERT INTO agent_skill SELECT id, unnest(skills) FROM agent",
    "INSERT INTO item (skill) SELECT 1 + n % 20 FROM generate_series(1, {items}) n",
    "CREATE INDEX ON agent (idle_since) WHERE available",
    "CREATE INDEX ON item (skill, priority DESC, id) WHERE status = 'waiting'",
    "VACUUM ANALYZE",
    "CHECKPOINT",
)

_SCRIPT = """\\set skill random(1, 20)
BEGIN;
INSERT INTO item (skill, status) VALUES (:skill, 'assigned') RETURNING id AS item \\gset
SELECT id AS agent FROM agent WHERE available AND skills @> ARRAY[:skill]::int[] ORDER BY idle_since
    FOR UPDATE SKIP LOCKED LIMIT 1 \\gset
INSERT INTO reservation (item_id, agent_id) VALUES (:item, :agent);
UPDATE agent SET idle_since = clock_timestamp(), load = load + 1 WHERE id = :agent;
COMMIT;
"""

CLIENTS = 4
#: Largest number of texts one agent may hold: nobody fills up, as in the reference's transaction.
ROOMY = 30_000


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """Ratio of the router's rate to pgbench's, for texts (agents stay routable) and for calls (one at a time)."""
    agents, items, rounds, seconds = (100, 400, 2, 1) if quick else (1_000, 10_000, 7, 3)
    url = server.migrated("routing")
    organisation.fill_organisation(url, agents)
    reference = server.database("reference")
    script = server.var / "assign.sql"
    script.write_text(_SCRIPT)
    ours: list[float] = []
    calls: list[float] = []
    bare: list[float] = []
    for _ in range(rounds):
        bare.append(pgbench_rate(server, reference, script, agents, items, seconds))
        ours.append(texts_rate(url, items))
        calls.append(calls_rate(url, items))
    shown = f"{statistics.median(ours):,.0f}/s, pgbench {statistics.median(bare):,.0f}/s"
    shown_calls = f"{statistics.median(calls):,.0f}/s, counting the passes only"
    return [
        ratio_figure("router / pgbench, agents stay routable", _ratios(ours, bare), ">= 1.0, aim 3", shown),
        ratio_figure("router / pgbench, calls, one per agent", _ratios(calls, bare), "", shown_calls),
    ]


def _ratios(ours: list[float], reference: list[float]) -> list[float]:
    return [a / b for a, b in zip(ours, reference, strict=True)]


def pgbench_rate(server: Server, url: str, script: Path, agents: int, items: int, seconds: int) -> float:
    """Assignments a second of the bare transaction: 4 clients, prepared statements, fresh tables."""
    execute(url, *(statement.format(agents=agents, items=items) for statement in _REFERENCE))
    printed = server.pgbench(
        "reference", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-f", str(script)
    )
    found = re.search(r"tps = ([\d.]+)", printed)
    return float(found[1]) if found else 0.0


def texts_rate(url: str, items: int) -> float:
    """Offers a second while the router empties the line; every agent has room for all of it."""
    organisation.clear_round(url, texts_at_once=ROOMY)
    organisation.fill_waiting(url, items)
    organisation.settle(url)
    started = time.perf_counter()
    made = 0
    while made < items:
        got = run_pass("main", WORK_KINDS)
        demand(got > 0, "the router stopped before the line was empty")
        made += got
    rate = made / (time.perf_counter() - started)
    _check_written(url, made)
    return rate


def calls_rate(url: str, items: int) -> float:
    """Offers of calls a second over the passes alone; between two passes all agents are set free again."""
    organisation.clear_round(url, texts_at_once=4)
    organisation.fill_waiting(url, items, kind="call")
    organisation.settle(url)
    spent, made = 0.0, 0
    while made < items:
        started = time.perf_counter()
        got = run_pass("main", WORK_KINDS)
        spent += time.perf_counter() - started
        demand(got > 0, "the router stopped before the line was empty")
        made += got
        organisation.release_voice(url)
    _check_written(url, made)
    return made / spent


def _check_written(url: str, made: int) -> None:
    """A rate counts only when each assignment left its reservation, its trace and its event."""
    with plain_connection(url) as connection:
        for table in ("reservations", "routing_decisions", "events WHERE name = 'reservation.offered'"):
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            demand(row == (made,), f"{table}: {row} instead of {made}")
