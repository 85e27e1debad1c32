"""The texts of an erased customer are deleted at the loopback Twilio, as soon as its rules allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.administration.services.erasing import erase_customer
from app.customers.models import Customer
from app.customers.services import add_customer
from app.db import reading, transaction
from app.eventlog import CLI
from app.messages.models import Message
from app.messages.services import queue_sms
from tests.fixtures.telephones import Centre, Exchange, exchange, telephone_centre

ANN = "+447700900123"


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.fixture
def centre(database: str, product: Any) -> Iterator[Centre]:
    with telephone_centre(*product) as made:
        made.people.numbers["ann"] = ANN
        yield made


def erase(centre: Centre) -> None:
    with centre.now():
        with reading() as session:
            customer = session.scalars(select(Customer)).one()
        erase_customer(customer.id, typed=customer.reference, actor=CLI)


def write(centre: Centre, body: str) -> None:
    with centre.now(), transaction() as session:
        customer = session.scalar(select(Customer.id)) or add_customer(session, name="Ann", actor=CLI, phones=[ANN]).id
        queue_sms(
            session, number=ANN, body=body, customer_id=customer, contact_id=None, template_id=None, language="en",
            intent_key=body, author_id=None, actor=CLI, any_hour=True,
        )  # fmt: skip


def at_twilio(centre: Centre) -> list[str]:
    return [text.body for text in centre.emulator.account.messages.values()]


def kept() -> set[bool]:
    """Whether the desk believes that Twilio has them still."""
    with reading() as session:
        return {at is None for at in session.scalars(select(Message.carrier_erased_at))}


def test_both_ways_and_what_is_gone_already(centre: Centre) -> None:
    write(centre, "Your parcel is on its way.")
    write(centre, "It is there.")
    centre.play("10 s pass\nann replies STOP\n10 s pass")
    [first, *_rest] = centre.emulator.account.messages
    del centre.emulator.account.messages[first]  # somebody deleted it in Twilio's console
    centre.emulator.world.lose_answer()  # done, and answered 503
    erase(centre)
    centre.play("30 s pass")
    assert [body[:21] for body in at_twilio(centre)] == ["You have successfully"]  # Twilio's own answer to STOP
    assert kept() == {False}
    centre.emulator.journal.check()


def test_a_text_on_its_way_is_deleted_when_it_has_arrived(centre: Centre) -> None:
    centre.emulator.messages.handset(ANN).off_until = centre.clock.now() + timedelta(hours=2)
    write(centre, "Your parcel is on its way.")
    centre.play("5 s pass")
    erase(centre)
    centre.play("30 s pass")
    assert (at_twilio(centre), kept()) == (["Your parcel is on its way."], {True})
    centre.sleep_on_it(3 * 3600)
    centre.play("5 s pass")
    assert (at_twilio(centre), kept()) == ([], {False})
