"""Webhooks that are answered after one statement: a telephone that rings in, and reports kept for a worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, create_app, outbox
from app.calls.models import Call, CallLeg
from app.calls.ringing_in import take_call
from app.customers.models import Customer, CustomerPhone
from app.db import NestedTransaction, in_one_statement, reading, transaction
from app.effects import EFFECTS
from app.eventlog import Event
from app.outbox import OutboxRow
from app.phones.callers import answer_call
from app.phones.steering import next_of
from app.security.receipts import WebhookReceipt, keep_for_worker
from config import Settings
from tests.providers.signing import post_signed, with_twilio

pytestmark = pytest.mark.usefixtures("database")
ANN = "+447700900123"
SID = "CA" + "1" * 32


@pytest.fixture
def desk(settings: Settings) -> Flask:
    return create_app(with_twilio(settings, metrics_token="m"))


def known(*numbers: str) -> int:
    """A customer under these numbers."""
    with transaction() as session:
        customer = Customer(reference=f"C{session.scalar(select(func.count(Customer.id)))}", name="Ann")
        session.add(customer)
        session.flush()
        session.add_all(CustomerPhone(customer_id=customer.id, e164=number) for number in numbers)
        return customer.id


def together(run: Callable[[], object]) -> list[object]:
    """What eight threads got that ran it at the same moment."""
    gate, found = threading.Barrier(8), []

    def turn() -> None:
        gate.wait()
        found.append(run())

    threads = [threading.Thread(target=turn) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_call_is_whole_after_its_one_statement() -> None:
    customer, now = known(ANN), clock.now()
    public_id = take_call(sid=SID, number=ANN, now=now)
    with reading() as session:
        call = session.scalars(select(Call)).one()
        leg = session.scalars(select(CallLeg)).one()
        events = session.execute(
            select(Event.name, Event.subject, Event.actor, Event.before, Event.after, Event.at).order_by(Event.id)
        ).all()
        assert session.scalar(select(Event.contact_id).distinct()) == call.contact_id
    assert (call.public_id, call.state, call.provider, call.start_key) == (public_id, "ivr", "twilio", SID)
    assert (call.customer_id, call.number, call.number_verified, call.started_at) == (customer, ANN, True, now)
    assert (leg.call_id, leg.role, leg.state, leg.place, leg.provider_sid) == (
        call.id, "customer", "joining", "menu", SID
    )  # fmt: skip
    told = {"state": "initiated", "provider": "twilio", "notice": call.notice_version}
    assert [tuple(event) for event in events] == [
        ("call.initiated", "call", "customer", None, told, now),
        ("call.ivr", "call", "customer", {"state": "initiated"}, {"state": "ivr", "owner": None}, now),
    ]
    assert next_of(call.id) is None, "the network has nothing to be told, so nothing waits to tell it"


@pytest.mark.parametrize("number", [ANN, "+447700900999", ""])
def test_a_number_of_two_of_nobody_or_withheld_names_nobody(number: str) -> None:
    known(ANN)
    known(ANN)
    take_call(sid=SID, number=number, now=clock.now())
    with reading() as session:
        call = session.scalars(select(Call)).one()
    assert (call.customer_id, call.number, call.number_verified) == (None, number, bool(number))


def test_a_call_that_is_told_of_eight_times_at_once_is_one_call(settings: Settings) -> None:
    ours, asked = with_twilio(settings), {"CallSid": SID, "From": ANN}
    documents = together(lambda: answer_call(ours, asked))
    with reading() as session:
        [call] = session.scalars(select(Call)).all()
        assert session.scalar(select(func.count(Event.id))) == 2
        assert session.scalar(select(func.count(CallLeg.id))) == 1
    assert len(documents) == 8 and len(set(documents)) == 1
    assert f"/call/{call.public_id}/language?again=0" in str(documents[0]) and "~" not in str(documents[0])


def test_a_report_that_comes_eight_times_at_once_is_kept_once() -> None:
    together(lambda: keep_for_worker("sms.report", "k", {"n": 1}, natural="sms:1:sent", token="token:a"))
    keep_for_worker("sms.report", "k", {"n": 2}, natural="sms:2:sent", token="token:a")
    keep_for_worker("sms.report", "k", {"n": 3}, natural="sms:1:sent", token="token:b")
    with reading() as session:
        assert session.scalars(select(OutboxRow.payload)).all() == [{"n": 1}]
        keys = set(session.scalars(select(WebhookReceipt.key)))
    assert keys >= {"sms:1:sent", "token:a"}


def test_webhooks_pass_nothing_that_is_there_for_people(desk: Flask) -> None:
    fields = {"MessageSid": "SM" + "2" * 32, "AccountSid": "AC" + "0" * 32, "MessageStatus": "sent"}
    browser = desk.test_client()
    asked: list[str] = []
    desk.before_request_funcs[None].insert(0, lambda: asked.append("hook"))
    assert browser.get("/healthz").status_code == 200 and asked
    asked.clear()
    answer = post_signed(browser, "/twilio/sms/status", fields)
    assert (answer.status_code, asked) == (204, [])
    assert not {"Set-Cookie", "Content-Security-Policy"} & set(answer.headers.keys())
    assert browser.post("/twilio/sms/status", data=fields).status_code == 403
    assert (
        'endpoint="twilio_sms.status",method="POST",status="204"'
        in browser.get("/metrics", headers={"Authorization": "Bearer m"}).text
    )
    with reading() as session:
        assert session.scalar(select(func.count(OutboxRow.id))) == 1


def test_the_end_of_a_telephone_is_kept_once_and_acted_upon_by_a_worker(desk: Flask) -> None:
    take_call(sid=SID, number=ANN, now=clock.now())
    browser = desk.test_client()
    for status in ("in-progress", "completed", "completed"):
        assert post_signed(browser, "/twilio/voice/status", {"CallSid": SID, "CallStatus": status}).status_code == 204
    with reading() as session:
        assert session.scalars(select(OutboxRow.topic)).all() == ["phone.over"]
        assert session.scalars(select(Call.state)).all() == ["ivr"]
    while outbox.run_next(EFFECTS, "w"):
        pass
    with reading() as session:
        call, leg = session.scalars(select(Call)).one(), session.scalars(select(CallLeg)).one()
    assert (call.state, call.end_reason, leg.place) == ("ended", "customer_hangup", "gone")
    EFFECTS["phone.over"].run({"sid": SID})  # once more after a crash, or about a call that nobody knows
    EFFECTS["phone.over"].run({"sid": "CA" + "9" * 32})
    with reading() as session:
        assert session.scalar(select(func.count(Event.id)).where(Event.name == "call.ended")) == 1


def test_one_statement_is_a_use_case_of_its_own() -> None:
    with transaction(), pytest.raises(NestedTransaction):
        in_one_statement("SELECT 1", {})
    with pytest.raises(psycopg.errors.UniqueViolation):
        in_one_statement("INSERT INTO webhook_receipts (key) VALUES (%(key)s), (%(key)s) RETURNING key", {"key": "a"})
    with suppress(psycopg.OperationalError):  # the server ends the connection in the middle of its statement
        in_one_statement("SELECT pg_terminate_backend(pg_backend_pid())", {})
    assert in_one_statement("SELECT count(*) FROM webhook_receipts", {}) == [(0,)]
    with transaction() as session:  # a connection that it used is one that begins transactions again
        session.add(WebhookReceipt(key="b"))
        session.flush()
        session.rollback()
    assert in_one_statement("SELECT count(*) FROM webhook_receipts", {}) == [(0,)]
