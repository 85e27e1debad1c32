"""The next queue leg of a call: whoever passes it on, loses it or moves it, the contact stays the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.calls.callbacks import is_callback
from app.calls.models import Call
from app.eventlog import Actor
from app.queues.intake import enqueue_work
from app.queues.models import Queue
from app.queues.work import WorkItem


def enqueue_next_leg(
    session: Session, call: Call, old: WorkItem, queue: Queue, *, reason: str, now: datetime, actor: Actor, **place: Any
) -> WorkItem:
    """The call queued again as leg n + 1, and now the one the call waits with. Participant; the call is locked.

    `place` says where in line (priority, recovered, enqueued_at, even_closed), as `enqueue_work` takes it.

    Raises:
        Conflict: the queue is closed.
    """
    item = enqueue_work(
        session,
        # A callback that is moved in line is one still; after the talk has begun the customer is on the line
        kind=old.kind if is_callback(old) and old.answered_at is None else "call",
        queue=queue,
        contact_id=call.contact_id,
        now=now,
        actor=actor,
        leg=old.leg + 1,
        customer_id=call.customer_id,
        language=old.language,
        topic_id=old.topic_id,
        reason=reason,
        simulated=old.simulated,
        **place,
    )
    call.work_item_id = item.id
    return item
