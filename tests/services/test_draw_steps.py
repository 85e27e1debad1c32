"""A draw's long steps: stopped, killed or paused at any place they go on to the same files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DatabaseError

from app import db
from app.customers.services import record_consent
from app.db import alone, engine, reading, transaction
from app.draws import making, queries, services
from app.draws.models import DrawAgent, DrawMember, QualityDraw
from app.errors import Conflict
from app.eventlog import CLI, SWEEP
from tests.fixtures.desk import create_agent, create_queue
from tests.services.test_draws import BLUE, FREEZE, MIDDLE, MONTH, RED, SECRET, ZONE, bind, customer, number, serve

AGENTS = 3
LATER = FREEZE + timedelta(hours=7)


class Stopped(BaseException):
    """The process is gone at this place."""


def files() -> tuple[str | None, ...]:
    """All that is published of the draw, and what proves it."""
    with reading() as session:
        row = queries.draw_of(session, MONTH, 1)
        return (row.frame, row.frame_sha256, row.seed, row.result, row.result_sha256, str(row.frozen_at))


def state() -> str:
    with reading() as session:
        return session.scalars(select(QualityDraw.state).where(QualityDraw.period == MONTH)).one()


def draw_id() -> int:
    with reading() as session:
        return session.scalars(select(QualityDraw.id).where(QualityDraw.period == MONTH)).one()


def progress() -> queries.Progress:
    with reading() as session:
        return queries.progress(session, session.get_one(QualityDraw, draw_id()))


def rows() -> list[tuple[object, ...]]:
    """The members as they are called, without the numbers of their rows."""
    columns = [each for each in DrawMember.__table__.c if each.name != "id"]
    with reading() as session:
        return sorted(map(tuple, session.execute(select(*columns).where(DrawMember.draw_id == draw_id()))), key=repr)


@pytest.fixture
def house(database: str) -> tuple[int, int]:
    """Three agents who share some of their customers; the month is bound. The two people."""
    services.advance(MIDDLE, zone=ZONE, secret=SECRET)
    queue = create_queue()
    agents = [create_agent(queue) for _ in range(AGENTS)]
    customers = [customer(number(place)) for place in range(14)]
    for place, each in enumerate(customers):
        serve(agents[place % AGENTS], each)
        if place % 4 == 0:
            serve(agents[(place + 1) % AGENTS], each, MIDDLE + timedelta(hours=3))
        if place % 5 == 0:
            serve(agents[place % AGENTS], each, MIDDLE + timedelta(hours=9))
    return bind(draw_id())


def reveal(people: tuple[int, int]) -> None:
    for role, user, secret in zip(("supervisor", "quality"), people, (RED, BLUE), strict=True):
        services.reveal_secret(draw_id(), role=role, user_id=user, secret=secret)


def stopping_at(commit: int) -> Callable[..., None]:
    """To be called before each commit: raises in the place of the one with that number, counted from 1."""
    seen = 0

    def look(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == commit:
            raise Stopped

    return look


def advance_until(commit: int, moment: datetime) -> bool:
    """Whether the process came to its end before its commit with that number, which is lost with it."""
    look = stopping_at(commit)
    sessions = db._sessions
    event.listen(sessions, "before_commit", look)
    try:
        services.advance(moment, zone=ZONE, secret=SECRET)
    except Stopped:
        return False
    finally:
        event.remove(sessions, "before_commit", look)
    return True


def test_stopped_before_any_commit_it_comes_to_the_same_files(house: tuple[int, int]) -> None:
    """Each step is stopped at every one of its borders, one further each time; nothing half is ever to be seen."""
    for commit in range(1, 50):
        if advance_until(commit, FREEZE):
            break
        assert state() in ("open", "freezing") and files()[:2] == (None, None)
    assert state() == "frozen" and commit > AGENTS
    frozen = files()
    # What the house does from here on can't change what is decided
    serve(create_agent(), customer(number(99)))
    reveal(house)
    for commit in range(1, 50):
        if advance_until(commit, LATER):
            break
        assert state() == "ready" and files()[2:5] == (None, None, None)
    assert state() == "drawn" and commit > AGENTS
    made, members = files(), rows()
    assert made[:2] == frozen[:2]
    again = _undisturbed()
    assert (made[:5], members) == again


def _undisturbed() -> tuple[tuple[str | None, ...], list[tuple[object, ...]]]:
    """The same draw over the same decision, made from the beginning in one go and taken back."""
    found: list[tuple[tuple[str | None, ...], list[tuple[object, ...]]]] = []
    columns = [each for each in DrawMember.__table__.c if each.name not in ("id", "draw_id")]
    own = draw_id()
    with pytest.raises(Stopped), transaction() as session:
        old = session.get_one(QualityDraw, own)
        row = QualityDraw(period="2031-01", state="freezing", method="public_beacon")
        session.add(row)
        session.flush()
        decided = select(DrawAgent.agent_id, DrawAgent.customers, DrawAgent.members).where(DrawAgent.draw_id == own)
        for agent_id, customers, members in session.execute(decided).all():
            session.add(DrawAgent(draw_id=row.id, agent_id=agent_id, customers=customers, members=members))
        session.flush()
        session.execute(text("ALTER TABLE quality_draws DISABLE TRIGGER keep_draw"))
        session.execute(text("UPDATE quality_draws SET period = '2031-02' WHERE id = :id"), {"id": own})
        session.execute(text("UPDATE quality_draws SET period = :p WHERE id = :id"), {"p": MONTH, "id": row.id})
        session.refresh(row)
        for agent_id in making.unnamed(session, row.id):
            making.name_members(session, row, agent_id, secret=SECRET)
        making.end_freeze(session, row, FREEZE)
        services.settle_beacon(session, row, old.beacon or "", SWEEP)
        drawn = making.the_draw(row)
        for code in making.unplaced(session, row.id):
            making.place_members(session, row, code, drawn.seed, drawn.agents[code])
        making.end_draw(session, row, drawn, LATER)
        made = (row.frame, row.frame_sha256, row.seed, row.result, row.result_sha256)
        placed = session.execute(select(*columns).where(DrawMember.draw_id == row.id))
        found.append((made, sorted(((own, *each) for each in placed), key=repr)))
        raise Stopped
    return found[0]


def test_what_is_decided_is_drawn_whatever_happens_to_the_customers_meanwhile(house: tuple[int, int]) -> None:
    assert not advance_until(5, FREEZE)  # decided, one agent named
    assert (state(), progress().done, progress().agents) == ("freezing", 1, AGENTS)
    with transaction() as session:
        record_consent(session, address=number(1), purpose="survey", state="withdrawn", source="agent", actor=CLI)
    services.advance(FREEZE + timedelta(hours=1), zone=ZONE, secret=SECRET)
    frame = files()[0]
    assert state() == "frozen" and frame is not None
    with reading() as session:
        assert len(frame.splitlines()) == session.scalar(select(func.sum(DrawAgent.customers)))


def test_a_process_that_is_killed_in_the_middle_leaves_whole_agents(house: tuple[int, int], database: str) -> None:
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    reveal(house)
    # The child says when an agent is done, and then waits for the next word, which never comes
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, database, LATER.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdin is not None and child.stdout is not None
    with child:
        assert child.stdout.readline() == "one agent is done\n"
        with alone("monthly draw") as nobody_else:
            assert not nobody_else
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait(60) == -signal.SIGKILL
    _wait_until_free()
    assert (state(), progress()) == ("ready", queries.Progress("ready", 1, AGENTS, paused=False))
    services.advance(LATER, zone=ZONE, secret=SECRET)
    assert state() == "drawn"
    assert (files()[:5], rows()) == _undisturbed()


def _wait_until_free() -> None:
    """The server notices within moments that the one who held the lock is gone."""
    with engine().connect() as connection:
        connection.execute(text("SET lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('monthly draw'))"))


_CHILD = f"""
import sys
from datetime import datetime
from app import db, models
from app.draws import services

