"""Calling whom the monthly draw found: five per agent, and a reserve for each who can't be interviewed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.models import Customer, Interaction
from app.db import transaction
from app.domain.quality_call import Outcome
from app.draws.models import DrawMember, QualityDraw
from app.errors import Conflict
from app.eventlog import SWEEP
from app.quality.asking import cancel, plan
from app.quality.models import RUNNING, QualityCallback
from app.quality.rules import demand_askable
from app.queues.models import Queue

#: After this many days a month's calling is over, whoever is still missing: memory of the contact fades.
CALLING_DAYS = 25
#: The five of one agent are spread over the weeks: so many days lie between one and the next.
DAYS_APART = 3


def call_the_drawn(moment: datetime) -> int:
    """Plan the callbacks that the draws of the last weeks still want; how many were planned. None without a queue.

    A place is filled by a callback that runs, also while its link can be answered, or ended in an interview, by link
    too: else who is easily reached would stand in for who is not. Whoever ended otherwise, for good, is replaced by
    the next reserve of the agent, strictly in the order of the draw.
    """
    with transaction() as session:
        if session.scalar(select(Queue.id).where(Queue.quality_calls)) is None:
            return 0
        since = moment - timedelta(days=CALLING_DAYS)
        drawn = select(QualityDraw.period, QualityDraw.id).where(
            QualityDraw.state == "drawn", QualityDraw.drawn_at > since
        )
        # Of several rounds of a month the last one counts
        newest = {row.period: row.id for row in session.execute(drawn.order_by(QualityDraw.round))}
        agents = session.execute(
            select(DrawMember.draw_id, DrawMember.agent_id)
            .where(DrawMember.draw_id.in_(newest.values()), DrawMember.place.is_not(None))
            .distinct()
            .order_by(DrawMember.draw_id, DrawMember.agent_id)
        ).all()
    return sum(_fill(draw_id, agent_id, moment) for draw_id, agent_id in agents)


def _fill(draw_id: int, agent_id: int, moment: datetime) -> int:
    """Plan what one agent's list still wants, in a transaction of its own."""
    planned = 0
    with transaction() as session:
        members = session.scalars(
            select(DrawMember)
            .where(DrawMember.draw_id == draw_id, DrawMember.agent_id == agent_id, DrawMember.place.is_not(None))
            .order_by(DrawMember.part, DrawMember.place)  # "primary" comes before "reserve"
            .with_for_update()
        ).all()
        known = _callbacks(session, [each.interaction_id for each in members if each.interaction_id])
        wanted = sum(each.part == "primary" for each in members)
        filled = sum(each.state in RUNNING or each.outcome == Outcome.INTERVIEWED for each in known.values())
        for member in members:
            if filled >= wanted:
                break
            if member.interaction_id is None or member.interaction_id in known or _is_taken(session, member):
                continue
            filled += _plan(session, member, moment, position=planned)
            planned += 1
    return planned


def _plan(session: Session, member: DrawMember, moment: datetime, *, position: int) -> bool:
    """Whether the member's callback runs now; one that may not be rung is kept as canceled, with the reason."""
    contact = session.get_one(Interaction, member.interaction_id)
    customer = session.get_one(Customer, member.customer_id)
    known = [phone.e164 for phone in customer.phones]
    number = contact.number if contact.number in known else (known[0] if known else contact.number)
    refused = ""
    try:
        demand_askable(session, customer, [number] if number in known else [], moment)
    except Conflict as conflict:
        refused = conflict.code
    callback = plan(
        session,
        contact,
        customer,
        source="draw",
        number=number,
        language=customer.language or "en",
        when=moment + timedelta(days=position * DAYS_APART),
        now=moment,
        actor=SWEEP,
    )
    if refused:
        cancel(session, callback, reason=refused, now=moment, actor=SWEEP)
    return not refused


def _callbacks(session: Session, interaction_ids: list[int]) -> dict[int, QualityCallback]:
    rows = session.scalars(select(QualityCallback).where(QualityCallback.interaction_id.in_(interaction_ids)))
    return {row.interaction_id: row for row in rows}


def _is_taken(session: Session, member: DrawMember) -> bool:
    """Whether this customer stands in for another agent of the same draw already."""
    other = (
        select(QualityCallback.id)
        .join(DrawMember, DrawMember.interaction_id == QualityCallback.interaction_id)
        .where(DrawMember.draw_id == member.draw_id, DrawMember.customer_id == member.customer_id)
        .where(DrawMember.agent_id != member.agent_id)
    )
    return session.scalar(other.limit(1)) is not None
