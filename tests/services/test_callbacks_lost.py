"""Callbacks whose agent, page or server is lost on the way: the place is kept, the customer is not."""

from __future__ import annotations

import pytest

from app import clock
from app.calls import answering, ending, media, presence
from app.calls.sweeps import sweep_calls
from app.db import reading
from app.queues.presence import beat
from tests.fixtures.callbacks import (
    all_holds,
    callback_state,
    come_back,
    image_of,
    later,
    ring_customer,
    sweep,
    talk_with,
    waiting_callback,
)
from tests.fixtures.desk import Desk, call_of, create_agent, create_queue, item_of, links_of, offer_of, route, sit_down
from tests.invariants.checks import assert_invariants

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def queue() -> int:
    beat("web-1")
    return create_queue("parcel")


@pytest.fixture
def desk(queue: int) -> Desk:
    return sit_down(create_agent(queue))


def test_an_agent_is_lost_while_it_rings(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    presence.desk_is_gone(desk.sid)
    with later(65):
        beat("web-1")
        for _ in range(3):
            sweep()
        assert callback_state(back).state == "waiting"


def test_an_agent_who_declines_leaves_the_place(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    place = item_of(back).rank_at
    route()
    answering.decline_offer(offer_of(desk.agent_id).id, desk.agent_id, epoch=desk.epoch)  # type: ignore[union-attr]
    assert (item_of(back).state, item_of(back).rank_at) == ("queued", place)
    all_holds()


def test_a_server_that_dies_takes_no_place_with_it(queue: int) -> None:
    desk = sit_down(create_agent(queue), process="web-2")
    back = waiting_callback()
    place = item_of(back).enqueued_at
    with later(120):  # the web process of the customer's page beats no more
        beat("web-2")
        sweep_calls()
        all_holds()
        assert (item_of(back).state, item_of(back).reason) == ("parked", "page_closed")
        assert route() == 0
        come_back(back, process="web-2")
        assert (item_of(back).state, item_of(back).enqueued_at) == ("queued", place)
        assert route() == 1
        assert offer_of(desk.agent_id) is not None
        all_holds()


def test_a_lost_agent_leaves_a_customer_on_the_line_who_goes_first(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    talk_with(back, desk)
    presence.desk_is_gone(desk.sid)
    with later(31):
        beat("web-1")
        presence.caller_is_gone(back.sid)
        come_back(back)
        with reading() as session:
            assert_invariants(session, clock.now())
        for link in links_of(back):
            media.report_link(media.Speaker(call_id=back.call_id), link.id, link.epoch, "lost")
        sweep()
        assert item_of(back).kind == "call"
        assert call_of(back).state == "queued"
        assert image_of(back)["callback"]["state"] == "connected"
        ending.customer_hangs_up(back.call_id)
        assert callback_state(back).state == "done"
        all_holds()
