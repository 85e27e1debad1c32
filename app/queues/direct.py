"""An offer to one named agent (consult, transfer to a person), under the same guards as the router's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.db import compare_and_set
from app.errors import Conflict
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues.barring import is_barred
from app.queues.models import Queue, RoutingDecision
from app.queues.presence_marks import refresh_display
from app.queues.work import Reservation, WorkItem

_CERTIFIED = text("""
SELECT EXISTS (SELECT 1 FROM queue_members m JOIN certificates c
    ON c.agent_id = m.agent_id AND c.queue_id = m.queue_id AND c.revoked_at IS NULL
    AND c.granted_on <= :today AND (c.expires_on IS NULL OR c.expires_on >= :today)
    WHERE m.agent_id = :agent AND m.queue_id = :queue)""")

_VOICE_LOAD = text("""
SELECT coalesce(sum(weight), 0) FROM reservations
WHERE agent_id = :agent AND channel = 'voice' AND state IN ('pending','accepted','active','wrapping')""")

_TICKET_ROOM = text("""
SELECT a.max_ticket - coalesce((SELECT sum(r.weight) FROM reservations r WHERE r.agent_id = a.id
    AND r.channel = 'ticket' AND r.state IN ('pending','accepted','active','wrapping')), 0) AS room
FROM agents a WHERE a.id = :agent""")


def is_certified(session: Session, agent_id: int, queue_id: int, now: datetime) -> bool:
    """Whether the agent serves the queue and holds a valid certificate for it (I15)."""
    return bool(session.scalar(_CERTIFIED, {"agent": agent_id, "queue": queue_id, "today": now.date()}))


def offer_directly(
    session: Session, item: WorkItem, agent_id: int, *, reason: str, now: datetime, actor: Actor
) -> Reservation:
    """Offer a queued item to exactly this agent.

    Raises:
        Conflict: the agent is away, busy, without a phone, not certified for the item's queue, or barred from it.
    """
    if not is_certified(session, agent_id, item.queue_id, now):
        raise Conflict(code="agent_not_certified")
    if is_barred(session, item.contact_id, agent_id):
        raise Conflict(code="agent_barred")
    agent = session.get(Agent, agent_id, with_for_update=True, populate_existing=True)
    if agent is None or agent.session_state != "connected" or agent.intent != "available" or not agent.device_ready:
        raise Conflict(code="agent_not_available")
    if agent.simulated != item.simulated:  # a person and a machine that is silent
        raise Conflict(code="agent_not_available")
    if session.scalar(_VOICE_LOAD, {"agent": agent_id}):
        raise Conflict(code="agent_busy")
    queue = session.get_one(Queue, item.queue_id)
    reservation = Reservation(
        work_item_id=item.id,
        agent_id=agent_id,
        channel=item.channel,
        weight=item.weight,
        state="pending",
        epoch=agent.epoch,
        offered_at=now,
        deadline=now + timedelta(seconds=queue.ring_s),
    )
    item.state, item.version = "reserved", item.version + 1
    session.add(reservation)
    session.flush()
    trace: dict[str, Any] = {"reason": reason, "candidates": [[agent_id, 0]], "excluded": {}}
    session.add(RoutingDecision(reservation_id=reservation.id, reason=reason, trace=trace))
    record_event(
        session,
        "reservation.offered",
        "reservation",
        reservation.id,
        actor=actor,
        reason=reason,
        before={"item": "queued"},
        after={"state": "pending", "agent": agent_id, "work_item": item.id},
        contact_id=item.contact_id,
        at=now,
    )
    refresh_display(session, [agent_id], now)
    touch(session, "agent", agent_id)
    touch(session, "team", "all")
    return reservation


def hand_to(
    session: Session, item: WorkItem, agent_id: int, *, reason: str, now: datetime, actor: Actor
) -> Reservation:
    """Give queued written work to exactly this agent: in hand at once, without a ring, present or not.

    Raises:
        Conflict: the agent is not certified for the item's queue, barred from it, or has as much in hand as allowed.
    """
    if not is_certified(session, agent_id, item.queue_id, now):
        raise Conflict(code="agent_not_certified")
    if is_barred(session, item.contact_id, agent_id):
        raise Conflict(code="agent_barred")
    agent = session.get(Agent, agent_id, with_for_update=True, populate_existing=True)
    if agent is None:
        raise Conflict(code="agent_not_certified")
    if session.execute(_TICKET_ROOM, {"agent": agent_id}).scalar_one() < item.weight:
        raise Conflict(code="agent_full")
    compare_and_set(
        session, WorkItem, item.id, ("queued",), state="assigned", answered_at=now, version=WorkItem.version + 1
    )
    reservation = Reservation(
        work_item_id=item.id,
        agent_id=agent_id,
        channel=item.channel,
        weight=item.weight,
        state="active",
        epoch=agent.epoch,
        offered_at=now,
        accepted_at=now,
        active_at=now,
    )
    session.add(reservation)
    agent.contacts_today = agent.contacts_today + 1 if agent.contacts_on == now.date() else 1
    agent.contacts_on = now.date()
    session.flush()
    trace: dict[str, Any] = {"reason": reason, "candidates": [[agent_id, 0]], "excluded": {}}
    session.add(RoutingDecision(reservation_id=reservation.id, reason=reason, trace=trace))
    record_event(
        session,
        "reservation.active",
        "reservation",
        reservation.id,
        actor=actor,
        reason=reason,
        after={
            "state": "active",
            "agent": agent_id,
            "item": "assigned",
            "work_item": item.id,
            "epoch": agent.epoch,
        },
        contact_id=item.contact_id,
        at=now,
    )
    touch(session, "agent", agent_id)
    touch(session, "queue", item.queue_id)
    touch(session, "team", "all")
    return reservation
