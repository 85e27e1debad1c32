"""What a router pass reads: the heads of the lanes and the agents who may be offered something.

Both statements are built once. Their cost depends on the number of lanes and of free agents, not on how many wait:
lanes are found by skipping through the partial index, and each gives only its first items.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.agent_state import remaining_capacity
from app.domain.matching import Demand, FreeAgent, Strategy, WaitingItem
from app.domain.timers import OFFER_EXCLUSION_S
from app.queues.barring import barred_of_items
from app.queues.work import SIMULATED_POOL

_HEADS = text("""
WITH RECURSIVE lanes(lane) AS (
    (SELECT lane FROM work_items WHERE state = 'queued' AND pool = :pool ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT w.lane FROM work_items w WHERE w.state = 'queued' AND w.pool = :pool AND w.lane > lanes.lane
            ORDER BY w.lane LIMIT 1)
    FROM lanes WHERE lanes.lane IS NOT NULL)
SELECT w.* FROM lanes CROSS JOIN LATERAL (
    SELECT id, kind, channel, weight, lane, queue_id, language, priority, rank_at, enqueued_at,
           preferred_agent_id, preferred_until
    FROM work_items w WHERE w.state = 'queued' AND w.pool = :pool AND w.lane = lanes.lane
    ORDER BY w.rank_at, w.id LIMIT :window) w
WHERE lanes.lane IS NOT NULL""")

#: Agents who are connected, available and out of cool-down, with what they may serve. Seats that the demo plays are
#: only seen by the pool of what it plays.
_AGENTS = text("""
SELECT a.id, a.idle_since, a.device_ready, a.max_voice, a.max_sms, a.max_ticket,
    CASE WHEN a.contacts_on = :today THEN a.contacts_today ELSE 0 END AS contacts_today,
    q.queue_ids, s.skill_ids, s.levels
FROM agents a
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT m.queue_id) AS queue_ids FROM queue_members m
    JOIN certificates c ON c.agent_id = m.agent_id AND c.queue_id = m.queue_id AND c.revoked_at IS NULL
        AND c.granted_on <= :today AND (c.expires_on IS NULL OR c.expires_on >= :today)
    WHERE m.agent_id = a.id AND m.queue_id = ANY(:queues)) q
LEFT JOIN LATERAL (
    SELECT array_agg(k.skill_id) AS skill_ids, array_agg(k.level) AS levels FROM agent_skills k
    WHERE k.agent_id = a.id) s ON true
WHERE a.session_state = 'connected' AND a.intent = 'available' AND a.pending_intent IS NULL
    AND a.simulated = :simulated AND (a.cool_down_until IS NULL OR a.cool_down_until <= :now)
    AND q.queue_ids IS NOT NULL
ORDER BY a.idle_since, a.id LIMIT :limit""")

#: What they carry. A question of its own: reservations change so fast that the planner's statistics lag behind, and
#: joined to the agents it read the whole table once for each of them.
_LOADS = text("""
SELECT agent_id, channel, sum(weight) AS weight FROM reservations
WHERE agent_id = ANY(:agents) AND state IN ('pending','accepted','active','wrapping') GROUP BY agent_id, channel""")

_RULES = text("""
SELECT q.id, q.strategy, q.ring_s, q.language_relax_s,
    (SELECT array_agg(ARRAY[k.skill_id, k.min_level, k.relax_after_s, k.relaxed_level]) FROM queue_skills k
     WHERE k.queue_id = q.id) AS skills
FROM queues q WHERE q.id = ANY(:queues)""")

_LANGUAGES = text("SELECT code, id FROM skills WHERE kind = 'language'")

_REFUSED = text("""
SELECT work_item_id, agent_id FROM reservations
WHERE work_item_id = ANY(:items) AND state IN ('rejected','timed_out','failed') AND ended_at > :since""")

#: Work and agents read per pass, at most; what is left over is the next pass's.
WINDOW = 200
AGENT_LIMIT = 1000


class Picture(NamedTuple):
    """Both sides of a pass, in the matcher's shapes."""

    lanes: dict[str | int, list[WaitingItem]]
    agents: list[FreeAgent]
    strategies: dict[int, Strategy]
    #: Queue id -> seconds an offer rings.
    ring_s: dict[int, int]
    #: Work item id -> (kind, queue id).
    kinds: dict[int, tuple[str, int]]
    waiting: int


