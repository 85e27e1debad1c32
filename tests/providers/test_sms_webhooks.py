"""SMS in and out as a whole: signed requests, the outbox, Twilio's answers, what the desk knows in the end."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock, create_app, outbox, providers
from app.customers.services import add_customer
from app.customers.timeline import timeline
from app.db import reading, transaction
from app.domain.sms_status import CARRIER_RANKS
from app.effects import EFFECTS
from app.eventlog import CLI, Event
from app.messages import hours
from app.messages.models import Message
from app.messages.services import is_opted_out, queue_sms
from app.outbox import OutboxRow
from app.providers.twilio.sms import TwilioSms
from app.tickets.models import TicketEntry
from config import Settings
from tests.fixtures.desk import create_queue
from tests.providers.http_edge import Edge, created, listed, refusal
from tests.providers.signing import NUMBER, PUBLIC, TOKEN, post_signed, with_twilio

CUSTOMER = "+8613800004410"
ACCOUNT = "AC" + "0" * 32
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # in Shanghai
NIGHT = NOON + timedelta(hours=11)
DAY = hours.Policy((time(8), time(21)), "Europe/London")


@pytest.fixture
def desk(settings: Settings) -> Flask:
    ours = with_twilio(settings)
    app = create_app(ours)
    providers.use_sms(TwilioSms(ours))
    hours.use(None)
    return app


@pytest.fixture
def twilio(desk: Flask) -> FlaskClient:
    return desk.test_client()


def sid(n: int, kind: str = "SM") -> str:
    return f"{kind}{n:032x}"


def came_in(n: int = 1, body: str = "Where is it?", **more: Any) -> dict[str, Any]:
    return {"MessageSid": sid(n), "AccountSid": ACCOUNT, "From": CUSTOMER, "To": NUMBER, "Body": body, **more}


def reported(n: int, status: str, **more: Any) -> dict[str, Any]:
    return {"MessageSid": sid(n), "AccountSid": ACCOUNT, "MessageStatus": status, "New": "field", **more}


def queue(body: str = "On its way.", number: str = CUSTOMER, **more: Any) -> int:
    values: dict[str, Any] = {
        "customer_id": None, "contact_id": None, "template_id": None, "language": "en", "intent_key": None,
        "author_id": None, "actor": CLI,
    }  # fmt: skip
    with transaction() as session:
        return queue_sms(session, number=number, body=body, **{**values, **more}).id


def work() -> None:
    while outbox.run_next(EFFECTS, "w"):
        pass


def kept(message_id: int) -> Message:
    with reading() as session:
        found = session.get_one(Message, message_id)
        session.expunge(found)
        return found


def count(what: Any, *where: Any) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(what).where(*where)) or 0


# In -------------------------------------------------------------


def test_nobody_gets_in_without_a_signature(twilio: FlaskClient) -> None:
    for path in ("/twilio/sms/inbound", "/twilio/sms/status?message=1"):
        assert twilio.post(path, data=came_in()).status_code == 403
        assert twilio.post(path, data=came_in(), headers={"X-Twilio-Signature": "x" * 28}).status_code == 403
    assert count(Message) == 0


def test_what_a_customer_writes_is_on_the_profile_and_becomes_work_once(twilio: FlaskClient) -> None:
    create_queue()
    with transaction() as session:
        customer = add_customer(session, name="Chen Siyu", actor=CLI, phones=[CUSTOMER]).id
    for headers in ({}, {"I-Twilio-Idempotency-Token": "t1"}, {"I-Twilio-Idempotency-Token": "t1"}):
        answer = post_signed(twilio, "/twilio/sms/inbound", came_in(body="在哪里？"), headers=headers)
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        assert "<Message" not in answer.text
    work()
    with reading() as session:
        entries = timeline(session, customer, only="messages")
    assert [entry.data["body"] for entry in entries if entry.kind == "sms"] == ["在哪里？"]
    assert count(TicketEntry, TicketEntry.message_id.is_not(None)) == 1


def test_a_stop_ends_everything_and_is_not_answered_again(twilio: FlaskClient) -> None:
    words = [("STOP", "STOP"), ("退订", ""), ("退訂", ""), ("停止", ""), ("取消", ""), ("End it", "STOP")]
    for n, (body, told) in enumerate(words):
        number = f"+86138000044{n:02}"
        waiting = queue(number=number)
        said = came_in(2 * n + 1, body, From=number)
        post_signed(twilio, "/twilio/sms/inbound", {**said, **({"OptOutType": told} if told else {})})
        assert (kept(waiting).status, kept(waiting).error) == ("refused", "opted_out"), body
        post_signed(twilio, "/twilio/sms/inbound", came_in(2 * n + 2, "开始", From=number))
        with reading() as session:
            assert not is_opted_out(session, number)
    work()
    assert count(Message, Message.direction == "out") == len(words)


def test_help_is_answered_by_one_of_us(twilio: FlaskClient) -> None:
    asked = [("HELP", "HELP", 0), ("info", "", 0), ("帮助", "HELP", 0), ("帮助", "", 1), ("幫助", "", 1)]
    for n, (body, told, answers) in enumerate(asked):
        number = f"+86138000044{n:02}"
        said = came_in(n, body, From=number)
        post_signed(twilio, "/twilio/sms/inbound", {**said, **({"OptOutType": told} if told else {})})
        assert count(Message, Message.direction == "out", Message.number == number) == answers, body


def test_what_nobody_can_answer_is_not_kept_and_not_asked_for_again(twilio: FlaskClient) -> None:
    for odd in ({"From": "anonymous"}, {"From": "12345"}, {"AccountSid": "AC" + "1" * 32}, {"MessageSid": "SM1"}):
        assert post_signed(twilio, "/twilio/sms/inbound", {**came_in(), **odd}).status_code == 200
    assert count(Message) == 0


def test_pictures_are_not_hidden(twilio: FlaskClient) -> None:
    post_signed(twilio, "/twilio/sms/inbound", came_in(body="Broken", NumMedia="2"))
    assert kept(1).body == "Broken\n📎 × 2"


# Out ------------------------------------------------------------


def test_reports_in_any_order_end_at_delivered_with_one_row(twilio: FlaskClient, edge: Edge) -> None:
    for seed in range(8):
        edge.answers = [created(sid=sid(seed), status="accepted")]
        with transaction() as session:
            number = f"+86138000044{seed:02}"
            customer = add_customer(session, name="Chen Siyu", actor=CLI, phones=[number]).id
        sent = queue(customer_id=customer, number=number)
        work()
        reports = ["delivered", "sent", "sent", "queued"]
        random.Random(seed).shuffle(reports)
        for status in reports:
            answer = post_signed(twilio, f"/twilio/sms/status?message={sent}", reported(seed, status))
            assert answer.status_code == 204
        work()
        found = kept(sent)
        assert (found.status, found.carrier_status, found.provider_id) == ("delivered", "delivered", sid(seed)), reports
        with reading() as session:
            assert len(timeline(session, customer, only="messages")) == 1
            log = select(Event.name).where(Event.subject == "message", Event.subject_id == sent).order_by(Event.id)
            assert list(session.scalars(log)) == ["sms.queued", "sms.sending", "sms.sent", "sms.delivered"]


def test_a_report_may_overtake_the_receipt(twilio: FlaskClient, edge: Edge) -> None:
    sent = queue()

    def deliver_first(fields: dict[str, str]) -> Any:
        target = fields["StatusCallback"].removeprefix(PUBLIC).partition("#")[0]
        assert post_signed(twilio, target, reported(1, "delivered")).status_code == 204
        return created(sid=sid(1), status="queued")

    edge.answers = [deliver_first]
    work()
    assert (kept(sent).status, kept(sent).provider_id) == ("delivered", sid(1))


def test_a_report_settles_a_message_whose_receipt_was_lost(twilio: FlaskClient, edge: Edge) -> None:
    edge.answers = [requests.ReadTimeout()]
    sent = queue()
    work()
    assert kept(sent).status == "unknown"
    post_signed(twilio, f"/twilio/sms/status?message={sent}", reported(1, "sent"))
    with clock.frozen(clock.now() + timedelta(hours=1)):
        work()
    assert (kept(sent).status, kept(sent).provider_id, len(edge.asked)) == ("sent", sid(1), 1)


def test_a_report_that_comes_twice_is_kept_once(twilio: FlaskClient) -> None:
    for token in ("", "", "t1", "t1"):
        headers = {"I-Twilio-Idempotency-Token": token} if token else {}
        post_signed(twilio, "/twilio/sms/status?message=1", reported(1, "sent"), headers=headers)
    assert count(OutboxRow) == 1
    post_signed(twilio, "/twilio/sms/status", reported(2, "sent"), headers={"I-Twilio-Idempotency-Token": "t1"})
    assert count(OutboxRow) == 1, "the token was seen, so this is a repetition of another"
    work()
    assert count(Message) == 0


def test_a_report_names_no_message_of_another(twilio: FlaskClient, edge: Edge) -> None:
    edge.answers = [created(sid=sid(1))]
    sent = queue()
    work()
    post_signed(twilio, f"/twilio/sms/status?message={sent}", reported(2, "failed", ErrorCode="30003"))
    work()
    assert (kept(sent).status, kept(sent).provider_id) == ("sent", sid(1))


@pytest.mark.parametrize("by_report", [True, False])
def test_21610_is_an_opt_out(twilio: FlaskClient, edge: Edge, by_report: bool) -> None:
    edge.answers = [created(sid=sid(1)) if by_report else refusal(21610)]
    first = queue()
    work()
    if by_report:
        post_signed(twilio, f"/twilio/sms/status?message={first}", reported(1, "failed", ErrorCode="21610"))
        work()
    second = queue()
    work()
    assert [(kept(m).status, kept(m).error) for m in (first, second)] == [
        ("failed", "opted_out"),
        ("refused", "opted_out"),
    ]
    assert len(edge.asked) == 1


def test_too_many_requests_are_tried_again_and_sent_once(desk: Flask, edge: Edge) -> None:
    edge.answers = [refusal(20429, 429), refusal(20429, 429), created(sid=sid(1))]
    sent = queue()
    for after in (0, 60, 120):
        with clock.frozen(clock.now() + timedelta(seconds=after)):
            work()
    assert (kept(sent).status, len(edge.asked)) == ("sent", 3)


def test_one_intent_is_at_most_one_sms_whatever_fails(desk: Flask, edge: Edge) -> None:
    """A Twilio that times out after taking, refuses, tears the line, and lists late: never two of one intent."""
    chance = random.Random(20261123)
    taken: list[dict[str, Any]] = []

    def create(fields: dict[str, str]) -> Any:
        fault = chance.choice(["none", "busy", "lost_after", "lost_before", "oops_after"])
        if fault == "busy":
            return refusal(20429, 429)
        if fault != "lost_before":
            made = {"sid": sid(len(taken) + 1), "to": fields["To"], "body": fields["Body"]}
            taken.append({**made, "date_created": clock.now().strftime(RFC)})
        if fault == "none":
            return created(**taken[-1])
        return (500, {"message": "oops"}) if fault == "oops_after" else requests.ReadTimeout()

    def answer(fields: dict[str, str]) -> Any:
        if "Body" in fields:
            return create(fields)
        listing = [each for each in taken if each["to"] == fields["To"]]
        return listed(*listing) if chance.random() < 0.7 else requests.ReadTimeout()

    edge.answers = [answer] * 2000
    start = clock.now().replace(microsecond=0)
    with clock.frozen(start):
        numbers = [f"+86138000{n:05}" for n in range(14)]
        again = [queue(number=to, intent_key=f"wrapup:{to}:x") for to in numbers for _twice in range(2)]
        sent = dict(zip(numbers, again[::2], strict=True))
        second = [queue("And more.", number=to) for to in numbers[:5]]
    assert again[::2] == again[1::2]
    for minute in (0, 1, 5, 20, 60, 200, 600, 2000):
        with clock.frozen(start + timedelta(minutes=minute)):
            work()
    texts = [(each["to"], each["body"]) for each in taken]
    assert len(texts) == len(set(texts))
    states = {kept(message_id).status for message_id in sent.values()}
    assert states == {"sent", "unknown"}, "the faults were not all met"
    for to, message_id in sent.items():
        if kept(message_id).status == "sent":
            assert (to, "On its way.") in texts
    assert {kept(message_id).status for message_id in second} <= {"sent", "unknown", "queued"}


RFC = "%a, %d %b %Y %H:%M:%S +0000"


# Hours ----------------------------------------------------------


def test_an_automatic_text_waits_for_the_morning_there(desk: Flask, edge: Edge) -> None:
    hours.use(DAY)
    edge.answers = [created(sid=sid(1)), created(sid=sid(2))]
    with clock.frozen(NIGHT):
        asleep, urgent = queue(), queue(body="Now, please", any_hour=True)
        work()
    assert (kept(asleep).status, kept(urgent).status) == ("queued", "sent")
    assert kept(asleep).not_before == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # eight in Shanghai
    with clock.frozen(NIGHT + timedelta(hours=9)):
        work()
    assert kept(asleep).status == "sent"
    assert [fields["ValidityPeriod"] for _m, _a, fields in edge.asked] == ["14400", "14400"]


def test_a_text_that_the_night_overtook_waits_too(desk: Flask, edge: Edge) -> None:
    hours.use(DAY)
    edge.answers = [created()]
    with clock.frozen(NOON):
        late = queue()
    with clock.frozen(NIGHT):
        work()
        assert kept(late).status == "queued"
    with clock.frozen(NIGHT + timedelta(hours=9)):
        work()
    assert kept(late).status == "sent"


def test_a_stop_at_night_ends_what_waits_for_the_morning(desk: Flask, twilio: FlaskClient, edge: Edge) -> None:
    hours.use(DAY)
    with clock.frozen(NIGHT):
        waiting = queue()
        post_signed(twilio, "/twilio/sms/inbound", came_in(body="退订"))
    with clock.frozen(NIGHT + timedelta(hours=9)):
        work()
    assert (kept(waiting).status, edge.asked) == ("refused", [])


def test_the_ladder_has_a_rank_for_each_status_that_twilio_names() -> None:
    told = "accepted scheduled queued sending sent delivered undelivered failed canceled read partially_delivered"
    assert set(CARRIER_RANKS) == set(told.split())
    assert len(TOKEN) == 32
