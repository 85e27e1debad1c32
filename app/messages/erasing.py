"""The erasure of a customer's texts: here at once, at the carrier as soon as it allows.

A carrier refuses to delete a message that is still on its way, for as long as ten hours. So each message is an effect
of its own that is tried until the carrier has it no more; deleting twice does no harm.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app import outbox, providers
from app.clock import now
from app.db import reading, transaction
from app.eventlog import PROVIDER, SWEEP, Actor, record_event
from app.live import touch
from app.messages.models import Message, OptOut
from app.messages.services import move
from app.outbox import Effect, Found, Retry
from app.providers.base import SmsNotTaken

ERASE_TOPIC = "sms.erase"
#: Why a text that waited never left; it has words in app/customers/sms_words.py.
ERASED = "erased"
#: Rows of one round; the next slot of the job takes the rest.
AT_ONCE = 200

_LEFT = text(
    """SELECT m.id FROM messages m
    WHERE m.erased_at IS NOT NULL AND m.carrier_erased_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.topic = :topic AND o.state IN ('waiting','running','unknown')
                      AND (o.payload->>'message')::bigint = m.id)
    ORDER BY m.id LIMIT :most"""
)


def erase_texts(session: Session, customer_id: int, *, actor: Actor) -> int:
    """Participant: how many texts of the customer lost their words and their number; those that wait never leave.

    Who said STOP is kept by the number alone: nobody shall write to it again.
    """
    theirs = Message.customer_id == customer_id
    for waiting in session.scalars(select(Message.id).where(theirs, Message.status == "queued")).all():
        move(session, waiting, "refused", ("queued",), actor=actor, error=ERASED)
    session.execute(
        update(OptOut).where(OptOut.message_id.in_(select(Message.id).where(theirs))).values(word="", message_id=None)
    )
    erased = session.execute(
        update(Message)
        .where(theirs, Message.erased_at.is_(None))
        .values(body="", number="", erased_at=now())
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).scalars()
    ids = list(erased)
    for message_id in ids:
        _enqueue(session, message_id)
    return len(ids)


def erase_left(moment: datetime) -> None:
    """Try again what the carrier did not delete in all the tries of the outbox."""
    with transaction() as session:
        for message_id in session.scalars(_LEFT, {"topic": ERASE_TOPIC, "most": AT_ONCE}).all():
            _enqueue(session, message_id)


def _enqueue(session: Session, message_id: int) -> None:
    outbox.enqueue(session, ERASE_TOPIC, key=f"sms-erase:{message_id}", payload={"message": message_id})


def _erase(payload: dict[str, Any]) -> None:
    """Let the carrier delete its copy.

    Raises:
        Retry: not yet.
    """
    message_id = int(payload["message"])
    with reading() as session:
        message = session.get(Message, message_id)
    if message is None or message.carrier_erased_at is not None:
        return
    if message.provider_id is not None:  # without one it never left
        if message.provider != providers.sms().name:
            raise Retry("other_carrier")
        try:
            providers.sms().erase(message.provider_id)
        except SmsNotTaken as error:
            raise Retry(str(error)) from error
    with transaction() as session:
        gone = session.execute(
            update(Message)
            .where(Message.id == message_id, Message.carrier_erased_at.is_(None))
            .values(carrier_erased_at=now())
            .returning(Message.customer_id)
        ).first()
        if gone is not None:
            record_event(session, "sms.carrier_erased", "message", message_id, actor=PROVIDER)
            touch(session, "customer", gone.customer_id)


def _again(payload: dict[str, Any]) -> Found:
    """What was deleted is deleted again without harm."""
    return Found.NOT_DONE


def _give_up(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: the log says that the carrier has it still; the job tries again."""
    record_event(session, "sms.erase_failed", "message", int(payload["message"]), actor=SWEEP, reason=error[:200])


ERASE = Effect(run=_erase, reconcile=_again, give_up=_give_up)
