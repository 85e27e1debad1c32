"""The ringing card: who, why this agent, how long they waited, what was last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.calls.models import Call
from app.customers.models import Customer, CustomerPhone, Interaction
from app.domain.phone_numbers import mask
from app.queues.models import Disposition, Queue, RoutingDecision, Topic
from app.queues.work import Reservation, WorkItem
from app.security.models import User


def queue_brief(session: Session, queue_id: int) -> dict[str, Any]:
    """Id and names of a queue."""
    queue = session.get_one(Queue, queue_id)
    return {"id": queue.id, "names": queue.names, "target_s": queue.target_s, "acw_s": queue.acw_s}


def topic_brief(session: Session, topic_id: int | None) -> dict[str, Any] | None:
    """Id and names of a topic, if there is one."""
    if topic_id is None:
        return None
    topic = session.get_one(Topic, topic_id)
    return {"id": topic.id, "names": topic.names}


def offer_image(session: Session, reservation: Reservation, item: WorkItem, now: datetime) -> dict[str, Any]:
    """One pending offer. The number stays masked until the call is the agent's."""
    call = session.scalar(select(Call).where(Call.contact_id == item.contact_id))
    queue = session.get_one(Queue, item.queue_id)
    decision = session.get(RoutingDecision, reservation.id)
    customer = session.get(Customer, item.customer_id) if item.customer_id else None
    number = call.number if call else ""
    return {
        "reservation": reservation.id,
        "kind": item.kind,
        "deadline": reservation.deadline.isoformat() if reservation.deadline else None,
        "offered_at": reservation.offered_at.isoformat(),
        "ring_s": queue.ring_s,
        "queue": queue_brief(session, item.queue_id),
        "topic": topic_brief(session, item.topic_id),
        "enqueued_at": item.enqueued_at.isoformat() if item.enqueued_at else now.isoformat(),
        "language": item.language,
        "leg": item.leg,
        "number_masked": mask(number) if number else "",
        "claimed_name": call.claimed_name if call else "",
        "customer": {"id": customer.id, "name": customer.name, "tier": customer.tier} if customer else None,
        "candidates": _candidates(session, number),
        "last_contact": _last_contact(session, item.customer_id, number),
        "open_work": _open_work(session, item),
        "why": {"reason": decision.reason, "trace": decision.trace} if decision else None,
        "from_agent": _from_agent(session, item),
        "note": (item.handover or {}).get("note", ""),
    }


def _candidates(session: Session, number: str) -> int:
    if not number:
        return 0
    return session.scalar(select(func.count()).where(CustomerPhone.e164 == number)) or 0


def _last_contact(session: Session, customer_id: int | None, number: str) -> dict[str, Any] | None:
    if customer_id is None and not number:
        return None
    whose = Interaction.customer_id == customer_id if customer_id else Interaction.number == number
    row = session.execute(
        select(Interaction, Disposition.names)
        .outerjoin(Disposition, Disposition.id == Interaction.disposition_id)
        .where(or_(whose), Interaction.outcome.in_(("answered", "transferred", "abandoned")))
        .order_by(Interaction.started_at.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    last = row.Interaction
    return {
        "at": last.started_at.isoformat(),
        "channel": last.channel,
        "outcome": last.outcome,
        "disposition_names": row.names,
        "note": last.note[:200],
    }


def _open_work(session: Session, item: WorkItem) -> int:
    if item.customer_id is None:
        return 0
    return (
        session.scalar(
            select(func.count()).where(
                WorkItem.customer_id == item.customer_id,
                WorkItem.contact_id != item.contact_id,
                WorkItem.state.in_(("scheduled", "created", "queued", "reserved", "assigned", "wrapping", "parked")),
            )
        )
        or 0
    )


def _from_agent(session: Session, item: WorkItem) -> dict[str, Any] | None:
    from_id = (item.handover or {}).get("from_agent")
    if not from_id:
        return None
    return {"id": from_id, "name": session.get_one(User, from_id).display_name}
