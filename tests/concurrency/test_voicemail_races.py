"""A message beside everything that may happen to it at the same moment, with real threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.calls import answering
from app.db import reading
from app.errors import DeskError
from app.queues.presence import beat
from app.tickets.models import Ticket
from app.voicemail import services
from app.voicemail.delivery import deliver_left
from app.voicemail.records import Address
from tests.fixtures.desk import call_of, create_agent, create_queue, offer_of, ring_in, route, sit_down
from tests.invariants.checks import assert_invariants

ROUNDS = 5
WEBM = "audio/webm;codecs=opus"
SOUND = b"\x1a\x45\xdf\xa3" + b"\x00" * 100
HERE = Address(email="ann@example.com")


@pytest.fixture
def queue(database: str) -> int:
    return create_queue()


@pytest.fixture(autouse=True)
def all_invariants_hold_afterwards(queue: int) -> Iterator[None]:
    beat("web-1")
    yield
    with reading() as session:
        assert_invariants(session, clock.now() + timedelta(hours=1))


def at_once(*steps: Callable[[], object]) -> list[object]:
    """What each step returned, or the code of its refusal; any other failure is raised."""
    gate = threading.Barrier(len(steps))
    results: list[object] = [None] * len(steps)
    faults: list[BaseException] = []

    def take(place: int, step: Callable[[], object]) -> None:
        gate.wait(10)
        try:
            results[place] = step()
        except DeskError as refusal:
            results[place] = refusal.code
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=take, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if faults:
        raise faults[0]
    return results


def recorded(call_id: int) -> str:
    public_id = services.start_message(call_id, media_type=WEBM).public_id
    services.keep_chunk(call_id, public_id, 0, SOUND)
    services.finish_message(call_id, public_id, duration_s=5, chunks=1)
    return public_id


def tickets() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def test_sent_from_two_clicks_and_by_the_clock_it_is_one_ticket() -> None:
    for rounds in range(1, ROUNDS + 1):
        call_id = ring_in().call_id
        public_id = recorded(call_id)
        later = clock.now() + timedelta(minutes=11)
        results = at_once(
            lambda: services.send_message(call_id, public_id, HERE),  # noqa: B023
            lambda: services.send_message(call_id, public_id, HERE),  # noqa: B023
            lambda: deliver_left(later),  # noqa: B023
        )
        assert results[0] == results[1]
        assert tickets() == rounds


def test_thrown_away_and_sent_at_once_it_is_one_of_both() -> None:
    for _ in range(ROUNDS):
        before = tickets()
        call_id = ring_in().call_id
        public_id = recorded(call_id)
        sent, thrown = at_once(
            lambda: services.send_message(call_id, public_id, HERE),  # noqa: B023
            lambda: services.discard_message(call_id, public_id),  # noqa: B023
        )
        if thrown is None:
            assert (sent, tickets()) == ("voicemail_gone", before)
        else:
            assert (thrown, tickets()) == ("voicemail_sent", before + 1)


def test_an_agent_who_answers_while_the_caller_presses_record_has_the_call_or_not(queue: int) -> None:
    desk = sit_down(create_agent(queue))
    caller = ring_in()
    route()
    offer = offer_of(desk.agent_id)
    assert offer is not None
    answering.confirm_ringing(offer.id, desk.agent_id)
    accepted, started = at_once(
        lambda: answering.accept_offer(offer.id, desk.agent_id, desk.epoch),
        lambda: services.start_message(caller.call_id, media_type=WEBM),
    )
    call = call_of(caller)
    if started == "voicemail_answered":
        assert call.state == "bridging"
    else:
        assert accepted == "offer_gone"
        assert (call.state, call.end_reason) == ("ended", "voicemail")