borders = iter((True, False))

def border():
    if next(borders):
        return True
    print("one agent is done", flush=True)
    sys.stdin.readline()

db.connect(sys.argv[1])
services.advance(datetime.fromisoformat(sys.argv[2]), zone={ZONE!r}, secret={SECRET!r}, going_on=border)
"""


def test_a_pause_stops_it_and_changes_nothing(house: tuple[int, int]) -> None:
    assert not advance_until(5, FREEZE)
    services.pause(draw_id(), actor=CLI)
    with pytest.raises(Conflict):
        services.pause(draw_id(), actor=CLI)
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    assert progress() == queries.Progress("freezing", 1, AGENTS, paused=True)
    services.resume(draw_id(), actor=CLI)
    with pytest.raises(Conflict):
        services.resume(draw_id(), actor=CLI)
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    with pytest.raises(Conflict):
        services.pause(draw_id(), actor=CLI)  # nothing goes on while secrets are waited for
    reveal(house)
    services.pause(draw_id(), actor=CLI)
    services.advance(LATER, zone=ZONE, secret=SECRET)
    assert progress() == queries.Progress("ready", 0, AGENTS, paused=True)
    services.resume(draw_id(), actor=CLI)
    services.advance(LATER, zone=ZONE, secret=SECRET)
    assert (files()[:5], rows()) == _undisturbed()


def test_a_worker_that_is_to_stop_does_so_after_a_whole_agent(house: tuple[int, int]) -> None:
    asked = iter((True, True, False))
    services.advance(FREEZE, zone=ZONE, secret=SECRET, going_on=lambda: next(asked))
    assert progress() == queries.Progress("freezing", 2, AGENTS, paused=False)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE draw_agents SET members = members || '[[1, [1]]]'::jsonb",
        "UPDATE draw_agents SET names = names || 'x'",
        "UPDATE draw_agents SET agent_code = NULL, names = NULL",
        "DELETE FROM draw_agents",
        "UPDATE quality_draws SET state = 'freezing'",
    ],
)
def test_the_database_keeps_the_decision(house: tuple[int, int], statement: str) -> None:
    services.advance(FREEZE, zone=ZONE, secret=SECRET)
    with pytest.raises(DatabaseError), transaction() as session:
        session.execute(text(statement))
