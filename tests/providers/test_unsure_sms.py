"""SMS in doubt: found again by the sweep, settled by a person, never sent twice by the program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from flask import Flask

from app import clock, create_app, outbox, providers
from app.db import reading, transaction
from app.effects import EFFECTS
from app.eventlog import CLI
from app.messages import hours, settling
from app.messages.models import Message
from app.messages.services import queue_sms
from app.outbox import OutboxRow
from app.providers.twilio.sms import TwilioSms
from config import Settings
from tests.providers.http_edge import Edge, created, listed
from tests.providers.signing import with_twilio
from tests.web.signing_in import browser_of, person

NUMBER = "+8613800004410"
SID = "SM" + "b" * 32


@pytest.fixture
def desk(settings: Settings) -> Iterator[Flask]:
    ours = with_twilio(settings)
    app = create_app(ours)
    app.config["WTF_CSRF_ENABLED"] = False
    providers.use_sms(TwilioSms(ours))
    hours.use(None)
    yield app


def work() -> None:
    while outbox.run_next(EFFECTS, "w"):
        pass


def queue() -> int:
    with transaction() as session:
        return queue_sms(
            session, number=NUMBER, body="On its way.", customer_id=None, contact_id=None, template_id=None,
            language="en", intent_key="wrapup:1:x", author_id=None, actor=CLI,
        ).id  # fmt: skip


def in_doubt(edge: Edge) -> int:
    edge.answers = [requests.ReadTimeout()]
    message_id = queue()
    work()
    assert kept(message_id).status == "unknown"
    return message_id


def kept(message_id: int) -> Message:
    with reading() as session:
        found = session.get_one(Message, message_id)
        session.expunge(found)
        return found


def test_what_the_outbox_gave_up_is_still_looked_for(desk: Flask, edge: Edge) -> None:
    message_id = in_doubt(edge)
    start = clock.now()
    edge.answers = [listed()] * 20
    for minute in range(0, 64, 4):
        with clock.frozen(start + timedelta(minutes=minute)):
            work()
    with reading() as session:
        assert session.get_one(OutboxRow, 1).state == "dead"
    with clock.frozen(start + timedelta(minutes=65)):
        settling.sweep_sms(clock.now())
    assert kept(message_id).status == "unknown"
    edge.answers = [listed({"sid": SID, "body": "On its way.", "date_created": None, "status": "delivered"})]
    with clock.frozen(start + timedelta(minutes=75)):
        settling.sweep_sms(clock.now())
    assert (kept(message_id).status, kept(message_id).provider_id) == ("delivered", SID)
    assert [method for method, _address, _fields in edge.asked].count("POST") == 1


def test_a_lost_report_is_asked_for_once_at_each_age(desk: Flask, edge: Edge) -> None:
    edge.answers = [created(sid=SID, status="queued")]
    message_id = queue()
    start = clock.now()
    with clock.frozen(start):
        work()
    edge.answers = [(200, {"sid": SID, "status": "sent"}), (200, {"sid": SID, "status": "delivered"})]
    for minutes in (5, 35, 60, 125, 300):
        settling.sweep_sms(start + timedelta(minutes=minutes))
    assert (kept(message_id).status, kept(message_id).carrier_status, edge.answers) == ("delivered", "delivered", [])


@pytest.mark.parametrize(
    "verdict, status, sends",
    [("arrived", "sent", 1), ("lost", "failed", 1), ("again", "failed", 2), ("huh", "unknown", 1)],
)
def test_a_person_settles_it(desk: Flask, edge: Edge, verdict: str, status: str, sends: int) -> None:
    message_id = in_doubt(edge)
    browser = browser_of(desk, person("supervisor", "supervisor"))
    assert "On its way." in browser.get("/administration/unsure-sms").text
    edge.answers = [created(sid=SID)] + [listed()] * 5
    for _twice in range(2):
        answer = browser.post(f"/administration/unsure-sms/{message_id}", data={"verdict": verdict})
        assert answer.status_code == 303
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        work()
    assert kept(message_id).status == status
    assert [method for method, _address, _fields in edge.asked].count("POST") == sends
    if verdict == "again":
        assert kept(message_id + 1).status == "sent"
    if verdict != "huh":
        assert "On its way." not in browser.get("/administration/unsure-sms").text
