"""Quality callbacks of the demo that are over: one ring, and the answers of who gave any. Participants."""

from __future__ import annotations

import uuid
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from app.customers.clocks import zone_of
from app.customers.models import Customer, Interaction
from app.domain.quality_call import Outcome, day_part
from app.eventlog import CLI
from app.quality.models import QualityAttempt, QualityCallback, QualityInterview
from app.queues.barring import bar_agents

#: The questions that the demo's past was asked with.
_VERSION = 1


def add_past_callback(
    session: Session,
    contact: Interaction,
    customer: Customer,
    outcome: Outcome,
    *,
    source: str,
    queue_id: int,
    interviewer: int,
    at: datetime,
    chance: Random,
) -> QualityCallback:
    """The callback about a contact, with its one attempt, begun and over at `at` (UTC)."""
    rated = contact.agent_id or 0
    callback = QualityCallback(
        source=source,
        interaction_id=contact.id,
        rated_agent_id=rated,
        customer_id=customer.id,
        queue_id=queue_id,
        number=contact.number,
        language=customer.language or "en",
        state="done",
        outcome=outcome.value,
        attempts=1,
        created_at=at,
        ended_at=at,
    )
    session.add(callback)
    session.flush()
    contact_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    bar_agents(session, contact_id, {rated: "rated"}, actor=CLI)
    session.flush()
    session.add(
        QualityAttempt(
            callback_id=callback.id,
            rated_agent_id=rated,
            number=1,
            contact_id=contact_id,
            day_part=day_part(at.astimezone(zone_of(customer))),
            started_at=at,
            ended_at=at,
            outcome=outcome.value,
            version=_VERSION,
            agent_id=interviewer,
        )
    )
    return callback


def add_past_interview(
    session: Session, callback: QualityCallback, *, interviewer: int, settled: str, ratings: dict[str, int], **said: Any
) -> None:
    """What the customer of such a callback answered; `said` are further columns of the interview."""
    session.add(
        QualityInterview(
            callback_id=callback.id,
            rated_agent_id=callback.rated_agent_id,
            interviewer_id=interviewer,
            version=_VERSION,
            language=callback.language,
            settled=settled,
            may_return=True,
            outcome=callback.outcome,
            at=callback.ended_at,
            **ratings,
            **said,
        )
    )
