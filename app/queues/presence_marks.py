"""Marks on agents that follow from work: misses, cool-downs, pending intents, and the log of shown states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.agents.models import Agent
from app.eventlog import Actor, record_event
from app.live import touch
from app.queues.work import Reservation

LIVE = ("pending", "accepted", "active", "wrapping")

#: The state shown for each agent, from the three axes (load counts before intent, connection before both). Where it has
#: changed, the open interval is closed and the next one begins at that moment. The next one is made from the row of the
#: closed one, so that two are never open.
_TURN = text("""
WITH shown AS (
    SELECT a.id, CASE
        WHEN r.state = 'pending' AND a.session_state <> 'offline' THEN 'ringing'
        WHEN r.state = 'accepted' THEN 'connecting'
        WHEN r.state = 'active' THEN 'talking'
        WHEN a.session_state = 'offline' THEN 'offline'
        WHEN r.state = 'wrapping' THEN 'wrap_up'
        ELSE a.intent END AS state,
        CASE WHEN r.state IS NULL AND a.intent = 'break' THEN b.code END AS code
    FROM agents a
    LEFT JOIN LATERAL (SELECT state FROM reservations r WHERE r.agent_id = a.id AND r.channel = 'voice'
        AND r.state IN ('pending','accepted','active','wrapping') LIMIT 1) r ON true
    LEFT JOIN break_codes b ON b.id = a.break_code_id
    WHERE a.id = ANY(:ids)),
changed AS (
    SELECT s.id, s.state, s.code, i.id AS open_id, greatest(:now, i.started_at) AS at FROM shown s
    LEFT JOIN agent_intervals i ON i.agent_id = s.id AND i.ended_at IS NULL
    WHERE i.id IS NULL OR i.state <> s.state OR i.code IS DISTINCT FROM s.code),
closed AS (
    UPDATE agent_intervals i SET ended_at = c.at FROM changed c WHERE i.id = c.open_id RETURNING i.id)
INSERT INTO agent_intervals (agent_id, state, code, started_at)
SELECT c.id, c.state, c.code, c.at FROM changed c LEFT JOIN closed o ON o.id = c.open_id
WHERE c.open_id IS NULL OR o.id IS NOT NULL""")

#: Weaker than FOR UPDATE on purpose: rows that merely refer to an agent need not wait.
_LOCK = text("SELECT id FROM agents WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")


def lock_agents(session: Session, agent_ids: Sequence[int]) -> None:
    """Hold these agents until the transaction ends, in the one order in which several are taken."""
    session.execute(_LOCK, {"ids": sorted(set(agent_ids))})


def refresh_display(session: Session, agent_ids: Sequence[int], now: datetime) -> None:
    """Close and open the intervals of agents whose shown state changed: gapless, never overlapping (I10).

    The caller has made its changes in this session; they are flushed first. The agents are locked: two writers would
    both close the same interval and both open the next. A clock that stands behind an earlier writer's never
    makes an interval end before it began.
    """
    session.flush()
    lock_agents(session, agent_ids)
    session.execute(_TURN, {"ids": sorted(set(agent_ids)), "now": now})


def cool_down(session: Session, agent_id: int, until: datetime) -> None:
    """No offer to this agent before `until`."""
    session.execute(update(Agent).where(Agent.id == agent_id).values(cool_down_until=until))


def set_missed(session: Session, agent: Agent, *, reason: str, now: datetime, actor: Actor) -> None:
    """The intent turns to "missed": somebody who does not answer, or does not save, is not at the desk."""
    agent.intent, agent.intent_since, agent.break_code_id = "missed", now, None
    session.flush()
    record_event(
        session,
        "agent.missed",
        "agent",
        agent.id,
        actor=actor,
        reason=reason,
        before={"intent": "available"},
        after={"intent": "missed", "misses": agent.misses},
        at=now,
    )
    refresh_display(session, [agent.id], now)
    touch(session, "agent", agent.id)
    touch(session, "team", "all")


def charge_miss(session: Session, agent_id: int, *, limit: int, now: datetime, actor: Actor) -> None:
    """Count one ring that nobody answered; at `limit` in a row the intent turns to "missed" (RONA)."""
    agent = session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    agent.misses += 1
    if agent.misses < limit or agent.intent != "available":
        return
    set_missed(session, agent, reason="no_answer", now=now, actor=actor)


def live_load(session: Session, agent_id: int) -> int:
    """Number of live reservations that keep an agent at the desk (I5: counted, never kept).

    Tickets do not: they last for days, and a break or the end of a shift must not wait for them.
    """
    return (
        session.scalar(
            select(func.count()).where(
                Reservation.agent_id == agent_id, Reservation.channel != "ticket", Reservation.state.in_(LIVE)
            )
        )
        or 0
    )


def apply_pending_intent(session: Session, agent_id: int, *, now: datetime, actor: Actor) -> None:
    """Let "after this call: break" take effect once no work is left."""
    session.flush()
    agent = session.get_one(Agent, agent_id, with_for_update=True, populate_existing=True)
    if agent.pending_intent is None or live_load(session, agent_id) > 0:
        return
    before = agent.intent
    agent.intent, agent.break_code_id = agent.pending_intent, agent.pending_break_code_id
    agent.intent_since, agent.pending_intent, agent.pending_break_code_id = now, None, None
    session.flush()
    record_event(
        session,
        "agent.intent_changed",
        "agent",
        agent_id,
        actor=actor,
        reason="pending_intent",
        before={"intent": before},
        after={"intent": agent.intent, "pending": None},
        at=now,
    )
    touch(session, "agent", agent_id)
    touch(session, "team", "all")
