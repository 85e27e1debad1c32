"""Messages of which nobody knows whether they left: looked for again and again, and settled by a person at last.

Nothing here sends a message a second time by itself. A person who has asked the customer, or can wait no longer, says
what is so; "send it again" makes a new message beside the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import outbox, providers
from app.clock import now
from app.customers.models import Customer
from app.db import reading, transaction
from app.domain.sms_status import CARRIER_FINAL
from app.errors import Conflict, NotFound
from app.eventlog import Actor
from app.messages import delivery
from app.messages.models import Message
from app.messages.reports import take_report
from app.messages.services import SEND_TOPIC, enqueue_sending, lock_number, move, outbox_key, queue_sms
from app.outbox import Found
from app.providers.base import SmsUnsure
from app.security.models import User

#: Why a message counts as lost when a person says so; it has words in app/customers/sms_words.py.
BY_PERSON = "settled_by_person"
SHOWN = 100
#: Ages at which the carrier is asked for a message whose end it never told: reports get lost.
ASKED_AT = tuple(timedelta(minutes=minutes) for minutes in (30, 120, 720, 2880))
#: How often `sweep_sms` runs; each message is asked for once at each age.
SWEEP_EVERY = timedelta(minutes=10)
MOST_AT_ONCE = 50
#: The outbox looks for an unknown message for about a quarter of an hour; from then on the sweep does.
LEFT_TO_THE_OUTBOX = timedelta(minutes=30)
GIVEN_UP_AFTER = timedelta(days=3)

_FORGOTTEN = text(
    """SELECT m.id FROM messages m
    WHERE m.direction = 'out' AND m.status IN ('sending','unknown') AND m.provider = :provider
      AND m.tried_at BETWEEN :oldest AND :newest
      AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.topic = :topic AND o.state IN ('waiting','running','unknown')
                      AND (o.payload->>'message')::bigint = m.id)
    ORDER BY m.id LIMIT :most"""
)


@dataclass(frozen=True, slots=True)
class Unsure:
    """One message that may or may not have left."""

    message: Message
    customer: str
    author: str


def list_unsure(session: Session) -> list[Unsure]:
    """Messages that nobody knows the end of, newest first."""
    rows = session.execute(
        select(Message, Customer.name, User.display_name)
        .outerjoin(Customer, Customer.id == Message.customer_id)
        .outerjoin(User, User.id == Message.author_id)
        .where(Message.direction == "out", Message.status == "unknown")
        .order_by(Message.id.desc())
        .limit(SHOWN)
    )
    return [Unsure(row[0], row[1] or "", row[2] or "") for row in rows]


def say_arrived(message_id: int, *, actor: Actor) -> None:
    """The message counts as sent.

    Raises:
        NotFound: there is no such message.
        Conflict: it is not in doubt any more.
    """
    with transaction() as session:
        message = _hold(session, message_id)
        move(session, message_id, "sent", ("unknown",), actor=actor, sent_at=message.tried_at or now(), error="")


def say_lost(message_id: int, *, actor: Actor) -> None:
    """The message counts as failed.

    Raises:
        NotFound: there is no such message.
        Conflict: it is not in doubt any more.
    """
    with transaction() as session:
        _hold(session, message_id)
        move(session, message_id, "failed", ("unknown",), actor=actor, error=BY_PERSON)


def send_again(message_id: int, *, user_id: int, actor: Actor) -> int:
    """Id of a new message of the same text, on its way; the old one counts as failed. Asking twice sends one.

    Raises:
        NotFound: there is no such message.
        Conflict: it is not in doubt any more.
    """
    with transaction() as session:
        old = _hold(session, message_id)
        move(session, message_id, "failed", ("unknown",), actor=actor, error=BY_PERSON)
        return queue_sms(
            session,
            number=old.number,
            body=old.body,
            customer_id=old.customer_id,
            contact_id=old.contact_id,
            template_id=old.template_id,
            language=old.language,
            intent_key=f"again:{message_id}",
            author_id=user_id,
            actor=actor,
        ).id


def sweep_sms(moment: datetime) -> None:
    """Ask the carrier for messages whose reports may be lost, and again for those that nobody found yet."""
    for message_id, provider_id in _unreported(moment):
        try:
            receipt = providers.sms().look(provider_id)
        except SmsUnsure:
            continue
        if receipt is not None:
            take_report(providers.sms().name, receipt, message_id=message_id)
    for message_id in _forgotten(moment):
        if delivery.reconcile({"message": message_id}) is Found.NOT_DONE:
            with transaction() as session:
                enqueue_sending(session, session.get_one(Message, message_id))


def _unreported(moment: datetime) -> list[tuple[int, str]]:
    with reading() as session:
        waiting = select(Message.id, Message.provider_id, Message.sent_at).where(
            Message.direction == "out",
            Message.status == "sent",
            Message.provider_id.is_not(None),
            Message.provider != "console",
            Message.carrier_status.not_in(CARRIER_FINAL),
            Message.sent_at > moment - ASKED_AT[-1] - SWEEP_EVERY,
        )
        rows = session.execute(waiting.order_by(Message.id)).all()
    due = [(row.id, row.provider_id) for row in rows if any(_just(moment - row.sent_at, age) for age in ASKED_AT)]
    return due[:MOST_AT_ONCE]


def _just(age: timedelta, asked_at: timedelta) -> bool:
    return asked_at <= age < asked_at + SWEEP_EVERY


def _forgotten(moment: datetime) -> list[int]:
    with reading() as session:
        if session.scalar(select(Message.id).where(Message.status.in_(("sending", "unknown"))).limit(1)) is None:
            return []  # the usual case; no provider need be chosen for it
        values = {
            "provider": providers.sms().name,
            "topic": SEND_TOPIC,
            "oldest": moment - GIVEN_UP_AFTER,
            "newest": moment - LEFT_TO_THE_OUTBOX,
            "most": MOST_AT_ONCE,
        }
        return list(session.scalars(_FORGOTTEN, values))


def _hold(session: Session, message_id: int) -> Message:
    """The doubtful message under lock, and nobody looks for it any more."""
    number = session.scalar(select(Message.number).where(Message.id == message_id))
    if number is None:
        raise NotFound(code="message_unknown")
    lock_number(session, number)
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    if message.direction != "out" or message.status != "unknown":
        raise Conflict(code="message_settled")
    outbox.drop_unknown(session, SEND_TOPIC, key=outbox_key(number), payload={"message": message_id}, reason=BY_PERSON)
    return message
