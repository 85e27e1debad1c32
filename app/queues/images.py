"""Live images of queues and of the team."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import clock
from app.domain.phone_numbers import mask
from app.live import next_version
from app.queues.work import SIMULATED_POOL

LONGEST_LIST = 50

#: People on the line come before written work, which may be thousands: each half is a short range of the index.
_WAITING = text("""
SELECT w.id, w.kind, w.state, w.enqueued_at, w.rank_at, w.priority, w.language, w.contact_id, w.pool, t.names AS topic,
    c.name, c.tier, coalesce(p.claimed_name, k.claimed_name) AS claimed_name, coalesce(p.number, k.number) AS number,
    k.reference
FROM (
    (SELECT * FROM work_items WHERE queue_id = :queue AND state IN ('queued','reserved') AND channel = 'voice'
        AND kind <> 'consult' ORDER BY rank_at, id LIMIT :limit)
    UNION ALL
    (SELECT * FROM work_items WHERE queue_id = :queue AND state IN ('queued','reserved') AND channel = 'sms'
        ORDER BY rank_at, id LIMIT :limit)
    UNION ALL
    (SELECT * FROM work_items WHERE queue_id = :queue AND state IN ('queued','reserved') AND channel = 'ticket'
        ORDER BY rank_at, id LIMIT :limit)) w
LEFT JOIN topics t ON t.id = w.topic_id
LEFT JOIN customers c ON c.id = w.customer_id
LEFT JOIN calls p ON p.contact_id = w.contact_id AND w.channel = 'voice'
LEFT JOIN tickets k ON k.contact_id = w.contact_id AND w.channel = 'ticket'
ORDER BY w.channel <> 'voice', w.rank_at, w.id LIMIT :limit""")

#: The longest wait is that of a person on the line; a ticket that is two days old must not stand in its place.
_COUNT = text("""
SELECT count(*) AS n, count(*) FILTER (WHERE channel <> 'voice') AS written,
    min(enqueued_at) FILTER (WHERE channel = 'voice') AS oldest FROM work_items
WHERE queue_id = :queue AND state IN ('queued','reserved') AND kind <> 'consult'""")

_TEAM = text("""
SELECT a.id, u.display_name AS name, coalesce(i.state, 'offline') AS display,
    coalesce(i.started_at, a.intent_since) AS since, i.code, a.device_ready,
    a.simulated AND a.session_state <> 'offline' AS simulated,
    (SELECT coalesce(array_agg(DISTINCT m.queue_id), '{}') FROM queue_members m JOIN certificates c
        ON c.agent_id = m.agent_id AND c.queue_id = m.queue_id AND c.revoked_at IS NULL
        AND c.granted_on <= :today AND (c.expires_on IS NULL OR c.expires_on >= :today)
     WHERE m.agent_id = a.id) AS queues
FROM agents a JOIN users u ON u.id = a.id AND u.active
LEFT JOIN agent_intervals i ON i.agent_id = a.id AND i.ended_at IS NULL
ORDER BY u.display_name""")


#: Callbacks set aside, because the customer's page is closed or nobody answered there.
_ASIDE = text("""
SELECT w.id, w.kind, w.reason, w.enqueued_at, w.language, w.pool, c.name, p.claimed_name, p.number
FROM callbacks b JOIN calls p ON p.id = b.call_id
JOIN work_items w ON w.id = p.work_item_id AND w.state = 'parked' AND w.queue_id = :queue
LEFT JOIN customers c ON c.id = w.customer_id
WHERE b.state = 'waiting' ORDER BY w.rank_at, w.id LIMIT :limit""")


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def waiting_image(session: Session, key: str) -> dict[str, Any]:
    """The first of a queue's line, with its length and its longest wait; numbers are masked."""
    version = next_version(session)
    queue_id = int(key)
    count = session.execute(_COUNT, {"queue": queue_id}).one()
    rows = session.execute(_WAITING, {"queue": queue_id, "limit": LONGEST_LIST})
    aside = session.execute(_ASIDE, {"queue": queue_id, "limit": LONGEST_LIST})
    return {
        "v": version,
        "queue": queue_id,
        "count": count.n,
        "written": count.written,
        "longest_since": _iso(count.oldest),
        "items": [
            {
                "id": row.id,
                "kind": row.kind,
                "state": row.state,
                "enqueued_at": _iso(row.enqueued_at),
                "rank_at": _iso(row.rank_at),
                "priority": row.priority,
                "language": row.language,
                "topic": row.topic,
                "name": row.name or row.claimed_name or "",
                "tier": row.tier or "",
                "number_masked": mask(row.number) if row.number else "",
                "reference": row.reference or "",
                "simulated": row.pool == SIMULATED_POOL,
            }
            for row in rows
        ],
        "aside": [
            {
                "id": row.id,
                "kind": row.kind,
                "reason": row.reason,
                "enqueued_at": _iso(row.enqueued_at),
                "language": row.language,
                "name": row.name or row.claimed_name or "",
                "number_masked": mask(row.number) if row.number else "",
                "simulated": row.pool == SIMULATED_POOL,
            }
            for row in aside
        ],
    }


def team_image(session: Session, _key: str) -> dict[str, Any]:
    """Everybody who takes contacts, and what they are doing."""
    version = next_version(session)
    return {
        "v": version,
        "agents": [
            {
                "id": row.id,
                "name": row.name,
                "display": row.display,
                "display_since": _iso(row.since),
                "break_code": row.code,
                # Nobody is passed on to a seat that the demo plays
                "ready": row.display == "available" and row.device_ready and not row.simulated,
                "simulated": row.simulated,
                "queues": list(row.queues),
            }
            for row in session.execute(_TEAM, {"today": clock.now().date()})
        ],
    }
