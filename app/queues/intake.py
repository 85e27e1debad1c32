"""Putting work in line: once per queue leg, at a place it keeps."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.matching import rank_at
from app.domain.timers import KEY_ACCOUNT_BONUS_S, RECOVERED_BONUS_S
from app.errors import Conflict
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues.models import Queue
from app.queues.wake import wake_router
from app.queues.work import SIMULATED_POOL, WorkItem

#: Channel that carries each kind of work; callbacks and consults share the one voice an agent has.
CHANNEL_OF_KIND = {
    "call": "voice",
    "consult": "voice",
    "callback": "voice",
    "quality": "voice",
    "sms": "sms",
    "ticket": "ticket",
}


def lane_of(
    queue_id: int, language: str, *, channel: str = "voice", preferred: int | None = None, strict: int | None = None
) -> str:
    """The lane of an item: those of one lane ask the same of an agent, so one index range holds them in order.

    Written work has lanes of its own: a pass reads only the head of a lane, and ten thousand tickets there would
    hide the caller behind them.
    """
    lane = f"{queue_id}:{language}" if channel == "voice" else f"{queue_id}:{language}:{channel}"
    if strict is not None:
        return f"{lane}:only{strict}"
    return f"{lane}:pref{preferred}" if preferred is not None else lane


def enqueue_work(
    session: Session,
    *,
    kind: str,
    queue: Queue,
    contact_id: str,
    now: datetime,
    actor: Actor,
    leg: int = 1,
    customer_id: int | None = None,
    language: str = "",
    topic_id: int | None = None,
    priority: int = 0,
    key_account: bool = False,
    recovered: bool = False,
    preferred_agent_id: int | None = None,
    enqueued_at: datetime | None = None,
    reason: str = "",
    even_closed: bool = False,
    simulated: bool = False,
) -> WorkItem:
    """The new work item, queued at `now` (or at an earlier place it keeps), and the router woken.

    Priority points, a key account and a recovered call are head starts in seconds (see `rank_at`); a recovered
    call goes before everybody who was not cut off as well. Written work may come back to a queue that is closed
    (`even_closed`): it waits there until somebody opens the queue or moves it. `simulated` contacts wait in the same
    line and are matched apart, in a pool of their own.

    Raises:
        Conflict: the queue is closed.
    """
    if not queue.active and not even_closed:
        raise Conflict(code="queue_closed")
    place = enqueued_at or now
    bonus_s = (KEY_ACCOUNT_BONUS_S if key_account else 0) + (RECOVERED_BONUS_S if recovered else 0)
    points = queue.priority + priority
    item = WorkItem(
        kind=kind,
        channel=CHANNEL_OF_KIND[kind],
        contact_id=contact_id,
        leg=leg,
        queue_id=queue.id,
        pool=SIMULATED_POOL if simulated else queue.pool,
        lane=lane_of(queue.id, language, channel=CHANNEL_OF_KIND[kind], preferred=preferred_agent_id),
        state="queued",
        customer_id=customer_id,
        language=language,
        topic_id=topic_id,
        priority=points,
        enqueued_at=place,
        rank_at=rank_at(place, points, queue.priority_step_s, bonus_s),
        preferred_agent_id=preferred_agent_id,
        preferred_until=now + timedelta(seconds=queue.preferred_agent_s) if preferred_agent_id else None,
    )
    session.add(item)
    session.flush()
    record_event(
        session,
        "work_item.queued",
        "work_item",
        item.id,
        actor=actor,
        reason=reason,
        after={"state": "queued", "kind": kind, "queue": queue.id, "leg": leg, "enqueued_at": place.isoformat()},
        contact_id=contact_id,
        at=now,
    )
    touch(session, "queue", queue.id)
    wake_router(session, item.pool)
    return item
