"""The whole of one agent's desk as data: what the page renders, nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent, BreakCode
from app.calls.callback_image import desk_callback
from app.calls.callbacks import is_callback
from app.calls.ice import ice_for
from app.calls.legs import customer_leg, leg_of_agent
from app.calls.listening_image import desk_listener
from app.calls.models import Call, CallLeg, CallLink
from app.calls.offer_image import offer_image, queue_brief, topic_brief
from app.calls.recording import desk_recording
from app.calls.steering import on_telephone
from app.domain.phone_numbers import pretty
from app.live import next_version
from app.messages import hours
from app.messages.services import is_opted_out
from app.queues.models import Queue
from app.queues.work import Reservation, WorkItem
from app.security.models import User

_OPEN_INTERVAL = text("SELECT state, started_at FROM agent_intervals WHERE agent_id = :agent AND ended_at IS NULL")


def desk_image(session: Session, key: str) -> dict[str, Any] | None:
    """The image of the desk of agent `key`; None when the user takes no calls."""
    version = next_version(session)
    agent = session.get(Agent, int(key))
    if agent is None:
        return None
    now = clock.now()
    live = session.execute(
        select(Reservation, WorkItem)
        .join(WorkItem, WorkItem.id == Reservation.work_item_id)
        .where(Reservation.agent_id == agent.id, Reservation.channel == "voice")
        .where(Reservation.state.in_(("pending", "accepted", "active", "wrapping")))
        .order_by(Reservation.id)
    ).all()
    pairs = [(row.Reservation, row.WorkItem) for row in live]
    talking = next(((r, w) for r, w in pairs if r.state in ("accepted", "active")), None)
    call = call_image(session, agent, *talking) if talking else None
    return {
        "v": version,
        "now": now.isoformat(),
        "epoch": agent.epoch,
        "me": _me(session, agent, [r for r, _ in pairs], call, now),
        "offers": [offer_image(session, r, w, now) for r, w in pairs if r.state == "pending"],
        "call": call,
        "wrapups": [_wrapup_image(session, r, w) for r, w in pairs if r.state == "wrapping"],
    }


def _me(
    session: Session, agent: Agent, reservations: list[Reservation], call: dict[str, Any] | None, now: datetime
) -> dict[str, Any]:
    shown = session.execute(_OPEN_INTERVAL, {"agent": agent.id}).one_or_none()
    display = shown.state if shown else "offline"
    since = shown.started_at if shown else agent.intent_since
    if display == "talking" and call is not None and call["state"] in ("held", "consulting"):
        display = call["state"]
    lights = {
        "connected": agent.session_state == "connected",
        "intent": agent.intent == "available" and agent.pending_intent is None,
        "device": agent.device_ready,
        "cool_down": agent.cool_down_until is None or agent.cool_down_until <= now,
        "load": not any(r.channel == "voice" for r in reservations),
    }
    return {
        "id": agent.id,
        "name": session.get_one(User, agent.id).display_name,
        "session": agent.session_state,
        "intent": agent.intent,
        "intent_since": agent.intent_since.isoformat(),
        "break_code": _break_code(session, agent.break_code_id),
        "pending_intent": agent.pending_intent,
        "pending_break_code": _break_code(session, agent.pending_break_code_id),
        "display": display,
        "display_since": since.isoformat(),
        "device": {"ready": agent.device_ready, "role_page": agent.device_page if agent.device_sid else None},
        "lights": lights,
        "routable": all(lights.values()),
        "why_not": [name for name, lit in lights.items() if not lit],
        "cool_down_until": agent.cool_down_until.isoformat() if agent.cool_down_until else None,
        "contacts_today": agent.contacts_today if agent.contacts_on == now.date() else 0,
    }


def _break_code(session: Session, code_id: int | None) -> str | None:
    return session.get_one(BreakCode, code_id).code if code_id is not None else None


def call_image(session: Session, agent: Agent, reservation: Reservation, item: WorkItem) -> dict[str, Any] | None:
    """The call in hand, as the owner or the consultee sees it."""
    call = session.scalar(select(Call).where(Call.contact_id == item.contact_id))
    leg = leg_of_agent(session, call, agent.id) if call is not None else None
    if call is None or leg is None:
        return None
    customer = customer_leg(session, call)
    main = session.get_one(WorkItem, call.work_item_id) if call.work_item_id else item
    return {
        "id": call.id,
        "public_id": call.public_id,
        "contact_id": call.contact_id,
        "kind": item.kind,
        # Of a telephone call the sound comes by the carrier's own kit: there are no links between pages
        "provider": call.provider,
        "state": call.state,
        "my_role": "consultee" if leg.role == "consultee" else "owner",
        "reservation": reservation.id,
        "reservation_state": reservation.state,
        "leg": leg.id,
        "queue": queue_brief(session, main.queue_id),
        "topic": topic_brief(session, main.topic_id),
        "language": call.language,
        "number": call.number,
        "number_pretty": pretty(call.number) if call.number else "",
        "number_verified": call.number_verified,
        "number_by": _number_by(call),
        "claimed_name": call.claimed_name,
        "customer_id": call.customer_id,
        # A promised callback is older than the attempt that is in hand
        "started_at": ((is_callback(main) and reservation.accepted_at) or call.started_at).isoformat(),
        "enqueued_at": main.enqueued_at.isoformat() if main.enqueued_at else None,
        "answered_at": reservation.active_at.isoformat() if reservation.active_at else None,
        "wait_s": _seconds(main.enqueued_at, main.answered_at or reservation.accepted_at),
        "held": call.held_since is not None,
        "held_since": call.held_since.isoformat() if call.held_since else None,
        "digits": call.digits,
        "links": links_image(session, leg) if call.provider == "browser" else [],
        "consult": _consult(session, call, agent.id),
        "handover": _handover(session, main),
        "ice": ice_for(call.public_id),
        "draft": reservation.draft,
        "callback": desk_callback(session, call, main),
        "customer_connected": customer.lost_at is None,
        "recording": desk_recording(session, call, main, reservation),
        "listener": desk_listener(session, call) if call.owner_id == agent.id else None,
    }


def _number_by(call: Call) -> str:
    """Who vouches for the number: "network", which shows it and can be deceived; "us" where we ring it; or nobody."""
    if not on_telephone(call) or not call.number:
        return ""
    return "network" if call.direction == "inbound" else "us"


def links_image(session: Session, leg: CallLeg) -> list[dict[str, Any]]:
    """Open media links of a leg, each with this side's part and who is at the other end."""
    links = session.scalars(
        select(CallLink)
        .where((CallLink.caller_leg_id == leg.id) | (CallLink.callee_leg_id == leg.id), CallLink.state != "closed")
        .order_by(CallLink.id)
    ).all()
    call_state = session.scalar(select(Call.state).where(Call.id == leg.call_id))
    image = []
    for link in links:
        other = session.get_one(CallLeg, link.callee_leg_id if link.caller_leg_id == leg.id else link.caller_leg_id)
        entry = {
            "id": link.id,
            "epoch": link.epoch,
            "role": "caller" if link.caller_leg_id == leg.id else "callee",
            "peer": "agent" if leg.role == "customer" else other.role,
            "state": link.state,
        }
        if call_state == "transferred" and {leg.role, other.role} == {"customer", "consultee"}:
            entry["held"] = False  # the new agent is heard while the old line is still on hold
        image.append(entry)
    return image


