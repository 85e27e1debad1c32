"""Pages that come, go, reload and die with their server: who is the telephone, and what happens to calls."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.agents.models import Agent, AgentInterval, AgentSocket, WebProcess
from app.calls import answering, control, ending, media, presence, transfer, wrapup
from app.calls.models import CallLeg
from app.calls.sweeps import sweep_calls
from app.customers.models import Interaction
from app.db import reading, transaction
from app.errors import Conflict, Invalid
from app.eventlog import CLI
from app.queues.presence import beat, choose_intent, set_device, sign_agent_off
from app.queues.work import Reservation
from tests.fixtures.desk import (
    Caller,
    Desk,
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
from tests.invariants.checks import assert_invariants

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def whatever_happened_it_holds(database: str) -> Iterator[None]:
    """Each path of this file ends with all invariants intact."""
    yield
    with reading() as session:
        assert_invariants(session, START + timedelta(days=1))


def agent_row(agent_id: int) -> Agent:
    with reading() as session:
        return session.get_one(Agent, agent_id)


def shown(agent_id: int) -> str:
    with reading() as session:
        open_interval = AgentInterval.agent_id == agent_id, AgentInterval.ended_at.is_(None)
        return session.scalars(select(AgentInterval.state).where(*open_interval)).one()


def reservation(reservation_id: int) -> Reservation:
    with reading() as session:
        return session.get_one(Reservation, reservation_id)



def sweep_at(seconds: float, *alive: str) -> None:
    """Time comes to START + seconds; the processes named still beat."""
    with clock.frozen(START + timedelta(seconds=seconds)):
        for process in alive:
            beat(process)
        sweep_calls()


def talking(process: str = "web-1") -> tuple[Desk, Caller]:
    """An agent and a caller in conversation since START; the agent's page is served by `process`."""
    with clock.frozen(START):
        desk = sit_down(create_agent(create_queue()), process=process)
        caller = ring_in()
        connect(caller, desk)
    return desk, caller


def test_a_second_tab_only_looks_until_it_takes_over() -> None:
    with clock.frozen(START):
        agent = create_agent(create_queue())
        first = sit_down(agent, tab="one")
        second = sit_down(agent, tab="two")
        assert (second.epoch, agent_row(agent).device_page) == (first.epoch, first.page)
        presence.desk_is_gone(second.sid)
        assert agent_row(agent).session_state == "connected"
        seat = presence.desk_says_hello(
            agent, sid="s", process_id="web-1", tab="two", page=second.page, take_over=True
        )
    assert (seat.role, seat.epoch) == ("device", first.epoch + 1)
    with pytest.raises(Conflict, match="stale_epoch"):
        set_device(agent, first.epoch, ready=True)


def test_a_page_that_finds_the_server_again_keeps_its_epoch() -> None:
    desk, caller = talking()
    link = links_of(caller)[0]
    with clock.frozen(START + timedelta(seconds=5)):
        presence.desk_is_gone(desk.sid)
        assert agent_row(desk.agent_id).session_state == "grace"
        seat = presence.desk_says_hello(desk.agent_id, sid="again", process_id="web-1", tab=desk.tab, page=desk.page)
        assert (seat.epoch, seat.new_page, links_of(caller)[0].epoch) == (desk.epoch, False, link.epoch)
        control.hold(caller.call_id, desk.agent_id, desk.epoch)
    sweep_at(60)
    assert call_of(caller).state == "held"


def test_a_late_goodbye_of_an_older_socket_changes_nothing() -> None:
    with clock.frozen(START):
        old = sit_down(create_agent(create_queue()))
        new = sit_down(old.agent_id, page="reloaded")
        presence.desk_is_gone(old.sid)
        assert (agent_row(old.agent_id).session_state, agent_row(old.agent_id).device_sid) == ("connected", new.sid)


def test_a_page_loaded_anew_while_it_rings_may_answer_and_the_old_one_may_not() -> None:
    with clock.frozen(START):
        old = sit_down(create_agent(create_queue()))
        caller = ring_in()
        route()
        offered = offer_of(old.agent_id)
        assert offered is not None
        new = sit_down(old.agent_id, page="reloaded", available=False)
        for refused in (
            lambda: answering.accept_offer(offered.id, old.agent_id, old.epoch),
            lambda: answering.confirm_ringing(offered.id, old.agent_id, old.epoch),
            lambda: answering.decline_offer(offered.id, old.agent_id, epoch=old.epoch),
        ):
            with pytest.raises(Conflict, match="stale_epoch"):
                refused()
        answering.confirm_ringing(offered.id, new.agent_id, new.epoch)
        answering.accept_offer(offered.id, new.agent_id, new.epoch)
    assert call_of(caller).state == "bridging"


