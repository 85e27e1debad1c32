"""Signalling between the two pages of a link, and what they report about the sound.

Membership is the two legs in the database row: `to` is never taken from a client. Nothing here is logged: session
descriptions and candidates carry addresses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock, live
from app.calls.answering import bridge
from app.calls.legs import page_view, touch_link
from app.calls.listening_course import count
from app.calls.locks import lock_call
from app.calls.models import Call, CallLeg, CallLink
from app.calls.transfer import hand_over
from app.db import transaction
from app.domain.listening import goes_one_way
from app.errors import Forbidden, Invalid

LONGEST_PAYLOAD = 16_000
MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose page sends: an agent's, or the customer's of one call."""

    agent_id: int | None = None
    call_id: int | None = None


def _legs(session: Session, link: CallLink, speaker: Speaker) -> tuple[CallLeg, CallLeg]:
    """(own leg, other leg) of the link for the speaker.

    Raises:
        Forbidden: the speaker is no party of the link.
    """
    legs = {
        leg.id: leg
        for leg in session.scalars(select(CallLeg).where(CallLeg.id.in_((link.caller_leg_id, link.callee_leg_id))))
    }
    for own in legs.values():
        is_agent = speaker.agent_id is not None and own.agent_id == speaker.agent_id
        is_customer = speaker.call_id is not None and own.role == "customer" and own.call_id == speaker.call_id
        if is_agent or is_customer:
            other = legs[link.callee_leg_id if own.id == link.caller_leg_id else link.caller_leg_id]
            return own, other
    raise Forbidden(code="not_in_call")


def _refuse_unfit(kind: str, payload: Any) -> None:
    if kind not in ("desc", "cand"):
        raise Invalid(code="signal_invalid")
    text = json.dumps(payload)
    if len(text) > LONGEST_PAYLOAD:
        raise Invalid(code="signal_too_large")
    if kind == "cand":
        candidates = payload.get("candidates") if isinstance(payload, dict) else None
        if not isinstance(candidates, list) or len(candidates) > MOST_CANDIDATES:
            raise Invalid(code="signal_invalid")
    if kind == "desc" and any(line in text for line in ("m=video", "m=application")):
        raise Invalid(code="signal_audio_only")


def _refuse_two_ways(own: CallLeg, other: CallLeg, payload: Any) -> None:
    """A listener only receives: what says otherwise, on either side, is not passed on."""
    if "listener" not in (own.role, other.role):
        return
    sdp = payload.get("sdp") if isinstance(payload, dict) else None
    if not goes_one_way(sdp if isinstance(sdp, str) else "", "recvonly" if own.role == "listener" else "sendonly"):
        raise Invalid(code="signal_invalid")


def relay_signal(speaker: Speaker, link_id: int, epoch: int, kind: str, payload: Any) -> bool:
    """Pass a description or candidates to the other page of an open link. False: stale, dropped.

    Raises:
        Forbidden: the sender is no party of the link.
        Invalid: too large, not audio, or no such kind of message.
    """
    _refuse_unfit(kind, payload)
    with transaction() as session:
        link = session.get(CallLink, link_id)
        if link is None:
            raise Forbidden(code="not_in_call")
        own, other = _legs(session, link, speaker)
        if link.state == "closed" or link.epoch != epoch:
            return False
        if kind == "desc":
            _refuse_two_ways(own, other, payload)
        message = {"link": link.id, "epoch": epoch, "type": kind, "payload": payload}
        if other.role == "customer":
            public_id = session.scalar(select(Call.public_id).where(Call.id == other.call_id))
            live.send(session, live.room_of("call", public_id or ""), "rtc.signal", message, namespace=live.CALLER)
        else:
            live.send(session, live.room_of(page_view(other), other.agent_id or 0), "rtc.signal", message)
        return True


def report_link(speaker: Speaker, link_id: int, epoch: int, state: str) -> None:
    """One page says that sound arrives ("up") or stopped ("lost", "failed"); both up means the bridge stands.

    Raises:
        Forbidden: the sender is no party of the link.
    """
    if state not in ("up", "lost", "failed"):
        raise Invalid(code="signal_invalid")
    with transaction() as session:
        call_id = session.scalar(select(CallLink.call_id).where(CallLink.id == link_id))
        if call_id is None:
            raise Forbidden(code="not_in_call")
        call = lock_call(session, call_id)
        link = session.get_one(CallLink, link_id, with_for_update=True, populate_existing=True)
        own, other = _legs(session, link, speaker)
        if link.state == "closed" or link.epoch != epoch:
            return
        up = state == "up"
        if own.id == link.caller_leg_id:
            link.caller_up = up
        else:
            link.callee_up = up
        heard = "listener" in (own.role, other.role)
        if not heard or own.role == "listener":  # a listener's bad line says nothing about the agent's
            own.state = "media_ok" if up else "media_lost"
        before = link.state
        link.state = "up" if link.caller_up and link.callee_up else ("lost" if link.up_at and not up else link.state)
        if link.state == "up" and before != "up":
            link.up_at = link.up_at or clock.now()
            if not heard:
                bridged(session, call, own, other)
        if heard:
            count(session, call.id)
        if link.state != before:
            touch_link(session, link)


def bridged(session: Session, call: Call, own: CallLeg, other: CallLeg) -> None:
    """Sound stands between two legs: what that means for the call. Participant; the call is locked."""
    agents = [leg for leg in (own, other) if leg.agent_id is not None]
    with_customer = len(agents) == 1
    if call.state == "transferred" and with_customer and agents[0].role == "consultee":
        hand_over(session, call, agents[0])
    elif call.state == "bridging" and with_customer:
        bridge(session, call, agents[0].agent_id or 0)
    elif not with_customer:
        consultee = next(leg for leg in agents if leg.role == "consultee")
        bridge(session, call, consultee.agent_id or 0)
