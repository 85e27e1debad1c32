"""Nothing doubled, nothing lost: many processes and threads run router passes over the same line at once."""

from __future__ import annotations

import multiprocessing
import threading
import time

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from app import db
from app.effects import WORK_KINDS
from app.queues import router
from benchmarks import organisation
from benchmarks.cluster import Server, plain_connection
from benchmarks.figures import Figure, demand
from benchmarks.routing import ROOMY

PROCESSES, THREADS = 4, 4

_DOUBLED = """SELECT count(*) FROM (SELECT work_item_id FROM reservations GROUP BY 1 HAVING count(*) > 1) d"""
_LOST = """SELECT count(*) FROM work_items w WHERE state <> 'reserved' OR NOT EXISTS (
    SELECT 1 FROM reservations r JOIN routing_decisions d ON d.reservation_id = r.id
    JOIN events e ON e.subject = 'reservation' AND e.subject_id = r.id AND e.name = 'reservation.offered'
    WHERE r.work_item_id = w.id)"""
_UNCERTIFIED = """SELECT count(*) FROM reservations r JOIN work_items w ON w.id = r.work_item_id
    WHERE NOT EXISTS (SELECT 1 FROM certificates c WHERE c.agent_id = r.agent_id AND c.queue_id = w.queue_id)"""


def measure(server: Server, *, quick: bool = False) -> list[Figure]:
    """Counts by SQL after the race; once as the product runs, once with the lock between passes taken away."""
    agents, with_lock, without = (100, 1_000, 500) if quick else (1_000, 100_000, 20_000)
    url = server.migrated("exactness")
    organisation.fill_organisation(url, agents)
    db.disconnect()
    return [
        _race(url, with_lock, locked=True),
        _race(url, without, locked=False),
    ]


def _race(url: str, items: int, *, locked: bool) -> Figure:
    organisation.clear_round(url, texts_at_once=ROOMY)
    organisation.fill_waiting(url, items)
    organisation.settle(url)
    context = multiprocessing.get_context("spawn")
    racers = [context.Process(target=_run, args=(url, locked), daemon=True) for _ in range(PROCESSES)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
        demand(racer.exitcode == 0, f"a racing process ended with {racer.exitcode}")
    doubled, lost, uncertified = (_count(url, question) for question in (_DOUBLED, _LOST, _UNCERTIFIED))
    name = f"{items:,} assignments, {PROCESSES * THREADS} racing triggers" + ("" if locked else ", no lock")
    result = f"{doubled} doubled, {lost} lost"
    note = f"{uncertified} uncertified; " + ("as the product runs" if locked else "database guards alone")
    return Figure(name, result, "0, 0", note)


def _count(url: str, question: str) -> int:
    with plain_connection(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        return int(row[0]) if row else -1


def _run(url: str, locked: bool) -> None:
    """One racing process: every thread triggers passes until nothing waits."""
    db.connect(url, pool_size=THREADS + 1)
    if not locked:
        router._ONE_AT_A_TIME = text("SELECT CAST(:pool AS text) IS NOT NULL")
    threads = [threading.Thread(target=_trigger, args=(url,)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _trigger(url: str) -> None:
    with plain_connection(url) as watch:
        while True:
            try:
                made = router.run_pass("main", WORK_KINDS, window=50)
            except (IntegrityError, OperationalError):  # refused by a guard: nothing was written, try again
                made = 0
            if made:
                continue
            time.sleep(0.01)  # triggers come often, but do not starve the pass that runs
            left = watch.execute("SELECT EXISTS (SELECT 1 FROM work_items WHERE state = 'queued')").fetchone()
            if left == (False,):
                return
