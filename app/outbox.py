"""Effects outside the database, written in the transaction of the change and run after it.

A row is claimed, run and settled in three steps, each in the open for others to see. One found "running"
long after its claim belonged to a process that died: its effect may have happened, so it is *unknown*, goes
to the topic's `reconcile` function and is never blindly run again. Rows of one key run one at a time and in
the order of writing; the index uq_outbox_running_key keeps that whatever two workers read at the same
moment.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import structlog
from sqlalchemy import CheckConstraint, Index, String, delete, func, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.clock import now
from app.db import Base, Numbered, transaction

log = structlog.get_logger(__name__)

CHANNEL = "hearback_outbox"
#: Seconds after which a claim counts as abandoned. Longer than any provider's time limit (providers/base.py).
CLAIM_S = 30
#: Seconds until the first retry; doubled by each further one up to the cap.
FIRST_RETRY_S = 2
LONGEST_RETRY_S = 3600
MOST_ATTEMPTS = 10
#: Days that settled rows stay, for people who look into what happened.
KEEP_DAYS = 14

_LIVE = text("state IN ('waiting','running','unknown')")


class OutboxRow(Numbered, Base):
    """One effect to run: topic, key (order is kept per key) and plain values."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','running','done','dead','unknown')", name="state_known"),
        Index("ix_outbox_due", "due_at", "id", postgresql_where=_LIVE),
        Index("ix_outbox_key", "key", "id", postgresql_where=_LIVE),
        Index("uq_outbox_running_key", "key", unique=True, postgresql_where=text("state = 'running'")),
    )

    topic: Mapped[str] = mapped_column(String(40))
    #: Rows of one key run one after the other, in the order they were written.
    key: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    settled_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Retry(Exception):
    """Raised by an effect that surely did not happen and may be tried later; its text is a stable code."""


class Found(Enum):
    """What reconciling found out about an effect that nobody knows the end of."""

    #: It is settled, one way or the other; never run it again.
    SETTLED = "settled"
    #: It surely did not happen.
    NOT_DONE = "not_done"
    #: Still unknown: ask again later.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a topic does. All three get the row's payload."""

    #: Does it, outside any transaction. Returns when it is settled; raises Retry when it surely did not
    #: happen. Any other exception leaves it unknown.
    run: Callable[[dict[str, Any]], None]
    #: Finds out what became of an earlier run, outside any transaction.
    reconcile: Callable[[dict[str, Any]], Found]
    #: Participant of the transaction that gives it up: (session, payload, error code).
    give_up: Callable[[Session, dict[str, Any], str], None]


@dataclass(frozen=True, slots=True)
class Claim:
    """One row in the hands of one worker."""

    id: int
    topic: str
    key: str
    payload: dict[str, Any]
    attempts: int
    #: True when an earlier run may have happened.
    unknown: bool
    worker: str


def enqueue(session: Session, topic: str, *, key: str, payload: dict[str, Any], due_at: datetime | None = None) -> None:
    """Write one effect beside the change that causes it, and wake the workers at commit; it runs from `due_at` on."""
    session.add(OutboxRow(topic=topic, key=key, payload=payload, due_at=due_at or now()))
    session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


def drop_waiting(session: Session, topic: str, *, key: str, reason: str) -> None:
    """Settle every row of the key that nobody has begun: what it would do is no longer wanted."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.topic == topic, OutboxRow.key == key, OutboxRow.state == "waiting")
        .values(state="done", settled_at=now(), error=reason)
    )


def drop_unknown(session: Session, topic: str, *, key: str, payload: dict[str, Any], reason: str) -> None:
    """Settle the row of this very payload that nobody knows the end of: a person said what became of it."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.topic == topic, OutboxRow.key == key, OutboxRow.state == "unknown")
        .where(OutboxRow.payload == payload)
        .values(state="done", settled_at=now(), error=reason)
    )


