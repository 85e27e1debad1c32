"""Waits that last too long: on to another queue without losing the place, and at last a kind end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import clock
from app.calls import ending
from app.calls.caller_image import caller_image
from app.calls.sweeps import sweep_calls
from app.calls.waiting_limits import let_wait_end
from app.customers.models import Interaction
from app.db import reading, transaction
from app.queues.figures import conservation
from app.queues.models import Queue
from app.queues.work import WorkItem
from tests.fixtures.desk import (
    Caller,
    call_of,
    connect,
    create_agent,
    create_queue,
    item_of,
    offer_of,
    ring_in,
    route,
    sit_down,
)
from tests.invariants.checks import assert_invariants


def later(seconds: float):  # type: ignore[no-untyped-def]
    return clock.frozen(clock.now() + timedelta(seconds=seconds))


def legs_of(caller: Caller) -> list[WorkItem]:
    with reading() as session:
        return list(
            session.scalars(
                select(WorkItem).where(WorkItem.contact_id == call_of(caller).contact_id).order_by(WorkItem.leg)
            )
        )


def image_of(caller: Caller) -> dict[str, object]:
    with reading() as session:
        image = caller_image(session, caller.public_id)
    assert image is not None
    return image


def balance(queue_id: int):  # type: ignore[no-untyped-def]
    with reading() as session:
        assert_invariants(session, clock.now())
        return conservation(session, queue_id)


def change(queue_id: int, **values: object) -> None:
    with transaction() as session:
        for name, value in values.items():
            setattr(session.get_one(Queue, queue_id), name, value)


def two_queues(**rules: object) -> tuple[int, int]:
    """Ids of a queue that overflows into another after a minute, and of that one."""
    second = create_queue("second")
    return create_queue(overflow_queue_id=second, overflow_after_s=60, **rules), second


def test_after_its_time_a_caller_waits_on_in_the_other_queue(database: str) -> None:
    first, second = two_queues()
    caller = ring_in()
    came = item_of(caller).enqueued_at
    with later(59):
        sweep_calls()
        assert item_of(caller).queue_id == first
    with later(60):
        assert sweep_calls() == 1
        old, new = legs_of(caller)
        assert (old.state, old.reason, new.state, new.queue_id, new.leg) == (
            "canceled",
            "overflow",
            "queued",
            second,
            2,
        )
        assert new.enqueued_at == came
        assert image_of(caller)["came_by"] == "overflow"
        assert (balance(first).overflowed, balance(first).offered) == (1, 1)
        assert (balance(second).waiting, balance(second).offered) == (1, 1)
        assert sweep_calls() == 0
        # Nobody was lost: the profile hears nothing yet
        with reading() as session:
            assert session.scalars(select(Interaction)).all() == []


def test_the_place_in_the_other_line_is_that_of_the_time_waited(database: str) -> None:
    _first, second = two_queues()
    mover = ring_in()
    with later(30):
        there = ring_in("second")
    with later(61):
        sweep_calls()
        assert image_of(mover)["position"] == 1
        assert image_of(there)["position"] == 2
        desk = sit_down(create_agent(second))
        route()
        offered = offer_of(desk.agent_id)
        assert offered is not None
        assert offered.work_item_id == item_of(mover).id


def test_a_head_start_is_kept(database: str) -> None:
    _first, second = two_queues(priority=5)
    change(second, priority=2)
    caller = ring_in()
    with transaction() as session:  # a key account of two minutes
        session.execute(text("UPDATE work_items SET rank_at = rank_at - interval '120 seconds'"))
    with later(60):
        sweep_calls()
    new = item_of(caller)
    assert new.priority == 2
    assert new.enqueued_at - new.rank_at == timedelta(seconds=2 * 60 + 120)


@pytest.mark.parametrize("obstacle", ["closed", "full"])
def test_an_overflow_queue_that_cannot_take_them_leaves_them_in_line(database: str, obstacle: str) -> None:
    first, second = two_queues()
    if obstacle == "closed":
        change(second, active=False)
    else:
        change(second, max_waiting=1)
        ring_in("second")
    caller = ring_in()
    with later(61):
        sweep_calls()
        assert let_wait_end(caller.call_id) is False
        assert (item_of(caller).queue_id, item_of(caller).state) == (first, "queued")
        change(second, active=True, max_waiting=None)
        sweep_calls()
        assert item_of(caller).queue_id == second


def test_two_queues_do_not_play_ball(database: str) -> None:
    first, second = two_queues()
    change(second, overflow_queue_id=first, overflow_after_s=120)
    caller = ring_in()
    for seconds in (60, 121, 500):
        with later(seconds):
            sweep_calls()
            sweep_calls()
    assert [leg.queue_id for leg in legs_of(caller)] == [first, second]


def test_a_ringing_call_is_not_taken_away(database: str) -> None:
    first, _second = two_queues(ring_s=100)
    desk = sit_down(create_agent(first))
    caller = ring_in()
    route()
    with later(61):
        assert sweep_calls() == 0
        assert item_of(caller).state == "reserved"
        assert let_wait_end(caller.call_id) is False
        assert offer_of(desk.agent_id) is not None


def test_the_longest_wait_ends_kindly_and_is_counted(database: str) -> None:
    queue = create_queue(max_wait_s=300)
    caller = ring_in(number="+447700900123")
    with later(299):
        assert sweep_calls() == 0
    with later(300):
        assert sweep_calls() == 1
        call = call_of(caller)
        assert (call.state, call.end_reason, item_of(caller).reason) == ("ended", "max_wait", "max_wait")
        assert image_of(caller)["end_reason"] == "max_wait"
        assert (balance(queue).max_wait, balance(queue).waiting) == (1, 0)
    with reading() as session:
        [kept] = session.scalars(select(Interaction))
    assert (kept.outcome, kept.wait_s) == ("max_wait", 300)


def test_the_longest_wait_counts_the_time_in_both_queues(database: str) -> None:
    _first, second = two_queues()
    change(second, max_wait_s=200)
    caller = ring_in()
    with later(60):
        sweep_calls()
    with later(199):
        sweep_calls()
        assert call_of(caller).state == "queued"
    with later(200):
        sweep_calls()
        assert call_of(caller).end_reason == "max_wait"
        assert (balance(second).offered, balance(second).max_wait) == (1, 1)


def test_leaving_after_the_move_is_no_short_abandon(database: str) -> None:
    _first, second = two_queues()
    caller = ring_in()
    with later(60):
        sweep_calls()
    with later(61):
        ending.customer_hangs_up(caller.call_id)
        assert item_of(caller).reason == "abandoned"
        assert balance(second).abandons == 1


def test_a_moved_caller_is_answered_there(database: str) -> None:
    _first, second = two_queues()
    caller = ring_in()
    with later(60):
        sweep_calls()
        desk = sit_down(create_agent(second))
        assert connect(caller, desk).state == "active"
        assert image_of(caller)["came_by"] is None
        assert balance(second).answered == 1


def test_a_queue_cannot_overflow_into_itself_or_without_a_time(database: str) -> None:
    queue = create_queue()
    for rules in ({"overflow_queue_id": queue, "overflow_after_s": 5}, {"overflow_after_s": 5}, {"max_waiting": 0}):
        with pytest.raises(IntegrityError):
            change(queue, **rules)
