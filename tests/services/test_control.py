"""What supervisors order: it happens, it is in the log with its reason, and the agent is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from app import clock
from app.agents.models import Agent
from app.calls import answering, supervising
from app.db import reading, transaction
from app.errors import Conflict, Invalid, NotFound
from app.eventlog import Actor, Event, person
from app.live import CHANNEL
from app.queues import control
from app.queues.figures import conservation
from app.queues.work import Reservation, WorkItem
from app.security import sessions
from app.security.models import UserSession
from tests.fixtures.desk import (
    call_of,
    connect,
    create_agent,
    create_break,
    create_queue,
    create_user,
    item_of,
    offer_of,
    ring_in,
    route,
    sit_down,
    sound_flows,
)
from tests.invariants.checks import assert_invariants


@pytest.fixture
def boss(database: str) -> Actor:
    return person(create_user("supervisor", name="Maria Boss"))


@contextmanager
def told(database: str) -> Iterator[list[dict[str, Any]]]:
    """The notices that agents are sent inside the block, filled in at its end."""
    heard: list[dict[str, Any]] = []
    with psycopg.connect(database.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        yield heard
        for notice in connection.notifies(timeout=0.2):
            message = json.loads(notice.payload).get("s")
            if message and message[1] == "desk.notice":
                heard.append({"room": message[0], **message[2]})


def agent_row(agent_id: int) -> Agent:
    with reading() as session:
        return session.get_one(Agent, agent_id)


def reservation(reservation_id: int) -> Reservation:
    with reading() as session:
        return session.get_one(Reservation, reservation_id)


def event(name: str) -> Event:
    with reading() as session:
        return session.scalars(select(Event).where(Event.name == name)).one()


def line(queue: int) -> list[int]:
    """Ids of the queue's waiting items in the order they will be served."""
    with reading() as session:
        return list(
            session.scalars(
                select(WorkItem.id)
                .where(WorkItem.queue_id == queue, WorkItem.state.in_(("queued", "reserved")))
                .order_by(WorkItem.rank_at, WorkItem.id)
            )
        )


def test_a_state_is_ordered_with_its_reason(database: str, boss: Actor) -> None:
    create_break()
    agent = create_agent(create_queue())
    sit_down(agent)
    with told(database) as notices:
        control.order_state(agent, "break", break_code="lunch", reason="  Lunch is overdue ", actor=boss)
    assert agent_row(agent).intent == "break"
    ordered = event("agent.state_ordered")
    assert (ordered.reason, ordered.user_id, ordered.before) == (
        "Lunch is overdue",
        boss.user_id,
        {"intent": "available"},
    )
    [notice] = notices
    assert (notice["room"], notice["text_code"], notice["by"], notice["reason"], notice["intent"]) == (
        f"agent:{agent}",
        "state",
        "Maria Boss",
        "Lunch is overdue",
        "break",
    )


def test_a_state_ordered_during_a_call_waits_for_its_end(database: str, boss: Actor) -> None:
    agent = create_agent(create_queue())
    connect(ring_in(), sit_down(agent))
    with told(database) as notices:
        control.order_state(agent, "training", reason="Team meeting", actor=boss)
    row = agent_row(agent)
    assert (row.intent, row.pending_intent) == ("available", "training")
    assert [notice["text_code"] for notice in notices] == ["state_later"]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_nothing_is_ordered_without_a_reason(database: str, boss: Actor, reason: str) -> None:
    agent = create_agent(create_queue())
    sit_down(agent)
    with pytest.raises(Invalid):
        control.order_state(agent, "training", reason=reason, actor=boss)
    assert agent_row(agent).intent == "available"


def test_nobody_is_ordered_about_who_is_not_there(database: str, boss: Actor) -> None:
    with pytest.raises(Conflict, match="agent_not_here"):
        control.order_state(create_agent(create_queue()), "available", reason="Busy", actor=boss)


def test_logging_out_ends_shift_and_browsers(database: str, boss: Actor) -> None:
    agent = create_agent(create_queue())
    sit_down(agent)
    with transaction() as session:
        sessions.open_session(session, agent, address="127.0.0.1", browser="test", at=clock.now())
    control.log_out(agent, reason="Went home", actor=boss)
    assert agent_row(agent).intent == "offline"
    with reading() as session:
        assert session.scalars(select(UserSession.revoked_at).where(UserSession.user_id == agent)).one() is not None
    assert event("agent.logged_out").reason == "Went home"


def test_nobody_is_logged_out_with_a_caller_on_the_line(database: str, boss: Actor) -> None:
    agent = create_agent(create_queue())
    caller = ring_in()
    connect(caller, sit_down(agent))
    with pytest.raises(Conflict, match="agent_has_contact"):
        control.log_out(agent, reason="Went home", actor=boss)
    assert (agent_row(agent).intent, call_of(caller).state) == ("available", "connected")


