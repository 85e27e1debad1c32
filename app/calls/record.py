"""What the customer's profile remembers of a call that nobody wrapped up: refused offers and lost callers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app import clock
from app.calls.models import Call
from app.customers.services import record_interaction
from app.eventlog import Actor
from app.queues.work import Reservation, WorkItem

#: Reservation state -> outcome on the profile; an offer that failed for technical reasons is nobody's miss.
OUTCOME_OF_OFFER = {"timed_out": "missed", "rejected": "declined"}


def waited_s(item: WorkItem, until: datetime) -> int:
    """Whole seconds from the item's place in line until `until`."""
    return max(0, round((until - (item.enqueued_at or until)).total_seconds()))


def record_refused_offer(
    session: Session, call: Call, item: WorkItem, reservation: Reservation, *, actor: Actor
) -> None:
    """A missed or declined offer is an interaction too; one that never rang at the desk was not missed by anybody."""
    outcome = OUTCOME_OF_OFFER.get(reservation.state)
    if outcome is None or (outcome == "missed" and reservation.ringing_at is None):
        return
    now = clock.now()
    record_interaction(
        session,
        contact_id=call.contact_id,
        customer_id=call.customer_id,
        channel="voice",
        direction=call.direction,
        outcome=outcome,
        queue_id=item.queue_id,
        agent_id=reservation.agent_id,
        work_item_id=item.id,
        reservation_id=reservation.id,
        number=call.number,
        started_at=reservation.offered_at,
        ended_at=now,
        wait_s=waited_s(item, now),
        actor=actor,
    )


def record_lost_caller(session: Session, call: Call, item: WorkItem, *, outcome: str, actor: Actor) -> None:
    """An abandoned contact: the caller left before anybody spoke with them."""
    now = clock.now()
    record_interaction(
        session,
        contact_id=call.contact_id,
        customer_id=call.customer_id,
        channel="voice",
        direction=call.direction,
        outcome=outcome,
        queue_id=item.queue_id,
        agent_id=None,
        work_item_id=item.id,
        reservation_id=None,
        number=call.number,
        started_at=item.enqueued_at or call.started_at,
        ended_at=now,
        wait_s=waited_s(item, now),
        topic_ids=[item.topic_id] if item.topic_id else [],
        actor=actor,
    )
