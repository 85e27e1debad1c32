"""Passing a call on: blind to a queue or an agent, or after a consultation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import clock
from app.calls.answering import begin_hold
from app.calls.control import owned_call
from app.calls.ending import consult_leg, consult_offer, end_consult, wrap_owner
from app.calls.legs import customer_leg, leg_of_agent, link_between, open_link
from app.calls.locks import move_call
from app.calls.models import Call, CallLeg
from app.calls.next_leg import enqueue_next_leg
from app.calls.recording import record_from_now
from app.db import transaction
from app.domain.call import CallEvent
from app.errors import Conflict, NotFound
from app.eventlog import person, record_event
from app.live import touch
from app.queues import offers
from app.queues.direct import is_certified, offer_directly
from app.queues.hours import queue_hours
from app.queues.models import Queue, RoutingDecision
from app.queues.presence_marks import lock_agents, refresh_display
from app.queues.work import Reservation, WorkItem

#: A transferred caller has waited before: points that put the new queue leg ahead of fresh callers.
TRANSFER_PRIORITY = 5
LONGEST_NOTE = 500


def transfer_blind(
    call_id: int,
    agent_id: int,
    epoch: int,
    *,
    to_queue: int | None = None,
    to_agent: int | None = None,
    note: str = "",
) -> None:
    """The caller goes back in line (of `to_queue`, or of this queue for `to_agent`); the agent wraps up.

    A queue outside its hours takes nobody in, as an overflow would not lead there: the caller would wait for nobody.
    One that is full does: this caller has been served before and is not turned away by those who have just come.

    Raises:
        Conflict: the target agent cannot take it now, or the queue is outside its hours; nothing has changed then.
        NotFound: no such queue.
    """
    now = clock.now()
    actor = person(agent_id)
    with transaction() as session:
        call = owned_call(session, call_id, agent_id, epoch)
        if call.state not in ("connected", "held"):
            raise Conflict(code="moved_on")
        old = offers.lock_item(session, call.work_item_id or 0)
        queue = session.get(Queue, to_queue or old.queue_id)
        if queue is None or not queue.active:
            raise NotFound(code="queue_unknown")
        if to_queue is not None and not queue_hours(session, queue, now).open:
            raise Conflict(code="queue_outside_hours")
        if to_agent == agent_id:
            raise Conflict(code="agent_busy")
        if to_agent is not None:  # two agents who pass on to each other must not wait for each other
            offers.live_reservation(session, old.id)
            lock_agents(session, (agent_id, to_agent))
        wrap_owner(session, call, reason="transferred", now=now, actor=actor)
        item = enqueue_next_leg(
            session, call, old, queue, reason="transferred", now=now, actor=actor, priority=TRANSFER_PRIORITY
        )
        item.handover = {"from_agent": agent_id, "note": note[:LONGEST_NOTE]}
        call.owner_id = None
        move_call(session, call, CallEvent.TO_QUEUE, actor=actor, reason="transferred")
        if to_agent is not None:
            offer_directly(session, item, to_agent, reason="direct_transfer", now=now, actor=actor)
            move_call(session, call, CallEvent.OFFER, actor=actor)


def consult(call_id: int, agent_id: int, epoch: int, to_agent: int, *, note: str = "") -> None:
    """The caller waits with music while a certified colleague is rung.

    Raises:
        Conflict: the colleague cannot take it, or the call is not in the agent's hands; nothing has changed then.
    """
    now = clock.now()
    actor = person(agent_id)
    with transaction() as session:
        call = owned_call(session, call_id, agent_id, epoch)
        main = offers.lock_item(session, call.work_item_id or 0)
        if to_agent == agent_id:
            raise Conflict(code="agent_busy")
        begin_hold(call, now)
        move_call(session, call, CallEvent.CONSULT, actor=actor)
        item = WorkItem(
            kind="consult",
            channel="voice",
            contact_id=call.contact_id,
            leg=main.leg,
            queue_id=main.queue_id,
            pool=main.pool,
            lane=f"consult:{call.id}",
            state="queued",
            customer_id=call.customer_id,
            language=main.language,
            topic_id=main.topic_id,
            enqueued_at=now,
            rank_at=now,
            handover={"from_agent": agent_id, "note": note[:LONGEST_NOTE]},
        )
        session.add(item)
        session.flush()
        record_event(
            session,
            "work_item.queued",
            "work_item",
            item.id,
            actor=actor,
            reason="consult",
            after={"state": "queued", "kind": "consult", "agent": to_agent},
            contact_id=call.contact_id,
            at=now,
        )
        offer_directly(session, item, to_agent, reason="consult", now=now, actor=actor)


def cancel_consult(call_id: int, agent_id: int, epoch: int) -> None:
    """Back to the caller; the colleague is released without wrap-up."""
    with transaction() as session:
        call = owned_call(session, call_id, agent_id, epoch)
        end_consult(session, call, reason="consult_canceled", actor=person(agent_id))


def complete_consult(call_id: int, agent_id: int, epoch: int) -> None:
    """The colleague takes over: their link to the customer opens first, the old one ends once it carries sound.

    Raises:
        Conflict: the colleague does not talk yet, or may not serve this queue.
    """
    now = clock.now()
    with transaction() as session:
        call = owned_call(session, call_id, agent_id, epoch)
        pair = consult_offer(session, call) if call.state == "consulting" else None
        leg = consult_leg(session, call)
        if pair is None or pair[1].state != "active" or leg is None:
            raise Conflict(code="no_consult")
        item, reservation = pair
        if not is_certified(session, reservation.agent_id, item.queue_id, now):
            raise Conflict(code="agent_not_certified")
        open_link(session, call, leg, customer_leg(session, call), now)
        move_call(session, call, CallEvent.TRANSFER, actor=person(agent_id))
        touch(session, "agent", reservation.agent_id)


def hand_over(session: Session, call: Call, new_leg: CallLeg) -> None:
    """The new owner and the customer hear each other: the old owner wraps up. Participant; the call is locked."""
    now = clock.now()
    new_agent = new_leg.agent_id or 0
    actor = person(new_agent)
    pair = consult_offer(session, call)
    if pair is None:
        return
    consult_item, consult_reservation = pair
    old_leg = leg_of_agent(session, call, call.owner_id or 0)
    between = link_between(session, old_leg, new_leg) if old_leg is not None else None
    old = offers.lock_item(session, call.work_item_id or 0)
    wrap_owner(session, call, reason="transferred", now=now, actor=actor)
    offers.start_wrap(
        session, consult_reservation, consult_item, acw_s=0, reason="taken_over", now=now, actor=actor, shown=False
    )
    offers.finish(session, consult_reservation, consult_item, now=now, actor=actor, frees_agent=False)
    item, reservation = _take_over(session, call, old, new_agent, consult_reservation.epoch, now)
    if between is not None and between.state != "closed":
        between.state, between.closed_at = "closed", now
    new_leg.role, new_leg.reservation_id = "agent", reservation.id
    call.work_item_id, call.owner_id = item.id, new_agent
    call.held_s, call.held_since = 0, None
    session.flush()
    move_call(session, call, CallEvent.BRIDGE, actor=actor, reason="transferred")
    record_from_now(session, call, item, reservation, now=now)
    refresh_display(session, [new_agent], now)
    record_event(
        session,
        "work_item.assigned",
        "work_item",
        item.id,
        actor=actor,
        reason="warm_transfer",
        after={
            "state": "assigned",
            "kind": "call",
            "queue": item.queue_id,
            "agent": new_agent,
            "leg": item.leg,
            "enqueued_at": now.isoformat(),
        },
        contact_id=call.contact_id,
        at=now,
    )
    record_event(
        session,
        "reservation.active",
        "reservation",
        reservation.id,
        actor=actor,
        reason="warm_transfer",
        after={
            "state": "active",
            "agent": new_agent,
            "item": "assigned",
            "work_item": item.id,
            "epoch": reservation.epoch,
        },
        contact_id=call.contact_id,
        at=now,
    )
    touch(session, "team", "all")


def _take_over(
    session: Session, call: Call, old: WorkItem, agent_id: int, epoch: int, now: datetime
) -> tuple[WorkItem, Reservation]:
    """The next queue leg, answered in the moment it begins: a warm transfer never waits in line."""
    handover: dict[str, Any] = {"from_agent": call.owner_id, "note": ""}
    item = WorkItem(
        kind="call",
        channel="voice",
        contact_id=call.contact_id,
        leg=old.leg + 1,
        queue_id=old.queue_id,
        pool=old.pool,
        lane=old.lane,
        state="assigned",
        customer_id=call.customer_id,
        language=old.language,
        topic_id=old.topic_id,
        priority=old.priority,
        enqueued_at=now,
        rank_at=now,
        answered_at=now,
        handover=handover,
    )
    session.add(item)
    session.flush()
    reservation = Reservation(
        work_item_id=item.id,
        agent_id=agent_id,
        channel="voice",
        state="active",
        epoch=epoch,
        offered_at=now,
        accepted_at=now,
        active_at=now,
    )
    session.add(reservation)
    session.flush()
    trace = {"reason": "warm_transfer", "candidates": [[agent_id, 0]], "excluded": {}}
    session.add(RoutingDecision(reservation_id=reservation.id, reason="warm_transfer", trace=trace))
    return item, reservation
