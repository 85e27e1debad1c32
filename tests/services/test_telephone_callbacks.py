"""Telephones that the desk rings itself: callbacks in line, machines that answer, and calls from a profile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import clock
from app.calls import answering, callback_page, callback_times, carrier, dialling, outbound, presence
from app.calls.locks import lock_call
from app.calls.models import Call, Callback, CallLeg
from app.calls.sweeps import sweep_calls
from app.calls.telephone import leg_joined
from app.customers.models import Customer, Interaction
from app.customers.services import add_customer, record_consent
from app.db import reading, transaction
from app.errors import Conflict, NotFound
from app.eventlog import CLI
from app.outbox import OutboxRow
from app.queues.presence import beat
from app.queues.work import Reservation, WorkItem
from config import Settings
from tests.fixtures.callbacks import callback_state, ring_customer, waiting_callback
from tests.fixtures.desk import Desk, call_of, create_agent, create_queue, item_of, offer_of, sit_down
from tests.fixtures.zones import where_it_is
from tests.invariants.checks import assert_invariants

NUMBER = "+447700900123"


@pytest.fixture(autouse=True)
def telephones(database: str) -> Iterator[None]:
    """This desk rings telephones."""
    carrier.configure(Settings(voice_provider="twilio"))
    yield
    carrier.configure(Settings())


@pytest.fixture
def queue(database: str) -> int:
    return create_queue()


@pytest.fixture
def desk(queue: int) -> Desk:
    return sit_down(create_agent(queue))


@pytest.fixture
def customer(queue: int) -> int:
    with transaction() as session:
        return add_customer(session, name="Mei Lin", phones=[NUMBER], time_zone="Europe/London", actor=CLI).id


def holds() -> None:
    with reading() as session:
        assert_invariants(session, clock.now())


def pick_up(call_id: int) -> None:
    """The customer answers the telephone."""
    with transaction() as session:
        call = lock_call(session, call_id)
        outbound.pick_up(session, call, outbound.callback_of(session, call), now=clock.now())


def all_join(call_id: int) -> None:
    """The carrier says that both legs are in the room."""
    with transaction() as session:
        call = lock_call(session, call_id)
        for leg in session.scalars(select(CallLeg).where(CallLeg.call_id == call_id, CallLeg.state != "left")).all():
            leg_joined(session, call, leg, now=clock.now())


def not_answered(call_id: int, *, machine: bool = False) -> None:
    with transaction() as session:
        outbound.telephone_not_answered(session, lock_call(session, call_id), machine=machine, now=clock.now())


def call_row(call_id: int) -> Call:
    with reading() as session:
        return session.get_one(Call, call_id)


def test_no_open_page_is_needed(desk: Desk) -> None:
    back = waiting_callback(number=NUMBER, page_open=False)
    assert call_of(back).provider == "twilio"
    assert item_of(back).state == "queued"
    ring_customer(desk)
    assert callback_state(back).state == "ringing"
    with reading() as session:
        assert session.scalars(select(OutboxRow.topic).where(OutboxRow.key == f"call:{back.call_id}")).all()
    pick_up(back.call_id)
    all_join(back.call_id)
    assert (call_of(back).state, callback_state(back).state) == ("connected", "connected")
    holds()


def test_the_page_only_watches(desk: Desk) -> None:
    back = waiting_callback(number=NUMBER)
    ring_customer(desk)
    with pytest.raises(Conflict):
        callback_page.answer(back.call_id)
    presence.caller_is_gone(back.sid)
    with clock.frozen(clock.now() + timedelta(seconds=20)):
        beat("web-1")
        sweep_calls()
        assert callback_state(back).state == "ringing"
    holds()


def test_without_a_number_the_page_rings_as_before(desk: Desk) -> None:
    back = waiting_callback(number="", page_open=False)
    assert (call_of(back).provider, item_of(back).state) == ("browser", "parked")


def test_a_busy_telephone_leaves_the_choice_to_the_agent(desk: Desk) -> None:
    back = waiting_callback(number=NUMBER)
    ring_customer(desk)
    not_answered(back.call_id)
    not_answered(back.call_id)  # reports come twice
    assert callback_state(back).state == "unanswered"
    outbound.ring_again(back.call_id, desk.agent_id, desk.epoch)
    assert (callback_state(back).state, callback_state(back).attempts) == ("ringing", 2)
    outbound.stop_ringing(back.call_id, desk.agent_id, desk.epoch)
    outbound.not_reached(back.call_id, desk.agent_id, desk.epoch)
    assert item_of(back).state == "parked"
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        beat("web-1")
        assert callback_times.try_again_now(callback_state(back).id)
        assert item_of(back).state == "queued"
        holds()


def test_a_machine_ends_the_attempt_and_frees_the_agent(desk: Desk) -> None:
    back = waiting_callback(number=NUMBER)
    reservation = ring_customer(desk)
    not_answered(back.call_id, machine=True)
    row = callback_state(back)
    assert (row.state, row.reason, call_of(back).state) == ("unreachable", "voicemail", "ended")
    with reading() as session:
        assert session.get_one(Reservation, reservation).state == "failed"
    holds()


def test_click_to_call_rings_the_customer_for_the_agent_who_clicked(desk: Desk, customer: int) -> None:
    call_id = dialling.dial_customer(customer, NUMBER, desk.agent_id, anyway=True)
    assert (call_row(call_id).state, call_row(call_id).owner_id) == ("bridging", desk.agent_id)
    pick_up(call_id)
    all_join(call_id)
    assert call_row(call_id).state == "connected"
    assert call_row(call_id).customer_id == customer
    holds()


def test_a_dialled_customer_who_does_not_answer_is_not_rung_by_somebody_else(desk: Desk, customer: int) -> None:
    call_id = dialling.dial_customer(customer, NUMBER, desk.agent_id, anyway=True)
    not_answered(call_id)
    outbound.not_reached(call_id, desk.agent_id, desk.epoch)
    assert (call_row(call_id).state, call_row(call_id).end_reason) == ("ended", "unreachable")
    with reading() as session:
        told = session.scalars(select(Interaction).where(Interaction.customer_id == customer)).all()
    assert [(each.direction, each.outcome, each.agent_id) for each in told] == [
        ("outbound", "not_reached", desk.agent_id)
    ]
    holds()


def test_an_agents_line_that_does_not_come_up_ends_a_dialled_call(desk: Desk, customer: int) -> None:
    call_id = dialling.dial_customer(customer, NUMBER, desk.agent_id, anyway=True)
    pick_up(call_id)
    with clock.frozen(clock.now() + timedelta(seconds=30)):
        beat("web-1")
        offer = offer_of(desk.agent_id)
        assert offer is not None and answering.let_offer_lapse(offer.id)
    assert call_row(call_id).state == "ended"
    with reading() as session:
        assert set(session.scalars(select(WorkItem.state)).all()) == {"canceled"}
    holds()


def test_who_does_not_want_to_be_called_is_not(desk: Desk, customer: int) -> None:
    with transaction() as session:
        record_consent(
            session, address=NUMBER, purpose="call", state="withdrawn", source="agent", actor=CLI, customer_id=customer
        )
    with pytest.raises(Conflict, match="dial_do_not_call"):
        dialling.dial_customer(customer, NUMBER, desk.agent_id, anyway=True)
    with pytest.raises(NotFound):
        dialling.dial_customer(customer, "+447700900999", desk.agent_id, anyway=True)
    with reading() as session:
        assert session.scalars(select(Callback)).all() == []


def test_a_night_call_is_asked_about_first(desk: Desk, customer: int) -> None:
    with transaction() as session:
        session.execute(update(Customer).where(Customer.id == customer).values(time_zone=where_it_is(3)))
    assert [each.usual_hour for each in dialling.reachable(customer)] == [False]
    with pytest.raises(Conflict, match="dial_at_night"):
        dialling.dial_customer(customer, NUMBER, desk.agent_id)
    assert dialling.dial_customer(customer, NUMBER, desk.agent_id, anyway=True)


def test_an_agent_in_a_call_cannot_dial(desk: Desk, customer: int) -> None:
    dialling.dial_customer(customer, NUMBER, desk.agent_id, anyway=True)
    with pytest.raises(Conflict, match="agent_busy"):
        dialling.dial_customer(customer, NUMBER, desk.agent_id, anyway=True)
    holds()


def test_a_desk_without_telephones_dials_nobody(desk: Desk, customer: int) -> None:
    carrier.configure(Settings())
    assert dialling.reachable(customer) == []
    with pytest.raises(Conflict, match="no_telephones"):
        dialling.dial_customer(customer, NUMBER, desk.agent_id, anyway=True)