def take_picture(session: Session, pool: str, now: datetime, *, window: int = WINDOW) -> Picture | None:
    """What waits and who is free in `pool`, or None when nothing waits or nobody could take any of it."""
    heads = session.execute(_HEADS, {"pool": pool, "window": window}).all()
    if not heads:
        return None
    queues = sorted({row.queue_id for row in heads})
    today = now.date()
    agents = _free_agents(session, queues, pool == SIMULATED_POOL, today, now)
    channels = {row.channel for row in heads}
    if not any(agent.capacity.get(channel, 0) > 0 for agent in agents for channel in channels):
        return None  # everybody is busy, which is when most passes run: the rest need not be read
    rules = {row.id: row for row in session.execute(_RULES, {"queues": queues})}
    languages = {row.code: row.id for row in session.execute(_LANGUAGES)}
    refused = _refusals(session, [row.id for row in heads], now)
    barred = barred_of_items(session, [row.id for row in heads])
    lanes: dict[str | int, list[WaitingItem]] = defaultdict(list)
    for row in heads:
        rule = rules[row.queue_id]
        demands = [Demand(*skill) for skill in rule.skills or ()]
        if row.language in languages:
            demands.append(Demand(languages[row.language], 1, rule.language_relax_s, None))
        lanes[row.lane].append(
            WaitingItem(
                id=row.id,
                lane_id=row.lane,
                queue_id=row.queue_id,
                channel=row.channel,
                weight=row.weight,
                rank_at=row.rank_at,
                enqueued_at=row.enqueued_at,
                priority=row.priority,
                preferred_agent_id=row.preferred_agent_id,
                preferred_until=row.preferred_until,
                excluded=frozenset(refused.get(row.id, ())),
                barred=barred.get(row.id, frozenset()),
                demands=tuple(demands),
            )
        )
    return Picture(
        lanes=lanes,
        agents=agents,
        strategies={row.id: Strategy(row.strategy) for row in rules.values()},
        ring_s={row.id: row.ring_s for row in rules.values()},
        kinds={row.id: (row.kind, row.queue_id) for row in heads},
        waiting=len(heads),
    )


def _free_agents(session: Session, queues: list[int], simulated: bool, today: date, now: datetime) -> list[FreeAgent]:
    wanted = {"queues": queues, "simulated": simulated, "today": today, "now": now, "limit": AGENT_LIMIT}
    rows = session.execute(_AGENTS, wanted).all()
    loads_of: dict[int, dict[str, int]] = defaultdict(dict)
    for load in session.execute(_LOADS, {"agents": [row.id for row in rows]}):
        loads_of[load.agent_id][load.channel] = int(load.weight)
    agents = []
    for row in rows:
        maxima = {"voice": row.max_voice if row.device_ready else 0, "sms": row.max_sms, "ticket": row.max_ticket}
        agents.append(
            FreeAgent(
                id=row.id,
                idle_since=row.idle_since,
                contacts_today=row.contacts_today,
                queue_ids=frozenset(row.queue_ids),
                skills=dict(zip(row.skill_ids or (), row.levels or (), strict=True)),
                capacity=remaining_capacity(loads_of[row.id], maxima),
            )
        )
    return agents


def _refusals(session: Session, items: list[int], now: datetime) -> dict[int, list[int]]:
    since = now - timedelta(seconds=OFFER_EXCLUSION_S)
    refused: dict[int, list[int]] = defaultdict(list)
    for row in session.execute(_REFUSED, {"items": items, "since": since}):
        refused[row.work_item_id].append(row.agent_id)
    return refused
