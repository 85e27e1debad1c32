"""Calls that a carrier brings: the same call, legs and links as between pages, moved by the carrier's reports.

Participants; whoever calls them has locked the call (app/phones hears the reports, app/calls/steering.py answers).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calls.inbound import (
    SPOKEN_NOTICE_VERSION,
    SPOKEN_RECORDING_NOTICE_VERSION,
    put_in_line,
    refusal_of,
)
from app.calls.legs import customer_leg, open_links_of, touch_link
from app.calls.media import bridged
from app.calls.models import Call, CallLeg, CallLink
from app.calls.refusing import QueueClosed, QueueFull, turn_away
from app.calls.steering import steer
from app.eventlog import CUSTOMER
from app.live import touch
from app.queues import offers
from app.queues.models import Queue, Topic
from app.queues.work import Reservation


def choose_topic(
    session: Session,
    call: Call,
    topic: Topic,
    *,
    recording_consent: str,
    max_waiting: int,
    now: datetime,
    simulated: bool = False,
) -> QueueClosed | QueueFull | None:
    """The caller chose; why there is no place in line, if so. Choosing twice is choosing once.

    `simulated` is the living demo's.
    """
    if call.state != "ivr":
        return None
    call.recording_consent = recording_consent
    call.notice_version = SPOKEN_NOTICE_VERSION if recording_consent == "not_told" else SPOKEN_RECORDING_NOTICE_VERSION
    queue = session.get_one(Queue, topic.queue_id)
    refusal = refusal_of(session, queue, max_waiting)
    if refusal is None:
        customer_leg(session, call).place = "line"
    put_in_line(session, call, topic, queue, refusal, source="telephone", now=now, simulated=simulated)
    return refusal


def leave_line(session: Session, call: Call, *, reason: str, now: datetime) -> None:
    """The caller does not wait any longer, for a message or because there is no room: an end of its own (I11)."""
    item = offers.lock_item(session, call.work_item_id or 0)
    ringing = offers.live_reservation(session, item.id)
    if ringing is not None:
        offers.withdraw_offer(session, ringing, item, reason=reason, now=now, actor=CUSTOMER)
    turn_away(session, call, item, reason=reason, now=now, actor=CUSTOMER)


def leg_joined(session: Session, call: Call, leg: CallLeg, *, now: datetime) -> None:
    """The leg is in the room: whoever of its partners is there as well hears it."""
    if leg.place != "room":
        leg.place, leg.told_held = "room", False
    if leg.state != "left":
        leg.state = "media_ok"
        if leg.sid is not None:
            leg.lost_at = None
        sound_stands(session, call, now=now)
    steer(session, call)  # the caller follows the agent; a leg that is no longer wanted is ended


def sound_stands(session: Session, call: Call, *, now: datetime) -> None:
    """Report the sound of each link whose two legs are in the room and hear each other."""
    links = session.scalars(
        select(CallLink).where(CallLink.call_id == call.id, CallLink.state.in_(("open", "lost"))).order_by(CallLink.id)
    ).all()
    for link in links:
        one, other = session.get_one(CallLeg, link.caller_leg_id), session.get_one(CallLeg, link.callee_leg_id)
        customer = next((leg for leg in (one, other) if leg.role == "customer"), None)
        deaf = customer is not None and customer.told_held
        if link.state == "closed" or deaf or one.place != "room" or other.place != "room":
            continue
        link.caller_up = link.callee_up = True
        link.state, link.up_at = "up", link.up_at or now
        session.flush()
        touch_link(session, link)
        bridged(session, call, one, other)


def agent_leg_gone(session: Session, call: Call, leg: CallLeg, *, now: datetime) -> None:
    """The carrier says that an agent's leg is over.

    While it was being made, the offer has failed. In a talk the browser is rung once more at once: a page that was
    loaded anew is there within seconds. Nobody answers: the sweep gives the caller back to the line after the grace.
    """
    talked = leg.place == "room"
    leg.place = "gone"
    if leg.state == "left":
        return
    if call.state == "bridging" or not _heard_before(session, leg):
        _fail_offer(session, leg, now)
        return
    for link in open_links_of(session, leg):
        link.state, link.caller_up, link.callee_up = "lost", False, False
        touch_link(session, link)
    leg.state, leg.lost_at = "media_lost", leg.lost_at or now
    if talked:
        leg.place, leg.provider_sid = "", ""
    touch(session, "agent", leg.agent_id or 0)
    steer(session, call)


def _heard_before(session: Session, leg: CallLeg) -> bool:
    reservation = session.get(Reservation, leg.reservation_id) if leg.reservation_id is not None else None
    return reservation is None or reservation.state == "active"


def _fail_offer(session: Session, leg: CallLeg, now: datetime) -> None:
    """Sound will not come: the sweep ends the offer now and not at the end of its time."""
    reservation = session.get(Reservation, leg.reservation_id) if leg.reservation_id is not None else None
    if reservation is not None and reservation.state == "accepted":
        reservation.deadline = now
