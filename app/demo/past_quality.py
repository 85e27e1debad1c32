"""Interviews of the months before last month in the demo: what a trend, a watch and a mix of contacts look like."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.customers.models import Customer, CustomerPhone, Interaction
from app.demo.past_callbacks import add_past_callback, add_past_interview
from app.domain.quality_call import RATINGS, Outcome
from app.quality.models import QualityCallback
from app.quality.rules import quality_queue
from app.queues.models import Queue

#: Months before the one that was drawn, and how many customers of each were asked.
MONTHS = 7
_ASKED = 26
_ANSWERED = 0.8
#: Weights of the ratings 1 to 5 in the first of these months, how far they lean up by the last, and what a complaint
#: takes from them.
_RATED = (4, 8, 25, 38, 25)
_LEAN = (-2, -4, -11, 5, 12)
_COMPLAINT = (4, 7, 8, -9, -10)


def add_past_interviews(session: Session, people: Mapping[str, int], *, chance: Random, before: datetime) -> None:
    """Contacts of the MONTHS before the month that begins at `before` (UTC), and what was said of them. Participant.

    `people` is short name -> user id; "hanne" rings. Comes last: no story gets another past.
    """
    served = session.execute(
        select(
            Interaction.agent_id,
            Interaction.queue_id,
            Interaction.topic_ids,
            Interaction.disposition_id,
            (Queue.code == "complaints").label("complaint"),
        )
        .join(Queue, Queue.id == Interaction.queue_id)
        .where(Interaction.outcome == "answered", Interaction.channel == "voice", Interaction.direction == "inbound")
        .order_by(Interaction.id)
    ).all()
    untold = session.scalars(
        select(Customer)
        .where(Customer.demo, Customer.id.in_(select(CustomerPhone.customer_id)))
        .where(Customer.id.not_in(select(QualityCallback.customer_id)), Customer.preferred_agent_id.is_(None))
        .order_by(Customer.id)
    ).all()
    queue_id = quality_queue(session).id
    for back in range(MONTHS, 0, -1):
        for place in range(_ASKED):
            # One a day: nobody speaks with two at once
            at = before + timedelta(days=place - 30 * back, hours=chance.randint(9, 16), minutes=chance.randint(0, 59))
            contact, customer = chance.choice(served), chance.choice(untold)
            complaint = contact.complaint and chance.random() < 0.9
            weights = [
                max(1, rated + lean * (MONTHS - back) // (MONTHS - 1) + (less if complaint else 0))
                for rated, lean, less in zip(_RATED, _LEAN, _COMPLAINT, strict=True)
            ]
            row = _contact(session, contact, customer, at, chance)
            _ask(session, row, customer, queue_id, people["hanne"], weights, chance)


def _contact(
    session: Session, like: Row[*tuple[Any, ...]], customer: Customer, at: datetime, chance: Random
) -> Interaction:
    """A contact as the agent has them."""
    row = Interaction(
        contact_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        customer_id=customer.id,
        channel="voice",
        direction="inbound",
        outcome="answered",
        queue_id=like.queue_id,
        agent_id=like.agent_id,
        number=customer.phones[0].e164,
        started_at=at,
        ended_at=at + timedelta(minutes=6),
        wait_s=round(chance.expovariate(1 / 45)),
        talk_s=chance.randint(90, 290),
        topic_ids=like.topic_ids,
        disposition_id=like.disposition_id,
    )
    session.add(row)
    session.flush()
    return row


def _ask(
    session: Session,
    contact: Interaction,
    customer: Customer,
    queue_id: int,
    interviewer: int,
    weights: list[int],
    chance: Random,
) -> None:
    """The callback about it, a week or two later, and the answers of who gave any."""
    at = contact.started_at + timedelta(days=chance.randint(6, 14), minutes=chance.randint(0, 300))
    answered = chance.random() < _ANSWERED
    outcome = Outcome.INTERVIEWED if answered else chance.choice((Outcome.REFUSED, Outcome.NO_ANSWER))
    callback = add_past_callback(
        session,
        contact,
        customer,
        outcome,
        source="hand",
        queue_id=queue_id,
        interviewer=interviewer,
        at=at,
        chance=chance,
    )
    if answered:
        ratings = {name: chance.choices((1, 2, 3, 4, 5), weights)[0] for name in RATINGS}
        settled = "yes" if ratings["overall"] > 3 or chance.random() < 0.3 else chance.choice(("partly", "no"))
        add_past_interview(session, callback, interviewer=interviewer, settled=settled, ratings=ratings)
