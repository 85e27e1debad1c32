"""A customer's call comes in: claimed number, topic, language, a place in line."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import clock
from app.calls.legs import customer_leg
from app.calls.locks import lock_call, move_call, touch_call
from app.calls.models import Call, CallLeg
from app.customers.lookup import find_by_number
from app.customers.models import Customer
from app.customers.services import record_consent
from app.db import transaction
from app.domain.call import CallEvent
from app.errors import NotFound, TooMany
from app.eventlog import CUSTOMER, person, record_event
from app.live import touch
from app.queues.intake import enqueue_work
from app.queues.models import Queue, Topic
from app.queues.work import Reservation, WorkItem

#: The words the caller agreed to; a new wording gets a new version.
NOTICE_VERSION = "2026-11"


_ONE_START = text("SELECT pg_advisory_xact_lock(hashtext('start call'), hashtext(:key))")


@dataclass(frozen=True, slots=True)
class StartedCall:
    """The call's public name and the number of the caller's leg: what the page's signed cookie is bound to."""

    public_id: str
    leg_id: int


def start_call(
    *, topic_code: str, language: str, number: str, name: str, start_key: str, max_waiting: int
) -> StartedCall:
    """The call, waiting in the topic's queue.

    `number` is E.164 or empty, a claim either way; `start_key` makes the same click sent twice one call.

    Raises:
        NotFound: no such topic.
        TooMany: the queue holds `max_waiting` web callers already.
    """
    with transaction() as session:
        session.execute(_ONE_START, {"key": start_key})  # the same click twice at once: the second waits
        known = session.scalar(select(Call).where(Call.start_key == start_key))
        if known is not None:
            return StartedCall(known.public_id, customer_leg(session, known).id)
        topic = session.scalar(select(Topic).where(Topic.code == topic_code, Topic.active, Topic.public))
        if topic is None:
            raise NotFound(code="topic_unknown")
        queue = session.get_one(Queue, topic.queue_id)
        _refuse_when_full(session, queue, max_waiting)
        return _start(session, topic, queue, language=language, number=number, name=name, start_key=start_key)


def _refuse_when_full(session: Session, queue: Queue, max_waiting: int) -> None:
    waiting = session.scalar(
        select(func.count()).where(WorkItem.queue_id == queue.id, WorkItem.state.in_(("queued", "reserved")))
    )
    if (waiting or 0) >= max_waiting:
        raise TooMany(code="queue_full")


def _start(
    session: Session, topic: Topic, queue: Queue, *, language: str, number: str, name: str, start_key: str
) -> StartedCall:
    now = clock.now()
    customer = _only_candidate(session, number)
    call = Call(
        public_id=secrets.token_hex(16),
        contact_id=str(uuid.uuid4()),
        start_key=start_key,
        state="initiated",
        number=number,
        claimed_name=name,
        language=language,
        customer_id=customer.id if customer else None,
        notice_version=NOTICE_VERSION,
        started_at=now,
    )
    session.add(call)
    session.flush()
    leg = CallLeg(call_id=call.id, role="customer", state="joining", joined_at=now, lost_at=now)
    session.add(leg)
    session.flush()
    record_event(
        session,
        "call.initiated",
        "call",
        call.id,
        actor=CUSTOMER,
        after={"state": "initiated", "topic": topic.code, "language": language},
        contact_id=call.contact_id,
    )
    if number:
        record_consent(
            session,
            address=number,
            customer_id=call.customer_id,
            purpose="call",
            state="given",
            source="call_page",
            proof=NOTICE_VERSION,
            actor=CUSTOMER,
        )
    item = enqueue_work(
        session,
        kind="call",
        queue=queue,
        contact_id=call.contact_id,
        now=now,
        actor=CUSTOMER,
        customer_id=call.customer_id,
        language=language,
        topic_id=topic.id,
        key_account=customer is not None and customer.tier == "key",
        preferred_agent_id=customer.preferred_agent_id if customer else None,
    )
    call.work_item_id = item.id
    move_call(session, call, CallEvent.ENQUEUE, actor=CUSTOMER)
    return StartedCall(call.public_id, leg.id)


def _only_candidate(session: Session, number: str) -> Customer | None:
    """The customer the number belongs to, when it belongs to one only: a shared number names nobody."""
    if not number:
        return None
    candidates = find_by_number(session, number)
    return candidates[0] if len(candidates) == 1 else None


def link_customer(call_id: int, customer_id: int, agent_id: int) -> None:
    """The agent who speaks with the caller says who it is: one of the candidates, or a new profile.

    Raises:
        NotFound: the agent takes no part in the call, or there is no such customer.
    """
    with transaction() as session:
        call = lock_call(session, call_id)
        handled = session.scalar(
            select(Reservation.id)
            .join(WorkItem, WorkItem.id == Reservation.work_item_id)
            .where(WorkItem.contact_id == call.contact_id, Reservation.agent_id == agent_id)
            .where(Reservation.state.in_(("accepted", "active", "wrapping")))
        )
        if handled is None or session.get(Customer, customer_id) is None:
            raise NotFound(code="customer_unknown")
        before = call.customer_id
        call.customer_id = customer_id
        record_event(
            session,
            "call.customer_linked",
            "call",
            call.id,
            actor=person(agent_id),
            before={"customer": before},
            after={"customer": customer_id},
            contact_id=call.contact_id,
        )
        touch_call(session, call)
        touch(session, "agent", agent_id)
