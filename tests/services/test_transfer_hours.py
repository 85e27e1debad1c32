"""A caller is not passed on to a queue that nobody serves at this hour; nothing changes, and another way stays open."""

from __future__ import annotations

import pytest
from flask import Flask

from app.calls import transfer
from app.db import transaction
from app.errors import Conflict
from app.queues.calendars import OpeningCalendar
from app.queues.models import Queue
from tests.fixtures.desk import call_of, connect, create_agent, create_queue, item_of, ring_in, route, sit_down
from tests.web.signing_in import browser_of

pytestmark = pytest.mark.usefixtures("database")


def never_open() -> int:
    """Id of a calendar without a single interval: closed at whatever hour the test runs."""
    with transaction() as session:
        calendar = OpeningCalendar(name="Never", zone="Europe/London")
        session.add(calendar)
        session.flush()
        return calendar.id


def test_a_queue_outside_its_hours_takes_no_transfer(app: Flask) -> None:
    parcel, night = create_queue(), create_queue("night", calendar_id=never_open())
    agent = create_agent(parcel)
    desk, caller = sit_down(agent), ring_in()
    route()
    connect(caller, desk)
    told = browser_of(app, agent).get("/desk/closed").get_json()
    assert told == {"queues": {str(night): None}}
    with pytest.raises(Conflict, match="queue_outside_hours"):
        transfer.transfer_blind(caller.call_id, agent, desk.epoch, to_queue=night)
    assert (call_of(caller).state, call_of(caller).owner_id, item_of(caller).queue_id) == ("connected", agent, parcel)
    transfer.transfer_blind(caller.call_id, agent, desk.epoch, to_queue=parcel)
    assert call_of(caller).state == "queued"


def test_open_call_pages_hear_of_it(app: Flask) -> None:
    parcel = create_queue()
    client = app.test_client()
    assert client.get("/call/news").get_json()["topics"]["parcel"]["closed"] is None
    with transaction() as session:
        session.get_one(Queue, parcel).calendar_id = None
        session.get_one(Queue, parcel).active = False
    news = client.get("/call/news")
    assert news.get_json()["topics"]["parcel"]["closed"] and news.headers["Cache-Control"] == "no-store"
