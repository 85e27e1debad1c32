"""Nobody waits for ever: after a while in another queue, and at last with kind words. Driven by the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.calls.locks import lock_call
from app.calls.moving import move_in_line
from app.calls.refusing import MAX_WAIT, callers_waiting, turn_away
from app.db import transaction
from app.eventlog import SWEEP, record_event
from app.queues import offers
from app.queues.hours import hours_of, queue_hours
from app.queues.models import Queue
from app.queues.work import WorkItem

OVERFLOW = "overflow"

#: Callers in line (not those whom an agent's telephone rings for) whose time is up, the longest wait first. Nobody
#: is moved back to a queue that the same caller overflowed from: two queues must not play ball.
_DUE = text("""
SELECT c.id FROM work_items w JOIN calls c ON c.work_item_id = w.id AND c.state = 'queued'
JOIN queues q ON q.id = w.queue_id
WHERE w.state = 'queued' AND w.kind = 'call' AND (
    w.enqueued_at <= :now - make_interval(secs => q.max_wait_s)
    OR w.enqueued_at <= :now - make_interval(secs => q.overflow_after_s)
        AND q.overflow_queue_id = ANY(:targets)
        AND NOT EXISTS (SELECT 1 FROM work_items o WHERE o.contact_id = w.contact_id AND o.kind = 'call'
            AND o.queue_id = q.overflow_queue_id AND o.reason = 'overflow'))
ORDER BY w.enqueued_at LIMIT 200""")

_BEEN_THERE = text("""
SELECT EXISTS (SELECT 1 FROM work_items WHERE contact_id = :contact AND kind = 'call' AND queue_id = :queue
    AND reason = 'overflow')""")


def due_waits(session: Session, now: datetime) -> Sequence[int]:
    """Ids of the calls that waited as long as their queue lets them."""
    return session.scalars(_DUE, {"now": now, "targets": _open_targets(session, now)}).all()


def _open_targets(session: Session, now: datetime) -> list[int]:
    """Ids of the queues that take over from others and can: open, with room."""
    named = select(Queue.overflow_queue_id).where(Queue.overflow_queue_id.is_not(None))
    targets = session.scalars(select(Queue).where(Queue.id.in_(named))).all()
    hours = hours_of(session, targets, now)
    return [queue.id for queue in targets if hours[queue.id].open and _has_room(session, queue)]


def _has_room(session: Session, queue: Queue) -> bool:
    return queue.max_waiting is None or callers_waiting(session, queue.id) < queue.max_waiting


def let_wait_end(call_id: int) -> bool:
    """Move the caller on to the overflow queue, or end the wait at its limit; False when neither is due any more."""
    now = clock.now()
    with transaction() as session:
        call = lock_call(session, call_id)
        if call.state != "queued" or call.work_item_id is None:
            return False
        item = offers.lock_item(session, call.work_item_id)
        if item.state != "queued" or item.enqueued_at is None:
            return False
        queue = session.get_one(Queue, item.queue_id)
        waited_s = (now - item.enqueued_at).total_seconds()
        target = _target(session, item, queue, waited_s, now)
        if target is not None:
            new = move_in_line(session, call, item, target, reason=OVERFLOW, now=now, actor=SWEEP)
            record_event(
                session,
                "call.overflowed",
                "call",
                call.id,
                actor=SWEEP,
                before={"queue": queue.id, "leg": item.leg},
                after={"queue": target.id, "leg": new.leg},
                contact_id=call.contact_id,
            )
            return True
        if queue.max_wait_s is None or waited_s < queue.max_wait_s:
            return False
        turn_away(session, call, item, reason=MAX_WAIT, now=now, actor=SWEEP)
        return True


def _target(session: Session, item: WorkItem, queue: Queue, waited_s: float, now: datetime) -> Queue | None:
    """The queue that takes the caller over now, if its time has come and it can."""
    if queue.overflow_queue_id is None or queue.overflow_after_s is None or waited_s < queue.overflow_after_s:
        return None
    if session.scalar(_BEEN_THERE, {"contact": item.contact_id, "queue": queue.overflow_queue_id}):
        return None
    target = session.get_one(Queue, queue.overflow_queue_id)
    return target if queue_hours(session, target, now).open and _has_room(session, target) else None
