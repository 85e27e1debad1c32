"""The link is sent: one SMS, within the recipient's hours, to nobody who said STOP or wants no questions."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.clocks import zone_of
from app.customers.models import Customer, Interaction
from app.db import compare_and_set
from app.domain.quality_call import LINK_LASTS
from app.errors import Conflict
from app.eventlog import Actor, record_event
from app.live import touch
from app.messages.services import queue_sms
from app.quality.links.models import QualityLink
from app.quality.links.switch import answers_by_link
from app.quality.links.texts import link_sms
from app.quality.models import QualityCallback
from app.quality.questionnaire.asked import current
from app.quality.rules import demand_willing
from app.quality.texts import day_in, language_of


def objection(session: Session, callback: QualityCallback) -> str:
    """Code of what stands against a link for this callback; empty when nothing does."""
    if not answers_by_link(session):
        return "link_off"
    if session.scalar(select(QualityLink.id).where(QualityLink.callback_id == callback.id)) is not None:
        return "link_sent_already"
    try:
        demand_willing(session, session.get_one(Customer, callback.customer_id), [callback.number])
    except Conflict as refused:
        return refused.code
    return ""


def send(session: Session, callback: QualityCallback, *, reason: str, now: datetime, actor: Actor) -> QualityLink:
    """scheduled or open -> linked, and the SMS with the link is queued. Participant; nothing stands against it.

    `reason` is "unreached" or "asked".
    """
    customer = session.get_one(Customer, callback.customer_id)
    contact = session.get_one(Interaction, callback.interaction_id)
    zone, language = zone_of(customer), language_of(callback.language)
    before, expires_at = callback.state, now + LINK_LASTS
    about, until = contact.started_at.astimezone(zone), expires_at.astimezone(zone)
    token = secrets.token_urlsafe(16)
    message = queue_sms(
        session,
        number=callback.number,
        body=link_sms(
            language,
            token,
            day=day_in(language, about.month, about.day),
            until=day_in(language, until.month, until.day),
            asked=reason == "asked",
        ),
        customer_id=callback.customer_id,
        contact_id=None,
        template_id=None,
        language=language,
        intent_key=f"quality-link:{callback.id}",
        author_id=None,
        actor=actor,
    )
    link = QualityLink(
        callback_id=callback.id,
        token=token,
        reason=reason,
        version=current(session).version,
        message_id=message.id,
        sent_at=now,
        expires_at=expires_at,
    )
    session.add(link)
    compare_and_set(session, QualityCallback, callback.id, ("scheduled", "open"), state="linked")
    record_event(
        session,
        "quality.linked",
        "quality_callback",
        callback.id,
        actor=actor,
        reason=reason,
        before={"state": before},
        after={"state": "linked", "expires_at": expires_at.isoformat()},
    )
    touch(session, "customer", callback.customer_id)
    return link
