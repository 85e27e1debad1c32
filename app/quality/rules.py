"""Whether a customer may be asked how a contact was, and who must not be the one to ask."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.customers.clocks import zone_of
from app.customers.models import Consent, Customer, Interaction
from app.domain.quality_call import REST_DAYS, next_open
from app.errors import Conflict, NotFound
from app.messages.services import is_opted_out
from app.quality.models import QualityCallback
from app.queues.hours import holidays_of
from app.queues.models import Queue
from app.security.models import User

#: The consent that a callback needs: a withdrawn one is a "do not call me about this".
PURPOSE = "survey"
SERVED = ("answered", "transferred")
#: Whose reward hangs on the score of somebody in this team, by the rules of app/quality/rewards.
_PAID = text("""
SELECT a.id FROM agents a JOIN users u ON u.id = a.id
WHERE paid_scope(u.role) = 'centre' OR paid_scope(u.role) = 'team' AND a.team_id = :team""")
_ONE_ASKS = text("SELECT pg_advisory_xact_lock(hashtext('quality callback'), :customer)")


def may_ring_from(customer: Customer, moment: datetime) -> datetime:
    """The first moment from `moment` (UTC) in the customer's hours, on no public holiday of their country."""
    try:
        free = holidays_of(customer.country, (moment.year, moment.year + 1)) if customer.country else {}
    except ValueError:  # of some countries none are known
        free = {}
    return next_open(moment, zone_of(customer), free)


def rated_contact(session: Session, interaction_id: int) -> tuple[Interaction, Customer]:
    """The contact to ask about, and whose it was.

    Raises:
        NotFound: no such contact.
        Conflict: nobody spoke with the customer, the customer is not known, or the contact was one of our own asking.
    """
    contact = session.get(Interaction, interaction_id)
    if contact is None:
        raise NotFound(code="contact_unknown")
    if contact.agent_id is None or contact.outcome not in SERVED:
        raise Conflict(code="quality_nobody_served")
    customer = session.get(Customer, contact.customer_id) if contact.customer_id is not None else None
    if customer is None:
        raise Conflict(code="quality_customer_unknown")
    queue = session.get(Queue, contact.queue_id) if contact.queue_id is not None else None
    if queue is not None and queue.quality_calls:
        raise Conflict(code="quality_of_quality")
    return contact, customer


def demand_askable(session: Session, customer: Customer, numbers: list[str], now: datetime) -> None:
    """The customer may be asked: nobody did lately, and they did not say no. Holds other askers off until commit.

    Raises:
        Conflict: with the code of what stands against it.
    """
    session.execute(_ONE_ASKS, {"customer": customer.id})
    since = now - timedelta(days=REST_DAYS)
    asked = select(QualityCallback.id).where(
        QualityCallback.customer_id == customer.id,
        QualityCallback.created_at > since,
        QualityCallback.state != "canceled",
    )
    if session.scalar(asked.limit(1)) is not None:
        raise Conflict(code="quality_asked_lately")
    demand_willing(session, customer, numbers)


def demand_willing(session: Session, customer: Customer, numbers: list[str]) -> None:
    """No STOP and no withdrawn consent stands against a callback to these numbers (E.164).

    Raises:
        Conflict: one does.
    """
    if not numbers:
        raise Conflict(code="quality_no_number")
    if any(is_opted_out(session, number) for number in numbers):
        raise Conflict(code="quality_opted_out")
    for address in {phone.e164 for phone in customer.phones} | set(numbers):
        latest = session.scalar(
            select(Consent.state)
            .where(Consent.address == address, Consent.purpose == PURPOSE)
            .order_by(Consent.id.desc())
            .limit(1)
        )
        if latest == "withdrawn":
            raise Conflict(code="quality_do_not_call")


def who_must_not_ask(session: Session, rated_agent_id: int) -> dict[int, str]:
    """Agent id -> reason of everybody barred: the rated agent, supervisors of their team, who is paid on that score."""
    barred = {rated_agent_id: "rated"}
    team = session.scalar(select(Agent.team_id).where(Agent.id == rated_agent_id))
    if team is not None:
        leads = (
            select(Agent.id)
            .join(User, User.id == Agent.id)
            .where(Agent.team_id == team, User.role == "supervisor", Agent.id != rated_agent_id)
        )
        barred |= dict.fromkeys(session.scalars(leads), "team_lead")
    paid = session.execute(_PAID, {"team": team})
    return dict.fromkeys((row.id for row in paid), "paid") | barred


def quality_queue(session: Session) -> Queue:
    """The queue that quality callbacks are rung from.

    Raises:
        Conflict: none is set up, or it is closed.
    """
    queue = session.scalar(select(Queue).where(Queue.quality_calls))
    if queue is None:
        raise Conflict(code="quality_no_queue")
    return queue
