"""What time does to callbacks: rings that nobody answers, pauses that are over, promises too old to be kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.calls.callbacks import callback_of, can_ring, end_untalked, move_callback, page_back
from app.calls.locks import lock_call
from app.calls.models import Call, Callback
from app.db import transaction
from app.domain.callback import CallbackEvent
from app.eventlog import SWEEP


def due_callbacks(session: Session, now: datetime) -> tuple[list[int], list[int], list[int]]:
    """Ids of callbacks that rang out, whose pause is over, and whose promise expired."""
    rung_out = select(Callback.id).where(Callback.state == "ringing", Callback.ring_until <= now)
    again = select(Callback.id).where(Callback.state == "waiting", Callback.again_at <= now)
    expired = select(Callback.id).where(Callback.state == "waiting", Callback.expires_at <= now)
    return (
        list(session.scalars(rung_out.order_by(Callback.id).limit(200))),
        list(session.scalars(again.order_by(Callback.id).limit(200))),
        list(session.scalars(expired.order_by(Callback.id).limit(200))),
    )


def let_ring_out(callback_id: int) -> bool:
    """The customer did not answer in time: the agent chooses. False when they did, or somebody else was first."""
    now = clock.now()
    with transaction() as session:
        call, callback = _lock(session, callback_id)
        if callback.state != "ringing" or not _over(callback.ring_until, now):
            return False
        move_callback(session, call, callback, CallbackEvent.RING_OUT, now=now, actor=SWEEP)
        return True


def try_again_now(callback_id: int) -> bool:
    """The pause after an attempt is over: back to its place in line. False when it is not, or somebody was first."""
    now = clock.now()
    with transaction() as session:
        call, callback = _lock(session, callback_id)
        if callback.state != "waiting" or not _over(callback.again_at, now):
            return False
        callback.again_at = None
        if can_ring(session, call):
            page_back(session, call, now=now, actor=SWEEP, said_so=True)
        return True


def let_expire(callback_id: int) -> bool:
    """The promise is too old to be kept. False while it is not, or while somebody rings for it."""
    now = clock.now()
    with transaction() as session:
        call, callback = _lock(session, callback_id)
        if callback.state != "waiting" or not _over(callback.expires_at, now) or call.state != "queued":
            return False
        end_untalked(session, call, CallbackEvent.EXPIRE, now=now, actor=SWEEP)
        return True


def _lock(session: Session, callback_id: int) -> tuple[Call, Callback]:
    """The callback and its call as they are now; the call's lock holds both."""
    call_id = session.scalars(select(Callback.call_id).where(Callback.id == callback_id)).one()
    call = lock_call(session, call_id)
    return call, callback_of(session, call)


def _over(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
