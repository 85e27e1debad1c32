"""Who can be drawn: the customers that each agent really served in a month, and why some are left out."""

from __future__ import annotations

import hmac
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Seconds of talk from which a call was service.
SHORTEST_TALK_S = 20
#: Days in which nobody is asked twice.
REST_DAYS = 90

#: The whole decision: pairs of the month with the first reason that keeps each out, and both sides written down. Where
#: two reasons hold, the earlier in this list counts. An open complaint is no reason: leaving it out would hide bad
#: service.
_DECIDE = text("""
WITH served AS (
    SELECT i.agent_id, i.customer_id, array_agg(i.id ORDER BY i.id) AS contacts,
        bool_and(COALESCE(w.pool, '') = 'simulated') AS played
    FROM interactions i LEFT JOIN work_items w ON w.id = i.work_item_id
    WHERE i.started_at >= :start AND i.started_at < :stop AND i.outcome = 'answered'
        AND i.agent_id IS NOT NULL AND i.customer_id IS NOT NULL AND i.direction = 'inbound'
        AND (i.channel = 'ticket' OR i.channel = 'voice' AND i.talk_s >= :shortest)
    GROUP BY i.agent_id, i.customer_id),
latest AS (
    SELECT DISTINCT ON (c.address, c.purpose) c.address, c.purpose, c.state FROM consents c
    WHERE c.purpose IN ('survey', 'call') AND c.at < :now ORDER BY c.address, c.purpose, c.id DESC),
unwilling AS (
    SELECT p.customer_id, bool_or(l.purpose = 'survey') AS survey, bool_or(l.purpose = 'call') AS call
    FROM latest l JOIN customer_phones p ON p.e164 = l.address WHERE l.state = 'withdrawn' GROUP BY p.customer_id),
asked AS (
    SELECT DISTINCT m.customer_id FROM draw_members m JOIN quality_draws d ON d.id = m.draw_id
    WHERE m.part = 'primary' AND d.drawn_at > :rested),
reachable AS (SELECT DISTINCT customer_id FROM customer_phones),
judged AS MATERIALIZED (
    SELECT s.agent_id, s.customer_id, s.contacts, CASE
        WHEN s.played THEN 'test_data'
        WHEN u.survey THEN 'do_not_contact'
        WHEN u.call THEN 'voice_opt_out'
        WHEN r.customer_id IS NULL THEN 'no_number'
        WHEN a.customer_id IS NOT NULL THEN 'asked_recently' END AS reason
    FROM served s LEFT JOIN unwilling u ON u.customer_id = s.customer_id
        LEFT JOIN reachable r ON r.customer_id = s.customer_id
        LEFT JOIN asked a ON a.customer_id = s.customer_id),
left_out AS (
    INSERT INTO draw_exclusions (draw_id, agent_id, reason, customers)
    SELECT :draw_id, agent_id, reason, count(*) FROM judged WHERE reason IS NOT NULL GROUP BY agent_id, reason)
INSERT INTO draw_agents (draw_id, agent_id, customers, members)
SELECT :draw_id, agent_id, count(*), jsonb_agg(jsonb_build_array(customer_id, contacts) ORDER BY customer_id)
FROM judged WHERE reason IS NULL GROUP BY agent_id""")

REASONS = ("test_data", "do_not_contact", "voice_opt_out", "no_number", "asked_recently")


def month(period: str, zone: str) -> tuple[datetime, datetime]:
    """Start and end (UTC) of "2026-10" in `zone`."""
    year, number = map(int, period.split("-"))
    first, next_first = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)
    start, stop = (datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for day in (first, next_first))
    return start, stop


def decide(session: Session, draw_id: int, period: str, zone: str, *, now: datetime) -> None:
    """Write down who can be drawn, and how many can't, as one statement sees the house at one moment. Participant."""
    start, stop = month(period, zone)
    session.execute(
        _DECIDE,
        {
            "draw_id": draw_id,
            "start": start,
            "stop": stop,
            "shortest": SHORTEST_TALK_S,
            "now": now,
            "rested": now - timedelta(days=REST_DAYS),
        },
    )


def opaque(secret: str, period: str, kind: str, number: int) -> str:
    """A name that tells nobody who it is, and is another one each month: "a-…" for agents, "c-…" for customers.

    Fixed before anybody knows the beacon, so it can steer nothing.
    """
    digest = hmac.digest(secret.encode(), f"draw name|{period}|{kind}|{number}".encode(), "sha256")
    return f"{kind}-{digest.hex()[:16]}"