def test_a_ringing_call_is_pulled_back_and_keeps_its_place(database: str, boss: Actor) -> None:
    queue = create_queue()
    first = create_agent(queue)
    desk = sit_down(first)
    caller = ring_in()
    place = item_of(caller).enqueued_at
    route()
    offered = offer_of(first)
    assert offered is not None
    answering.confirm_ringing(offered.id, first)
    with told(database) as notices:
        supervising.pull_back(first, reason="VIP for Ben", actor=boss)
    assert reservation(offered.id).state == "rescinded"
    assert (call_of(caller).state, item_of(caller).state, item_of(caller).enqueued_at) == ("queued", "queued", place)
    assert (agent_row(first).intent, agent_row(first).misses) == ("available", 0)
    assert [notice["text_code"] for notice in notices] == ["pulled_back"]
    second = create_agent(queue)
    other = sit_down(second)
    route()
    assert offer_of(first) is None  # the next pass does not undo the order
    taken = offer_of(second)
    assert taken is not None
    with pytest.raises(Conflict):
        answering.accept_offer(offered.id, first, desk.epoch)
    answering.accept_offer(taken.id, second, other.epoch)
    sound_flows(caller)
    assert call_of(caller).state == "connected"
    with reading() as session:
        assert_invariants(session, clock.now())


def test_a_call_in_somebodys_ear_is_not_pulled_back(database: str, boss: Actor) -> None:
    agent = create_agent(create_queue())
    caller = ring_in()
    connect(caller, sit_down(agent))
    with pytest.raises(Conflict, match="nothing_rings"):
        supervising.pull_back(agent, reason="Mine", actor=boss)
    assert call_of(caller).state == "connected"


def test_a_waiting_caller_moves_with_the_time_waited(database: str, boss: Actor) -> None:
    here, there = create_queue("parcel"), create_queue("freight", priority=2)
    caller = ring_in("parcel")
    old = item_of(caller)
    later = clock.now() + timedelta(seconds=90)
    with clock.frozen(later):
        supervising.move_waiting(old.id, there, reason="Wrong line", actor=boss)
    new = item_of(caller)
    assert new.id != old.id
    assert (new.queue_id, new.leg, new.state, new.enqueued_at, new.priority) == (there, 2, "queued", old.enqueued_at, 2)
    assert (line(here), line(there)) == ([], [new.id])
    desk = sit_down(create_agent(there))
    connect(caller, desk)
    assert call_of(caller).state == "connected"
    with reading() as session:
        assert all(conservation(session, queue).balanced for queue in (here, there))
    assert event("work_item.moved").reason == "Wrong line"


def test_a_caller_who_rings_does_not_move(database: str, boss: Actor) -> None:
    here, there = create_queue("parcel"), create_queue("freight")
    sit_down(create_agent(here))
    caller = ring_in("parcel")
    route()
    with pytest.raises(Conflict, match="contact_ringing"):
        supervising.move_waiting(item_of(caller).id, there, reason="Wrong line", actor=boss)
    assert item_of(caller).queue_id == here


def test_nobody_moves_into_a_closed_queue(database: str, boss: Actor) -> None:
    create_queue("parcel")
    there = create_queue("freight")
    control.open_queue(there, is_open=False, reason="Fire drill", actor=boss)
    caller = ring_in("parcel")
    with pytest.raises(NotFound, match="queue_unknown"):
        supervising.move_waiting(item_of(caller).id, there, reason="Wrong line", actor=boss)
    assert item_of(caller).state == "queued"


def test_points_change_the_order_and_not_the_wait(database: str, boss: Actor) -> None:
    queue = create_queue()
    start = clock.now()
    with clock.frozen(start):
        first = item_of(ring_in())
    with clock.frozen(start + timedelta(seconds=30)):
        second = item_of(ring_in())
    assert line(queue) == [first.id, second.id]
    control.reprioritise(second.id, 2, reason="Medicine on board", actor=boss)
    assert line(queue) == [second.id, first.id]
    with reading() as session:
        moved = session.get_one(WorkItem, second.id)
    assert (moved.enqueued_at, moved.priority) == (second.enqueued_at, 2)
    control.reprioritise(second.id, 0, reason="Mistake", actor=boss)
    assert line(queue) == [first.id, second.id]


def test_a_closed_queue_takes_nobody_new_and_serves_who_waits(database: str, boss: Actor) -> None:
    queue = create_queue()
    waiting = ring_in()
    agent = create_agent(queue)
    desk = sit_down(agent, available=False)
    with told(database) as notices:
        control.open_queue(queue, is_open=False, reason="Power cut in the depot", actor=boss)
        control.open_queue(queue, is_open=False, reason="Again", actor=boss)
    assert [(notice["room"], notice["text_code"]) for notice in notices] == [(f"agent:{agent}", "queue_closed")]
    with pytest.raises(Conflict, match="queue_closed"):
        ring_in()
    control.order_state(agent, "available", reason="Empty the line", actor=boss)
    connect(waiting, desk)
    control.open_queue(queue, is_open=True, reason="Power is back", actor=boss)
    assert call_of(ring_in()).state == "queued"
