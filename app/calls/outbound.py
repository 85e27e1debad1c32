"""The agent's side of a callback: the customer's page rings, and what the agent chooses when nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import clock
from app.calls.callbacks import (
    DIALLED,
    NOT_REACHED,
    PAGE_CLOSED,
    callback_of,
    can_ring,
    is_callback,
    move_callback,
)
from app.calls.legs import customer_leg, leave, leave_all, leg_of_agent, open_link
from app.calls.locks import lock_call, move_call, touch_call
from app.calls.models import Call, Callback
from app.calls.record import waited_s
from app.calls.steering import on_telephone
from app.customers.services import record_interaction
from app.db import transaction
from app.domain.call import CallEvent
from app.domain.callback import CallbackEvent
from app.domain.telephone import TO_BRIDGE_S
from app.domain.timers import (
    ACCEPT_TO_BRIDGE_S,
    CALLBACK_ATTEMPTS,
    CALLBACK_CHOICE_S,
    CALLBACK_GAP_MIN,
    CALLBACK_RING_S,
    TELEPHONE_RING_S,
    TELEPHONE_SLACK_S,
)
from app.errors import Conflict
from app.eventlog import CUSTOMER, Actor, person
from app.queues import offers
from app.queues.parking import set_aside
from app.queues.presence import require_epoch
from app.queues.work import Reservation, WorkItem

#: Why a callback ended that a machine answered.
MACHINE = "voicemail"


def ring(
    session: Session, call: Call, callback: Callback, reservation: Reservation, *, now: datetime, actor: Actor
) -> None:
    """The customer's page or telephone rings from now; the agent's offer stays open as long.

    Participant; the call is locked.
    """
    until = now + timedelta(seconds=TELEPHONE_RING_S + TELEPHONE_SLACK_S if on_telephone(call) else CALLBACK_RING_S)
    callback.attempts += 1
    reservation.deadline = until + timedelta(seconds=CALLBACK_CHOICE_S)
    move_callback(session, call, callback, CallbackEvent.RING, now=now, actor=actor, ring_until=until)


def stop_ringing(call_id: int, agent_id: int, epoch: int) -> None:
    """The agent stops the ring and may choose. Asking twice changes nothing.

    Raises:
        Conflict: nothing rings any more, or an older page asks.
    """
    with transaction() as session:
        call, callback, _item, reservation = _ringing_call(session, call_id, agent_id, epoch)
        if callback.state == "unanswered":
            return
        now = clock.now()
        reservation.deadline = now + timedelta(seconds=CALLBACK_CHOICE_S)
        move_callback(session, call, callback, CallbackEvent.RING_OUT, now=now, actor=person(agent_id))


def ring_again(call_id: int, agent_id: int, epoch: int) -> None:
    """Ring the customer once more.

    Raises:
        Conflict: as often as may be, or it rings already, or they talk by now.
    """
    with transaction() as session:
        call, callback, _item, reservation = _ringing_call(session, call_id, agent_id, epoch)
        if callback.state == "ringing":
            return
        if callback.attempts >= CALLBACK_ATTEMPTS:
            raise Conflict(code="callback_attempts")
        ring(session, call, callback, reservation, now=clock.now(), actor=person(agent_id))


def not_reached(call_id: int, agent_id: int, epoch: int) -> None:
    """The agent gives this attempt up: tried again later, or over after as many as may be.

    Raises:
        Conflict: the customer answered in this moment, or an older page asks.
    """
    with transaction() as session:
        call, callback, item, reservation = _ringing_call(session, call_id, agent_id, epoch)
        give_up_attempt(session, call, callback, item, reservation, actor=person(agent_id))


def _ringing_call(
    session: Session, call_id: int, agent_id: int, epoch: int
) -> tuple[Call, Callback, WorkItem, Reservation]:
    call = lock_call(session, call_id)
    if call.direction != "outbound" or call.state != "bridging" or call.owner_id != agent_id:
        raise Conflict(code="moved_on")
    callback = callback_of(session, call)
    item = offers.lock_item(session, call.work_item_id or 0)
    reservation = offers.live_reservation(session, item.id)
    require_epoch(session, agent_id, epoch)
    if not is_callback(item) or reservation is None or callback.state not in ("ringing", "unanswered"):
        raise Conflict(code="moved_on")
    return call, callback, item, reservation


def give_up_attempt(
    session: Session,
    call: Call,
    callback: Callback,
    item: WorkItem,
    reservation: Reservation,
    *,
    actor: Actor,
    machine: bool = False,
) -> None:
    """The customer did not answer: nobody's fault. Aside until later, or unreachable. Participant; all is locked.

    `machine`: voicemail took the call; another time of day has better chances than half an hour later.
    """
    now = clock.now()
    if callback.state == "ringing":
        move_callback(session, call, callback, CallbackEvent.RING_OUT, now=now, actor=actor)
    last = machine or callback.kind == DIALLED or callback.attempts >= CALLBACK_ATTEMPTS
    leg = leg_of_agent(session, call, reservation.agent_id)
    event, reason = (CallbackEvent.GIVE_UP, MACHINE if machine else "") if last else (CallbackEvent.BACK, "")
    move_callback(session, call, callback, event, now=now, actor=actor, reason=reason)
    offers.send_back(session, reservation, item, state="failed", reason="customer_no_answer", now=now, actor=actor)
    record_interaction(
        session,
        contact_id=call.contact_id,
        customer_id=call.customer_id,
        channel="voice",
        direction="outbound",
        outcome="not_reached",
        queue_id=item.queue_id,
        agent_id=reservation.agent_id,
        work_item_id=item.id,
        reservation_id=reservation.id,
        number=call.number,
        started_at=reservation.accepted_at or reservation.offered_at,
        ended_at=now,
        wait_s=waited_s(item, reservation.accepted_at or now),
        actor=actor,
    )
    if leg is not None:
        leave(session, leg, now)
    if last:
        offers.cancel_item(session, item, reason="unreachable", now=now, actor=actor)
        leave_all(session, call, now)
        call.end_reason, call.ended_at = "unreachable", now
        move_call(session, call, CallEvent.END, actor=actor, reason="unreachable")
        return
    move_call(session, call, CallEvent.BRIDGE_FAILED, actor=actor, reason="customer_no_answer")
    call.owner_id = None
    customer_leg(session, call).state = "invited"
    callback.again_at = now + timedelta(minutes=CALLBACK_GAP_MIN)
    there = can_ring(session, call)
    set_aside(session, item, reason=NOT_REACHED if there else PAGE_CLOSED, now=now, actor=actor)


def pick_up(session: Session, call: Call, callback: Callback, *, now: datetime) -> None:
    """The customer answered: the sound between both sides opens. Participant; the call is locked. Twice is once.

    Raises:
        Conflict: it rings no more.
    """
    if callback.state == "connected":
        return
    item = offers.lock_item(session, call.work_item_id or 0)
    reservation = offers.live_reservation(session, item.id)
    owner = leg_of_agent(session, call, call.owner_id or 0)
    if call.state != "bridging" or reservation is None or owner is None:
        raise Conflict(code="rings_no_more")
    move_callback(session, call, callback, CallbackEvent.ANSWER, now=now, actor=CUSTOMER)
    reservation.deadline = now + timedelta(seconds=TO_BRIDGE_S if on_telephone(call) else ACCEPT_TO_BRIDGE_S)
    leg = customer_leg(session, call)
    leg.state = "joining"
    open_link(session, call, owner, leg, now)
    touch_call(session, call)


def telephone_not_answered(session: Session, call: Call, *, machine: bool = False, now: datetime) -> None:
    """The customer's telephone was busy, off, not answered, or a machine took it. Participant; the call is locked.

    A machine ends the attempt by itself, whatever the agent would choose; otherwise the agent chooses.
    """
    callback = callback_of(session, call)
    leg = customer_leg(session, call)
    leg.place, leg.provider_sid = "", ""  # the next ring is another leg at the carrier
    if callback.state not in ("ringing", "unanswered") or call.state != "bridging":
        return
    item = offers.lock_item(session, call.work_item_id or 0)
    reservation = offers.live_reservation(session, item.id)
    if reservation is None or reservation.state != "accepted":
        return
    if machine:
        give_up_attempt(session, call, callback, item, reservation, actor=CUSTOMER, machine=True)
    elif callback.state == "ringing":
        reservation.deadline = now + timedelta(seconds=CALLBACK_CHOICE_S)
        move_callback(session, call, callback, CallbackEvent.RING_OUT, now=now, actor=CUSTOMER)
