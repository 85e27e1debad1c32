"""Each report of a provider counts once: by its own nature, and by the token that a repeated request carries."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, Text, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.datastructures import Headers

from app.clock import now
from app.db import Base, in_one_statement

#: Carried by a request that Twilio sends a second time.
TOKEN_HEADER = "I-Twilio-Idempotency-Token"  # noqa: S105 - the name of a header
#: Receipts are kept this long: far longer than any provider repeats itself.
KEEP = timedelta(days=3)


class WebhookReceipt(Base):
    """One report that was acted upon."""

    __tablename__ = "webhook_receipts"
    __table_args__ = (Index("ix_webhook_receipts_received_at", "received_at"),)

    #: "sms:SM…:delivered" or "token:…".
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: Where it came in.
    path: Mapped[str] = mapped_column(Text, server_default="")


def token_of(headers: Headers) -> str:
    """The key of the request's own token, empty when it carries none."""
    token = headers.get(TOKEN_HEADER, "")[:200]
    return f"token:{token}" if token else ""


def first_time(session: Session, *keys: str, path: str = "") -> bool:
    """Participant: True when none of `keys` was seen before; all are kept from now on. Empty keys do not count.

    A second report that comes at the same moment waits here for the first one's transaction: when that fails, the
    second is the first.
    """
    wanted = sorted({key for key in keys if key})  # one order everywhere, so that two reports never wait for each other
    if not wanted:
        return True
    rows = [{"key": key, "received_at": now(), "path": path} for key in wanted]
    kept = session.execute(insert(WebhookReceipt).on_conflict_do_nothing().returning(WebhookReceipt.key), rows).all()
    return len(kept) == len(wanted)


#: Receipts and outbox row (app/outbox.py) in one: all of them, or none. Workers find the row at their next look,
#: within a second: commits that tell a channel wait for each other, and reports come in bursts.
_KEEP = """WITH fresh AS (
        INSERT INTO webhook_receipts (key, received_at, path)
        SELECT key, %(now)s, %(path)s FROM (VALUES (%(natural)s::text), (%(token)s::text)) AS wanted (key)
        WHERE key <> '' ORDER BY key
        ON CONFLICT DO NOTHING RETURNING key)
    INSERT INTO outbox (topic, key, payload, due_at)
    SELECT %(topic)s, %(key)s, %(payload)s::jsonb, %(now)s
    WHERE (SELECT count(*) FROM fresh) = %(wanted)s RETURNING id"""


def keep_for_worker(
    topic: str, key: str, payload: dict[str, Any], *, natural: str, token: str = "", path: str = ""
) -> None:
    """Keep a report for a worker, as the effect `topic` under `key`; one that came before changes nothing. A use case.

    `natural` names what the report is about and what it says, `token` the request (`token_of`). One statement: who
    reports is answered after one round trip.
    """
    in_one_statement(
        _KEEP,
        {
            "now": now(),
            "path": path,
            "natural": natural,
            "token": token,
            "wanted": 2 if token else 1,
            "topic": topic,
            "key": key[:80],
            "payload": json.dumps(payload),
        },
    )


def drop_old_receipts(session: Session, moment: datetime) -> None:
    """Participant: forget what nobody repeats any more."""
    session.execute(delete(WebhookReceipt).where(WebhookReceipt.received_at < moment - KEEP))
