"""Many workers, a STOP in the middle, and processes killed with SIGKILL: never two SMS for one intent."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app import clock, db, outbox, providers
from app.db import reading, transaction
from app.effects import EFFECTS
from app.eventlog import CLI
from app.messages.models import ConsoleMessage, Message
from app.messages.receiving import receive_sms
from app.messages.services import queue_sms
from app.outbox import Effect, Found, OutboxRow, Retry
from app.providers.base import Receipt, Text
from app.providers.console import ConsoleSms
from app.schedule import Job, run_due_jobs

pytestmark = pytest.mark.usefixtures("database")
ROOT = Path(__file__).resolve().parents[2]
THREADS = 8


def together(run: Callable[[int], None], threads: int = THREADS) -> None:
    """Run `run(n)` in so many threads at the same moment; the first failure is raised here."""
    gate, failures = threading.Barrier(threads), []

    def turn(number: int) -> None:
        gate.wait()
        try:
            run(number)
        except Exception as error:
            failures.append(error)

    running = [threading.Thread(target=turn, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]


def queue(number: str, intent: str) -> int:
    with transaction() as session:
        return queue_sms(
            session, number=number, body=f"About {intent}", customer_id=None, contact_id=None,
            template_id=None, language="en", intent_key=intent, author_id=None, actor=CLI,
        ).id  # fmt: skip


def left() -> int:
    with reading() as session:
        live = OutboxRow.state.in_(("waiting", "running", "unknown"))
        return session.scalar(select(func.count()).select_from(OutboxRow).where(live)) or 0


class Carrier:
    """Counts what it takes; `find` knows it."""

    name = "carrier"

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.taken: list[tuple[str, str]] = []
        self.keys: Counter[str] = Counter()

    def send(self, text: Text) -> Receipt:
        with self.lock:
            self.taken.append((text.number, text.body))
            self.keys[text.key] += 1
        return Receipt(f"P-{text.key}")

    def find(self, text: Text) -> Receipt | None:
        return Receipt(f"P-{text.key}") if text.key in self.keys else None


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    carrier = Carrier()
    providers.use_sms(carrier)
    yield carrier


def test_workers_share_the_rows_and_keep_the_order_of_each_key() -> None:
    lock, running, order = threading.Lock(), Counter[str](), list[tuple[str, int]]()
    overlaps: list[str] = []

    def run(payload: dict[str, Any]) -> None:
        key = payload["key"]
        with lock:
            running[key] += 1
            if running[key] > 1:
                overlaps.append(key)
            order.append((key, payload["n"]))
        with lock:
            running[key] -= 1

    def give_up(*_arguments: Any) -> None:
        raise AssertionError("nothing fails here")

    effects = {"test": Effect(run, lambda payload: Found.UNKNOWN, give_up)}
    with transaction() as session:
        for number in range(120):
            key = f"k{number % 6}"
            outbox.enqueue(session, "test", key=key, payload={"key": key, "n": number})
            session.flush()

    def work(worker: int) -> None:
        while left():
            outbox.run_next(effects, f"w{worker}")

    together(work)
    assert overlaps == []
    assert sorted(n for _key, n in order) == list(range(120))
    for key in {key for key, _n in order}:
        mine = [n for k, n in order if k == key]
        assert mine == sorted(mine)


def test_one_intent_asked_for_by_many_at_once_is_one_sms(carrier: Carrier) -> None:
    found: list[int] = []
    together(lambda _n: found.append(queue("+447700900001", "wrapup:1:late")))

    def work(worker: int) -> None:
        while left():
            outbox.run_next(EFFECTS, f"w{worker}")

    together(work)
    assert len(set(found)) == 1
    assert list(carrier.keys.values()) == [1]


def test_the_same_stop_reported_many_times_at_once_is_one_message(carrier: Carrier) -> None:
    found: list[int] = []
    together(lambda _n: found.append(receive_sms("+447700900001", "STOP", "console", "IN1")))
    assert len(set(found)) == 1


def test_once_a_stop_has_committed_no_send_begins(carrier: Carrier) -> None:
    numbers = [f"+4477009000{n:02}" for n in range(10)]
    for number in numbers:
        for intent in range(4):
            queue(number, f"{number}:{intent}")
    stopped_with: dict[str, int] = {}

    def turn(worker: int) -> None:
        if worker == 0:
            for number in random.Random(7).sample(numbers, len(numbers)):
                receive_sms(number, "STOP", "console", f"IN{number}")
                with reading() as session:
                    begun = Message.status.in_(("sending", "sent"))
                    out = (Message.number == number, Message.direction == "out", begun)
                    stopped_with[number] = session.scalar(select(func.count()).where(*out)) or 0
            return
        while left():
            outbox.run_next(EFFECTS, f"w{worker}")

    together(turn)
    sent = Counter(number for number, _body in carrier.taken)
    assert {n: sent[n] for n in numbers} == stopped_with
    assert max(carrier.keys.values(), default=1) == 1
    with reading() as session:
        states = session.scalars(select(Message.status).where(Message.direction == "out").distinct()).all()
    assert set(states) <= {"sent", "refused"}


def test_retries_and_killed_claims_under_load_lose_nothing(carrier: Carrier) -> None:
    """Every third call is refused for now, and every claim of one worker is left as by a killed process."""
    for n in range(24):
        queue(f"+4477009001{n % 5:02}", f"intent:{n}")
    calls, lock, long_ago = Counter[str](), threading.Lock(), clock.now() - timedelta(hours=1)
    send = EFFECTS["sms.send"]

    def stumbling(payload: dict[str, Any]) -> None:
        with lock:
            calls["all"] += 1
            refuse = calls["all"] % 3 == 0
        if refuse:
            raise Retry("busy")
        send.run(payload)

    effects = {"sms.send": Effect(stumbling, send.reconcile, send.give_up)}

    def turn(worker: int) -> None:
        for _turn in range(30):
            if worker > 0:
                outbox.run_next(effects, f"w{worker}")
                continue
            outbox.claim_next("killed")
            with transaction() as session:  # hours pass between two looks
                again = update(OutboxRow).where(OutboxRow.state.in_(("waiting", "unknown")))
                session.execute(again.values(due_at=clock.now(), attempts=1))
                abandoned = (OutboxRow.state == "running", OutboxRow.claimed_by == "killed")
                session.execute(update(OutboxRow).where(*abandoned).values(claimed_at=long_ago))

    together(turn, 4)
    while left():
        with transaction() as session:
            session.execute(update(OutboxRow).values(due_at=clock.now()))
        outbox.run_next({"sms.send": send}, "last")
    assert len(carrier.keys) == 24
    assert set(carrier.keys.values()) == {1}


KILLED_AT = ("before_send", "after_send", "after_settling")
VICTIM = """
import os, signal, sys
from app import db, models, outbox, providers
from app.effects import EFFECTS
from app.messages import delivery
from app.outbox import Effect
from app.providers.console import ConsoleSms

