"""What a carrier tells of a message: kept only when it takes the message further, whatever order reports come in."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import now
from app.db import transaction
from app.domain.sms_status import further, ours
from app.eventlog import PROVIDER
from app.messages.models import Message
from app.messages.services import below, lock_number, move, opt_out
from app.providers.base import Receipt
from app.security.receipts import first_time

log = structlog.get_logger(__name__)


def take_report(provider: str, receipt: Receipt, *, message_id: int | None = None, token: str = "") -> bool:
    """True when the report was new. A use case; the same report a second time changes nothing.

    `message_id` is ours, where the report names it: it then settles a message whose receipt never reached us.
    """
    with transaction() as session:
        key = f"sms:{provider}:{receipt.provider_id}:{receipt.status}"
        if not first_time(session, key, token, path="sms-status"):
            return False
        found = session.scalar(
            select(Message.id).where(Message.provider == provider, Message.provider_id == receipt.provider_id)
        )
        found = found or _unclaimed(session, provider, message_id)
        if found is None:
            log.warning("sms.report_unknown", provider=provider, id=receipt.provider_id)
            return False
        keep_report(session, found, receipt)
        return True


def keep_report(session: Session, message_id: int, receipt: Receipt) -> None:
    """Participant: the message at least as far as `receipt` says."""
    number = session.scalars(select(Message.number).where(Message.id == message_id)).one()
    lock_number(session, number)
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    message.provider_id = message.provider_id or receipt.provider_id
    if further(message.carrier_status, receipt.status):
        message.carrier_status = receipt.status
    session.flush()
    status = ours(receipt.status)
    if status is None:
        log.warning("sms.status_unknown", status=receipt.status[:20])
        return
    if status == "failed":
        failed = move(session, message_id, "failed", below("failed"), error=(receipt.error or "unknown_reason")[:60])
        if failed is not None and receipt.error == "opted_out":
            opt_out(session, failed, actor=PROVIDER)
        return
    move(session, message_id, "sent", below("sent"), sent_at=now(), error="")
    if status == "delivered":
        move(session, message_id, "delivered", below("delivered"), delivered_at=now(), error="")


def _unclaimed(session: Session, provider: str, message_id: int | None) -> int | None:
    """Our message of this id, when it was handed to this provider and nobody heard its receipt yet."""
    if message_id is None:
        return None
    return session.scalar(
        select(Message.id).where(
            Message.id == message_id,
            Message.direction == "out",
            Message.provider == provider,
            Message.provider_id.is_(None),
            Message.status.in_(("sending", "unknown", "failed")),
        )
    )
