"""Telephones that the desk rings: click to call, busy lines, machines that answer quality callbacks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.calls import dialling, outbound
from app.calls.callbacks import create_callback
from app.calls.models import Callback
from app.customers.services import add_customer
from app.db import reading, transaction
from app.eventlog import CLI
from app.queues.models import Queue
from tests.fixtures.telephones import Centre, Exchange, exchange, telephone_centre
from tests.twilio_emulator.engine import Readings

ANN = "+447700900123"


@pytest.fixture(scope="module")
def product(database_url: str) -> Iterator[tuple[Exchange, Callable[[Any], None]]]:
    with exchange(database_url) as made:
        yield made


@pytest.fixture
def centre(database: str, product: Any) -> Iterator[Centre]:
    with telephone_centre(*product, readings=Readings()) as made:
        made.hire("bo")
        yield made


def dial(centre: Centre) -> int:
    """Bo clicks on ann's number."""
    with centre.now(), centre.app.app_context():
        with transaction() as session:
            customer = add_customer(session, name="Ann", phones=[ANN], actor=CLI).id
        call_id = dialling.dial_customer(customer, ANN, centre.agents["bo"], anyway=True)
    centre.turn(look=True)
    return call_id


def promise(centre: Centre, kind: str) -> None:
    """Ann is to be called back."""
    with centre.now(), transaction() as session:
        create_callback(
            session,
            kind=kind,
            number=ANN,
            customer_id=None,
            language="en",
            topic_id=None,
            queue=session.get_one(Queue, centre.queue),
            contact_id=str(uuid.uuid4()),
            now=clock.now(),
            actor=CLI,
        )
    centre.turn(look=True)


def callback() -> Callback:
    with reading() as session:
        return session.scalars(select(Callback)).one()


def test_a_customer_is_rung_from_the_profile_once_the_agents_line_stands(centre: Centre) -> None:
    centre.play(f"phone {ANN} is unanswered\nbo logs in")
    dial(centre)
    centre.play(f"5 s pass\nann answers the phone {ANN}\n6 s pass\nthen ann hears bo\nthen bo hears ann")
    centre.play("ann hangs up\n3 s pass\nthen bo's call is completed\nbo wraps up")
    centre.settle()
    asked = [entry for entry in centre.emulator.journal.asked() if entry.name.startswith("POST")]
    assert ["Participants" in asked[0].name, asked[1].name.endswith("/Calls.json")] == [True, True]
    assert centre.offers() == [("bo", "completed")]
    assert centre.calls()[0].end_reason == "customer_hangup"


def test_a_busy_telephone_is_rung_again_when_the_agent_says_so(centre: Centre) -> None:
    centre.play(f"phone {ANN} is busy\nbo logs in")
    promise(centre, "callback")
    centre.play("3 s pass\nbo answers\n8 s pass")
    assert callback().state == "unanswered"
    centre.play(f"phone {ANN} is unanswered")
    with centre.now(), centre.app.app_context():
        outbound.ring_again(centre.call_of("bo").id, centre.agents["bo"], centre.desks["bo"].epoch)
    centre.turn(look=True)
    centre.play(f"5 s pass\nann answers the phone {ANN}\n6 s pass\nthen ann hears bo")
    centre.play("bo hangs up\n3 s pass\nthen ann's call is completed\nbo wraps up")
    centre.settle()
    assert (callback().state, callback().attempts) == ("done", 2)


def test_an_agent_who_stops_the_ring_leaves_no_telephone_ringing(centre: Centre) -> None:
    centre.play(f"phone {ANN} is unanswered\nbo logs in")
    promise(centre, "callback")
    centre.play("3 s pass\nbo answers\n6 s pass")
    with centre.now(), centre.app.app_context():
        outbound.stop_ringing(centre.call_of("bo").id, centre.agents["bo"], centre.desks["bo"].epoch)
    centre.turn(look=True)
    centre.play("3 s pass")
    [rung] = [leg for leg in centre.emulator.account.legs.values() if leg.to == ANN]
    assert rung.over
    with centre.now(), centre.app.app_context():
        outbound.not_reached(centre.call_of("bo").id, centre.agents["bo"], centre.desks["bo"].epoch)
    centre.turn(look=True)
    centre.settle()
    assert centre.offers() == [("bo", "failed")]


def test_a_machine_that_answers_a_quality_call_is_voicemail_and_frees_the_caller(centre: Centre) -> None:
    centre.play(f"phone {ANN} is a machine\nbo logs in")
    promise(centre, "quality")
    centre.play("3 s pass\nbo answers\n20 s pass")
    assert (callback().state, callback().reason) == ("unreachable", "voicemail")
    assert centre.intent("bo") == "available"
    centre.settle()
