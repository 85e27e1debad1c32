"""How a call ends: by the customer, by the agent, or because everybody is gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.answering import end_hold
from app.calls.callbacks import end_untalked, is_callback, talk_over
from app.calls.legs import agent_legs, leave, leave_all, leg_of_agent
from app.calls.locks import lock_call, move_call
from app.calls.models import Call, CallLeg
from app.calls.next_leg import enqueue_next_leg
from app.calls.record import record_lost_caller, waited_s
from app.calls.recording import stop_recording
from app.db import transaction
from app.domain.call import CallEvent
from app.domain.callback import CallbackEvent
from app.errors import Conflict
from app.eventlog import CUSTOMER, Actor, person
from app.queues import offers
from app.queues.models import Queue
from app.queues.work import Reservation, WorkItem

WAITING = ("queued", "offering", "bridging")


def customer_hangs_up(call_id: int, *, reason: str = "customer_hangup", actor: Actor = CUSTOMER) -> None:
    """The customer's side is over: abandoned while waiting, ended while talking. Asking twice changes nothing."""
    with transaction() as session:
        end_for_customer(session, lock_call(session, call_id), reason=reason, actor=actor)


def end_for_customer(session: Session, call: Call, *, reason: str, actor: Actor) -> None:
    """The customer is gone, whatever the call was doing. Participant; the call is locked."""
    if call.state == "ended":
        return
    if call.state == "ivr":  # still in the menu of the telephone: nobody was waited for
        leave_all(session, call, clock.now())
        close_call(session, call, reason=reason, actor=actor)
        return
    if call.state in WAITING:
        item = session.get_one(WorkItem, call.work_item_id)
        if is_callback(item):  # whoever is to be called back abandons nothing
            end_untalked(session, call, CallbackEvent.CANCEL, now=clock.now(), actor=actor)
            return
        abandon(session, call, actor=actor)
    else:
        end_connected(session, call, reason=reason, actor=actor)


def agent_hangs_up(call_id: int, agent_id: int) -> None:
    """The owner ends the call; a consultee only leaves the consultation.

    Raises:
        Conflict: the agent has no part in the call any more.
    """
    with transaction() as session:
        call = lock_call(session, call_id)
        leg = leg_of_agent(session, call, agent_id)
        if leg is None:
            raise Conflict(code="not_in_call")
        if leg.role == "consultee":
            end_consult(session, call, reason="consultee_left", actor=person(agent_id))
        elif call.state in ("bridging", "transferred"):  # the line to the next one is just being made
            raise Conflict(code="not_connected_yet")
        else:
            end_connected(session, call, reason="agent_hangup", actor=person(agent_id))


def abandon(session: Session, call: Call, *, actor: Actor) -> None:
    """The caller left before the bridge: no miss for the agent who was ringing. Participant."""
    now = clock.now()
    item = offers.lock_item(session, call.work_item_id or 0)
    reservation = offers.live_reservation(session, item.id)
    queue = session.get_one(Queue, item.queue_id)
    if reservation is not None:
        reason = "abandoned_while_ringing"
    elif waited_s(item, now) < queue.short_abandon_s and item.leg == 1:
        reason = "short_abandon"
    else:
        reason = "abandoned"
    if reservation is not None:
        offers.withdraw_offer(session, reservation, item, reason=reason, now=now, actor=actor)
    offers.cancel_item(session, item, reason=reason, now=now, actor=actor)
    record_lost_caller(session, call, item, outcome=reason, actor=actor)
    leave_all(session, call, now)
    close_call(session, call, reason="short_abandon" if reason == "short_abandon" else "abandoned", actor=actor)


def end_connected(session: Session, call: Call, *, reason: str, actor: Actor) -> None:
    """A call with an owner ends; the owner's after-call work begins. Participant."""
    now = clock.now()
    if call.state in ("consulting", "transferred"):
        release_consultee(session, call, reason=reason, now=now, actor=actor)
    wrap_owner(session, call, reason=reason, now=now, actor=actor)
    leave_all(session, call, now)
    close_call(session, call, reason=reason, actor=actor)


