"""Both sides of a callback at the same moment, with real threads: one wins, the other is told kindly, all adds up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from app import clock
from app.calls import answering, callback_page, callback_times, ending, outbound, presence
from app.calls.models import Call, Callback
from app.calls.sweeps import sweep_calls
from app.db import reading
from app.errors import DeskError
from app.queues.presence import beat
from tests.fixtures.callbacks import callback_state, ring_customer, waiting_callback
from tests.fixtures.desk import (
    Desk,
    call_of,
    create_agent,
    create_queue,
    item_of,
    offer_of,
    ring_in,
    route,
    sit_down,
    sound_flows,
)
from tests.invariants.checks import assert_invariants

ROUNDS = 6


@pytest.fixture
def desk(database: str) -> Desk:
    beat("web-1")
    return sit_down(create_agent(create_queue("parcel")))


def at_once(*steps: Callable[[], object]) -> list[str]:
    """Run the steps together; what became of each: "done", or the code of the refusal."""
    start = threading.Barrier(len(steps))
    became = [""] * len(steps)

    def run(place: int, step: Callable[[], object]) -> None:
        start.wait(10)
        try:
            step()
            became[place] = "done"
        except DeskError as error:
            became[place] = error.code
        except Exception as error:
            became[place] = f"fault: {error!r}"

    threads = [threading.Thread(target=run, args=(place, step)) for place, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(word.startswith("fault") or not word for word in became), became
    with reading() as session:
        assert_invariants(session, clock.now())
    return became


def test_the_wish_clicked_five_times_is_one_callback(desk: Desk) -> None:
    caller = ring_in()
    at_once(*[lambda: callback_page.request_callback(caller.call_id)] * 5)
    with reading() as session:
        assert len(session.scalars(select(Callback)).all()) == 1


def test_the_wish_and_the_hang_up(desk: Desk) -> None:
    for _ in range(ROUNDS):
        caller = ring_in()
        call = caller.call_id
        at_once(partial(callback_page.request_callback, call), partial(ending.customer_hangs_up, call))
        assert call_of(caller).state == "ended"


def test_the_wish_and_the_router(desk: Desk) -> None:
    caller = ring_in()
    became = at_once(lambda: callback_page.request_callback(caller.call_id), route)
    offer = offer_of(desk.agent_id)
    if became[0] == "done":
        assert offer is None
        assert call_of(caller).end_reason == "callback"
    else:
        assert became[0] == "about_to_be_answered"
        assert offer is not None and offer.state == "pending"


def test_the_answer_and_the_agents_cancel(desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    became = at_once(
        lambda: callback_page.answer(back.call_id),
        lambda: outbound.stop_ringing(back.call_id, desk.agent_id, desk.epoch),
    )
    # The answer always counts: a ring that stopped a moment before is answered still
    assert became[0] == "done"
    assert callback_state(back).state == "connected"
    sound_flows(back)
    assert call_of(back).state == "connected"


def test_the_answer_and_giving_up(desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    became = at_once(
        lambda: callback_page.answer(back.call_id),
        lambda: outbound.not_reached(back.call_id, desk.agent_id, desk.epoch),
    )
    assert sorted(became) in (["done", "moved_on"], ["done", "rings_no_more"])
    assert callback_state(back).state == ("connected" if became[0] == "done" else "waiting")


def test_answer_not_now_and_cancel_together(desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    at_once(
        lambda: callback_page.answer(back.call_id),
        lambda: callback_page.not_now(back.call_id),
        lambda: ending.customer_hangs_up(back.call_id),
    )
    assert callback_state(back).state in ("connected", "declined", "canceled")


def test_the_page_closes_while_the_router_offers(desk: Desk) -> None:
    for _ in range(ROUNDS):
        back = waiting_callback()
        at_once(partial(presence.caller_is_gone, back.sid), route)
        item = item_of(back)
        assert item.state in ("parked", "reserved")
        ending.customer_hangs_up(back.call_id)
        assert offer_of(desk.agent_id) is None


def test_two_sweeps_ring_out_once(desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    moment = clock.now()
    with clock.frozen(moment.replace(year=moment.year + 1)):
        at_once(lambda: sweep_one(back.call_id), lambda: sweep_one(back.call_id))
    assert callback_state(back).state == "unanswered"


def sweep_one(call_id: int) -> bool:
    with reading() as session:
        callback_id = session.scalars(select(Callback.id).where(Callback.call_id == call_id)).one()
    return callback_times.let_ring_out(callback_id)


def test_nothing_is_left_over_after_the_storm(desk: Desk) -> None:
    back = waiting_callback()
    route()
    offer = offer_of(desk.agent_id)
    assert offer is not None
    at_once(
        lambda: answering.accept_offer(offer.id, desk.agent_id, desk.epoch),
        lambda: answering.accept_offer(offer.id, desk.agent_id, desk.epoch),
        lambda: presence.caller_is_gone(back.sid),
        lambda: ending.customer_hangs_up(back.call_id),
        sweep_calls,
    )
    assert call_of(back).state == "ended"
    with reading() as session:
        assert session.scalars(select(Call.state).where(Call.state != "ended")).all() == []
