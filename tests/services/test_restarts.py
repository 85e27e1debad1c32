"""Each process is killed in the middle of the day's work, the database too: nothing is lost, nothing is doubled.

The program runs as in life (gunicorn, `flask worker`) on a cluster of its own, and the living demo plays in it.
HEARBACK_LONG=1 kills more often, in an order of its own, and the players as well.
"""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from app import clock, db, embedded, migrate
from app.db import reading
from app.eventlog import Event
from app.queues.models import Queue, QueueMember
from app.queues.work import Reservation
from tests.browser.running import RunningDesk
from tests.fixtures.board_by_log import House as Arranged
from tests.fixtures.board_by_log import Rule
from tests.fixtures.comparing import compare_board
from tests.fixtures.folding import Fold
from tests.fixtures.living import Simulation, answered, organise
from tests.invariants.checks import assert_invariants

Answer = TypeVar("Answer")

LONG = os.environ.get("HEARBACK_LONG") == "1"
#: Contacts that must be taken and wrapped up between two disasters.
SOME = 10 if LONG else 2
#: No condition takes so long, however busy the machine is.
PATIENCE_S = 300

#: What has to come to an end by itself. Promises to call back last for hours, and a wrap-up may wait for its agent.
_OPEN = text("""
SELECT 'call' AS what, c.id, c.state FROM calls c LEFT JOIN work_items w ON w.id = c.work_item_id
WHERE c.state <> 'ended' AND NOT (w.kind = 'callback' AND w.state IN ('queued','parked'))
UNION ALL SELECT 'reservation', id, state FROM reservations WHERE state IN ('pending','accepted','active')""")

#: What the log says came in and is not there, calls that ended without a reason or in no line, and talks that were
#: remembered not at all, or twice.
_LOST = text("""
SELECT 'call' AS what, e.subject_id AS id FROM events e LEFT JOIN calls c ON c.id = e.subject_id
WHERE e.name = 'call.initiated' AND c.id IS NULL
UNION ALL
SELECT 'end', id FROM calls WHERE state = 'ended' AND end_reason = ''
UNION ALL
SELECT 'line', c.id FROM calls c WHERE NOT EXISTS (SELECT 1 FROM work_items w WHERE w.contact_id = c.contact_id)
UNION ALL
SELECT 'interaction', r.id FROM reservations r JOIN work_items w ON w.id = r.work_item_id AND w.kind = 'call'
LEFT JOIN interactions i ON i.work_item_id = w.id AND i.agent_id = r.agent_id AND i.outcome <> 'no_answer'
WHERE r.state = 'completed' GROUP BY r.id HAVING count(i.id) <> 1""")


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database on a server that only this test uses, and kills."""
    folder = tmp_path / "var"
    place = embedded.join(folder)
    url = URL.create("postgresql+psycopg", "postgres", database="restarts", query={"host": str(place.socket_folder)})
    address = url.render_as_string(hide_password=False)
    embedded.create_database(address)
    migrate.upgrade(address)
    db.connect(address)
    yield address
    db.disconnect()
    embedded.leave(folder)


def wait_until(what: Callable[[], object], else_tell: Callable[[], object]) -> None:
    """Wait until `what` is true; several processes have to come to an end, and none of them tells."""
    end = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end, else_tell()
        threading.Event().wait(0.3)


class House:
    """The running program, and whoever plays in it."""

    def __init__(self, address: str, folder: Path) -> None:
        organise()
        self.folder = folder
        self.desk = RunningDesk(address, folder, HEARBACK_VAR=str(folder / "var"))
        self.plays: list[Simulation] = []
        self._unsaved: set[int] = set()

    def play(self) -> None:
        """Let the living demo begin, or begin anew."""
        self.plays.append(Simulation(self.desk, self.folder / f"live-{len(self.plays)}.log"))

    def goes_on(self) -> None:
        """Wait until some more contacts were taken and wrapped up, and what a disaster left in hand was, too."""
        before = _asked(answered)
        self.plays[-1].until(lambda: _asked(answered) >= before + SOME, PATIENCE_S)
        self.plays[-1].until(lambda: not self._unsaved & _asked(_wrapping), PATIENCE_S)

    def loses(self, what: str) -> None:
        """`kill -9`, and a new start at once. What was committed by then is there afterwards."""
        self._unsaved, known = _asked(_wrapping), _asked(_told)
        if what == "database":
            place = embedded.join(self.folder / "var")
            server = psutil.Process(int((place.data / "postmaster.pid").read_text().split("\n", 1)[0]))
            server.send_signal(signal.SIGKILL)
            server.wait(PATIENCE_S)
            embedded.join(self.folder / "var")
        elif what == "players":
            self.plays[-1].kill()
            self.play()
        else:
            self.desk.kill(what)
            self.desk.start_missing()
        assert known <= _asked(_told)

    def ends(self) -> None:
        """The play stops, everything comes to its end, and nobody writes any more."""
        status, said = self.plays[-1].stop()
        assert status == 0, said
        wait_until(lambda: not _asked(_open_things), _open_things)
        self.desk.stop()


def _wrapping() -> set[int]:
    with reading() as session:
        return set(session.scalars(select(Reservation.id).where(Reservation.state == "wrapping")))


def _told() -> set[int]:
    with reading() as session:
        return set(session.scalars(select(Event.id)))


def _open_things() -> list[object]:
    with reading() as session:
        return list(session.execute(_OPEN).all())


def _asked(question: Callable[[], Answer]) -> Answer:
    """The answer, once the pool has no connection any more to a server that was killed."""
    for _ in range(50):
        try:
            return question()
        except OperationalError as error:
            last = error
    raise last


@pytest.fixture
def house(own_cluster: str, tmp_path: Path) -> Iterator[House]:
    house = House(own_cluster, tmp_path)
    house.desk.start()
    house.play()
    yield house
    for play in house.plays:
        play.kill()
    house.desk.stop()


def test_the_work_survives_the_death_of_every_process(house: House) -> None:
    disasters = ["web", "worker", "database"]
    if LONG:  # the suite's limit is ten minutes for each test
        faulthandler.cancel_dump_traceback_later()
        disasters = random.SystemRandom().sample([*disasters, "players"] * 4, 16)
    house.goes_on()
    for what in disasters:
        house.loses(what)
        house.goes_on()
    house.ends()
    _everything_adds_up()


def _everything_adds_up() -> None:
    """Invariants (the balance of every queue among them), nothing lost or doubled, and the board is the log's."""
    moment, fold = clock.now(), Fold()
    with clock.frozen(moment), reading() as session:
        assert_invariants(session, moment)
        assert session.execute(_LOST).all() == []
        fold.read(session)
        rules = {q.id: Rule(q.target_s, q.short_abandon_s, q.target_percent) for q in session.scalars(select(Queue))}
        serves: dict[int, frozenset[int]] = {}
        for member in session.scalars(select(QueueMember)):
            serves[member.agent_id] = serves.get(member.agent_id, frozenset()) | {member.queue_id}
        compare_board(session, fold, Arranged(rules, serves), moment)
