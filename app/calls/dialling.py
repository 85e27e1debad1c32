"""Click to call: an agent who is available rings a customer from the profile.

It is a callback that nobody asked for: in line, offered to this agent and accepted in one transaction, then rung like
any other (app/calls/outbound.py). What the customer does not want stands above what the agent wants.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.calls.callbacks import DIALLED, create_callback
from app.calls.carrier import rings_telephones
from app.calls.legs import add_leg
from app.calls.locks import lock_call, move_call
from app.calls.models import Callback
from app.calls.outbound import ring
from app.customers.clocks import zone_of
from app.customers.models import Consent, Customer
from app.db import reading, transaction
from app.domain.call import CallEvent
from app.domain.quality_call import may_ring
from app.errors import Conflict, NotFound
from app.eventlog import person
from app.live import touch
from app.messages.services import is_opted_out
from app.queues import offers
from app.queues.direct import offer_directly
from app.queues.models import Queue

#: Consent whose withdrawal means "do not call me".
PURPOSE = "call"

#: Queues that this agent may work for, first the one that the customer was served by last.
_QUEUE = text("""
SELECT q.id FROM queues q JOIN queue_members m ON m.queue_id = q.id AND m.agent_id = :agent
WHERE q.active AND NOT q.quality_calls AND EXISTS (SELECT 1 FROM certificates c WHERE c.agent_id = :agent
    AND c.queue_id = q.id AND c.revoked_at IS NULL AND c.granted_on <= :today
    AND (c.expires_on IS NULL OR c.expires_on >= :today))
ORDER BY (SELECT max(i.started_at) FROM interactions i WHERE i.customer_id = :customer AND i.queue_id = q.id)
    DESC NULLS LAST, q.position, q.id LIMIT 1""")


@dataclass(frozen=True, slots=True)
class Reachable:
    """Whether a number of a customer may be rung, and what the clock says there."""

    number: str
    #: Empty, or the code of what stands against it for good.
    refusal: str
    #: The customer's own time (aware), and whether people are usually rung then.
    local: datetime
    usual_hour: bool


def reachable(customer_id: int) -> list[Reachable]:
    """The numbers of a customer; empty where this desk rings no telephones.

    Raises:
        NotFound: no such customer.
    """
    now = clock.now()
    with reading() as session:
        customer = session.get(Customer, customer_id)
        if customer is None:
            raise NotFound(code="customer_unknown")
        if not rings_telephones():
            return []
        local = now.astimezone(zone_of(customer))
        return [
            Reachable(phone.e164, refusal_of(session, customer, phone.e164), local, may_ring(now, zone_of(customer)))
            for phone in customer.phones
        ]


def dial_customer(customer_id: int, number: str, agent_id: int, *, anyway: bool = False) -> int:
    """Id of the new call; the customer's telephone rings as soon as the agent's own line stands.

    `anyway`: the agent was told how late it is for the customer, and wants it all the same.

    Raises:
        NotFound: no such customer, or it is not their number.
        Conflict: the customer does not want to be called, it is night there, the agent is not free, or this desk rings
            no telephones.
    """
    now = clock.now()
    actor = person(agent_id)
    with transaction() as session:
        customer = session.get(Customer, customer_id)
        if customer is None or number not in {phone.e164 for phone in customer.phones}:
            raise NotFound(code="customer_unknown")
        if not rings_telephones():
            raise Conflict(code="no_telephones")
        refusal = refusal_of(session, customer, number)
        if refusal:
            raise Conflict(code=refusal)
        if not anyway and not may_ring(now, zone_of(customer)):
            raise Conflict(code="dial_at_night")
        who = {"agent": agent_id, "customer": customer_id, "today": now.date()}
        queue_id = session.scalar(_QUEUE, who)
        if queue_id is None:
            raise Conflict(code="agent_not_certified")
        callback = create_callback(
            session,
            kind="callback",
            made_as=DIALLED,
            number=number,
            customer_id=customer.id,
            language=customer.language or "en",
            topic_id=None,
            queue=session.get_one(Queue, queue_id),
            contact_id=str(uuid.uuid4()),
            now=now,
            actor=actor,
        )
        return _take(session, callback, agent_id, now=now)


def _take(session: Session, callback: Callback, agent_id: int, *, now: datetime) -> int:
    """Offered and accepted in one breath: nobody else ever sees it in line."""
    actor = person(agent_id)
    call = lock_call(session, callback.call_id)
    item = offers.lock_item(session, call.work_item_id or 0)
    reservation = offer_directly(session, item, agent_id, reason=DIALLED, now=now, actor=actor)
    move_call(session, call, CallEvent.OFFER, actor=actor)
    offers.accept(session, reservation, item, agent_id=agent_id, epoch=reservation.epoch, now=now, actor=actor)
    call.owner_id = agent_id
    add_leg(session, call, "agent", agent_id=agent_id, reservation_id=reservation.id, now=now)
    move_call(session, call, CallEvent.ACCEPT, actor=actor)
    ring(session, call, callback, reservation, now=now, actor=actor)
    touch(session, "agent", agent_id)
    return call.id


def refusal_of(session: Session, customer: Customer, number: str) -> str:
    """Code of what stands against ringing this number (E.164): a STOP, or a withdrawn consent; empty when nothing."""
    if is_opted_out(session, number):
        return "dial_opted_out"
    latest = session.scalar(
        select(Consent.state)
        .where(Consent.address == number, Consent.purpose == PURPOSE)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return "dial_do_not_call" if latest == "withdrawn" else ""
