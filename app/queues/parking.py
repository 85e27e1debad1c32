"""Work set aside and brought back while nobody has it: it waits for somebody else, and keeps its place (I7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db import compare_and_set
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues.wake import wake_router
from app.queues.work import WorkItem


def set_aside(session: Session, item: WorkItem, *, reason: str, now: datetime, actor: Actor) -> None:
    """queued -> parked(reason): no router looks at it until it is brought back. Participant."""
    _move(session, item, "queued", "parked", "work_item.parked", reason=reason, actor=actor)


def bring_back(session: Session, item: WorkItem, *, reason: str, now: datetime, actor: Actor) -> None:
    """parked -> queued at the place it had, and the router woken. Participant."""
    _move(session, item, "parked", "queued", "work_item.resumed", reason=reason, actor=actor)
    item.reason = ""
    wake_router(session, item.pool)


def _move(session: Session, item: WorkItem, before: str, after: str, name: str, *, reason: str, actor: Actor) -> None:
    compare_and_set(session, WorkItem, item.id, (before,), state=after, reason=reason, version=WorkItem.version + 1)
    record_event(
        session,
        name,
        "work_item",
        item.id,
        actor=actor,
        reason=reason,
        before={"state": before},
        after={"state": after},
        contact_id=item.contact_id,
    )
    touch(session, "queue", item.queue_id)