def _consult(session: Session, call: Call, own_id: int) -> dict[str, Any] | None:
    if call.state not in ("consulting", "transferred"):
        return None
    row = session.execute(
        select(Reservation, User.display_name)
        .join(WorkItem, WorkItem.id == Reservation.work_item_id)
        .join(User, User.id == Reservation.agent_id)
        .where(WorkItem.contact_id == call.contact_id, WorkItem.kind == "consult")
        .where(Reservation.state.in_(("pending", "accepted", "active")))
    ).first()
    if row is None:
        return None
    other_id, name = row.Reservation.agent_id, row.display_name
    if other_id == own_id and call.owner_id is not None:
        other_id, name = call.owner_id, session.get_one(User, call.owner_id).display_name
    state = "talking" if row.Reservation.state == "active" else "ringing"
    return {"state": state, "agent": {"id": other_id, "name": name}}


def _handover(session: Session, item: WorkItem) -> dict[str, Any] | None:
    if not item.handover or not item.handover.get("from_agent"):
        return None
    name = session.get_one(User, item.handover["from_agent"]).display_name
    return {"from_agent": {"id": item.handover["from_agent"], "name": name}, "note": item.handover.get("note", "")}


def _wrapup_image(session: Session, reservation: Reservation, item: WorkItem) -> dict[str, Any]:
    call = session.scalars(select(Call).where(Call.contact_id == item.contact_id)).one()
    queue = session.get_one(Queue, item.queue_id)
    began = reservation.wrapping_at or clock.now()
    cap = began + timedelta(seconds=queue.acw_cap_s)
    talk_s = _seconds(reservation.active_at, reservation.wrapping_at) or 0
    return {
        "reservation": reservation.id,
        "kind": item.kind,
        "call": call.id,
        "customer_id": call.customer_id,
        "number": call.number,
        "number_pretty": pretty(call.number) if call.number else "",
        "number_verified": call.number_verified,
        "number_by": _number_by(call),
        "claimed_name": call.claimed_name,
        "queue": queue_brief(session, item.queue_id),
        "topic": topic_brief(session, item.topic_id),
        "language": call.language,
        "outcome": reservation.reason,
        "started_at": began.isoformat(),
        "deadline": reservation.deadline.isoformat() if reservation.deadline else None,
        "extensions": reservation.extensions,
        "can_extend": reservation.extensions < 1,
        "cap_at": cap.isoformat(),
        "talk_s": max(0, talk_s - reservation.hold_s),
        "hold_s": reservation.hold_s,
        "sms_opted_out": bool(call.number) and is_opted_out(session, call.number),
        "sms_waits": hours.there(session, call.number, call.customer_id) if call.number else None,
        "draft": reservation.draft,
    }


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    return max(0, round((end - start).total_seconds())) if start and end else None