_EXPIRE = text(
    """UPDATE outbox SET state = 'unknown', due_at = :now, claimed_by = NULL, error = 'claim_expired'
    WHERE id IN (SELECT id FROM outbox WHERE state = 'running' AND claimed_at < :expired
                 FOR UPDATE SKIP LOCKED)"""
)
_CLAIM = text(
    """WITH next AS (
        SELECT o.id, o.state FROM outbox o
        WHERE o.state IN ('waiting','unknown') AND o.due_at <= :now
          AND NOT EXISTS (SELECT 1 FROM outbox e
                          WHERE e.key = o.key AND e.state IN ('waiting','running','unknown')
                            AND (e.id < o.id OR e.state = 'running'))
        ORDER BY o.due_at, o.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE outbox SET state = 'running', claimed_at = :now, claimed_by = :worker,
                      attempts = outbox.attempts + 1
    FROM next WHERE outbox.id = next.id
    RETURNING outbox.id, outbox.topic, outbox.key, outbox.payload, outbox.attempts, next.state"""
)


def claim_next(worker: str) -> Claim | None:
    """The next due row, now in the hands of `worker`; None when there is nothing to do."""
    moment = now()
    values = {"now": moment, "expired": moment - timedelta(seconds=CLAIM_S), "worker": worker}
    row = None
    for _try in range(3):
        try:
            with transaction() as session:
                session.execute(_EXPIRE, values)
                row = session.execute(_CLAIM, values).one_or_none()
            break
        except IntegrityError:
            # Another worker took a row of the same key in the same moment; the next look sees that it did.
            continue
    if row is None:
        return None
    return Claim(row.id, row.topic, row.key, row.payload, row.attempts, row.state == "unknown", worker)


def run_next(effects: Mapping[str, Effect], worker: str) -> bool:
    """True when a row was taken and run; its outcome is settled by then."""
    claim = claim_next(worker)
    if claim is None:
        return False
    effect = effects.get(claim.topic)
    if effect is None:
        _postpone(claim, None, "waiting", "no_such_topic")
        return True
    try:
        if claim.unknown:
            found = effect.reconcile(claim.payload)
            if found is Found.UNKNOWN:
                _postpone(claim, effect, "unknown", "still_unknown")
            else:
                _settle(claim, "done" if found is Found.SETTLED else "waiting")
        else:
            effect.run(claim.payload)
            _settle(claim, "done")
    except Retry as error:
        _postpone(claim, effect, "waiting", str(error))
    except Exception as error:
        # It may have happened: reconcile first, whatever went wrong. Its text is not kept: it may hold
        # numbers.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.filename}:{frame.lineno}"
        log.error("outbox.effect_failed", topic=claim.topic, row=claim.id, kind=type(error).__name__, at=place)
        _postpone(claim, effect, "unknown", type(error).__name__)
    return True


def retry_delay_s(attempts: int) -> int:
    """Seconds to wait after `attempts` failed ones: 2, 4, 8 … 3600."""
    return int(min(FIRST_RETRY_S * 2 ** min(attempts - 1, 20), LONGEST_RETRY_S))


def _settle(claim: Claim, state: str) -> None:
    done = state == "done"
    with transaction() as session:
        _move(session, claim, state=state, settled_at=now() if done else None, due_at=now(), error="")


def _postpone(claim: Claim, effect: Effect | None, state: str, error: str) -> None:
    """Leave the row for later, or bury it when it had its tries; a buried row no longer holds up its key."""
    dead = claim.attempts >= MOST_ATTEMPTS
    with transaction() as session:
        if not dead:
            due_at = now() + timedelta(seconds=retry_delay_s(claim.attempts))
            _move(session, claim, state=state, due_at=due_at, error=error[:500])
            return
        moved = _move(session, claim, state="dead", settled_at=now(), error=error[:500])
        if moved and effect is not None:
            effect.give_up(session, claim.payload, error)
    log.error("outbox.dead", topic=claim.topic, row=claim.id, error=error)


def _move(session: Session, claim: Claim, **values: Any) -> bool:
    """False when the claim was lost: somebody else decides about the row by now."""
    mine = (
        OutboxRow.id == claim.id,
        OutboxRow.state == "running",
        OutboxRow.claimed_by == claim.worker,
        OutboxRow.attempts == claim.attempts,
    )
    moved = session.execute(update(OutboxRow).where(*mine).values(**values).returning(OutboxRow.id)).first()
    if moved is None:
        log.warning("outbox.claim_lost", topic=claim.topic, row=claim.id)
    return moved is not None


def drop_settled(session: Session, moment: datetime) -> None:
    """Remove rows that were settled long before `moment`; the event log keeps the story."""
    old = moment - timedelta(days=KEEP_DAYS)
    session.execute(delete(OutboxRow).where(OutboxRow.state == "done", OutboxRow.settled_at < old))
