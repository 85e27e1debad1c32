"""What a carrier tells of a message: kept only when it takes the message further, whatever order reports come in.

A report is answered after one statement, which writes it into the outbox unless it came before; the message is moved by
a worker. Carriers send reports in bursts, and one that waits for its answer too long is not sent again.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import now
from app.db import transaction
from app.domain.sms_status import further, ours
from app.eventlog import PROVIDER, record_event
from app.messages.models import Message
from app.messages.services import below, lock_number, move, opt_out
from app.outbox import Effect, Found
from app.providers.base import Receipt
from app.security.receipts import keep_for_worker

log = structlog.get_logger(__name__)

REPORT_TOPIC = "sms.report"


def keep_for_later(provider: str, receipt: Receipt, *, message_id: int | None, token: str = "") -> None:
    """Keep a report for a worker; one that came before changes nothing. A use case.

    `message_id` is ours, where the report names it; `token` is that of the request (app/security/receipts.py).
    """
    name = f"{provider}:{receipt.provider_id}"
    payload = {
        "provider": provider,
        "id": receipt.provider_id,
        "status": receipt.status,
        "error": receipt.error,
        "message": message_id,
    }
    keep_for_worker(
        REPORT_TOPIC,
        f"sms-report:{name}",
        payload,
        natural=f"sms:{name}:{receipt.status}",
        token=token,
        path="sms-status",
    )


def take_report(provider: str, receipt: Receipt, *, message_id: int | None = None) -> bool:
    """True when the report is about a message of ours, which is at least as far now. A use case; twice is as once.

    `message_id` settles a message whose receipt never reached us.
    """
    with transaction() as session:
        found = session.scalar(
            select(Message.id).where(Message.provider == provider, Message.provider_id == receipt.provider_id)
        )
        found = found or _unclaimed(session, provider, message_id)
        if found is None:
            log.warning("sms.report_unknown", provider=provider, id=receipt.provider_id)
            return False
        keep_report(session, found, receipt)
        return True


def _run(payload: dict[str, Any]) -> None:
    receipt = Receipt(payload["id"], payload["status"], payload["error"])
    take_report(payload["provider"], receipt, message_id=payload["message"])


def _again(payload: dict[str, Any]) -> Found:
    """Taking a report twice does no harm, so one whose end nobody saw is simply taken."""
    return Found.NOT_DONE


def _leave(session: Session, payload: dict[str, Any], error: str) -> None:
    """Participant: the log keeps what could not be taken; the sweep asks the carrier later."""
    record_event(session, "sms.report_lost", "message", payload["message"] or 0, actor=PROVIDER, reason=error[:200])


REPORT = Effect(run=_run, reconcile=_again, give_up=_leave)


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
