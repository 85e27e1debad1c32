"""Calling whom the monthly draw found: five per agent, and a reserve for each who can't be interviewed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.customers.models import Customer, Interaction
from app.db import transaction
from app.domain.quality_call import Outcome
from app.draws.models import DrawAgent, DrawMember, QualityDraw
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

#: A callback that fills a place: it runs, also while its link can be answered, or ended in an interview.
_FILLS = or_(QualityCallback.state.in_(RUNNING), QualityCallback.outcome == Outcome.INTERVIEWED)


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
        short = _short_lists(session, list(newest.values()))
    return sum(_fill(draw_id, agent_id, moment) for draw_id, agent_id in short)


def _short_lists(session: Session, draw_ids: list[int]) -> list[tuple[int, int]]:
    """(draw, agent) of the lists that still want somebody: one look at all of them, since most want nobody."""
    filled = (
        select(DrawMember.draw_id, DrawMember.agent_id, func.count().label("places"))
        .join(QualityCallback, QualityCallback.interaction_id == DrawMember.interaction_id)
        .where(DrawMember.draw_id.in_(draw_ids), DrawMember.place.is_not(None), _FILLS)
        .group_by(DrawMember.draw_id, DrawMember.agent_id)
        .subquery()
    )
    same = and_(filled.c.draw_id == DrawAgent.draw_id, filled.c.agent_id == DrawAgent.agent_id)
    rows = session.execute(
        select(DrawAgent.draw_id, DrawAgent.agent_id)
        .outerjoin(filled, same)
        .where(DrawAgent.draw_id.in_(draw_ids), DrawAgent.primaries > func.coalesce(filled.c.places, 0))
        .order_by(DrawAgent.draw_id, DrawAgent.agent_id)
    )
    return [(draw_id, agent_id) for draw_id, agent_id in rows]


def _fill(draw_id: int, agent_id: int, moment: datetime) -> int:
    """Plan what one agent's list still wants, in a transaction of its own."""
    planned = 0
    with transaction() as session:
        # Who plans for a list holds its row; thousands of reserves are neither locked nor read
        wanted = session.scalars(
            select(DrawAgent.primaries)
            .where(DrawAgent.draw_id == draw_id, DrawAgent.agent_id == agent_id)
            .with_for_update()
        ).one()
        of_list = (
            DrawMember.draw_id == draw_id,
            DrawMember.agent_id == agent_id,
            DrawMember.place.is_not(None),
        )
        callbacks = select(QualityCallback.interaction_id).join(
            DrawMember, DrawMember.interaction_id == QualityCallback.interaction_id
        )
        filled = len(session.scalars(callbacks.where(*of_list, _FILLS)).all())
        members = (
            select(DrawMember)
            .where(*of_list, ~exists().where(QualityCallback.interaction_id == DrawMember.interaction_id))
            .order_by(DrawMember.part, DrawMember.place)  # "primary" comes before "reserve"
        )
        passed = 0
        while filled < (wanted or 0):
            # Whoever is planned leaves the selection, whoever is passed over stays in it
            member = session.scalars(members.offset(passed).limit(1)).first()
            if member is None:
                break
            if _is_taken(session, member):
                passed += 1
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


def _is_taken(session: Session, member: DrawMember) -> bool:
    """Whether this customer stands in for another agent of the same draw already."""
    other = (
        select(QualityCallback.id)
        .join(DrawMember, DrawMember.interaction_id == QualityCallback.interaction_id)
        .where(DrawMember.draw_id == member.draw_id, DrawMember.customer_id == member.customer_id)
        .where(DrawMember.agent_id != member.agent_id)
    )
    return session.scalar(other.limit(1)) is not None
