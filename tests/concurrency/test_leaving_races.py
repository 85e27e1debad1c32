"""Pages that leave while what they said first is still being written down."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import clock
from app.agents.models import Agent, AgentSocket
from app.calls import cookie
from app.calls.inbound import StartedCall
from app.calls.models import CallLeg
from app.db import engine, reading
from app.live import CALLER, STAFF
from app.queues.presence import beat
from app.sockets import PROCESS_ID, socketio
from tests.fixtures.desk import create_agent, create_queue, ring_in
from tests.web.signing_in import browser_of

_WAITERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def leaves_while_it_is_answered(held: str, say: Callable[[], object], leave: Callable[[], object]) -> None:
    """`say` waits for the row that `held` locks; `leave` happens then, and only afterwards the row is free."""
    talking = threading.Thread(target=say)
    with engine().connect() as holder:
        holder.execute(text(held))
        talking.start()
        with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            pause = threading.Event()  # never set: a pause that needs no sleep
            while not watcher.scalar(_WAITERS):
                assert talking.is_alive()
                pause.wait(0.01)
        leave()
        holder.rollback()
    talking.join(30)
    assert not talking.is_alive()


@pytest.mark.usefixtures("database")
def test_a_desk_that_left_while_it_was_answered_holds_no_seat(app: Flask) -> None:
    agent = create_agent(create_queue())
    beat(PROCESS_ID)
    page = socketio.test_client(app, namespace=STAFF, flask_test_client=browser_of(app, agent))
    hello = {"tab": "tab", "page": "page"}
    leaves_while_it_is_answered(
        f"SELECT 1 FROM agents WHERE id = {agent} FOR UPDATE",
        lambda: page.emit("desk.hello", hello, namespace=STAFF),
        lambda: page.disconnect(STAFF),
    )
    with reading() as session:
        assert session.scalars(select(AgentSocket)).all() == []
        assert session.get_one(Agent, agent).session_state == "grace"
    again = socketio.test_client(app, namespace=STAFF, flask_test_client=browser_of(app, agent))
    answer = again.emit("desk.hello", {"tab": "other", "page": "other"}, namespace=STAFF, callback=True)
    assert answer["role"] == "device"


@pytest.mark.usefixtures("database")
def test_a_caller_who_left_while_being_answered_counts_as_lost(app: Flask) -> None:
    create_queue()
    caller = ring_in()
    with reading() as session:
        leg_id = session.scalars(select(CallLeg.id).where(CallLeg.call_id == caller.call_id)).one()
    browser = app.test_client()
    started = StartedCall(public_id=caller.public_id, leg_id=leg_id)
    browser.set_cookie(cookie.NAME, cookie.seal(app.config["SECRET_KEY"], started))
    beat(PROCESS_ID)
    page = socketio.test_client(app, namespace=CALLER, flask_test_client=browser)
    assert page.is_connected(CALLER)
    leaves_while_it_is_answered(
        f"SELECT 1 FROM calls WHERE id = {caller.call_id} FOR UPDATE",
        lambda: page.emit("call.sync", {"page": "page"}, namespace=CALLER),
        lambda: page.disconnect(CALLER),
    )
    with reading() as session:
        leg = session.scalars(select(CallLeg).where(CallLeg.call_id == caller.call_id)).one()
        assert leg.lost_at is not None and leg.lost_at <= clock.now()
