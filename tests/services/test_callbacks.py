"""Called back at one's place in line: the wish, the page, the ring, the answer, and everything that goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.calls import (
    answering,
    callback_page,
    control,
    ending,
    outbound,
    presence,
    supervising,
    transfer,
    wrapup,
)
from app.calls.desk_image import desk_image
from app.calls.models import Callback
from app.customers.models import Interaction
from app.db import reading, transaction
from app.errors import Conflict
from app.eventlog import person
from app.queues.control import reprioritise
from app.queues.figures import conservation
from app.queues.models import Disposition, Queue
from app.queues.presence import beat
from tests.fixtures.callbacks import (
    all_holds,
    callback_state,
    choose_callback,
    come_back,
    image_of,
    later,
    open_page,
    ring_customer,
    sweep,
    talk_with,
    waiting_callback,
)
from tests.fixtures.desk import (
    Caller,
    Desk,
    call_of,
    connect,
    create_agent,
    create_queue,
    create_user,
    item_of,
    offer_of,
    ring_in,
    route,
    sit_down,
    sound_flows,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def queue() -> int:
    beat("web-1")
    return create_queue("parcel")


@pytest.fixture
def desk(queue: int) -> Desk:
    return sit_down(create_agent(queue))


def call_bar(desk: Desk) -> dict:  # type: ignore[type-arg]
    with reading() as session:
        image = desk_image(session, str(desk.agent_id))
    assert image is not None
    return image["call"]


def outcomes(caller: Caller) -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.scalars(
            select(Interaction).where(Interaction.contact_id == call_of(caller).contact_id).order_by(Interaction.id)
        )
        return [(row.direction, row.outcome) for row in rows]


def test_the_place_in_line_is_kept(queue: int) -> None:
    first = ring_in()
    chosen = ring_in(number="+447700900123")
    last = ring_in()
    before = item_of(chosen)
    back = choose_callback(chosen)
    item = item_of(back)
    assert (item.kind, item.state, item.enqueued_at, item.rank_at) == (
        "callback",
        "queued",
        before.enqueued_at,
        before.rank_at,
    )
    assert image_of(back)["position"] == 2
    assert image_of(first)["position"] == 1
    assert image_of(last)["position"] == 3
    assert call_of(chosen).end_reason == "callback"
    assert outcomes(chosen) == [("inbound", "callback")]
    all_holds()
    with reading() as session:
        balance = conservation(session, queue)
    assert (balance.offered, balance.callbacks, balance.waiting, balance.abandons) == (4, 1, 3, 0)


def test_the_points_that_a_supervisor_gave_are_kept(queue: int) -> None:
    chosen = ring_in(number="+447700900123")
    boss = person(create_user("supervisor"))
    reprioritise(item_of(chosen).id, -3, reason="Can wait", actor=boss)
    before = item_of(chosen)
    back = choose_callback(chosen)
    item = item_of(back)
    assert (item.priority, item.rank_at) == (-3, before.rank_at)
    all_holds()
    reprioritise(item.id, 0, reason="Cannot wait", actor=boss)
    assert item_of(back).rank_at == before.enqueued_at


def test_asking_twice_is_asking_once(queue: int) -> None:
    caller = ring_in()
    first = callback_page.request_callback(caller.call_id)
    assert callback_page.request_callback(caller.call_id) == first
    with reading() as session:
        assert len(session.scalars(select(Callback)).all()) == 1


def test_nobody_leaves_the_line_while_an_agent_is_rung(queue: int, desk: Desk) -> None:
    caller = ring_in()
    route()
    with pytest.raises(Conflict) as refused:
        callback_page.request_callback(caller.call_id)
    assert refused.value.code == "about_to_be_answered"
    answering.accept_offer(offer_of(desk.agent_id).id, desk.agent_id, desk.epoch)  # type: ignore[union-attr]
    sound_flows(caller)
    with pytest.raises(Conflict):
        callback_page.request_callback(caller.call_id)
    all_holds()


def test_from_the_offer_to_the_saved_wrap_up(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    assert image_of(back)["callback"]["state"] == "ringing"
    assert image_of(back)["links"] == []
    bar = call_bar(desk)
    assert (bar["state"], bar["callback"]["state"], bar["callback"]["attempts"]) == ("bridging", "ringing", 1)
    all_holds()
    callback_page.answer(back.call_id)
    callback_page.answer(back.call_id)  # a second click
    sound_flows(back)
    assert call_of(back).state == "connected"
    all_holds()
    control.hold(back.call_id, desk.agent_id, desk.epoch)
    control.resume(back.call_id, desk.agent_id, desk.epoch)
    colleague = sit_down(create_agent(queue))
    transfer.consult(back.call_id, desk.agent_id, desk.epoch, colleague.agent_id)
    all_holds()
    transfer.cancel_consult(back.call_id, desk.agent_id, desk.epoch)
    ending.agent_hangs_up(back.call_id, desk.agent_id)
    assert callback_state(back).state == "done"
    offer = offer_of(desk.agent_id)
    assert offer is not None and offer.state == "wrapping"
    with reading() as session:
        disposition = session.scalars(select(Disposition.id)).first()
    wrapup.save(offer.id, desk.agent_id, wrapup.WrapUp(disposition, "Called back."))
    assert outcomes(back) == [("outbound", "answered")]
    assert item_of(back).state == "closed"
    all_holds()


def test_a_closed_page_is_set_aside_and_finds_its_place_again(queue: int) -> None:
    back = waiting_callback()
    ring_in()
    place = item_of(back).enqueued_at
    desk = sit_down(create_agent(queue), available=False)
    presence.caller_is_gone(back.sid)
    assert (item_of(back).state, item_of(back).reason) == ("parked", "page_closed")
    assert image_of(back)["callback"]["aside"] == "page_closed"
    all_holds()
    come_back(back)
    assert (item_of(back).state, item_of(back).enqueued_at) == ("queued", place)
    assert image_of(back)["position"] == 1
    assert desk.agent_id
    all_holds()


def test_a_callback_nobody_would_hear_is_offered_to_nobody(queue: int, desk: Desk) -> None:
    back = waiting_callback(page_open=False)
    assert route() == 0
    come_back(back)
    assert route() == 1
    all_holds()


def test_the_page_closes_while_it_is_offered(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    route()
    presence.caller_is_gone(back.sid)
    with later(16):
        sweep()
        assert item_of(back).state == "parked"
        assert offer_of(desk.agent_id) is None
    with reading() as session:
        assert desk_image(session, str(desk.agent_id))["me"]["intent"] == "available"  # type: ignore[index]


def test_nobody_answers_then_again_then_the_answer(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    with later(31):
        sweep()
        assert callback_state(back).state == "unanswered"
        outbound.ring_again(back.call_id, desk.agent_id, desk.epoch)
        assert callback_state(back).attempts == 2
        callback_page.answer(back.call_id)
        sound_flows(back)
        assert call_of(back).state == "connected"
        all_holds()


def test_not_reached_waits_for_the_customer_or_for_half_an_hour(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    outbound.stop_ringing(back.call_id, desk.agent_id, desk.epoch)
    outbound.not_reached(back.call_id, desk.agent_id, desk.epoch)
    assert (item_of(back).state, item_of(back).reason) == ("parked", "not_reached")
    assert outcomes(back) == [("outbound", "not_reached")]
    assert offer_of(desk.agent_id) is None
    come_back(back)  # a line that comes and goes is no sign of a person
    assert item_of(back).state == "parked"
    callback_page.here_again(back.call_id)
    assert item_of(back).state == "queued"
    all_holds()


def test_who_is_here_on_a_page_that_would_not_ring_stays_aside(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    outbound.stop_ringing(back.call_id, desk.agent_id, desk.epoch)
    outbound.not_reached(back.call_id, desk.agent_id, desk.epoch)
    presence.caller_is_gone(back.sid)
    callback_page.here_again(back.call_id)
    assert item_of(back).state == "parked"
    all_holds()
    come_back(back)
    callback_page.here_again(back.call_id)
    assert item_of(back).state == "queued"
    all_holds()


def test_tried_again_after_half_an_hour(queue: int) -> None:
    desk = sit_down(create_agent(queue))
    back = waiting_callback()
    ring_customer(desk)
    outbound.not_reached(back.call_id, desk.agent_id, desk.epoch)
    with later(1790):
        sweep()
        assert item_of(back).state == "parked"
    with later(1801):
        sweep()
        assert item_of(back).state == "queued"


def test_after_three_attempts_the_customer_counts_as_unreachable(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    for _ in range(2):
        outbound.stop_ringing(back.call_id, desk.agent_id, desk.epoch)
        outbound.ring_again(back.call_id, desk.agent_id, desk.epoch)
    outbound.stop_ringing(back.call_id, desk.agent_id, desk.epoch)
    with pytest.raises(Conflict):
        outbound.ring_again(back.call_id, desk.agent_id, desk.epoch)
    outbound.not_reached(back.call_id, desk.agent_id, desk.epoch)
    assert callback_state(back).state == "unreachable"
    assert call_of(back).state == "ended"
    all_holds()


def test_an_agent_who_says_nothing_has_not_reached_the_customer(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    with later(61):
        sweep()
        sweep()
        assert item_of(back).reason == "not_reached"
        assert offer_of(desk.agent_id) is None


def test_answered_but_no_sound_goes_back_to_its_place(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    callback_page.answer(back.call_id)
    with later(11):
        sweep()
        assert callback_state(back).state == "waiting"
        assert item_of(back).state == "queued"
        assert call_of(back).state == "queued"


def test_not_now_is_the_end(queue: int, desk: Desk) -> None:
    back = waiting_callback()
    ring_customer(desk)
    callback_page.not_now(back.call_id)
    callback_page.not_now(back.call_id)
    assert (callback_state(back).state, call_of(back).end_reason) == ("declined", "declined")
    assert outcomes(back) == [("outbound", "refused")]
    assert offer_of(desk.agent_id) is None
    all_holds()


@pytest.mark.parametrize("moment", ["waiting", "aside", "offered", "ringing"])
def test_the_customer_cancels(queue: int, desk: Desk, moment: str) -> None:
    back = waiting_callback(page_open=moment != "aside")
    if moment == "offered":
        route()
    elif moment == "ringing":
        ring_customer(desk)
    ending.customer_hangs_up(back.call_id)
    ending.customer_hangs_up(back.call_id)
    assert (callback_state(back).state, item_of(back).reason) == ("canceled", "canceled")
    assert offer_of(desk.agent_id) is None
    assert outcomes(back) == [("outbound", "canceled")]
    all_holds()


@pytest.mark.parametrize("hours", [12, 3])
def test_a_promise_expires_when_its_queue_says(queue: int, hours: int) -> None:
    with transaction() as session:
        session.get_one(Queue, queue).callback_hours = hours
    back = waiting_callback(page_open=False)
    assert callback_state(back).expires_at - callback_state(back).created_at == timedelta(hours=hours)
    with later(hours * 3600 - 60):
        sweep()
        assert callback_state(back).state == "waiting"
    with later(hours * 3600 + 1):
        sweep()
        assert callback_state(back).state == "expired"
        assert item_of(back).state == "canceled"


def test_a_talk_is_passed_on_like_any_other(queue: int, desk: Desk) -> None:
    other_queue = create_queue("customs")
    colleague = sit_down(create_agent(other_queue))
    back = waiting_callback()
    talk_with(back, desk)
    transfer.transfer_blind(back.call_id, desk.agent_id, desk.epoch, to_queue=other_queue, note="Please")
    assert item_of(back).kind == "call"
    all_holds()
    connect(back, colleague)
    assert call_of(back).state == "connected"
    ending.customer_hangs_up(back.call_id)
    assert callback_state(back).state == "done"
    all_holds()


def test_a_supervisor_moves_and_cancels(queue: int, desk: Desk) -> None:
    target = create_queue("customs")
    boss = person(create_user("supervisor"))
    back = waiting_callback()
    new = supervising.move_waiting(item_of(back).id, target, reason="Customs it is", actor=boss)
    assert (item_of(back).id, item_of(back).kind) == (new, "callback")
    all_holds()
    supervising.cancel_callback(new, reason="Solved by mail", actor=boss)
    assert (callback_state(back).state, callback_state(back).reason) == ("canceled", "Solved by mail")
    with pytest.raises(Conflict):
        supervising.cancel_callback(new, reason="Twice", actor=boss)
    all_holds()


def test_the_address_opens_the_same_callback(queue: int) -> None:
    back = waiting_callback(page_open=False)
    again = open_page(callback_state(back).token)
    assert again.call_id == back.call_id
    assert item_of(back).state == "queued"
