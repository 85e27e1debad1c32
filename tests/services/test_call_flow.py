"""A call from the first click to the saved wrap-up, and every way it can leave that path."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.calls import answering, control, ending, media, presence, transfer, wrapup
from app.calls.desk_image import desk_image
from app.calls.sweeps import sweep_calls
from app.customers.models import Interaction
from app.db import reading
from app.errors import Conflict, Invalid
from app.queues.models import Disposition
from app.queues.presence import choose_intent
from app.queues.work import Reservation, WorkItem
from tests.fixtures.desk import (
    call_of,
    connect,
    create_agent,
    create_break,
    create_queue,
    item_of,
    links_of,
    offer_of,
    ring_in,
    route,
    sit_down,
    sound_flows,
)


def interactions() -> list[Interaction]:
    with reading() as session:
        return list(session.scalars(select(Interaction).order_by(Interaction.id)))


def disposition() -> int:
    with reading() as session:
        return session.scalars(select(Disposition.id)).first() or 0


def reservation(reservation_id: int) -> Reservation:
    with reading() as session:
        return session.get_one(Reservation, reservation_id)


def image(agent_id: int) -> dict[str, object]:
    with reading() as session:
        shown = desk_image(session, str(agent_id))
    assert shown is not None
    return shown


def test_a_call_is_routed_answered_and_remembered(database: str) -> None:
    queue = create_queue()
    desk = sit_down(create_agent(queue))
    caller = ring_in(number="+447700900123")
    taken = connect(caller, desk)
    assert (taken.state, call_of(caller).state, item_of(caller).state) == ("active", "connected", "assigned")
    ending.agent_hangs_up(caller.call_id, desk.agent_id)
    assert (call_of(caller).state, item_of(caller).state) == ("ended", "wrapping")
    wrapup.save(taken.id, desk.agent_id, wrapup.WrapUp(disposition(), "Parcel is on its way.", phase="during"))
    assert (reservation(taken.id).state, item_of(caller).state) == ("completed", "closed")
    [kept] = interactions()
    assert (kept.outcome, kept.note, kept.phase, kept.agent_id) == (
        "answered",
        "Parcel is on its way.",
        "during",
        desk.agent_id,
    )


def test_accepted_is_not_connected_until_both_sides_hear(database: str) -> None:
    desk = sit_down(create_agent(create_queue()))
    caller = ring_in()
    route()
    offered = offer_of(desk.agent_id)
    assert offered is not None
    answering.accept_offer(offered.id, desk.agent_id, desk.epoch)
    assert call_of(caller).state == "bridging"
    assert call_of(caller).answered_at is None
    sound_flows(caller)
    assert call_of(caller).answered_at is not None


def test_a_missed_offer_passes_on_and_the_caller_keeps_the_place(database: str) -> None:
    queue = create_queue()
    first, second = create_agent(queue), create_agent(queue)
    desk = sit_down(first)
    caller = ring_in()
    place = item_of(caller).enqueued_at
    route()
    offered = offer_of(first)
    assert offered is not None
    answering.confirm_ringing(offered.id, first)
    other = sit_down(second)
    with clock.frozen(clock.now() + timedelta(seconds=21)):
        sweep_calls()
        assert reservation(offered.id).state == "timed_out"
        assert item_of(caller).enqueued_at == place
        assert image(first)["me"]["intent"] == "missed"  # type: ignore[index]
        route()
        again = offer_of(second)
        assert again is not None
        with pytest.raises(Conflict):
            answering.accept_offer(offered.id, first, desk.epoch)
        answering.accept_offer(again.id, second, other.epoch)
    assert [i.outcome for i in interactions()] == ["missed"]


def test_an_offer_that_never_rang_charges_no_miss(database: str) -> None:
    agent = create_agent(create_queue())
    sit_down(agent)
    ring_in()
    route()
    with clock.frozen(clock.now() + timedelta(seconds=21)):
        sweep_calls()
    assert image(agent)["me"]["intent"] == "available"  # type: ignore[index]


def test_a_declined_call_goes_to_somebody_else(database: str) -> None:
    queue = create_queue()
    first, second = create_agent(queue), create_agent(queue)
    sit_down(first)
    caller = ring_in()
    route()
    offered = offer_of(first)
    assert offered is not None
    answering.decline_offer(offered.id, first)
    sit_down(second)
    route()
    assert offer_of(first) is None
    assert offer_of(second) is not None
    assert call_of(caller).state == "offering"
    assert [i.outcome for i in interactions()] == ["declined"]


def test_nobody_without_a_certificate_is_offered_a_call(database: str) -> None:
    agent = create_agent(create_queue(), certified=False)
    sit_down(agent)
    ring_in()
    assert route() == 0
    assert offer_of(agent) is None


@pytest.mark.parametrize(("after_s", "outcome"), [(2, "short_abandon"), (40, "abandoned")])
def test_a_caller_who_leaves_the_line_is_an_abandon(database: str, after_s: int, outcome: str) -> None:
    create_queue()
    caller = ring_in()
    with clock.frozen(clock.now() + timedelta(seconds=after_s)):
        ending.customer_hangs_up(caller.call_id)
        ending.customer_hangs_up(caller.call_id)
    assert item_of(caller).reason == outcome
    assert [i.outcome for i in interactions()] == [outcome]


def test_a_caller_who_leaves_while_it_rings_costs_the_agent_nothing(database: str) -> None:
    agent = create_agent(create_queue())
    desk = sit_down(agent)
    caller = ring_in()
    route()
    offered = offer_of(agent)
    assert offered is not None
    answering.accept_offer(offered.id, agent, desk.epoch)
    ending.customer_hangs_up(caller.call_id)
    assert reservation(offered.id).state == "canceled"
    assert item_of(caller).reason == "abandoned_while_ringing"
    assert image(agent)["me"]["display"] == "available"  # type: ignore[index]


def test_hold_is_added_up_and_not_counted_as_talk(database: str) -> None:
    desk = sit_down(create_agent(create_queue()))
    caller = ring_in()
    start = clock.now()
    with clock.frozen(start):
        taken = connect(caller, desk)
    with clock.frozen(start + timedelta(seconds=30)):
        control.hold(caller.call_id, desk.agent_id, desk.epoch)
    with clock.frozen(start + timedelta(seconds=50)):
        control.resume(caller.call_id, desk.agent_id, desk.epoch)
    with clock.frozen(start + timedelta(seconds=60)):
        ending.agent_hangs_up(caller.call_id, desk.agent_id)
        wrapup.save(taken.id, desk.agent_id, wrapup.WrapUp(disposition()))
    [kept] = interactions()
    assert (kept.talk_s, kept.hold_s) == (40, 20)


def test_a_command_of_an_older_page_is_refused(database: str) -> None:
    agent = create_agent(create_queue())
    old = sit_down(agent)
    caller = ring_in()
    connect(caller, old)
    epoch_of_link = links_of(caller)[0].epoch
    new = sit_down(agent, page="reloaded", available=False)
    assert new.epoch == old.epoch + 1
    assert links_of(caller)[0].epoch == epoch_of_link + 1
    with pytest.raises(Conflict, match="stale_epoch"):
        control.hold(caller.call_id, agent, old.epoch)
    control.hold(caller.call_id, agent, new.epoch)


def test_a_blind_transfer_to_a_queue_starts_a_new_leg_of_the_same_contact(database: str) -> None:
    queue, other_queue = create_queue(), create_queue("complaints")
    first, second = create_agent(queue), create_agent(other_queue)
    desk = sit_down(first)
    caller = ring_in()
    taken = connect(caller, desk)
    transfer.transfer_blind(caller.call_id, first, desk.epoch, to_queue=other_queue, note="Wants a refund")
    assert reservation(taken.id).state == "wrapping"
    assert (item_of(caller).leg, item_of(caller).queue_id) == (2, other_queue)
    other = sit_down(second)
    connect(caller, other)
    assert call_of(caller).owner_id == second
    assert image(second)["call"]["handover"]["note"] == "Wants a refund"  # type: ignore[index]


def test_a_transfer_to_a_busy_colleague_changes_nothing(database: str) -> None:
    queue = create_queue()
    first, second = create_agent(queue), create_agent(queue)
    desk = sit_down(first)
    caller = ring_in()
    connect(caller, desk)
    with pytest.raises(Conflict, match="agent_not_available"):
        transfer.transfer_blind(caller.call_id, first, desk.epoch, to_agent=second)
    assert (call_of(caller).state, call_of(caller).owner_id) == ("connected", first)


def test_a_warm_transfer_hands_over_when_the_new_line_carries_sound(database: str) -> None:
    queue = create_queue()
    first, second = create_agent(queue), create_agent(queue)
    desk, other = sit_down(first), sit_down(second)
    caller = ring_in()
    with clock.frozen(clock.now()):
        taken = None
        route()
        owner = first if offer_of(first) else second
    if owner != first:
        first, second, desk, other = second, first, other, desk
    offered = offer_of(first)
    assert offered is not None
    answering.accept_offer(offered.id, first, desk.epoch)
    sound_flows(caller)
    taken = offered.id
    transfer.consult(caller.call_id, first, desk.epoch, second)
    assert call_of(caller).state == "consulting"
    ringing = offer_of(second)
    assert ringing is not None
    answering.accept_offer(ringing.id, second, other.epoch)
    sound_flows(caller)
    transfer.complete_consult(caller.call_id, first, desk.epoch)
    assert call_of(caller).owner_id == first
    sound_flows(caller)
    assert (call_of(caller).state, call_of(caller).owner_id) == ("connected", second)
    assert reservation(taken).state == "wrapping"
    assert [link.state for link in links_of(caller)] == ["up"]
    ending.customer_hangs_up(caller.call_id)
    assert offer_of(second) is not None
    assert image(second)["wrapups"]


def test_a_consult_that_nobody_answers_gives_the_caller_back(database: str) -> None:
    queue = create_queue()
    first, second = create_agent(queue), create_agent(queue)
    desk = sit_down(first)
    caller = ring_in()
    connect(caller, desk)
    sit_down(second)
    transfer.consult(caller.call_id, first, desk.epoch, second)
    with clock.frozen(clock.now() + timedelta(seconds=21)):
        sweep_calls()
    assert call_of(caller).state == "connected"
    assert offer_of(second) is None
    with reading() as session:
        consult = session.scalars(select(WorkItem).where(WorkItem.kind == "consult")).one()
    assert consult.state == "canceled"


def test_an_agent_who_is_lost_puts_the_caller_first_in_line_again(database: str) -> None:
    queue = create_queue()
    agent, helper = create_agent(queue), create_agent(queue)
    desk = sit_down(agent)
    caller = ring_in()
    taken = connect(caller, desk)
    waiting = ring_in()
    presence.desk_is_gone(desk.sid)
    link = links_of(caller)[0]
    media.report_link(media.Speaker(call_id=caller.call_id), link.id, link.epoch, "lost")
    with clock.frozen(clock.now() + timedelta(seconds=31)):
        sweep_calls()
        assert call_of(caller).state == "queued"
        assert reservation(taken.id).state == "wrapping"
        sit_down(helper)
        route()
        offered = offer_of(helper)
        assert offered is not None
        assert offered.work_item_id == item_of(caller).id
        assert item_of(waiting).state == "queued"


def test_the_talk_goes_on_while_only_the_socket_is_gone(database: str) -> None:
    desk = sit_down(create_agent(create_queue()))
    caller = ring_in()
    connect(caller, desk)
    presence.desk_is_gone(desk.sid)
    with clock.frozen(clock.now() + timedelta(seconds=45)):
        sweep_calls()
        assert call_of(caller).state == "connected"


def test_wrap_up_needs_a_disposition_and_loses_nothing(database: str) -> None:
    desk = sit_down(create_agent(create_queue()))
    caller = ring_in()
    taken = connect(caller, desk)
    wrapup.save_draft(taken.id, desk.agent_id, {"note": "typed so far"})
    ending.customer_hangs_up(caller.call_id)
    with pytest.raises(Invalid) as refused:
        wrapup.save(taken.id, desk.agent_id, wrapup.WrapUp(None, "typed so far"))
    assert refused.value.fields == {"disposition": "required"}
    assert reservation(taken.id).draft == {"note": "typed so far"}
    assert reservation(taken.id).state == "wrapping"


def test_a_break_asked_for_during_a_call_begins_after_it(database: str) -> None:
    desk = sit_down(create_agent(create_queue()))
    lunch = create_break()
    caller = ring_in()
    taken = connect(caller, desk)
    assert choose_intent(desk.agent_id, "break", break_code=lunch, epoch=desk.epoch) == "available"
    ending.agent_hangs_up(caller.call_id, desk.agent_id)
    wrapup.save(taken.id, desk.agent_id, wrapup.WrapUp(disposition()))
    shown = image(desk.agent_id)["me"]
    assert (shown["intent"], shown["display"]) == ("break", "break")  # type: ignore[index]


def test_an_overdue_wrap_up_is_saved_from_its_draft_or_at_the_cap(database: str) -> None:
    desk = sit_down(create_agent(create_queue()))
    caller = ring_in()
    taken = connect(caller, desk)
    ending.agent_hangs_up(caller.call_id, desk.agent_id)
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        sweep_calls()
        assert reservation(taken.id).state == "wrapping"
    with clock.frozen(clock.now() + timedelta(seconds=901)):
        sweep_calls()
        assert reservation(taken.id).state == "completed"
    [kept] = interactions()
    assert kept.incomplete
    assert image(desk.agent_id)["me"]["intent"] == "missed"  # type: ignore[index]


def test_an_adviser_who_is_lost_gives_the_caller_back(database: str) -> None:
    queue = create_queue()
    first, second = create_agent(queue), create_agent(queue)
    desk = sit_down(first)
    caller = ring_in()
    connect(caller, desk)
    other = sit_down(second)
    transfer.consult(caller.call_id, first, desk.epoch, second)
    ringing = offer_of(second)
    assert ringing is not None
    answering.accept_offer(ringing.id, second, other.epoch)
    sound_flows(caller)
    presence.desk_is_gone(other.sid)
    with clock.frozen(clock.now() + timedelta(seconds=31)):
        sweep_calls()
    assert (call_of(caller).state, call_of(caller).owner_id) == ("connected", first)


def test_nobody_missed_an_offer_that_never_rang(database: str) -> None:
    sit_down(create_agent(create_queue()))
    ring_in()
    route()
    with clock.frozen(clock.now() + timedelta(seconds=21)):
        sweep_calls()
    assert interactions() == []
