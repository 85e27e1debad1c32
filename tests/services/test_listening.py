"""Listening in on live calls: who may, what ends it, when nothing is heard, and what counts on the road."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock
from app.calls import answering, control, ending, listening, media, presence, transfer
from app.calls.desk_image import desk_image
from app.calls.listening_image import listening_image
from app.calls.models import Call, CallLeg, CallLink, Listening
from app.calls.recording import begin_recording, set_paused
from app.calls.sweeps import sweep_calls
from app.customers.models import Consent
from app.db import reading, transaction
from app.errors import Conflict, DeskError, Forbidden, Invalid
from app.eventlog import Event, person
from app.queues.barring import bar_agents
from app.queues.models import Certificate, QueueMember
from app.queues.presence import choose_intent
from app.security.models import UserSession
from app.training import queries, shadowing
from app.training.models import Road, RoadEntry
from tests.fixtures.desk import (
    Caller,
    Desk,
    call_of,
    connect,
    create_agent,
    create_queue,
    create_user,
    offer_of,
    ring_in,
    route,
    sit_down,
    sound_flows,
)
from tests.fixtures.listening import create_listener, listener_hears, listeners_link, take_listeners, tell
from tests.invariants.checks import assert_invariants

START = datetime(2031, 5, 1, 9, tzinfo=UTC)
RECVONLY = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=recvonly\r\n"


@dataclass
class House:
    """Ana talks to a customer; Siu Man is in practice for the queue and has the listening page open."""

    queue: int
    ana: Desk
    new: int
    caller: Caller
    reservation: int
    page: str = "listen-page"
    sid: str = "listen-sid"

    def listen(self, **changes: Any) -> int:
        asked = {"sid": self.sid, "process_id": "web-1", "page": self.page} | changes
        return shadowing.listen(self.new, self.caller.call_id, **asked)

    def hears(self) -> None:
        listener_hears(self.new)

    def link(self) -> CallLink:
        return listeners_link(self.new) or pytest.fail("nobody listens")

    def latest(self) -> Listening:
        with reading() as session:
            return session.scalars(select(Listening).order_by(Listening.id.desc())).first() or pytest.fail("none")

    def image(self) -> dict[str, Any]:
        with reading() as session:
            return listening_image(session, str(self.new))

    def shown_to_ana(self) -> dict[str, Any] | None:
        with reading() as session:
            image = desk_image(session, str(self.ana.agent_id))
        return image["call"]["listener"] if image and image["call"] else None

    def road(self) -> list[RoadEntry]:
        with reading() as session:
            return list(session.scalars(select(RoadEntry).order_by(RoadEntry.id)))


@pytest.fixture
def house(database: str) -> Iterator[House]:
    with clock.frozen(START):
        queue = create_queue(recording="on")
        ana, new = sit_down(create_agent(queue, name="Ana Silva")), create_listener(queue, name="Siu Man")
        take_listeners(ana.agent_id)
        caller = tell(ring_in())
        yield House(queue, ana, new, caller, connect(caller, ana).id)
    with reading() as session:
        assert_invariants(session, clock.now())


def later(seconds: int) -> Any:
    return clock.frozen(clock.now() + timedelta(seconds=seconds))


def test_what_was_heard_counts_on_the_road_and_both_pages_know(house: House) -> None:
    [found] = shadowing.door(house.new).calls
    assert (found.call_id, found.agent, found.taken) == (house.caller.call_id, "Ana Silva", False)
    house.listen()
    assert house.image()["current"]["silence"] == "line"
    house.hears()
    shown = house.shown_to_ana()
    assert shown is not None
    assert (shown["name"], shown["silence"]) == ("Siu Man", "")
    current = house.image()["current"]
    assert [link["role"] for link in current["links"]] == ["callee"]
    assert "customer" not in str(current)
    with later(75):
        listening.stop(house.new)
        listening.stop(house.new)  # a second click
        assert house.shown_to_ana() is None
        assert (house.latest().heard_s, house.latest().end_reason) == (75, "stopped")
        [entry] = house.road()
        assert (entry.kind, entry.amount, entry.by_id, entry.listening_id) == (
            "shadowing", 1, None, house.latest().id,
        )  # fmt: skip
        house.listen()  # the same call again is the same shadowed call
        house.hears()
        with later(90):
            ending.customer_hangs_up(house.caller.call_id)
    assert (house.latest().heard_s, house.latest().end_reason) == (90, "call_over")
    assert len(house.road()) == 1
    with reading() as session:
        [row] = queries.roads(session, START.date(), agent_id=house.new)
        [(kept, whose)] = queries.entries(session, row.road.id)
        log = session.scalars(select(Event).where(Event.subject == "listening").order_by(Event.id)).all()
        [first, _second] = shadowing.listened_to(session, agent_id=house.ana.agent_id)
    assert (row.done, kept.listening_id is not None, whose) == ({"shadowing": 1}, True, "Ana Silva")
    assert [event.name for event in log] == ["listening.began", "listening.ended"] * 2
    assert (log[1].after["listener"], log[1].after["agent"], log[1].after["heard_s"]) == (
        house.new, house.ana.agent_id, 75,
    )  # fmt: skip
    assert first[1] == "Siu Man"
    assert call_of(house.caller).end_reason == "customer_hangup"


def test_two_short_listenings_of_one_call_add_up(house: House) -> None:
    for seconds in (35, 40):
        house.listen()
        house.hears()
        with later(seconds):
            listening.stop(house.new)
        assert len(house.road()) == int(seconds == 40)


def test_silence_while_the_recording_is_paused_or_the_customer_is_on_hold(house: House) -> None:
    made = begin_recording(
        house.reservation, house.ana.agent_id, house.ana.epoch, media_type="audio/webm;codecs=opus", asked_for=False
    )
    house.listen()
    house.hears()
    with later(10):
        set_paused(made["recording"], house.ana.agent_id, paused=True, reason="card")
        assert house.image()["current"]["silence"] == "paused"
        assert house.latest().heard_s == 10
        with later(100):
            set_paused(made["recording"], house.ana.agent_id, paused=False, reason="")
            assert house.image()["current"]["silence"] == ""
            control.hold(house.caller.call_id, house.ana.agent_id, house.ana.epoch)
            with later(100):
                assert house.image()["current"]["silence"] == "hold"
                control.resume(house.caller.call_id, house.ana.agent_id, house.ana.epoch)
                with later(5):
                    listening.stop(house.new)
    assert house.latest().heard_s == 15
    assert house.road() == []


def test_a_paused_call_is_silent_from_the_first_moment(house: House) -> None:
    made = begin_recording(
        house.reservation, house.ana.agent_id, house.ana.epoch, media_type="audio/webm;codecs=opus", asked_for=False
    )
    set_paused(made["recording"], house.ana.agent_id, paused=True, reason="card")
    house.listen()
    house.hears()
    assert house.image()["current"]["silence"] == "paused"
    back = begin_recording(  # the agent's page was loaded anew while the card was being read out
        house.reservation, house.ana.agent_id, house.ana.epoch, media_type="audio/webm;codecs=opus", asked_for=False
    )
    assert back["paused"] == "card"
    assert house.image()["current"]["silence"] == "paused"
    assert house.latest().hears_since is None


def refused(house: House, code: str, **changes: Any) -> None:
    with pytest.raises(DeskError) as told:
        house.listen(**changes)
    assert told.value.code == code


def test_who_may_listen_to_what(house: House) -> None:
    others = create_queue("complaints")
    for state in ("trainee", "exam", "certified"):
        with transaction() as session:
            session.execute(update(Road).values(state=state))
        assert shadowing.door(house.new).closed == "no_practice"
        with pytest.raises(Forbidden):
            house.listen()
    with transaction() as session:
        session.execute(update(Road).values(state="practice", queue_id=others))
    refused(house, "listen_gone")  # another queue than one's own
    with transaction() as session:
        session.execute(update(Road).values(queue_id=house.queue))
    mei = person(create_user("supervisor"))
    shadowing.choose_hosts([], [house.ana.agent_id], actor=mei)
    refused(house, "listen_gone")  # an agent whom nobody chose
    with pytest.raises(Conflict):
        shadowing.choose_hosts([mei.user_id or 0], [mei.user_id or 0], actor=mei)
    assert shadowing.choose_hosts([house.ana.agent_id], [house.ana.agent_id, house.new], actor=mei) == 1
    assert shadowing.choose_hosts([house.ana.agent_id], [house.ana.agent_id], actor=mei) == 1  # nothing new to log
    with reading() as session:
        chosen = session.scalars(select(Event).where(Event.name == "agent.takes_listeners")).all()
    assert [event.after["takes_listeners"] for event in chosen] == [False, True]
    tell(house.caller, "refused")
    refused(house, "listen_gone")  # a caller who does not want to be recorded
    tell(house.caller)
    with transaction() as session:
        session.execute(update(Call).values(number="+447700900123"))
        session.add(Consent(address="+447700900123", purpose="recording", state="withdrawn", source="agent"))
    refused(house, "listen_gone")  # a number that wants no recordings for good
    with transaction() as session:
        session.execute(update(Call).values(number="", notice_version="2026-11"))
    refused(house, "listen_gone")  # a caller who was not told of listeners
    tell(house.caller)
    desk = sit_down(house.new)
    assert shadowing.door(house.new).closed == "busy"
    refused(house, "listen_busy")
    choose_intent(house.new, "training", epoch=desk.epoch)
    assert house.listen()


def test_nobody_barred_from_a_contact_listens_to_it(house: House) -> None:
    with transaction() as session:
        bar_agents(session, call_of(house.caller).contact_id, {house.new: "rated"}, actor=person(house.new))
    assert not shadowing.door(house.new).calls
    refused(house, "listen_gone")


def test_the_agent_says_not_now_and_means_this_call(house: House) -> None:
    house.listen()
    house.hears()
    with pytest.raises(Conflict):
        listening.not_now(house.caller.call_id, house.ana.agent_id, house.ana.epoch + 1)
    listening.not_now(house.caller.call_id, house.ana.agent_id, house.ana.epoch)
    assert house.latest().end_reason == "not_now"
    assert house.image()["last"]["reason"] == "not_now"
    refused(house, "listen_gone")
    assert call_of(house.caller).state == "connected"


def test_one_listener_for_a_call_and_one_call_for_a_listener(house: House) -> None:
    second = create_listener(house.queue)
    made: list[str] = []
    start = threading.Barrier(2)

    def try_it(listener: int) -> None:
        start.wait()
        try:
            shadowing.listen(listener, house.caller.call_id, sid=f"s{listener}", process_id="web-1", page="p")
            made.append("listens")
        except Conflict as refusal:
            made.append(refusal.code)

    threads = [threading.Thread(target=try_it, args=(listener,)) for listener in (house.new, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == ["listen_taken", "listens"]
    winner = house.latest().listener_id
    ben = sit_down(create_agent(house.queue))
    take_listeners(ben.agent_id)
    other = tell(ring_in())
    connect(other, ben)
    with pytest.raises(Conflict) as told:
        shadowing.listen(winner, other.call_id, sid="again", process_id="web-1", page="p2")
    assert told.value.code == "listen_already"


def test_passing_the_call_on_ends_it(house: House) -> None:
    house.listen()
    house.hears()
    transfer.transfer_blind(house.caller.call_id, house.ana.agent_id, house.ana.epoch, to_queue=house.queue)
    assert house.latest().end_reason == "passed_on"
    assert house.image()["current"] is None


def test_a_consultation_is_silent_and_its_end_is_that_of_the_listening(house: House) -> None:
    house.listen()
    house.hears()
    ben = sit_down(create_agent(house.queue))
    transfer.consult(house.caller.call_id, house.ana.agent_id, house.ana.epoch, ben.agent_id)
    assert house.image()["current"]["silence"] == "consult"
    offer = offer_of(ben.agent_id)
    assert offer is not None
    answering.accept_offer(offer.id, ben.agent_id, ben.epoch)
    sound_flows(house.caller)
    transfer.complete_consult(house.caller.call_id, house.ana.agent_id, house.ana.epoch)
    assert house.image()["current"]["silence"] == "consult"
    sound_flows(house.caller)
    assert call_of(house.caller).owner_id == ben.agent_id
    assert house.latest().end_reason == "passed_on"


def test_a_listener_who_is_gone_is_gone_and_the_call_goes_on(house: House) -> None:
    house.listen()
    house.hears()
    presence.desk_is_gone(house.sid)
    assert sweep_calls() == 0
    with later(6):
        listening.page_is_here(house.new, sid="sid-2", process_id="web-1", page="page-2")  # it was a reload
        link = house.link()
        assert (link.epoch, link.state) == (2, "open")
        house.hears()
        presence.desk_is_gone("sid-2")
        with later(10):
            assert sweep_calls() == 1
            assert house.latest().end_reason == "page_gone"
    with reading() as session:
        legs = {leg.role: leg.state for leg in session.scalars(select(CallLeg))}
    assert legs == {"customer": "media_ok", "agent": "media_ok", "listener": "left"}
    assert call_of(house.caller).state == "connected"


def test_another_tab_takes_the_sound_of_none(house: House) -> None:
    house.listen()
    listening.page_is_here(house.new, sid="sid-2", process_id="web-1", page="page-2")
    assert house.image()["current"]["page"] == house.page
    sit_down(house.new, available=False)  # nor does the desk of the same person
    assert house.image()["current"]["page"] == house.page


@pytest.mark.parametrize("why", ["signed_out", "busy"])
def test_who_is_signed_out_or_takes_a_call_listens_no_more(house: House, why: str) -> None:
    house.listen()
    house.hears()
    if why == "signed_out":
        with transaction() as session:
            session.execute(update(UserSession).values(revoked_at=clock.now()))
    else:
        other = create_queue("other")
        with transaction() as session:
            session.add(QueueMember(queue_id=other, agent_id=house.new))
            since = START.date() - timedelta(days=3)
            session.add(Certificate(agent_id=house.new, queue_id=other, granted_on=since))
        sit_down(house.new)
        ring_in("other")
        route()
        assert offer_of(house.new) is not None
    sweep_calls()
    assert house.latest().end_reason == why


def test_a_caller_who_wants_it_no_more_is_listened_to_no_more(house: House) -> None:
    house.listen()
    house.hears()
    sweep_calls()
    assert house.latest().ended_at is None
    with transaction() as session:
        session.execute(update(Call).values(number="+447700900123"))
        session.add(Consent(address="+447700900123", purpose="recording", state="withdrawn", source="agent"))
    sweep_calls()
    assert house.latest().end_reason == "unwanted"
    assert call_of(house.caller).state == "connected"


def test_the_agents_page_comes_back_and_sounds_anew(house: House) -> None:
    house.listen()
    house.hears()
    presence.desk_is_gone(house.ana.sid)
    presence.desk_says_hello(house.ana.agent_id, sid="new", process_id="web-1", tab="tab", page="new")
    assert house.link().epoch == 2
    assert house.image()["current"]["silence"] == "line"


def test_what_would_let_a_listener_be_heard_is_not_passed_on(house: House) -> None:
    house.listen()
    link = house.link()
    mine, hers = media.Speaker(agent_id=house.new), media.Speaker(agent_id=house.ana.agent_id)
    assert media.relay_signal(mine, link.id, link.epoch, "desc", {"type": "answer", "sdp": RECVONLY})
    assert media.relay_signal(
        hers, link.id, link.epoch, "desc", {"type": "offer", "sdp": RECVONLY.replace("recv", "send")}
    )
    for speaker, word in ((mine, "sendrecv"), (mine, "sendonly"), (hers, "sendrecv"), (hers, "recvonly")):
        with pytest.raises(Invalid):
            sdp = RECVONLY.replace("recvonly", word)
            media.relay_signal(speaker, link.id, link.epoch, "desc", {"type": "offer", "sdp": sdp})
    with pytest.raises(Invalid):
        media.relay_signal(mine, link.id, link.epoch, "desc", {"type": "offer"})


def test_a_listeners_bad_line_says_nothing_about_the_agents(house: House) -> None:
    house.listen()
    house.hears()
    link = house.link()
    for who in (house.ana.agent_id, house.new):
        media.report_link(media.Speaker(agent_id=who), link.id, link.epoch, "lost")
    with reading() as session:
        states = {leg.role: leg.state for leg in session.scalars(select(CallLeg))}
    assert (states["agent"], states["listener"]) == ("media_ok", "media_lost")
    assert house.image()["current"]["silence"] == "line"
    assert call_of(house.caller).state == "connected"
