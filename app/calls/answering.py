"""From the offer to the bridge: accept, decline, let it ring out, and the moment both sides hear each other."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import clock
from app.agents.models import Agent
from app.calls.callbacks import back_in_line, callback_of, is_callback
from app.calls.legs import add_leg, agent_legs, customer_leg, leave, leg_of_agent, open_link
from app.calls.locks import lock_offer, move_call
from app.calls.models import Call
from app.calls.outbound import give_up_attempt, ring
from app.calls.record import record_refused_offer
from app.calls.recording import record_from_now
from app.calls.steering import on_telephone
from app.db import transaction
from app.domain.call import CallEvent
from app.domain.reservation import Ending, ReservationState, charges_miss, cool_down_s
from app.domain.telephone import TO_BRIDGE_S
from app.errors import Conflict, NotFound
from app.eventlog import SWEEP, Actor, person
from app.live import touch
from app.queues import offers
from app.queues.models import Queue
from app.queues.presence import require_epoch
from app.queues.work import Reservation, WorkItem


def confirm_ringing(reservation_id: int, agent_id: int, epoch: int | None = None) -> None:
    """The agent's device says that it rings: from now on a miss counts.

    Raises:
        Conflict: the page is not the telephone any more.
        NotFound: not this agent's offer.
    """
    with transaction() as session:
        reservation = offers.lock_reservation(session, reservation_id)
        if reservation.agent_id != agent_id:
            raise NotFound(code="reservation_unknown")
        if epoch is not None:
            require_epoch(session, agent_id, epoch)
        if reservation.state == "pending" and reservation.ringing_at is None:
            reservation.ringing_at = clock.now()


def accept_offer(reservation_id: int, agent_id: int, epoch: int) -> None:
    """The agent takes the call or the consult; its media link opens. Asking twice changes nothing.

    Raises:
        Conflict: too late, taken back, or a command of an older page (stale epoch).
        NotFound: not this agent's offer.
    """
    now = clock.now()
    with transaction() as session:
        call, item, reservation = lock_offer(session, reservation_id)
        if reservation.agent_id != agent_id:
            raise NotFound(code="reservation_unknown")
        if reservation.state in ("accepted", "active"):
            return
        if reservation.state != "pending":
            raise Conflict(code="offer_gone")
        offers.accept(session, reservation, item, agent_id=agent_id, epoch=epoch, now=now, actor=person(agent_id))
        if item.kind == "consult":
            _join_consult(session, call, reservation, now)
        else:
            call.owner_id = agent_id
            leg = add_leg(session, call, "agent", agent_id=agent_id, reservation_id=reservation.id, now=now)
            move_call(session, call, CallEvent.ACCEPT, actor=person(agent_id))
            if is_callback(item):
                ring(session, call, callback_of(session, call), reservation, now=now, actor=person(agent_id))
            else:
                open_link(session, call, leg, customer_leg(session, call), now)
        if on_telephone(call) and not is_callback(item):  # two legs come up one after the other
            reservation.deadline = now + timedelta(seconds=TO_BRIDGE_S)
        touch(session, "agent", agent_id)


def _join_consult(session: Session, call: Call, reservation: Reservation, now: datetime) -> None:
    owner = leg_of_agent(session, call, call.owner_id or 0)
    if owner is None:
        raise Conflict(code="offer_gone")
    leg = add_leg(session, call, "consultee", agent_id=reservation.agent_id, reservation_id=reservation.id, now=now)
    open_link(session, call, owner, leg, now)
    touch(session, "agent", owner.agent_id or 0)


def decline_offer(reservation_id: int, agent_id: int, *, busy: bool = False, epoch: int | None = None) -> None:
    """The agent says no: the caller keeps the place, the agent has a short cool-down.

    Raises:
        Conflict: the offer is over already, or the page is not the telephone any more.
        NotFound: not this agent's offer.
    """
    with transaction() as session:
        call, item, reservation = lock_offer(session, reservation_id)
        if reservation.agent_id != agent_id:
            raise NotFound(code="reservation_unknown")
        if epoch is not None:
            require_epoch(session, agent_id, epoch)
        if reservation.state != "pending":
            raise Conflict(code="offer_gone")
        ending = Ending.BUSY if busy else Ending.REJECTED
        give_back(session, call, item, reservation, "rejected", ending, actor=person(agent_id))


def let_offer_lapse(reservation_id: int) -> bool:
    """End an offer whose time is over: rung out, never bridged, or its agent lost. False if it moved on meanwhile."""
    now = clock.now()
    with transaction() as session:
        call, item, reservation = lock_offer(session, reservation_id)
        if reservation.state not in ("pending", "accepted"):
            return False
        agent = session.get_one(Agent, reservation.agent_id, with_for_update=True)
        lost = agent.session_state == "offline"
        if not lost and (reservation.deadline is None or reservation.deadline > now):
            return False
        callback = callback_of(session, call) if is_callback(item) else None
        if callback is not None and not lost and callback.state in ("ringing", "unanswered"):
            give_up_attempt(session, call, callback, item, reservation, actor=SWEEP)
        elif reservation.state == "accepted":
            ending = Ending.AGENT_LOST if lost else Ending.NOT_BRIDGED
            give_back(session, call, item, reservation, "failed", ending, actor=SWEEP)
        elif agent.session_state != "connected":
            give_back(session, call, item, reservation, "failed", Ending.AGENT_LOST, actor=SWEEP)
        else:
            give_back(session, call, item, reservation, "timed_out", Ending.NO_ANSWER, actor=SWEEP)
        return True


def give_back(
    session: Session,
    call: Call,
    item: WorkItem,
    reservation: Reservation,
    state: str,
    ending: Ending,
    *,
    actor: Actor,
) -> None:
    """The offer is over without a bridge; a call goes back to its place, a consult back to its owner."""
    now = clock.now()
    consult = item.kind == "consult"
    leg = leg_of_agent(session, call, reservation.agent_id)
    missed = charges_miss(ReservationState(state), reservation.ringing_at is not None)
    limit = session.get_one(Queue, item.queue_id).miss_limit
    offers.send_back(
        session,
        reservation,
        item,
        state=state,
        reason=ending.value,
        now=now,
        actor=actor,
        cool_down_s=cool_down_s(ending),
        miss_limit=limit if missed else None,
        requeue=not consult,
    )
    if leg is not None:
        leave(session, leg, now)
    if consult:
        end_hold(call, now)
        move_call(session, call, CallEvent.CONSULT_ENDED, actor=actor, reason=ending.value)
        return
    record_refused_offer(session, call, item, reservation, actor=actor)
    if call.state == "bridging":
        move_call(session, call, CallEvent.BRIDGE_FAILED, actor=actor, reason=ending.value)
    else:
        move_call(session, call, CallEvent.OFFER_ENDED, actor=actor, reason=ending.value)
    call.owner_id = None
    if is_callback(item):
        back_in_line(session, call, item, now=now, actor=actor)


def bridge(session: Session, call: Call, leg_agent_id: int) -> None:
    """Customer and agent hear each other: answered-at is now. Participant; the call is locked."""
    now = clock.now()
    leg = leg_of_agent(session, call, leg_agent_id)
    if leg is None or leg.reservation_id is None:
        return
    item_id = session.get_one(Reservation, leg.reservation_id).work_item_id
    item = offers.lock_item(session, item_id)
    reservation = offers.lock_reservation(session, leg.reservation_id)
    if reservation.state != "accepted":
        return
    actor = person(leg_agent_id)
    offers.activate(session, reservation, item, now=now, actor=actor)
    leg.state = "media_ok"
    if item.kind == "consult":
        for other in agent_legs(session, call):
            touch(session, "agent", other.agent_id or 0)
        return
    call.answered_at = call.answered_at or now
    call.held_s, call.held_since = 0, None
    move_call(session, call, CallEvent.BRIDGE, actor=actor)
    record_from_now(session, call, item, reservation, now=now)


def begin_hold(call: Call, now: datetime) -> None:
    """The customer is on hold from now, if not already."""
    if call.held_since is None:
        call.held_since = now


def end_hold(call: Call, now: datetime) -> None:
    """The hold that runs ends; its seconds are added up."""
    if call.held_since is not None:
        call.held_s += max(0, round((now - call.held_since).total_seconds()))
        call.held_since = None