def close_call(session: Session, call: Call, *, reason: str, actor: Actor) -> None:
    """Any state -> ended(reason)."""
    call.end_reason, call.ended_at = reason, clock.now()
    move_call(session, call, CallEvent.END, actor=actor, reason=reason)
    talk_over(session, call, now=call.ended_at, actor=actor)


def wrap_owner(session: Session, call: Call, *, reason: str, now: datetime, actor: Actor) -> None:
    """The owner's reservation goes to wrap-up with its hold time, and the owner's leg leaves."""
    leg = leg_of_agent(session, call, call.owner_id or 0)
    item = offers.lock_item(session, call.work_item_id or 0)
    reservation = offers.live_reservation(session, item.id)
    end_hold(call, now)
    if reservation is not None:
        stop_recording(session, reservation, now=now)
        reservation.hold_s = call.held_s
        acw_s = session.get_one(Queue, item.queue_id).acw_s
        offers.start_wrap(session, reservation, item, acw_s=acw_s, reason=reason, now=now, actor=actor)
    if leg is not None:
        leave(session, leg, now)


def consult_leg(session: Session, call: Call) -> CallLeg | None:
    """The consultee's leg, if one takes part."""
    return next((leg for leg in agent_legs(session, call) if leg.role == "consultee"), None)


def consult_offer(session: Session, call: Call) -> tuple[WorkItem, Reservation] | None:
    """The consult's item and live reservation, locked, whether it rings or talks."""
    item_id = session.scalar(
        select(WorkItem.id).where(
            WorkItem.contact_id == call.contact_id,
            WorkItem.kind == "consult",
            WorkItem.state.in_(("reserved", "assigned", "wrapping")),
        )
    )
    if item_id is None:
        return None
    item = offers.lock_item(session, item_id)
    reservation = offers.live_reservation(session, item.id)
    return (item, reservation) if reservation is not None else None


def release_consultee(session: Session, call: Call, *, reason: str, now: datetime, actor: Actor) -> None:
    """The consultation is over for the colleague: the offer is withdrawn, or the talk closed without wrap-up."""
    leg = consult_leg(session, call)
    pair = consult_offer(session, call)
    if pair is not None:
        item, reservation = pair
        if reservation.state == "active":
            offers.start_wrap(session, reservation, item, acw_s=0, reason=reason, now=now, actor=actor)
            offers.finish(session, reservation, item, now=now, actor=actor)
        else:
            offers.withdraw_offer(session, reservation, item, reason=reason, now=now, actor=actor)
            offers.cancel_item(session, item, reason=reason, now=now, actor=actor)
    if leg is not None:
        leave(session, leg, now)


def end_consult(session: Session, call: Call, *, reason: str, actor: Actor) -> None:
    """Back to the caller: the colleague is out, the hold ends. Participant.

    Raises:
        Conflict: no consultation is going on.
    """
    if call.state != "consulting":
        raise Conflict(code="no_consult")
    now = clock.now()
    release_consultee(session, call, reason=reason, now=now, actor=actor)
    end_hold(call, now)
    move_call(session, call, CallEvent.CONSULT_ENDED, actor=actor, reason=reason)


def recover(session: Session, call: Call, *, reason: str, actor: Actor) -> None:
    """The agent is lost while the customer is still here: first in line again, the same contact. Participant."""
    now = clock.now()
    if call.state in ("consulting", "transferred"):
        release_consultee(session, call, reason=reason, now=now, actor=actor)
    old = offers.lock_item(session, call.work_item_id or 0)
    wrap_owner(session, call, reason=reason, now=now, actor=actor)
    queue = session.get_one(Queue, old.queue_id)
    enqueue_next_leg(
        session,
        call,
        old,
        queue,
        reason="recovered",
        now=now,
        actor=actor,
        recovered=True,
        even_closed=True,  # we lost this caller, who was let in before the close
    )
    call.owner_id = None
    move_call(
        session,
        call,
        CallEvent.BRIDGE_FAILED if call.state == "transferred" else CallEvent.TO_QUEUE,
        actor=actor,
        reason=reason,
    )
