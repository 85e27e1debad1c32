"""From the outbox to the carrier: the effect "sms.send".

Three steps. A short transaction decides, under the lock of the number, whether the message may still leave
(I16) and marks it "sending"; the provider is called outside any transaction; a second transaction keeps
what it said. A crash between the steps leaves "sending", which is looked up at the provider by the
message's key and never just repeated. A STOP that arrives while the provider is being called crosses with
the message; from its commit on nothing begins.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import providers
from app.clock import now
from app.db import reading, transaction
from app.eventlog import PROVIDER
from app.messages import hours
from app.messages.models import Message
from app.messages.reports import keep_report
from app.messages.services import below, enqueue_sending, is_opted_out, lock_number, move, opt_out
from app.outbox import Effect, Found, Retry
from app.providers.base import Receipt, SmsNotTaken, SmsRefused, SmsUnsure, Text

#: Nobody knows yet whether these left.
OPEN = ("sending", "unknown")


def send(payload: dict[str, Any]) -> None:
    """Hand the message over, unless it is settled already or its number said STOP.

    Raises:
        Retry: the provider surely did not take it.
    """
    message_id = int(payload["message"])
    text = _take(message_id)
    if text is None:
        return
    try:
        receipt = providers.sms().send(text)
    except SmsNotTaken as error:
        _put_back(message_id)
        raise Retry(str(error)) from error
    except SmsRefused as error:
        _fail(message_id, str(error))
        return
    except Exception:
        _mark_unknown(message_id)
        raise
    _keep_receipt(message_id, receipt)


def reconcile(payload: dict[str, Any]) -> Found:
    """What became of a message whose sending nobody saw the end of: the provider knows it by its key."""
    message_id = int(payload["message"])
    with reading() as session:
        message = session.get(Message, message_id)
        text = _text(session, message) if message is not None else None
    if message is not None and message.status == "queued":
        return Found.NOT_DONE
    if text is None or message is None or message.status not in OPEN:
        return Found.SETTLED
    try:
        receipt = providers.sms().find(text)
    except SmsUnsure:
        _mark_unknown(message_id)
        return Found.UNKNOWN
    if receipt is not None:
        _keep_receipt(message_id, receipt)
        return Found.SETTLED
    _put_back(message_id)
    return Found.NOT_DONE


def give_up(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: a message that never left is failed; one that may have left stays unknown, for a person
    to see."""
    message_id = int(payload["message"])
    if move(session, message_id, "failed", ("queued",), error=error[:60] or "gave_up") is None:
        move(session, message_id, "unknown", OPEN, error=error[:60] or "gave_up")


def provider_key(message_id: int) -> str:
    """The key of the message at the provider: the same for every try."""
    return f"sms:{message_id}"


def _text(session: Session, message: Message) -> Text:
    """The message as it is handed over, and looked for."""
    others = select(Message.provider_id).where(
        Message.number == message.number, Message.provider_id.is_not(None), Message.id != message.id
    )
    return Text(
        number=message.number,
        body=message.body,
        key=provider_key(message.id),
        message_id=message.id,
        begun_at=message.tried_at or message.created_at,
        valid_s=hours.valid_s(session, message.number, message.customer_id, any_hour=message.any_hour),
        others=frozenset(str(other) for other in session.scalars(others)),
    )


def _take(message_id: int) -> Text | None:
    """The message, now "sending"; None when it must not leave, or not at this hour."""
    with transaction() as session:
        number = session.scalar(select(Message.number).where(Message.id == message_id))
        if number is None:
            return None
        lock_number(session, number)
        if is_opted_out(session, number):
            move(session, message_id, "refused", ("queued",), error="opted_out")
            return None
        queued = session.get_one(Message, message_id, populate_existing=True)
        waiting = None if queued.any_hour else hours.wait_for(session, number, queued.customer_id)
        if waiting is not None:
            queued.not_before = waiting.until
            if queued.status == "queued":
                enqueue_sending(session, queued)
            return None
        tried_at = queued.tried_at or now()
        message = move(session, message_id, "sending", ("queued",), provider=providers.sms().name, tried_at=tried_at)
        return None if message is None else _text(session, message)


def _put_back(message_id: int) -> None:
    """The one step down the ladder, for a message that surely did not leave; a STOP meanwhile ends it
    instead."""
    with transaction() as session:
        number = session.scalars(select(Message.number).where(Message.id == message_id)).one()
        lock_number(session, number)
        if is_opted_out(session, number):
            move(session, message_id, "refused", OPEN, error="opted_out")
        else:
            move(session, message_id, "queued", OPEN)


def _fail(message_id: int, code: str) -> None:
    """A final no. The provider's own opt-out list is mirrored into ours: it heard a STOP that we did not."""
    with transaction() as session:
        number = session.scalars(select(Message.number).where(Message.id == message_id)).one()
        lock_number(session, number)
        message = move(session, message_id, "failed", below("failed"), error=code[:60])
        if message is not None and code == "opted_out":
            opt_out(session, message, actor=PROVIDER)


def _mark_unknown(message_id: int) -> None:
    with transaction() as session:
        move(session, message_id, "unknown", below("unknown"))


def _keep_receipt(message_id: int, receipt: Receipt) -> None:
    """What the provider knows of the message."""
    with transaction() as session:
        keep_report(session, message_id, receipt)


SEND = Effect(run=send, reconcile=reconcile, give_up=give_up)