point = sys.argv[2]
provider = ConsoleSms(db.connect(sys.argv[1]))
providers.use_sms(provider)
die = lambda *_a, **_k: os.kill(os.getpid(), signal.SIGKILL)
if point == "before_send":
    provider.send = die
elif point == "after_send":
    send = provider.send
    provider.send = lambda *a: (send(*a), die())
else:
    outbox._settle = die
outbox.run_next(EFFECTS, "victim")
"""


@pytest.mark.parametrize("point", KILLED_AT)
def test_a_process_killed_around_the_send_leaves_one_sms(database: str, point: str) -> None:
    sent = queue("+447700900001", "wrapup:1:late")
    command = [sys.executable, "-c", VICTIM, database, point]
    victim = subprocess.run(command, cwd=ROOT, env=dict(os.environ), check=False, timeout=60)
    assert victim.returncode == -signal.SIGKILL
    providers.use_sms(ConsoleSms(db.engine()))
    with clock.frozen(clock.now() + timedelta(seconds=outbox.CLAIM_S + 1)):
        while left():
            outbox.run_next(EFFECTS, "survivor")
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ConsoleMessage)) == 1
        assert session.get_one(Message, sent).status == "delivered"


def _fail(moment: datetime) -> None:
    raise RuntimeError("a job that fails stops no other")


def test_a_slot_of_a_job_runs_once_among_many() -> None:
    ran: list[str] = []
    jobs = (Job("once", 60, lambda moment: ran.append("once")), Job("fails", 60, _fail))
    moment = clock.now()
    together(lambda _n: run_due_jobs(moment, jobs) and None)
    assert ran == ["once"]
    assert run_due_jobs(moment + timedelta(seconds=60), jobs) == ["once", "fails"]