def test_a_page_that_dies_while_it_rings_costs_no_miss() -> None:
    with clock.frozen(START):
        desk = sit_down(create_agent(create_queue(ring_s=60)))
        caller = ring_in()
        route()
        offered = offer_of(desk.agent_id)
        assert offered is not None
        answering.confirm_ringing(offered.id, desk.agent_id)
        presence.desk_is_gone(desk.sid)
    sweep_at(19)
    assert reservation(offered.id).state == "pending"
    sweep_at(21)
    assert (reservation(offered.id).state, reservation(offered.id).reason) == ("failed", "agent_lost")
    assert (item_of(caller).state, item_of(caller).enqueued_at) == ("queued", START)
    assert (agent_row(desk.agent_id).session_state, agent_row(desk.agent_id).misses) == ("offline", 0)
    assert agent_row(desk.agent_id).intent == "available"


def test_a_server_that_dies_takes_its_pages_with_it() -> None:
    with clock.frozen(START):
        beat("web-1")
        beat("web-2")
        lost = sit_down(create_agent(create_queue()), process="web-1")
        spared = sit_down(create_agent(create_queue("other")), process="web-2")
    sweep_at(19, "web-2")
    assert agent_row(lost.agent_id).session_state == "connected"
    sweep_at(22, "web-2")
    assert (agent_row(lost.agent_id).session_state, agent_row(spared.agent_id).session_state) == ("grace", "connected")
    sweep_at(43, "web-2")
    assert shown(lost.agent_id) == "offline"
    with reading() as session:
        assert session.scalars(select(WebProcess.id)).all() == ["web-2"]
        assert session.scalars(select(AgentSocket.agent_id)).all() == [spared.agent_id]


def test_a_caller_of_a_dead_server_has_a_minute_to_find_another() -> None:
    with clock.frozen(START):
        create_queue()
        beat("web-1")
        stays, leaves = ring_in(), ring_in()
    sweep_at(22)
    with reading() as session:
        legs = session.scalars(select(CallLeg).where(CallLeg.role == "customer")).all()
    assert [leg.sid for leg in legs] == [None, None]
    sweep_at(70)
    assert call_of(leaves).state == "queued"
    with clock.frozen(START + timedelta(seconds=75)):
        presence.caller_says_hello(stays.call_id, sid="s", process_id="web-2", page=stays.page)
    sweep_at(83)
    assert (call_of(stays).state, call_of(leaves).state) == ("queued", "ended")


def test_a_call_that_both_sides_left_does_not_talk_for_ever() -> None:
    desk, caller = talking()
    with clock.frozen(START + timedelta(seconds=5)):
        presence.desk_is_gone(desk.sid)
        presence.caller_is_gone(caller.sid)
    sweep_at(21)
    assert (call_of(caller).state, call_of(caller).end_reason) == ("ended", "media_lost")


def test_the_talk_outlives_the_caller_s_socket_while_the_agent_hears() -> None:
    desk, caller = talking()
    link = links_of(caller)[0]
    with clock.frozen(START + timedelta(seconds=5)):
        presence.caller_is_gone(caller.sid)
    sweep_at(30)
    assert call_of(caller).state == "connected"
    media.report_link(media.Speaker(agent_id=desk.agent_id), link.id, link.epoch, "lost")
    sweep_at(31)
    assert (call_of(caller).state, call_of(caller).end_reason) == ("ended", "media_lost")


def test_a_caller_who_comes_back_in_time_keeps_the_place() -> None:
    with clock.frozen(START):
        create_queue()
        caller = ring_in()
        presence.caller_is_gone(caller.sid)
    with clock.frozen(START + timedelta(seconds=14)):
        presence.caller_says_hello(caller.call_id, sid=uuid.uuid4().hex, process_id="web-1", page=caller.page)
    sweep_at(40)
    assert (call_of(caller).state, item_of(caller).enqueued_at) == ("queued", START)


def test_a_microphone_that_is_pulled_out_stops_offers() -> None:
    with clock.frozen(START):
        desk = sit_down(create_agent(create_queue()))
        set_device(desk.agent_id, desk.epoch, ready=False)
        ring_in()
        assert route() == 0
        set_device(desk.agent_id, desk.epoch, ready=True)
        assert route() == 1


