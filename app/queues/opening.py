"""Opening and closing a queue: closed lets nobody in; who waits already is served."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.errors import NotFound
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues.models import Queue
from app.queues.wake import wake_router


def lock_queue(session: Session, queue_id: int) -> Queue:
    """The queue, kept from other changes until the transaction ends; contacts may still be put in line.

    Raises:
        NotFound: there is no such queue.
    """
    queue = session.get(Queue, queue_id, with_for_update={"key_share": True}, populate_existing=True)
    if queue is None:
        raise NotFound(code="queue_unknown")
    return queue


def set_open(session: Session, queue_id: int, *, is_open: bool, reason: str, actor: Actor) -> bool:
    """Open or close a queue; False when it was so already. Participant.

    Raises:
        NotFound: there is no such queue.
    """
    queue = lock_queue(session, queue_id)
    if queue.active == is_open:
        return False
    queue.active = is_open
    record_event(
        session,
        "queue.opened" if is_open else "queue.closed",
        "queue",
        queue_id,
        actor=actor,
        reason=reason,
        before={"active": not is_open},
        after={"active": is_open},
    )
    touch(session, "queue", queue_id)
    wake_router(session, queue.pool)
    return True
