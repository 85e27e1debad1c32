"""A waiting caller changes the queue: a new leg there, at the place that the time waited so far gives."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.calls.locks import touch_call
from app.calls.models import Call
from app.calls.next_leg import enqueue_next_leg
from app.domain.matching import rank_at
from app.errors import Conflict
from app.eventlog import Actor
from app.queues import offers
from app.queues.models import Queue
from app.queues.work import WorkItem


def move_in_line(
    session: Session, call: Call, old: WorkItem, queue: Queue, *, reason: str, now: datetime, actor: Actor
) -> WorkItem:
    """The new leg in `queue`; the old one ends as canceled(`reason`). Participant; call and item are locked.

    The wait goes on: the new leg keeps the moment the caller came, a key account stays one, and a caller who was cut
    off still goes first.

    Raises:
        Conflict: the caller does not wait in line, or the queue is closed.
    """
    if old.state != "queued" or call.work_item_id != old.id or old.enqueued_at is None or old.rank_at is None:
        raise Conflict(code="not_waiting")
    left = session.get_one(Queue, old.queue_id)
    head_start = (rank_at(old.enqueued_at, old.priority, left.priority_step_s) - old.rank_at).total_seconds()
    offers.cancel_item(session, old, reason=reason, now=now, actor=actor)
    new = enqueue_next_leg(
        session,
        call,
        old,
        queue,
        reason=reason,
        now=now,
        actor=actor,
        priority=old.priority - left.priority,
        enqueued_at=old.enqueued_at,
    )
    new.rank_at = rank_at(old.enqueued_at, new.priority, queue.priority_step_s, round(head_start))
    new.handover = old.handover
    touch_call(session, call)
    return new
