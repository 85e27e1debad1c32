"""The router: one pass matches a pool and writes all its pairs in one commit.

Passes of one pool are kept apart by an advisory lock, for speed only. What makes them safe is in the database: rows
are locked and looked at again before the write, and partial unique indexes refuse a second live reservation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.db import transaction
from app.domain.matching import Decision, MatchResult, match
from app.live import touch
from app.queues.models import RoutingPass
from app.queues.pick import WINDOW, Picture, take_picture
from app.queues.presence_marks import refresh_display
from app.queues.work import SIMULATED_POOL

_ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(7301, hashtext(:pool))")

_LOCK_ITEMS = text("""
SELECT id FROM work_items WHERE id = ANY(:ids) AND state = 'queued' ORDER BY id FOR UPDATE SKIP LOCKED""")

_LOCK_AGENTS = text("""
SELECT id FROM agents WHERE id = ANY(:ids) AND session_state = 'connected' AND intent = 'available'
    AND simulated = :simulated ORDER BY id FOR UPDATE SKIP LOCKED""")

#: All pairs of a pass: looked at once more under the locks (state, membership, certificate, bar, capacity), then made
#: with their trace and their event. The order of `pairs` decides who gets the last place of an agent. Reservations are
#: numbered before they are written, so that no part has to join what another returned: the planner cannot know how
#: many pairs come, and joined thousands by nested loops.
_ASSIGN = text("""
WITH pairs AS (
    SELECT * FROM json_to_recordset(CAST(:pairs AS json))
        AS p(place int, item_id bigint, agent_id bigint, reason text, trace jsonb, deadline timestamptz)),
loads AS (
    SELECT r.agent_id, r.channel, sum(r.weight) AS weight FROM reservations r
    WHERE r.agent_id = ANY(:agents) AND r.state IN ('pending','accepted','active','wrapping')
    GROUP BY r.agent_id, r.channel),
allowed AS (
    SELECT p.*, w.channel, w.weight, w.contact_id, w.queue_id, w.kind, a.epoch,
        sum(w.weight) OVER (PARTITION BY p.agent_id, w.channel ORDER BY p.place)
            + coalesce(l.weight, 0) AS load_after,
        CASE w.channel WHEN 'voice' THEN CASE WHEN a.device_ready THEN a.max_voice ELSE 0 END
            WHEN 'sms' THEN a.max_sms ELSE a.max_ticket END AS maximum
    FROM pairs p
    JOIN work_items w ON w.id = p.item_id AND w.state = 'queued'
    JOIN agents a ON a.id = p.agent_id AND a.session_state = 'connected' AND a.intent = 'available'
    LEFT JOIN loads l ON l.agent_id = p.agent_id AND l.channel = w.channel
    WHERE EXISTS (SELECT 1 FROM queue_members m JOIN certificates c
        ON c.agent_id = m.agent_id AND c.queue_id = m.queue_id AND c.revoked_at IS NULL
        AND c.granted_on <= :today AND (c.expires_on IS NULL OR c.expires_on >= :today)
        WHERE m.agent_id = p.agent_id AND m.queue_id = w.queue_id)
      AND NOT EXISTS (SELECT 1 FROM barred_agents b
        WHERE b.contact_id = w.contact_id AND b.agent_id = p.agent_id)),
chosen AS MATERIALIZED (
    SELECT nextval('reservations_id_seq') AS id, a.* FROM allowed a WHERE load_after <= maximum),
offered AS (
    INSERT INTO reservations (id, work_item_id, agent_id, channel, weight, state, epoch, offered_at, deadline)
    SELECT id, item_id, agent_id, channel, weight, 'pending', epoch, :now, deadline FROM chosen),
moved AS (
    UPDATE work_items w SET state = 'reserved', version = w.version + 1 FROM chosen c WHERE w.id = c.item_id),
traced AS (
    INSERT INTO routing_decisions (reservation_id, pass_id, reason, trace)
    SELECT id, :pass_id, reason, trace FROM chosen),
busy AS (
    UPDATE agents g SET idle_since = :now
    FROM (SELECT DISTINCT agent_id FROM chosen WHERE channel <> 'voice') c WHERE g.id = c.agent_id),
logged AS (
    INSERT INTO events (at, name, subject, subject_id, actor, reason, before, after, contact_id)
    SELECT :now, 'reservation.offered', 'reservation', id, :actor, reason, '{"item": "queued"}'::jsonb,
        jsonb_build_object('state', 'pending', 'agent', agent_id, 'work_item', item_id), contact_id FROM chosen)
