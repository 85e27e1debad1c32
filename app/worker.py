"""`flask worker`: what runs beside the web processes, until SIGTERM.

Each entry of LOOPS runs in a thread of its own: it takes steps while there is work, then sleeps until a
notice on one of its channels or until its pause is over, whichever comes first. The pause is the backstop:
a notice can be lost with its connection, a row cannot. Any number of worker processes may run.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FrameType

import click
import psycopg
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from psycopg import sql

from app import db, embedded, outbox, providers
from app.board.watching import LOOK_EVERY_S, watch_board
from app.calls.sweeps import sweep_calls
from app.clock import now
from app.customers.importing import run_next_import_batch
from app.draws import services as draws
from app.effects import EFFECTS, WORK_KINDS
from app.providers.console import ConsoleSms
from app.providers.twilio.sms import TwilioSms
from app.queues import wake
from app.queues.pools import active_pools
from app.queues.router import run_pass
from app.schedule import run_due_jobs
from config import load_settings

log = structlog.get_logger(__name__)

#: Seconds a loop rests after a step that failed, and a thread is waited for at the end.
AFTER_FAILURE_S = 1.0
GRACE_S = 10.0
#: Name of this process in the claims it makes.
WORKER = f"{socket.gethostname()[:20]}:{os.getpid()}:{secrets.token_hex(3)}"

#: Set once the worker of this thread is to stop: a step of minutes then ends at the next whole piece.
_stopping: ContextVar[threading.Event] = ContextVar("stopping")


@dataclass(frozen=True, slots=True)
class Loop:
    """One kind of work."""

    name: str
    #: Does one piece of work; True when there may be more at once.
    step: Callable[[], bool]
    #: Longest rest in seconds.
    pause_s: float = 1.0
    #: Notices that end the rest.
    channels: tuple[str, ...] = ()


def run_outbox() -> bool:
    """Run one due effect."""
    return outbox.run_next(EFFECTS, WORKER)


def run_jobs() -> bool:
    """Run the jobs whose slot has come."""
    run_due_jobs(now())
    return False


def run_router() -> bool:
    """One pass over each pool; True while offers are made, since more may be waiting than one pass takes."""
    return sum(run_pass(pool, WORK_KINDS) for pool in active_pools()) > 0


def run_sweeps() -> bool:
    """Act on what time has ended: rings, bridges, graces, wrap-ups."""
    sweep_calls()
    return False


def run_board_watch() -> bool:
    """Look at the limits of the wallboard."""
    watch_board()
    return False


def run_draws() -> bool:
    """Open the running month's draw, freeze closed months, make draws whose beacon is known."""
    settings, stopping = load_settings(), _stopping.get()
    draws.advance(now(), zone=settings.time_zone, secret=settings.secret_key, going_on=lambda: not stopping.is_set())
    return False


#: The kinds of work of a worker process. Two outbox loops: one slow carrier call must not hold up all others.
LOOPS: tuple[Loop, ...] = (
    Loop("outbox-1", run_outbox, channels=(outbox.CHANNEL,)),
    Loop("outbox-2", run_outbox, channels=(outbox.CHANNEL,)),
    Loop("router", run_router, channels=(wake.CHANNEL,)),
    Loop("sweeps", run_sweeps),
    Loop("board", run_board_watch, pause_s=LOOK_EVERY_S),
    Loop("jobs", run_jobs, pause_s=5.0),
    Loop("imports", run_next_import_batch),
    Loop("draws", run_draws, pause_s=10.0),  # no job: a large draw takes a minute, in which no other would run
)


@dataclass(slots=True)
class _Running:
    loop: Loop
    wake: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class Worker:
    """The running loops of this process, and the connection that listens for them."""

    def __init__(self, url: str, loops: Iterable[Loop] = LOOPS, app: Flask | None = None) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._running = [_Running(loop) for loop in loops]
        self._channels = sorted({channel for loop in loops for channel in loop.channels})
        self._app = app
        self._stopping = threading.Event()
        #: Set while notices are heard.
        self.listening = threading.Event()

    def start(self) -> None:
        """Begin all loops; each takes its first step at once."""
        for running in self._running:
            name = f"worker-{running.loop.name}"
            running.thread = threading.Thread(target=self._turn, args=(running,), name=name, daemon=True)
            running.thread.start()
        threading.Thread(target=self._listen, name="worker-listen", daemon=True).start()

    def stop(self) -> bool:
        """True when every loop finished its step; what one was doing is settled then, not torn."""
        self._stopping.set()
        for running in self._running:
            running.wake.set()
        for running in self._running:
            if running.thread is not None:
                running.thread.join(GRACE_S)
        return not any(r.thread is not None and r.thread.is_alive() for r in self._running)

    def _turn(self, running: _Running) -> None:
        loop = running.loop
        _stopping.set(self._stopping)
        while not self._stopping.is_set():
            running.wake.clear()
            try:
                more = self._step(loop)
            except Exception as error:
                log.error("worker.step_failed", loop=loop.name, kind=type(error).__name__, exc_info=True)
                self._stopping.wait(AFTER_FAILURE_S)
                continue
            if not more:
                running.wake.wait(loop.pause_s)

    def _step(self, loop: Loop) -> bool:
        if self._app is None:
            return loop.step()
        with self._app.app_context():
            return loop.step()

    def _listen(self) -> None:
        while self._channels and not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    for channel in self._channels:
                        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                    self.listening.set()
                    while not self._stopping.is_set():
                        for notice in connection.notifies(timeout=1.0):
                            self._wake(notice.channel)
            except psycopg.Error as error:
                self.listening.clear()
                log.warning("worker.listener_lost", kind=type(error).__name__)
                self._stopping.wait(0.5)

    def _wake(self, channel: str) -> None:
        for running in self._running:
            if channel in running.loop.channels:
                running.wake.set()


@click.command("worker")
@with_appcontext
def worker_command() -> None:
    """Run the outbox, the schedule and the sweeps until stopped."""
    settings = load_settings()
    url = embedded.database_url(settings.database_url)
    engine = db.connect(url)
    providers.use_sms(TwilioSms(settings) if settings.sms_provider == "twilio" else ConsoleSms(engine))
    worker = Worker(url, app=current_app._get_current_object())  # type: ignore[attr-defined]
    stopped = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    worker.start()
    log.info("worker.started", worker=WORKER, loops=[loop.name for loop in LOOPS], demo=settings.demo)
    stopped.wait()
    log.info("worker.stopped", worker=WORKER, clean=worker.stop())
