"""What a pass costs as the line grows and the tables age: the same 100 items read out of 100, 10,000 or 100,000."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url

from app import clock, db, embedded
from app.db import reading
from app.effects import WORK_KINDS
from app.queues.pick import take_picture
from app.queues.router import run_pass
from benchmarks import organisation
from benchmarks.cluster import Server, execute
from benchmarks.figures import Figure, demand, ratio_figure
from benchmarks.routing import ROOMY

#: Items read per lane: 20 lanes give 100 items at any depth, so that equal work is compared.
WINDOW = 5
READ = WINDOW * organisation.QUEUES


@dataclass
class Line:
    """One database with so many waiting, and what was measured in it (milliseconds)."""

    depth: int
    url: str
    pictures: list[float] = field(default_factory=list)
    per_pair: list[float] = field(default_factory=list)


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """Ratios to 100 waiting: fresh, then aged by assignments whose dead rows nobody has cleared away."""
    depths, agents, aged, rounds = (
        ((100, 2_000), 100, 1_000, 2) if quick else ((100, 10_000, 100_000), 1_000, 20_000, 7)
    )
    base = server.migrated("pick")
    organisation.fill_organisation(base, agents)
    db.disconnect()
    lines = [Line(depth, _copy(base, f"pick_{depth}")) for depth in depths]
    for line in lines:
        organisation.clear_round(line.url, texts_at_once=ROOMY)
        organisation.fill_waiting(line.url, line.depth)
        organisation.settle(line.url)
    figures = _compare(lines, rounds, "fresh")
    for line in lines:
        _age(line, aged)
    return figures + _compare(lines, rounds, f"aged by {aged:,}")


def _copy(base: str, name: str) -> str:
    url = make_url(base).set(database=name).render_as_string(hide_password=False)
    embedded.create_database(url, template=make_url(base).database)
    return url


def _compare(lines: list[Line], rounds: int, age: str) -> list[Figure]:
    for line in lines:
        line.pictures, line.per_pair = [], []
    for _ in range(rounds):
        for line in lines:
            _round(line)
    shallow, *deep = lines
    figures = []
    for line in deep:
        for what, ours, least in (
            ("pick", line.pictures, shallow.pictures),
            ("pass per pair", line.per_pair, shallow.per_pair),
        ):
            ratios = [a / b for a, b in zip(ours, least, strict=True)]
            note = f"{statistics.median(ours):.2f} ms against {statistics.median(least):.2f} ms"
            figures.append(
                ratio_figure(f"{what}, {line.depth:,} / {shallow.depth} waiting, {age}", ratios, "<= 1.5", note)
            )
    return figures


def _round(line: Line) -> None:
    """One value of each measure: the median of ten pictures, and of three passes."""
    db.connect(line.url)
    _picture()
    line.pictures.append(statistics.median(_picture() for _ in range(10)))
    passes = []
    for _ in range(4):
        started = time.perf_counter()
        made = run_pass("main", WORK_KINDS, window=WINDOW)
        passes.append((time.perf_counter() - started) * 1000 / max(made, 1))
        demand(made > READ / 2, f"a pass made {made} offers only")
        organisation.fill_waiting(line.url, made)
        organisation.release_texts(line.url)
    line.per_pair.append(statistics.median(passes[1:]))  # the first one prepares its statements


def _picture() -> float:
    with reading() as session:
        started = time.perf_counter()
        picture = take_picture(session, "main", clock.now(), window=WINDOW)
        spent = (time.perf_counter() - started) * 1000
    demand(picture is not None and picture.waiting > READ / 2, "nothing was waiting")
    return spent


def _age(line: Line, assignments: int) -> None:
    """Assign and end so many items beyond those that stay waiting; the dead index entries stay where they are."""
    db.connect(line.url)
    execute(line.url, "ALTER TABLE work_items SET (autovacuum_enabled = off)")
    organisation.fill_waiting(line.url, assignments, earlier=True)
    made = 0
    while made < assignments:
        made += run_pass("main", WORK_KINDS, window=min(200, -(-(assignments - made) // organisation.QUEUES)))
        organisation.release_texts(line.url)