SELECT id, item_id, agent_id, kind, queue_id FROM chosen""")


@dataclass(frozen=True, slots=True)
class Offered:
    """One pair as written."""

    reservation_id: int
    work_item_id: int
    agent_id: int
    kind: str
    queue_id: int


@dataclass(frozen=True, slots=True)
class WorkKind:
    """What a feature adds to a pass for its kind of work (wired in app.effects.WORK_KINDS)."""

    #: Locks the feature's own rows of these items, skipping locked ones; returns the item ids that it got.
    lock: Callable[[Session, Sequence[int]], set[int]]
    #: Follows the offer in the same transaction.
    offered: Callable[[Session, Sequence[Offered], datetime], None]


def run_pass(pool: str, kinds: Mapping[str, WorkKind] | None = None, *, window: int = WINDOW) -> int:
    """Match `pool` once and commit every pair together; the number of offers made.

    A pair that lost a race (IntegrityError from a guard index) undoes the pass, which is tried once more on a fresh
    picture; the sweep is the backstop after that.
    """
    for last_try in (False, True):
        try:
            with transaction() as session:
                return _pass(session, pool, kinds or {}, window)
        except IntegrityError:
            if last_try:
                raise
    return 0


def _pass(session: Session, pool: str, kinds: Mapping[str, WorkKind], window: int) -> int:
    if not session.scalar(_ONE_AT_A_TIME, {"pool": pool}):
        return 0
    now = clock.now()
    picture = take_picture(session, pool, now, window=window)
    if picture is None:
        return 0
    result = match(picture.lanes, picture.agents, now, strategies=picture.strategies)
    locked = _locked(session, pool, result, picture, kinds)
    decisions = [d for d in result.trace.decisions if d.item_id in locked]
    if not decisions:
        return 0
    offers = _write(session, pool, decisions, picture, result, now)
    for kind, work in kinds.items():
        mine = [offer for offer in offers if offer.kind == kind]
        if mine:
            work.offered(session, mine, now)
    refresh_display(session, [offer.agent_id for offer in offers], now)
    for offer in offers:
        touch(session, "agent", offer.agent_id)
        touch(session, "queue", offer.queue_id)
    if offers:
        touch(session, "team", "all")
    return len(offers)


def _locked(
    session: Session, pool: str, result: MatchResult, picture: Picture, kinds: Mapping[str, WorkKind]
) -> frozenset[int]:
    """Ids of the matched items whose rows and agents could be locked, in the house's lock order."""
    matched = [pair.item_id for pair in result.pairs]
    if not matched:
        return frozenset()
    free = set(matched)
    for kind, work in kinds.items():
        mine = [item for item in matched if picture.kinds[item][0] == kind]
        if mine:
            free -= set(mine) - work.lock(session, mine)
    items = set(session.scalars(_LOCK_ITEMS, {"ids": sorted(free)}))
    wanted = {"ids": sorted({pair.agent_id for pair in result.pairs}), "simulated": pool == SIMULATED_POOL}
    agents = set(session.scalars(_LOCK_AGENTS, wanted))
    return frozenset(p.item_id for p in result.pairs if p.item_id in items and p.agent_id in agents)


def _write(
    session: Session, pool: str, decisions: list[Decision], picture: Picture, result: MatchResult, now: datetime
) -> list[Offered]:
    record = RoutingPass(
        pool=pool,
        waiting=picture.waiting,
        agents=len(picture.agents),
        pairs=len(decisions),
        unplaced=_unplaced(result),
    )
    session.add(record)
    session.flush()
    rows = session.execute(
        _ASSIGN,
        {
            "pairs": json.dumps([_as_row(place, d, picture, now) for place, d in enumerate(decisions)]),
            "agents": sorted({d.agent_id for d in decisions}),
            "today": now.date(),
            "now": now,
            "pass_id": record.id,
            "actor": "router",
        },
    )
    return [Offered(*row) for row in rows]


def _as_row(place: int, decision: Decision, picture: Picture, now: datetime) -> dict[str, Any]:
    queue_id = picture.kinds[decision.item_id][1]
    return {
        "place": place,
        "item_id": decision.item_id,
        "agent_id": decision.agent_id,
        "reason": decision.reason,
        "trace": decision.as_json(),
        "deadline": (now + timedelta(seconds=picture.ring_s[queue_id])).isoformat(),
    }


def _unplaced(result: MatchResult) -> dict[str, Any]:
    return {
        f"{wait.lane_id}|{wait.reason}": {"count": wait.count, "excluded": dict(wait.exclusions)}
        for wait in result.trace.waiting
    }
