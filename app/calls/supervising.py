"""What a supervisor orders about waiting callers and ringing calls: with a reason, in the log, told to the agent."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app import clock
from app.calls.answering import give_back
from app.calls.callbacks import KINDS, end_untalked
from app.calls.locks import lock_call_of_contact, lock_offer
from app.calls.moving import move_in_line
from app.db import transaction
from app.domain.callback import CallbackEvent
from app.domain.reservation import Ending
from app.domain.timers import OFFER_EXCLUSION_S
from app.errors import Conflict, NotFound
from app.eventlog import Actor, record_event
from app.queues import offers
from app.queues.control import need_reason, tell_agent
from app.queues.models import Queue
from app.queues.presence_marks import cool_down
from app.queues.work import Reservation, WorkItem


def pull_back(agent_id: int, *, reason: str, actor: Actor) -> None:
    """Take the call that rings at an agent back: the caller keeps the place, the agent is charged no miss.

    Raises:
        Invalid: no reason.
        Conflict: nothing rings there any more.
    """
    words = need_reason(reason)
    now = clock.now()
    with transaction() as session:
        reservation_id = session.scalar(
            select(Reservation.id).where(
                Reservation.agent_id == agent_id, Reservation.channel == "voice", Reservation.state == "pending"
            )
        )
        if reservation_id is None:
            raise Conflict(code="nothing_rings")
        call, item, reservation = lock_offer(session, reservation_id)
        if reservation.state != "pending":
            raise Conflict(code="nothing_rings")
        record_event(
            session,
            "reservation.pulled_back",
            "reservation",
            reservation.id,
            actor=actor,
            reason=words,
            before={"agent": agent_id},  # the move itself is logged by the next line
            contact_id=item.contact_id,
        )
        give_back(session, call, item, reservation, "rescinded", Ending.RESCINDED, actor=actor)
        # Else the same pair would be made again in the next pass, and the order would have changed nothing
        cool_down(session, agent_id, now + timedelta(seconds=OFFER_EXCLUSION_S))
        tell_agent(session, agent_id, "pulled_back", reason=words, actor=actor)


def move_waiting(item_id: int, to_queue: int, *, reason: str, actor: Actor) -> int:
    """Put a waiting caller into another queue: a new leg there, with the waiting time so far; its id.

    Raises:
        Invalid: no reason.
        NotFound: no such contact or queue, or the queue is closed.
        Conflict: the caller waits no longer, rings at somebody now, or is in that queue already.
    """
    words = need_reason(reason)
    now = clock.now()
    with transaction() as session:
        movable = WorkItem.kind.in_(("call", *KINDS))
        contact_id = session.scalar(select(WorkItem.contact_id).where(WorkItem.id == item_id, movable))
        if contact_id is None:
            raise NotFound(code="work_item_unknown")
        call = lock_call_of_contact(session, contact_id)
        old = offers.lock_item(session, item_id)
        if old.state == "reserved":
            raise Conflict(code="contact_ringing")
        queue = session.get(Queue, to_queue)
        if queue is None or not queue.active:
            raise NotFound(code="queue_unknown")
        if queue.id == old.queue_id:
            raise Conflict(code="in_queue_already")
        new = move_in_line(session, call, old, queue, reason="moved", now=now, actor=actor)
        record_event(
            session,
            "work_item.moved",
            "work_item",
            old.id,
            actor=actor,
            reason=words,
            before={"queue": old.queue_id, "leg": old.leg},
            after={"queue": queue.id, "leg": new.leg, "work_item": new.id},
            contact_id=contact_id,
        )
        return new.id


def cancel_callback(item_id: int, *, reason: str, actor: Actor) -> None:
    """Take a promised callback off the line, whether it waits, is set aside or rings at an agent.

    Raises:
        Invalid: no reason.
        NotFound: no such callback.
        Conflict: it is over already, or agent and customer talk.
    """
    words = need_reason(reason)
    with transaction() as session:
        contact_id = session.scalar(select(WorkItem.contact_id).where(WorkItem.id == item_id, WorkItem.kind.in_(KINDS)))
        if contact_id is None:
            raise NotFound(code="work_item_unknown")
        call = lock_call_of_contact(session, contact_id)
        if call.state == "ended" or call.work_item_id != item_id:
            raise Conflict(code="not_waiting")
        end_untalked(session, call, CallbackEvent.CANCEL, now=clock.now(), actor=actor, reason=words)
