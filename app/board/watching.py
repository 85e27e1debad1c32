"""Looking at the thresholds every other second: what breaks one is written down, what has been calm is closed.

The tone of everything on the board comes from these rows, so all walls show the same colour and a reload changes
nothing. Runs in the worker; the lock on one row lets one of many workers look at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import clock
from app.board.figures import House, QueueNow, look
from app.board.images import KEY
from app.board.models import Breach
from app.db import transaction
from app.domain.service_metrics import abandon_rate, service_level
from app.domain.thresholds import Held, Tone, abandon_tone, above, below, level_tone, settle
from app.errors import NotFound
from app.eventlog import Actor, record_event
from app.live import touch

#: Seconds between two looks.
LOOK_EVERY_S = 2

#: (scope, id of queue or agent, measure)
Measured = tuple[str, int, str]

_FIRST = text("INSERT INTO board_watch (id, looked_at) VALUES (1, 'epoch') ON CONFLICT DO NOTHING")
_MINE = text("SELECT looked_at FROM board_watch WHERE id = 1 FOR UPDATE SKIP LOCKED")
_LOOKED = text("UPDATE board_watch SET looked_at = :now WHERE id = 1")


def watch_board() -> int:
    """One look; how many breaches began, rose, eased or ended. Nothing when another worker has just looked."""
    now = clock.now()
    with transaction() as session:
        session.execute(_FIRST)
        looked_at = session.scalar(_MINE)
        if looked_at is None or looked_at > now - timedelta(seconds=LOOK_EVERY_S * 0.75):
            return 0
        session.execute(_LOOKED, {"now": now})
        changed = _settle_all(session, dict(measures(look(session, now), now)), now)
        if changed:
            touch(session, "board", KEY)
        return changed


def _settle_all(session: Session, seen: dict[Measured, Tone], now: datetime) -> int:
    known = {
        (row.scope, row.subject_id, row.measure): row
        for row in session.scalars(select(Breach).where(Breach.ended_at.is_(None)).with_for_update())
    }
    changed = 0
    for measured in {**known, **{key: None for key, tone in seen.items() if tone > Tone.OK}}:
        row = known.get(measured)
        held = _held(row) if row else None
        after = settle(held, seen.get(measured, Tone.OK), now)
        if after == held:
            continue
        changed += _write(session, measured, row, after, now)
    return changed


def _held(row: Breach) -> Held:
    calm = None if row.calm_tone is None else Tone(row.calm_tone)
    return Held(Tone(row.tone), row.risen_at, calm, row.calm_since)


def _write(session: Session, measured: Measured, row: Breach | None, after: Held | None, now: datetime) -> bool:
    """Whether something that people see has changed."""
    if after is None:
        if row is not None:
            row.ended_at = now
        return row is not None
    if row is None:
        scope, subject, measure = measured
        session.add(
            Breach(scope=scope, subject_id=subject, measure=measure, tone=int(after.tone), risen_at=after.risen_at)
        )
        return True
    shown = row.tone != after.tone
    if row.risen_at != after.risen_at:  # worse than what somebody has seen
        row.acknowledged_at = row.acknowledged_by = None
    row.tone, row.risen_at = int(after.tone), after.risen_at
    row.calm_tone = None if after.calm_tone is None else int(after.calm_tone)
    row.calm_since = after.calm_since
    return shown


def measures(house: House, now: datetime) -> Iterator[tuple[Measured, Tone]]:
    """Every measure with its tone as of this moment, without hysteresis."""
    limits, cohort = house.limits, house.cohort
    judged = cohort.answered + cohort.abandoned
    yield ("house", 0, "level"), level_tone(service_level(cohort), judged, house.goal_percent, limits.level_margin)
    yield ("house", 0, "abandoned"), abandon_tone(abandon_rate(cohort), cohort.offered, limits)
    yield ("house", 0, "waiting"), above(house.waiting, limits.waiting_warn, limits.waiting_bad)
    if house.agents or house.waiting:  # at night, with nobody there and nobody waiting, nothing is wrong
        yield ("house", 0, "free"), below(house.free, limits.free_warn, limits.free_bad)
    for queue in house.queues:
        yield from _measures_of_queue(queue, now)
    by_queue = {queue.id: queue.limits for queue in house.queues}
    for agent in house.agents:
        own = by_queue.get(agent.queue_id or 0, limits)
        for_s = (now - agent.since).total_seconds()
        if agent.state in ("talking", "held", "consulting"):
            yield ("agent", agent.id, "call"), above(for_s, own.call_warn_s, own.call_bad_s)
        elif agent.state == "wrap_up":
            yield ("agent", agent.id, "wrap"), above(for_s, own.wrap_warn_s, own.wrap_bad_s)


def _measures_of_queue(queue: QueueNow, now: datetime) -> Iterator[tuple[Measured, Tone]]:
    limits, cohort = queue.limits, queue.cohort
    wait_s = (now - queue.oldest).total_seconds() if queue.oldest else None
    judged = cohort.answered + cohort.abandoned
    yield ("queue", queue.id, "wait"), above(wait_s, limits.wait_warn_s, limits.wait_bad_s)
    yield ("queue", queue.id, "waiting"), above(queue.waiting, limits.waiting_warn, limits.waiting_bad)
    yield (
        ("queue", queue.id, "level"),
        level_tone(service_level(cohort), judged, queue.goal_percent, limits.level_margin),
    )
    yield ("queue", queue.id, "abandoned"), abandon_tone(abandon_rate(cohort), cohort.offered, limits)
    yield ("queue", queue.id, "answers"), Tone.BAD if queue.late else Tone.WARN if queue.at_risk else Tone.OK
    served = queue.free + queue.ringing + queue.talking + queue.wrap + queue.elsewhere
    yield ("queue", queue.id, "nobody"), Tone.BAD if queue.waiting and not served else Tone.OK


def acknowledge(breach_id: int, *, actor: Actor) -> None:
    """Somebody has seen it and takes care: it stays on the list, marked. Twice changes nothing.

    Raises:
        NotFound: it is over.
    """
    now = clock.now()
    with transaction() as session:
        row = session.get(Breach, breach_id, with_for_update=True)
        if row is None or row.ended_at is not None:
            raise NotFound(code="breach_over")
        if row.acknowledged_at is not None:
            return
        row.acknowledged_at, row.acknowledged_by = now, actor.user_id
        record_event(
            session,
            "board.breach_seen",
            "board_breach",
            row.id,
            actor=actor,
            before={"seen": False},
            after={"seen": True, "scope": row.scope, "subject": row.subject_id, "measure": row.measure},
        )
        touch(session, "board", KEY)
