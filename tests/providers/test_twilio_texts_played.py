"""SMS from the desk to a handset of the loopback Twilio and back: keywords, quiet hours, reports in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import reading, transaction
from app.eventlog import SWEEP, Event
from app.messages.models import Message
from app.messages.services import is_opted_out, queue_sms
from tests.fixtures.telephones import Centre, Exchange, exchange, telephone_centre

ANN = "+447700900123"
HOUR = 3600.0


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.fixture
def centre(database: str, product: Any) -> Iterator[Centre]:
    with telephone_centre(*product) as made:
        made.people.numbers["ann"] = ANN
        yield made


def write(centre: Centre, body: str, *, key: str = "") -> int:
    """Id of a follow-up that somebody at the desk wants to send."""
    with centre.now(), transaction() as session:
        return queue_sms(
            session,
            number=ANN,
            body=body,
            customer_id=None,
            contact_id=None,
            template_id=None,
            language="en",
            intent_key=key or body,
            author_id=None,
            actor=SWEEP,
        ).id


def message(message_id: int) -> tuple[str, str]:
    with reading() as session:
        row = session.get_one(Message, message_id)
        return row.status, row.error


def opted_out() -> bool:
    with reading() as session:
        return is_opted_out(session, ANN)


def at_the_handset(centre: Centre) -> list[str]:
    return [text.body for text in centre.emulator.messages.handset(ANN).inbox if text.direction == "outbound-api"]


def test_a_stop_in_the_night_stops_what_was_to_leave_in_the_morning(centre: Centre) -> None:
    centre.sleep_on_it(11 * HOUR)  # eleven in the evening there
    late = write(centre, "Your parcel is on its way.")
    centre.play("5 s pass")
    assert message(late)[0] == "queued"
    centre.play("ann replies STOP\n10 s pass")
    centre.sleep_on_it(11 * HOUR)
    assert message(late) == ("refused", "opted_out")
    assert at_the_handset(centre) == []
    assert message(write(centre, "Another one."))[0] == "refused"
    centre.play("ann replies START\n10 s pass")
    again = write(centre, "Welcome back.")
    centre.play("20 s pass")
    assert message(again)[0] == "delivered"
    assert at_the_handset(centre) == ["Welcome back."]
    centre.settle()


def test_a_stop_that_never_reached_us_is_learnt_from_the_refusal(centre: Centre) -> None:
    centre.emulator.hooks.faults.once("drop", "/sms/inbound")
    centre.play("ann replies STOP\n5 s pass")
    assert not opted_out()
    told = write(centre, "Your parcel is on its way.")
    centre.play("20 s pass")
    assert message(told) == ("failed", "opted_out")
    assert opted_out()
    assert [entry.code for entry in centre.emulator.journal.asked("/Messages.json") if entry.status >= 400] == [21610]
    centre.settle()


def test_reports_in_any_order_leave_the_furthest_and_one_row_each(centre: Centre) -> None:
    faults = centre.emulator.hooks.faults
    faults.once("delay", "/sms/status", MessageStatus="queued")
    faults.once("delay", "/sms/status", MessageStatus="sent")
    faults.once("duplicate", "/sms/status", MessageStatus="delivered")
    told = write(centre, "Your parcel is on its way.", key="follow-up")
    assert write(centre, "Your parcel is on its way.", key="follow-up") == told
    centre.play("30 s pass")
    assert message(told)[0] == "delivered"
    order = [entry.fields["MessageStatus"] for entry in centre.emulator.journal.told("/sms/status")]
    assert sorted(order) == ["delivered", "delivered", "queued", "sent"]
    assert order.index("delivered") < order.index("sent")
    with reading() as session:
        rows = session.execute(
            select(Event.name, func.count())
            .where(Event.subject == "message", Event.subject_id == told)
            .group_by(Event.name)
        )
        assert {name: count for name, count in rows if count != 1} == {}
    centre.emulator.journal.at_most(1, "/Messages.json", "To", "Body")
    assert at_the_handset(centre) == ["Your parcel is on its way."]
    centre.settle()
