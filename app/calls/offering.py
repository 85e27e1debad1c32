"""What a router pass does to the calls it offered, in the same transaction and by one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.live import touch
from app.queues.router import Offered

#: The calls are locked already (lock_calls_of_items); queued -> offering with its event.
_OFFERING = text("""
WITH moved AS (
    UPDATE calls SET state = 'offering' WHERE work_item_id = ANY(:items) AND state = 'queued'
    RETURNING id, public_id, contact_id),
logged AS (
    INSERT INTO events (at, name, subject, subject_id, actor, before, after, contact_id)
    SELECT :now, 'call.offering', 'call', id, 'router', '{"state": "queued"}'::jsonb, '{"state": "offering"}'::jsonb,
        contact_id FROM moved)
SELECT public_id FROM moved""")


def mark_offering(session: Session, offers: Sequence[Offered], now: datetime) -> None:
    """queued -> offering for each call that was just given to an agent."""
    items = [offer.work_item_id for offer in offers]
    for public_id in session.scalars(_OFFERING, {"items": items, "now": now}):
        touch(session, "call", public_id)
