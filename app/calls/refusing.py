"""Callers who get no place in line: closed, full, or waited as long as may be. Kindly, and counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.calls.ending import close_call
from app.calls.legs import leave_all
from app.calls.models import Call
from app.calls.record import record_lost_caller
from app.errors import Conflict, TooMany
from app.eventlog import Actor
from app.queues import offers
from app.queues.hours import QueueHours
from app.queues.models import Queue
from app.queues.work import WorkItem

CLOSED, FULL, MAX_WAIT = "closed", "queue_full", "max_wait"

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('line of queue'), CAST(:queue AS int))")


class QueueClosed(Conflict):
    """The queue is closed at the moment; `hours` tell why and until when."""

    code = "queue_closed"
    #: The call that was turned away: what the caller's page proves itself by when it leaves a message.
    public_id, leg_id = "", 0

    def __init__(self, queue: Queue, hours: QueueHours) -> None:
        super().__init__(code="queue_closed")
        self.queue = queue
        self.hours = hours


class QueueFull(TooMany):
    """As many callers wait as the queue takes."""

    code = "queue_full"
    #: See QueueClosed.
    public_id, leg_id = "", 0

    def __init__(self) -> None:
        super().__init__(code="queue_full")


def is_full(session: Session, queue: Queue, most: int) -> bool:
    """Whether as many callers wait as the queue, or the house with `most`, takes.

    Where the queue has a limit of its own, callers are let in one after the other, so that it is never passed.
    """
    if queue.max_waiting is not None:
        session.execute(_ONE_AT_A_TIME, {"queue": queue.id})
        most = min(most, queue.max_waiting)
    return callers_waiting(session, queue.id) >= most


def callers_waiting(session: Session, queue_id: int) -> int:
    """Number of people in line or ringing; written work and consultations are not callers."""
    waiting = session.scalar(
        select(func.count()).where(
            WorkItem.queue_id == queue_id,
            WorkItem.channel == "voice",
            WorkItem.kind != "consult",
            WorkItem.state.in_(("queued", "reserved")),
        )
    )
    return waiting or 0


def turn_away(session: Session, call: Call, item: WorkItem, *, reason: str, now: datetime, actor: Actor) -> None:
    """The caller's wait ends unanswered because of the house: CLOSED, FULL or MAX_WAIT. Participant.

    The contact came and is counted as offered (I11); the profile remembers that somebody tried.
    """
    offers.cancel_item(session, item, reason=reason, now=now, actor=actor)
    record_lost_caller(session, call, item, outcome=reason, actor=actor)
    leave_all(session, call, now)
    close_call(session, call, reason=reason, actor=actor)