def test_a_break_is_shown_with_its_code_and_taken_back_by_being_available() -> None:
    with clock.frozen(START):
        lunch = create_break()
        desk = sit_down(create_agent(create_queue()))
        choose_intent(desk.agent_id, "break", break_code=lunch, epoch=desk.epoch)
        assert shown(desk.agent_id) == "break"
        with pytest.raises(Invalid):
            choose_intent(desk.agent_id, "break", break_code="siesta", epoch=desk.epoch)
        choose_intent(desk.agent_id, "available", epoch=desk.epoch)
        assert shown(desk.agent_id) == "available"
        ring_in()
        assert route() == 1


def test_signing_out_during_a_call_counts_from_its_end() -> None:
    desk, caller = talking()
    with clock.frozen(START + timedelta(seconds=5)), transaction() as session:
        sign_agent_off(session, desk.agent_id, now=clock.now(), actor=CLI)
    assert (agent_row(desk.agent_id).intent, agent_row(desk.agent_id).pending_intent) == ("available", "offline")
    with clock.frozen(START + timedelta(seconds=9)):
        ending.customer_hangs_up(caller.call_id)
        held = offer_of(desk.agent_id)
        assert held is not None
        wrapup.save(held.id, desk.agent_id, wrapup.WrapUp(1))
    assert agent_row(desk.agent_id).intent == "offline"


def test_who_never_saves_is_shown_as_missed() -> None:
    desk, caller = talking()
    with clock.frozen(START + timedelta(seconds=5)):
        ending.customer_hangs_up(caller.call_id)
    sweep_at(906)
    assert (agent_row(desk.agent_id).intent, shown(desk.agent_id)) == ("missed", "missed")


@pytest.mark.parametrize(
    "sms",
    [
        pytest.param([{"template_code": "gone", "language": "en"}], id="a text that no longer exists"),
        pytest.param([{"language": "en"}], id="a text without a name"),
        pytest.param(7, id="no list at all"),
    ],
)
def test_a_draft_that_cannot_be_saved_ends_at_the_cap_and_holds_nobody_up(sms: object) -> None:
    desk, caller = talking()
    held = offer_of(desk.agent_id)
    assert held is not None
    draft = {"note": "Typed so far.", "disposition": 1, "topics": 3, "phase": ["x"], "sms": sms}
    with clock.frozen(START + timedelta(seconds=5)):
        wrapup.save_draft(held.id, desk.agent_id, draft)
        ending.customer_hangs_up(caller.call_id)
    sweep_at(906)
    assert reservation(held.id).state == "completed"
    with reading() as session:
        assert session.scalars(select(Interaction.note)).all() == ["Typed so far."]


def test_a_break_asked_for_in_a_consultation_begins_after_the_call_that_was_taken_over() -> None:
    with clock.frozen(START):
        lunch, queue = create_break(), create_queue()
        desk = sit_down(create_agent(queue))
        caller = ring_in()
        connect(caller, desk)
        other = sit_down(create_agent(queue))
        transfer.consult(caller.call_id, desk.agent_id, desk.epoch, other.agent_id)
        ringing = offer_of(other.agent_id)
        assert ringing is not None
        answering.accept_offer(ringing.id, other.agent_id, other.epoch)
        sound_flows(caller)
        choose_intent(other.agent_id, "break", break_code=lunch, epoch=other.epoch)
        transfer.complete_consult(caller.call_id, desk.agent_id, desk.epoch)
        sound_flows(caller)
    assert (call_of(caller).owner_id, call_of(caller).state) == (other.agent_id, "connected")
    assert (agent_row(other.agent_id).intent, agent_row(other.agent_id).pending_intent) == ("available", "break")


def test_a_warm_transfer_survives_a_reload_of_the_old_owner() -> None:
    with clock.frozen(START):
        queue = create_queue()
        desk = sit_down(create_agent(queue))
        caller = ring_in()
        connect(caller, desk)
        other = sit_down(create_agent(queue))
    with clock.frozen(START + timedelta(seconds=60)):
        transfer.consult(caller.call_id, desk.agent_id, desk.epoch, other.agent_id)
        ringing = offer_of(other.agent_id)
        assert ringing is not None
        answering.accept_offer(ringing.id, other.agent_id, other.epoch)
        sound_flows(caller)
        transfer.complete_consult(caller.call_id, desk.agent_id, desk.epoch)
        sit_down(desk.agent_id, page="reloaded", available=False)
    sweep_at(65)
    assert call_of(caller).state == "transferred"
    sweep_at(71)
    assert (call_of(caller).state, item_of(caller).leg) == ("queued", 2)
